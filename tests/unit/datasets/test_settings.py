from dataclasses import replace

import numpy as np
import pytest

from cnn.config import PRESETS, ConfigError, TrainingConfig, bound_of
from cnn.data.mnist import DataError, Digits
from cnn.data.training_set import build_training_set, validation_digits
from cnn.dataset_facts import MNIST_FACTS, DatasetFacts
from cnn.datasets.catalog import delete_dataset
from cnn.datasets.dataset import MNIST, Splits
from cnn.datasets.drawings import change_drawings, read_drawings
from cnn.datasets.settings import dataset_of, for_dataset, load_splits
from cnn.datasets.writing import create_dataset
from cnn.jobs.errors import JobError
from cnn.jobs.lr_sweep import start_sweep
from cnn.jobs.queue import start_training
from cnn.jobs.resuming import resume_training
from cnn.networks.layers import Dense
from cnn.runs.differences import config_text, differences
from cnn.runs.run import list_runs, read_run
from cnn.runs.state import RunState
from cnn.runs.writing import create_run
from tests.own_data import CLASSES, make_dataset
from tests.unit.datasets.files import pictures


@pytest.fixture
def symbols():
    return make_dataset()


def digits(count, classes=2):
    return Digits(pictures(count), (np.arange(count) % classes).astype(np.uint8))


def test_the_facts_of_a_data_set_are_those_of_its_description(symbols):
    assert symbols.facts.classes == CLASSES
    assert symbols.facts.checksum == symbols.checksum
    assert MNIST.facts == MNIST_FACTS


def test_mnist_is_not_written_into_a_configuration():
    assert "dataset" not in TrainingConfig().as_dict()


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_is_adapted_to_a_data_set(symbols, preset):
    config = for_dataset(PRESETS[preset], symbols)
    assert config.layers[-1] == Dense(3, "softmax")
    assert (config.data, config.classes) == (symbols.id, CLASSES)
    assert (config.limit, config.validation) == (1500, "held_out")
    assert 300 <= config.epochs * config.steps_per_epoch < 350
    assert config.images_per_epoch == config.limit  # no synthetic digits, no non-digits
    assert TrainingConfig.from_dict(config.as_dict()) == config
    assert for_dataset(config, MNIST) == PRESETS[preset]


def test_an_own_network_gets_a_unit_for_each_class(symbols):
    own = replace(
        PRESETS["notebook"], network='Sequential([Flatten(), Dense(10, activation="softmax")])'
    )
    config = for_dataset(own, symbols)
    assert config.layers[-1].units == 3
    with pytest.raises(ConfigError, match="a unit for each of the 3 classes"):
        replace(config, network=own.network)


def test_the_smallest_data_set_has_valid_settings():
    splits = Splits(digits(8), digits(2))
    smallest = create_dataset("Few", ("a", "b"), splits, 2, "a file")
    for preset in PRESETS.values():
        config = for_dataset(preset, smallest)
        assert (config.limit, config.batch_size, config.epochs) == (6, 6, 100)


def test_limits_follow_the_data_set(symbols):
    config = for_dataset(TrainingConfig(), symbols)
    assert (bound_of("limit", config.dataset).low, bound_of("limit").high) == (100, 60_000)
    with pytest.raises(ConfigError, match="Training pictures is 1,501, but the last 300 of the"):
        replace(config, limit=1501)
    with pytest.raises(ConfigError, match="larger than the 100 training pictures; choose"):
        replace(config, limit=100, batch_size=101)


@pytest.mark.parametrize(
    "change",
    [
        {"classes": ["a"]},
        {"classes": ["a", "a"]},
        {"classes": ["a", 1]},
        {"classes": None},
        {"held_out": 0},
        {"held_out": "1"},
        {"checksum": "0"},
        {"id": "../x"},
    ],
)
def test_a_damaged_description_in_a_configuration_is_refused(symbols, change):
    values = for_dataset(TrainingConfig(), symbols).as_dict()
    with pytest.raises(ConfigError, match="The description of the data set is not valid"):
        TrainingConfig.from_dict({**values, "dataset": values["dataset"] | change})


def test_the_facts_must_be_facts():
    with pytest.raises(ConfigError):
        TrainingConfig(dataset="mnist")
    with pytest.raises(ValueError):
        DatasetFacts.from_dict([])


def test_full_augmentation_of_other_data_only_distorts(symbols):
    config = replace(for_dataset(TrainingConfig(), symbols), augmentation="full", limit=100)
    training, _ = load_splits(config.dataset)
    training_set = build_training_set(config, training)
    np.testing.assert_array_equal(training_set.images, training.images[:100])
    assert training_set.augment is not None
    assert not config.has_non_digits


def test_the_held_out_part_is_the_data_sets(symbols):
    config = for_dataset(TrainingConfig(), symbols)
    training, test = load_splits(config.dataset)
    held_out = validation_digits(config, training, test)
    np.testing.assert_array_equal(held_out.images, training.images[-300:])


def test_a_data_set_that_is_gone_or_changed_is_a_sentence(symbols):
    config = for_dataset(TrainingConfig(), symbols)
    run = create_run(config, state=RunState("stopped"))
    drawings = read_drawings(symbols)
    change_drawings(symbols, drawings.add(drawings.images[0], 0))
    with pytest.raises(DataError, match='"Symbols" has been changed since: its checksum is'):
        dataset_of(config.dataset)
    deleted = delete_dataset(symbols)
    gone = 'The data set "Symbols" is not there'
    with pytest.raises(DataError, match=gone):
        load_splits(config.dataset)
    for start in (start_training, start_sweep):
        with pytest.raises(JobError, match=gone):
            start(config)
    with pytest.raises(JobError, match=gone):
        resume_training(run)
    assert deleted.is_dir()
    assert [each.id for each in list_runs()[0]] == [run.id]


def test_a_run_names_its_data_set_and_reads_it_back(symbols):
    run = create_run(for_dataset(TrainingConfig(), symbols))
    assert read_run(run.path).config == run.config
    assert config_text(run.config).startswith("data set Symbols, preset notebook")
    assert "1,800 training pictures, 300 of them held out" in config_text(run.config)
    assert differences(run.config)["dataset"] == symbols.facts
