"""A minimal Streamlit page with a canvas: the baseline of `stroke_latency`."""

import streamlit as st
from streamlit_drawable_canvas import st_canvas

st.session_state["strokes"] = st.session_state.get("strokes", 0) + 1
st_canvas(
    stroke_width=20,
    stroke_color="#ffffff",
    background_color="#000000",
    width=280,
    height=280,
    key="bare",
)
with st.container(key="counter"):
    st.write(st.session_state["strokes"])
