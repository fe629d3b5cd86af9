"""Which array of a file is what: pictures or labels, for training or for test."""

import re

import numpy as np

from cnn.data.mnist import DataError
from cnn.datasets.bounds import MAX_CLASSES, MIN_CLASSES

EXPECTED_KEYS = "x_train, y_train, and perhaps x_test and y_test"
# Keras's keys, and others that are common; capitals do not matter.
_KEYS = {
    "x_train": ("train_images", "train_x", "images", "x", "data"),
    "y_train": ("train_labels", "train_y", "labels", "y", "target"),
    "x_test": ("test_images", "test_x"),
    "y_test": ("test_labels", "test_y"),
}
_ROLES = {alias: role for role, others in _KEYS.items() for alias in (role, *others)}
_ROLE_TEXTS = {
    "x_train": "pictures for training",
    "y_train": "labels for training",
    "x_test": "pictures for test",
    "y_test": "labels for test",
}


class ArrayParts:
    """The arrays of one to four files by their roles: x_train, y_train, x_test, y_test."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.files: dict[str, str] = {}
        self.notes: list[str] = []
        self.class_names: dict[int, str] = {}  # by label, if a file has them

    def add_idx(self, array: np.ndarray, file: str) -> None:
        """Add the array of an IDX file, whose name says which part it is."""
        if array.ndim == 3 and "emnist" in file.lower():
            array = array.swapaxes(1, 2)
            self.notes.append(f"{file}: EMNIST's pictures are stored transposed; they are upright.")
        self._add(_role_by_name(file, is_labels=array.ndim == 1), array, file)

    def add_npz(self, arrays: dict[str, np.ndarray], file: str) -> None:
        """Add the arrays of an .npz file by their keys; raises DataError if none is known."""
        if set(arrays) == {"arr_0"}:  # as KMNIST is distributed: an array in each file
            array = arrays["arr_0"]
            self._add(_role_by_name(file, is_labels=array.ndim == 1), array, file)
            return
        known = {key: _ROLES[key.lower()] for key in arrays if key.lower() in _ROLES}
        if not known:
            keys = ", ".join(list(arrays)[:8])
            raise DataError(f"{file} has the arrays {keys}; {EXPECTED_KEYS} are expected.")
        if is_names(arrays.get("classes")):  # as this app writes it
            self.class_names = dict(enumerate(map(str, arrays["classes"].tolist())))
        ignored = [key for key in arrays if key not in known]
        if self.class_names and "classes" in ignored:
            ignored.remove("classes")
        if ignored:
            self.notes.append(f"{file}: the arrays {', '.join(ignored[:8])} are not used.")
        for key, role in known.items():
            self._add(role, arrays[key], file)

    def _add(self, role: str, array: np.ndarray, file: str) -> None:
        if role in self.arrays:
            other = self.files[role]
            where = f"{file} has two arrays" if file == other else f"{other} and {file} are both"
            raise DataError(f"{where} of {_ROLE_TEXTS[role]}; one is expected.")
        self.arrays[role], self.files[role] = array, file

    def check_complete(self) -> None:
        """Raise DataError unless there are pictures and labels for training.

        If there is only a test part, it becomes the one for training.
        """
        if not {"x_train", "y_train"} & set(self.arrays):
            for mapping in (self.arrays, self.files):
                for kind in ("x", "y"):
                    if f"{kind}_test" in mapping:
                        mapping[f"{kind}_train"] = mapping.pop(f"{kind}_test")
        for part in ("train", "test"):
            for one, other in (("x", "y"), ("y", "x")):
                if f"{one}_{part}" in self.arrays and f"{other}_{part}" not in self.arrays:
                    raise DataError(
                        f"{self.files[f'{one}_{part}']} has {_ROLE_TEXTS[f'{one}_{part}']}, but "
                        f"the {_ROLE_TEXTS[f'{other}_{part}']} are missing; add them, or choose "
                        "all files together."
                    )


def is_names(array: np.ndarray | None) -> bool:
    """Whether `array` has the names of a number of classes that is accepted."""
    is_text = array is not None and array.dtype.kind == "U" and array.ndim == 1
    return is_text and MIN_CLASSES <= len(array) <= MAX_CLASSES


def _role_by_name(file: str, is_labels: bool) -> str:
    is_test = re.search(r"test|t10k|val", file, re.IGNORECASE)
    return f"{'y' if is_labels else 'x'}_{'test' if is_test else 'train'}"
