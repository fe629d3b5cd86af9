import json
import struct

import numpy as np
import pytest

from cnn.networks.arrays import array_shapes
from cnn.networks.layers import BatchNormalization, Conv2D, Dense, Flatten
from cnn.networks.packing import pack_network
from cnn.runs.run import PRETRAINED_PATH, read_run

LAYERS = (Conv2D(3, 5), BatchNormalization(), Flatten(), Dense(10, activation="softmax"))


def unpacked(packed):
    """The header and the arrays, as `readNetwork` of network.js reads them."""
    (length,) = struct.unpack_from("<I", packed)
    header, at = json.loads(packed[4 : 4 + length]), 4 + length
    arrays = []
    for layer in header["layers"]:
        for shape in layer["shapes"]:
            factors = np.frombuffer(packed, "<f4", shape[-1], at)
            at += 4 * shape[-1]
            integers = np.frombuffer(packed, "<i2", int(np.prod(shape)), at)
            at += integers.nbytes
            with np.errstate(invalid="ignore"):
                arrays.append(integers.reshape(shape) * factors)
    assert at == len(packed)
    return header, arrays


def some_weights(scale=1.0):
    rng = np.random.default_rng(3)
    return [scale * rng.standard_normal(shape).astype(np.float32) for shape in array_shapes(LAYERS)]


def test_the_header_has_the_layers_with_their_arguments():
    header, _ = unpacked(pack_network(LAYERS, some_weights(), "a key"))
    assert header["key"] == "a key"
    kinds = [(each["kind"], each["name"], len(each["shapes"])) for each in header["layers"]]
    assert kinds == [
        *(("Conv2D", "conv_1", 2), ("BatchNormalization", "norm_1", 4)),
        *(("Flatten", "flatten", 0), ("Dense", "dense_1", 2)),
    ]
    assert header["layers"][0]["kernel_size"] == 5
    assert header["layers"][-1]["activation"] == "softmax"


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_weight_is_off_by_at_most_half_a_step_of_its_output_channel(scale):
    weights = some_weights(scale)
    _, read = unpacked(pack_network(LAYERS, weights, ""))
    for array, packed in zip(weights, read, strict=True):
        step = np.abs(array).reshape(-1, array.shape[-1]).max(axis=0) / 32_767
        assert (np.abs(array - packed) <= 0.51 * step).all()


def test_zeros_stay_zeros():
    weights = [np.zeros_like(each) for each in some_weights()]
    _, read = unpacked(pack_network(LAYERS, weights, ""))
    assert not any(each.any() for each in read)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("error")
def test_weights_of_a_diverged_training_are_not_taken_for_numbers(value):
    weights = some_weights()
    weights[0][0, 0, 0, 1] = value
    _, read = unpacked(pack_network(LAYERS, weights, ""))
    assert not np.isfinite(read[0][..., 1]).any()
    assert np.isfinite(read[0][..., [0, 2]]).all()


def test_the_pretrained_network_takes_at_most_500_kilobytes():
    run = read_run(PRETRAINED_PATH)
    packed = pack_network(run.config.layers, run.weights(run.last_saved_epoch), run.id)
    assert len(packed) <= 500_000


@pytest.mark.parametrize("change", [lambda w: w[:-1], lambda w: [*w, w[-1]], lambda w: w[::-1]])
def test_weights_of_another_network_are_refused(change):
    with pytest.raises(ValueError, match="not those of the network"):
        pack_network(LAYERS, change(some_weights()), "")
