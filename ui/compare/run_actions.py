"""What can be done with the selected runs: rename, delete and bring back, look inside."""

from collections.abc import Sequence

import streamlit as st

from cnn.jobs.trash import KEPT_DAYS, delete, deleted_id, restore_deleted
from cnn.runs.catalog import RunSummary, rename
from cnn.runs.run import Run
from ui.compare.runs_table import select_runs, selected_ids
from ui.state.selection import choose, renew_widgets
from ui.state.session import DELETED_RUNS, NAME_OF, RUN, Key
from ui.widgets.links import link_to_network
from ui.widgets.undo import problems_kept, show_undo


def show_actions(lines: Sequence[RunSummary]) -> None:
    """Buttons for the selected runs' `lines`; and for those that were deleted just now."""
    with st.container(key="run_actions"):
        show_undo(_deleted_words(), _restore_deleted)
        if not lines:
            st.caption("Tick runs at the left of the table: to compare, rename or delete them.")
            return
        own = [line for line in lines if not line.run.shipped]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if len(lines) == 1 and own:
                _ask_name(lines[0])
            if own:
                _show_delete([line.run for line in lines])
            if len(lines) == 1 and lines[0].run.saved_epochs():
                link_to_network(lines[0].run, "Look inside")
        if not own:
            st.caption("What ships with this app can be neither renamed nor deleted.")


def _ask_name(line: RunSummary) -> None:
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


def _deleted_words() -> str:
    titles = [title for title, _ in DELETED_RUNS.get()]
    if not titles:
        return ""
    return f"“{titles[0]}”" if len(titles) == 1 else f"{len(titles)} runs"


def _rename(run: Run, name: Key[str]) -> None:
    with problems_kept():
        name.set(rename(run, name.get()))
        renew_widgets()  # those that list networks show the old name


def _delete(runs: list[Run]) -> None:
    titles = {run.id: run.title for run in runs}
    with problems_kept():
        deleted = [(titles[deleted_id(path)], path) for path in delete(runs)]
        DELETED_RUNS.set([*DELETED_RUNS.get(), *deleted])
        gone = set(titles)
        select_runs([each for each in selected_ids() if each not in gone])
        if RUN.get() in gone:
            choose(RUN, None)


def _restore_deleted() -> None:
    deleted = DELETED_RUNS.get()
    with problems_kept():
        back = restore_deleted([path for _, path in deleted])
        select_runs([*selected_ids(), *back])
    DELETED_RUNS.set([each for each in deleted if each[1].is_dir()])
