"""Choosing the picture that is looked at: a test digit, or what was drawn or uploaded."""

import numpy as np
import streamlit as st

from cnn.constants import CLASSES
from cnn.data.mnist import load_digits
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose, pick_picture, picked_value, widget_key
from ui.state.session import CLASS, KEPT_PICTURE, PICTURE


def show_picture_picker() -> ChosenPicture:
    """Show the choice of a test digit, by number, by class or at random; returns the picture."""
    picture = pick_picture()
    drawn = None if picture.source == "test" else picture
    if drawn:
        KEPT_PICTURE.set(drawn.address)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = widget_key("digit")
        st.number_input(
            "Test digit, 0 to 9,999",
            min_value=0,
            max_value=9_999,
            value=picture.number,
            key=key,
            on_change=_go_to_number,
            args=(key,),
            width=170,
        )
        st.selectbox(
            "Class",
            [CLASS.default, *range(CLASSES)],
            key=CLASS.name,
            persist_state="session",
            on_change=_go_on,
            width=110,
        )
        st.button("Next", on_click=_go_on, icon=":material/skip_next:")
        st.button("At random", on_click=_go_anywhere, icon=":material/shuffle:")
        kept = KEPT_PICTURE.get()
        if kept and not drawn:
            st.button("Back to my drawing", on_click=choose, args=(PICTURE, kept))
        st.page_link("pages/draw.py", label="Draw one", icon=":material/draw:")
    return picture


def _go_to_number(key: str) -> None:
    number = picked_value("digit", key)
    if number is not None:
        choose(PICTURE, f"test-{number}", by_widget=True)


def _numbers_of_class() -> np.ndarray:
    chosen = CLASS.get()
    labels = load_digits("test").labels
    return np.arange(len(labels)) if chosen == CLASS.default else np.flatnonzero(labels == chosen)


def _go_on() -> None:
    """Choose the next test digit of the chosen class, from the first again after the last."""
    numbers = _numbers_of_class()
    source, _, number = (PICTURE.get() or "test-0").partition("-")
    after = numbers[numbers > int(number)] if source == "test" else numbers
    choose(PICTURE, f"test-{(after if len(after) else numbers)[0]}")


def _go_anywhere() -> None:
    choose(PICTURE, f"test-{np.random.default_rng().choice(_numbers_of_class())}")
