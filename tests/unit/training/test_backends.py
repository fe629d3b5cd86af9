"""The same training with each backend of Keras that is installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnn.__main__ import main
from cnn.backends import BACKENDS, missing_text
from cnn.config import ConfigError, TrainingConfig
from cnn.constants import PROJECT_PATH
from cnn.jobs.errors import JobError
from cnn.jobs.queue import start_training
from cnn.jobs.worker import work
from cnn.runs.histograms import gradient_histograms
from cnn.runs.machine import recorded_machine
from cnn.runs.run import Run, list_runs, read_run
from cnn.runs.writing import create_run

OTHERS = [
    pytest.param(name, marks=pytest.mark.skipif(bool(missing_text(name)), reason="not installed"))
    for name in BACKENDS
    if name != "tensorflow"
]
# Random shifts, and the last batch of an epoch is incomplete.
ARGUMENTS = "--augmentation shift --limit 330 --batch-size 32 --epochs 2"


def run_command(*arguments: str) -> Run:
    """Run a command of the command line in a process of its own, as it must be; return its run."""
    done = subprocess.run(
        [sys.executable, "-m", "cnn", *arguments],
        cwd=PROJECT_PATH,
        # PyTorch waits for all of its threads, which takes long where others compute as well.
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return read_run(Path(json.loads(done.stdout.splitlines()[-1])["run"]))


def trained_with(folder: Path, backend: str) -> Run:
    arguments = ("train", "--backend", backend, "--runs", str(folder), *ARGUMENTS.split())
    return run_command(*arguments)


@pytest.fixture(scope="module")
def tensorflow_run(tmp_path_factory) -> Run:
    return trained_with(tmp_path_factory.mktemp("tensorflow"), "tensorflow")


@pytest.mark.slow
@pytest.mark.parametrize("backend", OTHERS)
def test_a_backend_gives_the_same_training_and_resumes_it(backend, tensorflow_run, tmp_path):
    run, expected = trained_with(tmp_path, backend), tensorflow_run
    for epoch in (0, 1, 2):
        pairs = zip(run.weights(epoch), expected.weights(epoch), strict=True)
        for array, same in pairs:
            np.testing.assert_allclose(array, same, atol=2e-3 * epoch)
    losses, same = run.batches()["loss"], expected.batches()["loss"]
    assert len(losses) == 22
    np.testing.assert_allclose(losses[:20], same[:20], atol=1e-3)
    for index in range(8):  # kernels and biases of the convolutions and the first dense layer
        ours, theirs = (gradient_histograms(each, index)[0] for each in (run, expected))
        np.testing.assert_allclose((ours.low, ours.high), (theirs.low, theirs.high), rtol=0.05)
    assert recorded_machine(run).computed_with.startswith(BACKENDS[backend].title)
    resumed = run_command("resume", str(run.path), "--epochs", "1")
    assert resumed.state().status == "finished"
    assert len(resumed.batches()["loss"]) == 33
    assert resumed.batches()["loss"][22:].max() < losses[:5].min()


def message_of(backend: str, folder: Path) -> str:
    """Why this process, which computes with TensorFlow, does not train a run of `backend`."""
    run = create_run(TrainingConfig(backend=backend, limit=100), folder)
    state = work(run)
    assert state.status == "failed"
    return state.message


def test_a_process_computes_with_one_backend_only(all_backends, tmp_path):
    assert "needs a process of its own" in message_of("jax", tmp_path)


def test_a_worker_without_the_backend_names_the_command(only_tensorflow, tmp_path):
    assert "-m pip install -r requirements-jax.txt" in message_of("jax", tmp_path)


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_a_missing_backend_is_refused_with_the_command_that_adds_it(
    backend, only_tensorflow, tmp_path, capsys
):
    command = f"-m pip install -r requirements-{backend}.txt"
    with pytest.raises(JobError, match=command):
        start_training(TrainingConfig(backend=backend), tmp_path)
    assert main(["train", "--backend", backend, "--runs", str(tmp_path)]) == 2
    assert command in capsys.readouterr().err
    assert list_runs(tmp_path)[0] == []
    assert (PROJECT_PATH / f"requirements-{backend}.txt").is_file()


def test_tensorflow_is_never_missing(only_tensorflow):
    assert missing_text("tensorflow") == ""


def test_an_unknown_backend_and_one_thread_with_another_are_refused():
    with pytest.raises(ConfigError, match="Backend is 'theano'"):
        TrainingConfig(backend="theano")
    with pytest.raises(ConfigError, match="needs 'tensorflow'"):
        TrainingConfig(backend="jax", one_thread=True)
