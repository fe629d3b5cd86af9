"""Compare methods of pixel importance by removing the most important pixels.

    python -m benchmarks.occlusion [--count 300]

Removes, from held-out digits, the tenth of the ink that each method ranks highest, or a random
tenth. Prints the median decrease of the predicted class's log odds (larger is better).
"""

import argparse
import json

import numpy as np
import tensorflow as tf

from cnn.arithmetic.occlusion import log_odds, occlusion
from cnn.data.mnist import load_digits, scaled
from cnn.inspection.recognizer import load_recognizer
from cnn.runs.run import PRETRAINED_PATH, read_run

SHARE = 0.1  # of the ink


def gradient_times_input(network, image: np.ndarray, digit: int) -> np.ndarray:
    x = tf.constant(scaled(image[None]))
    with tf.GradientTape() as tape:
        tape.watch(x)
        p = network(x)[0, digit]
        odds = tf.math.log(p + 1e-7) - tf.math.log(1 - p + 1e-7)
    return (tape.gradient(odds, x) * x).numpy()[0, :, :, 0]


def remove_top_ranked(image: np.ndarray, ranking: np.ndarray) -> np.ndarray:
    """Set the highest-ranked pixels, which hold a tenth of the ink, to 0."""
    order = np.argsort(-np.where(image > 0, ranking, -np.inf), axis=None)
    ink = np.cumsum(image.ravel()[order], dtype=np.int64)
    removed = order[: int(np.searchsorted(ink, SHARE * ink[-1])) + 1]
    remaining = image.copy()
    remaining.ravel()[removed] = 0
    return remaining


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300)
    count = parser.parse_args().count
    recognizer, rng = load_recognizer(read_run(PRETRAINED_PATH)), np.random.default_rng(0)
    predict = recognizer.probabilities
    images = load_digits("train").images[-count:]
    predicted = predict(images).argmax(axis=1)
    methods = {
        **{
            f"occlusion {window} x {window}": lambda image, digit, window=window: occlusion(
                image, digit, predict, window
            )
            for window in (3, 5, 7)
        },
        "gradient x input": lambda image, digit: gradient_times_input(
            recognizer.network, image, digit
        ),
        "random": lambda image, digit: rng.random(image.shape),
    }
    before = log_odds(predict(images)[np.arange(count), predicted])
    for name, rank in methods.items():
        pairs = zip(images, predicted, strict=True)
        remaining = np.stack(
            [remove_top_ranked(image, rank(image, digit)) for image, digit in pairs]
        )
        decreases = before - log_odds(predict(remaining)[np.arange(count), predicted])
        print(
            json.dumps({"method": name, "decrease": round(float(np.median(decreases)), 3)}),
            flush=True,
        )


if __name__ == "__main__":
    main()
