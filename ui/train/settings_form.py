"""The settings of a training: fields, and the buttons that use them."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from cnn.backends import BACKENDS, DEFAULT, missing_text
from cnn.config import BOUNDS, POOLINGS, PRESETS, ConfigError, TrainingConfig, bound_of, value_text
from cnn.constants import HELD_OUT_DIGITS, TEST_IMAGES
from cnn.runs.differences import settings_text
from ui.loading.errors import as_text
from ui.state.session import MORE_SETTINGS, NETWORK_SETTLED, SETTINGS, SETTINGS_OPEN, STARTED
from ui.train.epoch_estimate import show_epoch_estimate
from ui.train.more_settings import show_more_settings
from ui.train.network_code import show_code_exchange
from ui.train.network_draft import choose_own, draft_problem, has_own_network
from ui.train.network_editor import show_editor
from ui.train.setting_fields import (
    available_digits,
    choose_setting,
    chosen_preset,
    field_of,
    preset_value,
    setting,
)
from ui.widgets.glossary import explain

PRESET, OWN = "Preset's", "Own"  # the network
FORMATS = {"learning_rate": "%g"}
STEPS = {"epochs": 1, "batch_size": 32, "learning_rate": 0.0005, "limit": 10_000}
VALIDATION_NOTES = {
    "test": f"Validation: the {TEST_IMAGES:,} test digits, as in the course notebook. Choosing "
    "settings by this curve would make the test accuracy too optimistic.",
    "held_out": f"Validation: {HELD_OUT_DIGITS:,} training digits held out. The test digits are "
    "used once, after the last epoch.",
}


# On a phone the form is longer than the window: its end has the button that starts a training, and
# the progress is above it.
_SCROLL_UP = st.components.v2.component(
    "cnn_scroll_up",
    js="""export default function ({ data }) {
      if (window.cnnStarted === data) return;
      window.cnnStarted = data;
      document.querySelector('[data-testid="stMain"]').scrollTo(0, 0);
    }""",
)


@dataclass(frozen=True)
class Submission:
    """The chosen settings, by name, and which of the buttons was clicked, if any."""

    values: dict[str, Any]
    start: bool
    find_rate: bool

    def config(self) -> TrainingConfig:
        """The settings, checked. Raises ConfigError if one is out of its bounds."""
        return TrainingConfig.from_dict(self.values)


def show_settings(note: str, training: bool) -> Submission:
    """Show the settings, as a form or in one line, and `note` with the buttons.

    They are in one line from the start of a training on, so that its charts are in sight, until
    the visitor changes them. training: whether the run on the page is active.
    """
    if SETTINGS_OPEN.get() is None and training:
        SETTINGS_OPEN.set(False)
    is_open = SETTINGS_OPEN.get() in (None, True)
    problem = draft_problem()
    NETWORK_SETTLED.pop()  # all of the page is drawn now: the editor need not rerun it
    with st.container():  # so that what follows keeps its place
        if is_open:
            start, find_rate = _show_form(note, problem, training)
        else:
            start, find_rate = _show_line(note, problem), False
        if started := STARTED.get():
            _SCROLL_UP(data=started, key="scroll_up")
    # A click may be on its way while the network is changed.
    return Submission(_values(), start and not problem, find_rate and not problem)


def _values() -> dict[str, Any]:
    values = {name: setting(name) for name in SETTINGS}
    return values | {"dataset": chosen_preset().dataset}


def _show_line(note: str, problem: str) -> bool:
    """Show the settings in one line; returns whether the training is to be started."""
    with st.container(horizontal=True, vertical_alignment="center", key="settings_line"):
        st.caption(f"Settings: {as_text(line_text(_values()))}", width="stretch")
        start = st.button(
            "Start training",
            type="primary",
            help=as_text(waits_text(problem)) or note or None,
            disabled=bool(problem),
        )
        st.button("Change", icon=":material/tune:", on_click=SETTINGS_OPEN.set, args=(True,))
    return start


def line_text(values: dict[str, Any]) -> str:
    """Return the settings `values` in one line; those of the second row if they are changed."""
    shown = {name: value for name, value in values.items() if name not in MORE_SETTINGS}
    shown |= {name: f"{name} {values[name]}" for name in ("preset", "pooling")}
    if values["dataset"].is_mnist:
        shown.pop("dataset")
    if values["backend"] == DEFAULT:
        shown.pop("backend")
    shown.pop("pooling" if values["network"] else "network")  # each pooling has its own kind
    changed = [name for name in MORE_SETTINGS if values[name] != preset_value(name)]
    return settings_text(shown | {name: values[name] for name in changed})


def waits_text(problem: str) -> str:
    """Return why a training cannot be started, "" if it can."""
    return f"Start waits until the network fits. {problem}" if problem else ""


def _show_form(note: str, problem: str, training: bool) -> tuple[bool, bool]:
    """Show all settings; returns whether to start the training or the learning rate finder."""
    config, own = chosen_preset(), has_own_network()
    st.segmented_control(
        "Preset",
        list(PRESETS),
        default=config.preset,
        required=True,
        format_func=str.capitalize,
        **field_of("preset"),
    )
    recipe = config.recipe
    description = recipe.description if config.dataset.is_mnist else recipe.on_own_data
    st.caption(f"{description} {_validation_note(config)}")
    with st.container(border=True, key="settings"):
        _show_network(own)
        if own:
            show_editor(problem, partial(_show_estimate, problem, training))
            show_code_exchange()
        _show_numbers()
        _show_computation()
        show_more_settings()
        with st.container(horizontal=True, vertical_alignment="center"):
            waits = bool(problem)
            start = st.button("Start training", type="primary", disabled=waits)
            find_rate = st.button("Find learning rate", icon=":material/search:", disabled=waits)
            st.button("Hide settings", on_click=SETTINGS_OPEN.set, args=(False,))
            if text := waits_text(problem) or note:
                st.caption(as_text(text))
    return start, find_rate


def _show_computation() -> None:
    """Show the choice of the backend and of a single thread."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large", key="computation"):
        st.segmented_control(
            "Backend",
            list(BACKENDS),
            default=setting("backend"),
            required=True,
            format_func=lambda name: BACKENDS[name].title,
            help=explain("backend"),
            **field_of("backend"),
        )
        st.checkbox(
            "Deterministic (one thread)",
            value=setting("one_thread"),
            help="Several threads add numbers in a varying order, which changes the rounding. With "
            "one thread, the same settings and seed give identical results on the same machine; "
            "training takes up to 50 % longer. With TensorFlow only.",
            **field_of("one_thread"),
        )
    backend = BACKENDS[setting("backend")]
    if text := missing_text(setting("backend")):
        st.caption(f":material/info: {as_text(text)}")
    elif chosen_preset().recipe.bfloat16 and not backend.bfloat16:
        st.caption(f":material/info: {backend.title} computes this preset in float32.")


def _show_network(own: bool) -> None:
    """Show the choice of the network and, of the preset's, of its pooling."""
    with st.container(horizontal=True, key="network_choice"):
        shown = OWN if own else PRESET
        st.segmented_control(
            "Network",
            (PRESET, OWN),
            default=shown,
            required=True,
            help="*Own* opens an editor, which starts from the preset's network: a row a layer, to "
            "change, add and remove. A notebook's Keras code can be pasted there.",
            **field_of("network", shown, lambda value: choose_own(value == OWN)),
        )
        if not own:
            st.segmented_control(
                "Pooling",
                POOLINGS,
                default=setting("pooling"),
                required=True,
                help=explain(*(f"{each} pooling" for each in POOLINGS)),
                **field_of("pooling"),
            )


def _show_estimate(problem: str, training: bool) -> None:
    """Show how long an epoch takes, once the network fits and all settings are valid."""
    try:
        config = None if problem else TrainingConfig.from_dict(_values())
    except ConfigError:  # which is shown when the training is started
        config = None
    show_epoch_estimate(config, training)


def set_learning_rate(rate: float) -> None:
    """Set the form's learning rate."""
    choose_setting("learning_rate", rate)


def _validation_note(config: TrainingConfig) -> str:
    data = config.dataset
    if data.is_mnist:
        return VALIDATION_NOTES[setting("validation")]
    return (
        f"Validation: {data.held_out:,} pictures of {as_text(data.name)} held out. Its "
        f"{data.test_count:,} test pictures are used once, after the last epoch."
    )


def _show_numbers() -> None:
    data = chosen_preset().dataset
    for column, name in zip(st.columns(len(BOUNDS)), BOUNDS, strict=True):
        bound = bound_of(name, data)
        high = available_digits() if name == "limit" else bound.high
        column.number_input(
            bound.label,
            value=setting(name),
            step=STEPS.get(name, 1),
            format=FORMATS.get(name),
            help=f"{bound.description}; {value_text(bound.low)} to {value_text(high)}",
            **field_of(name),
        )
