"""Which input pixels a unit at any depth can see at all, from windows and strides alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from cnn.arithmetic.layer_info import LayerSummary
from cnn.arithmetic.pooling import padding_before


@dataclass(frozen=True)
class ReceptiveField:
    """What the units of one layer see, along one axis, in input pixels.

    Unit i sees `size` pixels from `start` + i · `jump` on; where that lies beyond the input, it
    sees padding.
    """

    size: int
    jump: int
    start: int

    def span(self, unit: int, length: int) -> tuple[int, int]:
        """The first pixel that `unit` sees and the one after the last, of `length` in all."""
        first = self.start + unit * self.jump
        return max(first, 0), min(first + self.size, length)


def receptive_fields(
    layers: Iterable[LayerSummary], side: tuple[int, int]
) -> list[tuple[ReceptiveField, ReceptiveField]]:
    """Down and across, for the layers of a network over an input of `side`, in order.

    For a window of k cells, s apart, over units that see r pixels, j apart, from p on:
    r' = r + (k - 1) · j, j' = j · s, p' = p - padding · j (Araujo et al., "Computing receptive
    fields of convolutional neural networks", 2019). From the first layer without places on, that
    is flatten, every unit sees all.
    """
    fields = (ReceptiveField(1, 1, 0), ReceptiveField(1, 1, 0))
    lengths: tuple[int, ...] = side
    found = []
    for layer in layers:
        if len(layer.shape) < 3:
            fields = tuple(ReceptiveField(length, 0, 0) for length in side)
        elif layer.window:
            befores = [
                padding_before(length, window, stride, layer.padding)
                for length, window, stride in zip(lengths, layer.window, layer.strides, strict=True)
            ]
            fields = tuple(map(_through, fields, layer.window, layer.strides, befores))
            lengths = layer.shape[:2]
        found.append(fields)
    return found


def _through(field: ReceptiveField, window: int, stride: int, before: int) -> ReceptiveField:
    """What a window over units that see `field` sees; it begins `before` units before the first."""
    size = field.size + (window - 1) * field.jump
    return ReceptiveField(size, field.jump * stride, field.start - before * field.jump)
