"""Turns files that somebody brings into a proposal of a data set, to look at, then to write.

Accepted are an .npz with Keras's keys, IDX files (also .gz), and a zip of folders of pictures.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from cnn.data.mnist import DataError
from cnn.datasets.archives import open_archive, shown_path
from cnn.datasets.array_parts import ArrayParts
from cnn.datasets.array_proposal import propose_arrays
from cnn.datasets.bounds import check_size, size_text
from cnn.datasets.dataset import Dataset
from cnn.datasets.folder_proposal import propose_folders
from cnn.datasets.idx import GZIP, is_idx, read_idx, unpack_gzip
from cnn.datasets.npz import is_npz, read_arrays
from cnn.datasets.proposal import Proposal, save_proposal
from cnn.naming import checked_name

MAX_FILES = 4
EXPECTED = (
    "an .npz with x_train and y_train, IDX files (also .gz), or a zip with a folder of pictures "
    "for each class is expected."
)


def propose(
    files: Sequence[tuple[str, bytes]], on_progress: Callable[[float], None] = lambda _: None
) -> Proposal:
    """Read `files`, pairs of a name and the content, as one data set.

    `on_progress` is called with the share of the pictures in a zip that are read, 0 to 1. Raises
    DataError, with a sentence that names the file, if they cannot become a data set.
    """
    files = [(shown_path(name) or "The file", data) for name, data in files]
    if not 1 <= len(files) <= MAX_FILES:
        raise DataError(
            f"{len(files)} files were chosen, 1 to {MAX_FILES} are accepted: {EXPECTED}"
        )
    names = ", ".join(name for name, _ in files)
    have = "has" if len(files) == 1 else "together have"
    check_size(sum(len(data) for _, data in files), f"{names} {have}")
    parts, unpacked = ArrayParts(), 0
    for name, data in files:
        if data.startswith(b"PK"):
            with open_archive(data, name) as archive:
                if not is_npz(archive):
                    if len(files) > 1:
                        raise DataError(f"{name} is a zip of pictures; choose it alone.")
                    return propose_folders(archive, name, on_progress)
                arrays = read_arrays(archive, name)
                unpacked += sum(each.nbytes for each in arrays.values())
                parts.add_npz(arrays, name)
        else:
            array = _read_idx_or_gzip(data, name)
            unpacked += array.nbytes
            parts.add_idx(array, name)
        check_size(unpacked, f"{names} {'unpacks' if len(files) == 1 else 'unpack'} to")
    return propose_arrays(parts, names)


def read_paths(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Read the files at `paths` for `propose`. Raises DataError if that is impossible."""
    try:
        size = sum(each.stat().st_size for each in paths)
        check_size(size, f"{', '.join(each.name for each in paths)} together have")
        return [(each.name, each.read_bytes()) for each in paths]
    except OSError as error:
        raise DataError(f"{error.filename} cannot be read: {error.strerror}.") from None


def import_dataset(
    paths: Sequence[Path],
    name: str,
    invert: bool = False,
    accept_problems: bool = False,
    folder: Path | None = None,
) -> tuple[Dataset, Proposal]:
    """Import the files at `paths` as a new data set called `name`, for the command line.

    `invert` exchanges light and dark. Raises DataError if a file is refused, or if there are
    problems, with all their sentences, unless `accept_problems`.
    """
    checked_name(name, DataError)
    proposal = propose(read_paths(paths))
    if proposal.problems and not accept_problems:
        raise DataError(" ".join(each.text for each in proposal.problems))
    return save_proposal(proposal.inverted() if invert else proposal, name, folder=folder), proposal


def _read_idx_or_gzip(data: bytes, name: str) -> np.ndarray:
    content = unpack_gzip(data, name) if data.startswith(GZIP) else data
    if is_idx(content):
        return read_idx(content, name)
    if not data:
        raise DataError(f"{name} is empty; {EXPECTED}")
    within = "holds no IDX file" if content is not data else "is none of the accepted files"
    raise DataError(f"{name} ({size_text(len(data))}) {within}; {EXPECTED}")
