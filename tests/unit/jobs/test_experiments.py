import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from cnn.config import PRESETS, ConfigError, TrainingConfig
from cnn.datasets.settings import for_dataset
from cnn.jobs import experiments
from cnn.jobs.experiments import list_experiments, outcomes, plan, start_experiment
from cnn.networks.code_writing import network_line
from cnn.networks.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPooling2D,
    with_pooling,
)
from cnn.networks.shapes import describe
from cnn.rendering.comparison_charts import spread_chart
from cnn.runs.run import RunState, open_run
from cnn.runs.writing import create_run, write_state
from tests.own_data import make_dataset

SMALL = TrainingConfig(epochs=2, limit=200)


@pytest.fixture
def started(monkeypatch):
    """The configurations of the runs that were started, in their order; nothing trains."""
    configs = []

    def start(config, folder, owner):
        configs.append(config)
        return create_run(config, folder)

    monkeypatch.setattr(experiments, "start_training", start)
    return configs


def test_every_value_is_trained_with_every_seed(tmp_path, started):
    made = start_experiment(SMALL, "pooling", ("max", "average", "sum"), 2, tmp_path)
    assert [(each.pooling, each.seed) for each in started] == [
        ("max", 0),
        ("average", 0),
        ("sum", 0),
        ("max", 1),
        ("average", 1),
        ("sum", 1),
    ]
    assert {(each.epochs, each.limit) for each in started} == {(2, 200)}
    assert {each.validation for each in started} == {"held_out"}
    for value, ids in zip(made.values, made.runs, strict=True):
        assert [open_run(each, tmp_path).config.pooling for each in ids] == [value] * 2
    assert list_experiments(tmp_path) == [made]


def test_the_runs_are_named_by_value_and_seed(tmp_path, started):
    made = start_experiment(SMALL, "batch_size", (16, 32), 2, tmp_path)
    titles = [[open_run(each, tmp_path).title for each in row] for row in made.runs]
    assert titles == [
        ["Batch size 16, seed 0", "Batch size 16, seed 1"],
        ["Batch size 32, seed 0", "Batch size 32, seed 1"],
    ]


def test_the_runs_of_a_second_experiment_have_other_names(tmp_path, started):
    start_experiment(SMALL, "pooling", ("max", "sum"), 1, tmp_path)
    for number in (2, 3):
        made = start_experiment(
            replace(SMALL, epochs=1), "pooling", ("sum", "average"), 1, tmp_path
        )
        titles = [open_run(run_id, tmp_path).title for [run_id] in made.runs]
        assert titles == [f"Sum, seed 0 ({number})", f"Average, seed 0 ({number})"]


@pytest.mark.parametrize("preset", PRESETS)
def test_no_run_trains_on_the_digits_held_out(preset):
    configs = plan(PRESETS[preset], "pooling", ("max", "sum"), 1)
    limit = min(PRESETS[preset].limit, 55_000)
    assert [(each.validation, each.limit) for [each] in configs] == [("held_out", limit)] * 2


def test_training_digits_that_are_held_out_are_refused():
    with pytest.raises(ConfigError, match=r"it must be at most 55,000\."):
        plan(TrainingConfig(), "limit", (55_000, 55_001), 1)


def test_nothing_is_started_if_a_value_is_out_of_its_bounds(tmp_path, started):
    with pytest.raises(ConfigError, match="Batch size is 0"):
        start_experiment(SMALL, "batch_size", (32, 0), 1, tmp_path)
    assert started == [] and list_experiments(tmp_path) == []


def test_too_many_runs_are_refused_with_their_number():
    with pytest.raises(
        ConfigError, match="7 values with 5 seeds are 35 runs; an experiment has at most 30"
    ):
        plan(SMALL, "epochs", range(1, 8), 5)


OWN = "Sequential([Conv2D(8, 3), SumPooling2D(2), Flatten(), Dense(10, 'softmax')])"


def varied_layers(config, setting, values):
    return [each.layers for [each] in plan(config, setting, values, 1)]


def test_the_network_is_varied():
    few, same = varied_layers(TrainingConfig(), "filters", (8, 32))
    assert [each.filters for each in few if isinstance(each, Conv2D)] == [8, 16, 16]
    assert same == TrainingConfig().layers
    assert plan(TrainingConfig(), "filters", (8, 32), 1)[1][0].network == ""
    _, five = varied_layers(SMALL, "kernel_size", (3, 5))
    assert [(each.kernel_size, each.padding) for each in five if isinstance(each, Conv2D)] == [
        *((5, "valid"), (5, "valid"), (5, "same")),  # on a map of 4 x 4
    ]
    for network, number in zip(varied_layers(SMALL, "depth", (1, 2, 5)), (1, 2, 5), strict=True):
        assert sum(isinstance(each, Conv2D) for each in network) == number
        assert describe(network).problems == []


def test_the_dropout_of_a_varied_network_is_kept_once():
    [[config], _] = plan(replace(SMALL, dropout=0.5), "filters", (8, 16), 1)
    assert config.layers.count(Dropout(0.5)) == 1
    assert "Dropout" not in config.network


def test_the_pooling_of_an_own_network_is_varied():
    config = replace(SMALL, network=OWN)
    assert [each.pooling for [each] in plan(config, "pooling", ("max", "sum"), 1)] == ["max", "sum"]
    [most, total] = varied_layers(config, "pooling", ("max", "sum"))
    assert most == with_pooling(total, "max") != total


def test_adamw_is_compared_with_its_weight_decay():
    [[adam], [adamw]] = plan(SMALL, "optimizer", ("adam", "adamw"), 1)
    assert (adam.weight_decay, adamw.weight_decay) == (0, 0.004)


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("filters", 0, "Filters is 0; it must be a whole number from 1 to 512."),
        ("filters", 8.5, "Filters is 8.5; it must be a whole number from 1 to 512."),
        ("filters", 512, "Filters 512 does not fit: "),
        ("dropout", 0.95, "Dropout is 0.95; it must be a number from 0 to 0.9."),
        ("optimizer", "lion", "Optimizer is 'lion'; it must be one of sgd, adam, adamw, rmsprop, "),
    ],
)
def test_a_variation_that_does_not_fit_gets_a_sentence(setting, value, sentence):
    with pytest.raises(ConfigError) as raised:
        plan(SMALL, setting, (value, value), 1)
    assert str(raised.value).startswith(sentence)


def test_a_variation_with_too_many_layers_gets_a_sentence():
    long = f"Sequential([Conv2D(4, 3), {'Dropout(0.1), ' * 16}Flatten(), Dense(10, 'softmax')])"
    sentence = "Convolutions 7 does not fit: dense_1: A network has at most 24 layers here"
    with pytest.raises(ConfigError, match=sentence):
        plan(replace(SMALL, network=long), "depth", (6, 7), 1)


def test_the_normalization_and_activation_of_a_convolution_are_varied_with_it():
    norm = (BatchNormalization(), Activation("relu"))
    first, last = Conv2D(8, 3, use_bias=False), Conv2D(16, 3, 2, use_bias=False)
    end = (Flatten(), Dense(10, "softmax"))
    own = network_line((first, *norm, MaxPooling2D(2), last, *norm, *end))
    one, four = varied_layers(replace(SMALL, network=own), "depth", (1, 4))
    assert one == (first, *norm, MaxPooling2D(2), *end)
    more = (replace(last, strides=1, padding="same"), *norm)
    assert four == (first, *norm, MaxPooling2D(2), last, *norm, *more, *more, *end)


def test_a_network_without_convolutions_cannot_be_varied():
    config = replace(SMALL, network="Sequential([Flatten(), Dense(10, 'softmax')])")
    with pytest.raises(ConfigError, match="Filters cannot be varied: the network has no Conv2D"):
        plan(config, "filters", (8, 16), 1)


@pytest.mark.parametrize(
    ("setting", "values", "names"),
    [
        ("filters", (8, 32), ["8 filters, seed 0", "32 filters, seed 0"]),
        ("kernel_size", (3, 5), ["3 x 3 kernels, seed 0", "5 x 5 kernels, seed 0"]),
        ("depth", (1, 2), ["1 convolution, seed 0", "2 convolutions, seed 0"]),
        ("optimizer", ("sgd", "muon"), ["SGD, seed 0", "Muon, seed 0"]),
        ("dropout", (0.0, 0.5), ["Dropout 0, seed 0", "Dropout 0.5, seed 0"]),
    ],
)
def test_the_runs_of_a_variation_are_named_by_it(tmp_path, started, setting, values, names):
    made = start_experiment(SMALL, setting, values, 1, tmp_path)
    assert [open_run(run_id, tmp_path).title for [run_id] in made.runs] == names
    assert list_experiments(tmp_path) == [made]


def test_an_experiment_on_own_data_names_it(tmp_path, started, monkeypatch):
    monkeypatch.setenv("CNN_DATASETS", str(tmp_path / "datasets"))
    config = for_dataset(TrainingConfig(), make_dataset())
    made = start_experiment(config, "pooling", ("max", "sum"), 1, tmp_path)
    assert {each.dataset.name for each in started} == {"Symbols"}
    assert made.title == "Pooling: max, sum, data set Symbols"
    assert list_experiments(tmp_path) == [made]


def test_the_title_has_the_names_of_the_values(tmp_path, started):
    made = start_experiment(SMALL, "schedule", ("constant", "one_cycle"), 2, tmp_path)
    shown = "Schedule: constant learning rate, one-cycle schedule, 2 seeds each"
    assert made.title == shown


def test_an_experiment_of_an_earlier_version_has_no_data_set(tmp_path, started):
    made = start_experiment(SMALL, "pooling", ("max", "sum"), 1, tmp_path)
    path = tmp_path / ".experiments" / f"{made.id}.json"
    kept = json.loads(path.read_text())
    del kept["data"]
    path.write_text(json.dumps(kept))
    assert list_experiments(tmp_path) == [made]


def finished(run, accuracies, seconds, test_accuracy=None):
    """Write the figures of a finished `run`; `accuracies` are those on the validation digits."""
    lines = [
        f"{i},0.1,0.9,0.1,{accuracy},{i * seconds / len(accuracies)}"
        for i, accuracy in enumerate(accuracies, 1)
    ]
    header = "epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s"
    (run.path / "epochs.csv").write_text("\n".join([header, *lines]) + "\n")
    write_state(run, RunState("finished", "", 0.1, test_accuracy, seconds))


def test_the_outcomes_are_those_of_the_runs_that_are_there(tmp_path, started):
    made = start_experiment(SMALL, "pooling", ("max", "sum"), 2, tmp_path)
    runs = [[open_run(each, tmp_path) for each in row] for row in made.runs]
    finished(runs[0][0], [0.8, 0.9], 10, 0.91)
    finished(runs[0][1], [0.7, 0.8], 20, 0.79)
    finished(runs[1][0], [0.5, 0.6], 12)
    shutil.rmtree(runs[1][1].path)
    most, total = outcomes(made, tmp_path)
    assert [most.finished, total.finished] == [runs[0], runs[1][:1]]
    np.testing.assert_allclose(most.accuracies, [0.9, 0.8])
    np.testing.assert_allclose(most.test_accuracies, [0.91, 0.79])
    np.testing.assert_allclose(most.seconds, [10, 20])
    np.testing.assert_allclose(most.curves, [[0.8, 0.9], [0.7, 0.8]])
    assert len(total.runs) == 1
    np.testing.assert_allclose(total.accuracies, [0.6])
    np.testing.assert_array_equal(total.test_accuracies, [np.nan])


def test_an_experiment_whose_runs_validated_on_the_test_digits_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments, "held_out", lambda config: config)
    monkeypatch.setattr(experiments, "start_training", create_run)
    made = start_experiment(SMALL, "pooling", ("max", "sum"), 1, tmp_path)
    run = open_run(made.runs[0][0], tmp_path)
    assert run.config.validation == "test"
    finished(run, [0.8, 0.9], 10, 0.9)
    assert list_experiments(tmp_path) == [made]
    [first, _] = outcomes(made, tmp_path)
    assert (first.accuracies, first.test_accuracies) == ([0.9], [0.9])


def test_epochs_to_come_are_nan(tmp_path, started):
    made = start_experiment(SMALL, "pooling", ("max", "sum"), 2, tmp_path)
    finished(open_run(made.runs[0][0], tmp_path), [0.8, 0.9], 10)
    [first, second] = outcomes(made, tmp_path)
    np.testing.assert_allclose(first.curves, [[0.8, 0.9], [np.nan, np.nan]])
    assert second.curves.shape == (2, 0)
    assert len(first.accuracies) == 1


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        json.dumps({"id": "x", "setting": "hats", "values": [1], "seeds": [0], "runs": [["a"]]}),
        json.dumps({"id": "x", "setting": "epochs", "values": [1], "seeds": ["a"], "runs": [[]]}),
        json.dumps({"id": "x", "setting": "epochs", "values": [[]], "seeds": [0], "runs": [[]]}),
        json.dumps({"id": "x", "setting": "epochs", "values": [1, 2], "seeds": [0], "runs": []}),
    ],
)
def test_a_damaged_experiment_is_skipped(tmp_path, content):
    folder = tmp_path / ".experiments"
    folder.mkdir()
    (folder / "x.json").write_text(content)
    assert list_experiments(tmp_path) == []


def test_a_run_id_that_leads_out_of_the_folder_is_left_out(tmp_path, started):
    made = start_experiment(SMALL, "pooling", ("max", "sum"), 1, tmp_path)
    path = tmp_path / ".experiments" / f"{made.id}.json"
    kept = json.loads(path.read_text())
    kept["runs"][0] = ["../../etc"]
    path.write_text(json.dumps(kept))
    [read] = list_experiments(tmp_path)
    assert outcomes(read, tmp_path)[0].runs == []


def test_the_chart_has_a_mean_and_a_band_for_each_value():
    curves = [np.array([[0.8, 0.9], [0.6, np.nan]]), np.array([[0.5, 0.7]])]
    chart = spread_chart(["max", "sum"], curves, planned=3)
    lines = {each["name"]: each["data"] for each in chart["series"] if "name" in each}
    assert lines["max"] == [[1, 70.0, "70.00 %"], [2, 90.0, "90.00 %"]]
    assert lines["sum"] == [[1, 50.0, "50.00 %"], [2, 70.0, "70.00 %"]]
    bands = [each["data"] for each in chart["series"] if "stack" in each]
    np.testing.assert_allclose(bands, [[[1, 60], [2, 90]], [[1, 20], [2, 0]]])  # one seed: none
    json.dumps(chart)


def test_the_chart_without_epochs_says_when_points_appear():
    chart = spread_chart(["max"], [np.empty((1, 0))], planned=3)
    assert chart["series"] == []
    assert "after epoch 1" in json.dumps(chart)


def test_what_a_class_makes_in_one_second_has_distinct_names(started, tmp_path):
    """By the random part alone, 32 bits: two of a thousand are equal once in 8,600 times."""
    run = create_run(SMALL)
    experiment = start_experiment(SMALL, "pooling", ["max"], 1)
    dataset = make_dataset(folder=tmp_path)
    for name in (run.id, experiment.id, dataset.id):
        assert len(bytes.fromhex(name.rpartition("-")[2])) == 4
