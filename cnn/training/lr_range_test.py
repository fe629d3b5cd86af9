"""The learning rate range test: one step at each learning rate, from far too small to too large.

`cnn.evaluation.lr_suggestion` defines the rates and interprets the losses; `cnn.jobs.lr_sweep`
stores them.
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
from cnn.models.compiling import build_optimizer
from cnn.models.embedding import comparison_model
from cnn.models.first_weights import first_weights
from cnn.models.network import build_network
from cnn.runs.training_errors import TrainingStopped

DIVERGENCE_FACTOR = 4  # times the smallest mean loss: larger rates need not be tried
SMOOTHING = 0.9  # weight of the moving mean of the loss at each step


def lr_range_test(
    config: TrainingConfig,
    training: Digits,
    on_step: Callable[[float, float], None],
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Train the network of `config` for one step at each of `rates()`, with its optimizer.

    The steps are computed in float32 and without random shift, which do not affect which rates are
    too small or too large. `on_step(rate, loss)` is called after each step with the mean loss of
    its batch before the step. The test ends early if the loss is NaN or infinite, or if its moving
    mean reaches DIVERGENCE_FACTOR times its minimum. Raises TrainingStopped soon after
    `should_stop()` returns true.
    """
    keras.utils.set_random_seed(config.seed)
    network = build_network(config)
    network.set_weights(first_weights(network))
    optimizer = build_optimizer(config, rates()[0])
    loss = network.loss
    if config.recipe.embedding:
        network, loss = comparison_model(network)
    network.compile(optimizer=optimizer, loss=loss)
    needed = STEPS * config.batch_size
    few = replace(config, limit=min(config.limit, max(needed, 100)))
    training_set = build_training_set(few, training)
    count, rng = len(training_set.images), np.random.default_rng(config.seed)
    order = np.concatenate([rng.permutation(count) for _ in range(math.ceil(needed / count))])
    mean, minimum = None, math.inf
    for step, rate in enumerate(rates()):
        if should_stop():
            raise TrainingStopped
        index = order[step * config.batch_size : (step + 1) * config.batch_size]
        images, labels = training_set.batch(index, config.seed + step)
        optimizer.learning_rate = rate
        network.reset_metrics()  # else the loss is the mean over all steps so far
        logs = network.train_on_batch(scaled(images), labels, return_dict=True)
        value = float(logs["loss"])
        if not math.isfinite(value):
            return
        on_step(rate, value)
        mean = value if mean is None else SMOOTHING * mean + (1 - SMOOTHING) * value
        minimum = min(minimum, mean)
        if mean > DIVERGENCE_FACTOR * minimum:
            return
