"""The note and the tags of a run: a form, and a button that undoes what it has overwritten."""

from collections.abc import Sequence

import streamlit as st

from cnn.runs.catalog import RunSummary
from cnn.runs.notes import MAX_NOTE_LENGTH, MAX_TAGS, Notes, write_notes
from cnn.runs.run import Run
from ui.state.permission import check_may_change
from ui.state.session import NOTE_OF, OVERWRITTEN_NOTES, TAGS_OF
from ui.widgets.undo import problems_kept


def show_notes(summary: RunSummary, known_tags: Sequence[str]) -> None:
    """Show the note and the tags of a run, which can be edited; `known_tags` are offered."""
    run, notes = summary.run, summary.notes
    note, tags = NOTE_OF.of(run.id), TAGS_OF.of(run.id)
    note.start(notes.note)
    tags.start(list(notes.tags))
    with (
        st.expander("Note and tags", icon=":material/edit_note:", key=f"notes_{run.id}"),
        st.form(key=f"notes_form_{run.id}", border=False),
    ):
        st.text_area("Note", max_chars=MAX_NOTE_LENGTH, key=note.name, height=100)
        st.multiselect(
            "Tags",
            sorted({*known_tags, *notes.tags}, key=str.casefold),
            accept_new_options=True,
            max_selections=MAX_TAGS,
            placeholder="Choose or add tags",
            key=tags.name,
        )
        st.form_submit_button("Save", on_click=_save, args=(run, notes))


def show_undo_of_notes() -> None:
    """Show a button that restores the notes that the last *Save* has overwritten, if any."""
    if overwritten := OVERWRITTEN_NOTES.get():
        run, notes = overwritten
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Changed: note and tags of “{run.title}”.", width="content")
            st.button("Undo", on_click=_undo, args=(run, notes), icon=":material/undo:")


def _save(run: Run, before: Notes) -> None:
    note, tags = NOTE_OF.of(run.id), TAGS_OF.of(run.id)
    with problems_kept():
        check_may_change(run.path)
        stored = write_notes(run, note.get(), tags.get())
        note.set(stored.note)
        tags.set(list(stored.tags))
        lost = (before.note and before.note != stored.note) or set(before.tags) - set(stored.tags)
        OVERWRITTEN_NOTES.set((run, before) if lost else None)


def _undo(run: Run, notes: Notes) -> None:
    with problems_kept():
        OVERWRITTEN_NOTES.pop()  # first: it could not be dismissed if the run is gone
        write_notes(run, notes.note, notes.tags)
        if NOTE_OF.of(run.id).is_set():  # else the run is not selected any more
            NOTE_OF.of(run.id).set(notes.note)
            TAGS_OF.of(run.id).set(list(notes.tags))
