import pytest

from cnn.config import TrainingConfig
from cnn.jobs.experiment_progress import experiment_progress
from cnn.jobs.experiments import Outcome
from cnn.runs.run import RunState
from cnn.runs.writing import create_run, write_state


@pytest.fixture
def run(folder):
    """A function that makes a run of 100 digits in one epoch of 10 batches."""

    def make(status, batches=0, elapsed_s=None, **settings):
        made = create_run(TrainingConfig(epochs=1, limit=100, batch_size=10, **settings))
        lines = [f"{step},0.5,{step * 0.5}" for step in range(1, batches + 1)]
        (made.path / "batches.csv").write_text("\n".join(["step,loss,elapsed_s", *lines, ""]))
        write_state(made, RunState(status, elapsed_s=elapsed_s))
        return made

    return make


def progress(*runs):
    return experiment_progress([Outcome("max", list(runs), None, None, None, None, [])])


def test_the_time_left_follows_from_the_time_per_image(run):
    found = progress(run("finished", elapsed_s=10), run("queued"), run("queued"))
    assert (found.ended, found.runs) == (1, 3)
    assert found.share == pytest.approx(1 / 3)
    assert found.left_s == pytest.approx(20)


def test_a_run_that_is_training_counts_by_its_batches(run):
    found = progress(run("starting", batches=4), run("queued"))
    assert found.share == pytest.approx(0.2)
    assert found.left_s == pytest.approx(2 / 40 * 160)


def test_several_runs_are_trained_at_once(run, monkeypatch):
    monkeypatch.setenv("CNN_MAX_PARALLEL", "8")
    found = progress(run("finished", elapsed_s=10), run("queued"), run("queued"))
    assert found.left_s == pytest.approx(10)


def test_a_failed_run_has_ended_and_says_nothing_about_the_time(run):
    found = progress(run("failed"), run("queued"))
    assert (found.ended, found.share, found.left_s) == (1, 0.5, None)


def test_without_runs_all_is_done(run):
    assert progress().share == 1
