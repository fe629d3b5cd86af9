"""Reads .npz files, NumPy's zip of arrays, with all sizes checked before memory is taken."""

import math
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from cnn.data.mnist import DataError
from cnn.datasets.archives import open_archive, read_exactly, shown_path

MAX_ARRAYS = 32
_READ_HEADER = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def is_npz(archive: zipfile.ZipFile) -> bool:
    """Whether all files in `archive` are arrays."""
    names = archive.namelist()
    return bool(names) and all(each.endswith(".npy") for each in names)


def read_npz(source: bytes | Path, name: str) -> dict[str, np.ndarray]:
    """Return the arrays of the .npz file `source` by their keys; they are read-only.

    Nothing is unpickled. Raises DataError if the file is damaged or too large, or if an array
    consists of anything but numbers or text.
    """
    with open_archive(source, name) as archive:
        return read_arrays(archive, name)


def read_arrays(archive: zipfile.ZipFile, name: str) -> dict[str, np.ndarray]:
    """Return the arrays in the opened .npz file `archive`, as `read_npz` does."""
    if not is_npz(archive):
        raise DataError(f"{name} is not a valid .npz: it holds files that are not arrays.")
    if len(archive.namelist()) > MAX_ARRAYS:
        raise DataError(f"{name} holds more than {MAX_ARRAYS} arrays.")
    return {
        shown_path(entry.filename.removesuffix(".npy")): _read_array(archive, entry, name)
        for entry in archive.infolist()
    }


def _read_array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> np.ndarray:
    key = shown_path(entry.filename.removesuffix(".npy"))
    damaged = DataError(f"{name}: the array {key} is damaged or truncated.")
    try:
        with archive.open(entry) as stream:
            shape, is_fortran, dtype = _READ_HEADER[npy.read_magic(stream)](stream)
            size = math.prod(shape) * dtype.itemsize
            if dtype.hasobject:
                raise DataError(
                    f"{name}: the array {key} consists of pickled Python objects, which could run "
                    "code; numbers or text are expected."
                )
            if dtype.kind not in "buifUS":
                raise DataError(f"{name}: the array {key} is of type {dtype}, not numbers or text.")
            if min(shape, default=1) < 1 or not size:
                raise DataError(f"{name}: the array {key} is empty.")
            if size != entry.file_size - stream.tell():
                raise damaged
            values = np.frombuffer(read_exactly(stream, size), dtype)
    except DataError:
        raise
    except Exception:  # of many types: a damaged header may be any text
        raise damaged from None
    return values.reshape(shape, order="F" if is_fortran else "C")
