from dataclasses import replace

import numpy as np
import pytest

from cnn.config import PRESETS, TrainingConfig
from cnn.evaluation.lr_suggestion import rates
from cnn.models.network import build_network
from cnn.runs.training_errors import TrainingStopped
from cnn.training.lr_range_test import lr_range_test

pytestmark = pytest.mark.slow

FEW = {"batch_size": 10, "limit": 200}


def sweep(config, digits, **options):
    """The (rate, loss) of each step."""
    steps = []
    lr_range_test(config, digits, lambda rate, loss: steps.append((rate, loss)), **options)
    return steps


@pytest.mark.parametrize("preset", [each for each in PRESETS if each != "embedding"])
def test_each_rate_is_tried_once_in_ascending_order(few_digits, preset):
    steps = sweep(replace(PRESETS[preset], **FEW), few_digits)
    assert [rate for rate, _ in steps] == rates()[: len(steps)]
    losses = [loss for _, loss in steps]
    assert losses[0] == pytest.approx(np.log(10), abs=0.5)
    assert min(losses) < 1.8  # some rates reduce the loss


def test_the_rates_of_embedding_are_those_of_the_loss_that_it_trains_with(few_digits):
    # In batches of ten, hardly any image has another of its class to be compared with.
    config = replace(PRESETS["embedding"], batch_size=100, limit=200)
    losses = [loss for _, loss in sweep(config, few_digits)]
    assert losses[0] > np.log(10) + 0.5
    assert min(losses) < losses[0] - 0.5


def test_the_first_loss_is_that_of_the_initial_weights(few_digits):
    import keras

    config = TrainingConfig(batch_size=200, limit=200, seed=4)
    [(_, loss), *_] = sweep(config, few_digits)
    keras.utils.set_random_seed(4)
    network = build_network(config)
    images, labels = few_digits.images[:200, ..., None] / np.float32(255), few_digits.labels[:200]
    probabilities = network.predict_on_batch(images)
    assert loss == pytest.approx(-np.log(probabilities[range(200), labels]).mean(), rel=1e-4)


def test_the_same_seed_gives_the_same_losses(few_digits):
    config = TrainingConfig(**FEW)
    one, same, other = (
        sweep(each, few_digits) for each in (config, config, replace(config, seed=1))
    )
    np.testing.assert_allclose(one[:30], same[:30], rtol=1e-3)
    assert not np.allclose(one[:30], other[:30], rtol=1e-3)


def test_it_ends_if_the_loss_diverges(few_digits, monkeypatch):
    monkeypatch.setattr("cnn.training.lr_range_test.rates", lambda: [1e-3] * 30 + [1e6] * 40)
    steps = sweep(TrainingConfig(**FEW), few_digits)
    assert 30 < len(steps) < 40
    assert np.isfinite([loss for _, loss in steps]).all()


def test_it_stops_after_the_step_in_which_a_stop_is_requested(few_digits):
    steps = []
    with pytest.raises(TrainingStopped):
        lr_range_test(
            TrainingConfig(**FEW),
            few_digits,
            lambda rate, loss: steps.append(rate),
            lambda: len(steps) == 3,
        )
    assert len(steps) == 3
