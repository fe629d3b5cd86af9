from dataclasses import replace

import numpy as np
import tensorflow as tf

from cnn.config import TrainingConfig
from cnn.material import gather_material
from cnn.mnist import Digits
from cnn.quick import epoch_plan, pick_batch

FAST = TrainingConfig(preset="fast", batch_size=30, limit=100, seed=3)


def test_an_epoch_shows_each_picture_once_in_an_order_that_seed_and_epoch_decide():
    order, moves = epoch_plan(FAST, 0)
    assert sorted(order) == list(range(100))
    assert moves.shape == (4, 2)
    same = epoch_plan(FAST, 0)
    np.testing.assert_array_equal(order, same[0])
    np.testing.assert_array_equal(moves, same[1])
    for other in (epoch_plan(FAST, 1), epoch_plan(replace(FAST, seed=4), 0)):
        assert not np.array_equal(order, other[0])


def test_batches_are_moved_by_up_to_a_pixel_each_way():
    _, moves = epoch_plan(replace(FAST, batch_size=1), 0)
    assert {tuple(move) for move in moves} == {(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)}


def test_a_batch_is_what_the_plan_says():
    images = np.zeros((100, 28, 28), np.uint8)
    images[np.arange(100), 10, 20] = 100 + np.arange(100)
    digits = Digits(images, np.arange(100, dtype=np.uint8) % 10)
    material = gather_material(FAST, digits)
    order, moves = epoch_plan(FAST, 0)
    for step, size in enumerate((30, 30, 30, 10)):
        chosen, (down, right) = order[30 * step : 30 * step + 30], moves[step]
        everything = (material.images, material.labels, order, moves)
        batch, labels = pick_batch(*map(tf.constant, everything), step, 30)
        assert batch.shape == (size, 28, 28, 1)
        np.testing.assert_allclose(batch[:, 10 + down, 20 + right, 0], (100 + chosen) / 255)
        np.testing.assert_array_equal(labels, chosen % 10)
