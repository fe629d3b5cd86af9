"""What a threshold costs, and where the vectors lie: the ROC curve and the map."""

import numpy as np
import streamlit as st

from cnn.arithmetic.pca import fit_pca
from cnn.datasets.drawings import Drawings
from cnn.recognition.errors import Measured, roc
from cnn.rendering.recognition_charts import SHOWN_DIGITS, map_chart, roc_chart
from cnn.rendering.text import percent
from cnn.runs.run import Network
from ui.recognise.vectors import MNIST_DIGITS, digit_vectors, vectors_of
from ui.widgets.display import show_chart
from ui.widgets.glossary import explain

FEW = 20  # drawings, from which on a share of them is more than a first impression
HEIGHT = 300  # pixels


def show_map(network: Network, symbols: Drawings, image: np.ndarray | None) -> None:
    """Show the vectors of the symbols' drawings and of the new one in a plane."""
    st.header("Map of the vectors", anchor="map")
    points, digits, new = np.empty((0, 2)), np.empty((0, 2)), None
    if len(symbols.labels):
        vectors = vectors_of(network, symbols.images)
        digits = digit_vectors(network)[:SHOWN_DIGITS]
        # The drawings count as much as the digits, else these alone would choose the plane.
        times = -(-len(digits) // len(vectors))
        pca = fit_pca(np.concatenate([np.repeat(vectors, times, axis=0), digits]))
        points, digits = pca.transform(vectors), pca.transform(digits)
        if image is not None:
            new = pca.transform(vectors_of(network, image[None]))[0]
    missing = "Each drawing of a symbol\nbecomes a point here"
    spec = map_chart(symbols.classes, points, symbols.labels, digits, new, missing)
    show_chart(spec, height=HEIGHT, key="vector_map")
    st.caption(
        "A dot is a drawing of a symbol, in the colour of its symbol, the star the new "
        f"drawing; grey are {SHOWN_DIGITS} of MNIST's digits. The plane shows two of the vector's "
        "many dimensions: what is close here can be far apart in the others.",
        help=explain("principal component analysis"),
    )


def show_cost_line(measured: Measured, threshold: float) -> None:
    """Show the false accepts and false rejects at `threshold`, below its slider, in one line."""
    accept, reject = measured.false_accept(threshold), measured.false_reject(threshold)
    rejects = "not measured" if reject is None else percent(reject)
    st.caption(
        f"False accepts: {percent(accept or 0)} · false rejects: {rejects}",
        help=explain("false accept", "false reject"),
    )


def show_costs(measured: Measured, threshold: float) -> None:
    """Show the ROC curve, with the false accepts and false rejects at `threshold`."""
    st.header("What the threshold costs", anchor="costs")
    _, accepts, rejects = roc(measured)
    accept, reject = measured.false_accept(threshold), measured.false_reject(threshold)
    at = (accept, reject) if accept is not None and reject is not None else None
    missing = "Add at least two drawings\nof one symbol"
    show_chart(roc_chart(accepts, rejects, at, missing), height=HEIGHT, key="roc")
    st.markdown(_costs_text(measured, threshold, accept, reject), help=explain("ROC curve"))


def _costs_text(
    measured: Measured, threshold: float, accept: float | None, reject: float | None
) -> str:
    if accept is None:
        return f"Once there is a symbol, {MNIST_DIGITS:,} of MNIST's digits are compared with it."
    text = (
        f"At the threshold {threshold:.2f}: **{percent(accept)} false accepts**, of "
        f"{len(measured.others):,} pictures of something else: {MNIST_DIGITS:,} of MNIST's digits"
    )
    if len(measured.others) > MNIST_DIGITS:
        text += ", and each of your drawings, as if its own symbol were not there"
    text += ". "
    if reject is None:
        return text + (
            "**False rejects** are not measured: that needs two drawings of a symbol, one to "
            "compare with the other."
        )
    count = len(measured.own)
    text += (
        f"**{percent(reject)} false rejects**, of {count} of your drawings, each compared with the "
        "others of its symbol; nearest to another symbol counts as one."
    )
    if count < FEW:
        text += f" {count} are few: one more or less changes it by {percent(1 / count)}."
    return text
