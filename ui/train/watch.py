"""A run on the Train page: status, live charts, result."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn.rendering.chart_parts import Spec
from cnn.rendering.charts import batch_loss_chart, epoch_chart
from cnn.runs.differences import config_text
from cnn.runs.imported import import_of
from cnn.runs.machine import recorded_machine
from cnn.runs.pausing import pause_after
from cnn.runs.run import Network, Run
from ui.loading.errors import as_text, show_errors_inline
from ui.state.permission import may_change
from ui.train.controls import show_controls
from ui.train.downloads import show_downloads
from ui.train.evaluation import show_evaluation
from ui.train.imported import show_imported
from ui.train.live_predictions import show_live_predictions
from ui.train.run_end import show_end, show_figures
from ui.train.settings_form import VALIDATION_NOTES
from ui.train.weights import show_histograms, show_kernels
from ui.widgets.display import show_chart
from ui.widgets.glossary import explain
from ui.widgets.live import CURVES_S, LIST_S, PROGRESS_S, Throttle, live_fragment
from ui.widgets.live_chart import show_live_chart
from ui.widgets.run_progress import progress_status, tend_queue
from ui.widgets.trainings import rerun_if_changed, training_by_id

HEIGHT = 250
BATCHES = "Loss of each batch"
# The bar moves once a second; with the transition, the browser would repaint all the time.
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
    started the run, its network is then chosen (`choose_ended_run`). Everything keeps its place
    when the run ends.
    """
    live = run.id in {each.id for each in active}
    with st.container(key="training_status", border=True, gap="xsmall"):
        bar = _show_status(run, live)
    if run.imported:
        show_imported(run)
        _show_trained(run)
        return
    with st.container(key="training_charts"):
        batches, accuracy, digits = st.columns(3)
        loss, kernels, notes = st.columns(3)
        kernels_place = kernels.empty()
        with batches, show_errors_inline():
            st.markdown(f"**{BATCHES}**")
            if live:
                # A single fragment: each rerun of one makes the browser go through its whole page,
                # and takes the processor from the training. A new epoch reruns the page.
                check_queue = Throttle(LIST_S, partial(rerun_if_changed, training_by_id(active)))
                places = (bar, kernels_place)
                seldom, every_s = _seldom_changed(run), CURVES_S if _is_fast(run) else PROGRESS_S
                live_fragment(_update, every_s)(run, places, seldom, check_queue)
            else:
                _draw_batches(run, live)
                show_kernels(run, kernels_place, live=False)
        with accuracy, show_errors_inline():
            _draw_epochs(run, "accuracy", live)
        with digits:
            show_live_predictions(run)
        with loss, show_errors_inline():
            _draw_epochs(run, "loss", live)
        with notes:
            st.markdown("**About these curves**")
            _show_notes(run)
        show_histograms(run)
    if not live:
        _show_trained(run)


def _show_status(run: Run, live: bool) -> DeltaGenerator | None:
    """Show what `run` is, its progress and its figures; returns the place of the progress bar.

    The buttons are at the right end, where no others ever are: a second click does nothing.
    """
    bar, state = None, run.state()
    with st.container(horizontal=True, vertical_alignment="center", key="run_title"):
        st.markdown(f"**{as_text(run.title)}**", width="stretch")
        if not (run.shipped or run.imported):
            with st.container(horizontal=True, width="content", gap="xsmall"):
                show_controls(run, live and state.training, live)
    with st.container(key="run_config"):
        source = import_of(run)
        others = "" if run.shipped or may_change(run.path) else "Started by another visitor: "
        st.caption(others + (as_text(source.text) if source else config_text(run.config)))
    with st.container(key="run_progress"), show_errors_inline():
        if live:
            st.html(STILL)
            bar = st.empty()
        else:
            show_end(run, state)
    with show_errors_inline():
        show_figures(run, state, next_steps=not live)
    return bar


def _show_notes(run: Run) -> None:
    note = VALIDATION_NOTES[run.config.validation] if run.data.is_mnist else _own_note(run)
    st.caption(f"{note} {AUGMENTED_NOTE}" if run.config.has_non_digits else note)
    st.caption(_seed_text(run), help=explain("seed"))


def _own_note(run: Run) -> str:
    """On what a run with another data set than MNIST is validated."""
    data = run.data
    if run.config.validation == "test":
        note = f"Validation: the {data.test_count:,} test pictures"
    else:
        note = f"Validation: {data.held_out:,} training pictures held out"
    distorted = " The training pictures are distorted." if run.config.distorts else ""
    return f"Data set: {as_text(data.name)}. {note}.{distorted}"


def _seed_text(run: Run) -> str:
    """How exactly the curves of `run` can be reproduced, and on what machine."""
    exactly = "exactly" if run.config.one_thread else "up to rounding"
    text = f"Seed {run.config.seed} reproduces the curves {exactly}"
    if machine := recorded_machine(run):
        text += (
            f" on this processor ({as_text(machine.processor)}, threads: {machine.threads}, "
            f"{as_text(machine.precision)}) with {as_text(machine.computed_with)}"
        )
    return f"{text}."


def _seldom_changed(run: Run) -> tuple[int, int, bool, bool, bool]:
    """What the epochs' charts, the predictions, the buttons and the interval depend on."""
    epochs = len(run.saved_epochs()), len(run.epochs()["epoch"])
    return *epochs, pause_after(run) is not None, run.state().training, _is_fast(run)


def _is_fast(run: Run) -> bool:
    """Whether batches come in all the time: not before the first, and not during a pause.

    Only then a look more slows the training down, and only then the chart moves between two.
    """
    return run.state().training and pause_after(run) is None and len(run.batches()["step"]) > 0


def _update(
    run: Run, places: tuple[DeltaGenerator, DeltaGenerator], shown: tuple, check: Throttle
) -> None:
    """Update progress, batches and kernels; rerun the page if anything else has changed.

    places: those of the progress bar and of the kernels; shown: what `_seldom_changed` returned
    when the page was drawn.
    """
    with show_errors_inline():
        state = run.state()
        if not state.active:
            st.rerun()
        if state.status == "queued":
            tend_queue()
        places[0].progress(*progress_status(run, state))
        _draw_batches(run, live=True)
        show_kernels(run, places[1], live=True)
        check()
        if _seldom_changed(run) != shown:
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


def _draw_batches(run: Run, live: bool) -> None:
    chart = batch_loss_chart(run.batches(), run.config, growing=live)
    _draw_chart(run, BATCHES, chart, "batch_loss", live)


def _draw_epochs(run: Run, figure: str, live: bool) -> None:
    chart = epoch_chart(run.epochs(), figure, run.config)
    title = f"{figure.capitalize()} after each epoch"
    st.markdown(f"**{title}**")
    _draw_chart(run, title, chart, f"epoch_{figure}", live)


def _draw_chart(run: Run, title: str, chart: Spec, key: str, live: bool) -> None:
    alt = f"{title}, of the run {run.title}"
    if live:
        show_live_chart(chart, key, alt)
    else:
        show_chart(chart, height=HEIGHT, key=key, alt=alt)
