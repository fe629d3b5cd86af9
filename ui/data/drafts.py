"""The visitor's drawings, kept on disk until they are saved as a data set, and changes of them."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnn.data.mnist import DataError
from cnn.datasets.bounds import MAX_CLASS_NAME_LENGTH, MAX_CLASSES
from cnn.datasets.catalog import open_dataset
from cnn.datasets.dataset import Dataset
from cnn.datasets.drafts import delete_draft, read_draft, write_draft
from cnn.datasets.drawings import MAX_DRAWINGS, Drawings, is_drawn, read_drawings
from cnn.naming import clean_name
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.strokes import read_strokes
from ui.state.selection import choose
from ui.state.session import (
    ADDED,
    DATA_VIEW,
    DELETED_DRAWINGS,
    DRAW_NOTE,
    DRAWN_CLASS,
    DRAWN_DATASET,
    NEW_CLASSES,
    RENAMED_CLASS,
)
from ui.state.visitor import visitor_id
from ui.widgets.canvas import clear_canvas, latest_drawing, put_drawing
from ui.widgets.undo import problems_kept

CANVAS_NAME = "symbol"


class Deleted(NamedTuple):
    """What was deleted: drawings (n, 28, 28) of one class, and whether with the class."""

    class_name: str
    images: np.ndarray

    @property
    def text(self) -> str:
        """What it was, in words."""
        count = len(self.images)
        return f"{count} drawing{'s' * (count != 1)} of {self.class_name}"


def kept_drawings() -> Drawings:
    """Return the visitor's drawings. Raises DataError if they are damaged."""
    return read_draft(visitor_id())


def drawn_dataset() -> Dataset | None:
    """Return the data set whose drawings are being changed, if any."""
    dataset_id = DRAWN_DATASET.get()
    if dataset_id:
        try:
            dataset = open_dataset(dataset_id)
            return dataset if is_drawn(dataset) else None
        except DataError:  # deleted in the meantime: the drawings become a new one
            DRAWN_DATASET.pop()
    return None


def forget_drawings() -> None:
    """Delete the draft, once it is saved. Raises DataError on a disk error."""
    delete_draft(visitor_id())
    for key in (DRAWN_DATASET, DRAWN_CLASS, DELETED_DRAWINGS, DRAW_NOTE):
        key.pop()


def draw_more(dataset: Dataset) -> None:
    """Take the drawings of `dataset` as the visitor's, to add or remove some.

    Raises nothing: others that are not saved yet are kept, and the visitor is told.
    """
    with problems_kept():
        choose(DATA_VIEW, "draw")
        if kept_drawings().classes and DRAWN_DATASET.get() != dataset.id:
            raise DataError(
                f"These drawings are not saved yet. Save them, or delete their classes; then draw "
                f'more for "{dataset.name}".'
            )
        if DRAWN_DATASET.get() != dataset.id:
            write_draft(visitor_id(), read_drawings(dataset))
            DRAWN_DATASET.set(dataset.id)


def add_classes() -> None:
    """Add the classes that were typed, separated by commas."""
    names = [clean_name(each) for each in re.split(r"[,;\n]", NEW_CLASSES.get())]

    def add(drawings: Drawings) -> Drawings:
        classes = list(drawings.classes)
        for name in filter(None, names):
            classes.append(_check_class_name(name, classes))
        if len(classes) > MAX_CLASSES:
            raise DataError(
                f"There are {len(classes)} classes; at most {MAX_CLASSES} are accepted."
            )
        return drawings._replace(classes=tuple(classes))

    before = kept_count()
    if _change(add):
        NEW_CLASSES.set("")
        if kept_count() > before:
            DRAWN_CLASS.set(kept_drawings().classes[before])


def kept_count() -> int:
    """Return how many classes the visitor's drawings have; 0 if they are damaged."""
    try:
        return len(kept_drawings().classes)
    except DataError:
        return 0


def _check_class_name(name: str, others: list[str]) -> str:
    if name in others:
        raise DataError(f"There is a class {name} already.")
    if len(name) > MAX_CLASS_NAME_LENGTH:
        raise DataError(
            f"The name {name[:20]}… has {len(name)} characters; at most {MAX_CLASS_NAME_LENGTH} "
            "are accepted."
        )
    return name


def rename_class(name: str) -> None:
    """Rename the class `name` as was typed."""
    typed = clean_name(RENAMED_CLASS.of(name).get())
    if typed in ("", name):
        return

    def rename(drawings: Drawings) -> Drawings:
        others = [each for each in drawings.classes if each != name]
        _check_class_name(typed, others)
        classes = tuple(typed if each == name else each for each in drawings.classes)
        return drawings._replace(classes=classes)

    if _change(rename):
        DRAWN_CLASS.set(typed)


def delete_class(name: str) -> None:
    """Delete the class `name` with its drawings; *Restore* brings them back."""

    def delete(drawings: Drawings) -> Drawings:
        label = _label(drawings, name)
        is_other = drawings.labels != label
        DELETED_DRAWINGS.set([*DELETED_DRAWINGS.get(), Deleted(name, drawings.images[~is_other])])
        labels = drawings.labels[is_other]
        classes = tuple(each for each in drawings.classes if each != name)
        return Drawings(classes, drawings.images[is_other], labels - (labels > label))

    if _change(delete):
        DRAWN_CLASS.pop()


def delete_drawing(name: str, number: int, count: int) -> None:
    """Delete drawing `number`, from 0, of the class `name`, which had `count` when it was shown."""

    def delete(drawings: Drawings) -> Drawings:
        found = np.flatnonzero(drawings.labels == _label(drawings, name))
        if len(found) != count:  # another tab has changed them, or a click came twice
            return drawings
        DELETED_DRAWINGS.set(
            [*DELETED_DRAWINGS.get(), Deleted(name, drawings.images[[found[number]]])]
        )
        return drawings.remove(int(found[number]))

    _change(delete)


def restore_drawings() -> None:
    """Undo the last deletion, as far as there is room."""
    deleted = DELETED_DRAWINGS.get()
    if not deleted:
        return
    last: Deleted = deleted[-1]

    def restore(drawings: Drawings) -> Drawings:
        if last.class_name not in drawings.classes:
            if len(drawings.classes) == MAX_CLASSES:
                raise DataError(f"There are {MAX_CLASSES} classes already, the most.")
            drawings = drawings._replace(classes=(*drawings.classes, last.class_name))
        label = drawings.classes.index(last.class_name)
        for image in last.images[: MAX_DRAWINGS - drawings.counts[label]]:
            drawings = drawings.add(image, label)
        return drawings

    if _change(restore):
        DELETED_DRAWINGS.set(deleted[:-1])
        DRAWN_CLASS.set(last.class_name)


def add_drawing(name: str) -> None:
    """Add what is on the canvas to the class `name`, and clear the canvas for the next one."""
    ADDED.set(ADDED.get() + 1)
    drawing = latest_drawing(CANVAS_NAME)
    strokes = read_strokes(drawing)
    normalized = normalize_strokes(strokes) if strokes else None
    if normalized is None:
        DRAW_NOTE.set(f"The canvas is blank: draw {name} first.")
        return
    if _change(lambda drawings: drawings.add(normalized.image, _label(drawings, name))):
        put_drawing(CANVAS_NAME, {"objects": []})


def clear_drawing(name: str) -> None:
    """Remove all strokes; *Undo* restores them."""
    DRAW_NOTE.pop()
    clear_canvas(name)


def _label(drawings: Drawings, name: str) -> int:
    if name not in drawings.classes:  # deleted in another tab
        raise DataError(f"There is no class {name} any more.")
    return drawings.classes.index(name)


def _change(change: Callable[[Drawings], Any]) -> bool:
    """Change the visitor's drawings; returns whether that was possible."""
    DRAW_NOTE.pop()
    with problems_kept():
        write_draft(visitor_id(), change(kept_drawings()))
        return True
    return False


def start_again() -> None:
    """Delete drawings that are damaged."""
    with problems_kept():
        forget_drawings()
