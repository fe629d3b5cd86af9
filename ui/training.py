"""One run's training as people watch it: status, charts, result."""

import streamlit as st

from cnn.chart_parts import Spec
from cnn.charts import batch_loss_chart, epoch_chart
from cnn.differences import config_text
from cnn.jobs import JobError, ahead_of, start_waiting, stop_training
from cnn.progress import Progress, duration_text, progress_of
from cnn.runs import Run, RunState
from ui.guesses import show_guesses
from ui.results import show_results
from ui.run_end import show_end
from ui.selection import Network, choose
from ui.sentences import as_text, in_sentences, show_error
from ui.takeaway import show_takeaway
from ui.warmup import keep_worker_warm

REFRESH_S = 0.5
HEIGHT = 300


def watch_run(run: Run, live: bool) -> None:
    """Show `run`'s status and charts; where it is `live`, keep them up to date until it ends.

    Whether it is live is what the rest of the page went by: a run that ended since is shown as
    live once more, finds that out, and has the whole page run again.
    When the run that this visitor started ends while it is watched, its network is chosen.
    """
    every_s = REFRESH_S if live else None
    with st.container(key="training_status", border=True):
        st.markdown(f"**{as_text(run.title)}** · {config_text(run.config)}")
        if live:
            st.fragment(_show_progress, run_every=every_s)(run)
            show_stop(run, key="stop")
            st.caption(
                f"{'It keeps its place' if run.state().status == 'queued' else 'Training goes on'} "
                "when you leave this page, close the tab or restart the server."
            )
        else:
            show_end(run, run.state())
    with st.container(key="training_charts"):
        st.fragment(_show_charts, run_every=every_s)(run)
    if live:
        st.markdown("##### What it makes of 24 test digits by now")
        st.fragment(show_guesses, run_every=every_s)(run)
    else:
        _show_what_is_left(run)


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
    show_takeaway(run, epochs[-1] if epochs else None)


def _show_progress(run: Run) -> None:
    with in_sentences():
        state = run.state()
        if not state.active:
            if run.saved_epochs()[1:] and st.session_state.get("started") == run.id:
                choose("run", run.id)
            st.rerun()
        if state.status == "queued":
            look_after_queue()
        st.progress(*standing(run, state))


def look_after_queue() -> None:
    """Start what waits, where there is room: a worker that was killed has started nobody."""
    keep_worker_warm()
    try:
        start_waiting()
    except JobError as error:
        show_error(str(error))


def standing(run: Run, state: RunState) -> tuple[float, str]:
    """How far a run that is active is, 0 to 1, and the same in words."""
    progress = progress_of(run, run.batches())
    if state.status == "queued":
        return progress.share, f"Waiting: {_runs_are(ahead_of(run))} ahead of it"
    if state.status == "starting" or not progress.batch:
        return progress.share, _starting_words(run)
    return progress.share, progress_words(run, progress)


def _runs_are(count: int) -> str:
    return "1 run is" if count == 1 else f"{count} runs are"


def _starting_words(run: Run) -> str:
    if run.config.recipe.hands:
        return "Starting: TensorFlow is being loaded and digits are being written, about 30 s"
    return "Starting: TensorFlow is being loaded, about 8 s"


def progress_words(run: Run, progress: Progress) -> str:
    """Where a training is, in words: epoch, batch, speed and time left."""
    config = run.config
    words = [
        f"Epoch {progress.epoch} of {config.epochs}",
        f"batch {progress.batch:,} of {config.steps_per_epoch:,}",
    ]
    if progress.images_per_s:
        words.append(f"{progress.images_per_s:,.0f} images/s")
    if progress.left_s is not None:
        words.append(f"{duration_text(progress.left_s)} left")
    return " · ".join(words)


def show_stop(run: Run, key: str) -> None:
    """The button that stops `run`, which is active."""
    # Outside what is drawn anew twice a second: a button must hold still, and keep its click.
    stopping = (run.path / "stop").exists()
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


def _show_charts(run: Run) -> None:
    with in_sentences():
        _draw_charts(run, run.batches(), run.epochs())


def _draw_charts(run: Run, batches, epochs) -> None:
    config = run.config
    _draw_chart(run, "Loss of each batch", batch_loss_chart(batches, config), "batch_loss")
    if config.recipe.hands:
        st.caption(
            "It learns from distorted and written digits and from pictures that are no digit, but "
            "is validated on the test digits as they are: so the training loss stays above the "
            "validation loss. For what is no digit, all ten are to be equally likely, and nothing "
            "can bring that loss below ln 10 = 2.3."
        )
    left, right = st.columns(2)
    with left:
        chart = epoch_chart(epochs, "accuracy", config)
        _draw_chart(run, "Accuracy after each epoch", chart, "accuracy")
    with right:
        chart = epoch_chart(epochs, "loss", config)
        _draw_chart(run, "Loss after each epoch", chart, "epoch_loss")


def _draw_chart(run: Run, title: str, chart: Spec, key: str) -> None:
    st.markdown(f"##### {title}")
    st.echarts_chart(chart, height=HEIGHT, key=key, alt=f"{title}, of the run {run.title}")
