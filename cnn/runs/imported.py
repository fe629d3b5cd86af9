"""The record of an imported network: which file it is from, and what is different here."""

from dataclasses import asdict, dataclass

from cnn.disk import write_json
from cnn.naming import MAX_NAME_LENGTH, clean_name
from cnn.runs.files import RunError, read_json
from cnn.runs.run import IMPORTED_FILE, Run

IMPORTED_EPOCH = 1  # of its weights: 0 is for those before any training
MAX_NOTES, MAX_NOTE_LENGTH = 100, 300


@dataclass(frozen=True)
class Import:
    """Name of the file; version of Keras that wrote it; notes on what is different here."""

    file: str
    keras: str
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What the network was imported from, for a list and for a line of its own."""
        return f"Imported from {self.file}, saved by Keras {self.keras}"


def record_import(run: Run, source: Import) -> None:
    """Record what `run` was imported from, which makes it an imported one."""
    name = clean_name(source.file)[:MAX_NAME_LENGTH] or "a file"
    write_json(run.path / IMPORTED_FILE, {**asdict(source), "file": name})


def import_of(run: Run) -> Import | None:
    """Return what `run` was imported from; None if it was trained here.

    What is damaged in the record is replaced by "unknown".
    """
    if not run.imported:
        return None
    try:
        values = read_json(run.path / IMPORTED_FILE)
    except RunError:
        values = {}
    texts = (_line(values.get(name)) or "unknown" for name in ("file", "keras"))
    notes = values.get("notes")
    notes = notes[:MAX_NOTES] if isinstance(notes, list) else []
    return Import(*texts, tuple(filter(None, map(_line, notes))))


def _line(value: object) -> str:
    return clean_name(value[:MAX_NOTE_LENGTH]) if isinstance(value, str) else ""
