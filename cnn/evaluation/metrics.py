"""Metrics from probabilities (n, classes), 0 to 1, and labels (n,), 0 to classes - 1.

A prediction is the class with the highest probability, and its confidence is that probability.
"""

from typing import NamedTuple

import numpy as np

from cnn.constants import CLASSES

MONITORED_SEED = 24  # the same digits for all runs


class ClassMetrics(NamedTuple):
    """Precision, recall, F1 (0 to 1; NaN if 0/0) and support (a count) by class; all (classes,)."""

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray


class Reliability(NamedTuple):
    """Predictions in bins of equal width by confidence, in ascending order; all (bins,).

    confidence: the mean confidence in a bin; accuracy: the share of correct predictions; both 0 to
    1, and NaN in an empty bin. count: the number of predictions.
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error, 0 to 1: Σ count/n · |accuracy - confidence|.

        Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", 2015.
        """
        filled = self.count > 0
        gaps = np.abs(self.accuracy[filled] - self.confidence[filled])
        return float(np.average(gaps, weights=self.count[filled]))


def confusion_matrix(
    labels: np.ndarray, predicted: np.ndarray, classes: int = CLASSES
) -> np.ndarray:
    """Count the digits of each class by predicted class: (n,) and (n,) -> (classes, classes) int.

    Rows are labels, columns predicted classes, so correct predictions are on the diagonal.
    """
    pairs = classes * np.asarray(labels, int) + np.asarray(predicted, int)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def class_metrics(matrix: np.ndarray) -> ClassMetrics:
    """Compute the metrics of each class from a confusion matrix (classes, classes).

    precision = correct / predicted as the class, recall = correct / in the class; F1, their
    harmonic mean, = 2 · correct / (predicted as the class + in the class).
    """
    correct, predicted, support = matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)
    f1 = _ratio(2 * correct, predicted + support)
    return ClassMetrics(_ratio(correct, predicted), _ratio(correct, support), f1, support)


def most_confident_errors(probabilities: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Return the indices of the `count` incorrect predictions with the highest confidence.

    The most confident comes first, or the lower index of equals; fewer if there are fewer.
    """
    errors = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return errors[np.argsort(-probabilities[errors].max(axis=1), kind="stable")[:count]]


def least_confident_correct(
    probabilities: np.ndarray, labels: np.ndarray, count: int
) -> np.ndarray:
    """Return the indices of the `count` correct predictions with the lowest confidence.

    The least confident comes first, or the lower index of equals; fewer if there are fewer.
    """
    correct = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    return correct[np.argsort(probabilities[correct].max(axis=1), kind="stable")[:count]]


def digits_predicted_as(
    probabilities: np.ndarray, labels: np.ndarray, label: int, predicted: int, count: int
) -> np.ndarray:
    """Return at most `count` indices of digits in the cell (`label`, `predicted`) of the matrix.

    In the order of `most_confident_errors` or, on the diagonal, of `least_confident_correct`.
    """
    cell = np.flatnonzero((labels == label) & (probabilities.argmax(axis=1) == predicted))
    confidence = probabilities[cell, predicted]
    order = np.argsort(confidence if label == predicted else -confidence, kind="stable")
    return cell[order[:count]]


def most_confused(matrix: np.ndarray) -> tuple[int, int]:
    """Return the cell (label, predicted) of a confusion matrix with the most errors."""
    errors = matrix * (1 - np.eye(len(matrix), dtype=int))
    label, predicted = divmod(int(errors.argmax()), len(matrix))
    return label, predicted


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> Reliability:
    """Compute the accuracy by confidence, in `bins` of equal width."""
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    count, confidences, corrects = (
        np.bincount(bin_of, weights, minlength=bins) for weights in (None, confidence, correct)
    )
    return Reliability(_ratio(confidences, count), _ratio(corrects, count), count)


def monitored_digits(labels: np.ndarray, count: int = 24, classes: int = CLASSES) -> np.ndarray:
    """Return the indices of `count` digits to monitor a training by, sorted by class.

    A random sample with a fixed seed: the same for every run, and as many of each class as of any
    other, or one more, if there are enough.
    """
    # RandomState's numbers are the same in every version of NumPy; a Generator's may change.
    order = np.random.RandomState(MONITORED_SEED).permutation(len(labels))
    by_class = [order[labels[order] == digit] for digit in range(classes)]
    more = set(np.random.RandomState(MONITORED_SEED).permutation(classes)[: count % classes])
    return np.concatenate(
        [each[: count // classes + (digit in more)] for digit, each in enumerate(by_class)]
    )


def _ratio(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    """Return parts / wholes as float64, NaN if the whole is 0."""
    return np.divide(parts, wholes, out=np.full(len(wholes), np.nan), where=wholes > 0)
