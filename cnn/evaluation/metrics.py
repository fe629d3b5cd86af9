"""How good a network's answers are: which digits it takes for which, and how sure it was of them.

Everything is counted from probabilities (n, 10), 0 to 1, and labels (n,), 0 to 9; a digit is read
as the likeliest of the ten.
"""

from typing import NamedTuple

import numpy as np

from cnn.constants import CLASSES

MONITORED_SEED = 24  # by which the watched digits are drawn, the same for all runs


class ClassMetrics(NamedTuple):
    """For each of the ten classes, (10,): precision, recall and f1 0 to 1; support as a count.

    A figure is NaN where it has nothing to be a share of (0/0).
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray


class Reliability(NamedTuple):
    """Answers in bins of equal width by their confidence, the least confident first; all (bins,).

    confidence: the mean probability of the answers in a bin; accuracy: the share of right ones
    among them; both 0 to 1, NaN in a bin without answers. count: how many answers there are.
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


def confusion_matrix(labels: np.ndarray, guesses: np.ndarray) -> np.ndarray:
    """How many digits of each class were read as each: (n,) and (n,) -> (10, 10) int.

    Rows are what a digit is, columns what it was read as, so the right answers are the diagonal.
    """
    pairs = CLASSES * np.asarray(labels, int) + np.asarray(guesses, int)
    return np.bincount(pairs, minlength=CLASSES**2).reshape(CLASSES, CLASSES)


def class_metrics(matrix: np.ndarray) -> ClassMetrics:
    """Precision, recall, F1 and support of each class, from its confusion matrix (10, 10).

    precision = right / read as the class, recall = right / in the class, and F1, their harmonic
    mean, = 2 · right / (read as the class + in the class).
    """
    right, read, support = matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)
    return ClassMetrics(
        _shares(right, read), _shares(right, support), _shares(2 * right, read + support), support
    )


def most_confident_errors(probabilities: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """The numbers of the `count` digits that were read wrong with most confidence, it first.

    Fewer where there are fewer mistakes; of equals, the earlier first.
    """
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")[:count]]


def least_confident_correct(
    probabilities: np.ndarray, labels: np.ndarray, count: int
) -> np.ndarray:
    """The numbers of the `count` digits that were read right with least confidence, it first.

    Fewer where fewer are right; of equals, the earlier first.
    """
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    return right[np.argsort(probabilities[right].max(axis=1), kind="stable")[:count]]


def digits_predicted_as(
    probabilities: np.ndarray, labels: np.ndarray, label: int, guess: int, count: int
) -> np.ndarray:
    """The numbers of at most `count` of the digits in the cell (`label`, `guess`) of the matrix.

    Mistakes come with the most confident first, right answers with the least confident first.
    """
    found = np.flatnonzero((labels == label) & (probabilities.argmax(axis=1) == guess))
    confidence = probabilities[found, guess]
    order = np.argsort(confidence if label == guess else -confidence, kind="stable")
    return found[order[:count]]


def most_confused(matrix: np.ndarray) -> tuple[int, int]:
    """The cell (label, guess) of a confusion matrix (10, 10) that has most of the mistakes."""
    mistakes = matrix * (1 - np.eye(CLASSES, dtype=int))
    label, guess = divmod(int(mistakes.argmax()), CLASSES)
    return label, guess


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> Reliability:
    """How often answers are right that are so or so confident, in `bins` of equal width."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    count, confident, rights = (
        np.bincount(bin_of, weights, minlength=bins) for weights in (None, confidence, right)
    )
    return Reliability(_shares(confident, count), _shares(rights, count), count)


def monitored_digits(labels: np.ndarray, count: int = 24) -> np.ndarray:
    """The numbers of `count` digits to watch a training by, by class: the same for every run.

    Drawn by lot with a fixed seed, and not chosen for what they look like, but so that each class
    has as many as every other, or one more.
    """
    # RandomState's numbers are the same in every version of NumPy; a Generator's may change.
    order = np.random.RandomState(MONITORED_SEED).permutation(len(labels))
    by_class = [order[labels[order] == digit] for digit in range(CLASSES)]
    more = set(np.random.RandomState(MONITORED_SEED).permutation(CLASSES)[: count % CLASSES])
    return np.concatenate(
        [each[: count // CLASSES + (digit in more)] for digit, each in enumerate(by_class)]
    )


def _shares(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    """parts / wholes as float64; NaN where there is no whole."""
    return np.divide(parts, wholes, out=np.full(len(wholes), np.nan), where=wholes > 0)
