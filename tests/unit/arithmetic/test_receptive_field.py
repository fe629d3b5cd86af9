from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn.arithmetic.pooling import output_length, padding_around
from cnn.arithmetic.receptive_field import ReceptiveField, receptive_fields
from cnn.config import TrainingConfig

SIDE = 24


def layer(window, stride, padding, length):
    return SimpleNamespace(
        window=(window, window),
        strides=(stride, stride),
        padding=padding,
        shape=(length, length, 1),
    )


@st.composite
def stacks(draw):
    """Layers with windows, as long as the output is not empty."""
    layers, length = [], SIDE
    for _ in range(draw(st.integers(1, 4))):
        window, stride = draw(st.integers(1, 5)), draw(st.integers(1, 3))
        padding = draw(st.sampled_from(("valid", "same")))
        if padding == "valid" and window > length:
            break
        length = output_length(length, window, stride, padding)
        layers.append(layer(window, stride, padding, length))
    return layers


def naive_fields(layers):
    """For each layer, the set of input pixels of each unit, collected window by window."""
    fields_of_units = [{pixel} for pixel in range(SIDE)]
    for each in layers:
        window, stride = each.window[0], each.strides[0]
        before = padding_around(len(fields_of_units), window, stride, each.padding)[0]
        units = []
        for unit in range(each.shape[0]):
            first = unit * stride - before
            inside = range(max(first, 0), min(first + window, len(fields_of_units)))
            units.append(set().union(*(fields_of_units[i] for i in inside)))
        fields_of_units = units
        yield fields_of_units


@given(stacks())
@settings(max_examples=200)
def test_the_span_covers_the_pixels_found_by_a_naive_loop(layers):
    found = receptive_fields(layers, (SIDE, SIDE))
    for (down, across), fields_of_units in zip(found, naive_fields(layers), strict=True):
        assert down == across
        for unit, pixels in enumerate(fields_of_units):
            first, end = down.span(unit, SIDE)
            if not pixels:
                continue  # a unit entirely in the padding
            # Strides longer than windows skip pixels.
            assert first <= min(pixels) and max(pixels) < end
            if all(each.padding == "valid" for each in layers):
                assert (first, end) == (min(pixels), max(pixels) + 1)


def test_the_receptive_fields_of_the_notebooks_network():
    from cnn.models.network import build_network, summarise_layers

    fields = receptive_fields(summarise_layers(build_network(TrainingConfig())), (28, 28))
    sizes = [down.size for down, _ in fields]
    assert sizes == [3, 4, 8, 10, 18, 28, 28, 28]
    assert [down.jump for down, _ in fields[:5]] == [1, 2, 2, 4, 4]


def test_a_span_ends_at_the_edge_of_the_image():
    assert ReceptiveField(size=5, jump=2, start=-2).span(0, 28) == (0, 3)
    assert ReceptiveField(size=5, jump=2, start=-2).span(14, 28) == (26, 28)


def test_only_units_whose_receptive_field_contains_a_pixel_change_with_it():
    from cnn.models.network import build_network, summarise_layers

    network = build_network(TrainingConfig(pooling="average"))
    fields = receptive_fields(summarise_layers(network), (28, 28))
    import keras

    inside = keras.Model(network.inputs, network.get_layer("conv_3").output)
    rng = np.random.default_rng(0)
    image = rng.random((1, 28, 28, 1)).astype(np.float32)
    before = inside([image]).numpy()
    changed = image.copy()
    changed[0, 13, 9] += 5
    differs = (np.abs(inside([changed]).numpy() - before) > 1e-6).any(axis=-1)[0]
    down, across = fields[4]
    for y in range(differs.shape[0]):
        for x in range(differs.shape[1]):
            (top, bottom), (left, right) = down.span(y, 28), across.span(x, 28)
            if not (top <= 13 < bottom and left <= 9 < right):
                assert not differs[y, x]
    assert differs.any()


@pytest.mark.parametrize("unit", [0, 3])
def test_after_flatten_the_receptive_field_is_the_image(unit):
    flat = SimpleNamespace(window=(), strides=(), padding="", shape=(64,))
    [(down, across)] = receptive_fields([flat], (28, 20))
    assert down.span(unit, 28) == (0, 28)
    assert across.span(unit, 20) == (0, 20)
