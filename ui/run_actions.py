"""What can be done with the selected runs: rename, delete and bring back, look inside."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from cnn.jobs import JobError
from cnn.run_list import Line, rename
from cnn.runs import Run, RunError
from cnn.trash import KEPT_DAYS, bring_back, delete, deleted_id
from ui.runs_table import select_runs, selected_ids
from ui.selection import choose, renew_widgets
from ui.sentences import show_error
from ui.session import DELETED_RUNS, NAME_OF, RUN, RUN_PROBLEM, Key


def show_actions(lines: Sequence[Line]) -> None:
    """Buttons for the selected runs' `lines`; and for those that were deleted just now."""
    with st.container(key="run_actions"):
        _show_undo()
        with st.container():  # always there, so that what follows keeps its place
            if problem := RUN_PROBLEM.pop():
                show_error(problem)
        if not lines:
            st.caption("Tick runs at the left of the table: to compare, rename or delete them.")
            return
        own = [line for line in lines if not line.run.shipped]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if len(lines) == 1 and own:
                _ask_name(lines[0])
            if own:
                _show_delete([line.run for line in lines])
            if len(lines) == 1:
                _show_links(lines[0].run)
        if not own:
            st.caption("What ships with this app can be neither renamed nor deleted.")


def _ask_name(line: Line) -> None:
    name = NAME_OF.of(line.run.id)
    with (
        st.form(key=f"rename_{line.run.id}", border=False, width=350),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("Name", value=line.title, key=name.name, width=240)
        st.form_submit_button("Rename", on_click=_rename, args=(line.run, name))


def _show_delete(runs: list[Run]) -> None:
    st.button(
        "Delete" if len(runs) == 1 else f"Delete {len(runs)} runs",
        key="delete_runs",
        on_click=_delete,
        args=(runs,),
        icon=":material/delete:",
        help=f"They can be brought back for {KEPT_DAYS} days.",
    )


def _show_links(run: Run) -> None:
    if not run.saved_epochs():
        return
    for page, label, icon in (
        ("explore", "Look inside", ":material/layers:"),
        ("draw", "Draw a digit for it", ":material/draw:"),
    ):
        st.page_link(f"pages/{page}.py", label=label, icon=icon, query_params={"run": run.id})


def _show_undo() -> None:
    if deleted := DELETED_RUNS.get():
        titles = [title for title, _ in deleted]
        words = f"“{titles[0]}”" if len(titles) == 1 else f"{len(titles)} runs"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Deleted: {words}.", width="content")
            st.button("Bring back", on_click=_bring_back, icon=":material/undo:")


@contextmanager
def _problems_kept() -> Iterator[None]:
    """A callback runs before the page: what goes wrong in it is kept to be shown there."""
    try:
        yield
    except (JobError, RunError) as error:
        RUN_PROBLEM.set(str(error))


def _rename(run: Run, name: Key[str]) -> None:
    with _problems_kept():
        name.set(rename(run, name.get()))
        renew_widgets()  # those that list networks show the old name


def _delete(runs: list[Run]) -> None:
    titles = {run.id: run.title for run in runs}
    with _problems_kept():
        deleted = [(titles[deleted_id(path)], path) for path in delete(runs)]
        DELETED_RUNS.set([*DELETED_RUNS.get(), *deleted])
        gone = set(titles)
        select_runs([each for each in selected_ids() if each not in gone])
        if RUN.get() in gone:
            choose(RUN, None)


def _bring_back() -> None:
    deleted = DELETED_RUNS.get()
    with _problems_kept():
        back = bring_back([path for _, path in deleted])
        select_runs([*selected_ids(), *back])
    DELETED_RUNS.set([each for each in deleted if each[1].is_dir()])
