"""The optimizer and the learning rate of a training."""

import keras
from keras.optimizers.schedules import CosineDecay, LearningRateSchedule

from cnn.config import TrainingConfig
from cnn.models.optimizers import Muon
from cnn.networks.layers import layer_names

MOMENTUM = 0.9  # of SGD
OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
    "muon": Muon,
}


def build_optimizer(
    config: TrainingConfig, rate: float | LearningRateSchedule
) -> keras.optimizers.Optimizer:
    """Return a new optimizer as `config` has it, with the learning rate `rate`.

    The weight decay is decoupled from the gradient, as in AdamW, in all of them: an update removes
    learning rate · weight decay of each weight. Muon leaves the last layer to Adam.
    """
    settings = {}
    if config.optimizer == "sgd":
        settings["momentum"] = MOMENTUM
    if config.optimizer == "muon":
        settings["adam_for"] = tuple(layer_names(config.layers)[-1:])
    if config.weight_decay or config.optimizer == "adamw":  # which has a default of its own
        settings["weight_decay"] = config.weight_decay
    return OPTIMIZERS[config.optimizer](learning_rate=rate, **settings)


def learning_rate(config: TrainingConfig) -> float | LearningRateSchedule:
    """Return the learning rate of `config`, or its schedule, which ends at 0.

    "one_cycle" rises for a tenth of the steps, then falls along a cosine; "cosine" only falls.
    """
    if config.schedule == "constant":
        return config.learning_rate
    steps = config.epochs * config.steps_per_epoch
    if config.schedule == "cosine":
        return CosineDecay(config.learning_rate, decay_steps=steps)
    warmup_steps = max(1, steps // 10)
    return CosineDecay(
        config.learning_rate / 10,
        decay_steps=max(1, steps - warmup_steps),
        warmup_target=config.learning_rate,
        warmup_steps=warmup_steps,
    )


def offset_schedule(network: keras.Sequential, config: TrainingConfig, steps: int) -> None:
    """Continue the schedule of the learning rate after `steps` steps of the whole training.

    A new optimizer has counted fewer steps. Its count is not changed, because Adam's bias
    correction depends on it.
    """
    optimizer, schedule = network.optimizer, learning_rate(config)
    offset = steps - int(optimizer.iterations)
    if config.schedule != "constant" and offset:
        optimizer.learning_rate = lambda: schedule(optimizer.iterations + offset)
