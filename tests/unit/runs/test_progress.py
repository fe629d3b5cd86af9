import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.config import TrainingConfig
from cnn.rendering.text import duration_text
from cnn.runs.progress import Progress, progress_of
from cnn.runs.writing import create_run


def progress_after(steps, epochs=4, seconds_per_step=0.5, elapsed_s=None):
    """The progress of a run whose epochs have 10 batches of 10 digits each."""
    run = create_run(TrainingConfig(epochs=epochs, batch_size=10, limit=100))
    step = np.arange(1.0, steps + 1)
    elapsed_s = step * seconds_per_step if elapsed_s is None else np.array(elapsed_s)
    return progress_of(run, {"step": step, "loss": 1 / (1 + step), "elapsed_s": elapsed_s})


def test_progress_before_the_first_batch():
    assert progress_after(0) == Progress(1, 0, 0.0, None, None)


@pytest.mark.parametrize(
    ("steps", "epoch", "batch", "share"),
    [(1, 1, 1, 0.025), (10, 1, 10, 0.25), (11, 2, 1, 0.275), (20, 2, 10, 0.5), (40, 4, 10, 1.0)],
)
def test_epoch_and_batch_are_counted_from_1(steps, epoch, batch, share):
    progress = progress_after(steps)
    assert (progress.epoch, progress.batch) == (epoch, batch)
    assert progress.share == pytest.approx(share)


def test_the_rate_is_in_images_a_second():
    assert progress_after(20, seconds_per_step=0.5).images_per_s == pytest.approx(10 / 0.5)


def test_the_rate_is_that_of_the_last_seconds():
    slow_then_fast = [10, 20, 30, 40, 40.5, 41, 41.5, 42, 42.5, 43]
    assert progress_after(10, elapsed_s=slow_then_fast).images_per_s == pytest.approx(10 / 0.5)


@pytest.mark.parametrize(("steps", "elapsed_s"), [(1, [2.0]), (3, [2.0, 2.0, 2.0])])
def test_there_is_no_rate_before_time_has_passed(steps, elapsed_s):
    assert progress_after(steps, elapsed_s=elapsed_s).images_per_s is None


def test_the_time_left_is_estimated_after_20_steps():
    assert progress_after(19).left_s is None
    assert progress_after(20).left_s == pytest.approx(20 * 0.5)
    assert progress_after(30).left_s == pytest.approx(10 * 0.5)
    assert progress_after(40).left_s == 0


@given(st.integers(1, 40))
def test_progress_is_at_most_complete(steps):
    progress = progress_after(steps)
    assert 0 < progress.share <= 1
    assert 1 <= progress.epoch <= 4
    assert 1 <= progress.batch <= 10
    assert (progress.epoch - 1) * 10 + progress.batch == steps


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (45, "45 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (200, "3 min 20 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (3900, "1 h 5 min"),
        (90_000, "25 h 0 min"),
    ],
)
def test_durations_as_text(seconds, text):
    assert duration_text(seconds) == text
