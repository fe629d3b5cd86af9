"""Actions for the selected runs: rename, delete, restore, open."""

from collections.abc import Sequence

import streamlit as st

from cnn.jobs.trash import KEPT_DAYS, delete, deleted_id, restore_deleted
from cnn.runs.catalog import RunSummary, rename
from cnn.runs.run import Run
from ui.compare.run_notes import show_notes, show_undo_of_notes
from ui.compare.runs_table import select_runs, selected_ids
from ui.state.permission import check_may_change, may_change
from ui.state.selection import choose, renew_widgets
from ui.state.session import DELETED_RUNS, NAME_OF, RUN, Key
from ui.widgets.links import link_to_network
from ui.widgets.undo import problems_kept, show_undo

OTHERS_RUNS = "Runs of other visitors: only they, or the teacher, can rename or delete them."


def show_actions(selected: Sequence[RunSummary], known_tags: Sequence[str]) -> None:
    """Show buttons for the `selected` runs, and one that restores the runs just deleted.

    `known_tags`: those of all runs, which are offered for the note and tags of a run.
    """
    with st.container(key="run_actions"):
        titles = [title for title, _ in DELETED_RUNS.get()]
        text = f"“{titles[0]}”" if len(titles) == 1 else f"{len(titles)} runs"
        show_undo_of_notes()
        show_undo(text if titles else "", _restore_deleted)
        if not selected:
            st.caption("Select runs in the table to compare, rename or delete them.")
            return
        own = [each.run for each in selected if not each.run.shipped]
        editable = [run for run in own if may_change(run.path)]
        count = "1 run" if len(editable) == 1 else f"{len(editable)} runs"
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if len(selected) == 1 and editable:
                _show_rename(selected[0])
            if editable:
                st.button(
                    "Delete" if len(selected) == 1 else f"Delete {count}",
                    key="delete_runs",
                    on_click=_delete,
                    args=(editable,),
                    icon=":material/delete:",
                    help=f"Deleted runs can be restored for {KEPT_DAYS} days.",
                )
            if len(selected) == 1 and selected[0].run.saved_epochs():
                link_to_network(selected[0].run, "Open in Explore")
        if len(selected) == 1 and editable:
            show_notes(selected[0], known_tags)
        if len(editable) < len(own):
            st.caption(OTHERS_RUNS)
        elif not own:
            st.caption("Networks that ship with this app can be neither renamed nor deleted.")


def _show_rename(summary: RunSummary) -> None:
    name = NAME_OF.of(summary.run.id)
    name.start(summary.title)
    with (
        st.form(key=f"rename_{summary.run.id}", border=False, width=350),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("Name", key=name.name, width=240)
        st.form_submit_button("Rename", on_click=_rename, args=(summary.run, name))


def _rename(run: Run, name: Key[str]) -> None:
    with problems_kept():
        check_may_change(run.path)
        name.set(rename(run, name.get()))
        renew_widgets()  # those that list networks show the old name


def _delete(runs: list[Run]) -> None:
    titles = {run.id: run.title for run in runs}
    with problems_kept():
        check_may_change(*(run.path for run in runs))
        deleted = [(titles[deleted_id(path)], path) for path in delete(runs)]
        DELETED_RUNS.set([*DELETED_RUNS.get(), *deleted])
        select_runs([each for each in selected_ids() if each not in titles])
        if RUN.get() in titles:
            choose(RUN, None)


def _restore_deleted() -> None:
    deleted = DELETED_RUNS.get()
    with problems_kept():
        restored = restore_deleted([path for _, path in deleted])
        select_runs([*selected_ids(), *restored])
    DELETED_RUNS.set([each for each in deleted if each[1].is_dir()])
