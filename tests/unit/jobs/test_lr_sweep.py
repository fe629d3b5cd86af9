import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.config import TrainingConfig
from cnn.evaluation.lr_suggestion import STEPS, rates, smoothed_losses, suggest_learning_rate
from cnn.jobs import local_executor, worker
from cnn.jobs.errors import JobError
from cnn.jobs.lr_sweep import (
    KEPT_SWEEPS,
    is_sweep,
    open_sweep,
    read_sweep,
    start_sweep,
    sweeps_path,
)
from cnn.jobs.queue import stop_training
from cnn.jobs.worker import work
from cnn.rendering.lr_chart import sweep_chart
from cnn.runs.run import RunError, list_runs

CONFIG = TrainingConfig(batch_size=20, limit=200)
RATES = np.geomspace(1e-5, 1, 100)


@pytest.fixture
def started(monkeypatch):
    """The sweeps for which a worker would have been started; none is."""
    runs = []
    monkeypatch.setattr(local_executor, "spawn_worker", runs.append)
    return runs


def falling(middle):
    """A loss that falls from 2.3 to 0.5 around the rate `middle`, and rises from 30 times it."""
    fall = 1.8 / (1 + np.exp(-4 * (np.log10(RATES) - np.log10(middle))))
    climb = np.maximum(0, np.log10(RATES) - np.log10(30 * middle)) * 3
    return 2.3 - fall + climb


@pytest.mark.parametrize("middle", [2e-4, 1e-3, 8e-3])
def test_the_rate_at_which_the_loss_falls_fastest_is_suggested(middle):
    noise = np.random.default_rng(0).normal(0, 0.05, len(RATES))
    suggested = suggest_learning_rate(RATES, falling(middle) + noise)
    assert middle / 1.6 <= suggested <= middle * 1.6
    assert suggested == float(f"{suggested:.1g}")  # one significant digit


def test_nothing_is_suggested_if_the_loss_only_rises_or_there_are_few_rates():
    assert suggest_learning_rate(RATES, np.linspace(2.3, 9, len(RATES))) is None
    assert suggest_learning_rate(RATES[:10], falling(1e-3)[:10]) is None
    assert suggest_learning_rate(np.empty(0), np.empty(0)) is None


def test_nothing_is_suggested_if_the_loss_is_only_noise():
    assert suggest_learning_rate(RATES, np.full(len(RATES), 2.3)) is None
    rng = np.random.default_rng(0)
    suggestions = [
        suggest_learning_rate(RATES, 2.3 + rng.normal(0, 0.3, len(RATES))) for _ in range(200)
    ]
    assert sum(each is not None for each in suggestions) <= 10


@given(st.lists(st.floats(0, 10), min_size=1, max_size=60))
def test_smoothing_stays_within_the_range_and_keeps_constants(losses):
    smooth = smoothed_losses(np.array(losses))
    assert smooth.shape == (len(losses),)
    assert min(losses) - 1e-9 <= smooth.min() <= smooth.max() <= max(losses) + 1e-9
    np.testing.assert_allclose(smoothed_losses(np.full(len(losses), 3.0)), 3.0)


def test_the_rates_increase_by_a_constant_factor():
    assert (len(rates()), rates()[0]) == (STEPS, pytest.approx(1e-5))
    factors = np.divide(rates()[1:], rates()[:-1])
    np.testing.assert_allclose(factors, factors[0])


def test_sweeps_are_not_listed_as_runs_and_only_the_last_few_are_kept(started, folder):
    sweeps = [start_sweep(CONFIG) for _ in range(KEPT_SWEEPS + 2)]
    assert started == sweeps
    assert all(map(is_sweep, sweeps))
    assert sweeps[-1].state().active
    assert list_runs() == ([], [])
    assert len(list(sweeps_path().glob("2*"))) == KEPT_SWEEPS
    assert open_sweep(sweeps[-1].id).config == CONFIG
    assert open_sweep(sweeps[0].id) is None
    assert open_sweep("../somewhere") is None
    assert len(read_sweep(sweeps[-1])["rate"]) == 0


def test_a_disk_error_gets_a_sentence(monkeypatch, tmp_path):
    place = tmp_path / "file"
    place.write_text("not a folder")
    with pytest.raises(JobError, match="The learning rate finder cannot be started"):
        start_sweep(CONFIG, place)


@pytest.mark.slow
def test_the_worker_records_the_rates_and_losses(started, monkeypatch, few_digits):
    monkeypatch.setattr(worker, "load_digits", lambda split: few_digits)
    sweep = start_sweep(CONFIG)
    assert work(sweep).status == "finished"
    tried = read_sweep(sweep)
    assert tried["rate"].tolist() == pytest.approx(rates()[: len(tried["rate"])], rel=1e-4)
    assert len(tried["rate"]) > 50
    assert tried["loss"][0] == pytest.approx(np.log(10), abs=0.4)
    assert sweep.saved_epochs() == []


def test_a_stopped_sweep_keeps_its_figures(started, monkeypatch, few_digits, wait_for_stop):
    monkeypatch.setattr(worker, "load_digits", lambda split: few_digits)
    sweep = start_sweep(CONFIG)
    stop_training(sweep)
    assert work(sweep, wait_for=wait_for_stop).status == "stopped"
    assert len(read_sweep(sweep)["rate"]) == 0


def test_a_damaged_sweep_gets_a_sentence(started):
    sweep = start_sweep(CONFIG)
    (sweep.path / "sweep.csv").write_text("rate,loss\n1,x\n")
    with pytest.raises(RunError, match=r"sweep.csv is damaged"):
        read_sweep(sweep)


def test_the_chart_has_its_full_range_from_the_first_point_on():
    empty = sweep_chart({"rate": np.empty(0), "loss": np.empty(0)}, None)
    losses = falling(1e-3)
    losses[-1] = 500.0
    full = sweep_chart({"rate": RATES, "loss": losses}, 0.001)
    for chart in (empty, full):
        assert (chart["xAxis"]["type"], chart["xAxis"]["min"]) == ("log", 1e-5)
        assert chart["xAxis"]["max"] == 1
    points, smooth = full["series"]
    assert len(points["data"]) == len(smooth["data"]) == 100
    assert smooth["markLine"]["data"] == [{"xAxis": 0.001}]
    highest = max(y for each in full["series"] for _, y in each["data"])
    assert highest <= full["yAxis"]["max"] == pytest.approx(1.5 * 2.3, abs=0.1)
