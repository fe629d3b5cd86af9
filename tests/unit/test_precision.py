import pytest

from cnn import precision
from cnn.precision import fastest_precision, matrix_speed


@pytest.mark.parametrize(
    ("gain", "chosen"), [(0.4, "float32"), (1.0, "float32"), (1.1, "float32"), (1.9, "bfloat16")]
)
def test_bfloat16_is_chosen_where_it_is_clearly_faster(monkeypatch, gain, chosen):
    speeds = {"float32": 1e11, "bfloat16": gain * 1e11}
    monkeypatch.setattr(precision, "matrix_speed", speeds.get)
    assert fastest_precision.__wrapped__() == chosen


def test_the_speed_counts_two_operations_for_each_product(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(precision.time, "perf_counter", lambda: float(next(clock)))
    assert matrix_speed("float32", side=8) == 2 * 8**3  # each product took a second


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_both_can_be_measured_on_any_machine(kind):
    assert matrix_speed(kind, side=64) > 0
