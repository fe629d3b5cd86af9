"""Input pipelines: shuffled batches to train on, ordered ones to evaluate on."""

import keras
import numpy as np
import tensorflow as tf  # its input pipeline feeds every Keras backend

from cnn.config import TrainingConfig
from cnn.data.mnist import Digits, scaled
from cnn.data.training_set import TrainingSet

EVALUATION_BATCH = 500
# Keras's fit creates an iterator at the start of an epoch and an unused one at its end; each
# shuffles. If a version shuffles less often, a resumed training has different orders from an
# uninterrupted one, but repeats none.
SHUFFLES_PER_EPOCH = 2


def shuffled_batches(
    training_set: TrainingSet, config: TrainingConfig, skip_shuffles: int = 0
) -> tf.data.Dataset:
    """Return all of `training_set` in batches, in an order that depends on seed and epoch only.

    Batches are (b, 28, 28, 1) float32 in [0, 1] and (b,) int32. With the augmentation shift,
    each batch is moved by -1 to 1 pixels down and across. The first order is the one after
    `skip_shuffles` shuffles.
    """
    # Shuffling indices and gathering the images of each batch moves far fewer bytes than shuffling
    # images; pixels stay uint8 until their batch is gathered.
    count = len(training_set.images)
    order = tf.data.Dataset.range(count).shuffle(count, seed=config.seed).batch(config.batch_size)
    images, labels = tf.constant(training_set.images), tf.constant(training_set.labels)

    def gather(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.gather(images, index), tf.gather(labels, index)

    def shift(index: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        offsets = tf.random.stateless_uniform((2,), (seed, 0), -1, 2, tf.int32)
        batch = tf.gather(images, index)
        if config.dataset.is_mnist:
            # Pixels that leave at one edge enter at the other: MNIST's outermost are background.
            batch = tf.roll(batch, offsets, axis=(1, 2))
        else:
            padded = tf.pad(batch, [[0, 0], [1, 1], [1, 1]])
            batch = tf.roll(padded, offsets, axis=(1, 2))[:, 1:-1, 1:-1]
        return batch, tf.gather(labels, index)

    def augment(index: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        types = (tf.uint8, tf.int32)
        batch = tf.numpy_function(training_set.batch, [index, seed], types, stateful=False)
        return tf.ensure_shape(batch[0], (None, *images.shape[1:])), tf.ensure_shape(
            batch[1], (None,)
        )

    load = augment if training_set.augment else gather
    if config.augmentation == "shift":
        load = shift
    if load is not gather:
        seeds = tf.data.Dataset.random(seed=config.seed, rerandomize_each_iteration=True)
        order = tf.data.Dataset.zip(order, seeds)
    batches = order.map(load)
    for _ in range(skip_shuffles):
        iter(order)  # shuffles
    batches = batches.map(
        lambda images, labels: (tf.cast(images, tf.float32)[..., None] / 255, labels)
    )
    return _without_tuning(batches.prefetch(2))


class EpochBatches(keras.utils.PyDataset):
    """The batches of `shuffled_batches` for another backend than TensorFlow, as NumPy arrays.

    Keras creates more iterators for those backends than it trains epochs, and each would shuffle.
    Here an epoch has an order of its own, the one that it has with TensorFlow; call `set_epoch`
    before it.
    """

    def __init__(self, training_set: TrainingSet, config: TrainingConfig) -> None:
        super().__init__()
        self._training_set, self._config = training_set, config
        self._batches, self._epoch = iter(()), 0

    def set_epoch(self, epoch: int) -> None:
        """Begin `epoch`, counted from 0, with the next first batch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._config.steps_per_epoch

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if index == 0:
            skipped = self._epoch * SHUFFLES_PER_EPOCH
            batches = shuffled_batches(self._training_set, self._config, skipped)
            self._batches = batches.as_numpy_iterator()
        return next(self._batches)


def evaluation_batches(digits: Digits) -> tf.data.Dataset:
    """Return all of `digits` in order, EVALUATION_BATCH at a time, in the format of training."""
    arrays = (scaled(digits.images), digits.labels.astype(np.int32))
    return _without_tuning(tf.data.Dataset.from_tensor_slices(arrays).batch(EVALUATION_BATCH))


def _without_tuning(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Return `batches` without autotuning, which has little to tune here, on one thread.

    The end of an epoch may wait for the thread that tunes, which wakes after 0.6, 1.3, 2.6, 5.1 s
    and so on: epochs of 3 s then took 5.1 s. One thread leaves the processors to the steps.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    options.threading.private_threadpool_size = 1
    return batches.with_options(options)
