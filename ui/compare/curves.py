"""The selected runs' curves over each other."""

from collections.abc import Sequence

import streamlit as st

from cnn.rendering.comparison_charts import LEGEND_LINE, RUN_STYLES, Curve, compare_chart
from cnn.runs.catalog import RunSummary
from cnn.runs.differences import legend_labels
from cnn.runs.run import Run, RunError
from ui.loading.errors import show_error, show_errors_inline
from ui.widgets.live import LIST_S, live_fragment

HEIGHT = 320
TITLES = {
    ("accuracy", False): "Accuracy after each epoch",
    ("accuracy", True): "Error after each epoch",
    ("loss", False): "Loss after each epoch",
    ("loss", True): "Loss after each epoch",
}


def show_comparison(lines: Sequence[RunSummary]) -> None:
    """The curves of the runs in `lines`, kept up to date while one of them is trained."""
    by, log = _ask_axes()
    shown = lines[: len(RUN_STYLES)]
    if len(lines) > len(shown):
        st.caption(f"The first {len(shown)} of the {len(lines)} selected runs are drawn.")
    live = any(line.state.active for line in shown)
    with st.container(key="compared_charts"):
        draw = live_fragment(_draw_charts, LIST_S, live)
        draw([line.run for line in shown], by, log)
    if any(line.run.config.recipe.augment for line in shown):
        st.caption(
            "The drawing preset learns from distorted digits and from pictures that are no digit: "
            "its dashed lines cannot be compared with those of the notebook preset."
        )
    if log:
        st.caption("The error is 100 % less the accuracy: the share of the digits read wrong.")
    st.caption(
        "Full lines: validation digits, from which no network learned. Dashed: training digits, "
        "measured while it learned from them. Point at a mark to read its value; click a line's "
        "name to hide it."
    )


def _ask_axes() -> tuple[str, bool]:
    with st.container(horizontal=True):
        by = st.segmented_control(
            "Over",
            ("epoch", "seconds"),
            default="epoch",
            required=True,
            format_func={"epoch": "Epochs", "seconds": "Seconds"}.get,
            key="compare_by",
            persist_state="session",
        )
        scale = st.segmented_control(
            "Scale",
            ("Linear", "Logarithmic"),
            default="Linear",
            required=True,
            key="compare_scale",
            persist_state="session",
        )
    return by, scale == "Logarithmic"


def _draw_charts(runs: list[Run], by: str, log: bool) -> None:
    with show_errors_inline():
        curves = _curves(runs)
        for column, figure in zip(st.columns(2), ("accuracy", "loss"), strict=True):
            with column:
                title = TITLES[figure, log]
                st.markdown(f"##### {title}")
                st.echarts_chart(
                    compare_chart(curves, figure, by, log),
                    height=HEIGHT + LEGEND_LINE * len(curves),
                    # ECharts keeps parts of an axis of another kind, and lines that are gone.
                    key=f"compared_{figure}_{by}_{log}_{len(curves)}",
                    alt=f"{title}, of {', '.join(curve.label for curve in curves) or 'no run'}",
                )


def _curves(runs: list[Run]) -> list[Curve]:
    curves = []
    for run, label in zip(runs, legend_labels(runs), strict=True):
        try:
            epochs, active = run.epochs(), run.state().active
        except RunError as error:
            show_error(str(error))
        else:
            trained = max(1, len(epochs["epoch"]))
            curves.append(Curve(label, epochs, run.config.epochs if active else trained))
    return curves
