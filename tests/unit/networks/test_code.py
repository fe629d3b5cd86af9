import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.networks.code_parsing import parse_code
from cnn.networks.code_writing import network_code, network_line
from cnn.networks.errors import NetworkError
from cnn.networks.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPooling2D,
    SumPooling2D,
    with_pooling,
)
from cnn.networks.starting_points import DEEP, EMBEDDING, NOTEBOOK
from tools.random_networks import random_network

SOFTMAX = Dense(10, "softmax")
KERAS_EXAMPLE = """\
import numpy as np
import keras
from keras import layers

num_classes = 10
input_shape = (28, 28, 1)
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = np.expand_dims(x_train.astype("float32") / 255, -1)
y_train = keras.utils.to_categorical(y_train, num_classes)
model = keras.Sequential(
    [
        keras.Input(shape=input_shape),
        layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(num_classes, activation="softmax"),
    ]
)
model.summary()
batch_size = 128
epochs = 15
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, validation_split=0.1)
score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss:", score[0])
"""
TENSORFLOW_EXAMPLE = """\
%matplotlib inline
import tensorflow as tf
model = tf.keras.models.Sequential([
  tf.keras.layers.Flatten(input_shape=(28, 28)),
  tf.keras.layers.Dense(128, activation='relu'),
  tf.keras.layers.Dropout(0.2),
  tf.keras.layers.Dense(10)
])
predictions = model(x_train[:1]).numpy()
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer='adam', loss=loss_fn, metrics=['accuracy'])
history = model.fit(x_train, y_train, epochs=5, validation_data=(x_test, y_test))
probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
"""
COURSE_EXAMPLE = """\
model = models.Sequential()
model.add(layers.InputLayer(shape=(28, 28, 1)))
model.add(layers.Rescaling(1. / 255))
model.add(Conv2D(32, (3, 3), (2, 2), "same", activation=tf.nn.relu, name="first"))
model.add(layers.MaxPool2D(2, strides=None))
model.add(layers.Flatten())
model.add(layers.Dense(units=64))
model.add(layers.ReLU())
model.add(layers.Dense(10))
model.add(layers.Activation("softmax"))
opt = keras.optimizers.SGD(1e-2, momentum=0.9, weight_decay=1e-4)
model.compile(opt, "sparse_categorical_crossentropy")
model.fit(x_train, y_train, 64, 3, callbacks=[stop])
"""


def problems(text):
    with pytest.raises(NetworkError) as raised:
        parse_code(text)
    assert str(raised.value) == " ".join(raised.value.problems)
    return raised.value.problems


@given(st.integers(0, 10_000))
def test_a_network_survives_its_code(seed):
    layers = random_network(seed)
    assert parse_code(network_code(layers)).layers == layers
    assert parse_code(network_line(layers)).layers == layers
    assert "\n" not in network_line(layers)


def test_the_code_is_a_line_a_layer_with_the_names_of_the_app():
    layers = (Conv2D(8, 3, 2, "same", "elu"), SumPooling2D(3, 1), Flatten(), SOFTMAX)
    assert network_code(layers) == (
        "import keras\n"
        "from keras import layers\n"
        "from cnn.models.layers import SumPooling2D  # Keras has none\n"
        "\n"
        "network = keras.Sequential(\n"
        "    [\n"
        "        keras.Input((28, 28, 1)),\n"
        '        layers.Conv2D(8, 3, strides=2, padding="same", activation="elu", name="conv_1"),\n'
        '        SumPooling2D(3, strides=1, name="pool_1"),\n'
        '        layers.Flatten(name="flatten"),\n'
        '        layers.Dense(10, activation="softmax", name="dense_1"),\n'
        "    ]\n"
        ")\n"
    )
    assert network_line(layers) == (
        'Sequential([Conv2D(8, 3, strides=2, padding="same", activation="elu"), '
        'SumPooling2D(3, strides=1), Flatten(), Dense(10, activation="softmax")])'
    )


@pytest.mark.parametrize("pooling", ["max", "average", "sum"])
@pytest.mark.parametrize(
    "layers", [NOTEBOOK, DEEP, EMBEDDING], ids=["notebook", "deep", "embedding"]
)
def test_the_code_runs_and_builds_the_network(layers, pooling):
    names = {}
    exec(network_code(with_pooling(layers, pooling)), names)
    assert names["network"].output_shape == (None, 10)
    assert names["network"].count_params() in (93_322, 207_818, 130_890)


def test_the_code_of_a_block_without_bias_runs_and_builds_the_network():
    block = (Conv2D(8, 3, use_bias=False), BatchNormalization(), Activation("relu"))
    names = {}
    exec(network_code((*block, Flatten(), Dense(10, "softmax", use_bias=False))), names)
    built = names["network"]
    assert [each.name for each in built.layers[:3]] == ["conv_1", "norm_1", "act_1"]
    assert built.count_params() == 3 * 3 * 8 + 4 * 8 + 26 * 26 * 8 * 10


def test_the_example_of_keras_is_read_with_its_settings():
    code = parse_code(KERAS_EXAMPLE)
    assert code.layers == (
        *(Conv2D(32, 3, activation="relu"), MaxPooling2D(2), Flatten(), Dropout(0.5), SOFTMAX),
    )
    assert code.settings == {
        "optimizer": "adam",
        "learning_rate": 0.001,
        "epochs": 15,
        "batch_size": 128,
        "validation": "held_out",
        "limit": 55_000,
    }
    assert code.notes == (
        "Line 23: categorical_crossentropy is for one-hot labels; sparse_categorical_crossentropy, "
        "used here, is the same loss for labels that are numbers.",
        "Line 24: validation_split: the last 5,000 of the 60,000 training digits are held out "
        "here.",
    )


def test_the_example_of_tensorflow_is_read_with_its_softmax_in_the_last_layer():
    code = parse_code(TENSORFLOW_EXAMPLE)
    assert code.layers == (Flatten(), Dense(128, "relu"), Dropout(0.2), SOFTMAX)
    assert code.settings == {
        "optimizer": "adam",
        "learning_rate": 0.001,
        "epochs": 5,
        "batch_size": 32,
        "validation": "test",
    }
    assert code.notes == ("from_logits=True: here, the last layer has the softmax.",)


def test_layers_added_one_by_one_are_read_and_the_softmax_is_that_of_the_last():
    code = parse_code(COURSE_EXAMPLE)
    assert code.layers == (
        Conv2D(32, 3, 2, "same", "relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(64),
        Activation("relu"),
        SOFTMAX,
    )
    assert code.settings == {
        "optimizer": "sgd",
        "learning_rate": 0.01,
        "weight_decay": 0.0001,
        "epochs": 3,
        "batch_size": 64,
    }
    assert code.notes == (
        "Line 3: Rescaling is ignored: images are (28, 28, 1), from 0 to 1.",
        "Line 13: callbacks is ignored.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "[Flatten(), Dense(10, 'softmax')]",
        "Flatten(), Dense(10, 'softmax')",
        "    x = 3\n    Sequential([Flatten(), Dense(10, 'softmax')])",
        "\ufeffmodel: object = Sequential(layers=[Flatten(), Dense(10, 'softmax')], name='a')\r\n",
        "m.add(Flatten())\nm.add(Dense(10, 'softmax'))",
        "from keras.layers import Dense as D, Flatten\nSequential([Flatten(), D(10, 'softmax')])",
        "n = 5 * 2\nSequential([Flatten(), Dense(n, 'softmax', True)])\nfor x in y: print(x)",
        "Sequential([Flatten('channels_last'), Dense(10, activation=keras.activations.softmax)])",
    ],
)
def test_other_ways_to_write_it_are_read(text):
    assert parse_code(text).layers == (Flatten(), SOFTMAX)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "Sequential([\n  Flatten(),\n  Dense(k),\n])",
            "Line 3, Dense: units cannot be read: `k` is a variable; write its value.",
        ),
        (
            "n = 1\nn = 2\nSequential([Dense(n)])",
            "Line 3, Dense: units cannot be read: `n` is a variable; write its value.",
        ),
        (
            "Sequential([\n  Conv2D(8, 3, dilation_rate=2)])",
            "Line 2, Conv2D: dilation_rate is not supported; leave it out. "
            "Only its default, 1, can be used.",
        ),
        (
            "Sequential([Conv2D(8, 3, kernel_initializer='he_uniform')])",
            "Line 1, Conv2D: kernel_initializer is not supported; leave it out. "
            "Only its default, 'glorot_uniform', can be used.",
        ),
        (
            "Sequential([Conv2D(8, (3, 5))])",
            "Line 1, Conv2D: kernel_size is (3, 5); only squares can be used: one number.",
        ),
        ("Sequential([Conv2D(8)])", "Line 1, Conv2D: kernel_size is missing."),
        (
            "Sequential([Lambda(lambda x: x)])",
            "Line 1, Lambda: a Lambda layer runs code of its own, which is not accepted.",
        ),
        (
            "Sequential([\n\nlayers.LSTM(3)])",
            "Line 3, LSTM: this layer is not known here; known are Conv2D, MaxPooling2D, "
            "AveragePooling2D, SumPooling2D, Dropout, BatchNormalization, "
            "Activation, Flatten, GlobalAveragePooling2D, Dense.",
        ),
        (
            "Sequential([Conv2D(8, 3, activation='rely')])",
            "Line 1, Conv2D: activation is 'rely'; it must be one of relu, leaky_relu, elu, gelu, "
            "silu, tanh, sigmoid, linear, softmax.",
        ),
        (
            "Sequential([Conv2D(8, 3, input_shape=(32, 32, 3))])",
            "Line 1, Conv2D: the input is (32, 32, 3), but the images are (28, 28, 1).",
        ),
        (
            "Sequential([Conv2D(8, 3, use_bias=None)])",
            "Line 1, Conv2D: use_bias is None; it must be True or False.",
        ),
        (
            "Sequential([Conv2D(8, 3), Activation('rely')])",
            "Line 1, Activation: activation is 'rely'; it must be one of relu, leaky_relu, elu, ",
        ),
        ("Sequential([Conv2D(8, 3), Activation()])", "Line 1, Activation: activation is missing."),
        (
            "Sequential([Conv2D(8, 3), ReLU(max_value=6)])",
            "Line 1, ReLU: max_value is not supported; leave it out.",
        ),
        (
            "m = Sequential()\nfor n in (8, 16):\n    m.add(Conv2D(n, 3))",
            "Line 3: m.add is used in a way that cannot be read (in a loop, a function, another "
            "model, ...): write Sequential([layers.Conv2D(32, 3), ...]).",
        ),
        (
            "def build():\n    return keras.Sequential([Dense(10)])",
            "Line 2: Sequential is used in a way that cannot be read (in a loop, a function, "
            "another model, ...): write Sequential([layers.Conv2D(32, 3), ...]).",
        ),
        (
            "x = Input((28, 28, 1))\nx = layers.Flatten()(x)",
            "Line 2: Flatten is used in a way that cannot be read (in a loop, a function, another "
            "model, ...): write Sequential([layers.Conv2D(32, 3), ...]).",
        ),
        (
            "Sequential([Dense(1)])\nSequential([Dense(2)])",
            "Line 2: a second network begins here; paste one network at a time.",
        ),
        (
            "Sequential([*blocks])",
            "Line 1: a * cannot be read; write a layer, such as layers.Conv2D(32, 3).",
        ),
        ("Sequential([Dense(10]", "Line 1: this is not valid Python "),
        ("print(1)", "There is no network in the text, such as Sequential([layers.Conv2D(32, 3)"),
        ("", "There is no network in the text, such as Sequential([layers.Conv2D(32, 3), ...])."),
        (
            "m = Sequential([Dense(3)])\nm.pop()",
            "Line 2: pop changes the network; write the layers that it ends with.",
        ),
        (
            "Sequential([Dense(3), keras.Input((28, 28))])",
            "Line 1: Input is only known here before the first layer.",
        ),
        ("Sequential([Dense(3, relu)])", "Line 1, Dense: activation cannot be read: `relu` is a"),
        (
            "m = Sequential([Dense(3)])\nm.layers[0].trainable = False",
            "Line 2: trainable is used in a way that cannot be read",
        ),
    ],
)
def test_what_is_not_understood_gets_a_sentence_with_its_line(text, sentence):
    [problem] = problems(text)
    assert problem.startswith(sentence)


@pytest.mark.parametrize(
    "activation",
    [
        "layers.Activation('relu')",
        "layers.Activation(keras.activations.relu)",
        "layers.Activation(activation='relu', name='first')",
        "layers.ReLU()",
        "tf.keras.layers.ReLU(name='r')",
    ],
)
def test_a_convolution_with_normalization_and_activation_is_read_as_three_layers(activation):
    code = parse_code(
        "model = Sequential([\n"
        "  layers.Conv2D(8, 3, padding='same', use_bias=False, input_shape=(28, 28, 1)),\n"
        f"  layers.BatchNormalization(),\n  {activation},\n"
        "  layers.Flatten(),\n  layers.Dense(10, 'softmax', False),\n])"
    )
    assert code.layers == (
        *(Conv2D(8, 3, padding="same", use_bias=False), BatchNormalization(), Activation("relu")),
        *(Flatten(), Dense(10, "softmax", use_bias=False)),
    )
    assert code.notes == ()


@pytest.mark.parametrize("end", ["Softmax()", "Activation('softmax', dtype='float32')"])
def test_a_softmax_after_the_last_layer_is_its_activation(end):
    assert parse_code(f"Sequential([Flatten(), Dense(10), {end}])").layers == (Flatten(), SOFTMAX)


def test_an_activation_that_changes_nothing_is_left_out_after_the_last_layer_only():
    text = "Sequential([Activation(None), Flatten(), Dense(10, 'softmax'), Activation('linear')])"
    assert parse_code(text).layers == (Activation("linear"), Flatten(), SOFTMAX)


def test_all_mistakes_are_found_at_once():
    text = "Sequential([\n  Conv2D(0, 3),\n  Dens(3),\n  Dropout(2),\n])"
    assert [each.split(":")[0] for each in problems(text)] == [
        *("Line 2, Conv2D", "Line 3, Dens", "Line 4, Dropout")
    ]
    assert len(problems(f"Sequential([{'Conv2D(0, 3), ' * 50}])")) == 10


@pytest.mark.parametrize(
    ("call", "settings", "notes"),
    [
        (
            "compile('AdamW')",
            {"optimizer": "adamw", "learning_rate": 1e-3, "weight_decay": 4e-3},
            0,
        ),
        (
            "compile(optimizers.RMSprop(lr=1e-4))",
            {"optimizer": "rmsprop", "learning_rate": 1e-4},
            0,
        ),
        ("compile(keras.optimizers.Adam)", {"optimizer": "adam", "learning_rate": 1e-3}, 0),
        ("compile('sgd')", {"optimizer": "sgd", "learning_rate": 1e-2}, 1),  # momentum
        ("compile(Adam(beta_1=0.8))", {"optimizer": "adam", "learning_rate": 1e-3}, 1),
        ("compile(Adam(rate))", {"optimizer": "adam", "learning_rate": 1e-3}, 1),
        ("compile('adagrad')", {}, 1),
        ("compile(loss='mse')", {}, 1),
        ("compile(metrics=['accuracy'])", {}, 0),
        ("fit(data)", {"epochs": 1}, 0),
        ("fit(x, y, epochs=n)", {"batch_size": 32}, 1),
        ("fit(x, y)", {"epochs": 1, "batch_size": 32}, 0),
    ],
)
def test_compile_and_fit_become_settings(call, settings, notes):
    code = parse_code(f"m = Sequential([Dense(10)])\nh = m.{call}")
    assert code.settings == settings
    assert len(code.notes) == notes
    assert all(each.startswith("Line 2: ") for each in code.notes)


HOSTILE = {
    "signs": "-" * 40_000 + "1",
    "brackets": "(" * 3000 + ")" * 3000,
    "lists": "[" * 150 + "]" * 150,
    "attributes": "a" + ".b" * 20_000,
    "sums": "+".join(["Dense(1)"] * 5_000),
    "null bytes": "Sequential([Dense(10)])\0",
    "a surrogate": "Sequential(['\ud800'])",
    "many digits": f"Sequential([Dense({'9' * 5000})])",
    "many hexadecimal digits": f"Sequential([Dense(0x{'f' * 40_000})])",
    "a power": "Sequential([Dense(9 ** 9 ** 9 ** 9)])",
    "a product of strings": "Sequential([Dense('a' * 1000000000000)])",
    "products": f"Sequential([Dense({'*'.join(['999999999999'] * 15)})])",
    "calls in each other": "Sequential([" + "Dense(" * 80 + ")" * 80 + "])",
    "a circle": "a = b\nb = a\nSequential([Dense(a)])",
    "itself": "a = (a, a)\nSequential([Dense(a)])",
    "doubling": "a0 = (1, 1)\n"
    + "\n".join(f"a{i + 1} = (a{i}, a{i})" for i in range(19))
    + "\nSequential([Dense(a19)])",
    "too long": "Sequential([Dense(10)])\n" * 3000,
    "many layers": f"Sequential([{'Flatten(), ' * 4000}])",
    "import": "__import__('os').system('touch /tmp/pwned')",
    "a layer's name": "Sequential([__import__('os').system('touch /tmp/pwned')])",
    "an f-string": "Sequential([Dense(f'{open(1)}')])",
    "an argument of the app's own": "Sequential([Dense(1, prefix=2)])",
    "spaces": " " * 49_000 + "x",
    "percents": "%\n" * 24_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_gets_a_short_sentence_in_a_short_time(text):
    began_s = time.process_time()
    found = problems(text)
    assert time.process_time() - began_s < 2  # a hundred times what it takes
    assert all(len(each) < 400 for each in found)


@given(st.text(max_size=200) | st.text("SequentialDense([])10,.=*'\n ", max_size=80))
def test_any_text_gives_a_network_or_the_declared_error(text):
    try:
        parse_code(text)
    except NetworkError as error:
        assert error.problems


def test_hostile_examples_ran_nothing(tmp_path):
    marker = tmp_path / "pwned"
    problems(f"Sequential([open({str(marker)!r}, 'w')])")
    problems(f"open({str(marker)!r}, 'w')")
    assert not marker.exists()
