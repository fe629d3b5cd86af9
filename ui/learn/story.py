"""The sections of the Learn page: how a CNN works, with figures computed by a real one."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn.arithmetic.convolution import EXAMPLE_KERNELS, convolve, relu
from cnn.arithmetic.layer_info import LayerSummary
from cnn.arithmetic.loops import convolve_loops, pool_loops, relu_loops
from cnn.arithmetic.perturbation import Pooling
from cnn.arithmetic.pooling import POOLING_FUNCTIONS
from cnn.config import OPTIMIZERS
from cnn.constants import HELD_OUT_DIGITS, IMAGE_SHAPE, IMAGE_SIDE
from cnn.data.mnist import scaled
from cnn.dataset_facts import DatasetFacts
from cnn.networks.code_writing import network_code
from cnn.networks.layers import Conv2D
from cnn.rendering.charts import epoch_chart
from cnn.rendering.images import paint, pixel_scale, scale_for
from cnn.runs.run import NOTEBOOK_PATH, Network, read_run
from ui.loading.errors import as_text
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.state.session import EXPLORE_VIEW
from ui.widgets.convolution_lens import show_convolution_lens
from ui.widgets.display import (
    show_chart,
    show_code,
    show_image,
    show_numbers,
    show_picture,
    show_probabilities,
    show_scale,
)
from ui.widgets.glossary import GLOSSARY, OF_DIGITS
from ui.widgets.links import show_page_link
from ui.widgets.pooling_lens import show_pooling_lens

SIDE = 196  # pixels
MIDDLE = slice(10, 19)  # the rows and columns whose pixel values are listed
CONTENTS = {  # by anchor
    "image": "1 Images",
    "convolution": "2 Convolution",
    "pooling-story": "3 Pooling",
    "answer": "4 Classification",
    "training": "5 Training",
    "uses": "6 Applications",
    "faces": "7 Detection",
    "glossary": "Glossary",
}
LARGEST_KERNEL = IMAGE_SIDE - 3  # whose map still has several windows to pool
POINT = "**Point at a cell** or use the arrow keys to see how its value is computed."
EXAMPLE_MAP = np.array([[1, 3, 2, 0], [0, 8, 1, 1], [0, 0, 4, 4], [0, 0, 4, 4]], np.float32)


def show_contents() -> None:
    """Links to the sections."""
    st.markdown(" · ".join(f"[{title}](#{anchor})" for anchor, title in CONTENTS.items()))


def show_image_step(picture: ChosenPicture, data: DatasetFacts) -> None:
    """Images as arrays, scaling and the channel axis."""
    st.header("1 · An image is an array of numbers", anchor="image")
    st.markdown(
        f"For a network, this {data.noun} is an array of 28 rows and 28 columns: **784** pixels, "
        "each from 0 (black) to 255 (white). The table lists the pixels in the middle."
    )
    with st.container(horizontal=True, gap="medium"):
        text = f"{picture.title}: 28 x 28 pixels, 0 to 255"
        show_image(picture.image, as_text(text), SIDE, text)
        with st.container(width=330):
            show_numbers(picture.image[MIDDLE, MIDDLE], pixel_scale())
            st.caption(f"Rows and columns {MIDDLE.start} to {MIDDLE.stop - 1}")
    st.markdown(
        "**Why divide by 255?** The weights are initialised with small values around 0. With "
        "inputs from 0 to 1, activations and gradients have a size with which training works "
        "well; with inputs up to 255 they would be hundreds of times larger.\n\n"
        "**Why a channel axis?** A convolution expects images of shape height x width x channels. "
        "A colour image has three channels: red, green and blue. A grey image has one, so "
        "28 x 28 becomes 28 x 28 x **1**."
    )
    show_code(scaled)
    show_page_link("draw", f"Draw a {data.noun}")


def show_convolution_step(picture: ChosenPicture, network: Network) -> np.ndarray:
    """Convolution and ReLU. Return the feature map that was computed, (26, 26) for 3 x 3."""
    st.header("2 · A convolution finds a pattern at every position", anchor="convolution")
    text = st.container()
    kernel, bias = _pick_kernel(network)
    image = scaled(picture.image[None])[0]
    sums = convolve(image[:, :, 0], kernel, bias)
    feature_map = relu(sums)
    size, side = len(kernel), len(sums)
    text.markdown(
        f"A **kernel** is a small array of weights, here {size} x {size}. At each position, the "
        f"weights are multiplied by the pixels below them, and the sum of the {size**2} products, "
        "plus a **bias**, is one output value. Then the kernel moves by the **stride**, here one "
        f"pixel. The output is large where the image resembles the kernel. A {size} x {size} "
        f"kernel has {side} positions along {len(image)} pixels, so the output is {side} x {side}."
    )
    st.markdown(POINT)
    show_convolution_lens(
        image,
        kernel[..., None],
        bias,
        sums,
        (picture.title, "Before ReLU"),
        strides=(1, 1),
        padding="valid",
        activation="",
        input_scale=pixel_scale(white=1),
        key="story_convolution_lens",
    )
    st.markdown(
        "**ReLU** replaces negative values by 0. Without such a nonlinearity, two stacked "
        f"convolutions would be equivalent to one. {_first_layer_text(network)} The kernels are "
        "initialised randomly; training adjusts them."
    )
    with st.container(width=SIDE):
        scale = scale_for(feature_map)
        low, high = feature_map.min(), feature_map.max()
        caption = f"After ReLU: {side} x {side}, {low:.2f} to {high:.2f}"
        show_picture(paint(feature_map, scale, SIDE), caption, SIDE)
        show_scale(scale)
    show_code(convolve, relu, loops=(convolve_loops, relu_loops))
    show_page_link("explore", "All feature maps")
    return feature_map


def _first_convolution(network: Network) -> Conv2D | None:
    """The first layer of `network`, if it is a convolution whose output can be pooled."""
    first = network.run.config.layers[0]
    fits = isinstance(first, Conv2D) and first.kernel_size <= LARGEST_KERNEL
    return first if fits else None


def _first_layer_text(network: Network) -> str:
    first = _first_convolution(network)
    if first is None:
        return "A convolution of many kernels computes as many **feature maps**."
    filters = f"{first.filters} kernels" if first.filters > 1 else "one kernel"
    maps = f"{first.filters} **feature maps**" if first.filters > 1 else "one **feature map**"
    return f"The first layer of this network has {filters} and so computes {maps}."


def _pick_kernel(network: Network) -> tuple[np.ndarray, float]:
    """Return a kernel of the network's first layer, or an example, and its bias."""
    kind, kernels = "example", {}
    if first := _first_convolution(network):
        arrays = network.run.weights(network.epoch)
        weights = arrays[0]
        biases = arrays[1] if first.use_bias else np.zeros(first.filters)
        kind = "random" if network.is_random else "learned"
        kernels = {
            f"{kind}: kernel {n}": (weights[:, :, 0, n], float(bias))
            for n, bias in enumerate(biases)
        }
    kernels |= {f"example: {name}": (kernel, 0.0) for name, kernel in EXAMPLE_KERNELS.items()}
    name = st.selectbox(
        "Kernel", list(kernels), key=f"story_kernel_{kind}", persist_state="session", width=280
    )
    return kernels.get(name) or next(iter(kernels.values()))  # of a network with fewer kernels


def show_pooling_step(feature_map: np.ndarray) -> None:
    """Max, average and sum pooling of a small example and of `feature_map`, (h, w)."""
    st.header("3 · Pooling makes feature maps smaller", anchor="pooling-story")
    st.markdown(
        "Whether a pattern is present matters more than its exact position. Pooling replaces each "
        "window of 2 x 2 values by one value, so that a shift by one pixel changes less."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=150):
            show_numbers(EXAMPLE_MAP, scale_for(EXAMPLE_MAP))
            st.caption("Input: 4 x 4")
        for kind, pool in POOLING_FUNCTIONS.items():
            with st.container(width=90):
                pooled = pool(EXAMPLE_MAP, 2)
                show_numbers(pooled, scale_for(EXAMPLE_MAP, pooled), "{:g}")
                st.caption(kind)
    st.markdown(
        "- **Max** keeps the largest value: a single 8 counts as much as a window full of 8s.\n"
        "- **Average** keeps the mean: thin lines become weaker.\n"
        "- **Sum** adds the values: four times the average, so values grow from layer to layer."
    )
    st.markdown(f"The feature map of section 2. {POINT}")
    show_pooling_lens("After ReLU", feature_map, Pooling(2, 2, "valid"), "story_pooling_lens")
    show_code(*POOLING_FUNCTIONS.values(), loops=(pool_loops,))
    show_page_link("explore", "Compare poolings", {EXPLORE_VIEW.name: "Pooling"})


def show_prediction_step(picture: ChosenPicture, network: Network) -> None:
    """Flatten, dense layers and softmax. Waits until Keras is loaded."""
    st.header("4 · Dense layers and softmax classify", anchor="answer")
    recognizer = recognizer_of(network)
    data = network.run.data
    units = "ten units, one per digit" if data.is_mnist else f"{len(data.classes)}, one per class"
    st.markdown(
        "Convolution and pooling are repeated, and each layer combines the patterns of the "
        f"previous one, for example edges to corners. {_vector_text(recognizer.layers)} The last "
        f"dense layer has {units}. **Softmax** turns their outputs, the **logits** "
        "z, into probabilities: positive, with a sum of 1."
    )
    last = len(data.classes) - 1
    st.latex(rf"p_d = \frac{{e^{{z_d}}}}{{e^{{z_0}} + e^{{z_1}} + \dots + e^{{z_{{{last}}}}}}}")
    with st.container(horizontal=True, gap="medium"):
        show_image(picture.image, as_text(picture.title), SIDE, picture.title)
        with st.container(width=340):
            row = recognizer.probabilities(picture.image[None])[0]
            show_probabilities(row, data)
    from cnn.models.network import build_network, keras_layers  # imports Keras

    show_code(build_network, keras_layers, first=network_code(network.run.config.layers))
    show_page_link("explore", "Explore the layers")


def _vector_text(layers: Sequence[LayerSummary]) -> str:
    """How the maps of a network become a vector, and what its hidden dense layer does with it."""
    place = next(i for i, layer in enumerate(layers) if len(layer.shape) == 1)
    vector, hidden = layers[place], [each for each in layers[place:-1] if each.kind == "Dense"]
    height, width, count = layers[place - 1].shape if place else (*IMAGE_SHAPE, 1)
    if vector.kind == "Flatten":
        turned = f"**Flatten** turns them into a vector of {vector.shape[0]:,} values."
    else:
        turned = f"**Global average pooling** turns each into its average: {count} values."
    units = f"Each of the {hidden[0].shape[0]} units" if hidden else "Each unit"
    return (
        f"The last maps, {count} of {height} x {width}, are the input of what follows. {turned} "
        f"{units} of a **dense** layer computes a weighted sum of them, plus a bias."
    )


def show_training_step(network: Network) -> DeltaGenerator:
    """Loss to accuracy, and the training of `network`. Return the container for the code."""
    # Of an imported network, nobody knows how it was trained.
    trained = read_run(NOTEBOOK_PATH) if network.run.imported else network.run
    config = trained.config
    nouns = config.dataset.nouns
    parameters = sum(array.size for array in network.run.weights(network.epoch))
    st.header(f"5 · Training adjusts {parameters:,} parameters", anchor="training")
    st.markdown(
        f"- **Loss**: how wrong the predictions are. For a {config.dataset.noun} it is the "
        "cross-entropy, −ln of the probability of the correct class: 0 if that is 1, large for a "
        "confident error.\n"
        "- **Optimizer**: changes each parameter against its gradient, so that the loss decreases; "
        "the **learning rate** sets the size of the step. Here it is "
        f"{OPTIMIZERS[config.optimizer]}.\n"
        f"- **Batch**: the images used for one update, here {config.batch_size}.\n"
        f"- **Epoch**: one pass over all {config.images_per_epoch:,} training images, here in "
        f"{config.steps_per_epoch:,} batches.\n"
        "- **Accuracy**: the share of correct predictions.\n"
        f"- **Validation**: after each epoch, the network is evaluated on {nouns} that no update "
        "uses. If only the training accuracy still improves, the network **overfits**.\n"
        f"- **Test**: the final evaluation, on {nouns} used neither for training nor for choosing "
        "settings.\n\n"
        f"{_validation_text(config.dataset)} This matters as soon as you choose settings or an "
        f"epoch by the validation accuracy: the accuracy on those {nouns} is then too optimistic, "
        f"and only unused test {nouns} show how well the network does on new ones."
    )
    chart = epoch_chart(trained.epochs(), "accuracy", config)
    show_chart(chart, height=280, key="story_chart", alt="Accuracy after each epoch")
    digits = f"the test {nouns}" if config.validation == "test" else f"held-out training {nouns}"
    which = "as the chosen one was imported" if network.run.imported else "the chosen network"
    st.caption(f"{as_text(trained.title)}, {which}, validated on {digits}")
    code = st.container()
    show_page_link("train", "Train a network")
    return code


def _validation_text(data: DatasetFacts) -> str:
    """What the trainings on a data set are validated on."""
    if data.is_mnist:
        return (
            "The preset *notebook*, like the course, validates on the test digits. The presets "
            f"*fast* and *drawing* and all experiments validate on {HELD_OUT_DIGITS:,} training "
            "digits held out for it."
        )
    return (
        f"Unless you choose the test pictures for it, a network is validated on {data.held_out:,} "
        "training pictures held out for it."
    )


def show_training_code() -> None:
    """The code that trains. Keras must be loaded."""
    from cnn.training.fit import train

    show_code(train)


def show_applications() -> None:
    """Applications of CNNs, and frameworks."""
    st.header("6 · Applications", anchor="uses")
    st.markdown(
        "- **Image classification**: what does the image show? Digits on cheques, skin lesions, "
        "plants, defects on a production line.\n"
        "- **Object detection**: which objects are where? Cars and pedestrians around a vehicle, "
        "cells under a microscope. The network also predicts a bounding box for each object.\n"
        "- **Face recognition**: who is it? The network maps a face to a vector of a few hundred "
        "numbers, similar for images of the same person. Such systems have been less accurate for "
        "some groups of people than for others. *Recognise* does the same with symbols.\n\n"
        "Frameworks compute the gradients and make use of the hardware: **TensorFlow**, "
        "**PyTorch** and **JAX**. **Keras**, used here, is a high-level API that runs on all three."
    )
    with st.container(horizontal=True):
        show_page_link("recognise", "Recognise a symbol")
        show_page_link("frameworks", "Compare the frameworks")


def show_glossary(data: DatasetFacts) -> None:
    """All terms of the pages with their explanations, in alphabetical order."""
    st.header("Glossary", anchor="glossary")
    terms = sorted(GLOSSARY if data.is_mnist else {*GLOSSARY} - OF_DIGITS, key=str.lower)
    st.table(
        {"Term": [f"**{term}**" for term in terms], "Meaning": [GLOSSARY[term] for term in terms]},
        border="horizontal",
        hide_index=True,
    )
