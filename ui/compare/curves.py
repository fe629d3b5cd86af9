"""The learning curves of the selected runs, in the same charts."""

from collections.abc import Sequence

import streamlit as st

from cnn.rendering.comparison_charts import LEGEND_LINE, RUN_STYLES, Curve, compare_chart
from cnn.runs.catalog import RunSummary
from cnn.runs.differences import distinct_titles, legend_labels
from cnn.runs.run import Run, RunError
from ui.loading.errors import as_text, show_error, show_errors_inline
from ui.state.selection import choice_widget
from ui.state.session import CURVES_BY, CURVES_SCALE
from ui.widgets.display import show_chart
from ui.widgets.live import LIST_S, live_fragment

HEIGHT = 320


def show_curves(selected: Sequence[RunSummary]) -> None:
    """Show the curves of the `selected` runs, and update them while one of them is active."""
    by, log = _show_axis_options()
    shown = selected[: len(RUN_STYLES)]
    runs = [each.run for each in shown]
    if len(selected) > len(shown):
        st.caption(f"The first {len(shown)} of the {len(selected)} selected runs are drawn.")
    live = any(each.state.active for each in shown)
    with st.container(key="compared_charts"):
        live_fragment(_draw_charts, LIST_S, live)(runs, by, log)
    titles = distinct_titles(runs)
    on_test = [titles[run.id] for run in runs if run.config.validation == "test"]
    nouns = "digits" if all(run.data.is_mnist for run in runs) else "pictures"
    if len({(run.data.id, run.data.checksum) for run in runs}) > 1:
        st.caption(
            "These runs are trained and validated on different data sets, so their curves cannot "
            "be compared."
        )
    if on_test and len(on_test) < len(shown):
        st.caption(
            f"Validated on the test {nouns}: {', '.join(map(as_text, on_test))}. The other runs "
            f"are validated on held-out training {nouns}, so their curves are not quite comparable."
        )
    if any(run.config.has_non_digits for run in runs):
        st.caption(
            "The preset drawing has a training set with augmented digits and images that are not "
            "digits: its training curves cannot be compared with those of other presets."
        )
    if log:
        st.caption("Error: 100 % minus the accuracy.")
    st.caption(
        "Solid: validation, after the epoch. Dashed: training, the mean over the epoch. Point at "
        "a mark to see its value; click a name in the legend to hide its curves."
    )


def _show_axis_options() -> tuple[str, bool]:
    """Show the options; returns what the x axis shows, and whether the y axis is logarithmic."""
    with st.container(horizontal=True):
        by = st.segmented_control(
            "Horizontal axis",
            ("epoch", "seconds"),
            default=CURVES_BY.get(),
            required=True,
            format_func={"epoch": "Epochs", "seconds": "Seconds"}.get,
            **choice_widget(CURVES_BY),
        )
        scale = st.segmented_control(
            "Scale",
            ("linear", "logarithmic"),
            default=CURVES_SCALE.get(),
            required=True,
            format_func=str.capitalize,
            **choice_widget(CURVES_SCALE),
        )
    return by, scale == "logarithmic"


def _draw_charts(runs: list[Run], by: str, log: bool) -> None:
    with show_errors_inline():
        curves = _curves(runs)
        for column, figure in zip(st.columns(2), ("accuracy", "loss"), strict=True):
            with column:
                name = "error" if log and figure == "accuracy" else figure
                title = f"{name.capitalize()} after each epoch"
                st.markdown(f"**{title}**")
                show_chart(
                    compare_chart(curves, figure, by, log),
                    height=HEIGHT + LEGEND_LINE * len(curves),
                    # ECharts keeps parts of an axis of another kind, and deleted lines.
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
