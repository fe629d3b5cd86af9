"""What a threshold costs, and where the vectors lie: the ROC curve and the map."""

import numpy as np
import streamlit as st

from cnn.arithmetic.pca import fit_pca
from cnn.datasets.drawings import Drawings
from cnn.recognition.errors import Measured, roc
from cnn.rendering.recognition_charts import SHOWN_DIGITS, map_chart, roc_chart
from cnn.rendering.text import percent
from cnn.runs.run import Network
from ui.recognise.vectors import STRANGERS, measured_on, stranger_vectors, vectors_of
from ui.widgets.display import show_chart
from ui.widgets.glossary import explain

FEW = 20  # drawings, from which on a share of them is more than a first impression
HEIGHT = 300  # pixels


def show_map(network: Network, symbols: Drawings, image: np.ndarray | None) -> None:
    """Show the vectors of all taught drawings and of the new one in a plane."""
    st.header("Map of the vectors", anchor="map")
    vectors = vectors_of(network, symbols.images)
    digits = stranger_vectors(network)[:SHOWN_DIGITS]
    points, new = np.empty((0, 2)), None
    if len(vectors):
        pca = fit_pca(np.concatenate([vectors, digits]))
        points, digits = pca.transform(vectors), pca.transform(digits)
        if image is not None:
            new = pca.transform(vectors_of(network, image[None]))[0]
    missing = "Each taught drawing\nbecomes a point here"
    spec = map_chart(symbols.classes, points, symbols.labels, digits, new, missing)
    show_chart(spec, height=HEIGHT, key="vector_map")
    st.caption(
        "A dot is a taught drawing, in the colour of its symbol, the star the new drawing; grey "
        f"are {SHOWN_DIGITS} of MNIST's digits. The plane shows two of the vector's many "
        "dimensions: what is close here can be far apart in the others.",
        help=explain("principal component analysis"),
    )


def show_costs(network: Network, symbols: Drawings, threshold: float) -> None:
    """Show the ROC curve, with the false accepts and false rejects at `threshold`."""
    st.header("What the threshold costs", anchor="costs")
    measured = measured_on(network, symbols)
    _, accepts, rejects = roc(measured)
    accept, reject = measured.false_accept(threshold), measured.false_reject(threshold)
    at = (accept, reject) if accept is not None and reject is not None else None
    missing = "Teach at least two drawings\nof one symbol"
    show_chart(roc_chart(accepts, rejects, at, missing), height=HEIGHT, key="roc")
    st.markdown(_costs_text(measured, threshold, accept, reject))


def _costs_text(
    measured: Measured, threshold: float, accept: float | None, reject: float | None
) -> str:
    if accept is None:
        return f"Nothing is taught yet. Then {STRANGERS:,} of MNIST's digits are compared with it."
    text = (
        f"At the threshold {threshold:.2f}: **{percent(accept)} false accepts**, of "
        f"{len(measured.others):,} pictures of something else: {STRANGERS:,} of MNIST's digits, "
        "and each taught drawing as if its own symbol had not been taught. "
    )
    if reject is None:
        return text + (
            "**False rejects** are not measured: that needs two drawings of a symbol, one to "
            "compare with the other."
        )
    count = len(measured.own)
    text += (
        f"**{percent(reject)} false rejects**, of {count} taught drawings, each compared with the "
        "others of its symbol; nearest to another symbol counts as one."
    )
    if count < FEW:
        text += f" {count} are few: one more or less changes it by {percent(1 / count)}."
    return text
