"""Corrections: drawings with their correct digits, a list on disk for each visitor.

runs/.corrections/<visitor>/
    corrections.csv   file,digit,predicted,probability,run,epoch,created,
                      and data, if some are not for MNIST
    0001.png          28 x 28 grey pixels, the network's input
"""

import csv
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import Digits
from cnn.dataset_facts import MNIST_FACTS, MNIST_ID, MOST_CLASSES, DatasetFacts
from cnn.disk import disk_reason, replace_file
from cnn.ownership import checked_visitor
from cnn.runs.run import runs_path

LIST_NAME = "corrections.csv"
MAX_CORRECTIONS = 500  # per list
CONFIDENT = 0.99  # a prediction of at least this probability is rarely wrong

_writing = threading.Lock()


class CorrectionError(RuntimeError):
    """A correction cannot be stored or read; the message is a sentence that says why."""


@dataclass(frozen=True)
class Correction:
    """A drawing of class `digit`; `predicted` by the network of `run` after `epoch`."""

    file: str
    digit: int
    predicted: int
    probability: float  # of `predicted`, 0 to 1
    run: str
    epoch: int
    created: str  # ISO 8601, UTC
    data: str = MNIST_ID  # `data_key` of the run's data set, whose labels the classes are

    @property
    def contradicts(self) -> bool:
        """Whether `digit` contradicts a confident prediction: it may be a mistake."""
        return self.predicted != self.digit and self.probability >= CONFIDENT


def data_key(data: DatasetFacts) -> str:
    """Return what `Correction.data` is for `data`: with other pictures, it may be another."""
    return MNIST_ID if data.is_mnist else f"{data.id}:{data.checksum[:8]}"


def corrections_for(folder: Path, data: DatasetFacts) -> list[Correction]:
    """Return those of `list_corrections` whose labels are classes of `data`."""
    key, classes = data_key(data), range(len(data.classes))
    found = [each for each in list_corrections(folder) if each.data == key]
    return [each for each in found if each.digit in classes and each.predicted in classes]


def list_path(visitor: str) -> Path:
    """Return the folder of `visitor`, a hexadecimal id. Raises CorrectionError if it is invalid."""
    return runs_path() / ".corrections" / checked_visitor(visitor, CorrectionError)


def list_corrections(folder: Path) -> list[Correction]:
    """Return the corrections in `folder`, oldest first, without damaged ones."""
    try:
        with (folder / LIST_NAME).open(newline="", encoding="utf-8", errors="replace") as file:
            lines = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        return []
    return [each for each in map(_read_line, lines) if each and (folder / each.file).is_file()]


def _read_line(line: dict) -> Correction | None:
    if "read_as" in line:  # its name in older lists
        line["predicted"] = line.pop("read_as")
    try:
        types = {each.name: each.type for each in fields(Correction)}
        correction = Correction(
            **{name: types[name](text) for name, text in line.items() if text or name != "data"}
        )
    except (KeyError, TypeError, ValueError):
        return None
    is_safe = re.fullmatch(r"[0-9]{4,9}\.png", correction.file)
    most = len(MNIST_FACTS.classes) if correction.data == MNIST_ID else MOST_CLASSES
    return correction if is_safe and correction.digit in range(most) else None


def add_correction(folder: Path, image: np.ndarray, **values) -> Correction:
    """Store `image`, (28, 28) uint8, with `values`: Correction's fields but `file` and `created`.

    Replaces an earlier correction of the same image, as two labels for one image would contradict
    each other. Raises CorrectionError if the list is full or on a disk error.
    """
    with _changing(folder, "The correction cannot be stored"):
        before = list_corrections(folder)
        data = values.get("data", MNIST_ID)
        kept = [
            each
            for each in before
            if each.data != data or not np.array_equal(_pixels(folder, each), image)
        ]
        if len(kept) >= MAX_CORRECTIONS:
            raise CorrectionError(
                f"The list is full: it holds {MAX_CORRECTIONS} corrections. Delete some, or "
                "download all and then delete them."
            )
        created = datetime.now(UTC).isoformat(timespec="seconds")
        correction = Correction(file=_free_name(folder), created=created, **values)
        with _all_or_none(folder) as written:
            written.append(_write_image(folder, correction, image))
            _write_list(folder, [*kept, correction])
        for each in set(before) - set(kept):
            (folder / each.file).unlink(missing_ok=True)
    return correction


@contextmanager
def _changing(folder: Path, failure: str) -> Iterator[None]:
    """Lock all lists; raises an OSError as CorrectionError, with `failure` and its reason."""
    with _writing:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise CorrectionError(f"{failure}: {disk_reason(error)}") from None


@contextmanager
def _all_or_none(folder: Path) -> Iterator[list[str]]:
    """Remove the image files that were added to the list within, if an OSError ends the block."""
    written: list[str] = []
    try:
        yield written
    except OSError:
        for file in written:
            (folder / file).unlink(missing_ok=True)
        raise


def _write_image(folder: Path, correction: Correction, image: np.ndarray) -> str:
    """Write the image of `correction`, and return the name of its file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    replace_file(folder / correction.file, buffer.getvalue())
    return correction.file


def _free_name(folder: Path) -> str:
    """Return the next file name; images that a damaged list does not name count too."""
    numbers = (re.fullmatch(r"([0-9]{4,9})\.png", each.name) for each in folder.glob("*.png"))
    return f"{max((int(match[1]) for match in numbers if match), default=0) + 1:04d}.png"


def remove_corrections(folder: Path, files: set[str]) -> list[tuple[Correction, np.ndarray]]:
    """Delete `files`; returns their corrections for `restore_deleted`. Raises CorrectionError."""
    with _changing(folder, "The corrections cannot be deleted"):
        corrections = list_corrections(folder)
        removed = [(each, _pixels(folder, each)) for each in corrections if each.file in files]
        _write_list(folder, [each for each in corrections if each.file not in files])
        for each, _ in removed:
            (folder / each.file).unlink(missing_ok=True)
    return removed


def restore_deleted(folder: Path, removed: list[tuple[Correction, np.ndarray]]) -> None:
    """Restore what `remove_corrections` returned, in its former order. Raises CorrectionError."""
    with _changing(folder, "The corrections cannot be restored"):
        kept = {each.file: each for each in list_corrections(folder)}
        with _all_or_none(folder) as written:
            for correction, image in removed:
                is_there = kept.get(correction.file) == correction
                if is_there and np.array_equal(_pixels(folder, correction), image):
                    continue
                if correction.file in kept:  # its number was reused in the meantime
                    correction = replace(correction, file=_free_name(folder))
                written.append(_write_image(folder, correction, image))
                kept[correction.file] = correction
            _write_list(folder, [kept[file] for file in sorted(kept)])


def read_image(folder: Path, correction: Correction) -> np.ndarray:
    """Return the image of `correction`, (28, 28) uint8. Raises CorrectionError if damaged."""
    image = _pixels(folder, correction)
    if image.shape != IMAGE_SHAPE:
        raise CorrectionError(f"The picture {correction.file} of the list is damaged.")
    return image


def _pixels(folder: Path, correction: Correction) -> np.ndarray:
    try:
        return np.asarray(Image.open(folder / correction.file).convert("L"))
    except (OSError, SyntaxError, ValueError):
        return np.zeros((1, 1), np.uint8)


def as_digits(folder: Path, corrections: list[Correction]) -> Digits:
    """Return images, (n, 28, 28) uint8, and correct digits, (n,). Raises like `read_image`."""
    images = [read_image(folder, each) for each in corrections]
    labels = np.array([each.digit for each in corrections], np.uint8)
    return Digits(np.array(images, np.uint8).reshape(-1, *IMAGE_SHAPE), labels)


def pack(folder: Path, corrections: list[Correction]) -> bytes:
    """Return a zip file of the `corrections`: their images as PNG, and the list as CSV."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(LIST_NAME, _as_csv(corrections))
        for each in corrections:
            if (folder / each.file).is_file():  # another tab may have deleted it
                archive.write(folder / each.file, each.file)
    return buffer.getvalue()


def _as_csv(corrections: list[Correction]) -> str:
    text = io.StringIO()
    names = [each.name for each in fields(Correction)]
    if all(each.data == MNIST_ID for each in corrections):
        names.remove("data")
    writer = csv.DictWriter(text, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(map(asdict, corrections))
    return text.getvalue()


def _write_list(folder: Path, corrections: list[Correction]) -> None:
    replace_file(folder / LIST_NAME, _as_csv(corrections).encode())
