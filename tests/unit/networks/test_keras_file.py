"""`.keras` files: those that Keras saves are read, and what else there is gets a sentence."""

import io
import json
import random
import stat
import zipfile
import zlib

import h5py
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from cnn.config import TrainingConfig
from cnn.models.layers import SumPooling2D as KerasSum
from cnn.models.network import dtype_policy, keras_layers
from cnn.networks import keras_file
from cnn.networks.code_writing import network_line
from cnn.networks.errors import NetworkError
from cnn.networks.keras_file import MOST, read_keras_file
from cnn.networks.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SumPooling2D,
)
from tests.keras_files import (
    packed,
    randomize,
    saved,
    saved_model,
    unpacked,
    with_arrays,
    with_config,
    with_layer,
)
from tools.random_networks import random_network

KERNEL = "layers/conv2d/vars/0"
LAST = Dense(10, "softmax")


def end(activation="softmax"):
    return (layers.Flatten(), layers.Dense(10, activation=activation))


@pytest.fixture(scope="module")
def small() -> bytes:
    """Input, Conv2D of 4 filters, Flatten, Dense."""
    return saved(layers.Conv2D(4, 3, activation="relu", name="first"), *end())


def problems(content: bytes) -> str:
    with pytest.raises(NetworkError) as raised:
        read_keras_file(content)
    return str(raised.value)


# What is accepted


@pytest.mark.slow
@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_a_network_saved_by_keras_is_read_with_its_weights(seed):
    network = random_network(seed)
    model = keras.Sequential([keras.Input((28, 28, 1)), *keras_layers(network)])
    model.compile("adam", "sparse_categorical_crossentropy")
    randomize(model, seed)
    found = read_keras_file(saved_model(model))
    assert found.layers == network
    assert found.notes == ()
    assert found.keras_version == keras.__version__
    for array, expected in zip(found.weights, model.get_weights(), strict=True):
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, expected)


def test_equal_layers_keep_their_own_weights_in_any_number():
    model = keras.Sequential([keras.Input((28, 28, 1)), *(layers.Conv2D(1, 3) for _ in range(10))])
    model.add(layers.Flatten())
    model.add(layers.Dense(10, "softmax"))
    for number, array in enumerate(weights := model.get_weights()):
        array[:] = number
    model.set_weights(weights)
    found = read_keras_file(saved_model(model)).weights
    assert [float(each.flat[0]) for each in found] == list(range(22))


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ([layers.Activation("relu")], Activation("relu")),
        ([layers.ReLU()], Activation("relu")),
        ([layers.LeakyReLU(0.2)], Activation("leaky_relu")),
        ([layers.Activation(layers.ELU())], Activation("elu")),
        ([layers.Conv2D(4, 3, use_bias=False)], Conv2D(4, 3, use_bias=False)),
        (
            [layers.Conv2D(4, 3, activation=layers.LeakyReLU(0.2))],
            Conv2D(4, 3, activation="leaky_relu"),
        ),
        ([layers.Conv2D(4, 3, activation=layers.ELU())], Conv2D(4, 3, activation="elu")),
        ([layers.Conv2D(4, 3, activation="swish")], Conv2D(4, 3, activation="silu")),
        ([KerasSum(3, strides=2, padding="same")], SumPooling2D(3, 2, "same")),
        ([layers.AveragePooling2D(3), layers.Rescaling(9)], SumPooling2D(3)),
        (
            [
                layers.ZeroPadding2D(((0, 1), (0, 1))),
                layers.AveragePooling2D(2, 3),
                layers.Rescaling(4),
            ],
            SumPooling2D(2, 3, "same"),
        ),
        ([layers.AveragePooling2D(3)], AveragePooling2D(3)),
        ([layers.Reshape((28, 28, 1)), layers.MaxPooling2D(2)], MaxPooling2D(2)),
    ],
)
def test_what_computes_the_same_as_a_layer_here_becomes_that_layer(start, expected):
    found = read_keras_file(saved(*start, *end()))
    assert found.layers == (expected, Flatten(), LAST)
    assert found.notes == ()


def test_a_convolution_with_normalization_and_activation_keeps_its_weights():
    model = keras.Sequential(
        [
            *(keras.Input((28, 28, 1)), layers.Conv2D(4, 3, use_bias=False)),
            *(layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2)),
            *(layers.Conv2D(6, 3, use_bias=False), layers.BatchNormalization()),
            *(layers.Activation("tanh"), layers.Flatten(), layers.Dense(10, use_bias=False)),
            layers.Softmax(),
        ]
    )
    rng = np.random.default_rng(1)
    model.set_weights([rng.random(each.shape, np.float32) for each in model.get_weights()])
    found = read_keras_file(saved_model(model))
    assert found.layers == (
        *(Conv2D(4, 3, use_bias=False), BatchNormalization(), Activation("relu"), MaxPooling2D(2)),
        *(Conv2D(6, 3, use_bias=False), BatchNormalization(), Activation("tanh"), Flatten()),
        Dense(10, "softmax", use_bias=False),
    )
    assert found.notes == ()
    for array, expected in zip(found.weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(array, expected)


def test_images_without_an_axis_for_the_channel_are_known():
    assert read_keras_file(saved(*end(), shape=(28, 28))).layers == (Flatten(), LAST)


def test_a_functional_chain_is_read_like_a_sequential():
    image = keras.Input((28, 28, 1))
    maps = layers.MaxPooling2D(2)(layers.Conv2D(4, 3, name="a")(image))
    output = layers.Dense(10, "softmax")(layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(image, output)
    found = read_keras_file(saved_model(model))
    assert found.layers == (Conv2D(4, 3), MaxPooling2D(2), GlobalAveragePooling2D(), LAST)
    np.testing.assert_array_equal(found.weights[0], model.get_weights()[0])


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_mixed_precision_is_a_setting_of_the_computation_only(precision):
    with dtype_policy(precision):
        content = saved(layers.Conv2D(4, 3), *end())
    assert read_keras_file(content).layers == (Conv2D(4, 3), Flatten(), LAST)


def test_logits_get_the_softmax_and_a_note_says_so():
    found = read_keras_file(saved(layers.Flatten(), layers.Dense(10, name="logits")))
    assert found.layers == (Flatten(), LAST)
    assert found.notes == ("logits (Dense): its outputs are logits; here it has the softmax.",)


@pytest.mark.parametrize(
    ("layer", "note"),
    [
        (
            layers.Rescaling(1 / 255, name="scale"),
            "scale (Rescaling): left out: images here have values from 0 to 1.",
        ),
        (
            layers.RandomRotation(0.1, name="turn"),
            "turn (RandomRotation): left out, as it only acts in a training.",
        ),
        (
            layers.BatchNormalization(name="norm", momentum=0.9),
            "norm (BatchNormalization): momentum is not used in a further training here.",
        ),
        (
            layers.Conv2D(1, 1, name="conv", kernel_regularizer="l2"),
            "conv (Conv2D): kernel_regularizer is not used in a further training here.",
        ),
        (
            layers.Conv2D(1, 1, name="frozen", trainable=False),
            "frozen (Conv2D): trainable is not used in a further training here.",
        ),
    ],
)
def test_what_only_concerns_a_training_is_accepted_with_a_note(layer, note):
    assert read_keras_file(saved(layer, *end())).notes == (note,)


# Networks that are refused


@keras.saving.register_keras_serializable(package="mine")
class Twice(layers.Layer):
    def call(self, inputs):
        return 2 * inputs


@keras.saving.register_keras_serializable(package="mine")
def cube(x):
    return x**3


class Own(keras.Model):
    def __init__(self, **settings):
        super().__init__(**settings)
        self.dense = layers.Dense(10)

    def call(self, inputs):
        return self.dense(inputs)


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (
            layers.Lambda(lambda x: x, name="mine"),
            "mine (Lambda): a Lambda layer runs code of its own, which is not accepted.",
        ),
        (
            Twice(name="double"),
            "double (Twice): this is a layer of your own, mine>Twice. Its code is not in the file "
            "and would not be run; known are Conv2D, MaxPooling2D, ",
        ),
        (
            layers.Conv2D(2, 3, activation=cube, name="c"),
            "c (Conv2D): its activation 'mine>cube' is a function of your own, whose code is not "
            "in the file and would not be run.",
        ),
        (
            layers.Conv2D(2, 3, activation=lambda x: x, name="c"),
            "c (Conv2D): its activation is a lambda: code, which is not accepted.",
        ),
        (
            layers.Conv2D(2, 3, activation="mish", name="c"),
            "c (Conv2D): activation is 'mish'; it must be one of relu, leaky_relu, ",
        ),
        (
            layers.Conv2D(2, (3, 5), name="c"),
            "c (Conv2D): kernel_size is (3, 5); only squares can be used, such as (3, 3).",
        ),
        (
            layers.MaxPooling2D(2, strides=(1, 2), name="p"),
            "p (MaxPooling2D): strides is (1, 2); only squares can be used, such as (3, 3).",
        ),
        (
            layers.Conv2D(2, 3, dilation_rate=2, name="c"),
            "c (Conv2D): dilation_rate is list; it must be 1.",
        ),
        (
            layers.Conv2D(2, 3, padding="same", data_format="channels_first", name="c"),
            "c (Conv2D): data_format is 'channels_first'; it must be 'channels_last'.",
        ),
        (
            layers.BatchNormalization(epsilon=0.1, name="n"),
            "n (BatchNormalization): epsilon is 0.1; it must be 0.001.",
        ),
        (
            layers.Conv2D(600, 3, name="c"),
            "c (Conv2D): filters is 600; it must be a whole number from 1 to 512.",
        ),
        (
            layers.Conv2D(2, 3, dtype="bfloat16", name="c"),
            "c (Conv2D): its dtype is 'bfloat16'; it must be one of float16, float32, ",
        ),
        (
            layers.LeakyReLU(0.3, name="leaky"),
            "leaky (LeakyReLU): LeakyReLU has settings that are not known here. Known are ReLU",
        ),
        (
            layers.Softmax(name="soft"),
            "soft (Softmax): softmax is for the last layer only: choose another activation, such",
        ),
        (
            layers.Rescaling(2, name="scale"),
            "scale (Rescaling): it is only known here as 1/255 before the first layer. Images here",
        ),
        (
            layers.Reshape((14, 56, 1), name="fold"),
            "fold (Reshape): the input is (14, 56, 1), but the images are (28, 28, 1): the network",
        ),
        (
            layers.ZeroPadding2D(2, name="zeros"),
            "zeros (ZeroPadding2D): zeros are only known here as the padding of a layer.",
        ),
        (
            layers.SeparableConv2D(2, 3, name="s"),
            "s (SeparableConv2D): this layer is not known here; known are Conv2D, MaxPooling2D, ",
        ),
        (
            keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(2, 3)], name="inner"),
            "inner (Sequential): this layer is not known here; known are Conv2D, MaxPooling2D, ",
        ),
        (layers.Dense(5, name="d"), "d (Dense): Dense needs a vector, but its input has height"),
        (
            layers.Conv2D(512, 28, padding="same", name="c"),
            "c (Conv2D): The outputs of all layers take ",
        ),
    ],
)
def test_a_layer_that_is_not_known_is_refused_with_its_name(layer, sentence):
    assert problems(saved(layer, *end())).startswith(sentence)


def test_the_outputs_must_be_those_of_the_ten_classes():
    few = saved(layers.Flatten(), layers.Dense(9, "softmax", name="last"))
    assert problems(few) == (
        "last (Dense): The last layer has a unit for each of the 10 classes: set units to 10."
    )
    assert problems(saved(*end("sigmoid"))).endswith("set its activation to softmax.")
    assert "The last layer must be Dense(10" in problems(saved(layers.Flatten(name="flat")))


def test_a_large_network_is_refused_before_its_weights_are_read(monkeypatch):
    monkeypatch.setattr(keras_file, "read_arrays", lambda *_: pytest.fail("they were read"))
    large = saved(layers.Flatten(), layers.Dense(2048), layers.Dense(300), *end())
    assert "has 2,225,390 parameters, more than the 2,000,000 allowed" in problems(large)


@pytest.mark.parametrize("shape", [(28, 28, 3), (32, 32, 1), (784,), (None, None, 1)])
def test_other_inputs_are_refused(shape):
    start = layers.GlobalAveragePooling2D() if len(shape) == 3 else layers.Dense(10)
    text = problems(saved(start, layers.Dense(10, "softmax"), shape=shape))
    assert f"(InputLayer): the input is {shape}, but the images are (28, 28, 1)" in text


def test_models_that_are_no_chain_are_refused():
    image = keras.Input((28, 28, 1))
    left, right = (layers.Conv2D(2, 3, name=name)(image) for name in ("left", "right"))
    flat = layers.Flatten()(layers.Add(name="sum")([left, right]))
    branches = keras.Model(image, layers.Dense(10, "softmax")(flat))
    assert problems(saved_model(branches)).startswith("right: the model is not a chain, in which")

    same = layers.Conv2D(1, 3, name="same")
    flat = layers.Flatten()(same(same(image)))
    twice = keras.Model(image, layers.Dense(10, "softmax")(flat))
    assert problems(saved_model(twice)).startswith("same: the model is not a chain")

    dropped = layers.Dropout(0.5, name="always")(image, training=True)
    always = keras.Model(image, layers.Dense(10, "softmax")(layers.Flatten()(dropped)))
    assert problems(saved_model(always)).startswith("always: the model is not a chain")

    flat = layers.Flatten()(image)
    outputs = [layers.Dense(10, "softmax", name=name)(flat) for name in ("a", "b")]
    assert problems(saved_model(keras.Model(image, outputs))).startswith("b: the model is not a")


def test_a_model_of_an_own_class_or_without_a_shape_is_refused():
    own = Own(name="own")
    own(np.zeros((1, 784)))
    assert problems(saved_model(own)).startswith("The file has a Own instead of a Sequential: ")
    never_built = keras.Sequential([layers.Flatten(), layers.Dense(10)])
    assert problems(saved_model(never_built)).startswith("The model has no input shape yet: begin")


def test_every_problem_is_named_at_once():
    content = saved(layers.Conv2D(2, (1, 2), name="a"), layers.SeparableConv2D(2, 3), *end())
    with pytest.raises(NetworkError) as raised:
        read_keras_file(content)
    assert len(raised.value.problems) == 2


# Files that are none


def test_what_is_no_keras_file_is_refused(small):
    weights = unpacked(small)["model.weights.h5"]
    assert problems(weights) == (
        "This is a file of the older HDF5 format. Load it in Keras and save it with "
        'model.save("name.keras"), which makes a .keras file.'
    )
    none = 'The file is not a .keras file: Keras makes one with model.save("name.keras").'
    assert [problems(each) for each in (b"", b"hello", b"\x89PNG" + bytes(99))] == [none] * 3
    assert problems(small[:-30]).startswith("The file is damaged: Keras makes one")


@pytest.mark.parametrize("name", ["config.json", "metadata.json", "model.weights.h5"])
def test_the_three_members_must_be_there_once(small, name):
    members = unpacked(small)
    assert problems(packed({each: members[each] for each in members if each != name})) == (
        f'The file has no {name}: Keras makes one with model.save("name.keras").'
    )
    buffer = io.BytesIO(small)
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(name, members[name])
    assert problems(buffer.getvalue()).startswith(f"The file has more than one {name}: ")


@pytest.mark.parametrize(
    "name", ["../../escaped.txt", "/tmp/escaped.txt", "assets/code.py", "a\\..\\b", "x" * 5000]
)
def test_no_other_member_is_accepted_and_none_is_unpacked(small, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = problems(packed(unpacked(small) | {name: b"evil"}))
    assert text.startswith("The file also has '")
    assert len(text) < 150
    assert list(tmp_path.rglob("*")) == []


def test_a_symlink_in_place_of_a_member_is_followed_nowhere(small, tmp_path):
    target = tmp_path / "config.json"
    target.write_bytes(unpacked(small)["config.json"])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, member in unpacked(small).items():
            info = zipfile.ZipInfo(name)
            if name == "config.json":
                info.create_system, member = 3, str(target).encode()
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, member)
    assert problems(buffer.getvalue()) == (
        "config.json in the file is damaged: it is not a JSON object."
    )


@pytest.mark.parametrize("name", MOST)
def test_a_member_that_unpacks_to_more_than_it_may_is_refused(small, name):
    bomb = packed(unpacked(small) | {name: bytes(MOST[name] + 1)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 200_000
    assert problems(bomb) == f"{name} is larger than {MOST[name] / 1e6:g} MB."


def test_a_member_may_not_lie_about_its_size(small):
    """The directory says that 100 bytes are unpacked, of which there are 50 million."""
    members = unpacked(small)
    bomb = packed(members | {"metadata.json": bytes(50_000_000)}, zipfile.ZIP_DEFLATED)
    content = bytearray(bomb)
    size = (50_000_000).to_bytes(4, "little")
    assert content.count(size) == 2
    assert problems(bytes(content.replace(size, (100).to_bytes(4, "little"))))


def test_other_compressions_and_passwords_are_refused(small):
    lzma = packed(unpacked(small), zipfile.ZIP_LZMA)
    assert problems(lzma).endswith("is compressed in a way that Keras does not use.")
    encrypted = bytearray(small)
    at = small.index(b"PK\x01\x02")
    encrypted[at + 8] |= 1
    encrypted[6] |= 1
    assert problems(bytes(encrypted)).startswith("The file is damaged: ")


def test_large_files_and_directories_are_refused_before_they_are_read(small):
    assert problems(small + bytes(sum(MOST.values()))).startswith(
        "The file is larger than 61 MB, which"
    )
    many = packed({f"{number}": b"" for number in range(101)})
    assert problems(many).endswith("it has many files.")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("config.json", b"[" * 100_000, "config.json in the file is damaged: it is not a JSON"),
        ("config.json", b'{"config": ' + b"9" * 5000 + b"}", "config.json in the file is damaged"),
        ("config.json", b"\xff\xfe", "config.json in the file is damaged"),
        ("config.json", b"[]", "config.json in the file is damaged"),
        ("config.json", b"{}", "The file has a None instead of a Sequential: a model of a class"),
        ("metadata.json", b"3", "metadata.json in the file is damaged: it is not a JSON object."),
        ("metadata.json", b"{}", "metadata.json in the file does not say which version of Keras"),
        (
            "metadata.json",
            b'{"keras_version": "2.15.0"}',
            "The file was written by Keras 2.15.0, but files of Keras 3 are read here. Build the",
        ),
        ("model.weights.h5", b"", "model.weights.h5 is damaged."),
        ("model.weights.h5", b"hello", "model.weights.h5 is damaged."),
    ],
)
def test_damaged_members_are_refused(small, name, text, sentence):
    assert problems(packed(unpacked(small) | {name: text})).startswith(sentence)


def test_swapped_members_are_refused(small):
    members = unpacked(small)
    config, weights = members["config.json"], members["model.weights.h5"]
    swapped = members | {"config.json": weights, "model.weights.h5": config}
    assert problems(packed(swapped)).startswith("config.json in the file is damaged")


# Arrays


def replaced(change):
    """A change of the HDF5 file that puts something else in the place of the kernel."""

    def apply(file):
        del file[KERNEL]
        change(file)

    return apply


def external_data(file):
    file.create_dataset(KERNEL, (3, 3, 1, 4), "f4", external=[("/etc/passwd", 0, 144)])


def virtual(file):
    layout = h5py.VirtualLayout((3, 3, 1, 4), "f4")
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "x", (3, 3, 1, 4))
    file.create_virtual_dataset(KERNEL, layout)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda file: None, "is missing."),
        (lambda file: file.create_group(KERNEL), "is missing."),
        (
            lambda file: file.__setitem__(KERNEL, h5py.ExternalLink("/tmp/other.h5", "x")),
            "is a link to another place.",
        ),
        (
            lambda file: file.__setitem__(KERNEL, h5py.SoftLink("/layers/dense/vars/0")),
            "is a link to another place.",
        ),
        (external_data, "is not stored as Keras stores it."),
        (virtual, "is not stored as Keras stores it."),
        (
            lambda file: file.create_dataset(KERNEL, (3, 3, 1, 4), "f4", compression="gzip"),
            "is not stored as Keras stores it.",
        ),
        (
            lambda file: file.create_dataset(KERNEL, (3, 3, 1, 5), "f4"),
            "has the shape (3, 3, 1, 5), but (3, 3, 1, 4) is expected.",
        ),
        (
            lambda file: file.create_dataset(KERNEL, (2**20,) * 3, "f8", chunks=(1, 1, 1)),
            "has the shape (1048576, 1048576, 1048576), but (3, 3, 1, 4) is expected.",
        ),
        (
            lambda file: file.create_dataset(KERNEL, data=h5py.Empty("f4")),
            "has no shape, but (3, 3, 1, 4) is expected.",
        ),
        (
            lambda file: file.create_dataset(KERNEL, (3, 3, 1, 4), "i4"),
            "has the type int32, but floats are expected.",
        ),
        (
            lambda file: file.create_dataset(KERNEL, (3, 3, 1, 4), h5py.string_dtype()),
            "has the type object, but floats are expected.",
        ),
        (
            lambda file: file.create_dataset(KERNEL, data=np.full((3, 3, 1, 4), np.nan, "f4")),
            "has values that are not finite numbers (NaN or infinity).",
        ),
        (
            lambda file: file.create_dataset(KERNEL, data=np.full((3, 3, 1, 4), 1e300)),
            "has values that are not finite numbers (NaN or infinity).",
        ),
    ],
)
def test_only_plain_finite_floats_of_the_right_shape_are_read(small, change, sentence):
    assert problems(with_arrays(small, replaced(change))) == (
        f"model.weights.h5: {KERNEL} {sentence}"
    )


def test_a_folder_may_not_be_a_link_either(small, tmp_path):
    other = tmp_path / "other.h5"
    other.write_bytes(unpacked(small)["model.weights.h5"])

    def link(file):
        del file["layers/conv2d"]
        file["layers/conv2d"] = h5py.ExternalLink(str(other), "/layers/conv2d")

    assert problems(with_arrays(small, link)).endswith("is a link to another place.")


def test_arrays_of_other_floats_are_converted(small):
    values = np.arange(36, dtype=">f8").reshape(3, 3, 1, 4)

    def change(file):
        file[KERNEL] = values

    found = read_keras_file(with_arrays(small, replaced(change)))
    np.testing.assert_array_equal(found.weights[0], values)
    assert found.weights[0].dtype == np.float32


# Nothing in a file is run


def test_the_code_of_a_lambda_is_not_run(tmp_path):
    """Keras itself would run it, if asked to: the file is as dangerous as it looks."""
    proof = tmp_path / "ran"
    source = f"lambda x: (__import__('pathlib').Path({str(proof)!r}).touch(), x)[1]"
    content = saved(layers.Lambda(eval(source)), *end())
    proof.unlink()  # it runs while the model is built
    path = tmp_path / "evil.keras"
    path.write_bytes(content)
    assert "a Lambda layer runs code of its own" in problems(content)
    assert not proof.exists()
    model = keras.saving.load_model(path, safe_mode=False)
    model(np.zeros((1, 28, 28, 1)))
    assert proof.exists()


@pytest.mark.parametrize("place", ["kernel_initializer", "kernel_regularizer", "activation"])
def test_a_module_that_a_file_names_is_not_imported(small, place, tmp_path, monkeypatch):
    (tmp_path / "evil_module.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "h5py.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    named = {"module": "evil_module", "class_name": "X", "config": {}, "registered_name": "X"}
    content = with_layer(small, 1, **{place: named})
    if place == "activation":
        assert "its activation 'X' is a function of your own" in problems(content)
    else:
        read_keras_file(content)
    assert not (tmp_path / "ran").exists()


# Any bytes


def outcome(content: bytes) -> None:
    """Read a hostile file: it becomes a network that can be trained, or a sentence."""
    try:
        found = read_keras_file(content)
    except NetworkError as error:
        assert error.problems
        assert all(each.strip().endswith(".") for each in error.problems)
        assert len(str(error)) < 5000
    else:
        assert TrainingConfig(network=network_line(found.layers)).layers == found.layers
        assert all(np.isfinite(each).all() for each in found.weights)


@given(st.binary(max_size=300))
def test_any_bytes_get_a_sentence(content):
    assert problems(content)
    assert problems(b"PK\x03\x04" + content)


@pytest.mark.slow
@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_flipped_bytes_and_a_cut_end_do_no_harm(small, seed):
    rng = random.Random(seed)
    content = bytearray(small)
    for _ in range(rng.choice([1, 3, 30])):
        # Mostly in what describes the arrays: the arrays themselves may be anything.
        content[rng.randrange(len(content) if rng.random() < 0.3 else 12_000)] = rng.randrange(256)
    outcome(bytes(content))
    outcome(small[: rng.randrange(len(small))])


@pytest.mark.slow
@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_a_damaged_hdf5_file_does_no_harm(small, seed):
    """With the zip's checksums in order, so that the HDF5 library itself meets the damage."""
    rng = random.Random(seed)
    members = unpacked(small)
    content = bytearray(members["model.weights.h5"])
    for _ in range(rng.choice([1, 3, 30])):
        content[rng.randrange(8, 8000)] = rng.choice([0, 255, rng.randrange(256)])
    outcome(packed(members | {"model.weights.h5": bytes(content)}))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([10**400, "Lambda", "SumPooling2D", "relu", [1, 1], [3, 2], {"value": []}]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def varied() -> list[bytes]:
    """A Sequential and a functional model with most kinds of layers."""
    sequential = [
        *(layers.Rescaling(1 / 255), layers.Conv2D(4, 3), layers.LeakyReLU(0.2), KerasSum(2)),
        *(layers.BatchNormalization(), layers.Dropout(0.2), layers.AveragePooling2D(2)),
        *(layers.Rescaling(4), layers.Flatten(), layers.Dense(10), layers.Softmax()),
    ]
    image = keras.Input((28, 28, 1))
    output = layers.Dense(10, layers.Softmax())(layers.GlobalAveragePooling2D()(image))
    return [saved(*sequential), saved_model(keras.Model(image, output))]


@pytest.mark.slow
@settings(max_examples=400)
@given(data=st.data())
def test_any_json_in_any_place_of_a_configuration_does_no_harm(varied, data):
    def change(node):
        while isinstance(node, (dict, list)) and node:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(node[key], (dict, list)) or data.draw(st.integers(0, 5)) == 0:
                node[key] = data.draw(JSON)
                return
            node = node[key]

    content = with_config(data.draw(st.sampled_from(varied)), change)
    with pytest.MonkeyPatch.context() as patch:  # a process for each would take long
        zeros = lambda _, expected: [np.zeros(shape, np.float32) for _, shape in expected]  # noqa: E731
        patch.setattr(keras_file, "read_arrays", zeros)
        outcome(content)


def test_the_tests_damage_what_they_mean_to(small):
    members = unpacked(small)
    assert json.loads(members["config.json"])["class_name"] == "Sequential"
    assert len(members["model.weights.h5"]) > 20_000
    assert zlib.crc32(packed(members)) == zlib.crc32(packed(unpacked(packed(members))))
    assert read_keras_file(packed(members)).layers == read_keras_file(small).layers
