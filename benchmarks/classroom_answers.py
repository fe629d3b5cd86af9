"""Answers to drawings, as a page showed them, and whether each is that of its drawing."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnn.inspection.recognizer import load_recognizer
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.strokes import read_strokes
from cnn.rendering.images import paint, pixel_scale
from cnn.runs.run import PRETRAINED_PATH, read_run
from tools.streamlit_client import ShownPage
from ui.state.picture_url import AddressError, picture_at
from ui.widgets.display import data_url

TOLERANCE = 1e-5  # of probabilities, which may be computed in another order
BAR = re.compile(r'style="width:([0-9.]+)%"')  # percent, with one decimal


@dataclass
class Answer:
    """What a visitor was shown for a drawing.

    objects: of Fabric.js, as they were sent; data: of the component `live_answer`; bars: HTML;
    picture: the network input, as a data URL; address: its query.
    """

    visitor: str
    objects: list[dict[str, Any]]
    data: dict[str, Any]
    bars: str
    picture: str
    address: str


def is_answered(page: ShownPage, objects: list[dict[str, Any]]) -> bool:
    """Whether what `page` shows is of a drawing of `objects`: the same points."""
    shown = page.find("live_answer")
    if shown is None:
        return False
    drawn = [each.points.tolist() for each in read_strokes({"objects": objects})]
    return [each["points"] for each in shown.data["strokes"]] == drawn


def shown_answer(
    visitor: str, page: ShownPage, objects: list[dict[str, Any]], address: str
) -> Answer:
    """Return what `page` shows, once `is_answered`."""
    pictures = page.inside("model_input", "imgs")
    return Answer(
        visitor,
        objects,
        page.find("live_answer").data,
        page.inside("probabilities", "html")[0].element.body,
        pictures[0].element.imgs[0].url if pictures else "",
        address,
    )


def check_answers(answers: Sequence[Answer]) -> dict[str, Any]:
    """Compare each answer with what is computed here for its drawing; return counts and faults.

    wrong: answers in which anything differs; foreign: with the picture of another visitor's
    drawing; same: drawings of different visitors with the same network input, which could not be
    told apart.
    """
    recognizer = load_recognizer(read_run(PRETRAINED_PATH))
    images = [normalize_strokes(read_strokes({"objects": a.objects})).image for a in answers]
    owners: dict[bytes, set[str]] = {}
    for answer, image in zip(answers, images, strict=True):
        owners.setdefault(image.tobytes(), set()).add(answer.visitor)
    faults, foreign = [], 0
    for answer, image in zip(answers, images, strict=True):
        probabilities = recognizer.probabilities(image[None])[0]
        if different := _differences(answer, image, probabilities):
            of = owners.get(base64.b64decode(answer.data.get("image", "")), {answer.visitor})
            foreign += answer.visitor not in of
            faults.append(f"{answer.visitor}: {', '.join(different)}, of {', '.join(of)}")
    return {
        "answers": len(answers),
        "wrong": len(faults),
        "foreign": foreign,
        "same": sum(len(each) > 1 for each in owners.values()),
        "faults": faults,
    }


def _differences(answer: Answer, image: np.ndarray, probabilities: np.ndarray) -> list[str]:
    data, different = answer.data, []
    if base64.b64decode(data.get("image", "")) != image.tobytes():
        different.append("network input")
    if not np.allclose(data.get("probabilities", 0), probabilities, rtol=0, atol=TOLERANCE):
        different.append("probabilities")
    bars = np.array(BAR.findall(answer.bars), float)
    if len(bars) != len(probabilities) or abs(bars - 100 * probabilities).max() > 0.051:
        different.append("bars")
    if answer.picture != data_url(paint(image, pixel_scale(), 224)):
        different.append("picture")
    try:
        shown = picture_at(answer.address.removeprefix("picture=")).image
    except AddressError:
        shown = None
    if shown is None or not np.array_equal(shown, image):
        different.append("address")
    return different
