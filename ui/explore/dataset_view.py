"""The test digits in one network: a map's strongest activations, and the PCA of their features."""

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import streamlit as st

from cnn.arithmetic.pca import PCA, fit_pca, normalize_rows
from cnn.arithmetic.receptive_field import receptive_fields
from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE
from cnn.dataset_facts import DatasetFacts
from cnn.datasets.settings import load_splits
from cnn.rendering.charts import DIGIT_COLOURS
from cnn.rendering.images import paint_sheet, paint_spot
from cnn.rendering.text import percent
from cnn.runs.run import Network
from ui.loading.networks import dataset_activations_of, recognizer_of
from ui.state.messages import sent_number
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import PICTURE
from ui.widgets.glossary import explain
from ui.widgets.lens import lens_component, packed
from ui.widgets.waiting import show_activations_progress

if TYPE_CHECKING:  # imports Keras
    from cnn.inspection.dataset_activations import DatasetActivations

TOP_COUNT = 8
SIDE = 84  # pixels
PCA_HEIGHT = 480  # pixels, of the placeholder
SHEET_COLUMNS = 100
_PCA_PLOT = lens_component("plane")
_DIGITS = lens_component("digits")


def show_top_activations(network: Network, layer_name: str, map_number: int) -> None:
    """Show the test digits with a map's largest values, the receptive field framed in each."""
    data = network.run.data
    activations = dataset_activations_of(network)
    if activations.progress < 1:
        show_activations_progress(activations, "Strongest activations", SIDE + 72, nouns=data.nouns)
        return
    layers = recognizer_of(network).layers
    index = [layer.name for layer in layers].index(layer_name)
    if activations.inactive_maps(layer_name)[map_number]:
        count = f"{len(activations.digits.labels):,}"
        what = "0 everywhere" if layers[index].activation == "relu" else "nowhere above 0"
        st.markdown(f"Map {map_number} is **inactive**: {what} for all {count} test {data.nouns}.")
        return
    down, across = receptive_fields(layers, IMAGE_SHAPE)[index]
    st.markdown(f"**Strongest activations** of map {map_number} of {layer_name}")
    st.caption(
        f"The test {data.nouns} for which the map's largest value, given after the label, is "
        "highest. The frame marks the receptive field of that value, "
        f"{down.size} x {across.size} pixels. Click a {data.noun} to open it."
    )
    digits = []
    for each in activations.top_activating(layer_name, map_number, TOP_COUNT):
        row, column = each.position
        field = down.span(row, IMAGE_SIDE), across.span(column, IMAGE_SIDE)
        png = base64.b64encode(paint_spot(each.image, *field, 2 * SIDE))  # sharp on any screen
        text = f"{data.classes[each.label]} · {each.value:.2f}"
        digits.append({"number": each.index, "words": text, "png": png.decode()})
    with st.container(key="top_activating"):
        # One element: a page of many is slow to draw.
        shown = {"side": SIDE, "digits": digits, "noun": data.noun}
        result = _DIGITS(key="top_activating_lens", data=shown, on_opened_change=lambda: None)
    _open_digit(result.opened, data)


def _open_digit(sent: Any, data: DatasetFacts) -> None:
    number = sent_number(sent, data.test_count)
    if number is not None:
        choose(PICTURE, f"test-{number}")
        st.rerun()  # the whole page, not only this fragment


def show_pca(network: Network, picture: ChosenPicture) -> None:
    """Show the PCA of the last hidden layer's output for all test digits and for `picture`."""
    activations, data = dataset_activations_of(network), network.run.data
    if activations.progress < 1:
        title = "PCA of the last hidden layer"
        show_activations_progress(activations, title, PCA_HEIGHT, nouns=data.nouns)
        return
    points = _points(activations)
    features = activations.recognizer.features(picture.image[None])
    colours = DIGIT_COLOURS
    [(x, y)] = points.pca.transform(normalize_rows(features)).tolist()
    with st.container(key="plane", gap=None):
        _PCA_PLOT(key="plane_sheet", data=_sheet(data))
        result = _PCA_PLOT(
            key="plane_lens",
            data={
                "points": points.packed,
                "colours": [colours[label % len(colours)] for label in range(len(data.classes))],
                "names": data.classes,
                "noun": data.noun,
                "chosen": {"x": x, "y": y, "title": picture.title},
            },
            on_opened_change=lambda: None,
        )
    _open_digit(result.opened, data)
    layer = activations.recognizer.layers[-2]
    first, second = (percent(float(share)) for share in points.pca.explained_variance_ratio)
    st.caption(
        f"**PCA of {layer.name}**: each dot is one of {len(activations.digits.labels):,} test "
        f"{data.nouns}, in the colour of its label. Rings mark the {points.errors:,} misclassified "
        f"{data.nouns}, the star the chosen image. The {layer.shape[0]} outputs of the layer, "
        "scaled to length 1, are projected onto their first two principal components, which "
        f"explain {first} (horizontal) and {second} (vertical) of the variance: {data.nouns} that "
        "are close here can be far apart in the other dimensions. Arrow keys go from error to "
        "error; zoom with the buttons or Ctrl and the wheel; drag to move.",
        help=explain("principal component analysis"),
    )


class Points(NamedTuple):
    """The test digits as (n, 5), packed: x, y, label, predicted digit, confidence."""

    pca: PCA
    packed: dict[str, Any]
    errors: int


@lru_cache(maxsize=4)
def _points(activations: "DatasetActivations") -> Points:
    probabilities, labels = activations.probabilities(), activations.digits.labels
    predicted = probabilities.argmax(axis=1)
    # Without normalization, a few classes with large activations would dominate.
    features = normalize_rows(activations.features())
    pca = fit_pca(features)
    columns = [pca.transform(features), labels, predicted, probabilities.max(axis=1)]
    return Points(pca, packed(np.column_stack(columns)), int((predicted != labels).sum()))


@lru_cache(maxsize=2)
def _sheet(data: DatasetFacts) -> bytes:
    """All test digits as one PNG of 1 MB: a message by itself, so that a browser gets it once."""
    return paint_sheet(load_splits(data).test.images, SHEET_COLUMNS)
