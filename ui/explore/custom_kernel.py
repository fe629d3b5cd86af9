"""A kernel that the visitor writes, and its output for the image."""

from functools import partial

import numpy as np
import streamlit as st

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
from ui.loading.errors import show_error
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose, picked_value, widget_key
from ui.state.session import (
    CUSTOM_KERNEL,
    CUSTOM_PADDING,
    CUSTOM_RELU,
    CUSTOM_STRIDE,
    LESSON,
    POINTED_CELLS,
    widget_value,
)
from ui.widgets.convolution_lens import show_convolution_lens
from ui.widgets.glossary import explain

EXAMPLES = {format_kernel(kernel): name for name, kernel in EXAMPLE_KERNELS.items()}


def show_custom_kernel(picture: ChosenPicture) -> None:
    """Show a kernel to edit, stride and padding, the output and the formula of its size."""
    st.markdown("The output is large where the image resembles the kernel.")
    left, right = st.columns([2, 3], gap="medium")
    with left:
        text = _edit_kernel()
    with right:
        stride, padding, with_relu = _pick_options()
        formula = st.container()
    with st.container(key="custom_output"):
        try:
            kernel = parse_kernel(text)
        except KernelError as error:
            show_error(str(error))
            return
        _show_output(picture, kernel, stride, padding, with_relu)
    with formula:
        windows = (len(picture.image), len(kernel), stride, padding)
        st.markdown(f"Output size: **{size_formula(*windows)}** per side")
        st.caption(
            "“valid”: ⌊(pixels − kernel) / stride⌋ + 1; “same”: ⌈pixels / stride⌉. "
            f"{output_length(*windows) ** 2:,} output values, each a sum of {kernel.size} products."
        )


def _edit_kernel() -> str:
    key = _example_key()
    shown = EXAMPLES.get(CUSTOM_KERNEL.get())
    st.selectbox(
        "Example",
        list(EXAMPLE_KERNELS),
        index=None if shown is None else list(EXAMPLE_KERNELS).index(shown),
        placeholder="none",
        key=key,
        on_change=_take_example,
        args=(key,),
    )
    key = widget_key(CUSTOM_KERNEL.name)
    return st.text_area(
        "Kernel",
        CUSTOM_KERNEL.get(),
        height=110,
        key=key,
        on_change=_take_kernel,
        args=(key,),
        help="One row of numbers per line, as many rows as columns, usually 3. Numbers may be "
        "written as -1, 0.5 or 1/9. Press Ctrl+Enter to apply.",
    )


def _example_key() -> str:
    """The key of the widget, another one for each example and for none: see `widget_key`."""
    return widget_key(f"example_{EXAMPLES.get(CUSTOM_KERNEL.get())}")


def _take_example(key: str) -> None:
    if key == _example_key() and (example := widget_value(key)):
        choose(CUSTOM_KERNEL, format_kernel(EXAMPLE_KERNELS[example]))


def _take_kernel(key: str) -> None:
    text = picked_value(CUSTOM_KERNEL.name, key)
    if text is not None:
        choose(CUSTOM_KERNEL, text, by_widget=True)


def _pick_options() -> tuple[int, str, bool]:
    """The stride, the padding, and whether ReLU follows."""
    for key in (CUSTOM_STRIDE, CUSTOM_PADDING, CUSTOM_RELU):
        key.start()
    pick = partial(st.segmented_control, required=True, persist_state="session")
    return (
        pick("Stride", (1, 2, 3), key=CUSTOM_STRIDE.name, help=explain("stride")),
        pick("Padding", PADDINGS, key=CUSTOM_PADDING.name, help=explain("padding")),
        st.toggle("ReLU", key=CUSTOM_RELU.name, persist_state="session", help=explain("ReLU")),
    )


def _show_output(
    picture: ChosenPicture, kernel: np.ndarray, stride: int, padding: str, with_relu: bool
) -> None:
    image = scaled(picture.image[None])[0]
    output = convolve(image, kernel[..., None], 0.0, (stride, stride), padding)
    show_convolution_lens(
        image,
        kernel[..., None],
        0.0,
        relu(output) if with_relu else output,
        (picture.title, "Output"),
        strides=(stride, stride),
        padding=padding,
        activation="relu" if with_relu else "",
        input_scale=pixel_scale(white=1),
        key="custom_kernel_lens",
        on_pointed=partial(POINTED_CELLS.set, True) if LESSON.get() else None,
    )
