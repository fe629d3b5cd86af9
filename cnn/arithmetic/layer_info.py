"""What is known of a network's layers, and what each gave for an image. Knows no Keras."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LayerSummary:
    """What one layer is: its `shape` without the batch, and where its parameters come from."""

    name: str
    kind: str  # Keras's class name, e.g. Conv2D
    activation: str  # e.g. "relu"; empty if the layer has none
    window: tuple[int, ...]  # a kernel's or a pooling window's height and width; empty elsewhere
    strides: tuple[int, ...]  # how far the window moves, down and across; empty elsewhere
    padding: str  # "valid" or "same"; empty elsewhere
    shape: tuple[int, ...]
    parameters: int
    arithmetic: str  # e.g. "3 · 3 · 32 · 64 + 64"; empty if there is nothing to learn


@dataclass(frozen=True)
class LayerOutput:
    """A layer and its output for one image: `values` is (h, w, channels) or (units,), float32."""

    layer: LayerSummary
    values: np.ndarray
