"""The choice of the image: a test digit, or the visitor's drawing or upload."""

import numpy as np
import streamlit as st

from cnn.constants import CLASSES, TEST_IMAGES
from cnn.data.mnist import load_digits
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose, pick_picture, picked_value, widget_key
from ui.state.session import CLASS, KEPT_PICTURE, PICTURE
from ui.widgets.links import show_page_link


def show_picture_picker() -> ChosenPicture:
    """Show the choice of a test digit by number, by class or at random. Return the image."""
    picture = pick_picture()
    is_test_digit = picture.source == "test"
    if not is_test_digit:
        KEPT_PICTURE.set(picture.address)
    with st.container(horizontal=True, vertical_alignment="bottom", key="picture_picker"):
        key = widget_key("digit")
        st.number_input(
            f"Test digit, 0 to {TEST_IMAGES - 1:,}",
            min_value=0,
            max_value=TEST_IMAGES - 1,
            value=picture.number,
            placeholder=picture.title,  # of a drawing or upload, which has no number
            key=key,
            on_change=_choose_number,
            args=(key,),
            width=170,
        )
        st.selectbox(
            "Class",
            [CLASS.default, *range(CLASSES)],
            key=CLASS.name,
            persist_state="session",
            on_change=_choose_next,
            width=110,
        )
        st.button("Next", on_click=_choose_next, icon=":material/skip_next:")
        st.button("Random", on_click=_choose_random, icon=":material/shuffle:")
        kept = KEPT_PICTURE.get()
        if kept and is_test_digit:
            label = "Your drawing" if kept.startswith("drawing") else "Your picture"
            st.button(label, on_click=choose, args=(PICTURE, kept), icon=":material/undo:")
        show_page_link("draw", "Draw a digit")
    return picture


def _choose_number(key: str) -> None:
    number = picked_value("digit", key)
    if number is not None:
        choose(PICTURE, f"test-{number}", by_widget=True)


def _numbers_of_class() -> np.ndarray:
    label, labels = CLASS.get(), load_digits("test").labels
    return np.arange(len(labels)) if label == CLASS.default else np.flatnonzero(labels == label)


def _choose_next() -> None:
    """Choose the next test digit of the class; the first one follows the last."""
    numbers = _numbers_of_class()
    source, _, number = (PICTURE.get() or "test-0").partition("-")
    following = numbers[numbers > int(number)] if source == "test" else numbers
    choose(PICTURE, f"test-{(following if len(following) else numbers)[0]}")


def _choose_random() -> None:
    choose(PICTURE, f"test-{np.random.default_rng().choice(_numbers_of_class())}")
