"""The choices of the settings form, and the widgets that show them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cnn.config import PRESETS, TrainingConfig
from cnn.datasets.settings import for_dataset
from ui.state.selection import choose
from ui.state.session import OF_PRESET, SETTING_SHOWN, SETTINGS, widget_value
from ui.widgets.dataset_choice import chosen_dataset


def setting(name: str) -> Any:
    """Return the chosen value of a setting; one that is not chosen is that of the preset."""
    value = SETTINGS[name].get()
    return preset_value(name) if value is None else value


def preset_value(name: str) -> Any:
    """Return what a setting is if it is not chosen."""
    preset = chosen_preset()
    if name == "weight_decay":  # that of AdamW is never 0 by default
        return replace(preset, optimizer=setting("optimizer"), weight_decay=None).weight_decay
    if name == "limit":
        return min(preset.limit, available_digits())
    return getattr(preset, name)


def chosen_preset() -> TrainingConfig:
    """Return the settings of the chosen preset, for the chosen data set."""
    return for_dataset(PRESETS[SETTINGS["preset"].get()], chosen_dataset())


def available_digits() -> int:
    """Return how many pictures of the data set's training part are not held out."""
    data = chosen_preset().dataset
    return data.training_count - data.held_out * (setting("validation") == "held_out")


def choose_setting(name: str, value: Any) -> None:
    """Choose a value; one of the preset is left out of the page's address."""
    SETTINGS[name].set(None if name in OF_PRESET and value == preset_value(name) else value)


def field_of(
    name: str, shown: Any = None, pick: Callable[[Any], None] | None = None
) -> dict[str, Any]:
    """Return key and callback of the widget that shows a setting.

    The key changes if anything but the widget has changed the setting (see
    `selection.widget_key`): a preset, an address, or the learning rate finder. A widget that shows
    something else than the value gives what it shows, and what happens if it is picked.
    """
    key = SETTING_SHOWN.of(name)
    value = setting(name) if shown is None else shown
    last, version = key.get()
    if last != value:
        version += 1
        key.set((value, version))
    return {"key": _widget_key(name, version), "on_change": _pick, "args": (name, version, pick)}


def _widget_key(name: str, version: int) -> str:
    return f"{SETTING_SHOWN.of(name).name}_v{version}"


def _pick(name: str, version: int, pick: Callable[[Any], None] | None) -> None:
    """Choose the value of the widget; one of a widget that has been replaced is outdated."""
    shown, value = SETTING_SHOWN.of(name), widget_value(_widget_key(name, version))
    if value is None or shown.get()[1] != version:
        return
    shown.set((value, version))
    if pick is not None:
        pick(value)
    elif name == "preset":
        choose(SETTINGS[name], value, by_widget=True)  # and the others become its own
    else:
        choose_setting(name, value)
