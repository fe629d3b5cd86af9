"""The learning-rate finder: a short sweep, its chart, and a suggestion to take over."""

import time
from collections.abc import Callable
from functools import partial

import streamlit as st

from cnn.config import TrainingConfig
from cnn.evaluation.lr_suggestion import STEPS, suggest_learning_rate
from cnn.jobs.lr_sweep import open_sweep, read_sweep, start_sweep
from cnn.jobs.queue import JobError, stop_training
from cnn.rendering.lr_chart import sweep_chart
from cnn.rendering.text import duration_text
from cnn.runs.run import Run, RunState
from ui.loading.errors import show_error, show_errors_inline
from ui.state.session import SWEEP
from ui.widgets.live import PROGRESS_S, live_fragment

HEIGHT = 300


def find_rate(config: TrainingConfig) -> None:
    """Have learning rates tried for a training with `config`, and for no other any more.

    JobError where that cannot be.
    """
    if sweep := _shown_sweep():
        stop_training(sweep)
    SWEEP.set(start_sweep(config).id)


def _shown_sweep() -> Run | None:
    sweep_id = SWEEP.get()
    return open_sweep(sweep_id) if sweep_id else None


def show_finder(take_over: Callable[[float], None]) -> None:
    """The sweep that was asked for last, while it goes on and afterwards; nothing before.

    `take_over(rate)` is called back when the visitor wants the rate that is suggested.
    """
    with st.container(key="rate_finder"):  # always there, so that what follows keeps its place
        sweep = _shown_sweep()
        if sweep is None:
            return
        with st.container(border=True), show_errors_inline():
            state = sweep.state()
            live = state.active
            st.markdown("##### Learning rates, tried on this network")
            config = sweep.config
            st.caption(
                f"preset {config.preset}, {config.pooling} pooling, batches of "
                f"{config.batch_size:,}, seed {config.seed}"
            )
            live_fragment(_show_sweep, PROGRESS_S, live)(sweep, live)
            _offer(sweep, state, take_over)


def _show_sweep(sweep: Run, live: bool) -> None:
    with show_errors_inline():
        tried, state = read_sweep(sweep), sweep.state()
        if live:
            st.progress(len(tried["rate"]) / STEPS, _progress_words(sweep, len(tried["rate"])))
            if not state.active:
                st.rerun()
        elif state.message:
            show_error(f"It ended early. {state.message}")
        suggested = None if live else suggest_learning_rate(tried["rate"], tried["loss"])
        st.echarts_chart(
            sweep_chart(tried, suggested),
            height=HEIGHT,
            key="sweep_chart",
            alt="The loss at each learning rate",
        )


def _progress_words(sweep: Run, done: int) -> str:
    """How far it is, and how long it takes yet."""
    if not done:
        return "Starting: up to 10 s"
    running_s = time.time() - sweep.started_s
    left = duration_text(max(1, running_s / done * (STEPS - done)))
    return f"Step {done} of {STEPS} · {left} left"


def _offer(sweep: Run, state: RunState, take_over: Callable[[float], None]) -> None:
    """The rate that is suggested, and what to do with it."""
    tried = read_sweep(sweep)
    suggested = None if state.active else suggest_learning_rate(tried["rate"], tried["loss"])
    if suggested:
        st.markdown(
            f"The loss falls fastest around **{suggested:g}**: a good learning rate to begin with. "
            "Smaller ones learn slowly; where the curve climbs again, the steps are too large."
        )
    elif state.status == "finished":
        st.markdown("The loss fell nowhere clearly, so nothing is suggested. Try another seed.")
    with st.container(horizontal=True):
        if suggested:
            st.button(
                f"Use {suggested:g}",
                key="use_rate",
                type="primary",
                on_click=partial(take_over, suggested),
            )
        st.button("Close", key="close_finder", on_click=_close, args=(sweep,))
    st.caption(
        "One step with each rate, from far too small to too large, on the network as it is before "
        "training. It is measured on single batches, so repeat it with another seed if in doubt."
    )


def _close(sweep: Run) -> None:
    """Show it no longer; end it, where it goes on."""
    SWEEP.pop()
    try:
        stop_training(sweep)
    except JobError as error:
        show_error(str(error))
