"""The finished runs of an experiment as points, accuracy against size and time, to be selected.

The selection is that of the table of runs: a point that is clicked is a row that is ticked.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from cnn.config import setting_label
from cnn.jobs.experiments import Experiment, Outcome
from cnn.rendering.text import duration_text, percent
from cnn.rendering.tradeoff_chart import TradeoffPoint, tradeoff_chart
from cnn.runs.differences import distinct_titles, value_label
from cnn.runs.run import Run
from ui.compare.runs_table import select_runs, selected_ids
from ui.loading.errors import as_text
from ui.state.messages import selected_marks
from ui.state.selection import choose, picked_value, widget_key
from ui.state.session import CLICKED_MARKS, COMPARE_VIEW, JUST_SELECTED, Key, widget_value
from ui.widgets.display import show_chart
from ui.widgets.links import link_to_network

HEIGHT = 320
X_NAMES = {"parameters": "parameters", "seconds": "training time in seconds"}
TITLES = {"parameters": "accuracy by parameters", "seconds": "accuracy by training time"}
PICKED = "experiment_runs"  # name of the widget that lists the runs


class RunFigures(NamedTuple):
    """A finished run: the place of its value, its accuracies, 0 to 1 or NaN, its size and time."""

    place: int
    run: Run
    validation: float
    test: float
    parameters: int
    seconds: float

    @property
    def texts(self) -> dict[str, str]:
        """Its size and time as texts, by what they are plotted by."""
        seconds = f"{self.seconds:.1f} s" if self.seconds < 10 else duration_text(self.seconds)
        return {"parameters": f"{self.parameters:,} parameters", "seconds": seconds}


def run_figures(results: Sequence[Outcome]) -> list[RunFigures]:
    """Return the figures of all finished runs whose training time is known."""
    return [
        RunFigures(place, run, float(accuracy), float(test), run.config.parameters, float(seconds))
        for place, each in enumerate(results)
        for run, accuracy, test, seconds in zip(
            each.finished, each.accuracies, each.test_accuracies, each.seconds, strict=True
        )
        if np.isfinite(seconds)
    ]


def show_points(experiment: Experiment, results: Sequence[Outcome]) -> None:
    """Show the charts, and the runs that are selected in them."""
    st.header("Accuracy, size and time", anchor="size-and-time")
    measure = st.segmented_control(
        "Accuracy",
        ("test", "validation"),
        default="test",
        required=True,
        format_func=str.capitalize,
        key="experiment_accuracy",
        persist_state="session",
    )
    known = [each for each in run_figures(results) if np.isfinite(getattr(each, measure))]
    titles = distinct_titles([run for each in results for run in each.runs])
    selected = [each.run.id for each in known if each.run.id in selected_ids()]
    labels = [value_label(experiment.setting, each.value) for each in results]
    for column, by in zip(st.columns(len(X_NAMES)), X_NAMES, strict=True):
        with column:
            st.markdown(f"**{measure.capitalize()} {TITLES[by]}**")
            _show_chart(experiment, labels, known, titles, selected, by, measure)
    data = next(run.data for each in results for run in each.runs)
    setting = setting_label(experiment.setting, data).lower()
    finished = sum(len(each.finished) for each in results)
    text = f"Each mark is a finished run; colour and shape: {setting}."
    if known:
        text += " Click marks, or choose runs below, to select them."
    if missing := finished - len(known):
        text += f" Not drawn, as a figure is unknown: {missing} of {finished}."
    st.caption(text)
    if known:
        _show_selected(known, titles, selected)


def _show_chart(
    experiment: Experiment,
    labels: list[str],
    known: list[RunFigures],
    titles: dict[str, str],
    selected: list[str],
    by: str,
    measure: str,
) -> None:
    points = [
        TradeoffPoint(
            each.place,
            getattr(each, by),
            getattr(each, measure),
            titles[each.run.id],
            each.texts[by],
            each.run.id in selected,
        )
        for each in known
    ]
    ids = [[each.run.id for each in known if each.place == i] for i in range(len(labels))]
    # A chart for each set of points, as a click has their numbers. Its key does not change with the
    # selection: a chart that was replaced at each click lost the next one.
    key = f"experiment_{experiment.id}_{by}_{measure}_{len(known)}"
    clicked = CLICKED_MARKS.of(key)
    value = show_chart(
        tradeoff_chart(labels, points, X_NAMES[by], f"{measure} accuracy"),
        height=HEIGHT,
        key=key,
        renderer="svg",
        on_select=partial(_click, key, clicked, ids),
        alt=f"{measure.capitalize()} {TITLES[by]}; the runs are also listed below",
    )
    clicked.set(_clicked_ids(value, ids))


def _clicked_ids(value: Any, ids: list[list[str]]) -> frozenset[str]:
    """Return the runs of the marks that were clicked an odd number of times; ids: by series."""
    return frozenset(
        ids[series][index]
        for series, index in selected_marks(value)
        if series < len(ids) and index < len(ids[series])
    )


def _click(key: str, clicked: Key[frozenset[str]], ids: list[list[str]]) -> None:
    """Select the runs of the marks that were just clicked in the chart `key`, or deselect them.

    What the browser sends are its own marks, which do not know of a run selected elsewhere: those
    that differ from `clicked`, what it sent before, were clicked. A double click clears its marks.
    """
    sent = _clicked_ids(widget_value(key), ids)
    toggled = sent ^ clicked.get()
    clicked.set(sent)  # here too: the next click can interrupt the page before it shows the chart
    if not toggled:  # the same click, sent once more
        return
    before = selected_ids()
    cleared = not sent and len(toggled) > 1
    added = [] if cleared else [each for each in toggled if each not in before]
    select_runs([*(each for each in before if each not in toggled), *added])
    JUST_SELECTED.set(True)


def _show_selected(known: list[RunFigures], titles: dict[str, str], selected: list[str]) -> None:
    """Show the list of the runs, which selects as well, and what is done with those selected."""
    key = widget_key(PICKED)
    ids = [each.run.id for each in known]
    st.multiselect(
        "Selected runs",
        ids,
        default=selected,
        format_func=titles.get,
        key=key,
        on_change=_pick,
        args=(key, ids),
        placeholder="Click marks or choose runs",
        select_all=False,
    )
    figures = [each for each in known if each.run.id in selected]
    if len(figures) == 1:
        st.markdown(f"{as_text(titles[selected[0]])}: {_figures_text(figures[0])}")
    with st.container(horizontal=True, vertical_alignment="center", key="experiment_runs"):
        if selected and st.button("Show learning curves", icon=":material/ssid_chart:"):
            select_runs(selected)
            choose(COMPARE_VIEW, "runs")
            st.rerun()  # the whole page, not only this part
        if len(figures) == 1 and figures[0].run.saved_epochs():
            link_to_network(figures[0].run, "Open in Explore")


def _figures_text(figures: RunFigures) -> str:
    accuracies = {"test": figures.test, "validation": figures.validation}
    known = [
        f"{name} accuracy {percent(share, 2)}"
        for name, share in accuracies.items()
        if np.isfinite(share)
    ]
    return ", ".join([*known, *figures.texts.values()])


def _pick(key: str, ids: list[str]) -> None:
    """Select the runs that the list `key` of the runs `ids` has, and no others of these."""
    picked = picked_value(PICKED, key)
    if picked is not None:
        kept = [each for each in selected_ids() if each in picked or each not in ids]
        select_runs([*kept, *(each for each in picked if each not in kept)], by_table=True)
        JUST_SELECTED.set(True)
