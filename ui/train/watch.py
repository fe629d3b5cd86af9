"""A run on the Train page: status, live charts, result."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn.rendering.chart_parts import Spec
from cnn.rendering.charts import batch_loss_chart, epoch_chart
from cnn.runs.differences import config_text
from cnn.runs.machine import recorded_machine
from cnn.runs.run import Network, Run
from ui.loading.errors import as_text, show_errors_inline
from ui.loading.warmup import is_loaded
from ui.state.selection import choose
from ui.state.session import RUN, STARTED
from ui.train.downloads import show_downloads
from ui.train.evaluation import show_evaluation
from ui.train.live_predictions import show_live_predictions
from ui.train.queue import rerun_if_changed, show_stop, training_by_id
from ui.train.run_end import show_end
from ui.train.settings_form import VALIDATION_NOTES
from ui.widgets.glossary import explain
from ui.widgets.live import LIST_S, PROGRESS_S, Throttle, live_fragment
from ui.widgets.run_progress import progress_status, tend_queue

HEIGHT = 300
# The bar moves twice a second; with the transition, the browser would repaint all the time.
STILL = '<style>.st-key-training_status [data-testid="stProgress"] * {transition: none}</style>'
AUGMENTED_NOTE = (
    "The training set also has augmented digits, synthetic digits and images that are not digits. "
    "For the latter the loss cannot fall below ln 10 = 2.3, so the training loss stays above the "
    "validation loss."
)


def watch_run(run: Run, active: Sequence[Run]) -> None:
    """Show the status, charts and result of `run`, and update them while it is active.

    `active` are the runs that the rest of the page was drawn from: if `run` is one of them but has
    ended since, it is shown as active, and the first update reruns the page. If this visitor
    started the run, its network is then chosen.
    """
    live = run.id in {each.id for each in active}
    bar = None
    with st.container(key="training_status", border=True):
        st.markdown(f"**{as_text(run.title)}** · {config_text(run.config)}")
        st.caption(_seed_text(run), help=explain("seed"))
        if live:
            st.html(STILL)
            bar = st.empty()
            show_stop(run, key="stop")
            st.caption(
                f"{'It stays queued' if run.state().status == 'queued' else 'Training continues'} "
                "if you leave this page, close the tab or restart the server."
            )
        else:
            show_end(run, run.state())
    with st.container(key="training_charts"):
        with show_errors_inline():
            if live:
                # A single fragment: each rerun of one makes the browser go through its whole page,
                # and takes the processor from the training. A new epoch reruns the page.
                check_queue = Throttle(LIST_S, partial(rerun_if_changed, training_by_id(active)))
                live_fragment(_update, PROGRESS_S)(run, bar, _newest_epoch(run), check_queue)
            else:
                _draw_batches(run)
        with show_errors_inline():
            _draw_epochs(run)
    if live:
        st.markdown("##### Predictions for 24 test digits")
        show_live_predictions(run)
    else:
        _show_trained(run)


def _seed_text(run: Run) -> str:
    """How exactly the curves of `run` can be reproduced, and on what machine."""
    exactly = "exactly" if run.config.one_thread else "up to rounding"
    text = f"Seed {run.config.seed} reproduces the curves {exactly}"
    if machine := recorded_machine(run):
        text += (
            f" on this processor ({as_text(machine.processor)}, threads: {machine.threads}, "
            f"{as_text(machine.precision)}) with TensorFlow {as_text(machine.tensorflow)}"
        )
    return f"{text}."


def _newest_epoch(run: Run) -> tuple[int, int, bool]:
    """What the charts of the epochs and the predictions depend on."""
    return len(run.saved_epochs()), len(run.epochs()["epoch"]), is_loaded()


def _update(run: Run, bar: DeltaGenerator, shown: tuple[int, int, bool], check: Throttle) -> None:
    """Update the progress and the batches; rerun the page if an epoch or the run has ended."""
    with show_errors_inline():
        state = run.state()
        if not state.active:
            if run.saved_epochs()[1:] and STARTED.get() == run.id:
                choose(RUN, run.id)
            st.rerun()
        if state.status == "queued":
            tend_queue()
        bar.progress(*progress_status(run, state))
        _draw_batches(run)
        check()
        if _newest_epoch(run) != shown:
            st.rerun()


def _show_trained(run: Run) -> None:
    """Show the evaluation of `run`, computed only when it is opened, and its downloads."""
    epoch = run.last_saved_epoch if run.saved_epochs() else None
    if epoch is not None:
        evaluation = st.expander(
            "Evaluation",
            icon=":material/fact_check:",
            key=f"evaluation_{run.id}",
            on_change="rerun",
        )
        if evaluation.open:
            with evaluation:
                show_evaluation(Network(run, epoch))
    show_downloads(run, epoch)


def _draw_batches(run: Run) -> None:
    chart = batch_loss_chart(run.batches(), run.config)
    _draw_chart(run, "Loss of each batch", chart, "batch_loss")


def _draw_epochs(run: Run) -> None:
    epochs, config = run.epochs(), run.config
    note = VALIDATION_NOTES[config.validation]
    st.caption(f"{note} {AUGMENTED_NOTE}" if config.recipe.augment else note)
    for column, figure in zip(st.columns(2), ("accuracy", "loss"), strict=True):
        with column:
            title = f"{figure.capitalize()} after each epoch"
            _draw_chart(run, title, epoch_chart(epochs, figure, config), f"epoch_{figure}")


def _draw_chart(run: Run, title: str, chart: Spec, key: str) -> None:
    st.markdown(f"##### {title}")
    st.echarts_chart(chart, height=HEIGHT, key=key, alt=f"{title}, of the run {run.title}")
