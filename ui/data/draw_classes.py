"""Draw a data set: a few drawings of each class, saved with augmented copies."""

import html

import numpy as np
import streamlit as st

from cnn.data.mnist import DataError
from cnn.datasets.bounds import MAX_CLASS_NAME_LENGTH, MAX_CLASSES, MIN_CLASSES
from cnn.datasets.dataset import Dataset
from cnn.datasets.drawings import (
    IMAGES_PER_CLASS,
    MAX_DRAWINGS,
    MIN_DRAWINGS,
    Drawings,
    change_drawings,
    save_drawings,
)
from cnn.jobs.visitor_limits import check_disk
from cnn.naming import MAX_NAME_LENGTH
from cnn.preprocessing.strokes import CANVAS_SIDE
from cnn.rendering.images import paint, paint_sheet, pixel_scale
from ui.data.drafts import (
    CANVAS_NAME,
    add_classes,
    add_drawing,
    clear_drawing,
    delete_class,
    delete_drawing,
    drawn_dataset,
    forget_drawings,
    kept_drawings,
    rename_class,
    restore_drawings,
    start_again,
)
from ui.loading.errors import as_text, show_error, show_errors_inline
from ui.state.permission import check_may_change
from ui.state.selection import choose
from ui.state.session import (
    ADDED,
    BRUSH,
    DATA,
    DATA_VIEW,
    DATASET_NAME,
    DELETED_DRAWINGS,
    DRAW_NOTE,
    DRAWN_CLASS,
    NEW_CLASSES,
    RENAMED_CLASS,
    SAVED_DATASET,
)
from ui.state.visitor import owner
from ui.widgets.adding import keep_strokes
from ui.widgets.canvas import show_brush_width, show_canvas, show_undo_and_clear
from ui.widgets.display import data_url, show_empty_picture
from ui.widgets.undo import show_undo

TILE = 56  # pixels: two of a drawing's for each of its own
ROW_TILE = 28


@st.fragment
def show_drawing() -> None:
    """Show the classes, the canvas and the drawings; a stroke reruns only this."""
    with show_errors_inline():
        try:
            drawings = kept_drawings()
        except DataError as error:
            show_error(str(error))
            st.button("Start again", on_click=start_again)
            return
        changed = drawn_dataset()
        if changed is not None:
            st.caption(f"You are changing the drawings of **{as_text(changed.name)}**.")
        _show_new_classes(drawings)
        deleted = DELETED_DRAWINGS.get()
        show_undo(deleted[-1].text if deleted else "", restore_drawings)
        if not drawings.classes:
            st.info(
                "Name the classes first, such as **star, heart**. Then draw each of them "
                f"{MIN_DRAWINGS} to {MAX_DRAWINGS} times: a network trains on the drawings and on "
                "augmented copies of them.",
                icon=":material/draw:",
            )
            return
        name = _pick_class(drawings)
        _show_board(drawings, name)
        _show_all(drawings)
        _show_save(drawings, changed)


def _show_new_classes(drawings: Drawings) -> None:
    left = MAX_CLASSES - len(drawings.classes)
    form = st.form("new_classes_form", border=False)
    with form, st.container(horizontal=True, vertical_alignment="bottom", key="new_classes_row"):
        st.text_input(
            "New classes",
            key=NEW_CLASSES.name,
            placeholder="star, heart",
            help=f"{MIN_CLASSES} to {MAX_CLASSES} classes; names of at most "
            f"{MAX_CLASS_NAME_LENGTH} characters, separated by commas.",
            disabled=not left,
            width=320,
        )
        st.form_submit_button("Add", on_click=add_classes, disabled=not left)


def _pick_class(drawings: Drawings) -> str:
    """Show the classes; returns the one that is drawn."""
    if DRAWN_CLASS.get() not in drawings.classes:
        DRAWN_CLASS.set(drawings.classes[0])
    st.pills(
        "Class to draw",
        drawings.classes,
        required=True,
        format_func=as_text,
        key=DRAWN_CLASS.name,
        persist_state="session",
    )
    return DRAWN_CLASS.get()


def _show_board(drawings: Drawings, name: str) -> None:
    count = drawings.counts[drawings.classes.index(name)]
    row = st.container(horizontal=True, gap="medium", key="symbol_row")
    with row.container(width=CANVAS_SIDE):
        st.caption(f"Draw {as_text(name)}")
        with st.container(key="canvas", gap=None):
            show_canvas(CANVAS_NAME, CANVAS_SIDE, CANVAS_SIDE, BRUSH.get())
        st.button(
            f"Add to {as_text(name)}",
            key="add_drawing",
            on_click=add_drawing,
            args=(name,),
            type="primary",
            icon=":material/add:",
            shortcut="a",
            width="stretch",
            disabled=count >= MAX_DRAWINGS,
        )
        keep_strokes(ADDED.get())
        with st.container(horizontal=True):
            show_undo_and_clear(CANVAS_NAME, clear_drawing)
        show_brush_width()
    with row.container(width="stretch", key="drawn"):
        _show_class(drawings, name)


def _show_class(drawings: Drawings, name: str) -> None:
    label = drawings.classes.index(name)
    images = drawings.images[drawings.labels == label]
    count = len(images)
    note = DRAW_NOTE.get()
    st.html(
        f'<h3 class="drawn_count">{html.escape(name)}</h3><p role="status">'
        f"<b>{count}</b> of {MIN_DRAWINGS} to {MAX_DRAWINGS} drawings"
        f"{'. ' + html.escape(note) if note else ''}</p>"
    )
    with st.container(horizontal=True, gap="small", key="drawn_tiles"):
        if not count:
            text = "Draw on the canvas, then add the drawing (key A)"
            show_empty_picture(280, text, 84)
        for i, image in enumerate(images):
            _show_tile(image, name, i, count)
    with st.container(horizontal=True):
        with st.popover("Rename class", icon=":material/edit:"):
            st.text_input(
                "Name of the class",
                value=name,
                max_chars=MAX_CLASS_NAME_LENGTH,
                key=RENAMED_CLASS.of(name).name,
                on_change=rename_class,
                args=(name,),
            )
            st.caption("Enter or Tab stores it.")
        st.button(
            "Delete class",
            key="delete_class",
            on_click=delete_class,
            args=(name,),
            icon=":material/delete:",
        )


def _show_tile(image: np.ndarray, name: str, number: int, count: int) -> None:
    with st.container(width=TILE + 8, gap=None):
        url = data_url(paint(image, pixel_scale(), TILE))
        text = f"Drawing {number + 1} of {name}"
        st.html(f'<img class="tile" width="{TILE}" alt="{html.escape(text)}" src="{url}">')
        st.button(
            "Delete",
            key=f"delete_drawing_{number}",
            on_click=delete_drawing,
            args=(name, number, count),
            type="tertiary",
            help=f"Delete drawing {number + 1}",
        )


def _show_all(drawings: Drawings) -> None:
    """A table of all classes with their drawings."""
    rows = []
    for label, (name, count) in enumerate(zip(drawings.classes, drawings.counts, strict=True)):
        images, sheet = drawings.images[drawings.labels == label], ""
        if count:
            url = data_url(paint_sheet(images, count))
            sheet = (
                f'<img alt="{count} drawings of {html.escape(name)}" src="{url}" '
                f'width="{ROW_TILE * count}">'
            )
        missing = f" ({MIN_DRAWINGS - count} missing)" if count < MIN_DRAWINGS else ""
        rows.append(
            f'<tr><th scope="row">{html.escape(name)}</th><td>{count}{missing}</td>'
            f"<td>{sheet}</td></tr>"
        )
    st.header("All classes", anchor="classes")
    head = "".join(f'<th scope="col">{each}</th>' for each in ("Class", "Count", "Drawings"))
    st.html(
        f'<div class="drawn_classes" tabindex="0" role="region" aria-label="All classes">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _show_save(drawings: Drawings, changed: Dataset | None) -> None:
    missing = drawings.missing()
    with st.container():  # always there, so that what follows keeps its place
        if missing:
            st.info(as_text(missing), icon=":material/info:")
        else:
            st.caption(
                f"Saved are {IMAGES_PER_CLASS['training']} pictures of each class for training, "
                f"{IMAGES_PER_CLASS['held_out']} for validation and {IMAGES_PER_CLASS['test']} for "
                "test: your drawings, and copies that are randomly shifted, rotated and scaled. No "
                "drawing has copies in two of these parts."
            )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name of the data set",
            value=changed.name if changed else _default_name(drawings),
            max_chars=MAX_NAME_LENGTH,
            key=DATASET_NAME.of(f"drawn_{_default_name(drawings)}").name,
            disabled=changed is not None,
            width=320,
        )
        label = "Save changes" if changed else "Save as data set"
        clicked = st.button(label, key="save_drawings", type="primary", disabled=bool(missing))
    place = st.container()
    if clicked:
        with place, show_errors_inline(), st.spinner("Making augmented copies", show_time=True):
            check_disk(owner())
            if changed:
                check_may_change(changed.path)
                saved = change_drawings(changed, drawings)
            else:
                saved = save_drawings(name, drawings, owner=owner())
            forget_drawings()
            SAVED_DATASET.set(saved.id)
            choose(DATA, saved.id)
            choose(DATA_VIEW, "look")
            st.rerun()


def _default_name(drawings: Drawings) -> str:
    """The names of up to three classes."""
    names = ", ".join(drawings.classes[:3]) + (", …" if len(drawings.classes) > 3 else "")
    return names[:MAX_NAME_LENGTH]
