import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.jobs import queue as jobs
from cnn.jobs.errors import JobError
from cnn.jobs.experiments import start_experiment
from cnn.jobs.queue import start_training
from cnn.jobs.trash import TRASH, delete
from cnn.jobs.visitor_limits import check_disk, folder_bytes
from cnn.limits import EPOCHS, MEGABYTES, RUNS, UPLOADS
from cnn.runs.run import list_runs, runs_path
from cnn.runs.state import RunState
from cnn.runs.writing import create_run, write_state
from tests.own_data import make_dataset

CONFIG = TrainingConfig(epochs=2, limit=200)


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(jobs, "start_run", lambda run, executor: True)


def ended_run(owner, megabytes=0.0):
    run = create_run(CONFIG, owner=owner)
    write_state(run, RunState("finished"))
    (run.path / "weights" / "epoch_001.npz").write_bytes(bytes(int(megabytes * 1e6)))
    return run


def test_a_visitor_has_as_many_runs_as_are_kept(monkeypatch):
    monkeypatch.setenv("CNN_MAX_RUNS", "2")
    for owner in ("ada", "bob", "ada"):
        ended_run(owner)
    with pytest.raises(JobError, match=r"You have 2 runs; this server keeps 2 .* Compare"):
        start_training(CONFIG, owner="ada")
    start_training(CONFIG, owner="bob")
    start_training(CONFIG)  # from the command line
    assert len(list_runs()[0]) == 5


def test_an_experiment_that_would_exceed_the_limit_starts_no_run(monkeypatch):
    monkeypatch.setenv("CNN_MAX_RUNS", "3")
    with pytest.raises(JobError, match="so 3 more"):
        start_experiment(CONFIG, "pooling", ("max", "sum"), 2, owner="ada")
    assert list_runs() == ([], [])
    start_experiment(CONFIG, "pooling", ("max",), 3, owner="ada")
    assert len(list_runs()[0]) == 3


def test_epochs_beyond_the_limit_are_refused(monkeypatch):
    monkeypatch.setenv("CNN_MAX_EPOCHS", "1")
    with pytest.raises(JobError, match="allows a run 1 epochs, not 2"):
        start_training(CONFIG, owner="ada")


def test_runs_and_data_sets_together_are_limited(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_DATASETS", str(tmp_path / "datasets"))
    dataset = make_dataset(owner="ada", folder=tmp_path / "datasets")
    rest = 3 - folder_bytes(dataset.path) / 1e6
    ended_run("ada", rest - 0.1)
    monkeypatch.setenv("CNN_MAX_MEGABYTES", "3")
    check_disk("ada")
    ended_run("ada", 0.2)
    with pytest.raises(JobError, match="take 3 MB; this server allows each visitor 3 MB"):
        start_training(CONFIG, owner="ada")
    check_disk("bob")


def test_what_was_deleted_makes_room_the_oldest_first(monkeypatch):
    monkeypatch.setenv("CNN_MAX_MEGABYTES", "3")
    old, new, others = ended_run("ada", 1.5), ended_run("ada", 1), ended_run("bob", 9)
    delete([others])
    delete([old])
    delete([new])
    ended_run("ada", 1)
    check_disk("ada")
    left = {path.name.partition("_")[2] for path in (runs_path() / TRASH).iterdir()}
    assert left == {new.id, others.id}


@pytest.mark.parametrize("limit", [RUNS, EPOCHS, MEGABYTES, UPLOADS])
@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "²", "9" * 20])
def test_a_setting_that_is_no_whole_number_is_named(monkeypatch, limit, text):
    monkeypatch.setenv(limit.variable, text)
    with pytest.raises(JobError, match=f"{limit.variable} is .* whole number from 1"):
        limit.get(JobError)


def test_the_bytes_of_a_folder_are_those_of_its_files(tmp_path):
    sizes = np.array([0, 1, 1000, 33])
    for i, size in enumerate(sizes):
        path = tmp_path / "a" / str(i % 2) / str(i)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(int(size)))
    (tmp_path / "link").symlink_to(tmp_path / "missing")
    assert folder_bytes(tmp_path) == sizes.sum()
