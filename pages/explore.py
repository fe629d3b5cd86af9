"""Explore: one picture on its way through the network, layer by layer."""

import streamlit as st

from cnn.pictures import paint, pixel_scale
from cnn.reading import LEAST
from ui.layers import show_layer, show_summary
from ui.navigation import open_page
from ui.networks import recognizer_of
from ui.picture_picker import show_picture_picker
from ui.poolings import compare_poolings, pick_map
from ui.selection import pick_network, write_address
from ui.show import show_answer, show_picture, show_probabilities


def show_overview(picture, probabilities, least: float) -> None:
    """The picture and the network's answer to it."""
    row = st.container(horizontal=True, gap="medium")
    with row.container(key="model_input", width=168):
        png = paint(picture.image, pixel_scale(), side=168)
        show_picture(png, f"{picture.title}: 28 x 28 pixels, 0 to 255", 168)
    with row.container(width=130):
        st.caption("The network reads")
        with st.container(key="prediction"):
            show_answer(probabilities, least)
    with row.container(key="probabilities", width=340):
        show_probabilities(probabilities)


with open_page("Explore"):
    network = pick_network()
    picture = show_picture_picker()
    write_address()
    outputs = recognizer_of(network).activations(picture.image)
    calibration = network.run.calibration()
    show_overview(picture, outputs[-1].values, calibration.least if calibration else LEAST)
    st.header("The network", anchor="network")
    show_summary([output.layer for output in outputs])
    st.header("What pooling keeps", anchor="poolings")
    with st.container(key="pooling"):
        compare_poolings(pick_map(outputs))
    st.header("Every layer", anchor="layers")
    with st.container(key="feature_maps"):
        for output in outputs:
            show_layer(output.layer, output.values)
