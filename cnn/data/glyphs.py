"""The forms of digits, letters and simple shapes: the pen's path through a few points each.

A glyph is text: x,y pairs from 0,0 (top left) to 100,100 (bottom right), which the pen passes in a
smooth curve; `/` is a corner at the point before it; `;` lifts the pen.

MNIST's writers were Americans of about 1990. Forms that they hardly used are here too: a 1 with a
flag, sometimes with a foot, a crossed 7, an open 4, a looped 2, a 9 with a hook, a slashed 0.
"""

import json

from cnn.constants import ASSETS_PATH

_GLYPHS = json.loads((ASSETS_PATH / "glyphs.json").read_text("utf-8"))

# By digit: its forms, each with its weight, which is how often it is drawn among them.
DIGITS: dict[int, list[tuple[float, str]]] = {
    int(digit): [(weight, glyph) for weight, glyph in forms]
    for digit, forms in _GLYPHS["digits"].items()
}
LETTERS: dict[str, str] = _GLYPHS["letters"]
SHAPES: dict[str, str] = _GLYPHS["shapes"]
