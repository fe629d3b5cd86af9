"""What the browser shows of each layer, in words and numbers, and the colours of the scales."""

from functools import lru_cache
from typing import Any

from cnn.arithmetic.layer_info import LayerSummary
from cnn.arithmetic.receptive_field import receptive_fields
from cnn.constants import IMAGE_SHAPE
from cnn.rendering.images import BLUE_WHITE_RED, GREY, INFERNO
from ui.widgets.glossary import explain
from ui.widgets.layer_panel import layer_words
from ui.widgets.lens import colours_of

HELP = {
    "BatchNormalization": "batch normalization",
    "Dropout": "dropout",
    "GlobalAveragePooling2D": "global average pooling",
}
PALETTES = {
    "pixels": colours_of(GREY),
    "activations": colours_of(INFERNO),
    "weights": colours_of(BLUE_WHITE_RED),
}


@lru_cache(maxsize=8)
def described(layers: tuple[LayerSummary, ...]) -> list[dict[str, Any]]:
    """What is said of each layer, and the receptive fields of its units, down and across."""
    return [
        {
            "name": each.name,
            "kind": each.kind,
            "activation": each.activation,
            "shape": list(each.shape),
            "parameters": each.parameters,
            "arithmetic": each.arithmetic,
            "words": layer_words(each),
            "help": explain(HELP[each.kind]) if each.kind in HELP else "",
            "fields": [vars(field) for field in fields],
        }
        for each, fields in zip(layers, receptive_fields(layers, IMAGE_SHAPE), strict=True)
    ]
