"""Paths of the pen for digits, letters and simple shapes.

A glyph is text: x,y pairs from 0,0 (top left) to 100,100 (bottom right), joined by a smooth curve;
`/` makes a corner at the point before it; `;` lifts the pen.

The digits include forms that are rare in MNIST, whose writers were Americans around 1990: a 1 with
a flag or a foot, a crossed 7, an open 4, a looped 2, a 9 with a hook, a slashed 0.
"""

import json

from cnn.constants import ASSETS_PATH

_GLYPHS = json.loads((ASSETS_PATH / "glyphs.json").read_text("utf-8"))

# For each digit, its forms as pairs (weight, glyph); the weight is the relative frequency.
DIGIT_FORMS = {int(digit): forms for digit, forms in _GLYPHS["digits"].items()}
LETTERS: dict[str, str] = _GLYPHS["letters"]
SHAPES: dict[str, str] = _GLYPHS["shapes"]
