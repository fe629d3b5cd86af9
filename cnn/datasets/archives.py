"""Opens zip archives that anyone may have made: everything is checked before it is unpacked."""

import io
import re
import stat
import zipfile
from pathlib import Path
from typing import BinaryIO

from cnn.data.mnist import DataError
from cnn.datasets.bounds import MAX_PICTURES, check_size

MAX_ENTRIES = MAX_PICTURES + 10_000  # the pictures, their folders and hidden files
_ENTRY = b"PK\x01\x02"  # begins each entry of the list at the end of an archive
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may need gigabytes of memory
_ARCHIVES = re.compile(r"\.(zip|gz|tgz|tar|bz2|xz|7z|rar|zst)$", re.IGNORECASE)


def open_archive(source: bytes | Path, name: str) -> zipfile.ZipFile:
    """Open the zip archive `source`, called `name` in messages, and check all of its entries.

    Raises DataError if it is damaged, encrypted or too large, or if an entry leads out of its
    folder, is a link or is an archive itself.
    """
    if isinstance(source, bytes) and source.count(_ENTRY) > MAX_ENTRIES:
        raise _too_many_entries(name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except FileNotFoundError:
        raise DataError(f"{name} is missing.") from None
    except Exception:  # of many types
        raise DataError(f"{name} is damaged or truncated: it cannot be opened as zip.") from None
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _too_many_entries(name)
    for each in entries:
        _check_entry(each, name)
    check_size(sum(each.file_size for each in entries), f"{name} unpacks to")
    return archive


def _too_many_entries(name: str) -> DataError:
    return DataError(f"{name} holds more than {MAX_ENTRIES:,} files; leave some out.")


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    path = shown_path(entry.filename)
    if entry.flag_bits & 1:
        raise DataError(f"{name} is encrypted; pack it again without a password.")
    if not is_relative(entry.filename) or not is_relative(entry.orig_filename):
        raise DataError(
            f"{name} holds {path}, a path that leads out of its folder; relative paths are "
            "expected. Pack it again."
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise DataError(f"{name} holds a link, {path}; pack the file itself.")
    if _ARCHIVES.search(entry.filename):
        raise DataError(
            f"{name} holds another archive, {path}. Unpack it, and choose the files in it."
        )
    if entry.compress_type not in _METHODS:
        raise DataError(f"{name}: {path} is compressed by a rare method; pack it as usual.")


def is_relative(path: str) -> bool:
    """Whether `path` in an archive is relative and stays below its folder, on any system."""
    path = path.replace("\\", "/")
    absolute = path.startswith("/") or re.match(r"[A-Za-z]:", path)
    return not absolute and ".." not in path.split("/") and "\0" not in path


def shown_path(path: str) -> str:
    """Return `path` from an archive for a message: printable, and its end if it is long."""
    text = "".join(each if each.isprintable() else "?" for each in path[-200:])
    return text if len(path) <= 80 else f"…{text[-79:]}"


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    """Return the content of `entry`, no more than its header promises. Raises DataError."""
    try:
        with archive.open(entry) as stream:
            return read_exactly(stream, entry.file_size)
    except Exception:  # of many types: zlib.error, BadZipFile, EOFError, NotImplementedError
        path = shown_path(entry.filename)
        raise DataError(f"{name}: {path} is damaged or truncated.") from None


def read_exactly(stream: BinaryIO, count: int) -> bytes:
    """Read `count` bytes; raises EOFError if there are fewer.

    `count` is passed on, as `read()` would decompress without a bound on memory.
    """
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data
