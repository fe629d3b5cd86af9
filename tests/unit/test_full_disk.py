"""A disk that is really full: a small tmpfs. What was saved stays, and nothing is half written."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.data.mnist import DataError, Digits
from cnn.datasets.catalog import list_datasets, rename_dataset
from cnn.datasets.dataset import Splits
from cnn.datasets.drafts import read_draft, write_draft
from cnn.datasets.drawings import Drawings
from cnn.datasets.writing import change_dataset, create_dataset
from cnn.jobs import local_executor, worker
from cnn.jobs.lr_sweep import start_sweep
from cnn.jobs.queue import JobError, start_training, stop_training
from cnn.jobs.resuming import reopen, resume_training
from cnn.jobs.trash import delete
from cnn.jobs.worker import work
from cnn.recognition.symbols import add_example, read_symbols, write_symbols
from cnn.runs.catalog import rename
from cnn.runs.corrections import (
    CorrectionError,
    add_correction,
    list_corrections,
    list_path,
    read_image,
    remove_corrections,
)
from cnn.runs.notes import read_notes, write_notes
from cnn.runs.run import RunError, RunState, list_runs
from cnn.runs.writing import create_run, write_state

VISITOR = "a" * 32
ERRORS = (CorrectionError, DataError, JobError, RunError)
SIZE_KB = 4000


class Disk:
    """A small disk with the folders of runs and data sets."""

    def __init__(self, path: Path) -> None:
        self.path, self.filler = path, path / "filler"

    def fill(self, room: int = 0) -> None:
        """Leave `room` bytes."""
        with self.filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                file.truncate(max(0, file.tell() - room))

    def free(self) -> None:
        """Delete what fills it."""
        self.filler.unlink()


@pytest.fixture
def disk(tmp_path, monkeypatch):
    path = tmp_path / "disk"
    path.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", f"size={SIZE_KB}k", "tmpfs", str(path)]
    if not mount or subprocess.run([mount, *options], capture_output=True).returncode:
        pytest.skip("a disk of its own can only be mounted by root")
    monkeypatch.setenv("CNN_RUNS", str(path / "runs"))
    monkeypatch.setenv("CNN_DATASETS", str(path / "datasets"))
    monkeypatch.setattr(local_executor, "spawn_worker", lambda run: None)
    yield Disk(path)
    subprocess.run(["umount", "-l", str(path)], check=True)


def picture(grey: int) -> np.ndarray:
    """(28, 28) with random pixels, which cannot be compressed."""
    return np.random.default_rng(grey).integers(1, 255, (28, 28), np.uint8)


def splits(count: int) -> Splits:
    digits = Digits(np.stack([picture(i) for i in range(count)]), np.arange(count) % 2)
    return Splits(digits, digits)


def ended_run():
    run = create_run(TrainingConfig(epochs=1))
    write_state(run, RunState("stopped"))
    write_notes(run, "before", ["tag"])
    rename(run, "before")
    return run


def own_dataset():
    return create_dataset("before", ["a", "b"], splits(40), 5, "x.zip")


# What is there, what is done on a full disk, and what of it can be read before and afterwards.
def naming(disk):
    run = ended_run()
    return lambda: rename(run, "after"), lambda: run.title


def noting(disk):
    run = ended_run()
    return lambda: write_notes(run, "after " * 300, []), lambda: read_notes(run)


def resuming(disk):
    run = ended_run()
    return lambda: resume_training(run), lambda: (run.state(), run.config)


def stopping(disk):
    run = create_run(TrainingConfig(), state=RunState("queued", queued_s=1.0))
    return lambda: stop_training(run), lambda: run.state()


def starting(disk):
    run = ended_run()
    return lambda: start_training(TrainingConfig(seed=7)), lambda: list_runs() == ([run], [])


def finding_the_rate(disk):
    ended_run()
    folder = disk.path / "runs" / ".sweeps"
    return lambda: start_sweep(TrainingConfig()), lambda: list(folder.glob("[!.]*"))


def fine_tuning(disk):
    ended_run()
    few = Digits(np.stack([picture(i) for i in range(90)]), np.zeros(90, np.uint8))
    config = TrainingConfig(base="pretrained@36")
    return (
        lambda: start_training(config, corrections=few),
        lambda: sorted(each.name for each in (disk.path / "runs").glob("*max*")),
    )


def drawing(disk):
    drawings = Drawings(("a",)).add(picture(1), 0)
    write_draft(VISITOR, drawings)
    more = drawings.add(picture(2), 0)
    return lambda: write_draft(VISITOR, more), lambda: read_draft(VISITOR).images.tolist()


def adding_a_symbol(disk):
    symbols = add_example(Drawings(), "star", picture(1))
    write_symbols(VISITOR, symbols)
    more = add_example(symbols, "heart", picture(2))
    return lambda: write_symbols(VISITOR, more), lambda: read_symbols(VISITOR).classes


CORRECTION = {"digit": 3, "predicted": 5, "probability": 0.5, "run": "pretrained", "epoch": 3}


def correcting(disk):
    folder = list_path(VISITOR)
    add_correction(folder, picture(1), **CORRECTION)
    return lambda: add_correction(folder, picture(2), **CORRECTION), lambda: corrected(folder)


def deleting_corrections(disk):
    folder = list_path(VISITOR)
    kept = [add_correction(folder, picture(i), **CORRECTION) for i in range(3)]
    return lambda: remove_corrections(folder, {kept[1].file}), lambda: corrected(folder)


def corrected(folder: Path) -> list:
    assert sorted(each.name for each in folder.glob("*.png")) == [
        each.file for each in list_corrections(folder)
    ]
    return [(each, read_image(folder, each).tolist()) for each in list_corrections(folder)]


def making_a_dataset(disk):
    own_dataset()
    return (
        lambda: create_dataset("after", ["a", "b"], splits(60), 5, "y.zip"),
        lambda: (list_datasets(), sorted(each.name for each in (disk.path / "datasets").iterdir())),
    )


def changing_a_dataset(disk):
    dataset = own_dataset()
    more = splits(50)
    return (
        lambda: change_dataset(dataset, ["a", "c"], more, 5, more.training),
        lambda: (
            list_datasets(),
            dataset.load().training.images.tolist(),
            len(list(dataset.path.iterdir())),
        ),
    )


def renaming_a_dataset(disk):
    dataset = own_dataset()
    return lambda: rename_dataset(dataset, "after"), lambda: list_datasets()


CHANGES = [
    *(naming, noting, resuming, stopping, starting, finding_the_rate, fine_tuning, drawing),
    *(adding_a_symbol, correcting, deleting_corrections, making_a_dataset, changing_a_dataset),
    renaming_a_dataset,
]


@pytest.mark.parametrize("room", [0, 4096])
@pytest.mark.parametrize("prepare", CHANGES, ids=lambda each: each.__name__)
def test_a_full_disk_gets_a_sentence_and_what_was_saved_stays(disk, prepare, room):
    change, read = prepare(disk)
    before = read()
    disk.fill(room)
    try:
        change()
    except ERRORS as error:
        assert "the disk is full. Free some space, then try again." in str(error)
        assert read() == before
    else:  # with so little room, small files can still be written
        assert room
    assert not list((disk.path).rglob(".*.*.[0-9]*"))  # no drafts of files
    disk.free()
    if read() == before:
        change()
    assert read() != before


def test_runs_are_deleted_on_a_full_disk(disk):
    run = ended_run()
    disk.fill()
    with pytest.raises(JobError, match="the disk is full"):
        start_training(TrainingConfig())
    delete([run])
    assert list_runs() == ([], [])


@pytest.mark.slow
def test_a_training_on_a_full_disk_keeps_its_epochs_and_is_resumed(disk, monkeypatch, few_digits):
    monkeypatch.setattr(worker, "load_digits", lambda split: few_digits)
    run = create_run(TrainingConfig(epochs=4, batch_size=50, limit=200))
    disk.fill(3_000_000)  # an epoch takes 0.4 MB, and the checkpoint 1.1 MB, twice while written
    state = work(run)
    # There may be no room for the final state: it was interrupted then.
    assert state.message.startswith("The disk is full. Free some space, then resume the run")
    assert run.state().status in ("failed", "interrupted")
    complete = run.epochs()["epoch"].tolist()
    assert complete == list(range(1, len(complete) + 1)) and 1 <= len(complete) < 4
    for epoch in run.saved_epochs():
        assert run.weights(epoch)
    assert list_runs() == ([run], [])
    disk.free()
    subprocess.run(["mount", "-o", "remount,size=20m", str(disk.path)], check=True)
    assert work(reopen(run)).status == "finished"
    assert run.epochs()["epoch"].tolist() == run.saved_epochs()[1:] == [1, 2, 3, 4]
