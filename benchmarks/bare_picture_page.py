"""A minimal Streamlit page with a button and an image: the baseline of `explore_latency`."""

import streamlit as st

from cnn.data.mnist import load_digits
from cnn.rendering.images import paint, pixel_scale

st.session_state.setdefault("number", 0)
st.session_state["number"] += st.button("Next")
with st.container(key="picture"):
    digit = load_digits("test").images[st.session_state["number"]]
    st.image(paint(digit, pixel_scale(), side=168), width=168)
