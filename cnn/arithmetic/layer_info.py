"""Descriptions of a network's layers and their outputs. Without Keras."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LayerSummary:
    """One layer: its type, its output `shape` without the batch, and its parameters."""

    name: str
    kind: str  # Keras's class name, e.g. Conv2D
    activation: str  # e.g. "relu"; empty if the layer has none
    window: tuple[int, ...]  # height and width of the kernel or pooling window; else empty
    strides: tuple[int, ...]  # steps of the window, down and across; else empty
    padding: str  # "valid" or "same"; else empty
    shape: tuple[int, ...]
    parameters: int
    arithmetic: str  # e.g. "3 · 3 · 32 · 64 + 64"; empty if the layer has no parameters
    use_bias: bool  # whether it adds a bias: only Conv2D and Dense do


@dataclass(frozen=True)
class LayerOutput:
    """A layer and its output for one image: `values` is (h, w, channels) or (units,), float32."""

    layer: LayerSummary
    values: np.ndarray
