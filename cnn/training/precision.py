"""Which numbers this processor multiplies fastest: float32, or bfloat16 with half the bits."""

import time
from collections.abc import Callable
from functools import cache

import tensorflow as tf

SIDE = 512  # of the matrices that are multiplied: 3 MB, about a millisecond each time
TIMES = 40
WORTH_IT = 1.2  # times faster; below that, the casts take what the products save


@cache
def fastest_precision() -> str:
    """ "bfloat16" where matrix products in it are clearly faster here, else "float32".

    Processors with AVX512-BF16 or AMX have instructions for it; others imitate it, slowly. It is
    measured, once a process: about a tenth of a second, in turn and the best of TIMES each, so that
    what else the machine does meanwhile changes nothing.
    """
    products = {name: _product(name) for name in ("float32", "bfloat16")}
    best_s = dict.fromkeys(products, float("inf"))
    for _ in range(TIMES):
        for name, product in products.items():
            best_s[name] = min(best_s[name], _seconds(product))
    return "bfloat16" if best_s["float32"] / best_s["bfloat16"] > WORTH_IT else "float32"


def _product(precision: str) -> Callable[[], tf.Tensor]:
    """A function that multiplies two matrices, and is built already."""
    matrix = tf.cast(tf.random.stateless_uniform((SIDE, SIDE), seed=(0, 0)), precision)
    multiply = tf.function(lambda matrix: tf.cast(tf.matmul(matrix, matrix)[0, 0], tf.float32))
    multiply(matrix)
    return lambda: multiply(matrix)


def _seconds(product: Callable[[], tf.Tensor]) -> float:
    began_s = time.perf_counter()
    float(product())  # waits until it is there
    return time.perf_counter() - began_s
