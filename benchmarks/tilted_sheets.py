"""Digits on a sheet that lies on a table, photographed from the side.

    python -m benchmarks.tilted_sheets [--count 40]

Each is a digit that was held out of MNIST's training digits, on a sheet of A4, photographed as by a
pinhole camera, of a telephone or a webcam, in uneven light and with grain. Prints a JSON line for
each pose, its pitch (from below), yaw (from the side) and roll in degrees, how many digits are
correct, wrong and without an answer, and a last line for all. In the last pose, a corner of many of
the sheets is outside of the picture.
"""

import argparse
import io
import json
from collections import Counter

import cv2
import numpy as np
from PIL import Image

from cnn.constants import HELD_OUT_DIGITS
from cnn.data.mnist import load_digits
from cnn.detection.digits import detect_digits, verdict_of
from cnn.inspection.recognizer import load_recognizer
from cnn.preprocessing.picture_files import read_picture
from cnn.runs.run import PRETRAINED_PATH, read_run

POSES = (
    (0, 0, 0),
    (30, 0, 0),
    (45, 0, 0),
    (55, 0, 0),
    (0, 30, 0),
    (0, -45, 0),
    (0, 0, 15),
    (0, 0, -35),
    (30, 20, 10),
    (45, -20, -15),
    (20, 40, 30),
)
SIZE = (1024, 768)
SHEET = (840, 1188)  # pixels, in the proportions of A4
FOCAL = (0.7, 1.1)  # of the picture's longer side: telephones and webcams
HEIGHT = (0.65, 0.8)  # of the sheet seen from above, in heights of the picture
DIGIT = (420, 560)  # pixels of the sheet
TABLE, PAPER, INK = (40, 130), (190, 245), (20, 70)  # of 255
DARKEST_LIGHT, GRAIN = 0.7, 3


def homography(pose: tuple[float, ...], rng: np.random.Generator) -> np.ndarray:
    """From the pixels of the sheet to those of the picture, (3, 3)."""
    pitch, yaw, roll = np.radians(pose)
    turns = [cv2.Rodrigues(np.array(each))[0] for each in ([-pitch, 0, 0], [0, yaw, 0])]
    rotation = turns[0] @ turns[1] @ cv2.Rodrigues(np.array([0, 0, roll]))[0]
    focal = rng.uniform(*FOCAL) * max(SIZE)
    middle = np.array([[1, 0, -SHEET[0] / 2], [0, 1, -SHEET[1] / 2], [0, 0, 1]])
    # So far that the sheet has the height that it is to have.
    distance = focal * SHEET[1] / (rng.uniform(*HEIGHT) * SIZE[1])
    camera = np.array([[focal, 0, SIZE[0] / 2], [0, focal, SIZE[1] / 2], [0, 0, 1]])
    return camera @ np.column_stack([rotation[:, :2], [0, 0, distance]]) @ middle


def photograph(image: np.ndarray, pose: tuple[float, ...], rng: np.random.Generator) -> bytes:
    """The digit `image`, (28, 28), on the sheet in the `pose`, as JPEG."""
    side = int(rng.integers(*DIGIT))
    digit = cv2.resize(image.astype(np.float32) / 255, (side, side), interpolation=cv2.INTER_CUBIC)
    ink = np.zeros(SHEET[::-1], np.float32)
    top, left = ((length - side) // 2 for length in ink.shape)
    ink[top : top + side, left : left + side] = digit.clip(0, 1)
    paper, dark = rng.uniform(*PAPER), rng.uniform(*INK)
    sheet = paper + (dark - paper) * ink
    place = homography(pose, rng)
    seen = cv2.warpPerspective(sheet, place, SIZE, flags=cv2.INTER_AREA)
    share = cv2.warpPerspective(np.ones_like(ink), place, SIZE)
    picture = seen + (1 - share) * rng.uniform(*TABLE)
    picture *= np.linspace(*rng.permutation([1, DARKEST_LIGHT]), SIZE[0])
    picture = cv2.GaussianBlur(picture, (0, 0), 1) + rng.normal(0, GRAIN, picture.shape)
    buffer = io.BytesIO()
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=40, help="digits in each pose")
    options = parser.parse_args()
    run = read_run(PRETRAINED_PATH)
    recognizer = load_recognizer(run)
    digits = load_digits("train")
    images, labels = digits.images[-HELD_OUT_DIGITS:], digits.labels[-HELD_OUT_DIGITS:]
    totals: Counter[str] = Counter()
    for pose in POSES:
        scores = Counter({"correct": 0, "wrong": 0, "none": 0})
        for number in range(options.count):
            data = photograph(images[number], pose, np.random.default_rng(number))
            ink = read_picture(data, "sheet.jpg").ink
            found = detect_digits(ink, recognizer.probabilities, run.reject_threshold)
            if verdict_of(found) != "digit":
                scores["none"] += 1
            else:
                is_correct = found[0].decision.best == labels[number]
                scores["correct" if is_correct else "wrong"] += 1
        print(json.dumps({"pose": pose, **scores}), flush=True)
        totals += scores
    print(json.dumps({"all": totals.total(), **totals}))


if __name__ == "__main__":
    main()
