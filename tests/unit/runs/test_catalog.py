import json
import os
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cnn import disk
from cnn.config import PRESETS, TrainingConfig
from cnn.jobs.errors import JobError
from cnn.jobs.trash import STAMP, TRASH, delete, deleted_id, empty_trash, restore_deleted
from cnn.naming import MAX_NAME_LENGTH, clean_name
from cnn.runs.catalog import ORDERS, list_summaries, matches, rename, sort_summaries, summary_of
from cnn.runs.differences import (
    config_text,
    differences,
    digits_text,
    distinct_titles,
    legend_labels,
    settings_text,
)
from cnn.runs.files import NAME_FILE
from cnn.runs.locking import take_lock
from cnn.runs.run import NOTEBOOK_PATH, SHIPPED, RunError, RunState, list_runs, open_run, read_run
from cnn.runs.writing import create_run, write_state


def a_run(**settings):
    run = create_run(TrainingConfig(**settings))
    write_state(run, RunState("finished", test_accuracy=0.9, elapsed_s=10))
    return run


def refusal(call, *arguments) -> str:
    with pytest.raises(RunError) as raised:
        call(*arguments)
    message = str(raised.value)
    assert message.endswith(".")
    return message


# Names

KEPT_AS_TYPED = [
    "a",
    "a/b\\c",
    "../../etc/passwd",
    '"it\'s"',
    "<b>bold</b> **bold** :smile: $x$",
    "字 é ñ 🧠",
    "x" * MAX_NAME_LENGTH,
    "-",
    "CON",
    "name.txt",
    "{}",
    "%s",
]


@pytest.mark.parametrize("name", KEPT_AS_TYPED)
def test_any_text_is_a_name(name):
    run = a_run()
    assert rename(run, name) == name
    assert open_run(run.id).title == name
    assert [path.name for path in run.path.parent.iterdir()] == [run.id]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  a  b ", "a b"),
        ("a\nb\r\n\tc", "a b c"),
        ("a\0b\x07\x1b[31m", "ab[31m"),
        ("a\u202eb\u2066", "ab"),
        ("a\ud800b", "ab"),
        ("  " + "x" * MAX_NAME_LENGTH + "  ", "x" * MAX_NAME_LENGTH),
    ],
)
def test_spaces_and_control_characters_are_removed(typed, kept):
    run = a_run()
    assert rename(run, typed) == run.title == kept


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\0\x07", "\u200b\u200d", "\u2003", "\u0301"])
def test_an_invisible_name_is_refused(name):
    run = a_run()
    rename(run, "before")
    assert "needs at least one visible character" in refusal(rename, run, name)
    assert run.title == "before"


def test_a_name_that_is_too_long_is_refused_with_its_length():
    run = a_run()
    message = refusal(rename, run, "x" * 10_000)
    assert message == "A name has at most 80 characters, not 10,000."
    assert not (run.path / NAME_FILE).exists()


def test_a_run_without_a_name_has_its_pooling_and_time_as_title():
    run = a_run(pooling="sum")
    assert run.title.startswith("Sum, ")


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (b"", "Max, "),
        (b" \n\0", "Max, "),
        (b"one\ntwo", "one two"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 10_000, "x" * (MAX_NAME_LENGTH - 1) + "…"),
    ],
)
def test_a_name_edited_by_hand_is_cleaned(content, title):
    run = a_run()
    (run.path / NAME_FILE).write_bytes(content)
    assert run.title.startswith(title)
    assert len(run.title) <= MAX_NAME_LENGTH


def test_a_folder_in_place_of_the_name_is_ignored():
    run = a_run()
    (run.path / NAME_FILE).mkdir()
    assert run.title.startswith("Max, ")
    assert "cannot be renamed" in refusal(rename, run, "new")


def test_cleaning_a_name_twice_changes_nothing_more():
    for name in KEPT_AS_TYPED:
        assert clean_name(clean_name(name)) == clean_name(name)


@pytest.mark.parametrize("path", SHIPPED.values(), ids=SHIPPED)
def test_shipped_runs_can_be_neither_renamed_nor_deleted(path):
    run = read_run(path)
    assert "ships with this app and cannot be renamed" in refusal(rename, run, "mine")
    assert "ships with this app and cannot be deleted" in refusal(delete, [run])
    assert path.is_dir()


def test_a_deleted_run_cannot_be_renamed():
    run = a_run()
    shutil.rmtree(run.path)
    assert "There is no run called" in refusal(rename, run, "new")
    assert not run.path.exists()


# Deleting and restoring


def test_deleted_runs_are_restored_unchanged():
    first, second = a_run(), a_run(seed=1)
    rename(first, "mine")
    before = {path.name: path.read_bytes() for path in first.path.iterdir() if path.is_file()}
    deleted = delete([first, second])
    assert list_runs() == ([], [])
    assert [deleted_id(path) for path in deleted] == [first.id, second.id]
    assert restore_deleted(deleted) == [first.id, second.id]
    assert {run.id for run in list_runs()[0]} == {first.id, second.id}
    assert open_run(first.id).title == "mine"
    assert before == {
        path.name: path.read_bytes() for path in first.path.iterdir() if path.is_file()
    }


def test_a_run_can_be_deleted_and_restored_repeatedly():
    run = a_run()
    for _ in range(3):
        assert restore_deleted(delete([run])) == [run.id]
    assert list_runs()[0] == [run]


def test_a_training_run_cannot_be_deleted_nor_others_with_it():
    idle, busy = a_run(), a_run()
    write_state(busy, RunState("running"))
    lock = take_lock(busy.path / "lock")
    assert "stop it first" in refusal(delete, [idle, busy])
    os.close(lock)
    assert idle.path.is_dir() and busy.path.is_dir()
    assert len(delete([idle, busy])) == 2  # its worker has exited: it was interrupted


def test_a_queued_run_cannot_be_deleted():
    run = a_run()
    write_state(run, RunState("queued"))
    assert "is queued; stop it first" in refusal(delete, [run])
    assert run.path.is_dir()


def test_a_run_whose_worker_still_writes_cannot_be_deleted():
    run = a_run()
    lock = take_lock(run.path / "lock")
    assert "stop it first" in refusal(delete, [run])
    os.close(lock)


def test_a_run_that_is_already_deleted_is_skipped():
    run, other = a_run(), a_run()
    delete([run])
    assert [deleted_id(path) for path in delete([run, other])] == [other.id]


def test_a_folder_that_is_not_in_the_trash_any_more_is_skipped():
    run, other = a_run(), a_run()
    deleted = delete([run, other])
    shutil.rmtree(deleted[0])
    assert restore_deleted(deleted) == [other.id]
    assert restore_deleted(deleted) == []


def test_restoring_overwrites_nothing():
    run = a_run()
    deleted = delete([run])
    run.path.mkdir()
    assert "there is another run of that name" in refusal(restore_deleted, deleted)
    assert deleted[0].is_dir()


def test_no_run_is_deleted_if_one_cannot_be(monkeypatch):
    first, second = a_run(), a_run()
    rename_path = Path.rename

    def refuse(path, target):
        if path == second.path:
            raise PermissionError(13, "Permission denied")
        return rename_path(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(JobError, match="The runs cannot be deleted: Permission denied"):
        delete([first, second])
    assert first.path.is_dir() and second.path.is_dir()


def test_an_id_with_underscores_survives_the_trash(folder):
    create_run(TrainingConfig()).path.rename(folder / "my_own_run")
    run = open_run("my_own_run")
    write_state(run, RunState("finished"))
    assert restore_deleted(delete([run])) == ["my_own_run"]


def test_after_30_days_the_trash_is_emptied(folder):
    trash, now = folder / TRASH, datetime.now(UTC)
    for days in (29, 31):
        (trash / f"{now - timedelta(days=days):{STAMP}}_run{days}").mkdir(parents=True)
    for other in ("notes", "99999999T999999999999_x", "2026_x"):
        (trash / other).mkdir()
    delete([a_run()])
    left = {path.name.partition("_")[2] or path.name for path in trash.iterdir()}
    assert "run31" not in left
    assert {"run29", "notes", "x"} <= left
    empty_trash(folder / "nothing")


def test_a_clock_that_was_set_back_does_not_empty_the_trash(folder, monkeypatch):
    now, run = time.time(), a_run()
    with monkeypatch.context() as back:
        back.setattr(disk.time, "time", lambda: now - 40 * 24 * 3600)
        deleted = delete([run])
    delete([a_run()])  # once the clock is right
    assert restore_deleted(deleted) == [run.id]


# Differences


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_does_not_differ_from_itself(preset):
    assert differences(PRESETS[preset]) == {}


def test_changed_settings_are_listed_in_order():
    config = TrainingConfig(seed=1, pooling="sum", epochs=1, limit=2_000, learning_rate=0.002)
    changed = differences(config)
    assert changed == {
        "pooling": "sum",
        "epochs": 1,
        "learning_rate": 0.002,
        "seed": 1,
        "limit": 2_000,
    }
    assert (
        settings_text(changed) == "sum, 1 epoch, learning rate 0.002, seed 1, 2,000 training digits"
    )
    taught = TrainingConfig(base="pretrained@36", epochs=3)
    assert settings_text(differences(taught)) == "3 epochs, fine-tuned from pretrained@36"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "60,000 training digits"),
        ({"limit": 5_000}, "5,000 of 60,000 training digits"),
        (
            {"limit": 55_000, "validation": "held_out"},
            "60,000 training digits, 5,000 of them held out",
        ),
        (
            {"limit": 5_000, "validation": "held_out"},
            "5,000 of 60,000 training digits, 5,000 others held out",
        ),
        (
            {"limit": 55_000, "validation": "held_out", "preset": "drawing"},
            "60,000 training digits, 5,000 of them held out, 99,000 images per epoch",
        ),
    ],
)
def test_training_digits_digits_held_out_and_images_are_counted_in_one_way(settings, text):
    config = TrainingConfig(**settings)
    assert digits_text(config) == text
    assert f", {text}, batches of" in config_text(config)


def legend(*settings):
    return legend_labels([a_run(**each) for each in settings])


def test_a_legend_has_the_settings_that_differ():
    assert legend({"seed": 1}, {"seed": 1, "pooling": "average"}) == ["max", "average"]
    assert legend({"seed": 1}, {"seed": 2, "pooling": "sum"}) == ["max, seed 1", "sum, seed 2"]
    assert legend({"base": "a@1"}, {}) == ["fine-tuned from a@1", "from random weights"]


def test_a_preset_implies_its_settings():
    drawing = PRESETS["drawing"].as_dict()
    assert legend({}, drawing) == ["notebook", "drawing"]
    assert legend({}, {**drawing, "seed": 5}) == ["notebook, seed 0", "drawing, seed 5"]


def test_a_rarely_changed_setting_is_shown_only_for_runs_that_change_it():
    poolings = [{"pooling": each} for each in ("max", "average", "sum")]
    labels = legend(*poolings, {"limit": 1_000})
    assert labels == ["max", "average", "sum", "max, 1,000 training digits"]
    assert legend({}, {}, {"seed": 1})[2] == "seed 1"
    assert all(label.startswith("seed 0 (") for label in legend({}, {}, {"seed": 1})[:2])
    assert legend({}, {"seed": 1}, {"seed": 2}) == ["seed 0", "seed 1", "seed 2"]


def test_without_differences_a_legend_has_the_titles():
    first, second = a_run(), a_run()
    rename(first, "one")
    rename(second, "two")
    assert legend_labels([first]) == ["one"]
    assert legend_labels([first, second]) == ["one", "two"]
    assert legend_labels([]) == []


def test_all_labels_of_a_legend_are_different():
    runs = [a_run(), a_run(), a_run(pooling="sum")]
    rename(runs[0], "one")
    rename(runs[1], "two")
    assert legend_labels(runs) == ["max (one)", "max (two)", "sum"]
    rename(runs[1], "one")
    titles = [distinct_titles(runs)[run.id] for run in runs]
    assert legend_labels(runs) == [f"max ({titles[0]})", f"max ({titles[1]})", "sum"]
    assert legend_labels(runs[:2]) == titles[:2]


def test_equal_titles_are_followed_by_the_date_or_else_by_the_id():
    runs = [a_run() for _ in range(4)]
    for run, name in zip(runs, ("one", "one", "one", "two"), strict=True):
        rename(run, name)
    for place, day in enumerate((3, 4, 4, 4)):
        runs[place] = replace(runs[place], created=datetime(2026, 11, day, 9, 5).astimezone())
    assert distinct_titles(runs) == {
        runs[0].id: "one (3 Nov 09:05:00)",
        runs[1].id: f"one ({runs[1].id})",
        runs[2].id: f"one ({runs[2].id})",
        runs[3].id: "two",
    }


# The list


def test_all_runs_are_listed_including_the_shipped_ones():
    run = a_run(pooling="sum", seed=3)
    lines, problems = list_summaries()
    assert problems == []
    assert {line.run.id for line in lines} == {run.id, *SHIPPED}
    assert [line.run.created for line in lines] == sorted(
        (line.run.created for line in lines), reverse=True
    )
    line = next(each for each in lines if each.run == run)
    assert (line.accuracy, line.elapsed_s, line.changes) == (90, 10, "seed 3")
    assert (line.epochs, line.curve, line.run.shipped) == (0, [], False)


def test_the_summary_of_the_notebooks_network():
    line = summary_of(read_run(NOTEBOOK_PATH))
    assert line.accuracy == pytest.approx(98.94)
    assert line.curve == pytest.approx([98.45, 99.03, 98.99, 99.06, 98.94], abs=0.2)
    assert (line.epochs, line.changes, line.run.shipped) == (5, "", True)


def test_a_damaged_run_is_reported_and_the_others_are_listed():
    good, bad, figures = a_run(), a_run(), a_run()
    (bad.path / "config.json").write_text("{")
    (figures.path / "epochs.csv").write_text("epoch\nx\n")
    lines, problems = list_summaries()
    assert problems == [f"Run {bad.id}: config.json is damaged."]
    by_id = {line.run.id: line for line in lines}
    assert set(by_id) == {good.id, figures.id, *SHIPPED}
    assert by_id[figures.id].problem == f"Run {figures.id}: epochs.csv is damaged."
    assert by_id[figures.id].curve == []


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "9" * 400, "1e300"])
def test_figures_that_are_not_finite_are_left_out(value):
    run = a_run()
    (run.path / "state.json").write_text(
        f'{{"status": "finished", "test_accuracy": {value}, "elapsed_s": {value}}}'
    )
    line = summary_of(run)
    assert (line.accuracy, line.elapsed_s) == (None, None)
    (run.path / "epochs.csv").write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s\n1,1,1,1,nan,1\n2,1,1,1,0.5,2\n"
    )
    assert summary_of(run).curve == [50]
    for order in ORDERS:
        assert len(sort_summaries(list_summaries()[0], order)) == 1 + len(SHIPPED)


def test_the_list_can_be_sorted():
    runs = [a_run(), a_run(), a_run()]
    figures = ((0.9, 30), (0.7, 50), (None, None))
    for run, name, (accuracy, elapsed_s) in zip(runs, "bCa", figures, strict=True):
        rename(run, name)
        write_state(run, RunState("stopped", test_accuracy=accuracy, elapsed_s=elapsed_s))
    lines = [summary_of(run) for run in runs]

    def titles(order):
        return "".join(line.title for line in sort_summaries(lines, order))

    assert (titles("name"), titles("test accuracy"), titles("time")) == ("abC", "bCa", "Cba")
    assert titles("newest") == "aCb"


def test_the_list_can_be_filtered():
    run = a_run(pooling="average", seed=7, learning_rate=0.01)
    rename(run, "My **Run**")
    line = summary_of(run)
    for text in ("", "my run", "RUN", "seed 7", "average", "notebook", "finished", run.id, "0.01"):
        assert matches(line, text), text
    assert not matches(line, "my walk")
    assert matches(line, preset="notebook", pooling="average", status="finished")
    assert not matches(line, preset="drawing")
    assert not matches(line, pooling="max")
    assert not matches(line, status="running")


def test_a_configuration_of_an_older_version_is_listed(folder):
    run = a_run()
    values = json.loads((run.path / "config.json").read_text())
    del values["base"], values["limit"]
    (run.path / "config.json").write_text(json.dumps(values))
    [line] = [each for each in list_summaries()[0] if not each.run.shipped]
    assert line.run.config == TrainingConfig()
