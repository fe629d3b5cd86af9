"""Measures the face detection of Learn's last chapter.

    python -m benchmarks.faces            accuracy on test images, boxes on pictures kept out
    python -m benchmarks.faces mine       finds the windows of cnn/assets/hard_windows.npz

Networks are trained as the page trains them, but in this process. The windows to mine are those of
the training pictures that networks of other seeds take for a face. Those in the repository, 5,387,
were mined by an earlier version of this script: two rounds of the seeds 10 to 12, at a constant
learning rate.
"""

import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from cnn.constants import IMAGE_SIDE
from cnn.data.mnist import Digits
from cnn.datasets.dataset import Splits
from cnn.datasets.writing import create_dataset
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
from cnn.faces.training import NAME, SOURCE, face_config
from cnn.faces.training_data import CLASSES, FACE, NO_FACE, face_splits
from cnn.inspection.recognizer import load_recognizer
from cnn.jobs.worker import work
from cnn.preprocessing.pixels import shrink
from cnn.runs.writing import create_run

SEEDS = (0, 1, 2)
THRESHOLDS = (0.5, 0.9, 0.99, 0.999)
ASTRONAUT = (110, 43, 170, 106)  # the face, marked by hand, in pixels of LONGEST_SIDE
MINING_SEEDS = (10, 11, 12)
MINED_SIDES = (320, 480)  # of the pictures
MINED_FROM, MOST_OF_LEVEL = 0.2, 60  # probability; windows of a level of the pyramid


def train(seed: int, splits: Splits, held_out: int) -> tuple[Classify, float]:
    """Return a network's probability of a face as a function, and the seconds of its training.

    It is a run as the page starts one, but in this process.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CNN_DATASETS"] = str(folder / "datasets")
        dataset = create_dataset(NAME, CLASSES, splits, held_out, SOURCE)
        run = create_run(replace(face_config(dataset), seed=seed), folder / "runs")
        state = work(run)
        if state.status != "finished":
            sys.exit(state.message)
        recognizer = load_recognizer(run)
    return lambda images: recognizer.probabilities(even_light(images))[:, FACE], state.elapsed_s


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


def mine() -> None:
    """Write the windows of TRAINING_PICTURES that networks take for faces.

    Each network is trained with those that the ones before found.
    """
    splits, held_out = face_splits(with_hard=False)
    found: dict[tuple[int, ...], np.ndarray] = {}
    for seed in MINING_SEEDS:
        classify, _ = train(seed, with_more(splits, held_out, list(found.values())), held_out)
        before = len(found)
        for number, name in enumerate(TRAINING_PICTURES):
            whole = as_grey(load_packaged(name))
            for side in MINED_SIDES:
                for level in pyramid(shrink(whole, side)):
                    for place, window in mistaken(level, whole.shape, classify):
                        found.setdefault((number, *place), window)
        print(f"seed {seed}: {len(found) - before} new, {len(found)} in all", flush=True)
    places = np.array(sorted(found), np.uint16)
    np.savez_compressed(
        HARD_WINDOWS_PATH, pictures=places[:, 0].astype(np.uint8), places=places[:, 1:]
    )
    print(f"{HARD_WINDOWS_PATH}: {HARD_WINDOWS_PATH.stat().st_size:,} bytes")


def with_more(splits: Splits, held_out: int, windows: list[np.ndarray]) -> Splits:
    """`splits` with `windows` as further images without a face, for training."""
    if not windows:
        return splits
    (images, labels), count = splits.training, len(windows)
    order = np.random.default_rng(0).permutation(len(labels) - held_out + count)
    more = (even_light(np.stack(windows)), np.full(count, NO_FACE, np.uint8))
    joined = [
        np.concatenate([np.concatenate([each[:-held_out], new])[order], each[-held_out:]])
        for each, new in zip((images, labels), more, strict=True)
    ]
    return Splits(Digits(*joined), splits.test)


def mistaken(level: np.ndarray, shape: tuple[int, ...], classify: Classify):
    """Yield left, top and side in a picture of `shape` of the windows taken for a face, and them.

    `level` is the picture, smaller; of its windows, the MOST_OF_LEVEL most probable count.
    """
    windows, boxes = windows_of(level)
    probabilities = classify(np.ascontiguousarray(windows))
    order = np.argsort(-probabilities)[:MOST_OF_LEVEL]
    down, right = np.array(shape) / level.shape
    for index in order[probabilities[order] >= MINED_FROM]:
        left, top = int(boxes[index][0] * right), int(boxes[index][1] * down)
        side = min(round(IMAGE_SIDE * (down + right) / 2), shape[0] - top, shape[1] - left)
        yield (left, top, side), windows[index]


def main() -> None:
    if "mine" in sys.argv[1:]:
        mine()
        return
    measure("with windows that earlier networks took for faces", True, True)
    measure("with random windows of pictures without a face", False, True)
    measure("with the 200 crops alone", False, False)


if __name__ == "__main__":
    main()
