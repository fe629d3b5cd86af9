"""False accepts and false rejects at each threshold: the ROC curve of a comparison.

They are measured on the drawings of the symbols, leaving out one at a time, and on pictures of
something else.
"""

from dataclasses import dataclass

import numpy as np

from cnn.arithmetic.pca import normalize_rows
from cnn.recognition.comparison import cosine_distances, symbol_directions


@dataclass(frozen=True)
class Measured:
    """The distances from which false accepts and false rejects are computed.

    own: (n,) of drawings to their own symbol, made of its other drawings, or infinite if another
    symbol is nearer; others: (m,) of pictures of something else to the nearest symbol.
    """

    own: np.ndarray
    others: np.ndarray

    def false_reject(self, threshold: float) -> float | None:
        """Return the share of drawings not recognised, 0 to 1; None if none was measured."""
        return float((self.own > threshold).mean()) if len(self.own) else None

    def false_accept(self, threshold: float) -> float | None:
        """Return the share of other pictures accepted, 0 to 1; None if none was measured."""
        return float((self.others <= threshold).mean()) if len(self.others) else None


def measure(
    vectors: np.ndarray, labels: np.ndarray, count: int, non_symbols: np.ndarray
) -> Measured:
    """Measure `count` symbols: vectors (n, d) and labels (n,), and those of no symbol (m, d).

    A drawing is compared with symbols that do not contain it. If its own has other drawings, this
    is one for `own`; if there are other symbols, the distance to the nearest of these is one for
    `others`: as if its own symbol were not there.
    """
    own, others = [], []
    units = normalize_rows(vectors)
    directions = symbol_directions(units, labels, count)
    distances = cosine_distances(units, directions)
    for i, label in enumerate(labels.tolist()):
        nearest = np.delete(distances[i], label).min(initial=np.inf)
        if count > 1:
            others.append(nearest)
        rest = (labels == label) & (np.arange(len(labels)) != i)
        if rest.any():
            without = units[rest].sum(axis=0, keepdims=True)
            distance = cosine_distances(units[i : i + 1], without)[0, 0]
            own.append(distance if distance <= nearest else np.inf)
    if count and len(non_symbols):
        others += cosine_distances(non_symbols, directions).min(axis=1).tolist()
    return Measured(np.array(own), np.array(others))


def roc(measured: Measured) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return thresholds (k,) ascending, false accepts (k,) and false rejects (k,), 0 to 1.

    One threshold for each distance at which a share changes, after 0. Empty if either was not
    measured.
    """
    if not len(measured.own) or not len(measured.others):
        return (np.empty(0),) * 3
    found = np.concatenate([[0.0], measured.own, measured.others])
    thresholds = np.unique(found[np.isfinite(found)])
    accepts = np.searchsorted(np.sort(measured.others), thresholds, "right") / len(measured.others)
    recognised = np.searchsorted(np.sort(measured.own), thresholds, "right") / len(measured.own)
    return thresholds, accepts, 1 - recognised


def threshold_accepting(share: float, distances: np.ndarray) -> float:
    """Return the largest of `distances` (n,) at which at most `share` of them are accepted.

    It is the smallest of them if n is below 1 / `share`.
    """
    return float(np.sort(distances)[max(0, int(share * len(distances)) - 1)])


def equal_error(measured: Measured) -> tuple[float, float]:
    """Return the threshold at which false accepts and rejects differ least, and their mean there.

    Raises ValueError if either was not measured.
    """
    thresholds, accepts, rejects = roc(measured)
    if not len(thresholds):
        raise ValueError("Both kinds of distances are needed.")
    at = int(np.abs(accepts - rejects).argmin())
    return float(thresholds[at]), float((accepts[at] + rejects[at]) / 2)
