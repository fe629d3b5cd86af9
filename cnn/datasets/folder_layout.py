"""Which files of an archive are pictures of which class: a folder for each, or train/ and test/."""

import re
import zipfile
from typing import NamedTuple

from cnn.data.mnist import DataError
from cnn.datasets.archives import shown_path
from cnn.datasets.bounds import MAX_CLASSES, check_class_count, check_picture_count
from cnn.datasets.problems import Problems

PARTS = {
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


class Layout(NamedTuple):
    """The files in the folders of classes, and the names of these, also of empty ones, sorted."""

    files: list[Listed]
    folders: list[str]


def read_layout(archive: zipfile.ZipFile, name: str, problems: Problems) -> Layout:
    """Return the files that lie in folders of classes, without hidden files.

    A folder that holds all others is skipped. Files that lie in no class's folder are problems.
    Raises DataError unless there are pictures and 2 to 50 classes.
    """
    entries = [(_path_parts(each), each) for each in archive.infolist()]
    entries = [(parts, each) for parts, each in entries if not _is_hidden(parts)]
    files = [parts for parts, each in entries if not each.is_dir() and not _is_text(each)]
    check_picture_count(len(files), name)
    top = _common_top(files)
    below = {parts[len(top)].lower() for parts in files if len(parts) > len(top) + 2}
    has_parts = bool(below) and below <= set(PARTS)
    listed, folders = [], set()
    for parts, entry in entries:
        rest = parts[len(top) :] if parts[: len(top)] == top else []
        part, *rest = rest if rest and has_parts else ["train", *rest]
        if part.lower() not in PARTS:
            rest = []
        if entry.is_dir():
            folders |= set(rest[:1])
        elif len(rest) > 1:
            folders.add(rest[0])
            listed.append(Listed(PARTS[part.lower()], rest[0], entry))
        elif not _is_text(entry):
            path = shown_path(entry.filename)
            problems.add("place", f"{name}: {path} does not lie in the folder of a class.")
    _check_folders(sorted(folders), bool(listed), name)
    if not any(each.part == "train" for each in listed):
        listed = [each._replace(part="train") for each in listed]
    return Layout(listed, sorted(folders))


def _path_parts(entry: zipfile.ZipInfo) -> list[str]:
    return [each for each in entry.filename.replace("\\", "/").split("/") if each not in ("", ".")]


def _is_hidden(parts: list[str]) -> bool:
    return any(each.startswith(".") or each.lower() in _IGNORED for each in parts)


def _is_text(entry: zipfile.ZipInfo) -> bool:
    """Whether it describes the pictures, as a README or a table does, and so is not missed."""
    return _TEXT.search(entry.filename) is not None


def _common_top(files: list[list[str]]) -> list[str]:
    """Return the folders that hold all `files`: not classes, as each would be the only one."""
    top: list[str] = []
    while True:
        deepest = max(map(len, files)) - len(top)
        shallowest = min(map(len, files)) - len(top)
        if deepest < 3 or shallowest < 2 or len({parts[len(top)] for parts in files}) > 1:
            return top
        top.append(files[0][len(top)])


def _check_folders(folders: list[str], has_files: bool, name: str) -> None:
    if not folders or not has_files:
        raise DataError(
            f"{name} has no folders of pictures; a zip with one folder for each class is expected."
        )
    first = ", ".join(shown_path(each) for each in folders[:3])
    found = f"The first folders are {first}." if len(folders) > MAX_CLASSES else ""
    check_class_count(len(folders), name, found or f"The folder is {first}.")
