"""From a zip of folders of pictures to a proposal of a data set."""

import re
import zipfile
from collections.abc import Callable, Sequence

import numpy as np

from cnn.constants import IMAGE_SIDE
from cnn.data.mnist import DataError, Digits
from cnn.datasets.labels import name_classes
from cnn.datasets.picture_folders import read_pictures
from cnn.datasets.problems import Problems
from cnn.datasets.proposal import Proposal
from cnn.datasets.proposal_building import build_proposal
from cnn.datasets.samples import Sample


def propose_folders(
    archive: zipfile.ZipFile, name: str, on_progress: Callable[[float], None] = lambda _: None
) -> Proposal:
    """Read the pictures of `archive`, called `name`; the folders' names are those of the classes.

    `on_progress` is called with the share that is done, 0 to 1. Raises DataError if there are no
    pictures, or not 2 to 50 classes.
    """
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
            f"The pictures are {_range_text(widths)} pixels wide and {_range_text(heights)} high; "
            f"they are scaled to {side} x {side}, their aspect kept."
        )
    test = parts[1] if len(parts[1].labels) else None
    samples = [
        Sample(before, found.images[i], classes[labels[i]]) for i, before in found.previews.items()
    ]
    return build_proposal(name, classes, parts[0], test, samples, notes, problems)


def _range_text(sides: Sequence[int]) -> str:
    low, high = min(sides), max(sides)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
