"""The cells of a notebook whose material (see `material`) only this package can make."""

from dataclasses import fields, replace

from cnn.config import BOUNDS, TrainingConfig

Cell = tuple[str, str, str]  # its id, "markdown" or "code", and its text


def package_cells(config: TrainingConfig) -> list[Cell]:
    """The cells that train a network with `config` by this package's own functions."""
    return [
        (
            "needs",
            "markdown",
            """
            This network learns from more than MNIST: digits distorted as other hands would write
            them, written digits, and pictures that are no digit. The app's package `cnn` makes
            them, so **start Jupyter in the app's folder**, the one with `app.py`, with the
            packages of its `requirements.txt`.
            """,
        ),
        ("settings", "code", _settings_code(config)),
        ("about_loading", "markdown", "## Load MNIST\nThe app's own copy: nothing is downloaded."),
        ("loading", "code", LOADING),
        (
            "about_material",
            "markdown",
            """
            ## What it learns from
            Five digits from MNIST, five written ones and five pictures that are no digit, all as
            they come in a batch: distorted, differently each time.
            """,
        ),
        ("material", "code", MATERIAL),
        (
            "about_building",
            "markdown",
            """
            ## Build the network
            For a digit the loss is -ln of the probability that the right one got; for what is no
            digit, the mean of that over all ten, least where they are equally likely.
            """,
        ),
        ("building", "code", "build_network(CONFIG).summary()"),
        (
            "about_fitting",
            "markdown",
            """
            ## Train
            `train` is what the app calls: it sets the seed, builds the network, fits it, and in
            the end divides its last layer by a temperature, so that its probabilities can be
            believed.
            """,
        ),
        ("fitting", "code", FITTING),
        ("about_evaluating", "markdown", "## Evaluate\nOn the test digits, all new to it."),
        ("evaluating", "code", "evaluate(network, test)"),
        ("about_predicting", "markdown", "## Look at some predictions"),
        ("predicting", "code", PREDICTING),
        ("pictures", "code", "keras.utils.array_to_img(np.hstack(scaled(test.images[:10])))"),
    ]


def _settings_code(config: TrainingConfig) -> str:
    config = replace(config, base="")  # the introduction says that it is left out
    values = {each.name: getattr(config, each.name) for each in fields(config)}
    lines = [f"    {name}={value!r}," for name, value in values.items() if name in BOUNDS or value]
    settings = "\n".join([IMPORTS.strip(), "", "CONFIG = TrainingConfig(", *lines, ")"])
    return f"{settings}\nimport tensorflow as tf\n{ONE_THREAD}" if config.one_thread else settings


ONE_THREAD = """
# One thread: all sums are added up in the same order, and so the same numbers come out each time.
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
"""


IMPORTS = """
from dataclasses import replace

import keras
import numpy as np

from cnn.config import TrainingConfig
from cnn.material import gather_material
from cnn.mnist import load_digits, scaled
from cnn.network import build_network
from cnn.training import evaluate, train
"""

LOADING = """
training, test = load_digits("train"), load_digits("test")
print(training.images.shape, test.images.shape)
"""

MATERIAL = """
few = gather_material(replace(CONFIG, limit=100, batch_size=1), training)
numbers = np.concatenate([np.arange(5), 100 + np.arange(5), 160 + np.arange(5)])
images, labels = few.batch(numbers, CONFIG.seed)
keras.utils.array_to_img(np.hstack(images)[..., np.newaxis])
"""

FITTING = '''
class Progress:
    """What `train` reports to: it prints a line after each epoch."""

    def on_weights(self, epoch, arrays):
        pass

    def on_batch(self, step, loss, elapsed_s):
        pass

    def on_epoch(self, epoch, figures, elapsed_s):
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        print(f"epoch {epoch}:", *(f"{name} {figures[name]:.4f}" for name in names), flush=True)

    def on_calibration(self, calibration):
        print(calibration)


network = train(CONFIG, training, test, Progress())
'''

PREDICTING = """
probabilities = network.predict(scaled(test.images[:10]), verbose=0)
for label, row in zip(test.labels, probabilities):
    print(f"a {label}, read as {row.argmax()} with probability {row.max():.4f}")
"""
