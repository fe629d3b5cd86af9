"""Differences between settings: of a run from its preset, and of several runs from each other."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from cnn.backends import BACKENDS
from cnn.config import (
    ALL_BOUNDS,
    AUGMENTATIONS,
    BOUNDS,
    MORE_BOUNDS,
    OPTIMIZERS,
    PRESETS,
    SCHEDULES,
    TrainingConfig,
    setting_label,
    value_text,
)
from cnn.dataset_facts import MNIST_FACTS
from cnn.runs.run import Run

TEXTS = {
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "augmentation": AUGMENTATIONS,
    "backend": {name: backend.title for name, backend in BACKENDS.items()},
}


def differences(config: TrainingConfig) -> dict[str, Any]:
    """Return the settings of `config` that differ from its preset, by name."""
    preset = vars(PRESETS[config.preset])
    if config.network:  # whose pooling is not a setting of its own
        preset = preset | {"pooling": config.pooling}
    return {name: value for name, value in vars(config).items() if value != preset[name]}


def settings_text(settings: Mapping[str, Any]) -> str:
    """Return settings as text, like "average, 3 epochs, seed 1"; empty if there are none."""
    nouns = settings.get("dataset", MNIST_FACTS).nouns
    return ", ".join(_setting_text(name, value, nouns) for name, value in settings.items())


def config_text(config: TrainingConfig) -> str:
    """Return the main settings of a training in one line."""
    network = "own network" if config.network else f"{config.pooling} pooling"
    changed = differences(config)
    more = {name: changed[name] for name in (*TEXTS, *MORE_BOUNDS) if name in changed}
    data = "" if config.dataset.is_mnist else f"data set {config.dataset.name}, "
    return (
        f"{data}preset {config.preset}, {network}, "
        f"{_setting_text('epochs', config.epochs)}, {digits_text(config)}, "
        f"batches of {config.batch_size}, {_setting_text('learning_rate', config.learning_rate)}, "
        + (f"{settings_text(more)}, " if more else "")
        + f"seed {config.seed}"
        + (", one thread" if config.one_thread else "")
    )


def digits_text(config: TrainingConfig) -> str:
    """Return how many training digits or pictures are used and held out, and the images per epoch.

    The latter only if the training set has other images than these digits.
    """
    data = config.dataset
    held_out = f"{data.held_out:,} of them" if config.validation == "held_out" else ""
    if config.limit == config.available_digits:
        text = f"{data.training_count:,} training {data.nouns}"
    else:
        text = f"{config.limit:,} of {data.training_count:,} training {data.nouns}"
        held_out = held_out.replace("of them", "others")
    if held_out:
        text += f", {held_out} held out"
    if config.images_per_epoch != config.limit:
        text += f", {config.images_per_epoch:,} images per epoch"
    return text


def _setting_text(name: str, value: Any, nouns: str = MNIST_FACTS.nouns) -> str:
    if name == "epochs":
        return "1 epoch" if value == 1 else f"{value} epochs"
    if name == "limit":
        return f"{value:,} training {nouns}"
    if name == "dataset":
        return f"data set {value.name}"
    if name == "base":
        return f"fine-tuned from {value}" if value else "from random weights"
    if name == "one_thread":
        return "one thread" if value else "all threads"
    if name == "validation":
        return f"validated on {value.replace('_', '-')} {nouns}"
    if name == "network":
        return "own network" if value else "the preset's network"
    if name == "filters":
        return f"{value} filters"
    if name == "kernel_size":
        return f"{value} x {value} kernels"
    if name == "depth":
        return "1 convolution" if value == 1 else f"{value} convolutions"
    if name in TEXTS:
        return TEXTS[name][value]
    if name in ALL_BOUNDS:
        return f"{setting_label(name).lower()} {value_text(value)}"
    return value  # preset or pooling


def value_label(setting: str, value: Any) -> str:
    """Return a value of `setting` without the setting's name: 60,000, 0.001, max, AdamW."""
    return TEXTS.get(setting, {}).get(value) or value_text(value)


def legend_labels(runs: Sequence[Run]) -> list[str]:
    """Return for each run the settings in which `runs` differ, as distinct labels for a legend.

    For example "max, seed 1" and "average, seed 2"; without differences, the runs' titles. Equal
    labels are followed by the titles (see `distinct_titles`).
    """
    configs = [run.config for run in runs]
    names = _differing(configs)
    changes = [name for each in configs for name in differences(each)]
    # Numbers that most of the runs have in common with their presets.
    rare = {name for name in names if name in BOUNDS and changes.count(name) < len(runs) / 2}
    titles = distinct_titles(runs)
    texts = [_label(run.config, names, rare) for run in runs]
    return [
        f"{text} ({titles[run.id]})" if text and texts.count(text) > 1 else text or titles[run.id]
        for text, run in zip(texts, runs, strict=True)
    ]


def _differing(configs: Sequence[TrainingConfig]) -> list[str]:
    """Return the names of the settings in which `configs` differ.

    If the presets differ, settings that no config has changed from its preset are left out: the
    preset implies them.
    """
    names = [each.name for each in fields(TrainingConfig)]
    differing = [name for name in names if len({getattr(each, name) for each in configs}) > 1]
    if "preset" in differing:
        changed = {name for each in configs for name in differences(each)}
        differing = [name for name in differing if name == "preset" or name in changed]
    return differing


def _label(config: TrainingConfig, names: Sequence[str], rare: set[str]) -> str:
    """Return the settings `names` as text, the `rare` ones only if `config` has changed them."""
    shown = {name: getattr(config, name) for name in names}
    changed = differences(config)
    short = {name: value for name, value in shown.items() if name in changed or name not in rare}
    return settings_text(short) or settings_text(shown)


def distinct_titles(runs: Sequence[Run]) -> dict[str, str]:
    """Return the runs' titles by id; equal ones are followed by the date, or else by the id."""
    titles = {run.id: run.title for run in runs}
    for more in (lambda run: run.created_text, lambda run: run.id):
        counts = Counter(titles.values())
        titles |= {
            run.id: f"{run.title} ({more(run)})" for run in runs if counts[titles[run.id]] > 1
        }
    return titles
