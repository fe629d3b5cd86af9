"""The table of all runs: filter, order and selection.

The selection is kept as ids of runs: the table itself has only row numbers, which change whenever
a run is added, deleted or filtered out.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import streamlit as st

from cnn.config import POOLINGS, PRESETS
from cnn.runs.catalog import ORDERS, RunSummary, list_summaries, matches, sort_summaries
from cnn.runs.differences import distinct_titles
from cnn.runs.state import STATES
from ui.loading.errors import as_text, show_error
from ui.state.messages import selected_rows
from ui.state.selection import choice_widget, choose, widget_key
from ui.state.session import (
    COMPARED,
    JUST_SELECTED,
    LISTED_RUNS,
    RUNS_ORDER,
    RUNS_OWNER,
    RUNS_POOLING,
    RUNS_PRESET,
    RUNS_STATUS,
    RUNS_TEXT,
    widget_value,
)
from ui.state.visitor import owner as visitor_owner
from ui.widgets.live import LIST_S, live_fragment

# Widths in pixels, so that no header and no usual value is cut. In a window 1280 wide, those up to
# the day, or the tags if there are some, are seen without scrolling.
COLUMNS = {
    "Name": st.column_config.TextColumn(pinned=True, width=164),
    "Test accuracy": st.column_config.NumberColumn(
        format="%.2f %%",
        help="On the test set of the run's data; – if it was not measured: runs that hold out a "
        "part of the training set for validation use the test set only after the last epoch",
        width=98,
    ),
    "Status": st.column_config.TextColumn(width=84),
    "Validation accuracy": st.column_config.LineChartColumn(
        help="In %, after each epoch, each run on its own scale; settings are chosen by it",
        width=130,
    ),
    "Pooling": st.column_config.TextColumn(width=62),
    "Preset": st.column_config.TextColumn(width=68),
    "Epochs": st.column_config.NumberColumn(help="Trained so far", format="%d", width=54),
    "Time": st.column_config.NumberColumn(
        format="%,d s", help="From the first step to the end of the last epoch", width=58
    ),
    "Tags": st.column_config.ListColumn(width=68),
    "Created": st.column_config.DatetimeColumn(format="D MMM", width=68),
    "Changed settings": st.column_config.TextColumn(
        help="Settings that differ from the preset, besides the pooling", width=300
    ),
    "Note": st.column_config.TextColumn(width=300),
}
FILTERS = (
    ("preset", PRESETS, RUNS_PRESET),
    ("pooling", POOLINGS, RUNS_POOLING),
    ("status", STATES, RUNS_STATUS),
)


def selected_ids() -> list[str]:
    """The ids of the selected runs, in the order of their selection."""
    return [each for each in (COMPARED.get() or "").split(",") if each]


def select_runs(ids: Sequence[str], by_table: bool = False) -> None:
    """Select the runs with `ids` and no others; `by_table` if the table shows it already."""
    choose(COMPARED, ",".join(ids), by_widget=by_table)


def selected_runs(summaries: Sequence[RunSummary]) -> list[RunSummary]:
    """The summaries of the selected runs; shows an error for each that no longer exists."""
    by_id, ids = {each.run.id: each for each in summaries}, selected_ids()
    missing = [each for each in ids if each not in by_id]
    for each in missing[:3]:
        show_error(f"There is no run called {each[:100]!r}; it may have been deleted.")
    if missing:
        select_runs([each for each in ids if each in by_id])
    return [by_id[each] for each in ids if each in by_id]


def show_filter() -> tuple[str, dict[str, str | None]]:
    """Show the filter of the table; returns its order, and what `catalog.matches` takes."""
    with st.container(horizontal=True, key="runs_filter"):
        text = st.text_input(
            "Search",
            RUNS_TEXT.get(),
            placeholder="name, tag, …",
            width=130,
            **choice_widget(RUNS_TEXT),
        )
        criteria = {
            name: st.selectbox(
                name.capitalize(),
                (None, *options),  # not index=None: a choice from the address had no way back
                index=(None, *options).index(choice.get()),
                format_func=lambda option: option or "All",
                width=120 if name == "status" else 112,
                **choice_widget(choice),
            )
            for name, options, choice in FILTERS
        }
        owner = st.selectbox(
            "Started by",
            (None, "mine"),
            index=(None, "mine").index(RUNS_OWNER.get()),
            format_func=lambda option: "You" if option else "All",
            width=100,
            **choice_widget(RUNS_OWNER),
        )
        order = st.selectbox(
            "Sort by",
            list(ORDERS),
            index=list(ORDERS).index(RUNS_ORDER.get()),
            format_func=str.capitalize,
            width=150,
            **choice_widget(RUNS_ORDER),
        )
    return order, {"text": text[:1000], **criteria, "owner": visitor_owner() if owner else None}


def show_table(summaries: Sequence[RunSummary], order: str, criteria: dict) -> None:
    """Show the runs that match the filter, and update them while one of `summaries` is active.

    A selection reruns the page.
    """
    listed = _active_by_id(summaries)
    if any(listed.values()):
        live_fragment(_update_table, LIST_S)(listed, order, criteria)
    else:
        _show_table(summaries, order, criteria)


def show_problems(problems: Sequence[str]) -> None:
    """Show what is damaged in runs that cannot be read, or not completely."""
    if problems:
        runs = "1 run is" if len(problems) == 1 else f"{len(problems)} runs are"
        with st.expander(f"{runs} damaged", icon=":material/warning:"):
            for problem in problems:
                st.markdown(as_text(problem))


def _active_by_id(summaries: Sequence[RunSummary]) -> dict[str, bool]:
    return {each.run.id: each.state.active for each in summaries}


def _update_table(listed: dict[str, bool], order: str, criteria: dict) -> None:
    summaries, _ = list_summaries()
    if JUST_SELECTED.pop() or _active_by_id(summaries) != listed:
        st.rerun()  # the rest of the page depends on these
    _show_table(summaries, order, criteria)


def _show_table(summaries: Sequence[RunSummary], order: str, criteria: dict) -> None:
    titles = distinct_titles([each.run for each in summaries])  # the same for any filter
    summaries = sort_summaries([each for each in summaries if matches(each, **criteria)], order)
    if not summaries:
        st.info("No runs match the filter.")
        return
    ids = tuple(each.run.id for each in summaries)
    key, selected = _table_key(ids), set(selected_ids())
    st.dataframe(
        _columns(summaries, titles),
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


def _columns(summaries: Sequence[RunSummary], titles: dict[str, str]) -> dict[str, list]:
    """The values of each column. Without any tags or notes, there is no column for them."""
    columns = {
        "Name": [titles[each.run.id] for each in summaries],
        "Test accuracy": [each.accuracy for each in summaries],
        "Status": [each.state.status for each in summaries],
        "Validation accuracy": [each.curve for each in summaries],
        "Pooling": [" and ".join(each.run.config.poolings) or None for each in summaries],
        "Preset": [each.run.config.preset for each in summaries],
        "Epochs": [each.epochs for each in summaries],
        "Time": [each.elapsed_s for each in summaries],
        "Tags": [list(each.notes.tags) for each in summaries],
        "Created": [_local_time(each.run.created) for each in summaries],
        "Changed settings": [each.changes or None for each in summaries],
        "Note": [each.notes.note or None for each in summaries],
    }
    empty = [name for name in ("Tags", "Note") if not any(columns[name])]
    return {name: values for name, values in columns.items() if name not in empty}


def _table_key(ids: tuple[str, ...]) -> str:
    """A new key whenever the rows are other runs: see `ui.state.selection.widget_key`."""
    listed, version = LISTED_RUNS.get()
    if listed != ids:
        version += 1
        LISTED_RUNS.set((ids, version))
    return widget_key(f"runs_{version}")


def _select(key: str, ids: tuple[str, ...]) -> None:
    """Select the runs whose rows are selected in the table `key`, whose rows are the runs `ids`."""
    ticked = [ids[row] for row in selected_rows(widget_value(key), len(ids))]
    before = selected_ids()
    kept = [each for each in before if each in ticked or each not in ids]
    select_runs([*kept, *(each for each in ticked if each not in before)], by_table=True)
    JUST_SELECTED.set(True)


def _local_time(moment: datetime) -> datetime | None:
    try:
        return moment.astimezone().replace(tzinfo=None, microsecond=0)
    except (OverflowError, ValueError):  # a date at the end of time, written by hand
        return None
