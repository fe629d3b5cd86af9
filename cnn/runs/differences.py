"""What tells trainings apart: a run from its preset, and several runs from each other."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from cnn.config import BOUNDS, PRESETS, TrainingConfig, setting_label, value_text
from cnn.runs.run import Run


def differences(config: TrainingConfig) -> dict[str, Any]:
    """The settings in which `config` differs from its preset, by name, in their usual order."""
    values, usual = config.as_dict(), PRESETS[config.preset].as_dict()
    return {name: value for name, value in values.items() if value != usual[name]}


def settings_text(settings: Mapping[str, Any]) -> str:
    """Settings by name, as people say them: "average, 3 epochs, seed 1"; empty where none."""
    return ", ".join(_setting_text(name, value) for name, value in settings.items())


def config_text(config: TrainingConfig) -> str:
    """All that was chosen for a training, in one line."""
    return (
        f"preset {config.preset}, {config.pooling} pooling, "
        f"{_setting_text('epochs', config.epochs)} of {config.limit:,} digits, "
        f"batches of {config.batch_size}, {_setting_text('learning_rate', config.learning_rate)}, "
        f"seed {config.seed}" + (", one thread" if config.one_thread else "")
    )


def _setting_text(name: str, value: Any) -> str:
    if name == "epochs":
        return "1 epoch" if value == 1 else f"{value} epochs"
    if name == "limit":
        return f"{value:,} digits"
    if name == "base":
        return f"goes on from {value}" if value else "from random weights"
    if name == "one_thread":
        return "one thread" if value else "all threads"
    if name in BOUNDS:
        return f"{setting_label(name).lower()} {value_text(value)}"
    return value  # the preset and the pooling say themselves what they are


def legend_labels(runs: Sequence[Run]) -> list[str]:
    """For each run, the settings in which `runs` differ from each other, for a legend.

    "max, seed 1" and "average, seed 2"; where they differ in nothing, their titles. No two are the
    same: those that would be have their titles and, where these are the same too, their ids.
    """
    names = _differing([run.config for run in runs])
    rare = _rarely_changed(names, [run.config for run in runs])
    texts = [_label(run.config, names, rare) or run.title for run in runs]
    for more in (lambda run: run.title, lambda run: run.id):
        texts = [
            f"{text} ({more(run)})" if texts.count(text) > 1 and text != more(run) else text
            for text, run in zip(texts, runs, strict=True)
        ]
    return texts


def _differing(configs: Sequence[TrainingConfig]) -> list[str]:
    """The names of the settings that tell `configs` apart.

    A preset says all of its settings: where presets differ, a setting that everyone left as their
    preset has it need not be said.
    """
    names = [each.name for each in fields(TrainingConfig)]
    differing = [name for name in names if len({getattr(each, name) for each in configs}) > 1]
    if "preset" in differing:
        changed = {name for each in configs for name in differences(each)}
        differing = [name for name in differing if name == "preset" or name in changed]
    return differing


def _rarely_changed(names: Sequence[str], configs: Sequence[TrainingConfig]) -> set[str]:
    """Those of the numbers `names` that most of `configs` have as their preset has them."""
    changes = [name for each in configs for name in differences(each)]
    return {name for name in names if name in BOUNDS and changes.count(name) < len(configs) / 2}


def _label(config: TrainingConfig, names: Sequence[str], rare: set[str]) -> str:
    """The settings `names` of `config` in words; of the `rare` ones, only what it changed."""
    shown = {name: getattr(config, name) for name in names}
    changed = differences(config)
    short = {name: value for name, value in shown.items() if name in changed or name not in rare}
    return settings_text(short) or settings_text(shown)


def distinct_titles(runs: Sequence[Run]) -> dict[str, str]:
    """The runs' titles by id; those that several have say which run is meant."""
    titles = [run.title for run in runs]
    return {
        run.id: f"{title} ({run.id})" if titles.count(title) > 1 else title
        for run, title in zip(runs, titles, strict=True)
    }
