"""Turns files that somebody brings into a proposal of a data set, to look at, then to write.

Accepted are an .npz with Keras's keys, IDX files (also .gz), and a zip of folders of pictures.
"""

import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from cnn.constants import IMAGE_SIDE
from cnn.data.mnist import DataError, Digits
from cnn.datasets.archives import open_archive, shown_path
from cnn.datasets.array_parts import ArrayParts
from cnn.datasets.bounds import check_size, size_text
from cnn.datasets.catalog import check_name
from cnn.datasets.dataset import Dataset
from cnn.datasets.idx import GZIP, is_idx, read_idx, unpack_gzip
from cnn.datasets.labels import EMNIST, name_classes, read_labels
from cnn.datasets.npz import is_npz, read_arrays
from cnn.datasets.picture_folders import read_pictures
from cnn.datasets.pixel_values import as_bytes, as_images, full_value, with_layout
from cnn.datasets.problems import Problems
from cnn.datasets.proposal import Proposal, build_proposal, save_proposal
from cnn.datasets.samples import Sample, preview, sample_indices

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
                    return _propose_folders(archive, name, len(files), on_progress)
                arrays = read_arrays(archive, name)
                unpacked += sum(each.nbytes for each in arrays.values())
                parts.add_npz(arrays, name)
        else:
            array = _read_idx_or_gzip(data, name)
            unpacked += array.nbytes
            parts.add_idx(array, name)
        check_size(unpacked, f"{names} {'unpacks' if len(files) == 1 else 'unpack'} to")
    return _propose_arrays(parts, names)


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
    check_name(name)
    proposal = propose(read_paths(paths))
    if proposal.problems and not accept_problems:
        raise DataError(" ".join(each.text for each in proposal.problems))
    return save_proposal(proposal.inverted() if invert else proposal, name, folder), proposal


def _read_idx_or_gzip(data: bytes, name: str) -> np.ndarray:
    content = unpack_gzip(data, name) if data.startswith(GZIP) else data
    if is_idx(content):
        return read_idx(content, name)
    if not data:
        raise DataError(f"{name} is empty; {EXPECTED}")
    within = "holds no IDX file" if content is not data else "is none of the accepted files"
    raise DataError(f"{name} ({size_text(len(data))}) {within}; {EXPECTED}")


def _propose_folders(
    archive: zipfile.ZipFile, name: str, file_count: int, on_progress: Callable[[float], None]
) -> Proposal:
    if file_count > 1:
        raise DataError(f"{name} is a zip of pictures; choose it alone, without other files.")
    problems = Problems()
    found = read_pictures(archive, name, problems, on_progress)
    if not len(found.images):
        reasons = " ".join(each.text for each in problems.listed())
        raise DataError(f"{name} has no pictures that can be used. {reasons}")
    folders = np.array(found.folders)
    if all(re.fullmatch(r"0|[1-9][0-9]{0,8}", each) for each in found.folders):
        folders = folders.astype(np.int64)  # so that 10 comes after 9
    [index_of], classes = name_classes([folders], {}, name, problems)
    labels = index_of[found.labels]
    parts = [Digits(found.images[at], labels[at]) for at in (~found.is_test, found.is_test)]
    notes, side = [], IMAGE_SIDE
    if found.sizes != {(side, side)}:
        widths, heights = zip(*found.sizes, strict=True)
        notes.append(
            f"The pictures are {min(widths):,} to {max(widths):,} pixels wide and {min(heights):,} "
            f"to {max(heights):,} high; they are scaled to {side} x {side}, their aspect kept."
        )
    test = parts[1] if len(parts[1].labels) else None
    samples = [
        Sample(before, found.images[i], classes[labels[i]]) for i, before in found.previews.items()
    ]
    return build_proposal(name, classes, parts[0], test, samples, notes, problems)


def _propose_arrays(parts: ArrayParts, names: str) -> Proposal:
    parts.check_complete()
    problems, notes, splits = Problems(), parts.notes, ["train"]
    if "x_test" in parts.arrays:
        splits.append("test")
    pictures, labels = {}, {}
    for split in splits:
        file = parts.files[f"x_{split}"]
        pictures[split], note = with_layout(parts.arrays[f"x_{split}"], file)
        labels[split], other_note = read_labels(
            parts.arrays[f"y_{split}"], len(pictures[split]), parts.files[f"y_{split}"]
        )
        notes += [each for each in (note, other_note) if each]
    known = next((EMNIST[kind] for kind in EMNIST if f"emnist-{kind}" in names.lower()), {})
    indices, classes = name_classes(list(labels.values()), known, names, problems)
    full = full_value(list(pictures.values()), names)
    digits = [
        Digits(as_images(pictures[split], full), index)
        for split, index in zip(splits, indices, strict=True)
    ]
    notes += _scaling_notes(list(pictures.values()), full)
    samples = [
        Sample(
            preview(as_bytes(pictures["train"][i : i + 1], full)[0]),
            digits[0].images[i],
            classes[indices[0][i]],
        )
        for i in sample_indices(indices[0], len(classes))
    ]
    test = digits[1] if len(digits) > 1 else None
    return build_proposal(names, classes, digits[0], test, samples, notes, problems)


def _scaling_notes(pictures: Sequence[np.ndarray], full: float) -> list[str]:
    notes, side = [], IMAGE_SIDE
    sizes = {each.shape[1:3] for each in pictures} - {(side, side)}
    notes += [
        f"The pictures are {width} x {height} pixels; they are scaled to {side} x {side}, their "
        "aspect kept."
        for height, width in sorted(sizes)
    ]
    if any(each.ndim == 4 for each in pictures):
        notes.append("The pictures are in colour; they become grey.")
    if full != 255:
        notes.append(f"The values go from 0 to {full:,}; they become 0 to 255.")
    return notes
