"""Evaluation of a network on the test digits, or on the test pictures of its data set."""

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from cnn.dataset_facts import MNIST_FACTS, DatasetFacts
from cnn.evaluation.metrics import (
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
from cnn.rendering.text import percent, probability_text
from cnn.runs.run import Network
from ui.loading.errors import as_text, show_errors_inline
from ui.loading.networks import dataset_activations_of
from ui.state.messages import selected_marks
from ui.state.selection import choose
from ui.state.session import CONFUSION_CELL, EPOCH, PICTURE, RUN, Key, widget_value
from ui.widgets.display import show_chart, show_image
from ui.widgets.glossary import explain
from ui.widgets.waiting import show_activations_progress

CELL_DIGITS = 24  # at most, of the chosen cell of the confusion matrix
EXAMPLE_DIGITS = 12
SIDE = 84
TILE = 108  # three fit on a phone
HEIGHT, WIDTH = 480, 620  # pixels, of the confusion matrix
EXAMPLES = {  # the functions that select the digits, by heading
    "Most confident errors": most_confident_errors,
    "Least confident correct predictions": least_confident_correct,
}


def show_evaluation(network: Network) -> None:
    """Show the confusion matrix, the metrics of each class, examples and the calibration.

    The first time, all test digits are classified in the background, with a progress bar.
    """
    with show_errors_inline():
        activations = dataset_activations_of(network)
        if activations.progress < 1:
            show_activations_progress(
                activations, "Confusion matrix", HEIGHT, WIDTH, network.run.data.nouns
            )
            return
        probabilities, labels = activations.probabilities(), activations.digits.labels
        data = network.run.data
        matrix = confusion_matrix(labels, probabilities.argmax(axis=1), len(data.classes))
        correct, count = int(matrix.trace()), int(matrix.sum())
        st.markdown(
            f"**{as_text(network.run.title)}**, {network.when}: {correct:,} of the "
            f"{count:,} test {data.nouns} are classified correctly "
            f"({percent(correct / count, 2)}), {count - correct:,} are not."
        )
        _show_confusion(network, activations, matrix)
        _show_classes(matrix, data)
        for heading, select in EXAMPLES.items():
            with st.container(key=select.__name__):
                st.header(heading, anchor=select.__name__)
                numbers = select(probabilities, labels, EXAMPLE_DIGITS)
                if not len(numbers):
                    st.markdown("There are none.")
                _show_digits(network, activations, numbers, select.__name__)
        _show_calibration(probabilities, labels, data)


@st.fragment
def _show_confusion(network: Network, activations, matrix: np.ndarray) -> None:
    """Show the matrix and the digits of the chosen cell, at first the one with most errors."""
    data = network.run.data
    label = _label(data)
    st.header("Confusion matrix", anchor="confusion", help=explain("confusion matrix"))
    st.caption(
        f"Rows: true {label}; columns: predicted {label}. Correct predictions are on the diagonal. "
        f"Click a cell, or choose it below, to see its {data.nouns}."
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
    cells = list(np.ndindex(matrix.shape))
    names = {each: cell_text(matrix, *each, data) for each in cells}
    cell = CONFUSION_CELL.of(network.run.id)
    if cell.get() not in names:
        cell.set(most_confused(matrix))
    with st.container(key="confusion", width=WIDTH):
        _show_matrix(matrix, shares, list(names.values()), cell, data)
        label, predicted = st.selectbox(
            "Cell", cells, format_func=names.__getitem__, key=cell.name, persist_state="session"
        )
    with st.container(key="confused_digits"):
        order = "least" if label == predicted else "most"
        st.markdown(
            f"The {order} confident predictions first, at most {CELL_DIGITS}."
            if matrix[label, predicted]
            else "This cell is empty."
        )
        numbers = digits_predicted_as(
            activations.probabilities(), activations.digits.labels, label, predicted, CELL_DIGITS
        )
        _show_digits(network, activations, numbers, "cell")


def _show_matrix(
    matrix: np.ndarray, shares: bool, names: list[str], cell: Key, data: DatasetFacts
) -> None:
    """Show the matrix as a chart, in percent of the row or counts; a click chooses a `cell`."""
    if shares:
        values = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        texts = [percent(each).removesuffix(" %") if each else "0" for each in values.ravel()]
    else:
        values, texts = matrix, [f"{count:,}" for count in matrix.ravel()]
    # A chart for each choice, so that none has the selection of an earlier one.
    chosen = cell.get()
    key = f"{cell.name}_chart_{chosen}"
    show_chart(
        confusion_chart(values, texts, names, chosen, data),
        height=HEIGHT,
        key=key,
        renderer="svg",
        on_select=partial(_choose_cell, cell, key, chosen, len(matrix)),
        alt="Confusion matrix; the cells are also listed below",
    )


def _choose_cell(cell: Key, key: str, chosen: tuple[int, int], classes: int) -> None:
    """Choose the clicked cell of the chart that shows `chosen`; a click on that changes nothing.

    Such a click must not set it again: a choice by keyboard that follows at once may arrive in the
    same rerun, and would be lost.
    """
    for _, index in selected_marks(widget_value(key))[:1]:
        clicked = divmod(index, classes)
        if clicked != chosen and index < classes**2:
            cell.set(clicked)


def _label(data: DatasetFacts) -> str:
    """Return what a label of `data` is called."""
    return data.noun if data.is_mnist else "class"


def cell_text(
    matrix: np.ndarray, label: int, predicted: int, data: DatasetFacts = MNIST_FACTS
) -> str:
    """A cell of a confusion matrix as text: "True 4, predicted 9: 12 of 982"."""
    count, total = matrix[label, predicted], matrix[label].sum()
    names = [data.classes[each] for each in (label, predicted)]
    return f"True {names[0]}, predicted {names[1]}: {count:,} of {total:,}"


def _show_classes(matrix: np.ndarray, data: DatasetFacts) -> None:
    label = _label(data)
    st.header("Metrics of each class", anchor="classes")
    figures = class_metrics(matrix)
    shares = {"Precision": figures.precision, "Recall": figures.recall, "F1": figures.f1}
    st.dataframe(
        {
            label.capitalize(): list(range(len(matrix))) if data.is_mnist else list(data.classes),
            **{name: 100 * values for name, values in shares.items()},
            f"Test {data.nouns}": figures.support,
        },
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%.2f %%", help=explain(term))
            for name, term in zip(shares, ("precision", "recall", "F1"), strict=True)
        },
        placeholder="–",
        width=WIDTH,
        alt=f"Precision, recall and F1 of each {label}",
    )
    st.caption(
        f"{explain('precision', 'recall', 'F1')}  \n–: no {data.noun} was predicted as this one."
    )


def _show_digits(network: Network, activations, numbers: np.ndarray, kind: str) -> None:
    """Show test digits as thumbnails with their predictions and a button that opens them."""
    with st.container(horizontal=True, gap="small"):
        for number in numbers.tolist():
            with st.container(width=TILE, gap=None):
                label = int(activations.digits.labels[number])
                row, data = activations.probabilities()[number], network.run.data
                text = prediction_text(row, label, data)
                alt = ", ".join(prediction_text(row, label, data, str).split("  \n"))
                alt = text if data.is_mnist else alt
                show_image(activations.digits.images[number], text, SIDE, alt)
                if st.button(
                    "Open in Explore",
                    key=f"open_{kind}_{number}",
                    type="tertiary",
                    help=f"Open test {data.noun} {number:,} in Explore, with this network",
                ):
                    choose(RUN, network.run.id)
                    choose(EPOCH, str(network.epoch))
                    choose(PICTURE, f"test-{number}")
                    st.switch_page("pages/explore.py")


def prediction_text(
    probabilities: np.ndarray,
    label: int,
    data: DatasetFacts = MNIST_FACTS,
    shown: Callable[[str], str] = as_text,
) -> str:
    """A digit's label, its prediction, and two of its probabilities: a line each, of Markdown.

    These are the probability of the prediction, and that of the label if the prediction is wrong,
    else the second largest. `shown` turns the name of a class into Markdown.
    """
    names = [shown(each) for each in data.classes]
    best, second = np.argsort(-probabilities, kind="stable")[:2].tolist()
    other = second if best == label else label
    shares = (
        f"{names[each]}: {probability_text(float(probabilities[each]))}" for each in (best, other)
    )
    return "  \n".join(
        [f"True {names[label]}, predicted {names[best]}", *shares]
    )  # Markdown's line breaks


def _show_calibration(probabilities: np.ndarray, labels: np.ndarray, data: DatasetFacts) -> None:
    st.header("Calibration", anchor="reliability", help=explain("calibration"))
    measured = reliability(probabilities, labels)
    with st.container(key="reliability", width=WIDTH):
        show_chart(
            reliability_chart(measured, data.noun),
            height=360,
            key="reliability_chart",
            alt="Reliability diagram: accuracy by confidence",
        )
    st.caption(
        f"Reliability diagram: all predictions in {len(measured.count)} bins by their confidence, "
        "with the accuracy of each bin. Below the diagonal the network is overconfident, above it "
        f"underconfident. Larger points stand for more {data.nouns}; the accuracy of few "
        f"{data.nouns} may be "
        f"off by chance. Expected calibration error: {100 * measured.error:.2f} percentage points, "
        "the mean distance between confidence and accuracy."
    )
