import json

import pytest

from cnn.config import TrainingConfig
from cnn.runs.catalog import list_summaries, matches, summary_of
from cnn.runs.notes import Notes, read_notes, write_notes
from cnn.runs.run import NOTEBOOK_PATH, RunError, RunState, read_run
from cnn.runs.writing import create_run, write_state


@pytest.fixture
def run(folder):
    made = create_run(TrainingConfig())
    write_state(made, RunState("finished"))
    return made


def test_notes_are_kept_in_the_folder_of_the_run(run):
    assert read_notes(run) == Notes()
    stored = write_notes(run, "  first line\n\nsecond\x07 line \n", ["good", " <b>é</b> ", "Good"])
    assert stored == Notes("first line\n\nsecond line", ("good", "<b>é</b>"))
    assert read_notes(run) == summary_of(run).notes == stored
    assert json.loads((run.path / "notes.json").read_text())["tags"] == ["good", "<b>é</b>"]


def test_runs_are_found_by_their_notes_and_tags(run):
    write_notes(run, "Overfits early", ["thesis"])
    line = summary_of(run)
    assert matches(line, "overfits THESIS")
    assert not matches(line, "underfits")


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"note": 3}', '{"tags": "thesis"}', '{"note": null}']
)
def test_damaged_notes_get_a_sentence_and_the_run_is_listed(run, content):
    (run.path / "notes.json").write_text(content)
    with pytest.raises(RunError, match=r"notes\.json is damaged"):
        read_notes(run)
    [line] = [each for each in list_summaries()[0] if each.run == run]
    assert line.notes == Notes()
    assert f"Run {run.id}: notes.json is damaged" in line.problem
    write_notes(run, "again", [])
    assert summary_of(run).problem == ""


@pytest.mark.parametrize(
    ("note", "tags", "sentence"),
    [
        ("x" * 2001, [], "A note has at most 2,000 characters, not 2,001."),
        ("", ["x" * 31], "A tag has at most 30 characters, not 31."),
        ("", [str(i) for i in range(11)], "A run has at most 10 tags, not 11."),
    ],
)
def test_notes_that_are_too_long_are_refused(run, note, tags, sentence):
    with pytest.raises(RunError, match=sentence):
        write_notes(run, note, tags)
    assert read_notes(run) == Notes()


def test_a_shipped_run_has_no_notes_and_gets_none():
    with pytest.raises(RunError, match="ships with this app"):
        write_notes(read_run(NOTEBOOK_PATH), "mine", [])
    assert not (NOTEBOOK_PATH / "notes.json").exists()


def test_a_full_disk_gets_a_sentence(run, request):
    request.getfixturevalue("full_disk")  # after the run is made
    with pytest.raises(RunError, match="The note cannot be stored: the disk is full"):
        write_notes(run, "mine", [])
