"""The button that adds a drawing and clears the canvas: no stroke is lost at either moment."""

from pathlib import Path

import streamlit as st

_ADDING = st.components.v2.component(
    "cnn_adding", js=Path(__file__).with_name("adding.js").read_text("utf-8")
)


def keep_strokes(answers: int) -> None:
    """Hold back strokes from a click on the button "add_drawing" until the canvas is blank.

    `answers`: how often the server has answered such a click.
    """
    _ADDING(key="adding", data={"answers": answers})
