"""The table of all runs: finding, sorting and selecting them.

What is selected is kept by the runs' ids, for the table itself knows only the numbers of its rows:
these change whenever a run comes, goes, or is filtered out.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import streamlit as st

from cnn.config import POOLINGS, PRESETS
from cnn.runs.catalog import ORDERS, RunSummary, list_summaries, matches, sort_summaries
from cnn.runs.run import STATES, RunError
from ui.loading.errors import as_text, show_error
from ui.state.selection import choose, widget_key
from ui.state.session import COMPARED, JUST_SELECTED, LISTED_RUNS, widget_value
from ui.widgets.live import LIST_S, live_fragment

NO_SUCH_RUN = "There is no run called {!r}; it may have been deleted."
# Widths in pixels: together with the boxes they fill the page of a window 1280 wide.
COLUMNS = {
    "Name": st.column_config.TextColumn(pinned=True, width=140),
    "Test": st.column_config.NumberColumn(
        format="%.2f %%",
        help="Test accuracy: of the 10,000 test digits, those that are read right",
        width=66,
    ),
    "Validation": st.column_config.LineChartColumn(
        help="Accuracy on the validation digits after each epoch, in %, each run on its own scale",
        width=68,
    ),
    "Preset": st.column_config.TextColumn(width=70),
    "Differs": st.column_config.TextColumn(
        help="What else was set otherwise than the preset has it", width=100
    ),
    "Pooling": st.column_config.TextColumn(width=60),
    "Epochs": st.column_config.NumberColumn(
        help="That it was trained so far", format="%d", width=54
    ),
    "Time": st.column_config.NumberColumn(
        format="%,d s",
        help="From the first step to the end of the last epoch, in seconds",
        width=58,
    ),
    "State": st.column_config.TextColumn(width=76),
    "Made": st.column_config.DatetimeColumn(format="D MMM, HH:mm", width=94),
}


def selected_ids() -> list[str]:
    """The ids of the runs that are selected, in the order in which they were."""
    return [each for each in (COMPARED.get() or "").split(",") if each]


def select_runs(ids: Sequence[str], by_table: bool = False) -> None:
    """Select the runs with `ids` and no others; `by_table` says that the table shows it already."""
    choose(COMPARED, ",".join(ids), by_widget=by_table)


def selected_lines(lines: Sequence[RunSummary]) -> list[RunSummary]:
    """The lines of the selected runs; says so where one is selected that is not there any more."""
    by_id, ids = {line.run.id: line for line in lines}, selected_ids()
    for missing in [each for each in ids if each not in by_id][:3]:
        show_error(str(RunError(NO_SUCH_RUN.format(missing[:100]))))
    if not all(each in by_id for each in ids):
        ids = [each for each in ids if each in by_id]
        select_runs(ids)
    return [by_id[each] for each in ids]


def ask_filter() -> dict[str, Any]:
    """Which runs are to be shown and in which order: the arguments of `wanted_lines`."""
    with st.container(horizontal=True, key="runs_filter"):
        text = st.text_input(
            "Find",
            placeholder="a name or a setting",
            key="runs_text",
            persist_state="session",
            width=180,
        )
        choices = {
            name: st.selectbox(
                name.capitalize(),
                options,
                index=None,
                placeholder="All",
                key=f"runs_{name}",
                persist_state="session",
                width=120,
            )
            for name, options in (("preset", PRESETS), ("pooling", POOLINGS), ("state", STATES))
        }
        order = st.selectbox(
            "Sort by",
            ORDERS,
            format_func=str.capitalize,
            key="runs_order",
            persist_state="session",
            width=150,
        )
    return {"text": text, "order": order, **choices}


def wanted_lines(
    lines: Sequence[RunSummary],
    text: str,
    order: str,
    preset: str | None,
    pooling: str | None,
    state: str | None,
) -> list[RunSummary]:
    """Those of `lines` that the filter lets through, in the order that was asked for."""
    kept = [line for line in lines if matches(line, text[:1000], preset, pooling, state)]
    return sort_summaries(kept, order)


def show_table(lines: Sequence[RunSummary], wanted: dict[str, Any]) -> None:
    """The runs that are `wanted`; while one of `lines` is trained, its figures are kept fresh.

    A selection runs the whole page again.
    """
    live = any(line.state.active for line in lines)
    if live:
        listed = [(line.run.id, line.state.active) for line in lines]
        live_fragment(_show_fresh_table, LIST_S)(listed, wanted)
    else:
        _show_table(wanted_lines(lines, **wanted))


def show_problems(problems: Sequence[str]) -> None:
    """What is wrong with runs that cannot be read, or not in whole."""
    if problems:
        runs = "1 run is" if len(problems) == 1 else f"{len(problems)} runs are"
        with st.expander(f"{runs} damaged", icon=":material/warning:"):
            for problem in problems:
                st.markdown(as_text(problem))


def _show_fresh_table(listed: list[tuple[str, bool]], wanted: dict[str, Any]) -> None:
    lines, _ = list_summaries()
    selected = JUST_SELECTED.pop()
    if selected or [(line.run.id, line.state.active) for line in lines] != listed:
        st.rerun()  # the rest of the page goes by these
    _show_table(wanted_lines(lines, **wanted))


def _show_table(lines: Sequence[RunSummary]) -> None:
    if not lines:
        st.info("No run is like that. Take something out of the filter to see more.")
        return
    ids = tuple(line.run.id for line in lines)
    key, selected = _table_key(ids), set(selected_ids())
    st.dataframe(
        _columns(lines),
        column_config=COLUMNS,
        hide_index=True,
        key=key,
        on_select=partial(_select, key, ids),
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [row for row, each in enumerate(ids) if each in selected]}
        },
        placeholder="–",
        alt="All runs, with their settings and results",
    )
    JUST_SELECTED.pop()


def _table_key(ids: tuple[str, ...]) -> str:
    """Another key whenever the rows are other runs: see `ui.state.selection.widget_key`."""
    listed, version = LISTED_RUNS.get()
    if listed != ids:
        version += 1
        LISTED_RUNS.set((ids, version))
    return widget_key(f"runs_{version}")


def _select(key: str, ids: tuple[str, ...]) -> None:
    """Take over which rows of the table `key`, whose rows are the runs `ids`, are selected."""
    rows = (widget_value(key) or {}).get("selection", {}).get("rows", [])
    ticked = [ids[row] for row in rows if row < len(ids)]
    before = selected_ids()
    kept = [each for each in before if each in ticked or each not in ids]
    select_runs([*kept, *(each for each in ticked if each not in before)], by_table=True)
    JUST_SELECTED.set(True)


def _columns(lines: Sequence[RunSummary]) -> dict[str, list]:
    return {
        "Name": [line.title for line in lines],
        "Test": [line.accuracy for line in lines],
        "Validation": [line.curve for line in lines],
        "Preset": [line.run.config.preset for line in lines],
        "Differs": [line.changes or None for line in lines],
        "Pooling": [line.run.config.pooling for line in lines],
        "Epochs": [line.epochs for line in lines],
        "Time": [line.elapsed_s for line in lines],
        "State": [line.state.status for line in lines],
        "Made": [_local_time(line.run.created) for line in lines],
    }


def _local_time(moment: datetime) -> datetime | None:
    try:
        return moment.astimezone().replace(tzinfo=None, microsecond=0)
    except (OverflowError, ValueError):  # a date at the end of time, written by hand
        return None
