"""Learn: how a convolutional network works, with figures computed by a real one."""

import streamlit as st

from ui.learn.faces import show_face_network, show_faces_step
from ui.learn.story import (
    show_applications,
    show_contents,
    show_convolution_step,
    show_glossary,
    show_image_step,
    show_pooling_step,
    show_prediction_step,
    show_training_code,
    show_training_step,
)
from ui.state.address import write_address
from ui.state.navigation import open_page
from ui.state.selection import pick_network, pick_picture
from ui.widgets.links import show_page_link

READING_WIDTH = 780  # pixels

with open_page("How a CNN classifies an image"):
    network = pick_network()
    picture = pick_picture(network)
    noun = network.run.data.noun
    write_address()
    with st.container(width=READING_WIDTH):
        st.markdown(
            "A **convolutional neural network** (CNN) classifies images. Every figure below is "
            f"computed by a real one, for a test {noun} or for a {noun} that you draw."
        )
        show_contents()
        with st.container(horizontal=True):
            show_page_link("draw", f"Draw a {noun}")
            show_page_link("train", "Train a network")
            show_page_link("explore", "Explore the layers")
        show_image_step(picture, network.run.data)
        feature_map = show_convolution_step(picture, network)
        show_pooling_step(feature_map)
        prediction = st.container()  # filled last: it waits for Keras
        training_code = show_training_step(network)
        show_applications()
        face_network = show_faces_step()
        show_glossary(network.run.data)
        with prediction:
            show_prediction_step(picture, network)
        with training_code:
            show_training_code()
        with face_network:
            show_face_network()
