"""The second row of settings, closed at first: optimizer, schedule, regularization, validation."""

import streamlit as st

from cnn.config import AUGMENTATIONS, MORE_BOUNDS, OPTIMIZERS, SCHEDULES, value_text
from ui.state.session import MORE_SETTINGS
from ui.train.setting_fields import chosen_preset, field_of, preset_value, setting
from ui.widgets.glossary import explain

CHOICES = {  # label, texts by value, terms of the glossary
    "optimizer": ("Optimizer", OPTIMIZERS, ("optimizer", "momentum")),
    "schedule": ("Learning rate schedule", SCHEDULES, ("learning rate schedule",)),
    "augmentation": ("Augmentation", AUGMENTATIONS, ("data augmentation",)),
    "validation": (
        "Validation",
        {"test": "test {nouns}", "held_out": "held-out {nouns}"},
        ("validation set", "held out"),
    ),
}
NUMBERS = {"weight_decay": ("weight decay", 0.001), "dropout": ("dropout", 0.1)}


def show_more_settings() -> None:
    """Show the second row of settings in an expander, whose label has what is changed."""
    preset = chosen_preset().preset
    changed = sum(setting(name) != preset_value(name) for name in MORE_SETTINGS)
    with st.expander("More settings", key="more_settings"):
        first, second = st.columns(3), st.columns(3)
        places = zip(
            (*first, *second),
            ("optimizer", "schedule", "weight_decay", "dropout", "augmentation", "validation"),
            strict=True,
        )
        for column, name in places:
            with column:
                _show_choice(name) if name in CHOICES else _show_number(name)
        st.caption(
            f"Changed from the preset {preset}: {changed}."
            if changed
            else f"As in the preset {preset}."
        )


def _show_choice(name: str) -> None:
    label, texts, terms = CHOICES[name]
    options, nouns = list(texts), chosen_preset().dataset.nouns
    st.selectbox(
        label,
        options,
        index=options.index(setting(name)),
        format_func=lambda value: (texts[value][:1].upper() + texts[value][1:]).format(nouns=nouns),
        help=explain(*terms),
        **field_of(name),
    )


def _show_number(name: str) -> None:
    bound, (term, step) = MORE_BOUNDS[name], NUMBERS[name]
    st.number_input(
        bound.label,
        value=float(setting(name)),
        step=step,
        format="%g",
        help=f"{explain(term)} From {value_text(bound.low)} to {value_text(bound.high)}.",
        **field_of(name),
    )
