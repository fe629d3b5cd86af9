import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import cnn.inspection.dataset_pass
from cnn.config import TrainingConfig
from cnn.data.mnist import Digits
from cnn.inspection.dataset_activations import DatasetActivations
from cnn.inspection.recognizer import Recognizer
from cnn.models.network import build_network
from cnn.rendering.images import FRAME, paint_sheet, paint_spot
from tests.unit.waiting import PATIENCE_S

CHUNK = 8
COUNT = 20  # two chunks and a half
INACTIVE = 3  # the map of conv_2 whose weights are set to 0
LAYERS_WITH_MAPS = ["conv_1", "pool_1", "conv_2", "pool_2", "conv_3"]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(DatasetActivations, "chunk", CHUNK)
    monkeypatch.setattr(cnn.inspection.dataset_pass, "PAUSE_S", 0)


@pytest.fixture(scope="module")
def recognizer():
    keras.utils.set_random_seed(5)
    network = build_network(TrainingConfig(limit=100))
    layer = network.get_layer("conv_2")
    kernel, bias = layer.get_weights()
    kernel[..., INACTIVE], bias[INACTIVE] = 0, 0
    layer.set_weights([kernel, bias])
    return Recognizer(network)


@pytest.fixture(scope="module")
def digits(few_digits):
    return Digits(few_digits.images[:COUNT], few_digits.labels[:COUNT])


@pytest.fixture(scope="module")
def one_by_one(recognizer, digits):
    """The output of every layer, computed for one digit at a time: name -> (n, …)."""
    outputs = [recognizer.activations(image) for image in digits.images]
    names = [layer.name for layer in recognizer.layers]
    return {name: np.stack([each[i].values for each in outputs]) for i, name in enumerate(names)}


@pytest.fixture
def activations(recognizer, digits):
    activations = DatasetActivations(recognizer, digits)
    activations.process_all()
    return activations


def test_all_activations_equal_those_of_single_images(recognizer, digits, one_by_one):
    together = recognizer.all_activations(digits.images)
    for layer, values in zip(recognizer.layers, together, strict=True):
        np.testing.assert_allclose(values, one_by_one[layer.name], atol=1e-5)
        assert values.dtype == np.float32


def test_digits_are_processed_in_chunks(recognizer, digits):
    activations = DatasetActivations(recognizer, digits)
    assert activations.progress == 0
    assert [activations.advance() for _ in range(4)] == [0.4, 0.8, 1, 1]


def test_features_and_probabilities_are_those_of_the_processed_digits(
    recognizer, digits, one_by_one
):
    activations = DatasetActivations(recognizer, digits)
    for processed in (0, CHUNK, 2 * CHUNK, COUNT):
        assert activations.features().shape == (processed, 64)
        assert activations.probabilities().shape == (processed, 10)
        np.testing.assert_allclose(
            activations.features(), one_by_one["dense_1"][:processed], atol=1e-5
        )
        np.testing.assert_allclose(
            activations.probabilities(), one_by_one["dense_2"][:processed], atol=1e-5
        )
        activations.advance()


@pytest.mark.parametrize("name", LAYERS_WITH_MAPS)
def test_the_top_activations_are_those_with_the_largest_value(
    name, activations, digits, one_by_one
):
    for number in range(one_by_one[name].shape[-1]):
        maps = one_by_one[name][..., number]
        peaks = maps.max(axis=(1, 2))
        found = activations.top_activating(name, number, 5)
        assert len(found) == min(5, (peaks > 0).sum())
        values = [each.value for each in found]
        np.testing.assert_allclose(values, np.sort(peaks)[::-1][: len(found)], atol=1e-5)
        for each in found:
            assert each.value == pytest.approx(peaks[each.index], abs=1e-5)
            # Batches of another size may round differently, which can swap near ties.
            assert maps[each.index][each.position] == pytest.approx(each.value, abs=1e-5)
            np.testing.assert_array_equal(each.image, digits.images[each.index])
            assert each.label == digits.labels[each.index]


class OneMap:
    """A network with one map, the corner of the image; it records the size of each batch."""

    def __init__(self, side=3, duration_s=0.0):
        self.layers = [Layer("map", (side, side, 1)), Layer("flat", (4,)), Layer("out", (2,))]
        self.side, self.duration_s, self.batch_sizes = side, duration_s, []

    def all_activations(self, images):
        self.batch_sizes.append(len(images))
        time.sleep(self.duration_s)
        corner = images[:, : self.side, : self.side, None].astype(np.float32)
        return [corner, corner[:, :2, :2, 0], np.ones((len(images), 2), np.float32)]


class Layer:
    def __init__(self, name, shape):
        self.name, self.shape = name, shape


def process_corners(corners):
    """The DatasetActivations of digits with these values, (n, 3, 3), in their corner."""
    images = np.zeros((len(corners), 28, 28), np.uint8)
    images[:, :3, :3] = corners
    activations = DatasetActivations(
        OneMap(), Digits(images, np.arange(len(corners), dtype=np.uint8))
    )
    activations.process_all()
    return activations


def test_the_position_is_the_row_and_column_of_the_largest_value():
    corners = np.zeros((3, 3, 3))
    corners[0, 1, 2], corners[1, 2, 0] = 5, 9
    corners[2, 0, 1] = corners[2, 2, 2] = 7  # the first of equals
    found = process_corners(corners).top_activating("map", 0, 10)
    expected = [(1, 9.0, (2, 0)), (2, 7.0, (0, 1)), (0, 5.0, (1, 2))]
    assert [(each.index, each.value, each.position) for each in found] == expected


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 12))
def test_the_strongest_come_first_and_of_equals_the_lower_index(peaks, count):
    corners = np.zeros((len(peaks), 3, 3))
    corners[:, 1, 1] = peaks
    found = process_corners(corners).top_activating("map", 0, count)
    active = [number for number, peak in enumerate(peaks) if peak > 0]
    expected = sorted(active, key=lambda number: (-peaks[number], number))[:count]
    assert [each.index for each in found] == expected


def test_a_map_that_is_0_for_all_digits_is_inactive(activations, one_by_one):
    inactive = activations.inactive_maps("conv_2")
    np.testing.assert_array_equal(inactive, (one_by_one["conv_2"] == 0).all(axis=(0, 1, 2)))
    assert inactive[INACTIVE]
    assert activations.inactive_maps("pool_2")[INACTIVE]
    assert activations.top_activating("conv_2", INACTIVE, 8) == []


def test_a_single_digit_makes_a_map_active():
    corners = np.zeros((CHUNK + 1, 3, 3))
    corners[CHUNK] = 1
    activations = process_corners(corners)
    assert activations.inactive_maps("map").tolist() == [False]
    assert [each.index for each in activations.top_activating("map", 0, 3)] == [CHUNK]


def test_before_the_first_chunk_there_are_no_activations(recognizer, digits):
    activations = DatasetActivations(recognizer, digits)
    assert activations.top_activating("conv_1", 0, 8) == []
    assert activations.inactive_maps("conv_1").all()


def test_layers_without_maps_raise_key_error(activations):
    for name in ("flatten", "dense_1", "dense_2"):
        with pytest.raises(KeyError):
            activations.top_activating(name, 0, 1)


def test_concurrent_calls_process_each_digit_once():
    network = OneMap(duration_s=0.002)
    activations = DatasetActivations(
        network, Digits(np.ones((100, 28, 28), np.uint8), np.zeros(100, np.uint8))
    )
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: activations.advance(), range(30)))
    assert network.batch_sizes == [CHUNK] * 12 + [4]
    assert [each.index for each in activations.top_activating("map", 0, 100)] == list(range(100))


class BlockingArray(np.ndarray):
    """An array whose `reshape` waits for the test, in the middle of `_process`."""

    def reshape(self, *shape):
        self.barrier.wait(PATIENCE_S)
        self.barrier.wait(PATIENCE_S)
        return np.asarray(self).reshape(*shape)


def test_concurrent_readers_see_only_complete_chunks():
    barrier = threading.Barrier(2)

    class BlockingMap(OneMap):
        def all_activations(self, images):
            corner, *others = super().all_activations(images)
            blocking = corner.view(BlockingArray)
            blocking.barrier = barrier
            return [blocking, *others]

    count = 3 * CHUNK
    activations = DatasetActivations(
        BlockingMap(), Digits(np.ones((count, 28, 28), np.uint8), np.zeros(count, np.uint8))
    )
    reader = threading.Thread(target=activations.process_all, daemon=True)
    reader.start()
    for complete in range(0, count, CHUNK):
        barrier.wait(PATIENCE_S)
        assert len(activations.probabilities()) == len(activations.features()) == complete
        assert [each.index for each in activations.top_activating("map", 0, count)] == list(
            range(complete)
        )
        barrier.wait(PATIENCE_S)
    reader.join(PATIENCE_S)
    assert activations.progress == 1


# Images of the activations


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_the_frame_surrounds_the_receptive_field():
    painted = pixels(paint_spot(np.full((28, 28), 90, np.uint8), (10, 13), (4, 9), 84))
    assert painted.shape == (84, 84, 3)
    framed = (painted == FRAME).all(axis=2)
    expected = np.zeros((84, 84), bool)
    expected[28:41, 10:29] = True  # 3 pixels per cell, and 2 for the frame
    expected[30:39, 12:27] = False
    np.testing.assert_array_equal(framed, expected)
    assert (painted[~framed] == 90).all()


def test_a_frame_at_the_edge_is_inside_the_image():
    painted = pixels(paint_spot(np.zeros((28, 28), np.uint8), (0, 28), (0, 28), 84))
    framed = (painted == FRAME).all(axis=2)
    assert not framed[2:-2, 2:-2].any()
    assert framed.sum() == 84**2 - 80**2


def test_a_sheet_holds_all_images_row_by_row_in_16_greys(few_digits):
    sheet = pixels(paint_sheet(few_digits.images[:7], 3))[..., 0]
    assert sheet.shape == (3 * 28, 3 * 28)
    assert not (sheet % 17).any()
    for number, image in enumerate(few_digits.images[:7]):
        y, x = number // 3 * 28, number % 3 * 28
        shown = sheet[y : y + 28, x : x + 28].astype(int)
        assert np.abs(shown - image).max() <= 8
    assert not sheet[56:, 28:].any()
