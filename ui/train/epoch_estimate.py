"""How long an epoch of the own network takes: computed from a step that is measured here."""

import threading

import streamlit as st

from cnn.backends import BACKENDS, DEFAULT
from cnn.config import TrainingConfig
from cnn.rendering.text import duration_text
from cnn.runs.machine import remembered_precision
from cnn.runs.run import runs_path
from ui.loading.warmup import is_loaded
from ui.widgets.waiting import ResultCache

CHECK_S = 1.0
FAILED = -1.0  # in place of the seconds of a step that could not be measured
# What the time of a step depends on.
MATTERS = (
    "preset",
    "network",
    "pooling",
    "batch_size",
    "optimizer",
    "dropout",
    "augmentation",
    "classes",
)

_steps = ResultCache(200)  # seconds by the settings in MATTERS
_lock = threading.Lock()
_measuring: list[TrainingConfig] = []  # the one that a thread measures, if any


def show_epoch_estimate(config: TrainingConfig | None, training: bool) -> None:
    """Show how long an epoch takes, or that it is not known yet; measures a step in a thread.

    config: None if it is not valid yet.
    training: whether a run is being trained, which a measurement would slow down and be wrong.
    """
    with st.container(key="epoch_estimate"):  # always there, so that what follows keeps its place
        known = _steps.get(_key(config)) if config else None
        if config is None:
            st.caption("One epoch: known once the network fits.")
        elif known is not None:
            st.caption(_text(config, known))
        elif training:
            st.caption("One epoch: a step is measured when no training is running.")
        else:
            _wait(config, [])


@st.fragment(run_every=CHECK_S)
def _wait(config: TrainingConfig, shown: list[bool]) -> None:
    """Wait for the measurement, then rerun the page.

    shown: filled at first, in a run of the whole page: a rerun then would lose the click that
    began it, on a button that comes later.
    """
    if shown and _steps.get(_key(config)) is not None:
        st.rerun()
    shown.append(True)
    if is_loaded():
        _start(config)
    st.caption("One epoch: not known yet; a step of this network is being measured.")


def _key(config: TrainingConfig) -> tuple:
    return tuple(getattr(config, name) for name in MATTERS)


def _text(config: TrainingConfig, step_s: float) -> str:
    if step_s == FAILED:
        return "One epoch: a step of this network could not be measured."
    steps = config.steps_per_epoch
    text = (
        f"One epoch: about {duration_text(max(1, steps * step_s))}, {steps:,} steps of "
        f"{1000 * step_s:.3g} ms, as measured here on batches of {config.batch_size:,}."
    )
    if config.augmentation != "none":
        text += " Augmentation takes more."
    if config.backend != DEFAULT:
        text += f" That is with TensorFlow; {BACKENDS[config.backend].title} may take longer."
    return f"{text} One thread takes more." if config.one_thread else text


def _start(config: TrainingConfig) -> None:
    """Measure a step in a thread, unless one is being measured: two would slow each other down."""
    with _lock:
        if not _measuring:
            _measuring.append(config)
            threading.Thread(target=_measure, args=(config,), daemon=True).start()


def _measure(config: TrainingConfig) -> None:
    from cnn.training.precision import fastest_precision
    from cnn.training.step_time import measure_step

    step_s = FAILED
    try:
        precision = "float32"
        if config.recipe.bfloat16:  # as the worker decides
            precision = remembered_precision(runs_path(), fastest_precision)
        step_s = measure_step(config, precision)
    except Exception:  # TensorFlow raises many types, as if memory is short; the page says so
        pass
    finally:
        _steps.keep(_key(config), step_s)
        _measuring.clear()
