"""The layer that is opened on Explore, with its input and output."""

from dataclasses import dataclass

import numpy as np

from cnn.arithmetic.layer_info import LayerOutput
from cnn.arithmetic.receptive_field import ReceptiveField, receptive_fields
from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import scaled
from cnn.runs.run import Network
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture

SAME_POSITIONS = ("Activation", "BatchNormalization", "Dropout")  # a value for each of the input


@dataclass(frozen=True)
class OpenedLayer:
    """Layer number `index` of `network`, with the outputs of all layers for `picture`."""

    network: Network
    picture: ChosenPicture
    outputs: list[LayerOutput]
    index: int

    @property
    def output(self) -> LayerOutput:
        """The layer and its output."""
        return self.outputs[self.index]

    @property
    def inputs(self) -> np.ndarray:
        """The layer's input: the output of the previous layer, or the image (28, 28, 1), 0 to 1."""
        if self.index == 0:
            return scaled(self.picture.image[None])[0]
        return self.outputs[self.index - 1].values

    @property
    def source(self) -> str:
        """Name of what the layer takes as input."""
        return self.outputs[self.index - 1].layer.name if self.index else "Image"

    @property
    def flattened(self) -> tuple[int, ...] | None:
        """Shape of the maps, (h, w, maps), that the layer's input vector was flattened from.

        None if it was not: its units have no positions.
        """
        for place in range(self.index - 1, -1, -1):
            layer = self.outputs[place].layer
            if layer.kind == "Flatten":
                shape = self.outputs[place - 1].values.shape if place else (*IMAGE_SHAPE, 1)
                return shape if len(shape) == 3 else None
            if layer.kind not in SAME_POSITIONS:
                return None
        return None

    @property
    def fields(self) -> tuple[ReceptiveField, ReceptiveField]:
        """The receptive field of the layer's units, down and across."""
        layers = recognizer_of(self.network).layers
        return receptive_fields(layers, self.picture.image.shape)[self.index]
