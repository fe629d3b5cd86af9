"""Measures the face detection of Learn's last chapter.

    python -m benchmarks.faces            accuracy on test images, boxes on pictures kept out
    python -m benchmarks.faces mine       finds the windows of cnn/assets/hard_windows.npz

Networks are trained as the page trains them, but in this process. The windows to mine are those of
the training pictures that networks of three seeds, trained without them, take for a face.
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from cnn.data.mnist import Digits, scaled
from cnn.datasets.dataset import Splits
from cnn.faces.boxes import overlap, suppress
from cnn.faces.pictures import (
    HARD_WINDOWS_PATH,
    KEPT_OUT_PICTURES,
    SAMPLE,
    TRAINING_PICTURES,
    as_grey,
    even_light,
    load_packaged,
)
from cnn.faces.sliding import LONGEST_SIDE, Classify, Windows, pyramid, slide, windows_of
from cnn.faces.training import STEPS
from cnn.faces.training_data import FACE, NO_FACE, face_splits
from cnn.models.network import keras_layers
from cnn.networks.layers import with_classes
from cnn.networks.starting_points import NOTEBOOK
from cnn.preprocessing.pixels import shrink

SEEDS = (0, 1, 2)
THRESHOLDS = (0.5, 0.9, 0.99, 0.999)
BATCH_SIZE = 32
ASTRONAUT = (110, 43, 170, 106)  # the face, marked by hand, in pixels of LONGEST_SIDE
MINED_SIDES = (320, 480)  # of the pictures
MINED_FROM, MOST_OF_LEVEL = 0.2, 60  # probability; windows of a level of the pyramid


def train(seed: int, splits: Splits, held_out: int) -> tuple[Classify, float]:
    """Return a network's probability of a face as a function, and the seconds of its training."""
    images, labels = (each[:-held_out] for each in splits.training)
    keras.utils.set_random_seed(seed)
    layers = keras_layers(with_classes(NOTEBOOK, 2))
    network = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    network.compile("adam", "sparse_categorical_crossentropy")
    epochs = -(-STEPS // -(-len(labels) // BATCH_SIZE))
    began = time.perf_counter()
    network.fit(scaled(images), labels, batch_size=BATCH_SIZE, epochs=epochs, verbose=0)
    took = time.perf_counter() - began
    return lambda windows: network.predict_on_batch(scaled(even_light(windows)))[:, FACE], took


def searched(name: str) -> np.ndarray:
    return shrink(as_grey(load_packaged(name)), LONGEST_SIDE)


def all_windows(picture: np.ndarray, classify: Classify) -> Windows:
    return [windows for _, windows in slide(picture, classify)][-1]


def boxes_at(windows: Windows) -> list[int]:
    return [len(suppress(*windows, threshold)) for threshold in THRESHOLDS]


def measure(what: str, with_hard: bool, with_windows: bool) -> None:
    face_splits.cache_clear()
    splits, held_out = face_splits(with_hard, with_windows)
    print(f"{what}: {len(splits.training.labels) - held_out:,} images for training", flush=True)
    for seed in SEEDS:
        classify, took = train(seed, splits, held_out)
        probabilities, labels = classify(splits.test.images), splits.test.labels
        faces = probabilities[labels == FACE]
        correct = (probabilities > 0.5) == (labels == FACE)
        print(
            f"  seed {seed}: trained in {took:.0f} s; test {correct.sum()} of {len(labels)}; faces "
            f"at {THRESHOLDS}: {[int(np.sum(faces >= each)) for each in THRESHOLDS]} of "
            f"{len(faces)}"
        )
        false = np.sum([boxes_at(all_windows(searched(n), classify)) for n in KEPT_OUT_PICTURES], 0)
        began = time.perf_counter()
        windows = all_windows(searched(SAMPLE), classify)
        took = time.perf_counter() - began
        hits = windows.probabilities[overlap(np.array(ASTRONAUT), windows.boxes) > 0.5]
        others = windows.probabilities[overlap(np.array(ASTRONAUT), windows.boxes) <= 0.1]
        print(
            f"    false boxes on {len(KEPT_OUT_PICTURES)} pictures kept out: {false.tolist()}; "
            f"{SAMPLE}: boxes {boxes_at(windows)}, face {hits.max():.4f}, elsewhere "
            f"{others.max():.4f}, {int(np.sum(others > hits.max()))} windows above it; "
            f"{len(windows.boxes):,} windows in {took:.2f} s",
            flush=True,
        )


def mine(rounds: int = 2) -> None:
    """Write the windows of TRAINING_PICTURES that networks take for faces."""
    splits, held_out = face_splits(with_hard=False)
    found: set[tuple[int, int, int, int]] = set()
    mined: list[np.ndarray] = []
    for round_ in range(rounds):
        for seed in SEEDS:
            images, labels = splits.training
            if mined:
                hard = even_light(np.concatenate(mined))
                order = np.random.default_rng(seed).permutation(len(labels) - held_out + len(hard))
                both = np.concatenate([images[:-held_out], hard])[order]
                known = np.concatenate([labels[:-held_out], np.full(len(hard), NO_FACE, np.uint8)])[
                    order
                ]
                images = np.concatenate([both, images[-held_out:]])
                labels = np.concatenate([known, labels[-held_out:]])
            classify, _ = train(10 + seed, Splits(Digits(images, labels), splits.test), held_out)
            new = []
            for number, name in enumerate(TRAINING_PICTURES):
                whole = as_grey(load_packaged(name))
                for side in MINED_SIDES:
                    picture = shrink(whole, side)
                    for level in pyramid(picture):
                        windows, boxes = windows_of(level)
                        probabilities = classify(np.ascontiguousarray(windows))
                        hard = np.flatnonzero(probabilities >= MINED_FROM)
                        hard = hard[np.argsort(-probabilities[hard])][:MOST_OF_LEVEL]
                        factor = np.array(whole.shape) / level.shape
                        for index in hard:
                            left, top = (boxes[index][:2] * factor[::-1]).astype(int).tolist()
                            size = min(
                                round(28 * factor.mean()), *(np.array(whole.shape) - (top, left))
                            )
                            place = (number, left, top, int(size))
                            if place not in found:
                                found.add(place)
                                new.append(windows[index])
            if new:
                mined.append(np.stack(new))
            print(f"round {round_}, seed {seed}: {len(new)} new, {len(found)} in all", flush=True)
    places = np.array(sorted(found), np.uint16)
    np.savez_compressed(
        HARD_WINDOWS_PATH, pictures=places[:, 0].astype(np.uint8), places=places[:, 1:]
    )
    print(f"{HARD_WINDOWS_PATH}: {HARD_WINDOWS_PATH.stat().st_size:,} bytes")


def main() -> None:
    if "mine" in sys.argv[1:]:
        mine()
        return
    measure("with windows that earlier networks took for faces", True, True)
    measure("with random windows of pictures without a face", False, True)
    measure("with the 200 crops alone", False, False)


if __name__ == "__main__":
    main()
