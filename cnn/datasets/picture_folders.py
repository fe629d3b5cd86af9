"""Reads a zip of folders of pictures, a folder for each class."""

import zipfile
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image

from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import DataError
from cnn.datasets.archives import read_entry, shown_path
from cnn.datasets.folder_layout import Listed, read_layout
from cnn.datasets.picture_grey import Fitted, fit_picture
from cnn.datasets.problems import Problems
from cnn.datasets.samples import MAX_SAMPLES, preview
from cnn.datasets.scaling import MAX_SIDE, MIN_SIDE
from cnn.preprocessing.picture_decoding import PictureError, decode_picture, picture_size

MAX_PIXELS = 2_000_000_000  # of all pictures before they are scaled, which bounds the time
PROGRESS = 100  # pictures between two reports


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


def read_pictures(
    archive: zipfile.ZipFile,
    name: str,
    problems: Problems,
    on_progress: Callable[[float], None] = lambda _: None,
) -> FolderPictures:
    """Read the pictures of `archive`, called `name`, whatever their size and format.

    A file that is not a picture, damaged, too small or too large is a problem, and left out.
    `on_progress` is called with the share that is done, 0 to 1. Raises DataError like
    `read_layout`, or if the pictures have far too many pixels.
    """
    files, folders = read_layout(archive, name, problems)
    reader = _Reader(archive, name, problems, max(1, MAX_SAMPLES // len(folders)))
    for done, each in enumerate(files):
        if done % PROGRESS == 0:
            on_progress(done / len(files))
        reader.read(each)
    on_progress(1.0)
    return FolderPictures(
        images=_on_background([fitted for _, fitted in reader.found]),
        labels=np.array([folders.index(each.class_name) for each, _ in reader.found], np.int64),
        is_test=np.array([each.part == "test" for each, _ in reader.found], bool),
        folders=folders,
        sizes=reader.sizes,
        previews=reader.previews,
    )


class _Reader:
    """Reads picture after picture; keeps the first `samples` of each class as previews."""

    def __init__(
        self, archive: zipfile.ZipFile, name: str, problems: Problems, samples: int
    ) -> None:
        self.archive, self.name, self.problems, self.samples = archive, name, problems, samples
        self.found: list[tuple[Listed, Fitted]] = []
        self.sizes: set[tuple[int, int]] = set()
        self.previews: dict[int, np.ndarray] = {}
        self._sampled: Counter[str] = Counter()
        self._pixels = 0

    def read(self, file: Listed) -> None:
        path = f"{self.name}: {shown_path(file.entry.filename)}"
        try:
            data = read_entry(self.archive, file.entry, self.name)
            if not self._has_valid_size(picture_size(data, path), path):
                return
            picture, _ = decode_picture(data, path)
            fitted = fit_picture(picture)
        except (_TooManyPixelsError, MemoryError):
            raise
        except (DataError, PictureError) as error:
            self.problems.add("unreadable", str(error))
            return
        except ValueError:  # Pillow cannot convert it
            self.problems.add("unreadable", f"{path} has a rare kind of colours; save it as PNG.")
            return
        self._keep_preview(file, picture, fitted)
        self.found.append((file, fitted))
        self.sizes.add(picture.size)

    def _has_valid_size(self, size: tuple[int, int], path: str) -> bool:
        if not MIN_SIDE <= min(size) <= max(size) <= MAX_SIDE:
            self.problems.add(
                "size",
                f"{path} is {size[0]:,} x {size[1]:,} pixels; {MIN_SIDE} to {MAX_SIDE:,} on each "
                "side are accepted.",
            )
            return False
        self._pixels += size[0] * size[1]
        if self._pixels > MAX_PIXELS:
            raise _TooManyPixelsError(
                f"{self.name} has more than {MAX_PIXELS / 1e9:g} billion pixels; scale the "
                "pictures down, or leave some out."
            )
        return True

    def _keep_preview(self, file: Listed, picture: Image.Image, fitted: Fitted) -> None:
        if self._sampled[file.class_name] < self.samples and len(self.previews) < MAX_SAMPLES:
            self._sampled[file.class_name] += 1
            # Pillow would clip more than 8 bits.
            is_wide = picture.mode.startswith("I") or picture.mode == "F"
            before = fitted.image if is_wide else np.asarray(picture.convert("RGB"))
            self.previews[len(self.found)] = preview(before)


class _TooManyPixelsError(DataError):
    """The archive is refused, not only a picture of it."""


def _on_background(fitted: list[Fitted]) -> np.ndarray:
    """Put what is transparent on one background: black if the pictures are light, else white."""
    lightness = [each.lightness for each in fitted if each.opacity is not None]
    background = 0 if lightness and np.mean(lightness) > 127 else 255
    images = np.empty((len(fitted), *IMAGE_SHAPE), np.uint8)
    for i, each in enumerate(fitted):
        images[i] = each.on(background)
    return images
