import json
from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.config import (
    BOUNDS,
    PRESETS,
    ConfigError,
    TrainingConfig,
    checked_number,
    parse_number,
    parse_setting,
    value_text,
)
from cnn.networks.layers import Dropout, with_pooling
from cnn.networks.starting_points import DEEP, NOTEBOOK
from cnn.presets import RECIPES

NUMBERS = [
    ("epochs", "Epochs", 1, 100, "a whole number from 1 to 100"),
    ("batch_size", "Batch size", 1, 4096, "a whole number from 1 to 4,096"),
    ("learning_rate", "Learning rate", 1e-6, 1.0, "a number from 0.000001 to 1"),
    ("seed", "Seed", 0, 2**31 - 1, "a whole number from 0 to 2,147,483,647"),
    ("limit", "Training digits", 100, 60_000, "a whole number from 100 to 60,000"),
]
NOT_NUMBERS = ["5", "", None, True, False, [5], {}, float("nan"), float("inf"), -float("inf"), 1j]
INVALID_BASES = [
    *("name", "name@", "@3", "name@3@4", "name@-1", "name@3.5", "name@12345", "name@three"),
    *("../name@3", "a/b@3", "a b@3", "name@3\n", " name@3", "x" * 101 + "@1"),
    *(None, 3, True, ["name@3"], {}),
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def error_message(**settings) -> str:
    with pytest.raises(ConfigError) as raised:
        TrainingConfig(**settings)
    return str(raised.value)


def test_the_defaults_are_those_of_the_course_notebook():
    config = TrainingConfig()
    assert (config.pooling, config.epochs, config.batch_size) == ("max", 5, 32)
    assert (config.learning_rate, config.limit) == (0.001, 60_000)
    assert PRESETS["notebook"] == config


def test_every_numeric_setting_has_bounds_in_the_same_order():
    numbers = [each.name for each in fields(TrainingConfig) if each.type in (int, float)]
    assert list(BOUNDS) == numbers == [name for name, *_ in NUMBERS]


@pytest.mark.parametrize(("name", "low", "high"), [(row[0], row[2], row[3]) for row in NUMBERS])
def test_both_bounds_are_valid(name, low, high):
    assert getattr(TrainingConfig(**{name: low}), name) == low
    assert getattr(TrainingConfig(**{name: high}), name) == high


@pytest.mark.parametrize(("name", "label", "low", "high", "expected"), NUMBERS)
def test_a_number_out_of_bounds_raises_an_error_with_the_range(name, label, low, high, expected):
    step = 1 if isinstance(low, int) else 1e-7
    for value in (low - step, high + step, -(10**9), 10**12):
        message = error_message(**{name: value})
        assert message.startswith(f"{label} is ")
        assert message.endswith(f"; it must be {expected}.")


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=repr)
@pytest.mark.parametrize(("name", "label", "expected"), [(r[0], r[1], r[4]) for r in NUMBERS])
def test_a_value_that_is_not_a_number_raises_an_error_with_the_range(name, label, expected, value):
    assert error_message(**{name: value}) == f"{label} is {value!r}; it must be {expected}."


@pytest.mark.parametrize("name", [name for name, *_ in NUMBERS])
def test_an_integer_larger_than_any_float_raises_an_error(name):
    with pytest.raises(ConfigError):
        checked_number(name, 10**400)
    with pytest.raises(ConfigError):
        checked_number(name, -(10**400))


@pytest.mark.parametrize("name", ["epochs", "batch_size", "seed", "limit"])
def test_a_fraction_raises_an_error_for_an_integer_setting(name):
    assert "it must be a whole number" in error_message(**{name: 150.5})


def test_numbers_are_converted_to_the_type_of_the_setting():
    config = TrainingConfig(epochs=5.0, learning_rate=1)
    assert isinstance(config.epochs, int)
    assert isinstance(config.learning_rate, float)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((7, "7"), (60_000, "60,000"), (1.0, "1"), (0.001, "0.001"), (1 / 3, "0.333333")),
        *((1e-6, "0.000001"), (1.5e-6, "0.0000015"), ("max", "max")),
    ],
)
def test_value_text(value, text):
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [("1000", 1000), ("1,000", 1000), ("12,345,678", 12_345_678), ("1e3", 1000), ("0.001", 1e-3)],
)
def test_numbers_are_parsed_with_or_without_thousands_separators(text, value):
    assert parse_number("epochs", text) == value


@pytest.mark.parametrize("text", ["many", "", "0,001", "2,5", "1,00", "1,0000", ",100"])
def test_parsing_anything_else_raises_an_error(text):
    with pytest.raises(ConfigError) as raised:
        parse_number("batch_size", text)
    assert str(raised.value) == (
        f"Batch size: {text!r} is not a number; write values such as 1000 or 0.001."
    )


@pytest.mark.parametrize(
    ("preset", "batch_size", "steps"),
    [("notebook", 1, 1), ("fast", 1, 16), ("fast", 256, 16), ("fast", 1024, 4), ("fast", 4096, 1)],
)
def test_an_execution_has_at_most_16_steps_and_4096_images(preset, batch_size, steps):
    assert TrainingConfig(preset=preset, batch_size=batch_size).steps_per_execution == steps


@pytest.mark.parametrize("value", ["median", "Max", "", None, 3, ["max"], {}, float("nan")])
def test_an_unknown_pooling_raises_an_error_with_the_choices(value):
    assert error_message(pooling=value) == (
        f"Pooling is {value!r}; it must be one of max, average, sum."
    )


@pytest.mark.parametrize("value", ["fast?", "", None, 3, []])
def test_an_unknown_preset_raises_an_error_with_the_choices(value):
    message = error_message(preset=value)
    assert message.startswith(f"Preset is {value!r}; it must be one of ")
    assert "notebook" in message


def test_a_batch_size_larger_than_the_number_of_digits_raises_an_error():
    message = error_message(batch_size=201, limit=200)
    assert message.startswith("Batch size is 201, larger than the 200 training digits;")
    assert TrainingConfig(batch_size=200, limit=200).steps_per_epoch == 1


def test_held_out_digits_are_not_available_for_training():
    message = error_message(validation="held_out", limit=55_001)
    assert message.startswith("Training digits is 55,001, but the last 5,000 of MNIST's 60,000")
    assert message.endswith("it must be at most 55,000.")
    assert TrainingConfig(validation="held_out", limit=55_000).available_digits == 55_000
    assert TrainingConfig(limit=60_000).available_digits == 60_000


def test_only_the_notebook_preset_validates_on_the_test_digits():
    assert {name: each.validation for name, each in PRESETS.items()} == {
        "notebook": "test",
        "fast": "held_out",
        "drawing": "held_out",
        "embedding": "held_out",
    }
    # Older runs lack this setting; they were validated on the test digits.
    assert TrainingConfig.from_dict({"preset": "fast"}).validation == "test"
    assert error_message(validation="train").startswith(
        "Validation is 'train'; it must be one of test"
    )


@pytest.mark.parametrize(
    ("limit", "batch_size", "steps"),
    [(60_000, 32, 1875), (100, 32, 4), (100, 50, 2), (100, 51, 2), (100, 1, 100)],
)
def test_the_last_batch_of_an_epoch_may_be_smaller(limit, batch_size, steps):
    assert TrainingConfig(limit=limit, batch_size=batch_size).steps_per_epoch == steps


def test_each_recipe_has_a_preset_of_the_same_name():
    assert set(PRESETS) == set(RECIPES) == {"notebook", "fast", "drawing", "embedding"}
    for name, config in PRESETS.items():
        assert (config.preset, config.recipe) == (name, RECIPES[name])
        assert config.base == ""


def test_the_recipes_of_the_notebook_and_of_drawing():
    notebook, drawing = TrainingConfig().recipe, TrainingConfig(preset="drawing").recipe
    assert (notebook.network, drawing.network) == ("notebook", "deep")


@pytest.mark.parametrize(
    ("preset", "values"),
    [
        ("notebook", ("adam", "constant", "none")),
        ("fast", ("muon", "one_cycle", "shift")),
        ("drawing", ("muon", "one_cycle", "full")),
    ],
)
def test_a_setting_that_is_not_given_is_the_presets(preset, values):
    for config in (
        TrainingConfig(preset=preset),
        PRESETS[preset],
        TrainingConfig.from_dict({"preset": preset, "epochs": 5}),  # an older run's config.json
        TrainingConfig(preset=preset, optimizer=None, weight_decay=None, dropout=None),
    ):
        assert (config.optimizer, config.schedule, config.augmentation) == values
        assert (config.weight_decay, config.dropout, config.network) == (0, 0, "")


def test_a_setting_that_is_given_is_kept_and_written():
    config = TrainingConfig(preset="fast", optimizer="sgd", schedule="constant", dropout=0.5)
    assert (config.optimizer, config.schedule, config.dropout) == ("sgd", "constant", 0.5)
    assert (config.augmentation, config.recipe) == ("shift", RECIPES["fast"])
    assert config.as_dict()["augmentation"] == "shift"
    assert replace(config, epochs=3).optimizer == "sgd"


def test_adamw_has_kerass_weight_decay_unless_another_is_given():
    assert TrainingConfig(optimizer="adamw").weight_decay == 0.004
    assert TrainingConfig(optimizer="adamw", weight_decay=0).weight_decay == 0


@pytest.mark.parametrize(
    ("name", "label", "choices"),
    [
        ("optimizer", "Optimizer", "sgd, adam, adamw, rmsprop, muon"),
        ("schedule", "Schedule", "constant, one_cycle, cosine"),
        ("augmentation", "Augmentation", "none, shift, full"),
    ],
)
@pytest.mark.parametrize("value", ["Adam", "", 3, ["none"], True], ids=repr)
def test_an_unknown_choice_raises_an_error_with_the_choices(name, label, choices, value):
    assert error_message(**{name: value}) == f"{label} is {value!r}; it must be one of {choices}."


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("weight_decay", 0.2, "Weight decay is 0.2; it must be a number from 0 to 0.1."),
        ("dropout", 1, "Dropout is 1; it must be a number from 0 to 0.9."),
        ("dropout", "half", "Dropout is 'half'; it must be a number from 0 to 0.9."),
        ("network", None, "Network must be a text, one line of Keras code."),
        ("network", 3, "Network must be a text, one line of Keras code."),
        (
            "network",
            "Sequential([Dense(ten)])",
            "Network: Line 1, Dense: units cannot be read: `ten` is a variable; write its value.",
        ),
        (
            "network",
            "Sequential([Flatten(), Dense(9, activation='softmax')])",
            "Network: dense_1: The last layer has a unit for each of the 10 classes: set units to "
            "10.",
        ),
        ("network", "\0", "Network: "),
        ("network", " ", "Network: There is no network in the text"),
    ],
)
def test_another_setting_that_is_invalid_raises_an_error(name, value, sentence):
    assert error_message(**{name: value}).startswith(sentence)


OWN = 'Sequential([AveragePooling2D(7), Flatten(), Dense(10, activation="softmax")])'


def test_an_own_network_is_kept_as_one_line_and_determines_the_pooling():
    text = "keras.Sequential([\n layers.AvgPool2D((7, 7)), Flatten(),\n Dense(10, 'softmax')])"
    config = TrainingConfig(network=text)
    assert config.network == OWN
    assert config == TrainingConfig(network=OWN, pooling="sum")
    assert config.pooling == "average"
    assert TrainingConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config
    assert parse_setting("network", text) == OWN
    assert parse_setting("network", "") == ""


@pytest.mark.parametrize("settings", [{}, {"network": OWN}, {"preset": "drawing"}], ids=str)
def test_dropout_is_a_layer_before_the_last(settings):
    without, config = TrainingConfig(**settings), TrainingConfig(**settings, dropout=0.25)
    assert config.layers == (*without.layers[:-1], Dropout(0.25), without.layers[-1])


def test_the_layers_of_a_preset_have_the_chosen_pooling():
    assert TrainingConfig().layers == NOTEBOOK
    assert PRESETS["drawing"].layers == DEEP
    assert TrainingConfig(pooling="sum").layers == with_pooling(NOTEBOOK, "sum")


def test_the_drawing_preset_holds_out_5000_digits():
    assert PRESETS["drawing"].limit == 55_000


def test_the_notebook_preset_adds_no_images():
    config = TrainingConfig(limit=100)
    assert (config.synthetic_digits, config.non_digits, config.images_per_epoch) == (0, 0, 100)


@pytest.mark.parametrize("limit", [100, 333, 60_000])
def test_the_drawing_preset_adds_synthetic_digits_and_non_digits(limit):
    config = TrainingConfig(preset="drawing", limit=limit)
    assert abs(config.synthetic_digits - 0.6 * limit) <= 0.5
    assert abs(config.non_digits - 0.2 * limit) <= 0.5
    assert config.images_per_epoch == limit + config.synthetic_digits + config.non_digits


@pytest.mark.parametrize("batch_size", [1, 7, 50, 100])
def test_steps_per_epoch_counts_the_batches_of_all_images(batch_size):
    config = TrainingConfig(preset="drawing", limit=100, batch_size=batch_size)
    batches = [range(first, first + batch_size) for first in range(0, 10**4, batch_size)]
    assert config.steps_per_epoch == sum(each.start < config.images_per_epoch for each in batches)


@pytest.mark.parametrize(
    "base", ["", "name@3", "pretrained@40", "20240102-030405-max-ab12@0", "a.b_c@9999"]
)
def test_a_base_is_a_run_and_an_epoch_or_empty(base):
    assert TrainingConfig(base=base).base == base


@pytest.mark.parametrize("base", INVALID_BASES, ids=repr)
def test_an_invalid_base_raises_an_error(base):
    shown = repr(base) if len(repr(base)) <= 40 else f"{repr(base)[:30]}…"
    assert error_message(base=base) == (
        f"Base is {shown}; it must be a run and an epoch, as name@3."
    )


def test_a_configuration_is_immutable():
    with pytest.raises(FrozenInstanceError):
        TrainingConfig().epochs = 7


@given(
    st.builds(
        TrainingConfig,
        preset=st.sampled_from(["notebook", "drawing"]),
        base=st.sampled_from(["", "20240102-030405-max-ab12@3"]),
        pooling=st.sampled_from(["max", "average", "sum"]),
        epochs=st.integers(1, 100),
        batch_size=st.integers(1, 100),
        learning_rate=st.floats(1e-6, 1.0),
        seed=st.integers(0, 2**31 - 1),
        limit=st.integers(100, 60_000),
    )
)
def test_a_configuration_survives_json(config):
    assert TrainingConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config


def test_the_error_names_unknown_settings():
    with pytest.raises(ConfigError) as raised:
        TrainingConfig.from_dict({"epochs": 5, "momentum": 0.9, "batches": 3})
    assert str(raised.value) == "Unknown settings: batches, momentum."


@given(
    json_values
    | st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            [each.name for each in fields(TrainingConfig)],
            json_values,
        ),
    )
)
def test_any_json_gives_a_configuration_or_a_configuration_error(values):
    try:
        TrainingConfig.from_dict(values)
    except ConfigError as error:
        assert str(error).endswith(".")
