"""The story of a convolutional network, a function a step, each with live pictures."""

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn.arithmetic.convolution import EXAMPLE_KERNELS, convolve, relu
from cnn.arithmetic.pooling import POOLING_FUNCTIONS
from cnn.data.mnist import scaled
from cnn.rendering.charts import epoch_chart
from cnn.rendering.images import paint, pixel_scale, scale_for, signed_scale
from cnn.runs.run import Network
from ui.loading.errors import as_text
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.widgets.display import (
    show_code,
    show_image,
    show_numbers,
    show_picture,
    show_probabilities,
    show_scale,
)
from ui.widgets.pooled_maps import show_pooled

SIDE = 196  # pixels
PATCH = 9  # numbers a side
EXAMPLE = np.array([[1, 3, 2, 0], [0, 8, 1, 1], [0, 0, 4, 4], [0, 0, 4, 4]], np.float32)


def show_image_step(picture: ChosenPicture) -> None:
    """What an image is."""
    st.header("1 · A picture is a table of numbers", anchor="image")
    st.markdown(
        "For a network, this digit is 28 rows of 28 numbers, **784** in all: 0 is black, 255 is "
        "white. Here it is, with the numbers of its middle."
    )
    middle = slice(14 - PATCH // 2, 15 + PATCH // 2)
    with st.container(horizontal=True, gap="medium"):
        show_image(picture.image, f"{picture.title}: 28 x 28 pixels, 0 to 255", SIDE)
        with st.container(width=330):
            show_numbers(picture.image[middle, middle], pixel_scale())
            st.caption(f"Rows and columns {middle.start} to {middle.stop - 1}")
    st.markdown(
        "**Why divide by 255?** Weights start small, around 0. With inputs from 0 to 1, the sums "
        "that they make are of a size at which every step of learning helps; with inputs up to "
        "255 they would be hundreds of times too large.\n\n"
        "**Why a channel axis?** A colour photograph has three numbers a pixel: red, green, blue. "
        "A convolution always expects that axis, so a grey picture gets one of length 1: "
        "28 x 28 becomes 28 x 28 x **1**."
    )
    show_code(scaled)
    st.page_link("pages/draw.py", label="Draw one of your own", icon=":material/draw:")


def show_convolution_step(picture: ChosenPicture, network: Network) -> np.ndarray:
    """What a convolution and ReLU do; returns the feature map (26, 26) that was made."""
    st.header("2 · A convolution looks for a pattern everywhere", anchor="convolution")
    st.markdown(
        "A **kernel** is a small table of weights, here 3 x 3. It is laid on the picture's corner, "
        "each weight is multiplied with the pixel below it, and the nine products are added up: "
        "that is one output value. Then it moves on by one pixel (a **stride** of 1), over the "
        "whole picture. Where the picture looks like the kernel, the sum is large. A 3 x 3 kernel "
        "fits 26 times along 28 pixels, so the output is 26 x 26."
    )
    kernel, bias = _pick_kernel(network)
    sums = convolve(scaled(picture.image[None])[0, :, :, 0], kernel, bias)
    kept = relu(sums)
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=150):
            show_numbers(kernel, signed_scale(kernel), "{:.2f}")
            st.caption(f"The kernel, 3 x 3; bias {bias:.2f}")
        for values, words in ((sums, "The sums"), (kept, "After ReLU")):
            with st.container(width=SIDE):
                scale = signed_scale(values) if values is sums else scale_for(values)
                low, high = values.min(), values.max()
                caption = f"{words}: 26 x 26, {low:.2f} to {high:.2f}"
                show_picture(paint(values, scale, SIDE), caption, SIDE)
                show_scale(scale)
    st.markdown(
        "**ReLU** turns every negative sum into 0: *the pattern is not here* is all the same, "
        "however much it is not. Without such a bend between them, two layers in a row could "
        "do no more than one. The first layer of this network has 32 kernels and makes 32 such "
        "**feature maps**. Nobody designed them: they start as random numbers and are learned."
    )
    show_code(convolve, relu)
    st.page_link("pages/explore.py", label="See all 32 maps", icon=":material/layers:")
    return kept


def _pick_kernel(network: Network) -> tuple[np.ndarray, float]:
    weights, biases = network.run.weights(network.epoch)[:2]
    learned = {f"learned, number {n}": n for n in range(weights.shape[-1])}
    name = st.selectbox(
        "Kernel",
        [*learned, *EXAMPLE_KERNELS],
        format_func=lambda name: name if name in learned else f"made by hand: {name}",
        key="story_kernel",
        persist_state="session",
        width=280,
    )
    if name in EXAMPLE_KERNELS:
        return EXAMPLE_KERNELS[name], 0.0
    return weights[:, :, 0, learned[name]], float(biases[learned[name]])


def show_pooling_step(feature_map: np.ndarray) -> None:
    """What the three poolings do and keep."""
    st.header("3 · Pooling makes maps smaller", anchor="pooling-story")
    st.markdown(
        "*Where exactly* a pattern was matters less than *that* it was there. So each window of "
        "2 x 2 becomes one number, and a shift by a pixel changes little."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=150):
            show_numbers(EXAMPLE, scale_for(EXAMPLE))
            st.caption("A map of 4 x 4")
        for words, pool in POOLING_FUNCTIONS.items():
            with st.container(width=90):
                pooled = pool(EXAMPLE, 2)
                show_numbers(pooled, scale_for(EXAMPLE, pooled), "{:g}")
                st.caption(words)
    st.markdown(
        "- **Max** keeps the strongest answer: the 8 alone counts as much as a window full of 8s.\n"
        "- **Average** keeps how strong the window is on the whole: a thin line fades.\n"
        "- **Sum** keeps how much there is in all: average without the division, so its numbers "
        "are four times as large, and grow from layer to layer."
    )
    with st.container(key="pooling_story"):
        pooled = {kind: pool(feature_map, 2) for kind, pool in POOLING_FUNCTIONS.items()}
        show_pooled(pooled, {kind: scale_for(each) for kind, each in pooled.items()}, legends=True)
    show_code(*POOLING_FUNCTIONS.values())
    st.page_link("pages/explore.py", label="Compare them on any map", icon=":material/layers:")


def show_prediction_step(picture: ChosenPicture, network: Network) -> None:
    """Flatten, dense layers, softmax; waits for Keras."""
    st.header("4 · From maps to an answer", anchor="answer")
    recognizer = recognizer_of(network)
    *_, maps, row, hidden, _ = recognizer.layers
    height, width, count = maps.shape
    st.markdown(
        "Convolution and pooling are repeated, and each layer combines the patterns of the one "
        f"before: edges to corners, corners to loops. The last {count} maps are only {height} x "
        f"{width}. **Flatten** writes their {row.shape[0]:,} numbers in a row. A **dense** layer "
        f"lets each of its {hidden.shape[0]} units weigh all of them, and a last one has ten "
        "units, one a digit. **Softmax** turns their ten sums into probabilities: each is made "
        "positive, and all are divided by their total."
    )
    st.latex(r"p_d = \frac{e^{z_d}}{e^{z_0} + e^{z_1} + \dots + e^{z_9}}")
    probabilities = recognizer.probabilities(picture.image[None])[0]
    with st.container(horizontal=True, gap="medium"):
        show_image(picture.image, picture.title, SIDE)
        with st.container(width=340):
            show_probabilities(probabilities)
    from cnn.models.network import HIDDEN_LAYERS, build_network  # Keras: there by now

    show_code(build_network, HIDDEN_LAYERS[network.run.config.recipe.network])
    st.page_link("pages/explore.py", label="Follow it layer by layer", icon=":material/layers:")


def show_training_step(network: Network) -> DeltaGenerator:
    """Loss, optimizer, epoch, batch, validation; returns the place for `show_training_code`."""
    config = network.run.config
    knobs = sum(array.size for array in network.run.weights(network.epoch))
    st.header(f"5 · Learning is turning {knobs:,} knobs a little", anchor="training")
    st.markdown(
        "- **Loss**: how wrong the network is on a picture: -ln of the probability that it gave to "
        "the right digit. Certain and right is 0; certain and wrong is very much.\n"
        "- **Optimizer**: for each weight, calculus tells whether a little more or a little less "
        "of it would lower the loss. The optimizer, here *Adam*, takes that small step.\n"
        f"- **Batch**: a few pictures, here {config.batch_size}, on which one step is decided "
        "together.\n"
        f"- **Epoch**: one pass over all training pictures: {config.images_per_epoch:,} / "
        f"{config.batch_size}, {config.steps_per_epoch:,} steps.\n"
        "- **Validation**: after each epoch, the network is tried on pictures that it does not "
        "learn from. When it gets better only on those it learns from, it learns them by heart: "
        "it *overfits*.\n"
        "- **Accuracy**: the share of pictures that are read right."
    )
    chart = epoch_chart(network.run.epochs(), "accuracy", config)
    st.echarts_chart(chart, height=280, key="story_chart", alt="Accuracy after each epoch")
    st.caption(f"How the chosen network learned: {as_text(network.run.title)}")
    code = st.container()
    st.page_link("pages/train.py", label="Train one", icon=":material/model_training:")
    return code


def show_training_code() -> None:
    """The code that trains; to be called once Keras is there."""
    from cnn.training.fit import train

    show_code(train)


def show_uses() -> None:
    """Where such networks are used, and with what."""
    st.header("6 · Where this is used", anchor="uses")
    st.markdown(
        "- **Classification**: what is in the picture? Digits on cheques and letters, skin marks, "
        "plants, faults on a production line.\n"
        "- **Detection**: what is where? Cars and people around a vehicle, cells under a "
        "microscope: a network that also says the box around each thing.\n"
        "- **Face recognition**: who is it? A network that turns a face into a few hundred "
        "numbers, close together for the same person. Also where care is due: such systems have "
        "been wrong more often for some groups of people than for others.\n\n"
        "Networks like these are built with a framework, which does the calculus and uses the "
        "hardware: **TensorFlow** and **PyTorch** are the common ones; **Keras**, used here, "
        "is a plain way to say what one wants, and runs on either."
    )
