"""The command `classify`: the digits in picture files, as JSON."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from cnn.detection.digits import (
    DetectedDigit,
    classify_whole,
    detect_digits,
    number_of,
    verdict_of,
)
from cnn.detection.touching import Classify
from cnn.preprocessing.picture_decoding import EXTENSIONS, PictureError
from cnn.preprocessing.picture_files import Picture, read_picture


def pictures_of(paths: list[Path]) -> Iterator[Path]:
    """Yield `paths`, but the pictures in it, sorted by name, instead of a folder."""
    for path in paths:
        pictures = []
        with suppress(OSError):  # then the folder is yielded, and reading it gives the reason
            pictures = sorted(each for each in path.iterdir() if _is_picture(each))
        yield from pictures or [path]


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in EXTENSIONS and not path.is_dir()


def read_file(path: Path) -> Picture:
    """Read a picture file. Raises PictureError, with a sentence, if that is impossible."""
    try:
        if path.is_dir():
            next(path.iterdir(), None)  # the reason if it cannot be listed
            raise PictureError(f"{path} is a folder without pictures ({', '.join(EXTENSIONS)}).")
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path} cannot be read: {error.strerror}.") from None
    return read_picture(data, str(path))


def describe_symbol(
    picture: Picture, classify: Classify, reject_threshold: float, classes: Sequence[str]
) -> dict:
    """Return what is printed of a picture of one of `classes`: class, verdict, probabilities, note.

    verdict: "accepted", "unsure", "rejected" or "blank"; class: the name of the likeliest class;
    probabilities: by name.
    """
    verdicts = {"digit": "accepted", "not_a_digit": "rejected"}
    result: dict[str, Any] = {"class": None, "verdict": "blank", "probabilities": {}}
    for each in classify_whole(picture.ink, classify, reject_threshold):
        result["class"] = classes[each.decision.best]
        result["verdict"] = verdicts.get(each.decision.kind, each.decision.kind)
        result["probabilities"] = dict(zip(classes, _rounded(each.probabilities), strict=True))
    return {**result, "note": picture.note} if picture.note else result


def describe_picture(picture: Picture, classify: Classify, reject_threshold: float) -> dict:
    """Return what is printed of a picture: digit, verdict, probabilities, number, digits, note.

    digit and probabilities are those of a single digit; digits lists each one with its box, x, y,
    width and height in pixels of the file, line by line; number has them as text, "?" for each that
    is rejected.
    """
    digits = detect_digits(picture.ink, classify, reject_threshold)
    result: dict[str, Any] = {"digit": None, "verdict": verdict_of(digits), "probabilities": []}
    if len(digits) == 1:
        result["digit"] = digits[0].decision.best
        result["probabilities"] = _rounded(digits[0].probabilities)
    factors = np.array(picture.size) / picture.ink.shape[::-1]
    result["number"] = number_of(digits)
    result["digits"] = [_as_dict(each, factors) for each in digits]
    return {**result, "note": picture.note} if picture.note else result


def _as_dict(digit: DetectedDigit, factors: np.ndarray) -> dict:
    low, high = np.array(digit.box[:2]) * factors, np.array(digit.box[2:]) * factors
    return {
        "box": np.rint([*low, *(high - low)]).astype(int).tolist(),
        "digit": digit.decision.best,
        "probabilities": _rounded(digit.probabilities),
        "verdict": digit.decision.kind,
    }


def _rounded(probabilities: np.ndarray) -> list[float]:
    return [round(float(each), 6) for each in probabilities]
