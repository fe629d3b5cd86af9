"""The configuration of a training: one frozen dataclass, checked when it is made.

The presets themselves are in `cnn.presets`.
"""

import math
import re
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cnn.backends import BACKENDS, DEFAULT
from cnn.constants import TRAINING_IMAGES
from cnn.dataset_facts import MNIST_FACTS, DatasetFacts
from cnn.networks.code_parsing import parse_code
from cnn.networks.code_writing import network_line
from cnn.networks.errors import NetworkError
from cnn.networks.layers import POOLINGS as POOLING_LAYERS
from cnn.networks.layers import (
    Dropout,
    Layers,
    first_pooling,
    pooling_kinds,
    with_classes,
    with_pooling,
)
from cnn.networks.shapes import describe
from cnn.networks.starting_points import NETWORKS
from cnn.networks.training_calls import ADAMW_DECAY
from cnn.networks.variations import VARIATIONS
from cnn.presets import PLAIN, RECIPES, Recipe

POOLINGS = tuple(POOLING_LAYERS)
OPTIMIZERS = {  # by setting, with their names
    "sgd": "SGD",  # with momentum
    "adam": "Adam",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "muon": "Muon",
}
SCHEDULES = {
    "constant": "constant learning rate",
    "one_cycle": "one-cycle schedule",
    "cosine": "cosine schedule",
}
AUGMENTATIONS = {"none": "no augmentation", "shift": "random shift", "full": "full augmentation"}
CHOICES = {
    "preset": tuple(RECIPES),
    "pooling": POOLINGS,
    "validation": ("test", "held_out"),
    "optimizer": tuple(OPTIMIZERS),
    "schedule": tuple(SCHEDULES),
    "augmentation": tuple(AUGMENTATIONS),
    "backend": tuple(BACKENDS),
}
BASE_PATTERN = re.compile(r"([\w.-]{1,100}@\d{1,4})?")
MAX_IMAGES_PER_EXECUTION = 4096  # computed in about 0.2 s, after which a stop takes effect
SYNTHETIC_SHARE, NON_DIGIT_SHARE = 0.6, 0.2  # relative to the number of MNIST digits
SYMBOL_SHARE = 1.0  # in place of non-digits


class ConfigError(ValueError):
    """A setting is invalid; the message names it, its value and the valid values."""


@dataclass(frozen=True)
class Bound:
    """Range, label and description of a numeric setting."""

    low: int | float
    high: int | float
    label: str
    description: str

    @property
    def kind(self) -> type:
        """Type of the setting: int or float."""
        return type(self.low)


BOUNDS = {
    "epochs": Bound(1, 100, "Epochs", "passes over the training set"),
    "batch_size": Bound(1, 4096, "Batch size", "images per update of the weights"),
    "learning_rate": Bound(
        1e-6, 1.0, "Learning rate", "step size of the updates; with a one-cycle schedule, its peak"
    ),
    "seed": Bound(0, 2**31 - 1, "Seed", "fixes the initial weights and the order of the images"),
    "limit": Bound(100, TRAINING_IMAGES, "Training digits", "how many of MNIST's are used"),
}
# Those of which each preset has its own value, used unless another is given.
MORE_BOUNDS = {
    "weight_decay": Bound(
        0.0, 0.1, "Weight decay", "share of each weight that an update removes, times the step size"
    ),
    "dropout": Bound(
        0.0, 0.9, "Dropout", "share of the inputs of the last layer set to 0 in each training step"
    ),
}
ALL_BOUNDS = BOUNDS | MORE_BOUNDS


def bound_of(name: str, dataset: DatasetFacts = MNIST_FACTS) -> Bound:
    """Return the bound of the setting `name` for a training on `dataset`."""
    bound = ALL_BOUNDS[name]
    if name != "limit" or dataset.is_mnist:
        return bound
    high, label = dataset.training_count, "Training pictures"
    return replace(
        bound, low=dataset.fewest, high=high, label=label, description="how many of them are used"
    )


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of one training. The defaults are those of the course notebook.

    BOUNDS and MORE_BOUNDS describe the numbers, `cnn.presets` the presets. A value of None is
    replaced by the preset's. Raises ConfigError if a value has the wrong type or is out of bounds.
    """

    preset: str = "notebook"
    pooling: str = "max"
    epochs: int = 5
    batch_size: int = 32
    learning_rate: float = 1e-3
    seed: int = 0
    limit: int = TRAINING_IMAGES
    validation: str = "test"  # on the test digits, or on held-out training digits
    one_thread: bool = False  # slower, but bit-for-bit reproducible with the same seed
    base: str = ""  # run and epoch to continue from, as "name@3"; empty: random weights
    # An own network as one line of Keras code (see cnn.networks), of which `pooling` is then the
    # first one's kind; empty: the preset's network, with `pooling`.
    network: str = ""
    optimizer: str | None = None
    schedule: str | None = None  # of the learning rate
    weight_decay: float | None = None
    dropout: float | None = None  # before the last layer; 0 is none
    # "full": distorted; of MNIST, with synthetic digits and non-digits.
    augmentation: str | None = None
    backend: str = DEFAULT  # what Keras computes with, see cnn.backends
    dataset: DatasetFacts = MNIST_FACTS  # see cnn.datasets.settings.for_dataset

    def __post_init__(self) -> None:
        self._fill_in()
        if not isinstance(self.dataset, DatasetFacts):
            raise ConfigError("The data set is not described as it must be.")
        if not (isinstance(self.base, str) and BASE_PATTERN.fullmatch(self.base)):
            shown = _short(repr(self.base))
            raise ConfigError(f"Base is {shown}; it must be a run and an epoch, as name@3.")
        if not isinstance(self.one_thread, bool):
            shown = _short(repr(self.one_thread))
            raise ConfigError(f"One thread is {shown}; it must be true or false.")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigError(
                    f"{setting_label(name)} is {_short(repr(getattr(self, name)))}; "
                    f"it must be one of {', '.join(choices)}."
                )
        if self.one_thread and self.backend != DEFAULT:
            raise ConfigError(
                f"Backend is {self.backend!r}, but a deterministic training on one thread needs "
                f"{DEFAULT!r}."
            )
        for name in ALL_BOUNDS:
            value = checked_number(name, getattr(self, name), bound_of(name, self.dataset))
            object.__setattr__(self, name, value)
        if self.network != "":
            layers = checked_network(self.network, len(self.classes))
            object.__setattr__(self, "network", network_line(layers))
            object.__setattr__(self, "pooling", first_pooling(layers))
        if self.batch_size > self.limit:
            raise ConfigError(
                f"Batch size is {self.batch_size:,}, larger than the {self.limit:,} training "
                f"{self.dataset.nouns}; choose a smaller batch or more {self.dataset.nouns}."
            )
        if self.limit > self.available_digits:
            whose = "MNIST's" if self.dataset.is_mnist else "the"
            raise ConfigError(
                f"Training {self.dataset.nouns} is {self.limit:,}, but the last "
                f"{self.dataset.held_out:,} of {whose} {self.dataset.training_count:,} are held "
                f"out for validation; it must be at most {self.available_digits:,}."
            )

    def _fill_in(self) -> None:
        """Replace None by the value of the preset; an unknown preset is found afterwards."""
        recipe = RECIPES.get(self.preset) if isinstance(self.preset, str) else None
        if self.weight_decay is None and self.optimizer == "adamw":
            object.__setattr__(self, "weight_decay", ADAMW_DECAY)
        for name, plain in PLAIN.items():
            if getattr(self, name) is None:
                value = recipe.defaults.get(name, plain) if recipe else plain
                object.__setattr__(self, name, value)

    @property
    def layers(self) -> Layers:
        """The network: the own one or the preset's, with the dropout before its last layer."""
        if self.network:
            layers = checked_network(self.network, len(self.classes))
        else:
            layers = with_pooling(NETWORKS[self.recipe.network], self.pooling)
            layers = with_classes(layers, len(self.classes))
        added = (Dropout(self.dropout),) if self.dropout else ()
        return (*layers[:-1], *added, layers[-1])

    @property
    def poolings(self) -> tuple[str, ...]:
        """Kinds of the network's pooling layers, each once; empty if it has none."""
        return pooling_kinds(self.layers)

    @property
    def parameters(self) -> int:
        """Number of the network's weights and biases."""
        return describe(self.layers, classes=len(self.classes)).parameters

    @property
    def data(self) -> str:
        """The id of the data set."""
        return self.dataset.id

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, any text, in the order of the labels."""
        return self.dataset.classes

    @property
    def available_digits(self) -> int:
        """Number of the data set's pictures for training that are not held out."""
        held_out = self.dataset.held_out if self.validation == "held_out" else 0
        return self.dataset.training_count - held_out

    @property
    def recipe(self) -> Recipe:
        """What the preset fixes."""
        return RECIPES[self.preset]

    @property
    def distorts(self) -> bool:
        """Whether the pictures are distorted, each differently in each epoch."""
        return self.augmentation == "full"

    @property
    def has_non_digits(self) -> bool:
        """Whether the training set has synthetic digits and non-digits, too: only with MNIST's."""
        return self.distorts and self.dataset.is_mnist

    @property
    def synthetic_digits(self) -> int:
        """Number of synthetic digits in the training set."""
        return round(SYNTHETIC_SHARE * self.limit) if self.has_non_digits else 0

    @property
    def non_digits(self) -> int:
        """Number of non-digits in the training set: for comparison, of symbols."""
        share = SYMBOL_SHARE if self.recipe.embedding else NON_DIGIT_SHARE
        return round(share * self.limit) if self.has_non_digits else 0

    @property
    def images_per_epoch(self) -> int:
        """Number of images in the training set."""
        return self.limit + self.synthetic_digits + self.non_digits

    @property
    def steps_per_epoch(self) -> int:
        """Number of batches per epoch; the last batch may be smaller."""
        return math.ceil(self.images_per_epoch / self.batch_size)

    @property
    def process_settings(self) -> tuple[bool, str]:
        """What a process is set to before its first training, and cannot change."""
        return self.one_thread, self.backend

    @property
    def steps_per_execution(self) -> int:
        """Number of steps that Keras takes between two calls of its callbacks."""
        if not BACKENDS[self.backend].several_steps:
            return 1
        steps = max(1, MAX_IMAGES_PER_EXECUTION // self.batch_size)
        return min(steps, self.recipe.max_steps_per_execution)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name, ready for JSON; the data set only if it is not MNIST."""
        values = asdict(self)
        if self.dataset.is_mnist:
            del values["dataset"]
        return values

    @classmethod
    def from_dict(cls, values: Any) -> "TrainingConfig":
        """Inverse of `as_dict`. Raises ConfigError if `values` are not valid settings."""
        if not isinstance(values, dict):
            raise ConfigError("The configuration is not a JSON object with settings by name.")
        unknown = set(values) - {each.name for each in fields(cls)}
        if unknown:
            raise ConfigError(f"Unknown settings: {_short(', '.join(sorted(unknown)))}.")
        if isinstance(values.get("dataset"), dict):
            try:
                values = {**values, "dataset": DatasetFacts.from_dict(values["dataset"])}
            except ValueError as error:
                raise ConfigError(str(error)) from None
        return cls(**values)


@lru_cache(maxsize=256)  # a run's network is asked for again and again
def _read_network(text: str, classes: int | None) -> Layers:
    try:
        layers = parse_code(text).layers
    except NetworkError as error:
        raise ConfigError(f"Network: {error}") from None
    if classes is None:
        last = layers[-1] if layers else None
        classes = getattr(last, "units", len(MNIST_FACTS.classes))
    if problems := describe(layers, classes=classes).problems:
        raise ConfigError(f"Network: {' '.join(problems)}")
    return layers


def checked_network(text: Any, classes: int | None = len(MNIST_FACTS.classes)) -> Layers:
    """Return the layers of an own network for so many classes; None: for any number of them.

    Raises ConfigError if it cannot be read or trained.
    """
    if not isinstance(text, str):
        raise ConfigError("Network must be a text, one line of Keras code.")
    return _read_network(text, classes)


def setting_label(name: str, dataset: DatasetFacts = MNIST_FACTS) -> str:
    """Return the label of the setting `name`, or of the variation of a network."""
    if name == "limit":
        return bound_of(name, dataset).label
    labelled = ALL_BOUNDS | VARIATIONS
    return labelled[name].label if name in labelled else name.capitalize()


def value_text(value: int | float | str) -> str:
    """Format a setting's value: 60,000, 0.000001 (six significant digits), max."""
    if isinstance(value, float):
        return f"{Decimal(f'{value:g}'):f}"
    return value if isinstance(value, str) else f"{value:,}"


def parse_number(name: str, text: str) -> int | float:
    """Parse a value of the setting `name`, such as 1000, 1,000, 0.001 or 1e-3.

    Raises ConfigError if `text` is not a number. Does not check the bounds (see `checked_number`).
    """
    # A comma is only accepted between thousands: elsewhere it may be a decimal comma.
    thousands = re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", text)
    try:
        value = float(text.replace(",", "") if thousands else text)
    except ValueError:
        raise ConfigError(
            f"{setting_label(name)}: {text[:20]!r} is not a number; "
            "write values such as 1000 or 0.001."
        ) from None
    return int(value) if value.is_integer() and "." not in text else value


def parse_setting(name: str, text: str) -> int | float | str | bool:
    """Parse and check a value of the setting `name`, as `str` writes it: max, 3, 0.001, True.

    Raises ConfigError if `text` is not a valid value.
    """
    if name in ALL_BOUNDS:
        return checked_number(name, parse_number(name, text))
    if name == "network":
        return network_line(checked_network(text, None)) if text else ""
    choices = CHOICES.get(name, (False, True))
    for choice in choices:
        if str(choice) == text:
            return choice
    raise ConfigError(
        f"{setting_label(name)} is {text[:20]!r}; it must be one of {', '.join(map(str, choices))}."
    )


def _short(text: str) -> str:
    """Return the start of `text`, which may be as long as a file."""
    return text if len(text) <= 40 else f"{text[:30]}…"


def checked_number(name: str, value: Any, bound: Bound | None = None) -> int | float:
    """Return `value` in the type of the setting `name`.

    Raises ConfigError if it is not a number or out of bounds, by default those for MNIST.
    """
    bound = bound or bound_of(name)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and bound.low <= value <= bound.high and bound.kind(value) == value:
        return bound.kind(value)
    shown = _short(f"{value:,}" if is_number else repr(value))
    whole = "whole " if bound.kind is int else ""
    raise ConfigError(
        f"{bound.label} is {shown}; it must be a {whole}number "
        f"from {value_text(bound.low)} to {value_text(bound.high)}."
    )


# The settings that each preset starts with.
PRESETS = {name: TrainingConfig(preset=name, **recipe.defaults) for name, recipe in RECIPES.items()}
