"""What visitors told the network: drawings with the right digit, each visitor's own list on disk.

runs/.corrections/<visitor>/
    corrections.csv   file,digit,predicted,probability,run,epoch,created
    0001.png          28 x 28 grey pixels, as the network saw them
"""

import csv
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from PIL import Image

from cnn.constants import CLASSES, IMAGE_SHAPE
from cnn.data.mnist import Digits
from cnn.runs.files import disk_reason, replace_file
from cnn.runs.run import runs_path

LIST_NAME = "corrections.csv"
LONGEST = 500  # corrections that one list may hold

_writing = threading.Lock()


class CorrectionError(RuntimeError):
    """A correction cannot be kept or read; the message says why."""


@dataclass(frozen=True)
class Correction:
    """One drawing, told right: `digit` is what it is, `predicted` what `run` after `epoch` read."""

    file: str
    digit: int
    predicted: int
    probability: float  # of `predicted`, 0 to 1
    run: str
    epoch: int
    created: str  # ISO 8601, UTC


def list_path(visitor: str) -> Path:
    """The folder of `visitor`, a hexadecimal name; CorrectionError where it is none."""
    if not re.fullmatch(r"[0-9a-f]{8,64}", visitor):
        raise CorrectionError("There is no such list of corrections.")
    return runs_path() / ".corrections" / visitor


def list_corrections(folder: Path) -> list[Correction]:
    """The corrections in `folder`, oldest first, without those that are damaged."""
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
        kinds = {each.name: each.type for each in fields(Correction)}
        correction = Correction(**{name: kinds[name](text) for name, text in line.items()})
    except (KeyError, TypeError, ValueError):
        return None
    is_safe = re.fullmatch(r"[0-9]{4,9}\.png", correction.file)
    return correction if is_safe and correction.digit in range(CLASSES) else None


def add_correction(folder: Path, image: np.ndarray, **facts) -> Correction:
    """Keep (28, 28) uint8 with `facts`, the fields of Correction but `file` and `created`.

    A picture that is in the list already is told anew: its entry is replaced, for a list that calls
    one picture two digits teaches nothing. Raises CorrectionError where the list is full or the
    disk refuses.
    """
    with _changing("The correction cannot be kept"):
        everything = list_corrections(folder)
        kept = [each for each in everything if not np.array_equal(_pixels(folder, each), image)]
        if len(kept) >= LONGEST:
            raise CorrectionError(
                f"The list is full: it holds {LONGEST} corrections. Delete some, or take it away "
                "and empty it."
            )
        created = datetime.now(timezone.utc).isoformat(timespec="seconds")
        correction = Correction(file=_free_name(folder), created=created, **facts)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / correction.file)
        _write_list(folder, [*kept, correction])
        for each in set(everything) - set(kept):
            (folder / each.file).unlink(missing_ok=True)
    return correction


@contextmanager
def _changing(refusal: str) -> Iterator[None]:
    """Let nobody else change a list; an OSError is raised as CorrectionError, with `refusal`."""
    with _writing:
        try:
            yield
        except OSError as error:
            raise CorrectionError(f"{refusal}: {disk_reason(error)}") from None


def _free_name(folder: Path) -> str:
    """One more than the last picture has, also where a damaged list does not name it."""
    numbers = (re.fullmatch(r"([0-9]{4,9})\.png", each.name) for each in folder.glob("*.png"))
    return f"{max((int(match[1]) for match in numbers if match), default=0) + 1:04d}.png"


def remove_corrections(folder: Path, files: set[str]) -> list[tuple[Correction, np.ndarray]]:
    """Delete `files` from the list and the disk; returns them for `restore_deleted`.

    Raises CorrectionError where the disk refuses.
    """
    with _changing("Nothing can be deleted"):
        kept = list_corrections(folder)
        removed = [(each, _pixels(folder, each)) for each in kept if each.file in files]
        _write_list(folder, [each for each in kept if each.file not in files])
        for each, _ in removed:
            (folder / each.file).unlink(missing_ok=True)
    return removed


def restore_deleted(folder: Path, removed: list[tuple[Correction, np.ndarray]]) -> None:
    """Put what `remove_corrections` returned back into the list; others keep their places.

    Raises CorrectionError where the disk refuses.
    """
    with _changing("Nothing can be brought back"):
        folder.mkdir(parents=True, exist_ok=True)
        kept = {each.file: each for each in list_corrections(folder)}
        for correction, image in removed:
            is_there = kept.get(correction.file) == correction
            if is_there and np.array_equal(_pixels(folder, correction), image):
                continue
            if correction.file in kept:  # the number was given to another one meanwhile
                correction = replace(correction, file=_free_name(folder))
            Image.fromarray(image).save(folder / correction.file)
            kept[correction.file] = correction
        _write_list(folder, [kept[file] for file in sorted(kept)])


def read_image(folder: Path, correction: Correction) -> np.ndarray:
    """The picture of `correction`, (28, 28) uint8; CorrectionError where it is damaged."""
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
    """The pictures and the right digits: (n, 28, 28) and (n,) uint8."""
    images = [read_image(folder, each) for each in corrections]
    labels = np.array([each.digit for each in corrections], np.uint8)
    return Digits(np.array(images, np.uint8).reshape(-1, *IMAGE_SHAPE), labels)


def pack(folder: Path, corrections: list[Correction]) -> bytes:
    """`corrections` to take away: a zip file of their PNG pictures and the CSV list."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(LIST_NAME, _as_csv(corrections))
        for each in corrections:
            if (folder / each.file).is_file():  # another tab may have deleted it meanwhile
                archive.write(folder / each.file, each.file)
    return buffer.getvalue()


def _as_csv(corrections: list[Correction]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [each.name for each in fields(Correction)])
    writer.writeheader()
    writer.writerows(asdict(each) for each in corrections)
    return text.getvalue()


def _write_list(folder: Path, corrections: list[Correction]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / LIST_NAME, _as_csv(corrections).encode())
