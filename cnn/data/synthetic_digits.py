"""A hand that writes: digits as many people form them, and other glyphs, as pen strokes.

Each call draws one glyph of `glyphs` anew: its points shift, its corners are rounded or sharp, it
is narrow or wide, slanted, turned, and the pen wobbles. Nobody's recorded writing is in it.
"""

import numpy as np

from cnn.data.glyphs import DIGITS

Polyline = np.ndarray  # (n, 2) float: the x and y that the pen goes through, y down
STEPS = 12  # points between two given ones


def synthesize_digit(digit: int, rng: np.random.Generator) -> list[Polyline]:
    """The strokes of `digit`, 0 to 9, in about 100 x 100, in one of its forms and a new hand."""
    weights, forms = zip(*DIGITS[digit], strict=True)
    form = rng.choice(len(forms), p=np.array(weights) / sum(weights))
    return synthesize_glyph(forms[form], rng)


def synthesize_glyph(
    glyph: str, rng: np.random.Generator, sloppiness: float = 1.0
) -> list[Polyline]:
    """The strokes of `glyph`, written as in `glyphs`; with `sloppiness` 0, as it stands there."""
    curved = rng.random() < 0.35  # this writer rounds corners
    loose = sloppiness * rng.uniform(0.3, 1.4)
    lines = []
    for stroke in glyph.split(";"):
        pieces = [_points(piece) for piece in stroke.split("/")]
        shifts = [rng.normal(0, 4.2 * loose, piece.shape) for piece in pieces]
        pieces = [piece + shift for piece, shift in zip(pieces, shifts, strict=True)]
        line = _joined(pieces)
        if curved and sloppiness:
            line = _rounded(line, int(rng.integers(3, 12)))
        line = _add_tremor(_perturb_ends(line, loose, rng), 1.2 * loose, rng)
        # A stroke as a whole is put down a little off its place and size.
        middle, size = line.mean(axis=0), np.exp(rng.normal(0, 0.07 * loose))
        lines.append((line - middle) * size + middle + rng.normal(0, 2.5 * loose, 2))
    return _apply_writer_style(lines, sloppiness, rng)


def scribble(rng: np.random.Generator) -> list[Polyline]:
    """A pen that wanders to and fro: 5 to 25 turns, in one to three strokes."""
    lines = []
    for _ in range(rng.integers(1, 4)):
        points = rng.uniform(0, 100, (rng.integers(5, 26), 2))
        points[1:] = 0.4 * points[:-1] + 0.6 * points[1:]
        lines.append(_spline(points) if rng.random() < 0.6 else points)
    return lines


def _points(piece: str) -> Polyline:
    return np.array([pair.split(",") for pair in piece.split()], dtype=np.float64)


def _joined(pieces: list[Polyline]) -> Polyline:
    """Smooth within each piece; a piece after a corner begins where the one before it ends."""
    line = _spline(pieces[0])
    for piece in pieces[1:]:
        line = np.concatenate([line, _spline(np.concatenate([line[-1:], piece]))])
    return line


def _spline(points: Polyline) -> Polyline:
    """A smooth line through `points`: Catmull and Rom's cubic, 1974."""
    if len(points) < 3:
        steps = np.linspace(0, 1, STEPS)[:, None]
        return points[0] * (1 - steps) + points[-1] * steps
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    a, b, c, d = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, STEPS, endpoint=False)[None, :, None]
    curve = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])


def _rounded(line: Polyline, reach: int) -> Polyline:
    """Each point as the mean of those up to `reach` to both sides, the ends counted more often."""
    padded = np.concatenate([line[:1]] * reach + [line] + [line[-1:]] * reach)
    sums = np.cumsum(np.concatenate([np.zeros((1, 2)), padded]), axis=0)
    return (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)


def _perturb_ends(line: Polyline, loose: float, rng: np.random.Generator) -> Polyline:
    """A pen comes down late or leaves early, or draws a hook as it does."""
    cut = [int(len(line) * share) for share in np.maximum(rng.normal(0, 0.03 * loose, 2), 0)]
    line = line[cut[0] : len(line) - cut[1]]
    for _ in range(2):  # the end, then, turned round, the beginning
        if rng.random() < 0.12 * loose:
            angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(3, 11)
            hook = line[-1] + length * np.array([np.cos(angle), np.sin(angle)])
            line = np.concatenate([line, np.linspace(line[-1], hook, 4)[1:]])
        line = line[::-1]
    return line


def _add_tremor(line: Polyline, amount: float, rng: np.random.Generator) -> Polyline:
    """Waves of a few lengths along the line, both ways; `amount` in its units."""
    along = np.linspace(0, 1, len(line))[:, None, None]
    waves = rng.uniform(1, 5, (2, 3))
    shifts = np.sin(2 * np.pi * (along * waves + rng.random((2, 3))))
    return line + amount * (shifts * rng.normal(0, 0.6, (2, 3))).sum(axis=-1)


def _apply_writer_style(
    lines: list[Polyline], sloppiness: float, rng: np.random.Generator
) -> list[Polyline]:
    """Narrower or wider, slanted and turned, all lines alike."""
    width = np.exp(sloppiness * rng.normal(-0.35, 0.24))
    slant = sloppiness * rng.normal(0.1, 0.25)
    angle = sloppiness * rng.normal(0, 0.1)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    hand = np.array([[width, 0], [-slant, 1]]) @ turn
    return [(line - 50) @ hand + 50 for line in lines]
