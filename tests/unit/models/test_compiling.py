import keras
import pytest

from cnn.config import CHOICES, TrainingConfig
from cnn.models.compiling import OPTIMIZERS, build_optimizer, learning_rate
from cnn.models.optimizers import Muon

OWN = "Sequential([Flatten(), Dense(10, 'softmax')])"


def test_there_is_an_optimizer_for_each_choice():
    assert tuple(OPTIMIZERS) == CHOICES["optimizer"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_optimizer_has_the_learning_rate_and_the_weight_decay(name):
    optimizer = build_optimizer(TrainingConfig(optimizer=name, weight_decay=0.01), 0.5)
    assert type(optimizer) is OPTIMIZERS[name]
    assert float(optimizer.learning_rate) == 0.5
    assert optimizer.weight_decay == 0.01


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_without_weight_decay_nothing_decays(name):
    optimizer = build_optimizer(TrainingConfig(optimizer=name, weight_decay=0), 0.5)
    assert not optimizer.weight_decay


def test_sgd_has_momentum_and_muon_leaves_the_last_layer_to_adam():
    assert build_optimizer(TrainingConfig(optimizer="sgd"), 0.1).momentum == 0.9
    assert type(build_optimizer(TrainingConfig(optimizer="adam"), 0.1)) is keras.optimizers.Adam
    muon = build_optimizer(TrainingConfig(optimizer="muon"), 0.1)
    assert isinstance(muon, Muon) and muon.adam_for == ("dense_2",)
    assert build_optimizer(TrainingConfig(optimizer="muon", network=OWN), 0.1).adam_for == (
        "dense_1",
    )


def test_a_cosine_falls_from_the_learning_rate_to_0():
    config = TrainingConfig(schedule="cosine", learning_rate=0.5, limit=100, batch_size=10)
    schedule = learning_rate(config)  # 5 epochs of 10 steps
    rates = [float(schedule(step)) for step in range(51)]
    assert rates[0] == pytest.approx(0.5)
    assert rates[25] == pytest.approx(0.25)
    assert rates[50] == pytest.approx(0, abs=1e-8)
    assert rates == sorted(rates, reverse=True)


def test_a_constant_learning_rate_is_a_number():
    assert learning_rate(TrainingConfig(learning_rate=0.5)) == 0.5
