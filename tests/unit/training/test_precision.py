import pytest

from cnn.training import precision
from cnn.training.precision import fastest_precision


@pytest.mark.parametrize(
    ("gain", "chosen"), [(0.4, "float32"), (1.0, "float32"), (1.1, "float32"), (1.9, "bfloat16")]
)
def test_bfloat16_is_chosen_where_it_is_clearly_faster(monkeypatch, gain, chosen):
    seconds = {"float32": 1e-3, "bfloat16": 1e-3 / gain}
    monkeypatch.setattr(precision, "_product", lambda name: name)
    monkeypatch.setattr(precision, "_seconds", seconds.get)
    assert fastest_precision.__wrapped__() == chosen


def test_what_disturbs_most_of_the_measurements_changes_nothing(monkeypatch):
    calls = {"float32": 0, "bfloat16": 0}

    def seconds(name):
        calls[name] += 1
        quiet = calls[name] % 10 == 0  # one in ten
        return {"float32": 2e-3, "bfloat16": 1e-3}[name] * (1 if quiet else calls[name])

    monkeypatch.setattr(precision, "_product", lambda name: name)
    monkeypatch.setattr(precision, "_seconds", seconds)
    assert fastest_precision.__wrapped__() == "bfloat16"
    assert calls["float32"] == calls["bfloat16"]
