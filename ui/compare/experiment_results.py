"""The results of an experiment: whether the best value is better, in words, charts and a table."""

from collections.abc import Callable, Iterable

import numpy as np
import streamlit as st

from cnn.config import setting_label, value_text
from cnn.jobs.experiments import Experiment, Outcome
from cnn.jobs.seed_comparison import SeedComparison, compare_best
from cnn.rendering.chart_parts import Spec
from cnn.rendering.comparison_charts import RUN_STYLES, result_chart, spread_chart
from cnn.rendering.text import duration_text, percent
from cnn.runs.run import Run
from ui.widgets.display import show_chart

HEIGHT = 300
RULE = "Rule: the means must differ by more than the larger of the two ranges over the seeds."
CHANCE = (
    "The range of a value is its highest accuracy minus its lowest. Two equal settings differ by "
    "more than that by chance alone in about 21 % of experiments with two seeds, 5 % with three "
    "and 1 % with four (simulated with normally distributed accuracies)."
)


def show_results(experiment: Experiment, results: list[Outcome], live: bool) -> None:
    """Show the outcomes of `experiment` so far; `live` while some of its runs are active."""
    runs = [run for outcome in results for run in outcome.runs]
    with st.container():
        if comparison := compare_best(results):
            _show_comparison(comparison, live, len(experiment.seeds))
    setting = setting_label(experiment.setting).lower()
    labels = [value_text(outcome.value) for outcome in results]
    planned = max(run.config.epochs for run in runs)
    charts = {
        f"Validation accuracy by {setting}": result_chart(
            labels, [outcome.accuracies for outcome in results]
        )
    }
    if planned > 1:
        curves = [outcome.curves for outcome in results]
        charts["Validation accuracy after each epoch"] = spread_chart(labels, curves, planned)
    _show_charts(experiment, charts)
    st.caption(_chart_caption(experiment, results, runs))
    with st.container(key="experiment_table"):
        st.table(_table(experiment, results), border="horizontal", hide_index=True)
    st.caption(
        "Choose a setting by its validation accuracy. The test accuracy is for the final "
        "report only: chosen by it, a setting would look better than it is on new "
        f"{runs[0].data.nouns}."
    )


def _show_comparison(comparison: SeedComparison, live: bool, planned_seeds: int) -> None:
    text = _comparison_text(comparison)
    if comparison.seeds == 1 and not (live and planned_seeds > 2):
        text += " Repeat the experiment with three or more seeds."
    if live:
        text = f"So far: {text[0].lower()}{text[1:]}"
    show = st.success if comparison.is_clear and comparison.seeds > 2 else st.warning
    show(text)
    if comparison.seeds > 1:
        st.caption(RULE, help=CHANCE)


def _comparison_text(comparison: SeedComparison) -> str:
    """Whether the difference between the best value and the next is more than chance may be."""
    best, second = value_text(comparison.best), value_text(comparison.second)
    # Both to the same places, as many as tell them apart.
    difference, spread = 100 * comparison.difference, 100 * comparison.spread
    places = 2 if f"{difference:.1f}" == f"{spread:.1f}" or difference < 0.1 else 1
    between = f"between **{best}** and **{second}** ({difference:.{places}f} percentage points)"
    if comparison.seeds == 1:
        return (
            f"The difference {between} may be chance: at least one of the two has only one "
            "finished seed, and another could reverse it."
        )
    if not comparison.is_clear:
        return (
            f"The difference {between} is not larger than the spread between seeds "
            f"({spread:.{places}f}): these runs do not show which is better."
        )
    text = (
        f"The difference {between} is larger than the spread between seeds "
        f"({spread:.{places}f}): **{best}** is better with these settings"
    )
    if comparison.seeds == 2:
        return f"{text}, or it is chance: two seeds are too few to tell."
    return f"{text}."


def _show_charts(experiment: Experiment, charts: dict[str, Spec]) -> None:
    """Show the charts side by side, each below its title."""
    for column, (title, chart) in zip(st.columns(len(charts)), charts.items(), strict=True):
        with column:
            st.markdown(f"**{title}**")
            key = f"experiment_{experiment.id}_{title}"
            show_chart(chart, height=HEIGHT, key=key, alt=title)


def _chart_caption(experiment: Experiment, results: list[Outcome], runs: list[Run]) -> str:
    held_out = all(run.config.validation == "held_out" for run in runs)
    data = runs[0].data
    digits = (
        f"{data.held_out:,} held-out training {data.nouns}"
        if held_out
        else f"{data.test_count:,} test {data.nouns}"
    )
    sentences = [f"On the {digits}. Each small mark is a finished run."]
    if len(experiment.seeds) > 1:
        sentences.append(
            "Whiskers and bands reach from the lowest to the highest seed; the line is the mean."
        )
    if len(results) > len(RUN_STYLES):
        sentences.append(f"The curves of the first {len(RUN_STYLES)} values are drawn.")
    if experiment.setting != "epochs" and len({run.config.epochs for run in runs}) > 1:
        sentences.append("Some runs were trained further since: their epochs differ.")
    return " ".join(sentences)


def _table(experiment: Experiment, results: list[Outcome]) -> dict[str, list[str]]:
    accuracies, seconds = zip(*((each.accuracies, each.seconds) for each in results), strict=True)
    columns = {
        setting_label(experiment.setting): [value_text(outcome.value) for outcome in results],
        "Validation accuracy, mean": _column(accuracies, _mean_percent),
        "Lowest to highest": _column(accuracies, _range_percent),
        "Test accuracy, mean": _column([each.test_accuracies for each in results], _mean_percent),
        "Time, mean": _column(seconds, lambda known: duration_text(known.mean())),
        "Finished runs": [f"{len(each)} of {len(experiment.seeds)}" for each in accuracies],
    }
    if len(experiment.seeds) == 1:
        del columns["Lowest to highest"]
    return columns


def _column(arrays: Iterable[np.ndarray], text: Callable[[np.ndarray], str]) -> list[str]:
    """`text` of what is known in each array, that is not NaN."""
    known = [array[~np.isnan(array)] for array in arrays]
    return [text(array) if array.size else "–" for array in known]


def _mean_percent(shares: np.ndarray) -> str:
    return percent(float(shares.mean()), 2)


def _range_percent(shares: np.ndarray) -> str:
    if len(shares) == 1:
        return "1 seed"
    return f"{percent(shares.min(), 2)} to {percent(shares.max(), 2)}"
