"""The choice of the image: a test digit, or the visitor's drawing or upload."""

from functools import partial

import numpy as np
import streamlit as st

from cnn.data.mnist import DataError
from cnn.dataset_facts import DatasetFacts
from cnn.datasets.settings import load_splits
from cnn.runs.run import Network
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose, pick_picture, picked_value, widget_key
from ui.state.session import CLASS, KEPT_PICTURE, PICTURE, Key
from ui.widgets.links import show_page_link


def show_picture_picker(network: Network) -> ChosenPicture:
    """Show the choice of a test digit by number, by class or at random. Return the image.

    The test digits are those of the data set of `network`; if they are gone, there is no choice.
    """
    picture, data = pick_picture(network), network.run.data
    is_test_digit = picture.source == "test"
    if picture.source in ("drawing", "upload"):
        KEPT_PICTURE.set(picture.address)
    with st.container(horizontal=True, vertical_alignment="bottom", key="picture_picker"):
        # Each data set has its own numbers and classes, and so its own widgets.
        name = "digit" if data.is_mnist else f"digit_{data.id}"
        gone = is_gone(data)
        key = widget_key(name)
        st.number_input(
            f"Test {data.noun}, 0 to {data.test_count - 1:,}",
            min_value=0,
            max_value=data.test_count - 1,
            value=picture.number,
            placeholder=picture.title,  # of a drawing or upload, which has no number
            key=key,
            on_change=_choose_number,
            args=(name, key),
            width=170,
            disabled=gone,
        )
        st.selectbox(
            "Class",
            [CLASS.default, *range(len(data.classes))],
            format_func=partial(_class_name, data),
            key=_class_key(data).name,
            persist_state="session",
            on_change=_choose_next,
            args=(data,),
            width=110 if data.is_mnist else 200,
            disabled=gone,
        )
        options = {"args": (data,), "disabled": gone}
        st.button("Next", on_click=_choose_next, icon=":material/skip_next:", **options)
        st.button("Random", on_click=_choose_random, icon=":material/shuffle:", **options)
        kept = KEPT_PICTURE.get()
        if kept and (is_test_digit or picture.source == "blank"):
            label = "Your drawing" if kept.startswith("drawing") else "Your picture"
            st.button(label, on_click=choose, args=(PICTURE, kept), icon=":material/undo:")
        show_page_link("draw", "Draw a digit" if data.is_mnist else "Draw a picture")
    return picture


def is_gone(data: DatasetFacts) -> bool:
    """Whether the pictures of `data` cannot be shown."""
    try:
        return not data.is_mnist and load_splits(data) is None
    except DataError:
        return True


def _class_key(data: DatasetFacts) -> Key:
    return CLASS if data.is_mnist else CLASS.of(data.id)


def _class_name(data: DatasetFacts, label: int | str) -> str:
    return str(label) if label == CLASS.default else data.classes[label]


def _choose_number(name: str, key: str) -> None:
    number = picked_value(name, key)
    if number is not None:
        choose(PICTURE, f"test-{number}", by_widget=True)


def _numbers_of_class(data: DatasetFacts) -> np.ndarray:
    label, labels = _class_key(data).get(), load_splits(data).test.labels
    return np.arange(len(labels)) if label == CLASS.default else np.flatnonzero(labels == label)


def _choose_next(data: DatasetFacts) -> None:
    """Choose the next test digit of the class; the first one follows the last."""
    numbers = _numbers_of_class(data)
    if not len(numbers):
        return  # a class without test pictures
    source, _, number = (PICTURE.get() or "test-0").partition("-")
    following = numbers[numbers > int(number)] if source == "test" else numbers
    choose(PICTURE, f"test-{(following if len(following) else numbers)[0]}")


def _choose_random(data: DatasetFacts) -> None:
    numbers = _numbers_of_class(data)
    if len(numbers):
        choose(PICTURE, f"test-{np.random.default_rng().choice(numbers)}")
