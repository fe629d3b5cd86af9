"""Synthetic handwriting: random variations of the glyphs in `cnn.data.glyphs`, as pen strokes.

Points are displaced, corners sometimes rounded, and the whole glyph is scaled, slanted and rotated.
No recorded handwriting is used.
"""

import numpy as np

from cnn.data.glyphs import DIGIT_FORMS

Polyline = np.ndarray  # (n, 2) float: x and y, y pointing down
STEPS = 12  # points of a curve between two points of the glyph


def synthesize_digit(digit: int, rng: np.random.Generator) -> list[Polyline]:
    """Return the strokes of a random variation of `digit`, 0 to 9, in about 100 x 100."""
    weights, forms = zip(*DIGIT_FORMS[digit], strict=True)
    form = rng.choice(len(forms), p=np.array(weights) / sum(weights))
    return synthesize_glyph(forms[form], rng)


def synthesize_glyph(
    glyph: str, rng: np.random.Generator, sloppiness: float = 1.0
) -> list[Polyline]:
    """Return the strokes of a random variation of `glyph`; with `sloppiness` 0, of the glyph."""
    rounded = rng.random() < 0.35
    sloppy = sloppiness * rng.uniform(0.3, 1.4)
    lines = []
    for stroke in glyph.split(";"):
        curves = [
            np.array([pair.split(",") for pair in curve.split()], dtype=np.float64)
            for curve in stroke.split("/")
        ]
        line = _join([curve + rng.normal(0, 4.2 * sloppy, curve.shape) for curve in curves])
        if rounded and sloppiness:
            line = _moving_average(line, int(rng.integers(3, 12)))
        line = _add_tremor(_perturb_ends(line, sloppy, rng), 1.2 * sloppy, rng)
        # Each stroke is scaled and displaced as a whole.
        middle, size = line.mean(axis=0), np.exp(rng.normal(0, 0.07 * sloppy))
        lines.append((line - middle) * size + middle + rng.normal(0, 2.5 * sloppy, 2))
    return _apply_writer_style(lines, sloppiness, rng)


def scribble(rng: np.random.Generator) -> list[Polyline]:
    """Return one to three random strokes of 5 to 25 points each."""
    lines = []
    for _ in range(rng.integers(1, 4)):
        points = rng.uniform(0, 100, (rng.integers(5, 26), 2))
        points[1:] = 0.4 * points[:-1] + 0.6 * points[1:]
        lines.append(_spline(points) if rng.random() < 0.6 else points)
    return lines


def _join(curves: list[Polyline]) -> Polyline:
    """Join smooth curves: each begins, with a corner, at the end of the one before."""
    starts = [curves[0][:0], *(curve[-1:] for curve in curves[:-1])]
    return np.concatenate([_spline(np.vstack(pair)) for pair in zip(starts, curves, strict=True)])


def _spline(points: Polyline) -> Polyline:
    """Interpolate `points` by a cubic spline (Catmull and Rom, 1974)."""
    if len(points) < 3:
        return np.linspace(points[0], points[-1], STEPS)
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    a, b, c, d = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, STEPS, endpoint=False)[None, :, None]
    curve = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])


def _moving_average(line: Polyline, reach: int) -> Polyline:
    """Replace each point by the mean of the points up to `reach` before and after it."""
    padded = np.concatenate([line[:1]] * (reach + 1) + [line] + [line[-1:]] * reach)
    sums = padded.cumsum(axis=0)
    return (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)


def _perturb_ends(line: Polyline, sloppy: float, rng: np.random.Generator) -> Polyline:
    """Cut the ends of a line, and sometimes add a hook."""
    cut = [int(len(line) * share) for share in np.maximum(rng.normal(0, 0.03 * sloppy, 2), 0)]
    line = line[cut[0] : len(line) - cut[1]]
    for _ in range(2):  # at the end, then, in reverse order, at the beginning
        if rng.random() < 0.12 * sloppy:
            angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(3, 11)
            hook = line[-1] + length * np.array([np.cos(angle), np.sin(angle)])
            line = np.concatenate([line, np.linspace(line[-1], hook, 4)[1:]])
        line = line[::-1]
    return line


def _add_tremor(line: Polyline, amplitude: float, rng: np.random.Generator) -> Polyline:
    """Add three sine waves of random length and phase to x and to y."""
    along = np.linspace(0, 1, len(line))[:, None, None]
    waves = np.sin(2 * np.pi * (along * rng.uniform(1, 5, (2, 3)) + rng.random((2, 3))))
    return line + amplitude * (waves * rng.normal(0, 0.6, (2, 3))).sum(axis=-1)


def _apply_writer_style(
    lines: list[Polyline], sloppiness: float, rng: np.random.Generator
) -> list[Polyline]:
    """Apply one random scaling of the width, slant and rotation to all lines."""
    width = np.exp(sloppiness * rng.normal(-0.35, 0.24))
    slant = sloppiness * rng.normal(0.1, 0.25)
    angle = sloppiness * rng.normal(0, 0.1)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = np.array([[width, 0], [-slant, 1]]) @ rotation
    return [(line - 50) @ matrix + 50 for line in lines]
