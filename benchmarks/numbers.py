"""Digits found, and read correctly, in pictures of numbers.

    python -m benchmarks.numbers [FOLDER...] [--count 100] [--split test] [--run RUN]

Draws numbers of 1 to 8 of MNIST's digits on paper, apart, touching and in two lines, and reads the
pictures as the page and the shell do. Prints a JSON line for each arrangement, in percent:

found    digits of which a box covers the place (intersection over union of at least 0.5)
right    digits that are found and correctly classified
whole    numbers that are correct from the first digit to the last

For a FOLDER with a labels.csv, as for `benchmarks.pictures`, a line for each picture of several
digits: how many are found, how many of them are accepted, and as what digit most often.
"""

import argparse
import csv
import io
import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from cnn.constants import HELD_OUT_DIGITS
from cnn.data.mnist import Digits, load_digits
from cnn.detection.digits import DetectedDigit, detect_digits, number_of
from cnn.inspection.recognizer import load_recognizer
from cnn.preprocessing.picture_files import read_picture
from cnn.runs.run import PRETRAINED_PATH, open_run, read_run

MOST = 8
HEIGHT = 60  # pixels of a digit, about
MARGIN = 70
PAPER, INK = (190, 235), (20, 90)  # of 255
ARRANGEMENTS = ("apart", "touching", "two lines")


def draw_line(images: list[np.ndarray], touching: bool, rng: np.random.Generator):
    """Draw digits side by side: ink (h, w) float32, 0 to 1, and their boxes."""
    height, boxes = HEIGHT * 2, []
    ink = np.zeros((height, (HEIGHT + 40) * len(images)), np.float32)
    for image in images:
        rows, columns = (np.flatnonzero((image > 60).any(axis=axis)) for axis in (1, 0))
        crop = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        factor = HEIGHT / 20 * rng.uniform(0.85, 1.1)
        digit = cv2.resize(crop, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        digit = np.clip(digit.astype(np.float32) / 255, 0, 1)
        top = (height - digit.shape[0]) // 2 + int(rng.integers(-4, 5))
        left = boxes[-1][2] + int(rng.integers(8, 26)) if boxes else 0
        if touching and boxes:  # moved to the left until it touches the digit before it
            left = boxes[-1][2] + 10
            rows = slice(top, top + digit.shape[0])
            before = ink[rows] > 0.4
            while (
                left > boxes[-1][0] + 6
                and not (before[:, left : left + digit.shape[1]] & (digit > 0.4)).any()
            ):
                left -= 1
        place = ink[top : top + digit.shape[0], left : left + digit.shape[1]]
        np.maximum(place, digit, out=place)
        boxes.append((left, top, left + digit.shape[1], top + digit.shape[0]))
    return ink[:, : max(box[2] for box in boxes)], boxes


def draw_number(digits: Digits, arrangement: str, rng: np.random.Generator):
    """Draw a random number on paper: PNG bytes, its digits as text, and their boxes."""
    count = int(rng.integers(1 if arrangement == "apart" else 2, MOST + 1))
    chosen = rng.integers(len(digits.labels), size=count)
    split = count // 2 if arrangement == "two lines" else 0
    lines, boxes, y = [], [], 0
    for numbers in (chosen[:split], chosen[split:]):
        if len(numbers):
            images = [digits.images[number] for number in numbers]
            ink, of_line = draw_line(images, arrangement == "touching", rng)
            boxes += [(box[0], box[1] + y, box[2], box[3] + y) for box in of_line]
            lines.append(ink)
            y += len(ink)
    width = max(ink.shape[1] for ink in lines)
    ink = np.vstack([np.pad(line, [(0, 0), (0, width - line.shape[1])]) for line in lines])
    ink = np.pad(ink, MARGIN)
    paper = np.linspace(*rng.uniform(*PAPER, 2), ink.shape[1]) + rng.normal(0, 2, ink.shape)
    grey = paper * (1 - ink) + rng.uniform(*INK) * ink
    buffer = io.BytesIO()
    Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    text = "".join(str(digits.labels[number]) for number in chosen)
    return buffer.getvalue(), text, [tuple(each + MARGIN for each in box) for box in boxes]


def covered(box: tuple, others: list[DetectedDigit]) -> DetectedDigit | None:
    """Return the digit of `others` whose box covers `box`, if any."""
    for each in others:
        low, high = np.maximum(box[:2], each.box[:2]), np.minimum(box[2:], each.box[2:])
        shared = np.prod(np.maximum(high - low, 0))
        areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (box, each.box))
        if shared / (areas - shared) >= 0.5:
            return each
    return None


def measure(arrangement: str, digits: Digits, count: int, classify, threshold: float) -> dict:
    rng, totals = np.random.default_rng(2026), Counter()
    for _ in range(count):
        data, text, boxes = draw_number(digits, arrangement, rng)
        read = detect_digits(read_picture(data, "number.png").ink, classify, threshold)
        matches = [covered(box, read) for box in boxes]
        totals["digits"] += len(text)
        totals["found"] += sum(each is not None for each in matches)
        totals["right"] += sum(
            each is not None and str(each.decision.best) == digit
            for each, digit in zip(matches, text, strict=True)
        )
        totals["whole"] += "".join(str(each.decision.best) for each in read) == text
        totals["accepted"] += number_of(read) == text
    shares = {name: totals[name] / totals["digits"] for name in ("found", "right")}
    shares |= {name: totals[name] / count for name in ("whole", "accepted")}
    return {"n": count, **{name: round(100 * share, 1) for name, share in shares.items()}}


def read_sheets(folder: Path, classify, threshold: float) -> None:
    with (folder / "labels.csv").open(newline="") as file:
        paths = [folder / row["path"] for row in csv.DictReader(file) if row["label"] == "several"]
    for path in paths:
        read = detect_digits(read_picture(path.read_bytes(), path.name).ink, classify, threshold)
        digits = Counter(each.decision.best for each in read if each.decision.kind == "digit")
        line = {"picture": str(path.relative_to(folder)), "found": len(read)}
        print(json.dumps({**line, "accepted": digits.total(), "as": dict(digits.most_common(3))}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--count", type=int, default=100, help="numbers of each arrangement")
    parser.add_argument("--split", choices=["test", "held_out"], default="test")
    parser.add_argument("--run", help="name or folder of a run (default: the pretrained network)")
    options = parser.parse_args()
    run = options.run or PRETRAINED_PATH
    run = read_run(Path(run)) if Path(run).is_dir() else open_run(run)
    recognizer = load_recognizer(run)
    digits = load_digits("test")
    if options.split == "held_out":
        digits = Digits(*(array[-HELD_OUT_DIGITS:] for array in load_digits("train")))
    for arrangement in ARRANGEMENTS:
        figures = measure(
            arrangement, digits, options.count, recognizer.probabilities, run.reject_threshold
        )
        print(json.dumps({"arrangement": arrangement, **figures}), flush=True)
    for folder in options.folders:
        read_sheets(folder, recognizer.probabilities, run.reject_threshold)


if __name__ == "__main__":
    main()
