"""The values that an experiment gives a setting: those to choose from, and those as typed."""

import re
from typing import Any

from cnn.config import (
    CHOICES,
    ConfigError,
    TrainingConfig,
    bound_of,
    parse_number,
    setting_label,
    value_text,
)
from cnn.jobs.experiments import CHOSEN, SETTINGS, held_out, plan
from cnn.networks.variations import VARIATIONS

# Numbers to choose from, besides half, once and twice that of the preset; any other can be typed.
OFFERED = {
    "epochs": (1, 2, 3, 5, 10, 20),
    "batch_size": (8, 16, 32, 64, 128, 256),
    "learning_rate": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2),
    "limit": (500, 1_000, 2_000, 5_000, 10_000, 20_000, 55_000),
    "weight_decay": (0.0, 1e-4, 1e-3, 1e-2, 0.1),
    "dropout": (0.0, 0.1, 0.25, 0.5, 0.75),
    "filters": (4, 8, 16, 32, 64),
    "kernel_size": (1, 3, 5, 7, 9),
    "depth": (1, 2, 3, 4, 5),
}
DEFAULTS = {  # half and twice 0 is 0
    "weight_decay": (0.0, 1e-3, 1e-2),
    "dropout": (0.0, 0.25, 0.5),
    **{name: variation.values for name, variation in VARIATIONS.items()},
}


def possible_settings(config: TrainingConfig) -> tuple[str, ...]:
    """Return the settings that can be varied: of few pictures, all are always used."""
    config = held_out(config)
    few = config.available_digits <= bound_of("limit", config.dataset).low
    return tuple(each for each in SETTINGS if not (few and each == "limit"))


def split_values(setting: str, text: str) -> tuple[str, ...]:
    """Return the values in `text`, separated by spaces or semicolons, each once.

    Numbers are written as `offered_values` does; what is not a number is left as it is.
    """
    return tuple(dict.fromkeys(_written(setting, word) for word in _words(text)))


def parse_values(setting: str, text: str) -> tuple[Any, ...]:
    """Return the values of `setting` in `text`, separated by spaces or semicolons.

    Raises ConfigError if one is not a number, or there are fewer than two. TrainingConfig checks
    whether they are within their bounds.
    """
    words = _words(text)
    values = [word if setting in CHOSEN else parse_number(setting, word) for word in words]
    if len(set(values)) < 2:
        raise ConfigError(f"{setting_label(setting)}: choose at least two different values.")
    return tuple(dict.fromkeys(values))


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s;]+", text) if word]


def offered_values(setting: str, config: TrainingConfig) -> tuple[str, ...]:
    """Return the values of `setting` to choose from, as text: numbers only that `config` can have.

    Those of a setting that is chosen from a list are all there are.
    """
    if setting in CHOSEN:
        return CHOICES[setting]
    numbers = sorted({*OFFERED[setting], *_defaults(setting, config)})
    return tuple(value_text(each) for each in numbers if _is_possible(setting, each, config))


def default_values(setting: str, config: TrainingConfig) -> tuple[str, ...]:
    """Return values to start with, as text: all choices, or half, once and twice the number."""
    if setting in CHOSEN:
        return CHOICES[setting]
    return tuple(value_text(each) for each in _defaults(setting, config))


def _defaults(setting: str, config: TrainingConfig) -> tuple[int | float, ...]:
    if setting in DEFAULTS:
        return DEFAULTS[setting]
    config = held_out(config)
    bound = bound_of(setting, config.dataset)
    high = config.available_digits if setting == "limit" else bound.high
    number = getattr(config, setting)
    values = (bound.kind(each) for each in (number / 2, number, number * 2))
    return tuple(dict.fromkeys(each for each in values if bound.low <= each <= high))


def _is_possible(setting: str, value: int | float, config: TrainingConfig) -> bool:
    try:
        plan(config, setting, (value,), 1)
    except ConfigError:
        return False
    return True


def _written(setting: str, word: str) -> str:
    try:
        return word if setting in CHOSEN else value_text(parse_number(setting, word))
    except ConfigError:  # shown when the values are parsed
        return word
