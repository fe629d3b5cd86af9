"""Experiments: runs that differ in one setting and in their seeds, and their results."""

import numpy as np
import streamlit as st

from cnn.config import value_text
from cnn.constants import CLASSES
from cnn.data.mnist import load_digits
from cnn.jobs.experiments import Experiment, Outcome, list_experiments, outcomes
from cnn.rendering.comparison_charts import RUN_STYLES
from cnn.rendering.images import paint_tiles, scale_for
from cnn.runs.run import Network, Run
from ui.compare.experiment_form import show_experiment_form
from ui.compare.experiment_results import show_results
from ui.loading.errors import show_errors_inline
from ui.loading.network_cache import load_network
from ui.loading.warmup import wait_until_loaded
from ui.widgets.display import show_picture, show_scale
from ui.widgets.live import LIST_S, live_fragment

TILE_SIDE = 78


def show_experiments() -> None:
    """Show the form and the results of the chosen experiment, by default the newest."""
    with st.container(key="experiment_form", border=True):
        show_experiment_form()
    experiments = list_experiments()
    if not experiments:
        st.caption("Results will appear here, during and after the training.")
        return
    titles = [each.title for each in experiments]
    by_label = {  # Streamlit identifies options by their labels, so these must be distinct
        each.title if titles.count(each.title) == 1 else f"{each.title} · {each.id}": each
        for each in experiments
    }
    # The key changes with the number of experiments, so that a new one is shown at once.
    key = f"experiment_{len(experiments)}"
    label = st.selectbox("Experiment", list(by_label), key=key, persist_state="session")
    experiment = by_label[label]
    live = any(run.state().active for outcome in outcomes(experiment) for run in outcome.runs)
    with st.container(key="experiment"):
        live_fragment(_show_results, LIST_S, live)(experiment, live)
        if not live:
            _show_pooled_maps(experiment)


def _show_results(experiment: Experiment, live: bool) -> None:
    with show_errors_inline():
        results = outcomes(experiment)
        runs = [run for outcome in results for run in outcome.runs]
        ended = sum(not run.state().active for run in runs)
        if live and ended == len(runs):
            st.rerun()
        if not runs:
            st.caption("All runs of this experiment were deleted.")
            return
        with st.container():
            if live:
                st.progress(_share_trained(results), f"{ended} of {len(runs)} runs have ended")
        show_results(experiment, results, live)


def _share_trained(results: list[Outcome]) -> float:
    """The share of all planned epochs that are trained, 0 to 1."""
    planned = sum(run.config.epochs for outcome in results for run in outcome.runs)
    trained = sum(int((~np.isnan(outcome.curves)).sum()) for outcome in results)
    return min(trained / max(planned, 1), 1.0)


def _show_pooled_maps(experiment: Experiment) -> None:
    """Show, for each value, the mean map of the first pooling layer for a digit of each class."""
    trained = {  # the first trained run of each value
        outcome.value: run
        for outcome in outcomes(experiment)
        for run in [each for each in outcome.runs if each.last_saved_epoch][:1]
    }
    if not trained:
        return
    st.subheader("Pooled feature maps", anchor="first-pooled")
    wait_until_loaded()
    for value, run in list(trained.items())[: len(RUN_STYLES)]:
        with show_errors_inline():
            pooled = _mean_pooled_maps(run)
            scale = scale_for(pooled)
            show_picture(
                paint_tiles(pooled, scale, CLASSES, TILE_SIDE),
                f"{value_text(value)}: the mean of the first pooling layer's maps, for a test "
                f"digit of each class, {pooled.shape[0]} x {pooled.shape[1]} each",
                "stretch",
            )
            show_scale(scale)


def _mean_pooled_maps(run: Run) -> np.ndarray:
    """(h, w, 10): for a test digit of each class, the mean of the first pooling layer's maps."""
    digits = load_digits("test")
    first = [int(np.flatnonzero(digits.labels == digit)[0]) for digit in range(CLASSES)]
    recognizer = load_network(Network(run, run.last_saved_epoch))
    outputs = recognizer.all_activations(digits.images[first])
    place = next(i for i, layer in enumerate(recognizer.layers) if "Pooling" in layer.kind)
    return outputs[place].mean(axis=-1).transpose(1, 2, 0)
