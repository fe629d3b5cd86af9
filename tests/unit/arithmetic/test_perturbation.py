import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.arithmetic.perturbation import (
    PERTURBATIONS,
    POOLING_KINDS,
    UNPOOLED,
    Pooling,
    changes_by_amount,
    noisy,
    pool_maps,
    pooled_changes,
    relative_change,
    shifted,
    thinned,
)
from cnn.arithmetic.pooling import PADDINGS, POOLING_FUNCTIONS
from cnn.data.mnist import load_digits

IMAGE = np.arange(1, 10, dtype=np.uint8).reshape(1, 3, 3)
DIGITS = load_digits("test").images[:20]
BY_TITLE = {each.title: each for each in PERTURBATIONS}
PAIRS = Pooling(2, 2, "valid")

poolings = st.builds(Pooling, st.integers(1, 4), st.integers(1, 4), st.sampled_from(PADDINGS))


@pytest.mark.parametrize(
    ("right", "down", "expected"),
    [
        (0, 0, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        (1, 0, [[0, 1, 2], [0, 4, 5], [0, 7, 8]]),
        (-1, 0, [[2, 3, 0], [5, 6, 0], [8, 9, 0]]),
        (0, 1, [[0, 0, 0], [1, 2, 3], [4, 5, 6]]),
        (0, -1, [[4, 5, 6], [7, 8, 9], [0, 0, 0]]),
        (-2, 1, [[0, 0, 0], [3, 0, 0], [6, 0, 0]]),
        (3, 0, [[0, 0, 0]] * 3),
        (0, -5, [[0, 0, 0]] * 3),
    ],
)
def test_a_picture_is_moved_and_zeros_come_in(right, down, expected):
    moved = shifted(IMAGE, right, down)
    np.testing.assert_array_equal(moved[0], expected)
    assert moved.dtype == np.uint8
    assert IMAGE[0, 0, 0] == 1  # the picture itself stays as it was


@given(st.integers(-6, 6), st.integers(-6, 6))
def test_moving_there_and_back_loses_only_what_left_the_picture(right, down):
    back = shifted(shifted(DIGITS, right, down), -right, -down)
    assert ((back == DIGITS) | (back == 0)).all()
    inside = np.s_[:, 6:-6, 6:-6]
    np.testing.assert_array_equal(back[inside], DIGITS[inside])


def test_noise_has_the_spread_that_was_asked_for():
    grey = np.full((40, 28, 28), 128, np.uint8)
    difference = noisy(grey, 20, np.random.default_rng(0)).astype(float) - 128
    assert difference.std() == pytest.approx(20, rel=0.02)
    assert difference.mean() == pytest.approx(0, abs=0.5)


def test_noise_stays_within_what_a_pixel_can_be():
    both = np.stack([np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)])
    black, white = noisy(both, 60, np.random.default_rng(0))
    assert (black == 0).mean() == pytest.approx(0.5, abs=0.05)  # none wraps around
    assert (white == 255).mean() == pytest.approx(0.5, abs=0.05)
    np.testing.assert_array_equal(noisy(both, 0, np.random.default_rng(0)), both)


def test_thinning_takes_the_outermost_pixels_all_round():
    bar = np.zeros((1, 5, 7), np.uint8)
    bar[0, 1:4, 1:6] = 200
    expected = np.zeros((5, 7))
    expected[2, 2:5] = 200
    np.testing.assert_array_equal(thinned(bar)[0], expected)
    half = thinned(bar, 0.5)[0]
    assert (half[2, 3], half[1, 3], half[0, 3]) == (200, 100, 0)
    np.testing.assert_array_equal(thinned(bar, 0), bar)


@pytest.mark.parametrize("title", BY_TITLE)
def test_each_disturbance_does_nothing_at_0_and_something_elsewhere(title):
    perturbation = BY_TITLE[title]
    assert 0 in perturbation.amounts and perturbation.default in perturbation.amounts
    for amount in perturbation.amounts:
        disturbed = perturbation.apply(DIGITS, amount)
        assert (disturbed.shape, disturbed.dtype) == (DIGITS.shape, np.uint8)
        assert np.array_equal(disturbed, DIGITS) == (amount == 0)
        np.testing.assert_array_equal(disturbed, perturbation.apply(DIGITS, amount))


def test_shifts_go_from_four_pixels_one_way_to_four_the_other():
    assert BY_TITLE["Shift right"].amounts == (-4, -3, -2, -1, 0, 1, 2, 3, 4)
    np.testing.assert_array_equal(
        BY_TITLE["Shift right"].apply(DIGITS, 2)[:, :, 2:], DIGITS[:, :, :-2]
    )
    np.testing.assert_array_equal(BY_TITLE["Shift down"].apply(DIGITS, 2)[:, 2:], DIGITS[:, :-2])


def test_a_change_is_the_norm_of_the_difference_by_the_norm_before():
    before = np.array([[3.0, 0.0], [0.0, 4.0]])
    after = np.array([[3.0, 0.0], [2.0, 4.0]])
    assert relative_change(before, after) == pytest.approx(2 / 5)
    assert relative_change(before, before) == 0
    assert relative_change(before, before * 0) == 1


def test_maps_of_the_same_norm_that_share_no_active_cell_are_the_root_of_two_apart():
    before, after = np.array([[3.0, 0.0], [4.0, 0.0]]), np.array([[0.0, 5.0], [0.0, 0.0]])
    assert relative_change(before, after) == pytest.approx(np.sqrt(2))


def test_a_map_that_was_0_has_not_changed_or_has_changed_beyond_measure():
    nothing, something = np.zeros((2, 2)), np.ones((2, 2))
    assert relative_change(nothing, nothing) == 0
    assert relative_change(nothing, something) == np.inf
    assert relative_change(np.zeros((0, 3)), np.zeros((0, 3))) == 0


def test_many_maps_are_compared_at_once():
    rng = np.random.default_rng(0)
    before, after = rng.random((2, 4, 3, 5, 6))
    expected = [
        [np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(first, second, strict=True)]
        for first, second in zip(before, after, strict=True)
    ]
    np.testing.assert_allclose(relative_change(before, after), expected)
    whole = relative_change(before, after, axes=(-3, -2, -1))
    np.testing.assert_allclose(
        whole[0], np.linalg.norm(after[0] - before[0]) / np.linalg.norm(before[0])
    )


@pytest.mark.parametrize("kind", POOLING_FUNCTIONS)
@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)), pooling=poolings, seed=st.integers(0, 99)
)
def test_many_maps_are_pooled_as_one_is(kind, shape, pooling, seed):
    maps = np.random.default_rng(seed).normal(size=(2, *shape, 3))
    pooled = pool_maps(maps, kind, pooling)
    for n in range(2):
        for channel in range(3):
            expected = POOLING_FUNCTIONS[kind](maps[n, :, :, channel], *pooling)
            assert pooled[n, :, :, channel].shape == expected.shape
            np.testing.assert_allclose(pooled[n, :, :, channel], expected, atol=1e-12)


def test_pooling_keeps_the_kind_of_number_and_the_maps():
    maps = np.random.default_rng(0).random((2, 5, 5, 3), np.float32)
    kept = maps.copy()
    for kind in POOLING_KINDS:
        for padding in PADDINGS:
            assert pool_maps(maps, kind, Pooling(2, 2, padding)).dtype == np.float32
    np.testing.assert_array_equal(maps, kept)
    assert pool_maps(maps, UNPOOLED, PAIRS) is maps


@given(
    maps=arrays(np.float64, (2, 2, 6, 7, 2), elements=st.floats(0, 9, width=16)),
    size=st.integers(1, 4),
    stride=st.integers(1, 4),
)
def test_without_padding_sums_and_averages_change_equally(maps, size, stride):
    changes = pooled_changes(*maps, Pooling(size, stride, "valid"))
    average, total = (changes[POOLING_KINDS.index(kind)] for kind in ("average", "sum"))
    np.testing.assert_allclose(total, average, rtol=1e-9)


def test_with_padding_the_edge_tells_sums_and_averages_apart():
    before, after = np.zeros((2, 1, 3, 3, 1))
    before[0, 1, 1], after[0, 1, 1], after[0, 2, 2] = 1, 1, 1
    changes = pooled_changes(before, after, Pooling(2, 2, "same"))[:, 0]
    # The last window has one cell of four: its sum is 1, as the middle's, its average four times.
    assert changes.tolist() == [1, 1, 4, 1]


def test_all_maps_of_a_picture_count_as_one():
    before, after = np.zeros((2, 1, 2, 2, 2))
    before[..., 0], after[..., 0] = 3, 3
    before[..., 1], after[..., 1] = 4, 8
    np.testing.assert_allclose(pooled_changes(before, after, PAIRS)[:, 0], [4 / 5] * 4)


def test_max_does_not_see_a_dot_move_within_its_window_and_sees_it_leave():
    dot = np.zeros((1, 4, 4, 1))
    dot[0, 0, 0] = 1
    within, beyond = np.roll(dot, 1, axis=2), np.roll(dot, 2, axis=2)
    assert pooled_changes(dot, within, PAIRS)[:, 0].tolist() == [np.sqrt(2), 0, 0, 0]
    np.testing.assert_allclose(pooled_changes(dot, beyond, PAIRS)[:, 0], np.sqrt(2))


def test_each_amount_is_compared_with_the_picture_as_it_was():
    def read(images):
        return images[..., None] / 255

    perturbation = BY_TITLE["Shift down"]
    changes = changes_by_amount(perturbation, DIGITS, read, PAIRS)
    assert changes.shape == (9, 4, 20)
    assert not changes[perturbation.amounts.index(0)].any()
    for place, amount in enumerate(perturbation.amounts):
        expected = pooled_changes(read(DIGITS), read(shifted(DIGITS, down=amount)), PAIRS)
        np.testing.assert_array_equal(changes[place], expected)
