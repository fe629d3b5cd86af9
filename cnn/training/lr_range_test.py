"""Tries learning rates on one network, from far too small to too large, a step each.

`lr_suggestion` says which, and what is made of the losses; `rate_sweep` keeps and reads them.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np

from cnn.config import TrainingConfig
from cnn.data.mnist import Digits, scaled
from cnn.data.training_set import build_training_set
from cnn.evaluation.lr_suggestion import STEPS, rates
from cnn.models.network import OPTIMIZERS, build_network
from cnn.runs.training_errors import TrainingStopped

DIVERGENCE_FACTOR = (
    4  # times the least mean loss so far: it climbs, and larger rates need not be tried
)
LOOK_BACK = 0.9  # of the moving mean is kept at each step


def lr_range_test(
    config: TrainingConfig,
    training: Digits,
    on_step: Callable[[float, float], None],
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Take a step with the network and the optimizer of `config` at each of `rates()`.

    In float32 and without random_shift: neither moves the rates that are too large or too small.

    `on_step(rate, loss)` hears of each: the mean loss of the step's batch before the step. It ends
    early where the loss has climbed to DIVERGENCE_FACTOR times its least, or is no number any
    more. Raises TrainingStopped soon after `should_stop()` turns true.
    """
    keras.utils.set_random_seed(config.seed)
    network = build_network(config)
    optimizer = OPTIMIZERS[config.recipe.optimizer](learning_rate=rates()[0])
    network.compile(optimizer=optimizer, loss=network.loss)
    few = replace(config, limit=min(config.limit, max(STEPS * config.batch_size, 100)))
    material = build_training_set(few, training)
    order = _order(len(material.images), STEPS * config.batch_size, config.seed)
    mean, least = None, math.inf
    for step, rate in enumerate(rates()):
        if should_stop():
            raise TrainingStopped
        chosen = order[step * config.batch_size : (step + 1) * config.batch_size]
        images, labels = material.batch(chosen, config.seed + step)
        optimizer.learning_rate = rate
        network.reset_metrics()  # else its loss is the mean of all steps so far
        figures = network.train_on_batch(scaled(images), labels, return_dict=True)
        loss = float(figures["loss"])
        if not math.isfinite(loss):
            return
        on_step(rate, loss)
        mean = loss if mean is None else LOOK_BACK * mean + (1 - LOOK_BACK) * loss
        least = min(least, mean)
        if mean > DIVERGENCE_FACTOR * least:
            return


def _order(count: int, needed: int, seed: int) -> np.ndarray:
    """At least `needed` numbers below `count`: random permutations, one after the other."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(count) for _ in range(math.ceil(needed / count))])
