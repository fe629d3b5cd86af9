"""Makes the files that people bring, small enough to be read by eye."""

import gzip
import io
import zipfile

import numpy as np
from PIL import Image


def pictures(count, side=28, start=0):
    """(count, side, side) uint8 on black: picture i has a bar of 4 pixels, of lightness 100 + i."""
    images = np.zeros((count, side, side), np.uint8)
    for i in range(count):
        images[i, 8:12, 4:-4] = (100 + start + i) % 256
    return images


def labels(count, classes=2):
    return (np.arange(count) % classes).astype(np.uint8)


def npz(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def idx(array, code=8, dtype=">u1"):
    shape = np.array(array.shape, ">u4").tobytes()
    return bytes([0, 0, code, array.ndim]) + shape + array.astype(dtype).tobytes()


def png(array, form="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(array).save(file, form, **options)
    return file.getvalue()


def zipped(files, **options):
    """A zip of `files`, pairs of a path, or a ZipInfo, and the content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for path, content in files:
            archive.writestr(path, content)
    return file.getvalue()


def folders(count=6, classes=("heart", "star"), top=""):
    """Pairs of a path and a PNG: `count` pictures in the folder of each class."""
    return [
        (f"{top}{name}/{i}.png", png(picture))
        for start, name in enumerate(classes)
        for i, picture in enumerate(pictures(count, start=20 * start))
    ]


def gz(data):
    return gzip.compress(data, mtime=0)
