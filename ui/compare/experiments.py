"""Experiments: runs that differ in one setting and in their seeds, and their results."""

from collections import Counter

import numpy as np
import streamlit as st

from cnn.datasets.settings import load_splits
from cnn.jobs.experiment_progress import ExperimentProgress, experiment_progress
from cnn.jobs.experiments import Experiment, list_experiments, outcomes
from cnn.jobs.queue import active_runs
from cnn.networks.layers import Pooling
from cnn.rendering.comparison_charts import RUN_STYLES
from cnn.rendering.images import paint_tiles, scale_for
from cnn.rendering.text import duration_text
from cnn.runs.differences import value_label
from cnn.runs.run import Network, Run
from ui.compare.experiment_form import show_experiment_form
from ui.compare.experiment_results import show_results
from ui.loading.errors import as_text, show_error, show_errors_inline
from ui.loading.network_cache import load_network
from ui.loading.warmup import wait_until_loaded
from ui.state.selection import choice_widget, choose
from ui.state.session import COMPARE_VIEW, EXPERIMENT, JUST_SELECTED, STARTED_EXPERIMENT
from ui.widgets.display import show_picture, show_scale
from ui.widgets.live import LIST_S, live_fragment

TILE_SIDE = 78
MOST_TILES = 10  # in a row


def show_experiments() -> None:
    """Show the form and the results of the chosen experiment, by default the newest."""
    experiments = list_experiments()
    # A new expander after each start: the results take the place of the form.
    key = f"new_experiment_{len(experiments)}"
    with st.expander("New experiment", icon=":material/add:", expanded=not experiments, key=key):
        show_experiment_form()
    if not experiments:
        st.caption("Results will appear here, during and after the training.")
        return
    experiment = _pick_experiment(experiments)
    live = _is_live(experiment)
    if not live and STARTED_EXPERIMENT.get() == experiment.id:
        STARTED_EXPERIMENT.pop()
    with st.container(key="experiment"):
        live_fragment(_show_results, LIST_S, live)(experiment, live)
        if not live:
            _show_pooled_maps(experiment)


def show_running_experiment() -> None:
    """Show the progress of an experiment that is active or that this visitor started, if any."""
    active = {run.id for run in active_runs()}
    for experiment in list_experiments():
        live = not active.isdisjoint(experiment.run_ids)
        if live or experiment.id == STARTED_EXPERIMENT.get():
            live_fragment(_show_summary, LIST_S, live)(experiment, live)
            return


def _is_live(experiment: Experiment) -> bool:
    return any(run.state().active for outcome in outcomes(experiment) for run in outcome.runs)


def _pick_experiment(experiments: list[Experiment]) -> Experiment:
    by_id = {each.id: each for each in experiments}
    if EXPERIMENT.get() not in {None, *by_id}:
        show_error(
            f"There is no experiment called {EXPERIMENT.get()[:40]!r}. The newest is shown instead."
        )
        choose(EXPERIMENT, None)
    labels, seen = {}, Counter()
    for each in reversed(experiments):  # from the oldest, so that a label stays the same
        seen[each.title] += 1
        number = seen[each.title]  # Streamlit identifies options by their labels: distinct ones
        labels[each.id] = f"{each.title} ({number})" if number > 1 else each.title
    shown = EXPERIMENT.get() or experiments[0].id
    chosen = st.selectbox(
        "Experiment",
        list(by_id),
        index=list(by_id).index(shown),
        format_func=labels.__getitem__,
        **choice_widget(EXPERIMENT),
    )
    return by_id[chosen]


def _show_summary(experiment: Experiment, live: bool) -> None:
    """Show one line: the progress, and a button that opens the results."""
    with (
        show_errors_inline(),
        st.container(horizontal=True, vertical_alignment="center", key="running_experiment"),
    ):
        progress = experiment_progress(outcomes(experiment))
        if live and progress.ended == progress.runs:
            st.rerun()
        text = as_text(f"Experiment {experiment.title}: {_progress_text(progress)}")
        st.progress(progress.share, text)
        if st.button("Show results"):
            _open(experiment.id)
            st.rerun()  # the whole page, not only this part


def _open(experiment_id: str) -> None:
    choose(EXPERIMENT, experiment_id)
    choose(COMPARE_VIEW, "experiments")


def _progress_text(progress: ExperimentProgress) -> str:
    text = f"{progress.ended} of {progress.runs} runs have ended"
    if progress.ended < progress.runs and progress.left_s is not None:
        text += f" · about {duration_text(progress.left_s)} left"
    return text


def _show_results(experiment: Experiment, live: bool) -> None:
    if JUST_SELECTED.pop():
        st.rerun()  # the address has the selection, too
    with show_errors_inline():
        results = outcomes(experiment)
        if not any(outcome.runs for outcome in results):
            st.caption("All runs of this experiment were deleted.")
            return
        progress = experiment_progress(results)
        if live and progress.ended == progress.runs:
            st.rerun()
        with st.container():
            if live:
                st.progress(progress.share, _progress_text(progress))
        show_results(experiment, results, live)


def _show_pooled_maps(experiment: Experiment) -> None:
    """Show, for each value, the mean map of the first pooling layer for a digit of each class."""
    trained = {  # the first trained run of each value
        outcome.value: run
        for outcome in outcomes(experiment)
        for run in [each for each in outcome.runs if each.last_saved_epoch][:1]
    }
    if not trained:
        return
    st.header("Pooled feature maps", anchor="first-pooled")
    wait_until_loaded()
    for value, run in list(trained.items())[: len(RUN_STYLES)]:
        label = value_label(experiment.setting, value)
        with show_errors_inline():
            pooled = _mean_pooled_maps(run)
            if pooled is None:
                st.caption(f"{label}: this network has no pooling layer.")
                continue
            scale = scale_for(pooled)
            show_picture(
                paint_tiles(pooled, scale, min(pooled.shape[-1], MOST_TILES), TILE_SIDE),
                f"{label}: the mean of the first pooling layer's maps, for a test "
                f"{run.data.noun} of each class, {pooled.shape[0]} x {pooled.shape[1]} each",
                "stretch",
            )
            show_scale(scale)


def _mean_pooled_maps(run: Run) -> np.ndarray | None:
    """(h, w, classes): the mean of the first pooling layer's maps, for a test picture of each.

    None if the network has no pooling layer.
    """
    layers = run.config.layers
    place = next((i for i, each in enumerate(layers) if isinstance(each, Pooling)), None)
    if place is None:
        return None
    digits = load_splits(run.data).test
    found = (np.flatnonzero(digits.labels == label) for label in range(len(run.data.classes)))
    first = [int(each[0]) for each in found if len(each)]
    recognizer = load_network(Network(run, run.last_saved_epoch))
    outputs = recognizer.all_activations(digits.images[first])
    return outputs[place].mean(axis=-1).transpose(1, 2, 0)
