"""The symbols that a visitor has added: names and drawings, kept on disk.

runs/.symbols/<visitor>.json    names, labels and pictures, as `cnn.datasets.drafts` writes them

A symbol has a name, unlike any other's, and one to five drawings.
"""

import json
from pathlib import Path

import numpy as np

from cnn.data.mnist import DataError
from cnn.datasets.bounds import MAX_CLASS_NAME_LENGTH as MAX_NAME_LENGTH
from cnn.datasets.bounds import MAX_CLASSES as MAX_SYMBOLS
from cnn.datasets.drafts import as_values, from_json, write_drawings
from cnn.datasets.drawings import Drawings
from cnn.disk import disk_reason
from cnn.naming import clean_name
from cnn.ownership import checked_visitor
from cnn.runs.run import runs_path

MAX_EXAMPLES = 5  # of each symbol
MAX_FILE_BYTES = 1_000_000  # of an imported file


def symbols_path(visitor: str) -> Path:
    """Return the file of `visitor`, a hexadecimal id. Raises DataError if the id is invalid."""
    return runs_path() / ".symbols" / f"{checked_visitor(visitor, DataError)}.json"


def read_symbols(visitor: str) -> Drawings:
    """Return the symbols of `visitor`, none if there is no file. Raises DataError if damaged."""
    try:
        symbols = from_json(symbols_path(visitor).read_bytes())
    except FileNotFoundError:
        return Drawings()
    except OSError as error:
        raise DataError(f"The symbols cannot be read: {disk_reason(error)}") from None
    if not _is_valid(symbols):
        raise DataError("The symbols that were kept are damaged; draw them again.")
    return symbols


def write_symbols(visitor: str, symbols: Drawings) -> None:
    """Keep `symbols` for `visitor`, instead of those before. Raises DataError on a disk error."""
    write_drawings(symbols_path(visitor), symbols)


def checked_symbol_name(text: str) -> str:
    """Return `text` as the name of a symbol. Raises DataError if it is empty or too long."""
    if len(text) > MAX_NAME_LENGTH:
        raise DataError(
            f"The name has {len(text):,} characters; at most {MAX_NAME_LENGTH} are accepted."
        )
    name = clean_name(text)
    if not name:
        raise DataError("Name the symbol first, with at least one visible character.")
    return name


def add_example(symbols: Drawings, name: str, image: np.ndarray) -> Drawings:
    """Return `symbols` with a drawing of `name`, (28, 28) uint8, added to those it has.

    Raises DataError if the name is invalid, the drawing is blank, or there is no room.
    """
    name = checked_symbol_name(name)
    if name not in symbols.classes:
        if len(symbols.classes) == MAX_SYMBOLS:
            raise DataError(f"There are {MAX_SYMBOLS} symbols already, the most. Delete one first.")
        symbols = symbols._replace(classes=(*symbols.classes, name))
    label = symbols.classes.index(name)
    if symbols.counts[label] >= MAX_EXAMPLES:
        raise DataError(
            f"{name} has {MAX_EXAMPLES} drawings already, the most. Delete one of them first."
        )
    return symbols.add(image, label)


def remove_example(symbols: Drawings, index: int) -> Drawings:
    """Return `symbols` without the drawing at `index`, and without its symbol if it was the last.

    Raises DataError if there is no such drawing.
    """
    if not 0 <= index < len(symbols.labels):
        raise DataError("There is no such drawing any more.")
    label = int(symbols.labels[index])
    symbols = symbols.remove(index)
    return symbols if symbols.counts[label] else _without_class(symbols, label)


def join(symbols: Drawings, more: Drawings) -> Drawings:
    """Return `symbols` with the drawings of `more`, but for those that they have already.

    Raises DataError if there is no room for all of them.
    """
    for image, label in zip(more.images, more.labels.tolist(), strict=True):
        name = more.classes[label]
        known = symbols.classes.index(name) if name in symbols.classes else -1
        own = symbols.images[symbols.labels == known]
        if not any(np.array_equal(image, each) for each in own):
            symbols = add_example(symbols, name, image)
    return symbols


def pack(symbols: Drawings) -> bytes:
    """Return `symbols` as a file to download, JSON, for `unpack`."""
    return json.dumps(as_values(symbols), indent=1).encode() + b"\n"


def unpack(content: bytes) -> Drawings:
    """Return the symbols of a file of `pack`. Raises DataError if it is another or damaged."""
    if len(content) > MAX_FILE_BYTES:
        raise DataError(
            f"The file has {len(content):,} bytes; at most {MAX_FILE_BYTES:,} are read."
        )
    symbols = from_json(content)
    if not _is_valid(symbols):
        raise DataError("The file has no symbols; choose one that this page has written.")
    return symbols


def _is_valid(symbols: Drawings | None) -> bool:
    """Whether each symbol has a visible name of its own and one to five drawings with ink."""
    if symbols is None:
        return False
    names, counts = symbols.classes, symbols.counts
    return (
        all(names)
        and len(set(names)) == len(names)
        and all(1 <= each <= MAX_EXAMPLES for each in counts)
        and bool(symbols.images.any(axis=(1, 2)).all())
    )


def _without_class(symbols: Drawings, label: int) -> Drawings:
    classes = tuple(each for i, each in enumerate(symbols.classes) if i != label)
    labels = symbols.labels - (symbols.labels > label)
    return symbols._replace(classes=classes, labels=labels.astype(np.uint8))
