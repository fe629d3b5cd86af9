from dataclasses import replace

import pytest

from cnn.config import CHOICES, PRESETS, ConfigError, TrainingConfig
from cnn.datasets.settings import for_dataset
from cnn.jobs.experiments import CHOSEN, SETTINGS, plan
from cnn.jobs.varied_values import (
    OFFERED,
    default_values,
    offered_values,
    parse_values,
    possible_settings,
    split_values,
)
from tests.own_data import make_dataset

SMALL = TrainingConfig(epochs=2, limit=200)


@pytest.mark.parametrize(
    ("setting", "text", "values"),
    [
        ("pooling", "max  sum", ("max", "sum")),
        ("batch_size", "32; 64 128", (32, 64, 128)),
        ("learning_rate", "0.001 1e-4", (0.001, 0.0001)),
        ("limit", "1,000 60,000", (1000, 60000)),
        ("epochs", "1 2 2 1", (1, 2)),
    ],
)
def test_values_are_parsed_in_their_usual_notations(setting, text, values):
    assert parse_values(setting, text) == values


@pytest.mark.parametrize(
    ("setting", "text", "sentence"),
    [
        ("batch_size", "32 many", "Batch size: 'many' is not a number"),
        ("batch_size", "", "at least two different values"),
        ("learning_rate", "0,001 0,0005", "'0,001' is not a number"),
        ("epochs", "2,5 10", "'2,5' is not a number"),
        ("epochs", "3", "at least two different values"),
        ("epochs", "inf 1 2", "is not a number|Epochs is inf"),
        ("pooling", "max max", "at least two different values"),
        ("pooling", "max median", "it must be one of max, average, sum"),
        ("learning_rate", "1 1000", "Learning rate is 1,000"),
    ],
)
def test_invalid_values_get_a_sentence(setting, text, sentence):
    with pytest.raises(ConfigError, match=sentence):
        plan(SMALL, setting, parse_values(setting, text), 1)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("preset", PRESETS)
def test_the_default_values_can_be_trained(setting, preset):
    values = parse_values(setting, " ".join(default_values(setting, PRESETS[preset])))
    assert len(plan(PRESETS[preset], setting, values, 1)) >= 2


@pytest.fixture
def symbols(tmp_path, monkeypatch):
    """The settings for a data set of one's own."""
    monkeypatch.setenv("CNN_DATASETS", str(tmp_path))
    return for_dataset(TrainingConfig(), make_dataset())


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_what_is_offered_can_be_trained_and_has_the_default_values(setting, preset):
    config = PRESETS[preset]
    offered = offered_values(setting, config)
    assert set(default_values(setting, config)) <= set(offered)
    assert split_values(setting, " ".join(offered)) == offered
    assert len(plan(config, setting, parse_values(setting, " ".join(offered)), 1)) == len(offered)


def test_every_setting_is_chosen_from_a_list_or_has_numbers_to_choose_from():
    assert {*CHOSEN, *OFFERED} == set(SETTINGS)
    assert {offered_values(name, SMALL) for name in CHOSEN} == {CHOICES[name] for name in CHOSEN}


def test_numbers_that_do_not_fit_are_not_offered():
    assert offered_values("batch_size", replace(SMALL, limit=100)) == ("8", "16", "32", "64")
    own = "Sequential([Conv2D(8, 3), Flatten(), Dense(10, 'softmax')])"
    assert offered_values("depth", replace(SMALL, network=own)) == ("1", "2", "3", "4", "5")
    assert offered_values("limit", PRESETS["notebook"])[-2:] == ("27,500", "55,000")


def test_values_are_offered_that_fit_own_data(symbols):
    high = f"{symbols.limit:,}"
    assert offered_values("limit", symbols)[-1] == high
    assert default_values("limit", symbols)[-1] == high
    assert str(symbols.batch_size) in offered_values("batch_size", symbols)
    assert set(possible_settings(symbols)) == set(SETTINGS)


def test_the_number_of_pictures_cannot_be_varied_if_there_are_few(symbols):
    data = replace(symbols.dataset, training_count=60, held_out=10)
    few = replace(symbols, dataset=data, limit=50, batch_size=8)
    assert set(SETTINGS) - set(possible_settings(few)) == {"limit"}


@pytest.mark.parametrize(
    ("setting", "text", "shown"),
    [
        ("limit", "55000 1,000;1000", ("55,000", "1,000")),
        ("learning_rate", "1e-4 many", ("0.0001", "many")),
        ("pooling", " max  median ", ("max", "median")),
        ("epochs", "", ()),
    ],
)
def test_typed_numbers_are_written_like_those_that_are_offered(setting, text, shown):
    assert split_values(setting, text) == shown
