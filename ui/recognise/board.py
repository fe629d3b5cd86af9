"""The canvas of Recognise, and what the drawing on it is compared with."""

import html

import numpy as np
import streamlit as st

from cnn.datasets.drawings import Drawings
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.strokes import CANVAS_SIDE
from cnn.recognition.comparison import cosine_distances, decide, symbol_directions
from cnn.recognition.symbols import MAX_EXAMPLES, MAX_NAME_LENGTH
from cnn.runs.run import Network
from ui.loading.errors import as_text, show_error
from ui.recognise.symbols import CANVAS_NAME, add_drawing, clear_drawing
from ui.recognise.vectors import THRESHOLD_STEP, USUAL_ACCEPTS, usual_threshold, vectors_of
from ui.state.session import BRUSH, EXAMPLES_ADDED, SYMBOL_NAME, SYMBOL_NOTE, THRESHOLD
from ui.widgets.adding import keep_strokes
from ui.widgets.canvas import show_brush_width, show_canvas, show_undo_and_clear
from ui.widgets.display import show_empty_picture, show_image
from ui.widgets.glossary import explain

INPUT_SIDE = 140  # pixels


def show_canvas_column() -> np.ndarray | None:
    """Show the canvas and *Add*; returns the drawing, (28, 28) uint8, or None if it is blank."""
    st.caption("Draw a symbol")
    with st.container(key="canvas", gap=None):
        strokes, _ = show_canvas(CANVAS_NAME, CANVAS_SIDE, CANVAS_SIDE, BRUSH.get())
    with st.container(horizontal=True):
        show_undo_and_clear(CANVAS_NAME, clear_drawing)
    with st.container(horizontal=True, vertical_alignment="bottom", key="add_row"):
        st.text_input(
            "Name",
            key=SYMBOL_NAME.name,
            placeholder="star",
            # No max_chars: a longer name would be cut off silently.
            help=f"At most {MAX_NAME_LENGTH} characters. A name that is there already gets one "
            f"more drawing, up to {MAX_EXAMPLES}.",
            persist_state="session",
            width="stretch",
        )
        st.button(
            "Add",
            key="add_drawing",
            on_click=add_drawing,
            type="primary",
            icon=":material/add:",
            shortcut="a",
        )
    keep_strokes(EXAMPLES_ADDED.get())
    with st.container(key="symbol_note"):  # always there, so that what follows keeps its place
        kind, text = SYMBOL_NOTE.get()
        if kind == "error":
            show_error(text)
        elif text:
            st.caption(as_text(text))
    show_brush_width()
    normalized = normalize_strokes(strokes) if strokes else None
    return None if normalized is None else normalized.image


def show_answer_column(image: np.ndarray | None, symbols: Drawings, answer: str | None) -> None:
    """Show the `answer`, a symbol's name or None, for the drawing `image`, and the image."""
    with st.container(key="compared_caption"):
        st.caption("Answer")
    if not symbols.classes:
        text, kind = "<span>Add a symbol first</span>", ""
    elif image is None:
        text, kind = "<span>Draw a symbol to compare it</span>", ""
    elif answer is None:
        text, kind = "<em>None of these</em>", " not_a_digit"
    else:
        text, kind = f"<b>{html.escape(answer)}</b>", " named"
    with st.container(key="compared_answer"):
        st.html(f'<p class="answer{kind}" role="status">{text}</p>')
    if image is None:
        show_empty_picture(INPUT_SIDE, "Network input: 28 x 28 pixels")
    else:
        show_image(image, "Network input: 28 x 28 pixels", INPUT_SIDE)


def show_steps() -> None:
    """Say what to do while there is no symbol."""
    st.info(
        "Draw a symbol on the canvas, such as a star, type its name and click *Add*. Add another "
        "one, such as a heart. Then draw one of them again, or something else: the answer is a "
        "name, or *None of these*.",
        icon=":material/draw:",
    )


def pick_threshold(network: Network) -> float:
    """Show the slider of the largest distance that is accepted; returns it."""
    return st.slider(
        "Threshold",
        0.0,
        1.0,
        usual_threshold(network),
        THRESHOLD_STEP,
        key=THRESHOLD.of(network.text).name,
        persist_state="session",
        help="The largest distance to the nearest symbol that is accepted. At the default, a "
        f"symbol accepts {100 * USUAL_ACCEPTS:.0f} % of what is something else: measured for this "
        "network with 25 letters and shapes and MNIST's digits. The more symbols, the more is "
        "accepted.",
    )


def compare(image: np.ndarray | None, symbols: Drawings, network: Network) -> np.ndarray | None:
    """Return the cosine distance of the drawing to each symbol: (symbols,) 0 to 2, or None."""
    if image is None or not symbols.classes:
        return None
    examples = vectors_of(network, symbols.images)
    directions = symbol_directions(examples, symbols.labels, len(symbols.classes))
    return cosine_distances(vectors_of(network, image[None]), directions)[0]


def answer_of(distances: np.ndarray | None, symbols: Drawings, threshold: float) -> str | None:
    """Return the name of the symbol that is near enough, or None."""
    found = None if distances is None else decide(distances, threshold)
    return None if found is None else symbols.classes[found]


def show_distances(symbols: Drawings, distances: np.ndarray | None, threshold: float) -> None:
    """Show the cosine distance to each symbol as a bar and a number, the nearest first."""
    st.caption("Cosine distance to each symbol", help=explain("cosine distance"))
    if distances is None:
        rows = [_row(name, "empty", None, threshold) for name in symbols.classes]
    else:
        order = np.argsort(distances, kind="stable").tolist()
        found = decide(distances, threshold)
        rows = [
            _row(symbols.classes[i], "best" if i == found else "", float(distances[i]), threshold)
            for i in order
        ]
    st.html(
        '<table class="bars named distances" aria-label="Cosine distance to each symbol">'
        f"{''.join(rows)}</table>"
    )


def _row(name: str, kind: str, distance: float | None, threshold: float) -> str:
    width = 0 if distance is None else 100 * min(distance, 1)
    text = "–" if distance is None else f"{distance:.3f}"
    return (
        f'<tr class="{kind}"><th scope="row">{html.escape(name)}</th>'
        f'<td class="bar"><i style="width:{width:.1f}%"></i>'
        f'<u style="left:{100 * threshold:.1f}%"></u></td><td>{text}</td></tr>'
    )
