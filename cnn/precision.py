"""Which numbers this processor multiplies fastest: float32, or bfloat16 with half the bits."""

import time
from functools import cache

import tensorflow as tf

SIDE = 512  # of the matrices that are multiplied: 3 MB, about a millisecond each time
TIMES = 7
WORTH_IT = 1.2  # times faster; below that, the casts take what the products save


@cache
def fastest_precision() -> str:
    """ "bfloat16" where matrix products in it are clearly faster here, else "float32".

    Processors with AVX512-BF16 or AMX have instructions for it; others imitate it, slowly. It is
    measured, once a process: some tens of milliseconds.
    """
    gain = matrix_speed("bfloat16") / matrix_speed("float32")
    return "bfloat16" if gain > WORTH_IT else "float32"


def matrix_speed(precision: str, side: int = SIDE) -> float:
    """Floating-point operations a second in a product of square matrices: the best of a few."""
    matrix = tf.cast(tf.random.stateless_uniform((side, side), seed=(0, 0)), precision)
    product = tf.function(lambda matrix: tf.cast(tf.matmul(matrix, matrix)[0, 0], tf.float32))
    float(product(matrix))  # built
    seconds = []
    for _ in range(TIMES):
        began_s = time.perf_counter()
        float(product(matrix))  # waits until it is there
        seconds.append(time.perf_counter() - began_s)
    return 2 * side**3 / min(seconds)
