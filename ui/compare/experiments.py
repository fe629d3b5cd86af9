"""One setting varied: as many trainings as it has values and seeds, and what came of them."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from cnn.config import (
    BOUNDS,
    PRESETS,
    ConfigError,
    TrainingConfig,
    checked_number,
    setting_label,
    value_text,
)
from cnn.constants import CLASSES
from cnn.data.mnist import load_digits
from cnn.jobs.experiments import (
    MOST_SEEDS,
    SETTINGS,
    Experiment,
    Outcome,
    default_values,
    list_experiments,
    outcomes,
    parse_values,
    plan,
    start_experiment,
)
from cnn.jobs.queue import JobError
from cnn.rendering.comparison_charts import RUN_STYLES, spread_chart
from cnn.rendering.images import paint_tiles, scale_for
from cnn.rendering.text import duration_text, percent
from cnn.runs.run import Network, Run, RunError
from ui.loading.errors import show_error, show_errors_inline
from ui.loading.network_cache import load_network
from ui.loading.warmup import wait_until_loaded
from ui.widgets.display import show_picture, show_scale
from ui.widgets.live import LIST_S, live_fragment

HEIGHT = 340
TILE_SIDE = 78


def show_experiments() -> None:
    """The form that starts one, and the one that is looked at, by default the newest."""
    with st.container(key="experiment_form", border=True):
        _ask_experiment()
    experiments = list_experiments()
    if not experiments:
        st.caption("What comes of it will be shown here, while it is trained and afterwards.")
        return
    made = [each.title for each in experiments]
    titles = {
        # Streamlit takes what is chosen by its label: two alike could not be told apart.
        each.id: each.title if made.count(each.title) == 1 else f"{each.title} · {each.id}"
        for each in experiments
    }
    chosen = st.selectbox(
        "Comparison",
        list(titles),
        format_func=titles.get,
        key=f"experiment_{len(experiments)}",  # a new one is shown at once
    )
    experiment = next(each for each in experiments if each.id == chosen)
    live = any(run.state().active for outcome in outcomes(experiment) for run in outcome.runs)
    with st.container(key="experiment"):
        live_fragment(_show_figures, LIST_S, live)(experiment, live)
        if not live:
            _show_first_maps(experiment)


class Asked(NamedTuple):
    """What the form says: the same training, with `values` of `setting`, each with `seeds`."""

    config: TrainingConfig
    setting: str
    values: tuple
    seeds: int


def _ask_experiment() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        setting = st.selectbox(
            "Vary",
            SETTINGS,
            format_func=setting_label,
            key="vary",
            persist_state="session",
            width=190,
        )
        preset = st.selectbox(
            "Preset", list(PRESETS), key="vary_preset", persist_state="session", width=140
        )
        asked, problem = _asked(setting, preset, *_ask_numbers(setting, preset))
    name = "pooling types" if setting == "pooling" else f"{setting_label(setting).lower()}s"
    pressed = st.button(f"Compare {name}", type="primary", disabled=bool(problem))
    with st.container():
        if problem or asked is None:
            show_error(problem)
        else:
            st.caption(
                f"{len(asked.values) * asked.seeds} trainings, one after the other; they go on "
                "when this page is left."
            )
    if pressed and asked:
        try:
            start_experiment(*asked)
        except (ConfigError, JobError) as error:
            show_error(str(error))
        else:
            st.rerun()


def _ask_numbers(setting: str, preset: str) -> tuple[str, int, dict[str, int]]:
    """The values as they were typed, how many seeds, and the numbers that are not varied."""
    base = PRESETS[preset]
    text = st.text_input(
        "Values, apart by spaces",
        default_values(setting, base),
        key=f"vary_values_{setting}_{preset}",
        persist_state="session",
        width=230,
    )
    seeds = st.number_input(
        "Seeds",
        1,
        MOST_SEEDS,
        1,
        key="vary_seeds",
        persist_state="session",
        width=120,
        help="Each value is trained so many times, from other first weights and in another "
        "order: only a difference larger than that between seeds is one.",
    )
    numbers = {
        name: st.number_input(
            BOUNDS[name].label,
            BOUNDS[name].low,
            BOUNDS[name].high,
            getattr(base, name),
            step,
            key=f"vary_{name}_{preset}",
            persist_state="session",
            width=160,
            disabled=setting == name,
        )
        for name, step in (("epochs", 1), ("limit", 5_000))
    }
    return text, seeds, {name: value for name, value in numbers.items() if name != setting}


def _asked(
    setting: str, preset: str, text: str, seeds: int, numbers: dict[str, int]
) -> tuple[Asked | None, str]:
    """What is asked for, or else what is wrong with it."""
    try:
        values = parse_values(setting, text)
        numbers = {name: checked_number(name, value) for name, value in numbers.items()}
        asked = Asked(replace(PRESETS[preset], **numbers), setting, values, int(seeds))
        plan(*asked)
    except ConfigError as error:
        return None, str(error)
    return asked, ""


def _show_figures(experiment: Experiment, live: bool) -> None:
    with show_errors_inline():
        found = outcomes(experiment)
        runs = [run for outcome in found for run in outcome.runs]
        ended = sum(not run.state().active for run in runs)
        if live and ended == len(runs):
            st.rerun()
        bar = st.container()
        if live:
            bar.progress(_share(found), f"{ended} of {len(runs)} trainings are done")
        elif not runs:
            st.caption("All of its runs were deleted.")
            return
        labels = [value_text(outcome.value) for outcome in found]
        planned = max(run.config.epochs for run in runs)
        shown = min(len(found), len(RUN_STYLES))
        st.echarts_chart(
            spread_chart(labels, [outcome.curves for outcome in found], planned),
            height=HEIGHT,
            key=f"experiment_chart_{experiment.id}",
            alt=f"Validation accuracy after each epoch, by {setting_label(experiment.setting)}",
        )
        bands = "; bands from the lowest to the highest seed" if len(experiment.seeds) > 1 else ""
        less = f" The first {shown} values are drawn." if shown < len(found) else ""
        st.caption(f"Accuracy on the 10,000 test digits, mean of the seeds{bands}.{less}")
        st.table(_table(experiment, found), border="horizontal", hide_index=True)
        if experiment.setting != "epochs" and len({run.config.epochs for run in runs}) > 1:
            st.caption("Some of these runs were trained further since: their epochs differ.")


def _share(found: list[Outcome]) -> float:
    """How much of all epochs is done, 0 to 1."""
    planned = sum(run.config.epochs for outcome in found for run in outcome.runs)
    done = sum(int((~np.isnan(outcome.curves)).sum()) for outcome in found)
    return min(done / max(planned, 1), 1.0)


def _table(experiment: Experiment, found: list[Outcome]) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {
        setting_label(experiment.setting): [value_text(outcome.value) for outcome in found]
    }
    rows["Test accuracy, mean"] = [
        percent(float(each.accuracies.mean()), 2) if len(each.accuracies) else "–" for each in found
    ]
    if len(experiment.seeds) > 1:
        rows["Lowest to highest"] = [
            f"{percent(each.accuracies.min(), 2)} to {percent(each.accuracies.max(), 2)}"
            if len(each.accuracies)
            else "–"
            for each in found
        ]
    rows["Time, mean"] = [
        duration_text(float(np.nanmean(each.seconds))) if len(each.seconds) else "–"
        for each in found
    ]
    rows["Runs done"] = [f"{len(each.accuracies)} of {len(experiment.seeds)}" for each in found]
    return rows


def _show_first_maps(experiment: Experiment) -> None:
    """For each value: ten test digits, one a class, as its network's first pooled maps."""
    trained = [
        (outcome.value, next((run for run in outcome.runs if run.saved_epochs()[1:]), None))
        for outcome in outcomes(experiment)
    ]
    trained = [(value, run) for value, run in trained if run][: len(RUN_STYLES)]
    if not trained:
        return
    st.subheader("The same ten digits, pooled", anchor="first-pooled")
    wait_until_loaded()
    for value, run in trained:
        with show_errors_inline():
            try:
                pooled = _first_pooled(run)
            except RunError as error:
                show_error(str(error))
                continue
            scale = scale_for(pooled)
            show_picture(
                paint_tiles(pooled, scale, CLASSES, TILE_SIDE),
                f"{value_text(value)}: the mean of the first pooling layer's maps, for a test "
                f"digit of each class, {pooled.shape[0]} x {pooled.shape[1]} each",
                "stretch",
            )
            show_scale(scale)


def _first_pooled(run: Run) -> np.ndarray:
    """(h, w, 10): for a test digit of each class, the mean of the first pooling layer's maps."""
    digits = load_digits("test")
    first = [int(np.flatnonzero(digits.labels == digit)[0]) for digit in range(CLASSES)]
    recognizer = load_network(Network(run, run.last_saved_epoch))
    outputs = recognizer.all_activations(digits.images[first])
    place = next(i for i, layer in enumerate(recognizer.layers) if "Pooling" in layer.kind)
    return outputs[place].mean(axis=-1).transpose(1, 2, 0)
