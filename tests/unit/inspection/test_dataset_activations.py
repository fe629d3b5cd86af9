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
DEAD = 3  # the map of conv_2 whose kernel is taken away
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
    kernel[..., DEAD], bias[DEAD] = 0, 0
    layer.set_weights([kernel, bias])
    return Recognizer(network)


@pytest.fixture(scope="module")
def digits(few_digits):
    return Digits(few_digits.images[:COUNT], few_digits.labels[:COUNT])


@pytest.fixture(scope="module")
def one_by_one(recognizer, digits):
    """Every layer's output for each digit, asked for one at a time: name -> (n, …)."""
    outputs = [recognizer.activations(image) for image in digits.images]
    names = [layer.name for layer in recognizer.layers]
    return {name: np.stack([each[i].values for each in outputs]) for i, name in enumerate(names)}


@pytest.fixture
def atlas(recognizer, digits):
    atlas = DatasetActivations(recognizer, digits)
    atlas.process_all()
    return atlas


def test_all_activations_are_those_of_one_picture_after_another(recognizer, digits, one_by_one):
    together = recognizer.all_activations(digits.images)
    for layer, values in zip(recognizer.layers, together, strict=True):
        np.testing.assert_allclose(values, one_by_one[layer.name], atol=1e-5)
        assert values.dtype == np.float32


def test_digits_are_read_a_chunk_at_a_time_until_all_are(recognizer, digits):
    atlas = DatasetActivations(recognizer, digits)
    assert atlas.progress == 0
    assert [atlas.advance() for _ in range(4)] == [0.4, 0.8, 1, 1]


def test_features_and_answers_are_those_of_what_has_been_read(recognizer, digits, one_by_one):
    atlas = DatasetActivations(recognizer, digits)
    for read in (0, CHUNK, 2 * CHUNK, COUNT):
        assert atlas.features().shape == (read, 64)
        assert atlas.probabilities().shape == (read, 10)
        np.testing.assert_allclose(atlas.features(), one_by_one["dense_1"][:read], atol=1e-5)
        np.testing.assert_allclose(atlas.probabilities(), one_by_one["dense_2"][:read], atol=1e-5)
        atlas.advance()


@pytest.mark.parametrize("name", LAYERS_WITH_MAPS)
def test_the_most_exciting_are_those_with_the_largest_value_anywhere(
    name, atlas, digits, one_by_one
):
    for number in range(one_by_one[name].shape[-1]):
        maps = one_by_one[name][..., number]
        peaks = maps.max(axis=(1, 2))
        found = atlas.top_activating(name, number, 5)
        assert len(found) == min(5, (peaks > 0).sum())
        values = [each.value for each in found]
        np.testing.assert_allclose(values, np.sort(peaks)[::-1][: len(found)], atol=1e-5)
        for each in found:
            assert each.value == pytest.approx(peaks[each.index], abs=1e-5)
            # Batches of another size may round otherwise, so that near ties may change places.
            assert maps[each.index][each.position] == pytest.approx(each.value, abs=1e-5)
            np.testing.assert_array_equal(each.image, digits.images[each.index])
            assert each.label == digits.labels[each.index]


class OneMap:
    """A network with one map, the picture's corner as it is; it notes what it is asked."""

    def __init__(self, side=3, takes_s=0.0):
        self.layers = [Layer("map", (side, side, 1)), Layer("flat", (4,)), Layer("out", (2,))]
        self.side, self.takes_s, self.asked = side, takes_s, []

    def all_activations(self, images):
        self.asked.append(len(images))
        time.sleep(self.takes_s)
        corner = images[:, : self.side, : self.side, None].astype(np.float32)
        return [corner, corner[:, :2, :2, 0], np.ones((len(images), 2), np.float32)]


class Layer:
    def __init__(self, name, shape):
        self.name, self.shape = name, shape


def read_corners(corners):
    """The DatasetActivations of digits with these cells, (n, 3, 3), in their corner."""
    images = np.zeros((len(corners), 28, 28), np.uint8)
    images[:, :3, :3] = corners
    atlas = DatasetActivations(OneMap(), Digits(images, np.arange(len(corners), dtype=np.uint8)))
    atlas.process_all()
    return atlas


def test_the_place_is_the_row_and_column_of_the_largest_value():
    corners = np.zeros((3, 3, 3))
    corners[0, 1, 2], corners[1, 2, 0] = 5, 9
    corners[2, 0, 1] = corners[2, 2, 2] = 7  # of two alike, the first
    found = read_corners(corners).top_activating("map", 0, 10)
    expected = [(1, 9.0, (2, 0)), (2, 7.0, (0, 1)), (0, 5.0, (1, 2))]
    assert [(each.index, each.value, each.position) for each in found] == expected


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 12))
def test_the_strongest_come_first_and_of_those_alike_the_earlier(peaks, count):
    corners = np.zeros((len(peaks), 3, 3))
    corners[:, 1, 1] = peaks
    found = read_corners(corners).top_activating("map", 0, count)
    excited = [number for number, peak in enumerate(peaks) if peak > 0]
    expected = sorted(excited, key=lambda number: (-peaks[number], number))[:count]
    assert [each.index for each in found] == expected


def test_a_map_that_is_0_for_all_is_dead_and_excited_by_nothing(atlas, one_by_one):
    dead = atlas.inactive_maps("conv_2")
    np.testing.assert_array_equal(dead, (one_by_one["conv_2"] == 0).all(axis=(0, 1, 2)))
    assert dead[DEAD]
    assert atlas.inactive_maps("pool_2")[DEAD]
    assert atlas.top_activating("conv_2", DEAD, 8) == []


def test_a_map_is_alive_from_the_first_digit_on_that_excites_it():
    corners = np.zeros((CHUNK + 1, 3, 3))
    corners[CHUNK] = 1
    atlas = read_corners(corners)
    assert atlas.inactive_maps("map").tolist() == [False]
    assert [each.index for each in atlas.top_activating("map", 0, 3)] == [CHUNK]


def test_before_anything_is_read_nothing_is_known(recognizer, digits):
    atlas = DatasetActivations(recognizer, digits)
    assert atlas.top_activating("conv_1", 0, 8) == []
    assert atlas.inactive_maps("conv_1").all()


def test_layers_without_maps_are_not_asked_for_them(atlas):
    for name in ("flatten", "dense_1", "dense_2"):
        with pytest.raises(KeyError):
            atlas.top_activating(name, 0, 1)


def test_those_who_read_at_once_read_each_digit_once():
    network = OneMap(takes_s=0.002)
    atlas = DatasetActivations(
        network, Digits(np.ones((100, 28, 28), np.uint8), np.zeros(100, np.uint8))
    )
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: atlas.advance(), range(30)))
    assert network.asked == [CHUNK] * 12 + [4]
    assert [each.index for each in atlas.top_activating("map", 0, 100)] == list(range(100))


class Held(np.ndarray):
    """A map's values, which are kept, after the layers' others, once the test has been there."""

    def reshape(self, *shape):
        self.meeting.wait(PATIENCE_S)
        self.meeting.wait(PATIENCE_S)
        return np.asarray(self).reshape(*shape)


def test_it_can_be_asked_while_a_chunk_is_kept_and_shows_only_whole_ones():
    meeting = threading.Barrier(2)

    class HeldMap(OneMap):
        def all_activations(self, images):
            corner, *others = super().all_activations(images)
            held = corner.view(Held)
            held.meeting = meeting
            return [held, *others]

    count = 3 * CHUNK
    atlas = DatasetActivations(
        HeldMap(), Digits(np.ones((count, 28, 28), np.uint8), np.zeros(count, np.uint8))
    )
    reader = threading.Thread(target=atlas.process_all, daemon=True)
    reader.start()
    for whole in range(0, count, CHUNK):
        meeting.wait(PATIENCE_S)
        assert len(atlas.probabilities()) == len(atlas.features()) == whole
        assert [each.index for each in atlas.top_activating("map", 0, count)] == list(range(whole))
        meeting.wait(PATIENCE_S)
    reader.join(PATIENCE_S)
    assert atlas.progress == 1


# What of it is painted


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_a_spot_is_framed_from_outside():
    painted = pixels(paint_spot(np.full((28, 28), 90, np.uint8), (10, 13), (4, 9), 84))
    assert painted.shape == (84, 84, 3)
    framed = (painted == FRAME).all(axis=2)
    expected = np.zeros((84, 84), bool)
    expected[28:41, 10:29] = True  # two pixels more on each side than three for each cell
    expected[30:39, 12:27] = False
    np.testing.assert_array_equal(framed, expected)
    assert (painted[~framed] == 90).all()


def test_a_spot_at_the_edge_is_framed_within_the_picture():
    painted = pixels(paint_spot(np.zeros((28, 28), np.uint8), (0, 28), (0, 28), 84))
    framed = (painted == FRAME).all(axis=2)
    assert not framed[2:-2, 2:-2].any()
    assert framed.sum() == 84**2 - 80**2


def test_a_sheet_holds_all_pictures_row_by_row_in_16_greys(few_digits):
    sheet = pixels(paint_sheet(few_digits.images[:7], 3))[..., 0]
    assert sheet.shape == (3 * 28, 3 * 28)
    assert not (sheet % 17).any()
    for number, image in enumerate(few_digits.images[:7]):
        y, x = number // 3 * 28, number % 3 * 28
        shown = sheet[y : y + 28, x : x + 28].astype(int)
        assert np.abs(shown - image).max() <= 8
    assert not sheet[56:, 28:].any()
