"""The note and the tags that people give a run: notes.json in its folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cnn.disk import disk_reason, write_json
from cnn.naming import clean_name
from cnn.runs.files import RunError, read_json
from cnn.runs.run import Run

NOTES_FILE = "notes.json"
MAX_NOTE_LENGTH, MAX_TAG_LENGTH = 2000, 30  # characters
MAX_TAGS = 10


@dataclass(frozen=True)
class Notes:
    """A note of several lines, and tags of one line each; both may be empty."""

    note: str = ""
    tags: tuple[str, ...] = ()


def read_notes(run: Run) -> Notes:
    """Return the notes of `run`, empty if there are none. Raises RunError if they are damaged."""
    if not (run.path / NOTES_FILE).exists():
        return Notes()
    values = read_json(run.path / NOTES_FILE)
    note, tags = values.get("note", ""), values.get("tags", [])
    if not (isinstance(note, str) and isinstance(tags, list)):
        raise RunError(f"Run {run.id}: {NOTES_FILE} is damaged.")
    return Notes(_clean_note(note[:MAX_NOTE_LENGTH]), _clean_tags(map(str, tags))[:MAX_TAGS])


def write_notes(run: Run, note: str, tags: Sequence[str]) -> Notes:
    """Store the note and the tags of `run`; returns them as stored, after `clean_name`.

    Equal tags are stored once. Raises RunError if the note or a tag is too long or there are more
    than MAX_TAGS, if the run ships with the app, or on a disk error.
    """
    if run.shipped:
        raise RunError(f'"{run.title}" ships with this app and cannot be changed.')
    notes = Notes(_clean_note(note), _clean_tags(tags))
    if len(notes.note) > MAX_NOTE_LENGTH:
        raise RunError(
            f"A note has at most {MAX_NOTE_LENGTH:,} characters, not {len(notes.note):,}."
        )
    if len(notes.tags) > MAX_TAGS:
        raise RunError(f"A run has at most {MAX_TAGS} tags, not {len(notes.tags)}.")
    if long := [tag for tag in notes.tags if len(tag) > MAX_TAG_LENGTH]:
        raise RunError(f"A tag has at most {MAX_TAG_LENGTH} characters, not {len(long[0]):,}.")
    try:
        write_json(run.path / NOTES_FILE, {"note": notes.note, "tags": list(notes.tags)})
    except FileNotFoundError:
        raise RunError(f"There is no run called {run.id!r}; it may have been deleted.") from None
    except OSError as error:
        raise RunError(f"The note cannot be stored: {disk_reason(error)}") from None
    return notes


def _clean_note(text: str) -> str:
    return "\n".join(clean_name(line) for line in text.splitlines()).strip()


def _clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags that have visible characters; of those that differ in case, the first."""
    cleaned = filter(None, map(clean_name, tags))
    distinct: dict[str, str] = {}
    for tag in cleaned:
        distinct.setdefault(tag.casefold(), tag)
    return tuple(distinct.values())
