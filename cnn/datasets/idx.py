"""Reads IDX files, in which MNIST, Fashion-MNIST, KMNIST and EMNIST are distributed.

Two zero bytes, the type of the values, the number of dimensions; each dimension as four bytes,
most significant first; the values (http://yann.lecun.com/exdb/mnist/).
"""

import gzip
import io
import math
import zlib

import numpy as np

from cnn.data.mnist import DataError
from cnn.datasets.bounds import MAX_BYTES, check_size, size_text

GZIP = b"\x1f\x8b"
TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
MAX_DIMENSIONS = 4
PIECE = 1_000_000  # bytes decompressed at a time


def is_idx(data: bytes) -> bool:
    """Whether `data` begins as an IDX file does."""
    return data[:2] == b"\0\0" and data[2:3] != b"" and data[2] in TYPES


def unpack_gzip(data: bytes, name: str) -> bytes:
    """Decompress `data`. Raises DataError if it is damaged, truncated or unpacks to too much."""
    unpacked = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            # In pieces: one large read would take the memory for all of MAX_BYTES at once.
            while len(unpacked) <= MAX_BYTES and (piece := stream.read(PIECE)):
                unpacked += piece
    except (OSError, EOFError, zlib.error):
        raise DataError(f"{name} is damaged or truncated: it cannot be unpacked.") from None
    if len(unpacked) > MAX_BYTES:
        raise DataError(f"{name} unpacks to more than {size_text(MAX_BYTES)}, the most accepted.")
    return bytes(unpacked)


def read_idx(data: bytes, name: str) -> np.ndarray:
    """Return the array in the IDX file `data`, read-only. Raises DataError if it is damaged."""
    if not is_idx(data):
        raise DataError(f"{name} is not an IDX file.")
    dimensions, dtype = data[3:4], np.dtype(TYPES[data[2]])
    start = 4 + 4 * (dimensions[0] if dimensions else 0)
    if len(data) < start or not 1 <= dimensions[0] <= MAX_DIMENSIONS:
        raise DataError(f"{name} is damaged: its header is incomplete.")
    shape = tuple(int(each) for each in np.frombuffer(data[4:start], ">u4"))
    promised = math.prod(shape) * dtype.itemsize
    check_size(promised, f"{name} unpacks to")
    if promised != len(data) - start:
        raise DataError(
            f"{name} is damaged or truncated: its header announces {size_text(promised)}, but "
            f"{size_text(len(data) - start)} follow."
        )
    if not promised:
        raise DataError(f"{name} is empty.")
    return np.frombuffer(data, dtype, offset=start).reshape(shape)
