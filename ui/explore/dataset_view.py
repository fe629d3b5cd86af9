"""All test digits in one network: those that excite a feature map, and where all of them lie."""

import base64
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from cnn.arithmetic.pca import PCA, fit_pca, normalize_rows
from cnn.arithmetic.receptive_field import receptive_fields
from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE
from cnn.data.mnist import load_digits
from cnn.rendering.charts import DIGIT_COLOURS
from cnn.rendering.images import paint_sheet, paint_spot
from cnn.rendering.text import percent
from cnn.runs.run import Network
from ui.loading.networks import dataset_activations_of, recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import PICTURE
from ui.widgets.lens import lens_component, packed
from ui.widgets.live import PROGRESS_S
from ui.widgets.waiting import show_reading

EXCITED = 8
SIDE = 84
PLANE_HEIGHT = 480  # pixels, of its place while the digits are still being read
SHEET_COLUMNS = 100
_PLANE = lens_component("plane")
_DIGITS = lens_component("digits")


def show_top_activations(network: Network, layer_name: str, map_number: int) -> None:
    """The test digits that excite a feature map most, with what its strongest unit sees framed."""
    atlas = dataset_activations_of(network)
    if atlas.progress < 1:
        show_reading(atlas, "The test digits that excite this map most", SIDE + 72)
        return
    if atlas.inactive_maps(layer_name)[map_number]:
        count = f"{len(atlas.digits.labels):,}"
        st.markdown(f"Map {map_number} is dead: it is 0 everywhere for all {count} test digits.")
        return
    layers = recognizer_of(network).layers
    number = [layer.name for layer in layers].index(layer_name)
    down, across = receptive_fields(layers, IMAGE_SHAPE)[number]
    st.caption(
        f"The test digits that excite map {map_number} of {layer_name} most, each with its label "
        f"and the map's largest value. The frame: the {down.size} x {across.size} pixels that "
        "this value is made of. A click opens a digit."
    )
    excited = atlas.top_activating(layer_name, map_number, EXCITED)
    with st.container(key="top_activating"):
        # One element: a page of many is slow to draw.
        result = _DIGITS(
            key="exciting_lens",
            data={
                "side": SIDE,
                "digits": [
                    {
                        "number": each.index,
                        "words": f"a {each.label} · {each.value:.2f}",
                        # Twice as fine as it is shown, for the screens that are.
                        "png": base64.b64encode(
                            paint_spot(
                                each.image,
                                down.span(each.position[0], IMAGE_SIDE),
                                across.span(each.position[1], IMAGE_SIDE),
                                2 * SIDE,
                            )
                        ).decode(),
                    }
                    for each in excited
                ],
            },
            on_opened_change=lambda: None,
        )
    if result.opened is not None:
        _open(int(result.opened))


def _open(number: int) -> None:
    choose(PICTURE, f"test-{number}")
    st.rerun()  # also what stands above, and outside of a fragment


@st.fragment(run_every=PROGRESS_S)
def show_plane(network: Network, picture: ChosenPicture) -> None:
    """All test digits in the last hidden layer, on a plane, to point at; `picture` among them."""
    atlas = dataset_activations_of(network)
    if atlas.progress < 1:
        show_reading(atlas, "All test digits in the last hidden layer, on a plane", PLANE_HEIGHT)
        return
    points = _points(atlas)
    features = atlas.recognizer.features(picture.image[None])
    [(x, y)] = points.plane.transform(normalize_rows(features)).tolist()
    with st.container(key="plane", gap=None):
        _PLANE(key="plane_sheet", data=_sheet())
        result = _PLANE(
            key="plane_lens",
            data={
                "points": points.packed,
                "colours": DIGIT_COLOURS,
                "chosen": {"x": x, "y": y, "title": picture.title},
            },
            on_opened_change=lambda: None,
        )
    if result.opened is not None:
        _open(int(result.opened))
    layer = atlas.recognizer.layers[-2]
    first, second = (percent(float(share)) for share in points.plane.explained_variance_ratio)
    st.caption(
        f"Each dot is one of the {len(atlas.digits.labels):,} test digits, in the colour of its "
        f"label; a ring marks the {points.mistakes:,} that the network reads wrong, the star the "
        f"chosen picture. {layer.name} makes {layer.shape[0]} values of a digit. Scaled to length "
        "1, so that near means alike, they are seen from where they spread most (principal "
        f"component analysis): {first} of their variance lies across, {second} up and down, so "
        "what is near here may be far apart in the rest. Arrow keys go from mistake to mistake; "
        "zoom with the buttons or with Ctrl and the wheel, and drag."
    )


class Points(NamedTuple):
    """The test digits on their plane: packed is (n, 5): x, y, label, answer, its probability."""

    plane: PCA
    packed: dict[str, Any]
    mistakes: int


@lru_cache(maxsize=4)
def _points(atlas) -> Points:
    answers, labels = atlas.probabilities(), atlas.digits.labels
    best = answers.argmax(axis=1)
    # As they are, the few classes that the layer answers loudest leave the others in one heap.
    features = normalize_rows(atlas.features())
    plane = fit_pca(features)
    columns = np.column_stack([plane.transform(features), labels, best, answers.max(axis=1)])
    return Points(plane, packed(columns), int((best != labels).sum()))


@lru_cache(maxsize=1)
def _sheet() -> bytes:
    """All test digits as one PNG: 1 MB, a message of its own, so that a browser gets it once."""
    return paint_sheet(load_digits("test").images, SHEET_COLUMNS)
