"""Pictures with captions and scales, and probabilities as bars."""

import base64
import html
import inspect
from collections.abc import Callable
from typing import Literal

import numpy as np
import streamlit as st

from cnn.constants import CLASSES
from cnn.evaluation.decision import decide
from cnn.rendering.images import Scale, paint, pixel_scale
from cnn.rendering.text import percent

SURENESS = ((0.99, "very sure"), (0.9, "sure"), (0.6, "rather sure"), (0.0, "hardly sure"))
ACCENT = "#12a594"


def show_picture(png: bytes, caption: str, width: int | Literal["stretch"]) -> None:
    """One picture, `width` pixels wide; `caption` says what it is, its shape and its range."""
    st.image(png, caption=caption, alt=caption, width=width)


def show_image(image: np.ndarray, caption: str, side: int) -> None:
    """A digit, (28, 28) uint8, as a picture `side` pixels wide."""
    show_picture(paint(image, pixel_scale(), side), caption, side)


def figure(png: bytes, caption: str, width: int, scale: Scale | None = None) -> str:
    """A picture as HTML, `width` pixels wide or less, with its caption and its colours' meaning.

    A page of many elements is slow to draw: pictures that come together are one, for st.html.
    """
    words = html.escape(caption)
    return (
        f'<figure style="width:{width}px"><img alt="{words}" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        f"<figcaption>{words}</figcaption>{scale_bar(scale) if scale else ''}</figure>"
    )


def show_scale(scale: Scale) -> None:
    """What the colours of pictures on this scale mean, as a bar with its ends' values."""
    st.html(scale_bar(scale))


def scale_bar(scale: Scale) -> str:
    """`show_scale`'s bar as HTML."""
    stops = scale.palette[np.linspace(0, len(scale.palette) - 1, 12).astype(int)]
    gradient = ", ".join(f"rgb({r},{g},{b})" for r, g, b in stops.tolist())
    return (
        f'<div class="scale" role="img" aria-label="Colours of {scale.kind} run '
        f'from {scale.low:.3g} to {scale.high:.3g}"><span>{scale.low:.3g}</span>'
        f'<i style="background:linear-gradient(to right, {gradient})"></i>'
        f"<span>{scale.high:.3g}</span></div>"
    )


def show_probabilities(probabilities: np.ndarray | None) -> None:
    """All ten probabilities, (10,) 0 to 1, as bars with percent; None keeps their places empty."""
    if probabilities is None:
        rows = "".join(_bar_row(digit, "empty", 0, "–") for digit in range(CLASSES))
    else:
        best = int(np.argmax(probabilities))
        rows = "".join(
            _bar_row(digit, "best" if digit == best else "", p, percent(p))
            for digit, p in enumerate(probabilities.tolist())
        )
    st.html(f'<table class="bars" aria-label="Probability of each digit">{rows}</table>')


def _bar_row(digit: int, kind: str, share: float, words: str) -> str:
    return (
        f'<tr class="{kind}" title="{share:.6f}"><th scope="row">{digit}</th>'
        f'<td class="bar"><i style="width:{100 * share:.1f}%"></i></td><td>{words}</td></tr>'
    )


def show_empty_picture(width: int, words: str, height: int | None = None) -> None:
    """The place of a picture, by default a square, that is not there yet, and what will be."""
    size = f"width:{width}px;height:{height or width}px"
    st.html(f'<div class="nothing" style="{size}">{words}</div>')


def show_numbers(values: np.ndarray, scale: Scale, form: str = "{:.0f}") -> None:
    """A few values (h, w) as a table of numbers, each cell in its colour on `scale`."""
    colours = scale.palette[scale.indices(values)]
    rows = []
    for line, line_colours in zip(values.tolist(), colours.tolist(), strict=True):
        cells = (
            f'<td style="background:rgb({r},{g},{b});color:{_readable_on(r, g)}">'
            f"{form.format(value)}</td>"
            for value, (r, g, b) in zip(line, line_colours, strict=True)
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    st.html(f'<table class="numbers" aria-label="Numbers, row by row">{"".join(rows)}</table>')


def _readable_on(red: int, green: int) -> str:
    return "#000" if red + 2 * green > 380 else "#fff"


def show_answer(probabilities: np.ndarray | None, reject_threshold: float = 0) -> None:
    """What the network reads, large, and how sure it is; None keeps the place.

    Where no digit of (10,) reaches the probability `reject_threshold`, it says so, with its two
    best guesses.
    """
    if probabilities is None:
        st.html('<p class="answer"><span>Nothing yet</span></p>')
        return
    verdict = decide(probabilities, reject_threshold)
    if verdict.kind == "digit":
        sure = next(word for bound, word in SURENESS if verdict.confidence >= bound)
        words = f"<b>{verdict.best}</b> <span>{sure}</span>"
    elif verdict.kind == "unsure":
        words = f"<em>Not sure</em> <span>{verdict.best} or {verdict.second}?</span>"
    else:
        words = (
            "<em>Does not look like a digit</em> "
            f"<span>most like {verdict.best} or {verdict.second}</span>"
        )
    st.html(f'<p class="answer {verdict.kind}" role="status">{words}</p>')


def show_code(*functions: Callable) -> None:
    """The code that really runs: the sources of `functions`, folded away."""
    with st.expander("The code that runs here", icon=":material/code:"):
        st.code("\n\n".join(inspect.getsource(each).rstrip() for each in functions))


def use_style() -> None:
    """The few rules that Streamlit's theme has no setting for."""
    st.html(STYLE)


STYLE = f"""<style>
[data-testid="stImage"] img {{ image-rendering: pixelated; border-radius: 2px; max-width: 100%;
  height: auto; outline: 1px solid rgba(128,128,128,.3); outline-offset: -1px; }}
.st-key-guesses [data-testid="stImage"] img {{ image-rendering: auto; }}
[data-testid="stElementContainer"]:has([data-testid="stImage"]),
[data-testid="stImage"], [data-testid="stImageContainer"] {{ max-width: 100%; }}
[class*="st-key-pooling"] [data-testid="stColumn"] {{ min-width: 0; }}
figure {{ margin: 0 0 1rem; max-width: 100%; min-width: 0; }}
figure img {{ image-rendering: pixelated; width: 100%; height: auto; border-radius: 2px;
  outline: 1px solid rgba(128,128,128,.3); outline-offset: -1px; }}
figcaption {{ font-size: .875rem; opacity: .7; padding: .25rem 0 .35rem; }}
.figures {{ display: flex; gap: 1rem; }}
.figures figure {{ flex: 1 1 0; }}
.layer h3 {{ padding: 1rem 0 .3rem; }}
.layer p {{ margin: 0 0 .5rem; }}
.layer p.does {{ font-size: .875rem; opacity: .7; }}
[data-testid="stMainBlockContainer"] {{ padding-top: 3.5rem; padding-bottom: 3rem; }}
[data-testid="stImageCaption"] {{ text-align: left; }}
.st-key-canvas {{ min-height: 280px; background: #000; }}
.st-key-wide_canvas {{ min-height: 220px; background: #000; }}
.scale {{ display: flex; align-items: center; gap: .5rem; font-size: .8rem; max-width: 22rem;
  font-variant-numeric: tabular-nums; }}
.scale i {{ flex: 1; height: .6rem; border-radius: 2px; outline: 1px solid rgba(128,128,128,.4); }}
table.bars {{ border-collapse: collapse; width: 100%; max-width: 30rem; margin: 0;
  font-variant-numeric: tabular-nums; }}
table.bars th, table.bars td {{ border: 0; padding: .1rem .35rem; line-height: 1.35; }}
table.bars th {{ width: 1.2rem; text-align: right; font-weight: 500; }}
table.bars td:last-child {{ width: 4.8rem; text-align: right; white-space: nowrap; }}
table.bars td.bar i {{ display: block; height: .85rem; min-width: 1px; border-radius: 2px;
  background: {ACCENT}; }}
table.bars tr.empty {{ opacity: .5; }}
.nothing {{ display: flex; align-items: center; justify-content: center; text-align: center;
  padding: 1rem; border: 1px dashed rgba(128,128,128,.6); border-radius: 2px; max-width: 100%;
  font-size: .875rem; opacity: .75; }}
table.bars tr.best {{ font-weight: 700; }}
table.numbers {{ border-collapse: collapse; font-variant-numeric: tabular-nums; line-height: 1; }}
table.numbers td {{ border: 1px solid rgba(128,128,128,.25); width: 2.1rem; height: 1.75rem;
  padding: 0; text-align: center; font-size: .75rem; }}
p.answer {{ margin: 0; min-height: 4.5rem; display: flex; align-items: baseline; gap: .6rem; }}
p.answer.unsure, p.answer.stranger {{ flex-direction: column; gap: .1rem; justify-content: center;
  align-items: flex-start; }}
p.answer em {{ font-style: normal; font-weight: 600; font-size: 1.25rem; line-height: 1.2; }}
p.answer b {{ font-size: 4.5rem; line-height: 1; font-variant-numeric: tabular-nums; }}
</style>"""
