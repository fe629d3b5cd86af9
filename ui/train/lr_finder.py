"""The learning rate finder: a range test, its chart and a suggestion."""

import time
from collections.abc import Callable

import streamlit as st

from cnn.config import TrainingConfig
from cnn.evaluation.lr_suggestion import STEPS, suggest_learning_rate
from cnn.jobs.lr_sweep import open_sweep, read_sweep, start_sweep
from cnn.jobs.queue import stop_training
from cnn.rendering.lr_chart import sweep_chart
from cnn.rendering.text import duration_text
from cnn.runs.run import Run
from ui.loading.errors import show_error, show_errors_inline
from ui.state.session import SWEEP
from ui.widgets.display import show_chart
from ui.widgets.glossary import explain
from ui.widgets.live import PROGRESS_S, live_fragment

HEIGHT = 300


def find_learning_rate(config: TrainingConfig) -> None:
    """Start a sweep of learning rates for a training with `config`, and stop the one before.

    Raises JobError if it cannot be started.
    """
    if sweep := _current_sweep():
        stop_training(sweep)
    SWEEP.set(start_sweep(config).id)


def _current_sweep() -> Run | None:
    sweep_id = SWEEP.get()
    return open_sweep(sweep_id) if sweep_id else None


def show_finder(use_rate: Callable[[float], None]) -> None:
    """Show the visitor's last sweep, if any, while it runs and afterwards.

    `use_rate(rate)` is called back if the visitor accepts the suggested rate.
    """
    with st.container(key="rate_finder"):  # always there, so that what follows keeps its place
        sweep = _current_sweep()
        if sweep is None:
            return
        with st.container(border=True), show_errors_inline():
            live, config = sweep.state().active, sweep.config
            network = "own network" if config.network else f"{config.pooling} pooling"
            st.markdown("**Learning rate finder**", help=explain("learning rate"))
            st.caption(
                f"preset {config.preset}, {network}, batches of "
                f"{config.batch_size:,}, seed {config.seed}"
            )
            tried = read_sweep(sweep)
            suggested = None if live else suggest_learning_rate(tried["rate"], tried["loss"])
            live_fragment(_show_sweep, PROGRESS_S, live)(sweep, live, suggested)
            _show_suggestion(sweep, suggested, use_rate)


def _show_sweep(sweep: Run, live: bool, suggested: float | None) -> None:
    with show_errors_inline():
        tried, state = read_sweep(sweep), sweep.state()
        if live:
            done = len(tried["rate"])
            st.progress(done / STEPS, _progress_text(sweep, done))
            if not state.active:
                st.rerun()
        elif state.message:
            show_error(f"The range test ended early. {state.message}")
        show_chart(
            sweep_chart(tried, suggested),
            height=HEIGHT,
            key="sweep_chart",
            alt="Loss at each learning rate",
        )


def _progress_text(sweep: Run, done: int) -> str:
    if not done:
        return "Starting: up to 10 s"
    left_s = max(0, time.time() - sweep.started_s) / done * (STEPS - done)
    return f"Step {done} of {STEPS} · {duration_text(max(1, left_s))} left"


def _show_suggestion(sweep: Run, suggested: float | None, use_rate: Callable) -> None:
    if suggested:
        st.markdown(
            f"The loss falls fastest around **{suggested:g}**: a good learning rate to start with. "
            "Smaller rates train slowly; where the curve rises again, the steps are too large."
        )
    elif sweep.state().status == "finished":
        st.markdown("The loss has no clear descent, so no rate is suggested. Try another seed.")
    with st.container(horizontal=True):
        if suggested:
            st.button(
                f"Use {suggested:g}",
                key="use_rate",
                type="primary",
                on_click=use_rate,
                args=(suggested,),
            )
        st.button("Close", key="close_finder", on_click=_close, args=(sweep,))
    st.caption(
        "Learning rate range test: one training step with each rate, from far too small to too "
        "large, starting from the untrained network. Each loss is that of a single batch: if in "
        "doubt, repeat the test with another seed."
    )


def _close(sweep: Run) -> None:
    """Hide the finder, and stop its sweep if it is still running."""
    SWEEP.pop()
    with show_errors_inline():
        stop_training(sweep)
