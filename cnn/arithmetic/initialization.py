"""The initial weights of a layer."""

import math
from collections.abc import Sequence


def glorot_limit(shape: Sequence[int]) -> float:
    """Return sqrt(6 / (inputs + outputs)), for weights drawn uniformly from - to + this limit.

    shape: that of a kernel, (height, width, in, out), or of a dense layer's weights, (in, out). Of
    a kernel, each cell counts as inputs and outputs (X. Glorot and Y. Bengio, "Understanding the
    difficulty of training deep feedforward neural networks", 2010).
    """
    *cells, inputs, outputs = shape
    return math.sqrt(6 / (math.prod(cells) * (inputs + outputs)))
