import warnings
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.data.mnist import load_digits
from cnn.evaluation.metrics import (
    class_metrics,
    confusion_matrix,
    digits_predicted_as,
    least_confident_correct,
    monitored_digits,
    most_confident_errors,
    most_confused,
    reliability,
)

digit = st.integers(0, 9)
pairs = st.lists(st.tuples(digit, digit), max_size=40)
powers = arrays(np.float32, (12, 10), elements=st.floats(0.0625, 1, width=32))
labels = arrays(np.uint8, 12, elements=digit)  # as MNIST's are stored


def answers(*rows):
    """For each (answer, its probability), ten probabilities; the others share the rest."""
    made = np.array([[(1 - sureness) / 9] * 10 for _, sureness in rows])
    for row, (answer, sureness) in zip(made, rows, strict=True):
        row[answer] = sureness
    return made


def normalised(powers):
    return powers / powers.sum(axis=1, keepdims=True)


def split(pairs):
    return np.array([a for a, _ in pairs], np.uint8), np.array([b for _, b in pairs], np.int64)


# What was read as what


def test_rows_are_what_a_digit_is_and_columns_what_it_was_read_as():
    matrix = confusion_matrix(np.array([4, 4, 4, 9]), np.array([4, 9, 9, 9]))
    assert matrix.shape == (10, 10)
    assert np.issubdtype(matrix.dtype, np.integer)
    assert (matrix[4, 4], matrix[4, 9], matrix[9, 9]) == (1, 2, 1)
    assert matrix.sum() == 4


@given(pairs)
def test_the_matrix_counts_every_pair(pairs):
    counts = Counter(pairs)
    expected = [[counts[row, column] for column in range(10)] for row in range(10)]
    np.testing.assert_array_equal(confusion_matrix(*split(pairs)), expected)


def test_the_figures_of_a_class_are_shares_of_what_was_read_as_it_and_of_what_it_is():
    # Four 3s, of which three were read as 3; two 5s read as 3: 3 of 5, and 3 of 4.
    figures = class_metrics(
        confusion_matrix(*split([(3, 3), (3, 3), (3, 3), (3, 8), (5, 3), (5, 3)]))
    )
    assert figures.precision[3] == pytest.approx(3 / 5)
    assert figures.recall[3] == pytest.approx(3 / 4)
    assert figures.f1[3] == pytest.approx(2 * (3 / 5) * (3 / 4) / (3 / 5 + 3 / 4))
    assert figures.support[3] == 4


def share(part, whole):
    return part / whole if whole else float("nan")


@given(pairs)
def test_the_figures_are_those_of_a_naive_loop(pairs):
    figures = class_metrics(confusion_matrix(*split(pairs)))
    for each in range(10):
        right = sum(a == b == each for a, b in pairs)
        read = sum(b == each for _, b in pairs)
        support = sum(a == each for a, _ in pairs)
        precision, recall = share(right, read), share(right, support)
        assert figures.precision[each] == pytest.approx(precision, nan_ok=True)
        assert figures.recall[each] == pytest.approx(recall, nan_ok=True)
        assert figures.support[each] == support
        if right:
            f1 = 2 * precision * recall / (precision + recall)
            assert figures.f1[each] == pytest.approx(f1)


def test_what_nothing_was_read_as_has_no_precision_and_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = class_metrics(confusion_matrix(np.array([1, 1]), np.array([2, 2])))
    assert np.isnan(figures.precision[1])
    assert (figures.recall[1], figures.f1[1]) == (0, 0)
    assert np.isnan(figures.recall[2])
    assert (figures.precision[2], figures.f1[2]) == (0, 0)
    assert np.isnan([each[7] for each in figures[:3]]).all()  # neither there nor read
    assert figures.support.tolist() == [0, 2] + [0] * 8


def test_most_confused_is_the_fullest_cell_beside_the_diagonal():
    matrix = np.diag(np.full(10, 900))
    matrix[4, 9], matrix[9, 4], matrix[7, 1] = 12, 9, 3
    assert most_confused(matrix) == (4, 9)


# Which digits are worth a look


def test_the_surest_mistakes_come_first():
    said = answers((1, 0.6), (2, 0.9), (3, 0.99), (4, 0.7), (5, 0.95))
    labels = np.array([0, 0, 3, 0, 0])  # only the 3 is right
    assert most_confident_errors(said, labels, 3).tolist() == [4, 1, 3]
    assert most_confident_errors(said, labels, 9).tolist() == [4, 1, 3, 0]
    assert least_confident_correct(said, labels, 9).tolist() == [2]


def test_the_least_sure_right_answers_come_first():
    said = answers((1, 0.6), (2, 0.9), (3, 0.4), (4, 0.3))
    assert least_confident_correct(said, np.array([1, 2, 3, 0]), 2).tolist() == [2, 0]


def test_of_equals_the_earlier_comes_first():
    said = answers(*[(1, 0.5)] * 4)
    assert most_confident_errors(said, np.zeros(4, int), 3).tolist() == [0, 1, 2]
    assert least_confident_correct(said, np.ones(4, int), 3).tolist() == [0, 1, 2]


def test_where_there_are_none_there_is_nothing_to_show():
    said = answers((1, 0.6), (2, 0.9))
    assert most_confident_errors(said, np.array([1, 2]), 5).tolist() == []
    assert least_confident_correct(said, np.array([3, 3]), 5).tolist() == []


@given(powers, labels, st.integers(0, 14))
def test_mistakes_and_right_answers_are_those_of_a_naive_loop(powers, labels, count):
    said = normalised(powers)
    best = [max(range(10), key=lambda i, row=row: row[i]) for row in said]
    wrong = [i for i in range(12) if best[i] != labels[i]]
    right = [i for i in range(12) if best[i] == labels[i]]
    surest = sorted(wrong, key=lambda i: (-max(said[i]), i))
    least = sorted(right, key=lambda i: (max(said[i]), i))
    assert most_confident_errors(said, labels, count).tolist() == surest[:count]
    assert least_confident_correct(said, labels, count).tolist() == least[:count]
    cells = [digits_predicted_as(said, labels, a, b, 12) for a in range(10) for b in range(10)]
    assert sorted(np.concatenate(cells).tolist()) == list(range(12))  # each in one cell
    for a, b in zip(labels, best, strict=True):
        in_cell = [i for i in (least if a == b else surest) if (labels[i], best[i]) == (a, b)]
        assert digits_predicted_as(said, labels, a, b, count).tolist() == in_cell[:count]


# Confidence


def test_each_bin_has_its_mean_confidence_and_its_share_of_right_ones():
    said = answers((1, 0.55), (1, 0.65), (1, 0.95))
    measured = reliability(said, np.array([1, 0, 1]), bins=5)
    np.testing.assert_array_equal(measured.count, [0, 0, 1, 1, 1])
    np.testing.assert_allclose(measured.confidence[2:], [0.55, 0.65, 0.95])
    np.testing.assert_allclose(measured.accuracy[2:], [1, 0, 1])
    assert np.isnan(measured.confidence[:2]).all()
    assert np.isnan(measured.accuracy[:2]).all()


def test_who_is_wholly_sure_is_in_the_last_bin():
    assert reliability(answers((1, 1.0)), np.array([1])).count.tolist() == [0] * 14 + [1]


@given(powers, labels, st.integers(1, 20))
def test_the_diagram_is_that_of_a_naive_loop(powers, labels, bins):
    said = normalised(powers)
    measured = reliability(said, labels, bins)
    for number in range(bins):
        members = [
            (max(row), int(np.argmax(row)) == label)
            for row, label in zip(said, labels, strict=True)
            if min(int(max(row) * bins), bins - 1) == number
        ]
        assert measured.count[number] == len(members)
        sure = share(sum(float(each) for each, _ in members), len(members))
        assert measured.confidence[number] == pytest.approx(sure, nan_ok=True)
        right = share(sum(each for _, each in members), len(members))
        assert measured.accuracy[number] == pytest.approx(right, nan_ok=True)


# Which digits a training is watched by


def test_the_watched_digits_are_the_same_for_all_and_of_every_class():
    labels = load_digits("test").labels
    numbers = monitored_digits(labels)
    expected = [4282, 4473, 1791, 9819, 4173, 7994, 9430, 8429, 8613, 5123, 3915, 5821]
    assert numbers[:12].tolist() == expected  # links and pictures of them stay true
    assert len(set(numbers.tolist())) == 24
    assert labels[numbers].tolist() == sorted(labels[numbers].tolist())
    assert set(Counter(labels[numbers].tolist()).values()) == {2, 3}


@pytest.mark.parametrize("count", [1, 9, 10, 33])
def test_as_many_are_watched_as_are_asked_for(count):
    assert len(set(monitored_digits(load_digits("test").labels, count).tolist())) == count
