import pytest

from cnn.training import precision
from cnn.training.precision import fastest_precision


@pytest.mark.parametrize(
    ("speedup", "chosen"), [(0.4, "float32"), (1.0, "float32"), (1.1, "float32"), (1.9, "bfloat16")]
)
def test_bfloat16_is_chosen_if_it_is_clearly_faster(monkeypatch, speedup, chosen):
    seconds = {"float32": 1e-3, "bfloat16": 1e-3 / speedup}
    monkeypatch.setattr(precision, "_build_product", lambda name: name)
    monkeypatch.setattr(precision, "timeit", lambda product, number: seconds[product])
    assert fastest_precision.__wrapped__() == chosen


def test_load_during_most_measurements_does_not_matter(monkeypatch):
    calls = {"float32": 0, "bfloat16": 0}

    def timeit(name, number):
        calls[name] += 1
        quiet = calls[name] % 10 == 0  # one in ten
        return {"float32": 2e-3, "bfloat16": 1e-3}[name] * (1 if quiet else calls[name])

    monkeypatch.setattr(precision, "_build_product", lambda name: name)
    monkeypatch.setattr(precision, "timeit", timeit)
    assert fastest_precision.__wrapped__() == "bfloat16"
    assert calls["float32"] == calls["bfloat16"]
