"""What a network learned: how it reads the 10,000 test digits, and how far it can be believed."""

from functools import partial

import numpy as np
import streamlit as st

from cnn.evaluation.metrics import (
    CLASSES,
    class_metrics,
    confusion_matrix,
    digits_predicted_as,
    least_confident_correct,
    most_confident_errors,
    most_confused,
    reliability,
)
from cnn.rendering.charts import reliability_chart
from cnn.rendering.confusion_chart import confusion_chart
from cnn.rendering.text import percent
from cnn.runs.run import Network
from ui.loading.errors import as_text, show_errors_inline
from ui.loading.networks import dataset_activations_of
from ui.state.selection import choose
from ui.state.session import CONFUSION_CELL, EPOCH, PICTURE, RUN, Key, widget_value
from ui.widgets.display import show_image
from ui.widgets.waiting import show_reading

OF_A_CELL = 24
EXAMPLES = 12
SIDE = 84
TILE = 108  # three fit on a phone
HEIGHT = 480  # pixels, of the matrix
CLASS_NAMES = ("zeros", "ones", "twos", "threes", "fours")
CLASS_NAMES += ("fives", "sixes", "sevens", "eights", "nines")


def show_results(network: Network) -> None:
    """The confusion matrix, each class's figures, telling answers, and the reliability diagram.

    Of all test digits, which are read in the background the first time, with a progress bar.
    """
    with show_errors_inline():
        atlas = dataset_activations_of(network)
        if atlas.progress < 1:
            show_reading(atlas, "Which digits it takes for which", HEIGHT, width=620)
            return
        probabilities, labels = atlas.probabilities(), atlas.digits.labels
        matrix = confusion_matrix(labels, probabilities.argmax(axis=1))
        _show_total(network, matrix)
        _show_confusion(network, atlas, matrix)
        _show_classes(matrix)
        _show_telling(network, atlas)
        _show_reliability(probabilities, labels)


def _show_total(network: Network, matrix: np.ndarray) -> None:
    right, count = int(matrix.trace()), int(matrix.sum())
    st.markdown(
        f"**{as_text(network.run.title)}**, after epoch {network.epoch}, reads {right:,} of the "
        f"{count:,} test digits right ({percent(right / count, 2)}) and {count - right:,} wrong."
    )


@st.fragment
def _show_confusion(network: Network, atlas, matrix: np.ndarray) -> None:
    """The matrix, and the digits of the cell that was picked last, at first the fullest one."""
    st.subheader("Confusion matrix", anchor="confusion")
    st.caption(
        "Rows: what a digit is; columns: what it was read as. Right answers lie on the diagonal. "
        "Click a cell, or choose it below, to see its digits."
    )
    shares = st.segmented_control(
        "Values of the cells",
        (False, True),
        default=False,
        required=True,
        format_func=("Counts", "Percent of row").__getitem__,
        key="confusion_values",
        persist_state="session",
        label_visibility="collapsed",
    )
    cells = [divmod(number, CLASSES) for number in range(matrix.size)]
    cell = CONFUSION_CELL.of(network.run.id)
    if cell.get() not in cells:
        cell.set(most_confused(matrix))
    with st.container(key="confusion", width=620):
        names = {each: cell_words(matrix, *each) for each in cells}
        _show_matrix(matrix, shares, list(names.values()), cell)
        picked = st.selectbox(
            "Cell", cells, format_func=names.__getitem__, key=cell.name, persist_state="session"
        )
    with st.container(key="confused_digits"):
        st.markdown(_which_are_shown(matrix, *picked))
        numbers = digits_predicted_as(
            atlas.probabilities(), atlas.digits.labels, *picked, OF_A_CELL
        )
        _show_digits(network, atlas, numbers, "cell")


def _show_matrix(matrix: np.ndarray, shares: bool, names: list[str], cell: Key) -> None:
    """The matrix as a chart, in shares of the row or counts; a click picks a `cell`."""
    values = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1) if shares else matrix
    texts = [_cell_text(value, shares) for value in values.ravel().tolist()]
    key = f"{cell.name}_chart"
    before = (widget_value(key) or {}).get("selection", {}).get("selected", [])
    st.echarts_chart(
        confusion_chart(values, texts, names, cell.get()),
        height=HEIGHT,
        key=key,
        renderer="svg",
        on_select=partial(_pick_cell, cell, key, before),
        alt="Confusion matrix; the cells are also listed below",
    )


def _pick_cell(cell: Key, key: str, before: list[dict]) -> None:
    """Pick the cell that was clicked: what is selected, or was, for a second click unselects."""
    if selected := widget_value(key).selection.selected or before:
        cell.set(divmod(selected[0]["data_indices"][0], CLASSES))


def _cell_text(value: float, share: bool) -> str:
    return (percent(value).removesuffix(" %") if value else "0") if share else f"{value:,}"


def cell_words(matrix: np.ndarray, label: int, guess: int) -> str:
    """A cell of a confusion matrix in words: "12 of 982 fours were read as 9"."""
    count, total = int(matrix[label, guess]), int(matrix[label].sum())
    verb = "was" if count <= 1 else "were"
    how = "right" if label == guess else f"as {guess}"
    return f"{count or 'None'} of {total:,} {CLASS_NAMES[label]} {verb} read {how}"


def _which_are_shown(matrix: np.ndarray, label: int, guess: int) -> str:
    count = int(matrix[label, guess])
    if not count:
        return "There is nothing to see in this cell; click one with a number in it."
    order = "least" if label == guess else "most"
    if count > OF_A_CELL:
        return f"Here are {OF_A_CELL}, the {order} confident first."
    return f"The {order} confident come first." if count > 1 else ""


def _show_classes(matrix: np.ndarray) -> None:
    st.subheader("Each digit", anchor="classes")
    figures = class_metrics(matrix)
    shares = {"Precision": figures.precision, "Recall": figures.recall, "F1": figures.f1}
    form = st.column_config.NumberColumn(format="%.2f %%")
    st.dataframe(
        {
            "Digit": list(range(len(matrix))),
            **{name: 100 * values for name, values in shares.items()},
            "Test digits": figures.support,
        },
        hide_index=True,
        column_config=dict.fromkeys(shares, form),
        placeholder="–",
        width=620,
        alt="Precision, recall and F1 of each digit",
    )
    st.caption(
        "Precision: of all that was read as this digit, how much is one. Recall: of all that is "
        "one, how much was read as one. F1: their harmonic mean, low where either is. "
        "–: nothing was read as this digit."
    )


def _show_telling(network: Network, atlas) -> None:
    probabilities, labels = atlas.probabilities(), atlas.digits.labels
    for key, title, chosen, nothing, kind in (
        (
            "most_confident_errors",
            "The most confident mistakes",
            most_confident_errors,
            "It made none.",
            "mistake",
        ),
        (
            "least_confident_correct",
            "The least confident right answers",
            least_confident_correct,
            "None of its answers is right.",
            "right",
        ),
    ):
        with st.container(key=key):
            st.subheader(title, anchor=key)
            numbers = chosen(probabilities, labels, EXAMPLES)
            if not len(numbers):
                st.markdown(nothing)
            _show_digits(network, atlas, numbers, kind)


def _show_digits(network: Network, atlas, numbers: np.ndarray, kind: str) -> None:
    """Test digits as thumbnails, each with what it was read as, and what else it may have been."""
    with st.container(horizontal=True, gap="small"):
        for number in numbers.tolist():
            with st.container(width=TILE, gap=None):
                words = answer_words(
                    atlas.probabilities()[number], int(atlas.digits.labels[number])
                )
                show_image(atlas.digits.images[number], words, SIDE)
                help_words = f"Open test digit {number:,} in Explore, with this network"
                key = f"open_{kind}_{number}"
                if st.button("Open in Explore", key=key, type="tertiary", help=help_words):
                    _open(network, number)


def answer_words(probabilities: np.ndarray, label: int) -> str:
    """A digit's label, and the probabilities, of (10,), of its answer and of one more digit.

    That is the label where the answer is wrong, and the second likeliest digit where it is right.
    """
    best, second = np.argsort(-probabilities, kind="stable")[:2].tolist()
    other = second if best == label else label
    shares = (f"{each}: {percent(float(probabilities[each]))}" for each in (best, other))
    return "  \n".join([f"A {label}, read as {best}", *shares])  # Markdown's line breaks


def _open(network: Network, number: int) -> None:
    choose(RUN, network.run.id)
    choose(EPOCH, str(network.epoch))
    choose(PICTURE, f"test-{number}")
    st.switch_page("pages/explore.py")


def _show_reliability(probabilities: np.ndarray, labels: np.ndarray) -> None:
    st.subheader("Can its confidence be believed?", anchor="reliability")
    measured = reliability(probabilities, labels)
    with st.container(key="reliability", width=620):
        st.echarts_chart(
            reliability_chart(measured),
            height=360,
            key="reliability_chart",
            alt="Reliability diagram: the share of right answers by their confidence",
        )
    st.caption(
        "Reliability diagram. All answers, sorted by the probability of the digit that was "
        f"answered into {len(measured.count)} bins; of each bin, how many are right. Below the "
        "diagonal the network is more confident than it is right, above it less. Larger points "
        "stand for more digits; a small one may be off by chance. On average over all answers, "
        f"the two are {100 * measured.error:.2f} percentage points apart (expected calibration "
        "error)."
    )
