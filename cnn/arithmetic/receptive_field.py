"""Receptive fields: the input pixels that a unit depends on, from windows and strides."""

from collections.abc import Iterable
from dataclasses import dataclass

from cnn.arithmetic.layer_info import LayerSummary
from cnn.arithmetic.pooling import padding_around


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive fields of the units of one layer along one axis, in input pixels.

    Unit i depends on `size` pixels from `start` + i · `jump` on; those outside the input are
    padding.
    """

    size: int
    jump: int
    start: int

    def span(self, unit: int, length: int) -> tuple[int, int]:
        """Return the first pixel of `unit` and the one after its last, in an input of `length`."""
        first = self.start + unit * self.jump
        return max(first, 0), min(first + self.size, length)


def receptive_fields(
    layers: Iterable[LayerSummary], side: tuple[int, int]
) -> list[tuple[ReceptiveField, ReceptiveField]]:
    """Return the receptive fields (down, across) of each layer for an input of `side` pixels.

    For windows of k cells with stride s over units with fields of r pixels, j apart, from p on:
    r' = r + (k - 1) · j, j' = j · s, p' = p - padding · j (Araujo et al., "Computing receptive
    fields of convolutional neural networks", 2019). From flatten on, every unit depends on all.
    """
    fields = (ReceptiveField(1, 1, 0), ReceptiveField(1, 1, 0))
    lengths: tuple[int, ...] = side
    found = []
    for layer in layers:
        if len(layer.shape) < 3:
            fields = tuple(ReceptiveField(length, 0, 0) for length in side)
        elif layer.window:
            fields = tuple(
                ReceptiveField(
                    field.size + (window - 1) * field.jump,
                    field.jump * stride,
                    field.start - padding_around(n, window, stride, layer.padding)[0] * field.jump,
                )
                for field, n, window, stride in zip(
                    fields, lengths, layer.window, layer.strides, strict=True
                )
            )
            lengths = layer.shape[:2]
        found.append(fields)
    return found
