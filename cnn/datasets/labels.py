"""Labels of a file: integers or text of any kind -> a name for each picture."""

import numpy as np

from cnn.data.mnist import DataError
from cnn.datasets.bounds import MAX_CLASSES, check_class_count
from cnn.datasets.class_names import shown_class_name
from cnn.datasets.problems import Problems

MAX_LABEL_LENGTH = 200  # characters of a label in a file
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The classes of EMNIST, by a word in the names of its files (Cohen, Afshar, Tapson and van Schaik,
# "EMNIST: extending MNIST to handwritten letters", 2017).
_MERGED = dict(enumerate(f"0123456789{LETTERS}abdefghnqrt"))
EMNIST = {"balanced": _MERGED, "bymerge": _MERGED, "letters": dict(enumerate(LETTERS, start=1))}


def read_labels(array: np.ndarray, count: int, name: str) -> tuple[np.ndarray, str]:
    """Return one label for each of `count` pictures, (count,) integers or text, and a note.

    One-hot rows become the index of their 1. Raises DataError if `array` is anything else.
    """
    note = ""
    array = np.atleast_1d(array)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if len(array) != count:
        raise DataError(f"{name}: there are {count:,} pictures, but {len(array):,} labels.")
    if array.ndim == 2 and array.dtype.kind in "buif":
        array, note = _from_one_hot(array, name)
    if array.ndim != 1:
        raise DataError(f"{name}: the labels have the shape {array.shape}; {(count,)} is expected.")
    if array.dtype.kind in "US":
        return _as_text(array, name), note
    if array.dtype.kind != "b":
        is_valid = (array > -(2**31)) & (array < 2**31) & (array == np.round(array))
        if not is_valid.all():
            wrong = array[~is_valid][0]
            raise DataError(f"{name}: {wrong} is a label; integers or text are expected.")
    return array.astype(np.int64), note


def _as_text(array: np.ndarray, name: str) -> np.ndarray:
    width = array.dtype.itemsize // (4 if array.dtype.kind == "U" else 1)
    if width > MAX_LABEL_LENGTH:
        raise DataError(
            f"{name}: some labels have {width:,} characters; at most {MAX_LABEL_LENGTH} are "
            "accepted."
        )
    return np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array


def _from_one_hot(array: np.ndarray, name: str) -> tuple[np.ndarray, str]:
    check_class_count(array.shape[1], name)
    is_one_hot = ((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all()
    if not is_one_hot:
        raise DataError(
            f"{name}: the labels are rows of {array.shape[1]} numbers, but not one-hot (a single 1 "
            "each); an integer or a text for each picture is expected."
        )
    return array.argmax(axis=1), f"{name}: the labels are one-hot; each became the index of its 1."


def name_classes(
    parts: list[np.ndarray], names: dict[int, str], file: str, problems: Problems
) -> tuple[list[np.ndarray], list[str]]:
    """Return for each of `parts`, (n,) integers or text, indices of classes, and their names.

    Integers are in ascending order, text in alphabetical. Names that are equal once what cannot be
    seen is removed are one class, which is a problem to be shown; names that are empty too.
    `names` has names for some integers. Raises DataError unless there are 2 to 50 classes.
    """
    if len({each.dtype.kind in "US" for each in parts}) > 1:
        raise DataError(f"{file}: some labels are numbers and some are text.")
    values, inverse = np.unique(np.concatenate(parts), return_inverse=True)
    check_class_count(len(values), file, _examples(values) if len(values) > MAX_CLASSES else "")
    classes: list[str] = []
    index_of = np.empty(len(values), np.int64)
    for i, value in enumerate(values.tolist()):
        name = names.get(value, str(value)) if isinstance(value, int) else value
        shown = shown_class_name(name) or f"class {i + 1}"
        if shown in classes:
            problems.add("name", f"{file}: two classes have the name {shown}; they become one.")
        elif shown != name:
            problems.add("name", f"{file}: the name {name[:100]!r} of a class becomes {shown}.")
        if shown not in classes:
            classes.append(shown)
        index_of[i] = classes.index(shown)
    check_class_count(len(classes), file)
    ends = np.cumsum([len(each) for each in parts])[:-1]
    return np.split(index_of[inverse.reshape(-1)], ends), classes


def _examples(values: np.ndarray) -> str:
    first = ", ".join(str(each)[:20] for each in values[:3].tolist())
    return f"The first are {first}: are these the labels?"
