"""The data set of a training: its settings for another one, and the pictures of its own."""

import math
from dataclasses import replace
from pathlib import Path

from cnn.config import BOUNDS, PRESETS, TrainingConfig
from cnn.data.mnist import DataError
from cnn.dataset_facts import DatasetFacts
from cnn.datasets.catalog import open_dataset
from cnn.datasets.dataset import Dataset, Splits
from cnn.networks.code_parsing import parse_code
from cnn.networks.code_writing import network_line
from cnn.networks.layers import with_classes

FEW = 10_000  # pictures, of which an epoch is short: the steps count, not the epochs
STEPS = 300  # of a training on few pictures; two drawn classes need about a third of them
FEWEST_BATCHES = 30  # in an epoch, unless they were smaller than
SMALLEST_BATCH = 8


def for_dataset(config: TrainingConfig, dataset: Dataset) -> TrainingConfig:
    """Return `config` for a training on `dataset`; what depends on the data set is adapted.

    On other data sets than MNIST, all pictures that are not held out are used, if they are few in
    smaller batches and for STEPS steps. Validation is on those held out, so that the reject
    threshold is measured on pictures that the training has not used. The last layer of an own
    network gets a unit for each class. On MNIST, these settings are the preset's.
    """
    facts, preset = dataset.facts, PRESETS[config.preset]
    if facts == config.dataset:
        return config
    limit, batch_size, epochs = preset.limit, preset.batch_size, preset.epochs
    if not facts.is_mnist:
        limit = facts.training_count - facts.held_out
        batch_size = min(batch_size, max(SMALLEST_BATCH, limit // FEWEST_BATCHES), limit)
        if limit <= FEW:
            epochs = math.ceil(STEPS / math.ceil(limit / batch_size))
    network = config.network
    if network:
        network = network_line(with_classes(parse_code(network).layers, len(facts.classes)))
    return replace(
        config,
        dataset=facts,
        limit=limit,
        batch_size=batch_size,
        epochs=min(epochs, BOUNDS["epochs"].high),
        validation=preset.validation if facts.is_mnist else "held_out",
        network=network,
    )


def dataset_of(facts: DatasetFacts, folder: Path | None = None) -> Dataset:
    """Return the data set that `facts` describe, in `folder` (default: `datasets_path()`).

    Raises DataError if it was deleted, or changed since.
    """
    try:
        dataset = open_dataset(facts.id, folder)
    except DataError as error:
        raise DataError(f'The data set "{facts.name}" is not there. {error}') from None
    if dataset.checksum != facts.checksum:
        raise DataError(
            f'The data set "{dataset.name}" has been changed since: its checksum is '
            f"{dataset.checksum[:8]}, not {facts.checksum[:8]}. Configure a new training with it."
        )
    return dataset


def load_splits(facts: DatasetFacts, folder: Path | None = None) -> Splits:
    """Return the pictures that `facts` describe.

    Raises DataError as `dataset_of`, or if they are damaged.
    """
    return dataset_of(facts, folder).load()
