"""What a visitor does with symbols: add drawings, delete, restore, import."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cnn.data.mnist import DataError
from cnn.datasets.drawings import Drawings
from cnn.naming import clean_name
from cnn.preprocessing.normalization import NormalizedDigit, normalize_strokes
from cnn.preprocessing.strokes import read_strokes
from cnn.recognition.symbols import (
    MAX_EXAMPLES,
    add_example,
    checked_symbol_name,
    join,
    read_symbols,
    remove_example,
    unpack,
    write_symbols,
)
from ui.state.session import (
    DELETED_SYMBOLS,
    EXAMPLES_ADDED,
    SYMBOL_NAME,
    SYMBOL_NOTE,
    SYMBOLS_FILE,
    SYMBOLS_UPLOADS,
)
from ui.state.uploads import count_upload
from ui.state.visitor import visitor_id
from ui.widgets.canvas import clear_canvas, latest_drawing, put_drawing
from ui.widgets.undo import problems_kept

CANVAS_NAME = "compared"


class Deleted(NamedTuple):
    """What was deleted: `drawings` of one or more symbols, and a text that says what."""

    text: str
    drawings: Drawings


def kept_symbols() -> Drawings:
    """Return the visitor's symbols. Raises DataError if they are damaged."""
    return read_symbols(visitor_id())


def add_drawing() -> None:
    """Add what is on the canvas to the symbol that is named, and clear the canvas."""
    EXAMPLES_ADDED.set(EXAMPLES_ADDED.get() + 1)
    try:
        name = checked_symbol_name(SYMBOL_NAME.get())
        normalized = normalized_drawing()
        if normalized is None:
            raise DataError(f"The canvas is blank: draw {name} first.")
        symbols = add_example(kept_symbols(), name, normalized.image)
        write_symbols(visitor_id(), symbols)
    except DataError as error:
        SYMBOL_NOTE.set(("error", str(error)))
        return
    SYMBOL_NAME.set(name)
    count = symbols.counts[symbols.classes.index(name)]
    again = "" if count == MAX_EXAMPLES else " Draw it again, or another one."
    SYMBOL_NOTE.set(("note", f"Added to {name}: {count} of {MAX_EXAMPLES} drawings.{again}"))
    put_drawing(CANVAS_NAME, {"objects": []})


def normalized_drawing() -> NormalizedDigit | None:
    """Return what the browser sent last as the network's input; None if the canvas is blank."""
    strokes = read_strokes(latest_drawing(CANVAS_NAME))
    return normalize_strokes(strokes) if strokes else None


def clear_drawing(name: str) -> None:
    """Remove all strokes; *Undo* restores them."""
    SYMBOL_NOTE.pop()
    clear_canvas(name)


def delete_drawing(name: str, number: int, count: int) -> None:
    """Delete drawing `number`, from 0, of the symbol `name`, which had `count` when shown."""

    def delete(symbols: Drawings) -> Drawings:
        found = _drawings_of(symbols, name)
        if len(found) != count:  # another tab has changed them, or a click came twice
            return symbols
        _keep_deleted(f"1 drawing of {name}", name, symbols.images[found[[number]]])
        return remove_example(symbols, int(found[number]))

    _change(delete)


def delete_symbol(name: str) -> None:
    """Delete the symbol `name` with its drawings; *Restore* brings them back."""

    def delete(symbols: Drawings) -> Drawings:
        found = _drawings_of(symbols, name)
        if len(found):
            _keep_deleted(name, name, symbols.images[found])
        for index in found[::-1].tolist():
            symbols = remove_example(symbols, index)
        return symbols

    _change(delete)


def delete_all() -> None:
    """Delete all symbols, at once; *Restore* brings them back."""

    def delete(symbols: Drawings) -> Drawings:
        count = len(symbols.classes)
        text = f"{count} symbol{'s' * (count != 1)}"
        DELETED_SYMBOLS.set([*DELETED_SYMBOLS.get(), Deleted(text, symbols)])
        return Drawings()

    _change(delete)


def start_again() -> None:
    """Delete symbols that are damaged."""
    with problems_kept():
        write_symbols(visitor_id(), Drawings())


def restore_symbols() -> None:
    """Undo the last deletion."""
    deleted = DELETED_SYMBOLS.get()
    if deleted and _change(lambda symbols: join(symbols, deleted[-1].drawings)):
        DELETED_SYMBOLS.set(deleted[:-1])


def import_symbols() -> None:
    """Add the symbols of the file that was chosen to those that are there."""
    file = SYMBOLS_FILE.of(str(SYMBOLS_UPLOADS.get())).get()
    if file is None:
        return
    SYMBOLS_UPLOADS.set(SYMBOLS_UPLOADS.get() + 1)  # the next file gets an empty uploader

    def add(symbols: Drawings) -> Drawings:
        count_upload(DataError)
        return join(symbols, unpack(file.getvalue()))

    _change(add)


def _drawings_of(symbols: Drawings, name: str) -> np.ndarray:
    """The indices of the drawings of `name`, which another tab may have deleted."""
    name = clean_name(name)
    label = symbols.classes.index(name) if name in symbols.classes else -1
    return np.flatnonzero(symbols.labels == label)


def _keep_deleted(text: str, name: str, images: np.ndarray) -> None:
    drawings = Drawings((name,), images, np.zeros(len(images), np.uint8))
    DELETED_SYMBOLS.set([*DELETED_SYMBOLS.get(), Deleted(text, drawings)])


def _change(change: Callable[[Drawings], Drawings]) -> bool:
    """Change the visitor's symbols; returns whether that was possible."""
    SYMBOL_NOTE.pop()
    with problems_kept():
        write_symbols(visitor_id(), change(kept_symbols()))
        return True
    return False
