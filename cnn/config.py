"""What can be chosen before training: one frozen dataclass, checked once, where it enters."""

import math
import re
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from cnn.constants import TRAINING_IMAGES

POOLINGS = ("max", "average", "sum")
HELD_OUT_DIGITS = 5_000  # the last of them, to validate and to calibrate with
VALIDATIONS = ("test", "held_out")
MOST_STEPS, MOST_IMAGES = 16, 4096  # per execution: about a fifth of a second, which a stop waits


class ConfigError(ValueError):
    """A setting is out of its range; the message is a sentence for the person who chose it."""


@dataclass(frozen=True)
class Recipe:
    """What a preset settles beside its numbers.

    network: "notebook" or "deep" (see cnn.models.network); augment: whether MNIST's digits are
    distorted as other hands would, with synthetic digits and non-digits beside them (see
    cnn.data.training_set); one_cycle: whether the learning rate rises from a tenth to its full
    height over the first tenth of the steps and then falls to 0 along a cosine, instead of staying
    as it is; random_shift: whether each batch is moved by up to a pixel; optimizer: "adam"
    or "muon" (see cnn.models.optimizers); many_steps: whether Keras takes several steps per
    execution; bfloat16: whether they are computed in it if this processor is faster so (see
    cnn.training.precision).
    """

    description: str
    network: str = "notebook"
    augment: bool = False
    one_cycle: bool = False
    random_shift: bool = False
    optimizer: str = "adam"
    many_steps: bool = False
    bfloat16: bool = False


RECIPES = {
    "notebook": Recipe("The course notebook's network, trained on MNIST as it is."),
    "fast": Recipe(
        "The notebook's network in about a sixth of the time (a quarter without bfloat16): digits "
        "moved by up to a pixel, larger batches, a learning rate that rises and falls, the "
        "optimizer Muon, and bfloat16 where this processor is faster with it.",
        one_cycle=True,
        random_shift=True,
        optimizer="muon",
        many_steps=True,
        bfloat16=True,
    ),
    "drawing": Recipe(
        "A deeper network for drawings, trained on augmented MNIST digits, synthetic digits and "
        "images that are no digit. Takes about half an hour on two cores.",
        network="deep",
        augment=True,
        one_cycle=True,
    ),
}
SYNTHETIC_SHARE, NON_DIGIT_SHARE = 0.6, 0.2  # of as many as there are digits from MNIST


@dataclass(frozen=True)
class Bound:
    """A setting that is a number: its least and its largest value, and what it is called."""

    low: int | float
    high: int | float
    label: str
    description: str

    @property
    def kind(self) -> type:
        """int or float."""
        return type(self.low)


BOUNDS = {
    "epochs": Bound(1, 100, "Epochs", "full passes over the training digits"),
    "batch_size": Bound(1, 4096, "Batch size", "digits seen between two steps"),
    "learning_rate": Bound(
        1e-6,
        1.0,
        "Learning rate",
        "how large the steps are; the peak, where a preset has it rise and fall",
    ),
    "seed": Bound(0, 2**31 - 1, "Seed", "starts the random numbers: weights and order"),
    "limit": Bound(100, TRAINING_IMAGES, "Training digits", "the first so many of MNIST's"),
}


@dataclass(frozen=True)
class TrainingConfig:
    """One training: the network's pooling, and how it is fitted. Defaults are the notebook's.

    The numbers are described in BOUNDS. Raises ConfigError if a value is not of its type or outside
    its bounds.
    """

    preset: str = "notebook"
    pooling: str = "max"
    epochs: int = 5
    batch_size: int = 32
    learning_rate: float = 1e-3
    seed: int = 0
    limit: int = TRAINING_IMAGES
    validation: str = "test"  # validate on the test digits, or on training digits held out
    one_thread: bool = False  # slower, but the same seed then gives the same numbers, bit for bit
    base: str = ""  # the run and epoch it goes on from, as "name@3"; empty: from random weights

    def __post_init__(self) -> None:
        if not isinstance(self.base, str) or not re.fullmatch(
            r"([\w.-]{1,100}@\d{1,4})?", self.base
        ):
            raise ConfigError(f"Base is {self.base!r}; it must be a run and an epoch, as name@3.")
        if not isinstance(self.one_thread, bool):
            raise ConfigError(f"One thread is {self.one_thread!r}; it must be true or false.")
        for name, choices in (
            ("preset", tuple(RECIPES)),
            ("pooling", POOLINGS),
            ("validation", VALIDATIONS),
        ):
            if getattr(self, name) not in choices:
                raise ConfigError(
                    f"{name.capitalize()} is {getattr(self, name)!r}; "
                    f"it must be one of {', '.join(choices)}."
                )
        for name in BOUNDS:
            object.__setattr__(self, name, checked_number(name, getattr(self, name)))
        if self.batch_size > self.limit:
            raise ConfigError(
                f"Batch size is {self.batch_size:,}, more than the {self.limit:,} training digits "
                "there are to fill it; choose a smaller batch or more digits."
            )

        if self.limit > self.most_digits:
            raise ConfigError(
                f"Training digits is {self.limit:,}, but the last {HELD_OUT_DIGITS:,} of MNIST's "
                f"{TRAINING_IMAGES:,} are held out for validation; it must be at most "
                f"{self.most_digits:,}."
            )

    @property
    def most_digits(self) -> int:
        """How many digits there are to train on: all but those held out."""
        return TRAINING_IMAGES - HELD_OUT_DIGITS * (self.validation == "held_out")

    @property
    def recipe(self) -> Recipe:
        """What the preset settles."""
        return RECIPES[self.preset]

    @property
    def synthetic_digits(self) -> int:
        """How many synthetic digits an epoch has beside those of MNIST."""
        return round(SYNTHETIC_SHARE * self.limit) if self.recipe.augment else 0

    @property
    def non_digits(self) -> int:
        """How many pictures an epoch has that are no digit."""
        return round(NON_DIGIT_SHARE * self.limit) if self.recipe.augment else 0

    @property
    def images_per_epoch(self) -> int:
        """How many pictures of all kinds one epoch shows."""
        return self.limit + self.synthetic_digits + self.non_digits

    @property
    def steps_per_epoch(self) -> int:
        """How many batches one epoch has; the last may be smaller."""
        return math.ceil(self.images_per_epoch / self.batch_size)

    @property
    def steps_per_execution(self) -> int:
        """How many steps Keras takes before it calls its callbacks; a stop waits for them."""
        if not self.recipe.many_steps:
            return 1
        return max(1, min(MOST_STEPS, MOST_IMAGES // self.batch_size))

    def as_dict(self) -> dict[str, Any]:
        """The settings by name, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Any) -> "TrainingConfig":
        """The settings that `as_dict` gave; ConfigError where they are not that."""
        if not isinstance(values, dict):
            raise ConfigError("The configuration is not a JSON object with settings by name.")
        unknown = set(values) - {each.name for each in fields(cls)}
        if unknown:
            raise ConfigError(f"Unknown settings: {', '.join(sorted(unknown))}.")
        return cls(**values)


def setting_label(name: str) -> str:
    """What people call the setting `name`."""
    return BOUNDS[name].label if name in BOUNDS else name.capitalize()


def value_text(value: int | float | str) -> str:
    """A setting's value as people write it: 60,000, 0.000001 (six significant digits), max."""
    if isinstance(value, float):
        return f"{Decimal(f'{value:g}'):f}"
    return value if isinstance(value, str) else f"{value:,}"


def parse_number(name: str, text: str) -> int | float:
    """The number for setting `name` that `text` writes, as 1000, 1,000, 0.001 or 1e-3.

    Raises ConfigError if it is none. Whether it is within its bounds, `checked_number` says.
    """
    try:
        # A comma stands between thousands, or it is none of ours.
        thousands = re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", text)
        value = float(text.replace(",", "") if thousands else text)
        return int(value) if value.is_integer() and "." not in text else value
    except (ValueError, OverflowError):
        raise ConfigError(
            f"{setting_label(name)}: {text[:20]!r} is no number; "
            "write 1000 or 0.001, with spaces between."
        ) from None


def checked_number(name: str, value: Any) -> int | float:
    """`value` as the number that setting `name` takes; ConfigError where it is none or too far."""
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


PRESETS: dict[str, TrainingConfig] = {
    "notebook": TrainingConfig(),
    "fast": TrainingConfig(
        preset="fast",
        epochs=2,
        batch_size=256,
        learning_rate=8e-3,
        limit=TRAINING_IMAGES - HELD_OUT_DIGITS,
        validation="held_out",
    ),
    "drawing": TrainingConfig(
        preset="drawing",
        epochs=36,
        batch_size=128,
        learning_rate=2e-3,
        limit=TRAINING_IMAGES - HELD_OUT_DIGITS,
        validation="held_out",
    ),
}
