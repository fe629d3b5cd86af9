"""Images with captions and colour scales, predictions, and probabilities as bars."""

import base64
import html
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from cnn.dataset_facts import MNIST_FACTS, DatasetFacts
from cnn.evaluation.decision import decide
from cnn.rendering.chart_parts import Spec, with_text_colour
from cnn.rendering.images import Scale, paint, pixel_scale, readable_on
from cnn.rendering.text import probability_text

MOST_NAMED = 8  # classes in a task; a data set may have 50
LIGHT_PAGE_TEXT = "#6b7280"  # contrast 4.8 with white, and 3.8 with the dark background
STYLE = f"<style>{Path(__file__).with_name('style.css').read_text('utf-8')}</style>"


def show_picture(png: bytes, caption: str, width: int | Literal["stretch"], alt: str = "") -> None:
    """Show an image `width` pixels wide; `caption` has what it is, its shape and its range.

    The caption is a line of Markdown; `alt`, by default the same, is plain text.

    It is sent within the page: a file on the server would be gone if the next run of the page
    began before the browser requested it.
    """
    st.image(data_url(png), caption=caption, alt=alt or caption, width=width)


def data_url(png: bytes) -> str:
    """Return an image as an address that contains it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def show_image(image: np.ndarray, caption: str, side: int, alt: str = "") -> None:
    """Show a digit, (28, 28) uint8, `side` pixels wide; caption and alt as of `show_picture`."""
    show_picture(paint(image, pixel_scale(), side), caption, side, alt)


def figure_html(png: bytes, caption: str, width: int, scale: Scale | None = None) -> str:
    """An image as HTML, at most `width` pixels wide, with its caption and colour scale.

    For several images in one `st.html`, since a page of many elements is slow to draw.
    """
    text = html.escape(caption)
    return (
        f'<figure style="width:{width}px"><img alt="{text}" '
        f'src="{data_url(png)}">'
        f"<figcaption>{text}</figcaption>{_scale_html(scale) if scale else ''}</figure>"
    )


def show_scale(scale: Scale) -> None:
    """Show a colour scale as a bar between its lowest and highest value."""
    st.html(_scale_html(scale))


def show_chart(spec: Spec, **options: Any) -> Any:
    """Show a chart of `cnn.rendering`; `options` and what is returned as for `st.echarts_chart`.

    On a light page its text is darker than Streamlit's, whose contrast with white is 3.8.
    """
    # Readable on a dark page, too: after a change of the theme it stays for a moment.
    if st.context.theme.type != "dark":
        spec = with_text_colour(spec, LIGHT_PAGE_TEXT)
    return st.echarts_chart(spec, **options)


def _scale_html(scale: Scale) -> str:
    stops = scale.palette[np.linspace(0, len(scale.palette) - 1, 12).astype(int)]
    gradient = ", ".join(f"rgb({r},{g},{b})" for r, g, b in stops.tolist())
    return (
        f'<div class="scale" role="img" aria-label="Colour scale of {scale.kind} '
        f'from {scale.low:.3g} to {scale.high:.3g}"><span>{scale.low:.3g}</span>'
        f'<i style="background:linear-gradient(to right, {gradient})"></i>'
        f"<span>{scale.high:.3g}</span></div>"
    )


def show_probabilities(probabilities: np.ndarray | None, data: DatasetFacts = MNIST_FACTS) -> None:
    """Show the probabilities of the classes of `data`, 0 to 1, as bars with percent.

    None gives empty bars.
    """
    if probabilities is None:
        rows = [_bar_row(name, "empty", 0, "–") for name in data.classes]
    else:
        best = int(np.argmax(probabilities))
        rows = [
            _bar_row(name, "best" if label == best else "", p, probability_text(p))
            for label, (name, p) in enumerate(
                zip(data.classes, probabilities.tolist(), strict=True)
            )
        ]
    named, what = ("bars", "digit") if data.is_mnist else ("bars named", "class")
    st.html(
        f'<table class="{named}" aria-label="Probability of each {what}">{"".join(rows)}</table>'
    )


def _bar_row(name: str, kind: str, probability: float, text: str) -> str:
    return (
        f'<tr class="{kind}"><th scope="row">{html.escape(name)}</th>'
        f'<td class="bar"><i style="width:{100 * probability:.1f}%"></i></td><td>{text}</td></tr>'
    )


def show_empty_picture(width: int, text: str, height: int | None = None) -> None:
    """Show a placeholder for an image, by default a square, with `text` in it."""
    size = f"width:{width}px;height:{height or width}px"
    st.html(f'<div class="nothing" style="{size}">{text}</div>')


def show_numbers(values: np.ndarray, scale: Scale, form: str = "{:.0f}") -> None:
    """Show a few values (h, w) as a table, each cell in its colour on `scale`."""
    colours = scale.palette[scale.indices(values)]
    rows = []
    for line, backgrounds in zip(values.tolist(), colours.tolist(), strict=True):
        cells = (
            f'<td style="background:rgb{tuple(background)};color:{readable_on(background)}">'
            f"{form.format(value)}</td>"
            for value, background in zip(line, backgrounds, strict=True)
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    st.html(f'<table class="numbers" aria-label="Numbers, row by row">{"".join(rows)}</table>')


def draw_task(data: DatasetFacts) -> str:
    """Return what to draw for a network trained on `data`, as plain text."""
    if data.is_mnist:
        return "Draw a digit"
    names = ", ".join(data.classes[:MOST_NAMED])
    more = len(data.classes) - MOST_NAMED
    return f"Draw one of: {names}" + (f" and {more} more" if more > 0 else "")


def show_answer(
    probabilities: np.ndarray | None,
    reject_threshold: float = 0,
    task: str = "",
    data: DatasetFacts = MNIST_FACTS,
) -> None:
    """Show the predicted class, large, and its confidence; None shows `task` in its place.

    If no probability reaches `reject_threshold`, the picture is rejected: the two most probable
    classes of `data` are shown instead. `task` is by default `draw_task`.
    """
    if probabilities is None:
        text = html.escape(task or draw_task(data))
        st.html(f'<p class="answer"><span>{text}</span></p>')
        return
    decision = decide(probabilities, reject_threshold)
    best, second = (html.escape(data.classes[each]) for each in (decision.best, decision.second))
    confidence = probability_text(decision.confidence)
    verdict, note = {
        "digit": (f"<b>{best}</b>", confidence),
        "unsure": (f"<em>Unsure: {best} or {second}?</em>", f"{confidence} for {best}"),
        "not_a_digit": (
            f"<em>{rejected_text(data)}</em>",
            f"closest: {best} ({confidence}) or {second}",
        ),
    }[decision.kind]
    size = "" if len(data.classes[decision.best]) == 1 else " named"
    st.html(
        f'<p class="answer {decision.kind}{size}" role="status">{verdict} <span>{note}</span></p>'
    )


def rejected_text(data: DatasetFacts) -> str:
    """Return what is said of a picture that is none of the classes of `data`."""
    return "Not a digit" if data.is_mnist else "Does not look like one of them"


def show_code(*functions: Callable, loops: Sequence[Callable] = (), first: str = "") -> None:
    """Show the source code of `functions` in an expander, and `loops`, which compute the same.

    `first` is code that is shown before it.
    """
    with st.expander("The code that runs here", icon=":material/code:"):
        if first:
            st.code(first)
        if not loops:
            _show_source(functions)
            return
        array_code, plain_loops = st.tabs(["Array code, runs here", "The same in plain loops"])
        with array_code:
            _show_source(functions)
        with plain_loops:
            _show_source(loops)


def _show_source(functions: Sequence[Callable]) -> None:
    st.code("\n\n".join(inspect.getsource(each).rstrip() for each in functions))


def use_style() -> None:
    """Apply style.css: rules that the theme has no setting for."""
    st.html(STYLE)
