"""A kernel of one's own: nine numbers, and what they make of the picture."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn.arithmetic.convolution import (
    EXAMPLE_KERNELS,
    KernelError,
    convolve,
    format_kernel,
    parse_kernel,
    relu,
    size_formula,
)
from cnn.arithmetic.pooling import PADDINGS, output_length
from cnn.data.mnist import scaled
from cnn.rendering.images import pixel_scale
from ui.explore.convolution_lens import Convolution, show_convolution_lens
from ui.loading.errors import show_error
from ui.state.picture_url import ChosenPicture
from ui.state.session import OWN_KERNEL, OWN_KERNEL_START

FIRST = "vertical edge"


class Choice(NamedTuple):
    """What was chosen beside the kernel, and the place for the formula of the output's size."""

    stride: int
    padding: str
    relu: bool
    formula: DeltaGenerator


def show_own_kernel(picture: ChosenPicture) -> None:
    """The kernel to edit, stride and padding, the output and the formula of its size."""
    st.markdown(
        "Write a kernel, or begin with a known one and change it. Where the picture looks like the "
        "kernel, the output is large."
    )
    left, right = st.columns([2, 3], gap="medium")
    with left:
        text = _ask_kernel()
    with right:
        choice = _ask_windows()
    with st.container(key="own_output"):
        try:
            kernel = parse_kernel(text)
        except KernelError as error:
            show_error(str(error))
            return
        _show_output(picture, kernel, choice)
    with choice.formula:
        side, window = len(picture.image), len(kernel)
        length = output_length(side, window, choice.stride, choice.padding)
        formula = size_formula(side, window, choice.stride, choice.padding)
        st.markdown(f"Size of the output: **{formula}** a side")
        st.caption(
            "⌈(pixels) / stride⌉ with padding; without: ⌊(pixels − kernel) / stride⌋ + 1. "
            f"Here {length**2} sums of {kernel.size} products each."
        )


def _ask_kernel() -> str:
    st.selectbox(
        "Begin with",
        list(EXAMPLE_KERNELS),
        index=list(EXAMPLE_KERNELS).index(FIRST),
        key=OWN_KERNEL_START.name,
        persist_state="session",
        on_change=_take_example,
    )
    return st.text_area(
        "Kernel: rows of numbers",
        format_kernel(EXAMPLE_KERNELS[FIRST]),
        height=110,
        key=OWN_KERNEL.name,
        persist_state="session",
        help="As many rows as numbers in a row, usually 3. Numbers may be like -1, 0.5 or 1/9; "
        "Ctrl and Enter applies them.",
    )


def _ask_windows() -> Choice:
    stride = st.segmented_control(
        "Stride",
        (1, 2, 3),
        default=1,
        required=True,
        key="own_stride",
        persist_state="session",
        help="How many pixels the kernel moves from one place to the next.",
    )
    padding = st.segmented_control(
        "Padding",
        PADDINGS,
        default="valid",
        required=True,
        key="own_padding",
        persist_state="session",
        help="valid: the kernel lies wholly on the picture; same: zeros are put around it, so "
        "that with stride 1 the output is as large as the picture.",
    )
    with_relu = st.toggle("ReLU: keep what is positive", key="own_relu", persist_state="session")
    return Choice(stride, padding, with_relu, st.container())


def _show_output(picture: ChosenPicture, kernel: np.ndarray, choice: Choice) -> None:
    image = scaled(picture.image[None])[0]
    strides = (choice.stride, choice.stride)
    output = convolve(image, kernel[..., None], 0.0, strides, choice.padding)
    made = Convolution(
        image,
        kernel[..., None],
        0.0,
        relu(output) if choice.relu else output,
        strides,
        choice.padding,
        choice.relu,
        (f"{picture.title}, 0 to 1", "Output"),
        pixel_scale(white=1),
    )
    show_convolution_lens(made, "own_kernel_lens")


def _take_example() -> None:
    OWN_KERNEL.set(format_kernel(EXAMPLE_KERNELS[OWN_KERNEL_START.get()]))
