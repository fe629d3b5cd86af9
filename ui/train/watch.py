"""One run's training as people watch it: status, charts, result."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn.config import HELD_OUT_DIGITS, TrainingConfig
from cnn.jobs.queue import JobError, stop_training
from cnn.rendering.chart_parts import Spec
from cnn.rendering.charts import batch_loss_chart, epoch_chart
from cnn.runs.differences import config_text
from cnn.runs.machine import recorded_machine
from cnn.runs.run import Network, Run
from ui.loading.errors import as_text, show_error, show_errors_inline
from ui.loading.warmup import is_loaded
from ui.state.selection import choose
from ui.state.session import RUN, STARTED
from ui.train.downloads import show_downloads
from ui.train.evaluation import show_results
from ui.train.live_predictions import show_live_predictions
from ui.train.run_end import show_end
from ui.widgets.live import LIST_S, PROGRESS_S, Throttle, live_fragment
from ui.widgets.run_progress import progress_status, tend_queue

HEIGHT = 300
# The bar is moved twice a second; were it to glide there, the browser would paint all the time.
STILL = '<style>.st-key-training_status [data-testid="stProgress"] * {transition: none}</style>'


def watch_run(run: Run, live: bool, look: Callable[[], None]) -> None:
    """Show `run`'s status and charts; where it is `live`, keep them up to date until it ends.

    Whether it is live is what the rest of the page went by: a run that ended since is shown as
    live once more, finds that out, and has the whole page run again. `look()` is then called every
    LIST_S seconds. When the run that this visitor started ends while it is watched, its
    network is chosen.
    """
    place = None
    with st.container(key="training_status", border=True):
        st.markdown(f"**{as_text(run.title)}** · {config_text(run.config)}")
        st.caption(seed_words(run))
        if live:
            st.html(STILL)
            place = st.empty()
            show_stop(run, key="stop")
            st.caption(
                f"{'It keeps its place' if run.state().status == 'queued' else 'Training goes on'} "
                "when you leave this page, close the tab or restart the server."
            )
        else:
            show_end(run, run.state())
    with st.container(key="training_charts"):
        if live:
            # One fragment for all: each time one is run, the browser goes through its whole page,
            # and takes the processor from the training. An epoch has the whole page run again.
            follow = live_fragment(_follow, PROGRESS_S)
            with show_errors_inline():
                follow(run, place, _changes_with_epochs(run), Throttle(LIST_S, look))
        with show_errors_inline():
            if not live:
                _draw_batches(run)
            _draw_epochs(run, run.epochs())
    if live:
        st.markdown("##### What it makes of 24 test digits by now")
        show_live_predictions(run)
    else:
        _show_what_is_left(run)


def seed_words(run: Run) -> str:
    """What the seed of `run` covers, and on what it does."""
    covered = "the order of the digits" if run.config.base else ""
    covered = covered or "the first weights and the order of the digits"
    if run.config.recipe.augment:
        covered += ", how they are distorted, and what else it learns from"
    elif run.config.recipe.random_shift:
        covered += ", and how far each batch is moved"
    again = "bit for bit" if run.config.one_thread else "but for rounding"
    words = (
        f"Seed {run.config.seed} decides {covered}: trained again in the same way, the curve is "
        f"the same {again}"
    )
    machine = recorded_machine(run)
    if machine is None:
        return f"{words}."
    threads = "1 thread" if machine.threads == 1 else f"{machine.threads} threads"
    return (
        f"{words}, on this processor ({as_text(machine.processor)}, {threads}, "
        f"{as_text(machine.precision)}) with TensorFlow {as_text(machine.tensorflow)}."
    )


def _changes_with_epochs(run: Run) -> tuple[int, int, bool]:
    """What the charts of the epochs and the guesses are drawn from, in short."""
    return len(run.saved_epochs()), len(run.epochs()["epoch"]), is_loaded()


def _follow(run: Run, place: DeltaGenerator, drawn: tuple[int, int, bool], look: Throttle) -> None:
    """How far `run` is, and its newest batches; the whole page again where more has changed."""
    with show_errors_inline():
        _show_progress(run, place)
        _draw_batches(run)
        look()
        if _changes_with_epochs(run) != drawn:
            st.rerun()


def _show_what_is_left(run: Run) -> None:
    """What `run` learned, once somebody wants to know, and files to take away."""
    epochs = run.saved_epochs()
    if epochs:
        # Only when it is opened: all test digits are read for it.
        learned = st.expander(
            "What it learned",
            icon=":material/fact_check:",
            key=f"learned_{run.id}",
            on_change="rerun",
        )
        if learned.open:
            with learned:
                show_results(Network(run, epochs[-1]))
    show_downloads(run, epochs[-1] if epochs else None)


def _show_progress(run: Run, place: DeltaGenerator) -> None:
    state = run.state()
    if not state.active:
        if run.saved_epochs()[1:] and STARTED.get() == run.id:
            choose(RUN, run.id)
        st.rerun()
    if state.status == "queued":
        tend_queue()
    place.progress(*progress_status(run, state))


def show_stop(run: Run, key: str) -> None:
    """The button that stops `run`, which is active."""
    # Outside what is drawn anew twice a second: a button must hold still, and keep its click.
    stopping = run.stop_requested
    st.button(
        "Stopping …" if stopping else "Stop",
        key=key,
        on_click=_stop,
        args=(run,),
        disabled=stopping,
    )


def _stop(run: Run) -> None:
    try:
        stop_training(run)
    except JobError as error:
        show_error(str(error))


def _draw_batches(run: Run) -> None:
    chart = batch_loss_chart(run.batches(), run.config)
    _draw_chart(run, "Loss of each batch", chart, "batch_loss")


def _draw_epochs(run: Run, epochs) -> None:
    config = run.config
    st.caption(_validation_words(config))
    left, right = st.columns(2)
    with left:
        chart = epoch_chart(epochs, "accuracy", config)
        _draw_chart(run, "Accuracy after each epoch", chart, "accuracy")
    with right:
        chart = epoch_chart(epochs, "loss", config)
        _draw_chart(run, "Loss after each epoch", chart, "epoch_loss")


def _validation_words(config: TrainingConfig) -> str:
    """Which digits the validation curves are of, and why the training loss may lie above them."""
    if config.validation == "test":
        words = (
            "Validation: the 10,000 test digits, as in the course notebook. Choosing settings by "
            "this curve would make the test accuracy too optimistic."
        )
    else:
        words = (
            f"Validation: {HELD_OUT_DIGITS:,} training digits held out. The test digits are used "
            "once, after the last epoch."
        )
    if config.recipe.augment:
        words += (
            " The training set also has augmented digits, synthetic digits and images that are no "
            "digit, for which the loss cannot fall below ln 10 = 2.3; so the training loss stays "
            "above the validation loss."
        )
    return words


def _draw_chart(run: Run, title: str, chart: Spec, key: str) -> None:
    st.markdown(f"##### {title}")
    st.echarts_chart(chart, height=HEIGHT, key=key, alt=f"{title}, of the run {run.title}")
