"""The training of the face network: an ordinary run of the notebook's network on a data set."""

import math
from dataclasses import replace
from pathlib import Path

from cnn.config import PRESETS, TrainingConfig
from cnn.datasets.catalog import list_datasets
from cnn.datasets.dataset import KEYS, Dataset, checksum
from cnn.datasets.settings import for_dataset
from cnn.datasets.writing import create_dataset
from cnn.faces.training_data import CLASSES, face_splits
from cnn.runs.run import Run, list_runs

NAME = "Faces"
SOURCE = "scikit-image: lfw_subset (Labeled Faces in the Wild) and pictures without a face"
STEPS = 1500  # of the training, which takes less than a minute


def face_dataset(folder: Path | None = None) -> Dataset:
    """Return the data set of faces in `folder` (default: `datasets_path()`); made if there is none.

    Raises DataError on a disk error.
    """
    splits, held_out = face_splits()
    values = (*splits.training, *splits.test)
    digest = checksum(dict(zip(KEYS, values, strict=True)))
    for dataset in list_datasets(folder)[0]:
        if dataset.checksum == digest:
            return dataset
    return create_dataset(NAME, CLASSES, splits, held_out, SOURCE, folder=folder)


def face_config(dataset: Dataset) -> TrainingConfig:
    """Return the settings of a training on `dataset`: those of the notebook, for STEPS steps.

    But the learning rate falls to 0: at a constant one, the number of false boxes would depend on
    the last batches.
    """
    config = for_dataset(PRESETS["notebook"], dataset)
    epochs = math.ceil(STEPS / config.steps_per_epoch)
    return replace(config, epochs=epochs, schedule="cosine")


def face_run(folder: Path | None = None) -> Run | None:
    """Return the newest run in `folder` on a data set of faces; None if there is none."""
    runs = (run for run in list_runs(folder)[0] if _is_face_run(run))
    return next(runs, None)


def _is_face_run(run: Run) -> bool:
    """Whether `run` classifies faces, by the classes of its data, which may be renamed."""
    return run.data.classes == CLASSES
