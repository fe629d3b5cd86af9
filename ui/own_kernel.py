"""A kernel of one's own: nine numbers, and what they make of the picture."""

import streamlit as st

from cnn.addresses import ChosenPicture
from cnn.convolution import (
    EXAMPLE_KERNELS,
    KernelError,
    convolve,
    kernel_text,
    output_length,
    parse_kernel,
    relu,
    size_formula,
)
from cnn.mnist import scaled
from cnn.pictures import pixel_scale
from cnn.pooling import PADDINGS
from ui.convolution_lens import Convolution, show_convolution_lens
from ui.sentences import show_error

FIRST = "vertical edge"


def show_own_kernel(picture: ChosenPicture) -> None:
    """The kernel to edit, stride and padding, the output and the formula of its size."""
    st.markdown(
        "Write a kernel, or begin with a known one and change it. Where the picture looks like the "
        "kernel, the output is large."
    )
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.selectbox(
            "Begin with",
            list(EXAMPLE_KERNELS),
            index=list(EXAMPLE_KERNELS).index(FIRST),
            key="own_kernel_start",
            persist_state="session",
            on_change=_take_example,
        )
        text = st.text_area(
            "Kernel: rows of numbers",
            kernel_text(EXAMPLE_KERNELS[FIRST]),
            height=110,
            key="own_kernel",
            persist_state="session",
            help="As many rows as numbers in a row, usually 3. Numbers may be like -1, 0.5 or 1/9; "
            "Ctrl and Enter applies them.",
        )
    with right:
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
        with_relu = st.toggle(
            "ReLU: keep what is positive", key="own_relu", persist_state="session"
        )
        formula = st.container()
    with st.container(key="own_output"):
        try:
            kernel = parse_kernel(text)
        except KernelError as error:
            show_error(str(error))
            return
        image = scaled(picture.image[None])[0, :, :, 0]
        output = convolve(image, kernel, 0.0, (stride, stride), padding)
        made = Convolution(
            image[..., None],
            kernel[..., None],
            0.0,
            relu(output) if with_relu else output,
            (stride, stride),
            padding,
            with_relu,
            (f"{picture.title}, 0 to 1", "Output"),
            pixel_scale(white=1),
        )
        show_convolution_lens(made, "own_kernel_lens")
    with formula:
        side, window = len(image), len(kernel)
        st.markdown(f"Size of the output: **{size_formula(side, window, stride, padding)}** a side")
        st.caption(
            "⌈(pixels) / stride⌉ with padding; without: ⌊(pixels − kernel) / stride⌋ + 1. "
            f"Here {output_length(side, window, stride, padding) ** 2} sums of {kernel.size} "
            "products each."
        )


def _take_example() -> None:
    st.session_state["own_kernel"] = kernel_text(
        EXAMPLE_KERNELS[st.session_state["own_kernel_start"]]
    )
