"""Reads a zip of folders of pictures, a folder for each class, perhaps below train/ and test/."""

import re
import zipfile
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import DataError
from cnn.datasets.archives import read_entry, shown_path
from cnn.datasets.bounds import MAX_CLASSES, check_class_count, check_picture_count
from cnn.datasets.picture_grey import Fitted, fit_picture
from cnn.datasets.problems import Problems
from cnn.datasets.samples import MAX_SAMPLES, preview
from cnn.datasets.scaling import MAX_SIDE, MIN_SIDE
from cnn.preprocessing.picture_decoding import PictureError, decode_picture, picture_size

MAX_PIXELS = 2_000_000_000  # of all pictures before they are scaled, which bounds the time
_PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("test", "testing", "val", "valid", "validation"), "test"),
}
_IGNORED = {"__macosx", "thumbs.db", "desktop.ini"}
_TEXT = re.compile(r"\.(txt|md|csv|json|xml|html|ya?ml|pdf)$", re.IGNORECASE)


class Listed(NamedTuple):
    """A file in a class's folder of an archive: of the "train" or the "test" part."""

    part: str
    class_name: str
    entry: zipfile.ZipInfo


class FolderPictures(NamedTuple):
    """The pictures of an archive.

    images: (n, 28, 28) uint8; labels: (n,) int, indices of `folders`; is_test: (n,) bool; folders:
    the names of all classes, also of those without pictures; sizes: the (width, height) that occur;
    previews: some pictures by their indices, before they were scaled.
    """

    images: np.ndarray
    labels: np.ndarray
    is_test: np.ndarray
    folders: list[str]
    sizes: set[tuple[int, int]]
    previews: dict[int, np.ndarray]


def list_pictures(archive: zipfile.ZipFile, name: str, problems: Problems) -> list[Listed]:
    """Return the files that lie in folders of classes, without hidden files.

    A folder that holds all others is skipped. Files that lie in no class's folder are problems.
    Raises DataError unless there are 2 to 50 classes.
    """
    files = []
    for entry in archive.infolist():
        parts = [each for each in entry.filename.replace("\\", "/").split("/") if each]
        if not any(each.startswith(".") or each.lower() in _IGNORED for each in parts):
            files.append((parts, entry))
    pictures = [
        parts for parts, entry in files if not entry.is_dir() and not _TEXT.search(entry.filename)
    ]
    check_picture_count(len(pictures), name)
    skipped = 0
    # A folder that holds everything is no class: there would be only one.
    while len({each[skipped] for each in pictures}) == 1 and any(
        len(each) - skipped > 2 for each in pictures
    ):
        if min(map(len, pictures)) - skipped < 2:
            break
        skipped += 1
    tops = {each[skipped].lower() for each in pictures if len(each) - skipped > 2}
    has_parts = bool(tops) and tops <= set(_PARTS)
    listed, needed = [], skipped + 2 + has_parts
    for parts, entry in files:
        if entry.is_dir():
            parts = [*parts, ""]
        if len(parts) >= needed:
            part = _PARTS[parts[skipped].lower()] if has_parts else "train"
            listed.append(Listed(part, parts[skipped + has_parts], entry))
        elif not entry.is_dir() and not _TEXT.search(entry.filename):
            path = shown_path(entry.filename)
            problems.add("place", f"{name}: {path} does not lie in the folder of a class.")
    _check_folders(listed, name)
    if not any(each.part == "train" for each in listed):
        listed = [each._replace(part="train") for each in listed]
    return listed


def _check_folders(listed: list[Listed], name: str) -> None:
    folders = sorted({each.class_name for each in listed})
    if not folders:
        raise DataError(
            f"{name} has no folders of pictures; a zip with one folder for each class is expected."
        )
    first = ", ".join(shown_path(each) for each in folders[:3])
    found = f"The first folders are {first}." if len(folders) > MAX_CLASSES else ""
    check_class_count(len(folders), name, found or f"The folder is {first}.")


def read_pictures(
    archive: zipfile.ZipFile,
    name: str,
    problems: Problems,
    on_progress: Callable[[float], None] = lambda _: None,
) -> FolderPictures:
    """Read the pictures of `archive`, called `name`, whatever their size and format.

    A file that is no picture, damaged, too small or too large is a problem, and left out.
    `on_progress` is called with the share that is done, 0 to 1. Raises DataError like
    `list_pictures`, or if the pictures have far too many pixels.
    """
    listed = list_pictures(archive, name, problems)
    folders = sorted({each.class_name for each in listed})
    listed = [each for each in listed if not each.entry.is_dir()]
    check_picture_count(len(listed), name)
    fitted: list[tuple[Listed, Fitted]] = []
    previews: dict[int, np.ndarray] = {}
    sampled, sizes, pixels = dict.fromkeys(folders, 0), set(), 0
    for done, each in enumerate(listed):
        if done % 100 == 0:
            on_progress(done / len(listed))
        path = f"{name}: {shown_path(each.entry.filename)}"
        try:
            data = read_entry(archive, each.entry, name)
            size = picture_size(data, path)
            if not MIN_SIDE <= min(size) <= max(size) <= MAX_SIDE:
                problems.add(
                    "size",
                    f"{path} is {size[0]:,} x {size[1]:,} pixels; {MIN_SIDE} to {MAX_SIDE:,} on "
                    "each side are accepted.",
                )
                continue
            pixels += size[0] * size[1]
            if pixels > MAX_PIXELS:
                break
            picture, _ = decode_picture(data, path)
        except (DataError, PictureError) as error:
            problems.add("unreadable", str(error))
            continue
        per_class = max(1, MAX_SAMPLES // len(folders))
        if sampled[each.class_name] < per_class and len(previews) < MAX_SAMPLES:
            sampled[each.class_name] += 1
            previews[len(fitted)] = preview(np.asarray(picture.convert("RGB")))
        fitted.append((each, fit_picture(picture)))
        sizes.add(picture.size)
    on_progress(1.0)
    if pixels > MAX_PIXELS:
        raise DataError(
            f"{name} has more than {MAX_PIXELS // 10**9:,} billion pixels; scale the pictures "
            "down, or leave some out."
        )
    return _collected(fitted, folders, sizes, previews)


def _collected(
    fitted: list[tuple[Listed, Fitted]],
    folders: list[str],
    sizes: set[tuple[int, int]],
    previews: dict[int, np.ndarray],
) -> FolderPictures:
    """Put what is transparent on a background: black if the pictures are light, else white."""
    lightness = [each.lightness for _, each in fitted if each.opacity is not None]
    background = 0 if lightness and np.mean(lightness) > 127 else 255
    images = np.empty((len(fitted), *IMAGE_SHAPE), np.uint8)
    for i, (_, each) in enumerate(fitted):
        images[i] = each.on(background)
    index_of = {name: i for i, name in enumerate(folders)}
    labels = np.array([index_of[each.class_name] for each, _ in fitted], dtype=np.int64)
    is_test = np.array([each.part == "test" for each, _ in fitted], dtype=bool)
    return FolderPictures(images, labels, is_test, folders, sizes, previews)
