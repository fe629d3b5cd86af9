"""Vectors of drawings in one network, and what is measured with them, kept in memory."""

from functools import lru_cache

import numpy as np

from cnn.arithmetic.pca import normalize_rows
from cnn.constants import HELD_OUT_DIGITS, IMAGE_SHAPE
from cnn.data.mnist import load_digits
from cnn.data.symbols import draw_held_out_figures
from cnn.datasets.drawings import Drawings
from cnn.recognition.comparison import cosine_distances, symbol_directions
from cnn.recognition.errors import Measured, measure, threshold_accepting
from cnn.runs.run import Network
from ui.loading.network_cache import weights_key
from ui.loading.networks import recognizer_of

MNIST_DIGITS = 1000  # of those held out of the training of all presets but `notebook`
THRESHOLD_STEP = 0.01
USUAL_ACCEPTS = 0.02  # of something else, by each symbol, at the default threshold


def vectors_of(network: Network, images: np.ndarray) -> np.ndarray:
    """Return the directions of images (n, 28, 28) uint8 in the last hidden layer: (n, units).

    Each has length 1, or 0 if the layer outputs only zeros. Raises as `recognizer_of`.
    """
    recognizer_of(network)  # shows the wait
    key = weights_key(network)
    rows = [_vector(*key, each.tobytes()) for each in np.asarray(images, np.uint8)]
    return np.concatenate(rows) if rows else np.empty((0, 1))


@lru_cache(maxsize=4096)  # of each drawing by itself: one more leaves the others as they are
def _vector(network: Network, written_s: float, pixels: bytes) -> np.ndarray:
    image = np.frombuffer(pixels, np.uint8).reshape(1, *IMAGE_SHAPE)
    return normalize_rows(recognizer_of(network).features(image))


def digit_vectors(network: Network) -> np.ndarray:
    """Return the directions of MNIST_DIGITS of MNIST's held-out training digits: (n, units)."""
    return _digit_vectors(*weights_key(network))


@lru_cache(maxsize=8)
def _digit_vectors(network: Network, written_s: float) -> np.ndarray:
    images = load_digits("train").images[-HELD_OUT_DIGITS:][:MNIST_DIGITS]
    return normalize_rows(recognizer_of(network).features(images))


def usual_threshold(network: Network) -> float:
    """Return the threshold that suits `network`, whatever the symbols: 0 to 1.

    With it, a symbol accepts USUAL_ACCEPTS of what is something else: letters and shapes that are
    kept out of the training of `embedding`, and MNIST's digits.
    """
    return _usual_threshold(*weights_key(network))


@lru_cache(maxsize=8)
def _usual_threshold(network: Network, written_s: float) -> float:
    images, labels = draw_held_out_figures()
    count = int(labels.max()) + 1
    vectors = recognizer_of(network).features(images)
    directions = symbol_directions(vectors, labels, count)
    to_others = cosine_distances(vectors, directions)[labels[:, None] != np.arange(count)]
    of_digits = cosine_distances(digit_vectors(network), directions).ravel()
    threshold = threshold_accepting(USUAL_ACCEPTS, np.concatenate([to_others, of_digits]))
    return float(np.clip(round(threshold / THRESHOLD_STEP) * THRESHOLD_STEP, THRESHOLD_STEP, 1))


def measured_on(network: Network, symbols: Drawings) -> Measured:
    """Return what `cnn.recognition.errors.measure` finds for `symbols` and MNIST's digits.

    Without symbols nothing is measured, and nothing computed.
    """
    if not symbols.classes:
        return Measured(np.empty(0), np.empty(0))
    vectors = vectors_of(network, symbols.images)
    labels = symbols.labels.astype(np.int64)
    return measure(vectors, labels, len(symbols.classes), digit_vectors(network))
