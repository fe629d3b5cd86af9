"""Picture files of digits read correctly, by the functions of the page and of the shell.

    python -m benchmarks.pictures FOLDER... [--kinds] [--details DIR] [--run RUN]

A folder has a labels.csv with the columns path, label and perhaps note. A label of one digit is the
right answer; of several digits, or "several", a number or a sheet of digits; any other is not a
digit. Prints a JSON line for each folder:

n         pictures
digits    of a single digit: right and wrong (as an answer), none (no answer), several, blank, error
several   of several digits: answered as one digit, and n
others    of no digit: answered as a digit, and n

--kinds    a line for each kind as well: the file's name without its ending and its last number
--details  DIR/FOLDER.png: the pictures that were missed, with each step of the preprocessing
"""

import argparse
import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from cnn.detection.digits import detect_digits, number_of, verdict_of
from cnn.inspection.recognizer import Recognizer, load_recognizer
from cnn.preprocessing.picture_decoding import PictureError
from cnn.preprocessing.picture_files import read_picture
from cnn.runs.run import PRETRAINED_PATH, open_run, read_run

TILE = 96
SHEET_COLUMNS = 4


class Result(NamedTuple):
    """outcome: "answer", "none", "several", "blank", "not_a_digit" (in pieces) or "error".

    digit: the likeliest, or None. message: of several digits, the number; or the error.
    """

    path: Path
    label: str
    outcome: str
    digit: int | None = None
    steps: tuple[np.ndarray, ...] = ()
    message: str = ""

    @property
    def kind_of_label(self) -> str:
        """ "digits", "several" or "others"."""
        if re.fullmatch(r"\d", self.label):
            return "digits"
        return "several" if re.fullmatch(r"\d+|several", self.label) else "others"

    @property
    def score(self) -> str:
        """The outcome, with an answer divided into "right" and "wrong"."""
        if self.outcome != "answer":
            return self.outcome
        return "right" if str(self.digit) == self.label else "wrong"

    @property
    def is_missed(self) -> bool:
        """Whether a digit was not read, or anything else was."""
        is_digit = self.kind_of_label == "digits"
        return self.score != "right" if is_digit else self.outcome == "answer"


def read(path: Path, label: str, recognizer: Recognizer, threshold: float) -> Result:
    try:
        picture = read_picture(path.read_bytes(), path.name)
    except PictureError as error:
        return Result(path, label, "error", message=str(error))
    digits = detect_digits(picture.ink, recognizer.probabilities, threshold)
    verdict, steps = verdict_of(digits), (picture.ink,)
    if len(digits) != 1:
        return Result(path, label, verdict, None, steps, number_of(digits))
    [(_, normalized, probabilities, _)] = digits
    outcome = "answer" if verdict == "digit" else "none"
    steps += (normalized.crop, normalized.scaled, normalized.image)
    return Result(path, label, outcome, int(probabilities.argmax()), steps)


def figures(results: list[Result]) -> dict:
    scores = {kind: Counter() for kind in ("digits", "several", "others")}
    for each in results:
        scores[each.kind_of_label][each.score] += 1
    line: dict = {"n": len(results), "digits": dict(scores["digits"])}
    for kind in ("several", "others"):
        if scores[kind]:
            answered = scores[kind]["right"] + scores[kind]["wrong"]
            line[kind] = {"answered": answered, "n": scores[kind].total()}
    return line


def write_details(path: Path, missed: list[Result]) -> None:
    rows = [
        np.hstack([_tile(step) for step in (_original(each.path), *each.steps, *[None] * 4)[:5]])
        for each in missed
    ]
    for row, each in zip(rows, missed, strict=True):
        text = f"{each.path.name}: {each.label}, {each.outcome} {each.digit} {each.message}"
        cv2.putText(row, text, (2, 10), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (0, 200, 255), 1)
    rows += [np.zeros((TILE + 16, 5 * TILE, 3), np.uint8)] * (-len(rows) % SHEET_COLUMNS)
    lines = [np.hstack(rows[i : i + SHEET_COLUMNS]) for i in range(0, len(rows), SHEET_COLUMNS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.vstack(lines))


def _original(path: Path) -> np.ndarray | None:
    return cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)


def _tile(pixels: np.ndarray | None) -> np.ndarray:
    tile = np.zeros((TILE + 16, TILE, 3), np.uint8)
    if pixels is not None:
        factor = (TILE - 2) / max(pixels.shape[:2])
        size = [max(1, round(length * factor)) for length in pixels.shape[1::-1]]
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        small = small if small.ndim == 3 else cv2.merge([small] * 3)
        tile[14 : 14 + size[1], : size[0]] = small
    return tile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--kinds", action="store_true")
    parser.add_argument("--details", type=Path, metavar="DIR")
    parser.add_argument("--run", help="name or folder of a run (default: the pretrained network)")
    options = parser.parse_args()
    run = options.run or PRETRAINED_PATH
    run = read_run(Path(run)) if Path(run).is_dir() else open_run(run)
    recognizer = load_recognizer(run)
    for folder in options.folders:
        with (folder / "labels.csv").open(newline="") as file:
            rows = [(folder / row["path"], row["label"]) for row in csv.DictReader(file)]
        results = [read(*row, recognizer, run.reject_threshold) for row in rows]
        print(json.dumps({"folder": folder.name, **figures(results)}), flush=True)
        kinds: dict[str, list[Result]] = {}
        for each in results if options.kinds else ():
            kinds.setdefault(re.sub(r"_?\d+$", "", each.path.stem), []).append(each)
        for kind, of_kind in kinds.items():
            print(json.dumps({"kind": kind, **figures(of_kind)}))
        missed = [each for each in results if each.is_missed]
        if options.details and missed:
            write_details(options.details / f"{folder.name}.png", missed)


if __name__ == "__main__":
    main()
