"""The presets: named combinations of network, training set, optimizer and default settings.

To add a preset, add an entry to RECIPES. The form and `--preset` then offer it, and
`cnn.config` accepts it. Its notebook needs an entry in `cnn.export.notebook.INTRODUCTIONS`,
a new network one in `cnn.networks.starting_points.NETWORKS`, a new optimizer one in `OPTIMIZERS` of
`cnn.models.compiling`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnn.constants import HELD_OUT_DIGITS, TRAINING_IMAGES


@dataclass(frozen=True)
class Recipe:
    """What a preset fixes, and its defaults for the settings of `cnn.config.TrainingConfig`."""

    description: str  # shown below the choice of the preset
    on_own_data: str  # the same for other data sets than MNIST
    defaults: Mapping[str, int | float | str] = field(default_factory=dict)  # if not the notebook's
    network: str = "notebook"  # or another of cnn.networks.starting_points
    max_steps_per_execution: int = 1  # bounds Keras's steps_per_execution
    embedding: bool = False  # train for comparison, on symbols too, see cnn.models.embedding
    bfloat16: bool = False  # use it if this processor is faster with it, see cnn.training.precision


# What a setting of `cnn.config.TrainingConfig` is if neither it nor its preset says more.
PLAIN: Mapping[str, str | float] = {
    "optimizer": "adam",
    "schedule": "constant",
    "weight_decay": 0.0,
    "dropout": 0.0,
    "augmentation": "none",
}
_HELD_OUT = {"limit": TRAINING_IMAGES - HELD_OUT_DIGITS, "validation": "held_out"}

RECIPES = {
    "notebook": Recipe(
        "The network of the course notebook, trained on MNIST without augmentation.",
        on_own_data="The network of the course notebook, trained without augmentation.",
    ),
    "fast": Recipe(
        "The notebook's network in about a sixth of the time (a quarter without bfloat16): random "
        "shifts of up to one pixel, larger batches, a one-cycle learning rate, the optimizer Muon, "
        "and bfloat16 if this processor is faster with it.",
        on_own_data="The notebook's network, trained faster: random shifts of up to one pixel, "
        "larger batches, a one-cycle learning rate, the optimizer Muon, and bfloat16 if this "
        "processor is faster with it.",
        defaults={
            "epochs": 2,
            "batch_size": 256,
            "learning_rate": 8e-3,
            "optimizer": "muon",
            "schedule": "one_cycle",
            "augmentation": "shift",
            **_HELD_OUT,
        },
        max_steps_per_execution=16,
        bfloat16=True,
    ),
    "drawing": Recipe(
        "A deeper network for drawings, trained on augmented MNIST digits, synthetic digits and "
        "non-digits, with the optimizer Muon, and bfloat16 if this processor is faster with it. "
        "Takes about half an hour on two cores.",
        on_own_data="A deeper network for drawings, trained on augmented pictures, with the "
        "optimizer Muon, and bfloat16 if this processor is faster with it.",
        defaults={
            "epochs": 50,
            "batch_size": 256,
            "learning_rate": 6e-3,
            "optimizer": "muon",
            "schedule": "one_cycle",
            "augmentation": "full",
            **_HELD_OUT,
        },
        network="deep",
        max_steps_per_execution=16,
        bfloat16=True,
    ),
    "embedding": Recipe(
        "The notebook's convolutions, trained to compare: the vectors of one class in the last "
        "hidden layer lie close together, for digits and for 432 symbols. For the page Recognise. "
        "Takes a few minutes on two cores.",
        on_own_data="The notebook's convolutions, trained to compare: the vectors of one class in "
        "the last hidden layer lie close together. For the page Recognise.",
        defaults={
            "epochs": 10,
            "batch_size": 256,
            "learning_rate": 6e-3,
            "optimizer": "muon",
            "schedule": "one_cycle",
            "augmentation": "full",
            "limit": 20_000,
            "validation": "held_out",
        },
        network="embedding",
        max_steps_per_execution=16,
        embedding=True,
        bfloat16=True,
    ),
}
