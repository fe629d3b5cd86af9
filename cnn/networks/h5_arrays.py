"""Float arrays of an HDF5 file that nobody vouches for: `read_arrays`.

The HDF5 library is written in C and was not made for hostile files, so it reads them in a process
of its own, with bounded time and memory: this file, run as a script. It imports nothing of the
project.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from math import prod
from pathlib import Path

import numpy as np

TIMEOUT_S = 60  # a busy machine needs seconds to import h5py
MOST_MEMORY = 2**30  # bytes, of the process
Expected = Sequence[tuple[str, tuple[int, ...]]]  # path within the file, and shape


class ArrayError(ValueError):
    """An array cannot be read; `path` is its path in the file, empty if the file is none."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(problem)
        self.path = path


def read_arrays(content: bytes, expected: Expected) -> list[np.ndarray]:
    """Return the arrays at the paths `expected`, float32, in that order.

    Raises ArrayError if one is missing, has another shape, is not stored as plain floats within
    the file itself, or has values that are not finite.
    """
    job = json.dumps(expected).encode() + b"\n"
    # -I: nothing but h5py and NumPy is imported, whatever the current folder has.
    command = [sys.executable, "-I", str(Path(__file__).resolve())]
    # A filter's name in a file would make the library search there for code to load.
    environment = {**os.environ, "HDF5_PLUGIN_PATH": "::"}
    try:
        child = subprocess.run(
            command, input=job + content, capture_output=True, timeout=TIMEOUT_S, env=environment
        )
    except subprocess.TimeoutExpired:
        raise ArrayError("", "takes too long to read") from None
    answer, _, values = child.stdout.partition(b"\n")
    try:
        path, problem = json.loads(answer)
    except ValueError:  # it crashed
        raise ArrayError("", "is damaged") from None
    if problem:
        raise ArrayError(path, problem)
    return _split(values, expected)


def _split(values: bytes, expected: Expected) -> list[np.ndarray]:
    sizes = [prod(shape) for _, shape in expected]
    if len(values) != 4 * sum(sizes):
        raise ArrayError("", "is damaged")
    parts = np.split(np.frombuffer(values, np.float32), np.cumsum(sizes)[:-1])
    arrays = [part.reshape(shape) for part, (_, shape) in zip(parts, expected, strict=True)]
    for array, (path, _) in zip(arrays, expected, strict=True):
        if not np.isfinite(array).all():
            raise ArrayError(path, "has values that are not finite numbers (NaN or infinity)")
    return arrays


def _main() -> None:
    """Read a job and a file from standard input; write the problem, or "", and the floats."""
    _limit_memory()
    job, _, content = sys.stdin.buffer.read().partition(b"\n")
    path, problem, arrays = "", "", []
    try:
        import h5py

        with h5py.File(io.BytesIO(content), "r") as file:
            for path, shape in json.loads(job):
                arrays.append(_read(file, path, tuple(shape)))
    except ArrayError as error:
        problem = str(error)
    except Exception:  # h5py raises many types on a damaged file
        path, problem = path if arrays else "", "is damaged"
    sys.stdout.buffer.write(json.dumps([path, problem]).encode() + b"\n")
    if not problem:
        for array in arrays:
            sys.stdout.buffer.write(array.tobytes())


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(file, path: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return the array at `path` as float32; nothing of it is read before all else is checked."""
    import h5py

    group = file
    *folders, name = path.split("/")
    for folder in folders:
        group = _linked(group, folder, path)
        if not isinstance(group, h5py.Group):
            raise ArrayError(path, "is missing")
    dataset = _linked(group, name, path)
    if not isinstance(dataset, h5py.Dataset):
        raise ArrayError(path, "is missing")
    if dataset.shape != shape:
        found = "no shape" if dataset.shape is None else f"the shape {_text(dataset.shape)}"
        raise ArrayError(path, f"has {found}, but {_text(shape)} is expected")
    if dataset.dtype.kind != "f" or dataset.dtype.itemsize not in (2, 4, 8):
        raise ArrayError(path, f"has the type {str(dataset.dtype)[:20]}, but floats are expected")
    plain = dataset.id.get_create_plist().get_nfilters() == 0 and dataset.chunks is None
    if dataset.is_virtual or dataset.external or not plain:
        raise ArrayError(path, "is not stored as Keras stores it")
    with np.errstate(over="ignore"):  # found below, as infinity
        return dataset[()].astype(np.float32)


def _linked(group, name: str, path: str):
    """Return what a hard link leads to: soft and external links could lead anywhere."""
    import h5py

    if name not in group.keys():  # noqa: SIM118 - of a group, `in` follows links
        raise ArrayError(path, "is missing")
    if type(group.get(name, getlink=True)) is not h5py.HardLink:
        raise ArrayError(path, "is a link to another place")
    return group[name]


def _text(shape: tuple[int, ...]) -> str:
    text = str(tuple(int(side) for side in shape))
    return text if len(text) <= 60 else f"{text[:59]}…"


if __name__ == "__main__":
    _main()
