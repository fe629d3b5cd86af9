"""Whether the pixels that are said to matter do: the answer when they are taken away.

    python -m benchmarks.saliency [--count 300]

For digits that were held out of the training, the tenth of the ink that each method ranks highest
is removed; printed is how far the log odds of the answer fall, the median over the digits (more is
better), beside taking away a tenth of the ink at random.
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


def without_the_best(image: np.ndarray, ranking: np.ndarray) -> np.ndarray:
    """`image` without the highest-ranked pixels that hold a tenth of its ink."""
    order = np.argsort(-np.where(image > 0, ranking, -np.inf), axis=None)
    ink = np.cumsum(image.ravel()[order], dtype=np.int64)
    taken = order[: int(np.searchsorted(ink, SHARE * ink[-1])) + 1]
    rest = image.copy()
    rest.ravel()[taken] = 0
    return rest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300)
    count = parser.parse_args().count
    recognizer, rng = load_recognizer(read_run(PRETRAINED_PATH)), np.random.default_rng(0)
    read = recognizer.probabilities
    images = load_digits("train").images[-count:]
    answers = read(images).argmax(axis=1)
    methods = {
        **{
            f"occlusion {window} x {window}": lambda image, digit, window=window: occlusion(
                image, digit, read, window
            )
            for window in (3, 5, 7)
        },
        "gradient x input": lambda image, digit: gradient_times_input(
            recognizer.network, image, digit
        ),
        "random": lambda image, digit: rng.random(image.shape),
    }
    before = log_odds(read(images)[np.arange(count), answers])
    for name, rank in methods.items():
        pairs = zip(images, answers, strict=True)
        rest = np.stack([without_the_best(image, rank(image, digit)) for image, digit in pairs])
        falls = before - log_odds(read(rest)[np.arange(count), answers])
        print(json.dumps({"method": name, "fall": round(float(np.median(falls)), 3)}), flush=True)


if __name__ == "__main__":
    main()
