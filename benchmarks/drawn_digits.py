"""Accuracy on pen-drawn digits, with this app's preprocessing and with that of other demos.

    python -m benchmarks.drawn_digits FILE.jsonl... [--brush 10 20 30] [--run RUN] [--details DIR]

A line of a file is {"label": 3, "writer": "...", "strokes": [[[x, y], ...], ...]}, x and y in
pixels of a 280 x 280 canvas. Prints a JSON line for each file and brush width, with the accuracy in
percent of:

resize   the canvas resized to 28 x 28, with the notebook's network
centred  cropped, scaled to 20 x 20 and centred, with the notebook's network
app      the Draw page, with the pretrained network or RUN
pixels   as app, from the canvas's pixels, as for an upload, instead of its strokes
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from cnn.inspection.recognizer import Recognizer, load_recognizer
from cnn.preprocessing.normalization import (
    NormalizedDigit,
    normalize_image,
    normalize_strokes,
    resize_ink,
)
from cnn.preprocessing.strokes import Stroke, render_strokes
from cnn.runs.run import NOTEBOOK_PATH, PRETRAINED_PATH, open_run, read_run

EMPTY = np.zeros((28, 28), np.uint8)
SHEET_COLUMNS = 24


def read_drawings(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def image_of(digit: NormalizedDigit | None) -> np.ndarray:
    return EMPTY if digit is None else digit.image


def predict(recognizer: Recognizer, images: list[np.ndarray]) -> np.ndarray:
    return recognizer.probabilities(np.stack(images))


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return round(100 * float((probabilities.argmax(axis=1) == labels).mean()), 2)


def measure(drawings: list[dict], brush: int, app: Recognizer, notebook: Recognizer):
    """Return the figures, and the images and probabilities of the app."""
    labels = np.array([each["label"] for each in drawings])
    strokes = [
        [Stroke(np.array(line, dtype=np.float64), brush) for line in each["strokes"]]
        for each in drawings
    ]
    inks = [render_strokes(each) for each in strokes]
    images = [image_of(normalize_strokes(each)) for each in strokes]
    probabilities = predict(app, images)
    centred = [image_of(normalize_image(ink, adjust_width=False)) for ink in inks]
    figures = {
        "n": len(drawings),
        "resize": accuracy(predict(notebook, [resize_ink(ink) for ink in inks]), labels),
        "centred": accuracy(predict(notebook, centred), labels),
        "app": accuracy(probabilities, labels),
        "pixels": accuracy(predict(app, [image_of(normalize_image(ink)) for ink in inks]), labels),
    }
    return figures, images, probabilities


def write_details(
    folder: Path, name: str, drawings: list[dict], images: list, probabilities: np.ndarray
):
    """Write the errors: a table by digit, one by writer, and a sheet of the images."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = np.array([each["label"] for each in drawings])
    predicted = probabilities.argmax(axis=1)
    errors = sorted(np.flatnonzero(predicted != labels), key=lambda i: (labels[i], predicted[i]))
    lines = ["digit predicted times  (of all)"]
    totals = Counter(labels.tolist())
    pairs = Counter((labels[i], predicted[i]) for i in errors)
    for (label, prediction), times in sorted(pairs.items()):
        lines.append(f"{label:5} {prediction:9} {times:5}  ({totals[label]})")
    lines.append("\nwriter errors of  digit->predicted")
    by_writer = Counter(drawings[i]["writer"] for i in errors)
    for writer, times in by_writer.most_common():
        total = sum(each["writer"] == writer for each in drawings)
        own = [f"{labels[i]}->{predicted[i]}" for i in errors if drawings[i]["writer"] == writer]
        lines.append(f"{writer:6} {times:6} {total}  {' '.join(own)}")
    (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    if errors:
        cv2.imwrite(str(folder / f"{name}.png"), sheet([(images[i], predicted[i]) for i in errors]))


def sheet(pairs: list[tuple[np.ndarray, int]]) -> np.ndarray:
    tiles = []
    for image, prediction in pairs:
        tile = np.pad(
            cv2.resize(image, (56, 56), interpolation=cv2.INTER_NEAREST), ((0, 18), (2, 2))
        )
        cv2.putText(tile, str(prediction), (24, 70), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 255, 1)
        tiles.append(tile)
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % SHEET_COLUMNS)
    rows = [np.hstack(tiles[i : i + SHEET_COLUMNS]) for i in range(0, len(tiles), SHEET_COLUMNS)]
    return np.vstack(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--brush", nargs="+", type=int, default=[10, 20, 30])
    parser.add_argument("--run", help="name or folder of a run (default: the pretrained network)")
    parser.add_argument("--details", type=Path, metavar="DIR")
    options = parser.parse_args()
    run = options.run or PRETRAINED_PATH
    run = read_run(Path(run)) if Path(run).is_dir() else open_run(run)
    app, notebook = load_recognizer(run), load_recognizer(read_run(NOTEBOOK_PATH))
    for path in options.files:
        drawings = read_drawings(path)
        for brush in options.brush:
            figures, images, probabilities = measure(drawings, brush, app, notebook)
            print(json.dumps({"file": str(path), "brush": brush, **figures}), flush=True)
            if options.details:
                name = f"{path.stem}-{brush}"
                write_details(options.details, name, drawings, images, probabilities)


if __name__ == "__main__":
    main()
