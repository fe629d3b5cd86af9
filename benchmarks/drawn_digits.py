"""How well pen-drawn digits are read: by this app, and by what other demos do.

    python -m benchmarks.drawn_digits FILE.jsonl... [--brush 10 20 30] [--run RUN] [--details DIR]

A line of a file is {"label": 3, "writer": "...", "strokes": [[[x, y], ...], ...]}, x and y in
pixels of a 280 x 280 canvas. Prints a JSON line for each file and brush width, with the share read
right in percent:

resize   the canvas shrunk to 28 x 28, read by the notebook's network
centred  cropped, scaled into 20 x 20 and centred, read by the notebook's network
app      what the Draw page does, with the network that ships, or with RUN
pixels   as app, but given the canvas's pixels, as an upload is, instead of its strokes
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from cnn.inspection.recognizer import Recognizer, load_recognizer
from cnn.preprocessing.normalization import normalize_image, normalize_strokes, resize_ink
from cnn.preprocessing.strokes import Stroke, render_strokes
from cnn.runs.run import NOTEBOOK_PATH, PRETRAINED_PATH, open_run, read_run

EMPTY = np.zeros((28, 28), np.uint8)
SHEET_COLUMNS = 24


def read_drawings(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def image_of(fitted) -> np.ndarray:
    return EMPTY if fitted is None else fitted.image


def answers(recognizer: Recognizer, images: list[np.ndarray]) -> np.ndarray:
    return recognizer.probabilities(np.stack(images))


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return round(100 * float((probabilities.argmax(axis=1) == labels).mean()), 2)


def measure(drawings: list[dict], brush: int, app: Recognizer, notebook: Recognizer):
    """The figures, and what the app saw and said: images and probabilities."""
    labels = np.array([each["label"] for each in drawings])
    strokes = [
        [Stroke(np.array(line, dtype=np.float64), brush) for line in each["strokes"]]
        for each in drawings
    ]
    inks = [render_strokes(each) for each in strokes]
    seen = [image_of(normalize_strokes(each)) for each in strokes]
    said = answers(app, seen)
    centred = [image_of(normalize_image(ink, adjust_width=False)) for ink in inks]
    figures = {
        "n": len(drawings),
        "resize": accuracy(answers(notebook, [resize_ink(ink) for ink in inks]), labels),
        "centred": accuracy(answers(notebook, centred), labels),
        "app": accuracy(said, labels),
        "pixels": accuracy(answers(app, [image_of(normalize_image(ink)) for ink in inks]), labels),
    }
    return figures, seen, said


def write_details(folder: Path, name: str, drawings: list[dict], seen: list, said: np.ndarray):
    """What is misread: a table by digit, one by writer, and a sheet of the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = np.array([each["label"] for each in drawings])
    guesses = said.argmax(axis=1)
    wrong = sorted(np.flatnonzero(guesses != labels), key=lambda i: (labels[i], guesses[i]))
    lines = ["digit read as times  (of all drawn)"]
    drawn = Counter(labels.tolist())
    for (label, guess), times in sorted(Counter((labels[i], guesses[i]) for i in wrong).items()):
        lines.append(f"{label:5} {guess:7} {times:5}  ({drawn[label]})")
    lines.append("\nwriter misread of  digit->guess")
    by_writer = Counter(drawings[i]["writer"] for i in wrong)
    for writer, times in by_writer.most_common():
        of = sum(each["writer"] == writer for each in drawings)
        pairs = [f"{labels[i]}->{guesses[i]}" for i in wrong if drawings[i]["writer"] == writer]
        lines.append(f"{writer:6} {times:7} {of}  {' '.join(pairs)}")
    (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    if wrong:
        cv2.imwrite(str(folder / f"{name}.png"), sheet([(seen[i], guesses[i]) for i in wrong]))


def sheet(pairs: list[tuple[np.ndarray, int]]) -> np.ndarray:
    tiles = []
    for image, guess in pairs:
        tile = np.pad(
            cv2.resize(image, (56, 56), interpolation=cv2.INTER_NEAREST), ((0, 18), (2, 2))
        )
        cv2.putText(tile, str(guess), (24, 70), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 255, 1)
        tiles.append(tile)
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % SHEET_COLUMNS)
    rows = [np.hstack(tiles[i : i + SHEET_COLUMNS]) for i in range(0, len(tiles), SHEET_COLUMNS)]
    return np.vstack(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--brush", nargs="+", type=int, default=[10, 20, 30])
    parser.add_argument("--run", help="a run's name or folder (default: the one that ships)")
    parser.add_argument("--details", type=Path, metavar="DIR")
    options = parser.parse_args()
    run = options.run or PRETRAINED_PATH
    run = read_run(Path(run)) if Path(run).is_dir() else open_run(run)
    app, notebook = load_recognizer(run), load_recognizer(read_run(NOTEBOOK_PATH))
    for path in options.files:
        drawings = read_drawings(path)
        for brush in options.brush:
            figures, seen, said = measure(drawings, brush, app, notebook)
            print(json.dumps({"file": str(path), "brush": brush, **figures}), flush=True)
            if options.details:
                name = f"{path.stem}-{brush}"
                write_details(options.details, name, drawings, seen, said)


if __name__ == "__main__":
    main()
