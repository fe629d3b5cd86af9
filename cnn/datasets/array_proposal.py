"""From arrays of pictures and labels to a proposal of a data set."""

from collections.abc import Sequence

import numpy as np

from cnn.constants import IMAGE_SIDE
from cnn.data.mnist import Digits
from cnn.datasets.array_parts import ArrayParts
from cnn.datasets.labels import EMNIST, name_classes, read_labels
from cnn.datasets.pixel_values import as_bytes, as_images, full_value, with_layout
from cnn.datasets.problems import Problems
from cnn.datasets.proposal import Proposal
from cnn.datasets.proposal_building import build_proposal
from cnn.datasets.samples import Sample, preview, sample_indices


def propose_arrays(parts: ArrayParts, names: str) -> Proposal:
    """Convert the arrays of the files `names`.

    Raises DataError if some are missing, or are not pictures or labels.
    """
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
    emnist = next((EMNIST[kind] for kind in EMNIST if f"emnist-{kind}" in names.lower()), {})
    known = parts.class_names or emnist
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
