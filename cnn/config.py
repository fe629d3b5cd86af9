"""The configuration of a training: one frozen dataclass, checked when it is made.

The presets themselves are in `cnn.presets`.
"""

import math
import re
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from cnn.constants import HELD_OUT_DIGITS, TRAINING_IMAGES
from cnn.presets import RECIPES, Recipe

POOLINGS = ("max", "average", "sum")
CHOICES = {"preset": tuple(RECIPES), "pooling": POOLINGS, "validation": ("test", "held_out")}
BASE_PATTERN = re.compile(r"([\w.-]{1,100}@\d{1,4})?")
MAX_IMAGES_PER_EXECUTION = 4096  # computed in about 0.2 s, after which a stop takes effect
SYNTHETIC_SHARE, NON_DIGIT_SHARE = 0.6, 0.2  # relative to the number of MNIST digits


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


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of one training. The defaults are those of the course notebook.

    BOUNDS describes the numbers, `cnn.presets` the presets. Raises ConfigError if a value has the
    wrong type or is out of bounds.
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

    def __post_init__(self) -> None:
        if not (isinstance(self.base, str) and BASE_PATTERN.fullmatch(self.base)):
            raise ConfigError(f"Base is {self.base!r}; it must be a run and an epoch, as name@3.")
        if not isinstance(self.one_thread, bool):
            raise ConfigError(f"One thread is {self.one_thread!r}; it must be true or false.")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigError(
                    f"{setting_label(name)} is {getattr(self, name)!r}; "
                    f"it must be one of {', '.join(choices)}."
                )
        for name in BOUNDS:
            object.__setattr__(self, name, checked_number(name, getattr(self, name)))
        if self.batch_size > self.limit:
            raise ConfigError(
                f"Batch size is {self.batch_size:,}, larger than the {self.limit:,} training "
                "digits; choose a smaller batch or more digits."
            )
        if self.limit > self.available_digits:
            raise ConfigError(
                f"Training digits is {self.limit:,}, but the last {HELD_OUT_DIGITS:,} of MNIST's "
                f"{TRAINING_IMAGES:,} are held out for validation; it must be at most "
                f"{self.available_digits:,}."
            )

    @property
    def available_digits(self) -> int:
        """Number of MNIST's training digits that are not held out."""
        return TRAINING_IMAGES - HELD_OUT_DIGITS * (self.validation == "held_out")

    @property
    def recipe(self) -> Recipe:
        """What the preset fixes."""
        return RECIPES[self.preset]

    @property
    def synthetic_digits(self) -> int:
        """Number of synthetic digits in the training set."""
        return round(SYNTHETIC_SHARE * self.limit) if self.recipe.augment else 0

    @property
    def non_digits(self) -> int:
        """Number of non-digits in the training set."""
        return round(NON_DIGIT_SHARE * self.limit) if self.recipe.augment else 0

    @property
    def images_per_epoch(self) -> int:
        """Number of images in the training set."""
        return self.limit + self.synthetic_digits + self.non_digits

    @property
    def steps_per_epoch(self) -> int:
        """Number of batches per epoch; the last batch may be smaller."""
        return math.ceil(self.images_per_epoch / self.batch_size)

    @property
    def steps_per_execution(self) -> int:
        """Number of steps that Keras takes between two calls of its callbacks."""
        steps = max(1, MAX_IMAGES_PER_EXECUTION // self.batch_size)
        return min(steps, self.recipe.max_steps_per_execution)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Any) -> "TrainingConfig":
        """Inverse of `as_dict`. Raises ConfigError if `values` are not valid settings."""
        if not isinstance(values, dict):
            raise ConfigError("The configuration is not a JSON object with settings by name.")
        unknown = set(values) - {each.name for each in fields(cls)}
        if unknown:
            raise ConfigError(f"Unknown settings: {', '.join(sorted(unknown))}.")
        return cls(**values)


def setting_label(name: str) -> str:
    """Return the label of the setting `name`."""
    return BOUNDS[name].label if name in BOUNDS else name.capitalize()


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
            "write values such as 1000 or 0.001, separated by spaces."
        ) from None
    return int(value) if value.is_integer() and "." not in text else value


def parse_setting(name: str, text: str) -> int | float | str | bool:
    """Parse and check a value of the setting `name`, as `str` writes it: max, 3, 0.001, True.

    Raises ConfigError if `text` is no valid value.
    """
    if name in BOUNDS:
        return checked_number(name, parse_number(name, text))
    choices = CHOICES.get(name, (False, True))
    for choice in choices:
        if str(choice) == text:
            return choice
    raise ConfigError(
        f"{setting_label(name)} is {text[:20]!r}; it must be one of {', '.join(map(str, choices))}."
    )


def checked_number(name: str, value: Any) -> int | float:
    """Return `value` in the type of the setting `name`.

    Raises ConfigError if it is not a number or out of bounds.
    """
    bound = BOUNDS[name]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and bound.low <= value <= bound.high and bound.kind(value) == value:
        return bound.kind(value)
    shown = f"{value:,}" if is_number else repr(value)
    shown = shown if len(shown) <= 40 else f"{shown[:30]}…"
    whole = "whole " if bound.kind is int else ""
    raise ConfigError(
        f"{bound.label} is {shown}; it must be a {whole}number "
        f"from {value_text(bound.low)} to {value_text(bound.high)}."
    )


# The settings that each preset starts with.
PRESETS = {name: TrainingConfig(preset=name, **recipe.defaults) for name, recipe in RECIPES.items()}
