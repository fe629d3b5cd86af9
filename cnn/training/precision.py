"""The faster precision of this processor: float32, or bfloat16 with half the bits."""

from collections.abc import Callable
from functools import cache
from timeit import timeit

import tensorflow as tf

SIDE = 512  # of the square matrices: a product takes about a millisecond
REPEATS = 40
MIN_SPEEDUP = 1.2  # below it, casting takes the time that the products save


@cache
def fastest_precision() -> str:
    """Return "bfloat16" if matrix products in it are clearly faster here, else "float32".

    Processors with AVX512-BF16 or AMX have instructions for it; others emulate it, slowly. It is
    measured once per process, in about 0.1 s: alternating, and the best of REPEATS each, so that
    other load on the machine does not matter.
    """
    products = {name: _build_product(name) for name in ("float32", "bfloat16")}
    best_s = dict.fromkeys(products, float("inf"))
    for _ in range(REPEATS):
        for name, product in products.items():
            best_s[name] = min(best_s[name], timeit(product, number=1))
    return "bfloat16" if best_s["float32"] / best_s["bfloat16"] > MIN_SPEEDUP else "float32"


def _build_product(precision: str) -> Callable[[], float]:
    """Return a compiled function that multiplies two matrices and waits for the result."""
    matrix = tf.cast(tf.random.stateless_uniform((SIDE, SIDE), seed=(0, 0)), precision)
    multiply = tf.function(lambda matrix: tf.cast(tf.matmul(matrix, matrix)[0, 0], tf.float32))
    multiply(matrix)
    return lambda: float(multiply(matrix))
