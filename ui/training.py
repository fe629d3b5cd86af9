"""One run's training as people watch it: status, charts, result."""

import streamlit as st

from cnn.charts import Spec, batch_loss_chart, epoch_chart
from cnn.jobs import stop_training
from cnn.progress import Progress, duration_text, progress_of
from cnn.runs import Run, RunState
from ui.selection import choose
from ui.sentences import in_sentences, show_error
from ui.show import percent

REFRESH_S = 0.5
HEIGHT = 300
ENDS = {
    "finished": "Training finished",
    "stopped": "Training stopped",
    "failed": "Training failed",
    "interrupted": "Training was interrupted",
}


def watch_run(run: Run, live: bool) -> None:
    """Show `run`'s status and charts; where it is `live`, keep them up to date until it ends.

    Whether it is live is what the rest of the page went by: a run that ended since is shown as
    live once more, finds that out, and has the whole page run again.
    When the run that this visitor started ends while it is watched, its network is chosen.
    """
    every_s = REFRESH_S if live else None
    with st.container(key="training_status", border=True):
        st.markdown(f"**{run.title}** · {_settings(run)}")
        if live:
            st.fragment(_show_progress, run_every=every_s)(run)
            _show_stop(run)
        else:
            _show_end(run, run.state())
    with st.container(key="training_charts"):
        st.fragment(_show_charts, run_every=every_s)(run)


def _show_progress(run: Run) -> None:
    with in_sentences():
        if not run.state().active:
            if run.saved_epochs()[1:] and st.session_state.get("started") == run.id:
                choose("run", run.id)
            st.rerun()
        progress = progress_of(run, run.batches())
        st.progress(progress.share, progress_words(run, progress))


def progress_words(run: Run, progress: Progress) -> str:
    """Where a training is, in words: epoch, batch, speed and time left."""
    if not progress.batch:
        if run.config.recipe.hands:
            return "Starting: TensorFlow is being loaded and digits are being written, about 30 s"
        return "Starting: TensorFlow is being loaded, about 8 s"
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


def _show_stop(run: Run) -> None:
    # Outside what is drawn anew twice a second: a button must hold still, and keep its click.
    stopping = (run.path / "stop").exists()
    st.button(
        "Stopping …" if stopping else "Stop",
        key="stop",
        on_click=stop_training,
        args=(run,),
        disabled=stopping,
    )
    st.caption("Training goes on when you leave this page, close the tab or restart the server.")


def _show_end(run: Run, state: RunState) -> None:
    words = ENDS.get(state.status, "Training goes on")
    if state.message:
        show_error(f"{words}. {state.message}")
    else:
        took = f" after {duration_text(state.elapsed_s)}" if state.elapsed_s else ""
        st.markdown(f"{words}{took}.")
    if state.test_accuracy is not None:
        _show_result(run, state)


def _show_result(run: Run, state: RunState) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.metric("Test accuracy", percent(state.test_accuracy, 2), width=180)
        st.metric("Test loss", f"{state.test_loss:.4f}", width=180)
    st.caption(
        f"After epoch {run.saved_epochs()[-1]}, on the 10,000 test digits, from none of which the "
        f"network learned: {round((1 - state.test_accuracy) * 10_000):,} of them were read wrong."
    )
    chosen = {"run": run.id}
    with st.container(horizontal=True):
        st.page_link(
            "pages/explore.py",
            label="Look inside this network",
            icon=":material/layers:",
            query_params=chosen,
        )
        st.page_link(
            "pages/draw.py",
            label="Draw a digit for it",
            icon=":material/draw:",
            query_params=chosen,
        )


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


def _settings(run: Run) -> str:
    config = run.config
    return (
        f"preset {config.preset}, {config.pooling} pooling, "
        f"{config.epochs} epochs of {config.limit:,} digits, "
        f"batches of {config.batch_size}, learning rate {config.learning_rate:g}, "
        f"seed {config.seed}"
    )
