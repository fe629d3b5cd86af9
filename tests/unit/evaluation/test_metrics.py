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
weights = arrays(np.float32, (12, 10), elements=st.floats(0.0625, 1, width=32))
labels = arrays(np.uint8, 12, elements=digit)  # as MNIST's are stored


def predictions(*rows):
    """Probabilities (n, 10) from n pairs (predicted class, confidence)."""
    probabilities = np.array([[(1 - confidence) / 9] * 10 for _, confidence in rows])
    for row, (predicted, confidence) in zip(probabilities, rows, strict=True):
        row[predicted] = confidence
    return probabilities


def normalize(weights):
    return weights / weights.sum(axis=1, keepdims=True)


def split(pairs):
    return np.array([a for a, _ in pairs], np.uint8), np.array([b for _, b in pairs], np.int64)


# Confusion matrix


def test_rows_are_labels_and_columns_predicted_classes():
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


def test_the_metrics_of_a_class():
    # Four 3s, three of them predicted as 3, and two 5s predicted as 3.
    metrics = class_metrics(
        confusion_matrix(*split([(3, 3), (3, 3), (3, 3), (3, 8), (5, 3), (5, 3)]))
    )
    assert metrics.precision[3] == pytest.approx(3 / 5)
    assert metrics.recall[3] == pytest.approx(3 / 4)
    assert metrics.f1[3] == pytest.approx(2 * (3 / 5) * (3 / 4) / (3 / 5 + 3 / 4))
    assert metrics.support[3] == 4


def share(part, whole):
    return part / whole if whole else float("nan")


@given(pairs)
def test_class_metrics_equal_a_naive_loop(pairs):
    metrics = class_metrics(confusion_matrix(*split(pairs)))
    for each in range(10):
        correct = sum(a == b == each for a, b in pairs)
        predicted = sum(b == each for _, b in pairs)
        support = sum(a == each for a, _ in pairs)
        precision, recall = share(correct, predicted), share(correct, support)
        assert metrics.precision[each] == pytest.approx(precision, nan_ok=True)
        assert metrics.recall[each] == pytest.approx(recall, nan_ok=True)
        assert metrics.support[each] == support
        if correct:
            f1 = 2 * precision * recall / (precision + recall)
            assert metrics.f1[each] == pytest.approx(f1)


def test_a_class_that_is_never_predicted_has_no_precision_and_gives_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics = class_metrics(confusion_matrix(np.array([1, 1]), np.array([2, 2])))
    assert np.isnan(metrics.precision[1])
    assert (metrics.recall[1], metrics.f1[1]) == (0, 0)
    assert np.isnan(metrics.recall[2])
    assert (metrics.precision[2], metrics.f1[2]) == (0, 0)
    assert np.isnan([each[7] for each in metrics[:3]]).all()  # neither a label nor predicted
    assert metrics.support.tolist() == [0, 2] + [0] * 8


def test_most_confused_is_the_largest_cell_off_the_diagonal():
    matrix = np.diag(np.full(10, 900))
    matrix[4, 9], matrix[9, 4], matrix[7, 1] = 12, 9, 3
    assert most_confused(matrix) == (4, 9)


# Errors and least confident predictions


def test_the_most_confident_errors_come_first():
    probabilities = predictions((1, 0.6), (2, 0.9), (3, 0.99), (4, 0.7), (5, 0.95))
    labels = np.array([0, 0, 3, 0, 0])  # only the 3 is correct
    assert most_confident_errors(probabilities, labels, 3).tolist() == [4, 1, 3]
    assert most_confident_errors(probabilities, labels, 9).tolist() == [4, 1, 3, 0]
    assert least_confident_correct(probabilities, labels, 9).tolist() == [2]


def test_the_least_confident_correct_predictions_come_first():
    probabilities = predictions((1, 0.6), (2, 0.9), (3, 0.4), (4, 0.3))
    assert least_confident_correct(probabilities, np.array([1, 2, 3, 0]), 2).tolist() == [2, 0]


def test_of_equals_the_lower_index_comes_first():
    probabilities = predictions(*[(1, 0.5)] * 4)
    assert most_confident_errors(probabilities, np.zeros(4, int), 3).tolist() == [0, 1, 2]
    assert least_confident_correct(probabilities, np.ones(4, int), 3).tolist() == [0, 1, 2]


def test_without_errors_or_correct_predictions_the_result_is_empty():
    probabilities = predictions((1, 0.6), (2, 0.9))
    assert most_confident_errors(probabilities, np.array([1, 2]), 5).tolist() == []
    assert least_confident_correct(probabilities, np.array([3, 3]), 5).tolist() == []


@given(weights, labels, st.integers(0, 14))
def test_errors_and_correct_predictions_equal_a_naive_loop(weights, labels, count):
    probabilities = normalize(weights)
    best = [max(range(10), key=lambda i, row=row: row[i]) for row in probabilities]
    errors = [i for i in range(12) if best[i] != labels[i]]
    correct = [i for i in range(12) if best[i] == labels[i]]
    most_confident = sorted(errors, key=lambda i: (-max(probabilities[i]), i))
    least_confident = sorted(correct, key=lambda i: (max(probabilities[i]), i))
    assert most_confident_errors(probabilities, labels, count).tolist() == most_confident[:count]
    assert least_confident_correct(probabilities, labels, count).tolist() == least_confident[:count]
    cells = [
        digits_predicted_as(probabilities, labels, a, b, 12) for a in range(10) for b in range(10)
    ]
    assert sorted(np.concatenate(cells).tolist()) == list(range(12))  # each in one cell
    for a, b in zip(labels, best, strict=True):
        in_cell = [
            i
            for i in (least_confident if a == b else most_confident)
            if (labels[i], best[i]) == (a, b)
        ]
        assert digits_predicted_as(probabilities, labels, a, b, count).tolist() == in_cell[:count]


# Confidence


def test_each_bin_has_its_mean_confidence_and_accuracy():
    probabilities = predictions((1, 0.55), (1, 0.65), (1, 0.95))
    bins_found = reliability(probabilities, np.array([1, 0, 1]), bins=5)
    np.testing.assert_array_equal(bins_found.count, [0, 0, 1, 1, 1])
    np.testing.assert_allclose(bins_found.confidence[2:], [0.55, 0.65, 0.95])
    np.testing.assert_allclose(bins_found.accuracy[2:], [1, 0, 1])
    assert np.isnan(bins_found.confidence[:2]).all()
    assert np.isnan(bins_found.accuracy[:2]).all()


def test_a_confidence_of_1_is_in_the_last_bin():
    assert reliability(predictions((1, 1.0)), np.array([1])).count.tolist() == [0] * 14 + [1]


@given(weights, labels, st.integers(1, 20))
def test_the_bins_equal_a_naive_loop(weights, labels, bins):
    probabilities = normalize(weights)
    bins_found = reliability(probabilities, labels, bins)
    for number in range(bins):
        members = [
            (max(row), int(np.argmax(row)) == label)
            for row, label in zip(probabilities, labels, strict=True)
            if min(int(max(row) * bins), bins - 1) == number
        ]
        assert bins_found.count[number] == len(members)
        confidence = share(sum(float(each) for each, _ in members), len(members))
        assert bins_found.confidence[number] == pytest.approx(confidence, nan_ok=True)
        correct = share(sum(each for _, each in members), len(members))
        assert bins_found.accuracy[number] == pytest.approx(correct, nan_ok=True)


# Monitored digits


def test_the_monitored_digits_are_fixed_and_of_every_class():
    labels = load_digits("test").labels
    indices = monitored_digits(labels)
    expected = [4282, 4473, 1791, 9819, 4173, 7994, 9430, 8429, 8613, 5123, 3915, 5821]
    assert indices[:12].tolist() == expected  # links to them stay valid
    assert len(set(indices.tolist())) == 24
    assert labels[indices].tolist() == sorted(labels[indices].tolist())
    assert set(Counter(labels[indices].tolist()).values()) == {2, 3}


@pytest.mark.parametrize("count", [1, 9, 10, 33])
def test_count_sets_the_number_of_monitored_digits(count):
    assert len(set(monitored_digits(load_digits("test").labels, count).tolist())) == count


def test_a_matrix_has_a_row_for_each_class():
    matrix = confusion_matrix(np.array([0, 2]), np.array([0, 1]), 3)
    np.testing.assert_array_equal(matrix, [[1, 0, 0], [0, 0, 0], [0, 1, 0]])
    assert most_confused(matrix) == (2, 1)


@pytest.mark.parametrize(("classes", "each"), [(2, 12), (3, 8)])
def test_the_monitored_pictures_are_of_every_class(classes, each):
    labels = np.arange(300) % classes
    indices = monitored_digits(labels, classes=classes)
    assert np.bincount(labels[indices]).tolist() == [each] * classes
