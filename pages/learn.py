"""Learn: the story of a convolutional network, with live pictures from a real one."""

import streamlit as st

from ui.navigation import open_page
from ui.selection import pick_network, pick_picture, write_address
from ui.story import (
    show_training_code,
    tell_answer,
    tell_convolution,
    tell_image,
    tell_pooling,
    tell_training,
    tell_uses,
)

READING_WIDTH = 780  # pixels

with open_page("How a network reads a digit"):
    network = pick_network()
    picture = pick_picture()
    write_address()
    with st.container(width=READING_WIDTH):
        st.markdown(
            "A **convolutional neural network** (CNN) reads pictures. Here is how, step by step, "
            "with a real one: every picture below is computed from its weights, for a test digit "
            "or for one that you draw."
        )
        with st.container(horizontal=True):
            st.page_link("pages/draw.py", label="Draw a digit", icon=":material/draw:")
            st.page_link(
                "pages/train.py", label="Train a network", icon=":material/model_training:"
            )
            st.page_link("pages/explore.py", label="Look inside", icon=":material/layers:")
        tell_image(picture)
        feature_map = tell_convolution(picture, network)
        tell_pooling(feature_map)
        answer = st.container()  # filled last: it waits for Keras
        training_code = tell_training(network)
        tell_uses()
        with answer:
            tell_answer(picture, network)
        with training_code:
            show_training_code()
