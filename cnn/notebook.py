"""A training as a Jupyter notebook that trains the same network: nbformat 4.5, plain JSON.

A network that learns from MNIST as it is needs Keras, TensorFlow and Pillow only. One whose recipe
brings more material (see `package_notebook`) needs this package, and its notebook says so.
"""

import ast
import json
import textwrap
from pathlib import Path

from cnn.config import TrainingConfig
from cnn.package_notebook import ONE_THREAD, Cell, package_cells
from cnn.quick_notebook import BFLOAT16, quick_texts

LAST = ', dtype="float32"'  # sums of exponentials need the digits that bfloat16 has not
POOLING_CODE = {
    "max": "layers.MaxPooling2D",
    "average": "layers.AveragePooling2D",
    "sum": "SumPooling2D",
}


def notebook_file(config: TrainingConfig, precision: str = "float32") -> bytes:
    """The notebook, UTF-8 JSON, whose cells train a network with `config` in `precision`.

    Executed, it starts from the same first weights as the app and sees the digits in the same
    order. What it leaves out of a training that went on from another, its first cell says.
    """
    cells = package_cells(config) if config.recipe.hands else _plain_cells(config, precision)
    texts = quick_texts(config) if config.recipe.many_steps else {}
    cells = [(name, kind, texts.get(name, text)) for name, kind, text in cells]
    cells.insert(0, _introduction(config))
    notebook = {
        "cells": [_as_json(*cell) for cell in cells],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode() + b"\n"


def _as_json(cell_id: str, kind: str, text: str) -> dict:
    source = textwrap.dedent(text).strip().splitlines(keepends=True)
    cell = {"cell_type": kind, "id": cell_id, "metadata": {}, "source": source}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell


def _introduction(config: TrainingConfig) -> Cell:
    words = (
        "The same seed gives the same first weights and the same order of the digits, and so, with "
        "the same versions of Keras and TensorFlow, the same network, up to rounding."
    )
    if config.base:
        words = (
            f"**What is left out:** in the app, this network went on from `{config.base}` (a run "
            "and its epoch) and was taught drawings as well, which are in the run's folder only. "
            "Here it begins with random weights and is taught none, so another network comes out."
        )
    return (
        "introduction",
        "markdown",
        "# A convolutional neural network that reads digits\n\n"
        f"What the app did with the preset *{config.preset}* and {config.pooling} pooling, step by "
        f"step. Run the cells from top to bottom.\n\n{words}",
    )


def _plain_cells(config: TrainingConfig, precision: str) -> list[Cell]:
    return [
        ("needs", "markdown", "It needs `pip install tensorflow keras pillow`."),
        ("settings", "code", _settings_code(config)),
        (
            "about_loading",
            "markdown",
            """
            ## Load MNIST
            70,000 handwritten digits: 60,000 to learn from and 10,000 to test with. Keras downloads
            them once (11 MB) and keeps them. Without a connection, set `MNIST_NPZ` above, or the
            environment variable of that name, to a copy of `mnist.npz`; the app has one in
            `cnn/assets/`.
            """,
        ),
        ("loading", "code", LOADING),
        (
            "about_scaling",
            "markdown",
            """
            ## Prepare the images
            Pixels from 0 to 255 become numbers from 0 to 1, and each image gets a third axis: one
            channel, since it is grey.
            """,
        ),
        ("scaling", "code", SCALING),
        (
            "about_building",
            "markdown",
            """
            ## Build the network
            Convolutions look for patterns, poolings keep what matters in a smaller map, and the
            dense layers at the end decide. The seed fixes the first weights.
            """,
        ),
        ("building", "code", _building_code(config, precision)),
        (
            "about_compiling",
            "markdown",
            """
            ## Compile
            Adam takes the steps. The loss is the cross-entropy, -ln of the probability that the
            right digit got.
            """,
        ),
        ("compiling", "code", COMPILING),
        (
            "about_fitting",
            "markdown",
            """
            ## Train
            `network.fit(train_images, train_labels, batch_size=BATCH_SIZE, epochs=EPOCHS)` would
            train as well. The few lines of the input pipeline put the digits in the order that
            they had in the app, a new one each epoch, which only the seed decides. The test digits
            are looked at after each epoch, and nothing is learned from them.
            """,
        ),
        ("fitting", "code", FITTING),
        ("about_evaluating", "markdown", "## Evaluate\nOn the test digits, all new to it."),
        ("evaluating", "code", EVALUATING),
        ("about_predicting", "markdown", "## Look at some predictions"),
        ("predicting", "code", PREDICTING),
        ("pictures", "code", "keras.utils.array_to_img(np.hstack(test_images[:10]))"),
    ]


def _settings_code(config: TrainingConfig) -> str:
    return f"""
{"import math" if config.recipe.many_steps else ""}
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

SEED = {config.seed}
LIMIT = {config.limit}  # train on the first so many digits; there are 60000
EPOCHS = {config.epochs}
BATCH_SIZE = {config.batch_size}
LEARNING_RATE = {config.learning_rate!r}
MNIST_NPZ = os.environ.get("MNIST_NPZ", "")  # your copy of mnist.npz; if empty, it is downloaded
{ONE_THREAD if config.one_thread else ""}"""


LOADING = """
if MNIST_NPZ:
    with np.load(MNIST_NPZ) as arrays:
        train_images, train_labels = arrays["x_train"], arrays["y_train"]
        test_images, test_labels = arrays["x_test"], arrays["y_test"]
else:
    (train_images, train_labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
train_images, train_labels = train_images[:LIMIT], train_labels[:LIMIT]
print(train_images.shape, test_images.shape)
"""

SCALING = """
train_images = train_images[..., np.newaxis].astype("float32") / 255
test_images = test_images[..., np.newaxis].astype("float32") / 255
print(train_images.shape, train_images.min(), train_images.max())
"""

SUM_POOLING = '''
@keras.saving.register_keras_serializable(package="cnn")
class SumPooling2D(layers.AveragePooling2D):
    """Adds up each window: Keras has no such layer, but the sum is the average times the cells."""

    def call(self, inputs):
        return super().call(inputs) * (self.pool_size[0] * self.pool_size[1])


'''

COMPILING = """
network.compile(
    optimizer=keras.optimizers.Adam(learning_rate=LEARNING_RATE),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
"""

FITTING = """
def shuffled_batches(images, labels):
    images, labels = tf.constant(images), tf.constant(labels)
    numbers = tf.data.Dataset.range(len(images)).shuffle(len(images), seed=SEED).batch(BATCH_SIZE)
    pairs = numbers.map(lambda index: (tf.gather(images, index), tf.gather(labels, index)))
    return pairs.prefetch(tf.data.AUTOTUNE)


history = network.fit(
    shuffled_batches(train_images, train_labels),
    epochs=EPOCHS,
    shuffle=False,  # the input pipeline does that
    validation_data=(test_images, test_labels),
    validation_batch_size=500,
    verbose=2,
)
"""

EVALUATING = """
test_loss, test_accuracy = network.evaluate(test_images, test_labels, batch_size=500, verbose=0)
print(f"test loss {test_loss:.4f}, test accuracy {100 * test_accuracy:.2f} %")
"""

PREDICTING = """
probabilities = network.predict(test_images[:10], verbose=0)
for label, row in zip(test_labels, probabilities):
    print(f"a {label}, read as {row.argmax()} with probability {row.max():.4f}")
"""


def _building_code(config: TrainingConfig, precision: str) -> str:
    pooling = POOLING_CODE[config.pooling]
    lines = [line.replace("pooling(", f"{pooling}(", 1) for line in _layer_lines(config)]
    low = precision == "bfloat16"
    return "\n".join(
        [
            *([BFLOAT16] if low else []),
            *([SUM_POOLING] if config.pooling == "sum" else []),
            "keras.utils.set_random_seed(SEED)",
            "network = keras.Sequential(",
            "    [",
            "        keras.Input((28, 28, 1)),",
            *[f"        {line}," for line in lines],
            f'        layers.Dense(10, activation="softmax", name="dense_2"{LAST if low else ""}),',
            "    ]",
            ")",
            "network.summary()",
        ]
    )


def _layer_lines(config: TrainingConfig) -> list[str]:
    """The source of each hidden layer, from `network` itself; reading it needs no Keras."""
    source = (Path(__file__).parent / "network.py").read_text(encoding="utf-8")
    name = f"{config.recipe.network}_layers"
    function = next(each for each in ast.parse(source).body if getattr(each, "name", "") == name)
    layers = next(each.value.elts for each in function.body if isinstance(each, ast.Return))
    return [ast.get_source_segment(source, layer) for layer in layers]
