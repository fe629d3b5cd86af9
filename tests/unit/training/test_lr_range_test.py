from dataclasses import replace

import numpy as np
import pytest

from cnn.config import PRESETS, TrainingConfig
from cnn.evaluation.lr_suggestion import rates
from cnn.models.network import build_network
from cnn.runs.training_errors import TrainingStopped
from cnn.training import lr_range_test as rate_finder
from cnn.training.lr_range_test import lr_range_test

pytestmark = pytest.mark.slow

FEW = {"batch_size": 10, "limit": 200}


def tried(config, digits, **options):
    heard = []
    lr_range_test(config, digits, lambda rate, loss: heard.append((rate, loss)), **options)
    return heard


@pytest.mark.parametrize("preset", PRESETS)
def test_each_rate_is_tried_once_from_the_smallest_on(few_digits, preset):
    heard = tried(replace(PRESETS[preset], **FEW), few_digits)
    assert [rate for rate, _ in heard] == rates()[: len(heard)]
    losses = [loss for _, loss in heard]
    assert losses[0] == pytest.approx(np.log(10), abs=0.5)
    assert min(losses) < 1.8  # somewhere, it learns


def test_the_first_loss_is_that_of_the_untrained_network(few_digits):
    import keras

    config = TrainingConfig(batch_size=200, limit=200, seed=4)
    [(_, loss), *_] = tried(config, few_digits)
    keras.utils.set_random_seed(4)
    network = build_network(config)
    images, labels = few_digits.images[:200, ..., None] / np.float32(255), few_digits.labels[:200]
    probabilities = network.predict_on_batch(images)
    assert loss == pytest.approx(-np.log(probabilities[range(200), labels]).mean(), rel=1e-4)


def test_the_same_seed_tries_the_same(few_digits):
    config = TrainingConfig(**FEW)
    one, same, other = (
        tried(each, few_digits) for each in (config, config, replace(config, seed=1))
    )
    np.testing.assert_allclose(one[:30], same[:30], rtol=1e-3)
    assert not np.allclose(one[:30], other[:30], rtol=1e-3)


def test_it_ends_where_the_loss_has_climbed_far_or_is_no_number(few_digits, monkeypatch):
    monkeypatch.setattr(rate_finder, "rates", lambda: [1e-3] * 30 + [1e6] * 40)
    heard = tried(TrainingConfig(**FEW), few_digits)
    assert 30 < len(heard) < 40
    assert np.isfinite([loss for _, loss in heard]).all()


def test_a_stop_is_heard_after_each_step(few_digits):
    heard = []
    with pytest.raises(TrainingStopped):
        lr_range_test(
            TrainingConfig(**FEW),
            few_digits,
            lambda rate, loss: heard.append(rate),
            lambda: len(heard) == 3,
        )
    assert len(heard) == 3
