import numpy as np
import pytest
import tensorflow as tf

from cnn import precision
from cnn.precision import fastest_precision, matrix_speed


@pytest.mark.parametrize(
    ("gain", "chosen"), [(0.4, "float32"), (1.0, "float32"), (1.1, "float32"), (1.9, "bfloat16")]
)
def test_bfloat16_is_chosen_where_it_is_clearly_faster(monkeypatch, gain, chosen):
    seconds = {"float32": 1e-3, "bfloat16": 1e-3 / gain}
    monkeypatch.setattr(precision, "_product", lambda name, side: name)
    monkeypatch.setattr(precision, "_seconds", seconds.get)
    assert fastest_precision.__wrapped__() == chosen


def test_what_disturbs_most_of_the_measurements_changes_nothing(monkeypatch):
    calls = {"float32": 0, "bfloat16": 0}

    def seconds(name):
        calls[name] += 1
        quiet = calls[name] % 10 == 0  # one in ten
        return {"float32": 2e-3, "bfloat16": 1e-3}[name] * (1 if quiet else calls[name])

    monkeypatch.setattr(precision, "_product", lambda name, side: name)
    monkeypatch.setattr(precision, "_seconds", seconds)
    assert fastest_precision.__wrapped__() == "bfloat16"
    assert calls["float32"] == calls["bfloat16"]


def test_the_speed_counts_two_operations_for_each_product(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(precision.time, "perf_counter", lambda: float(next(clock)))
    assert matrix_speed("float32", side=8) == 2 * 8**3  # each product took a second


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_what_is_measured_is_a_product_of_matrices_in_that_precision(kind, monkeypatch):
    multiplied = []

    def multiply(one, other, product=tf.matmul):
        multiplied.append([(each.dtype.name, tuple(each.shape)) for each in (one, other)])
        return product(one, other)

    monkeypatch.setattr(precision.tf, "matmul", multiply)
    assert np.isfinite(matrix_speed(kind, side=64))
    assert multiplied == [[(kind, (64, 64))] * 2]  # TensorFlow traces it once
