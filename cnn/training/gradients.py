"""The gradients of the loss of a batch."""

import keras
import numpy as np

from cnn.data.mnist import Digits, scaled


def batch_gradients(network: keras.Sequential, digits: Digits) -> list[np.ndarray]:
    """Return the gradient of the mean loss of `digits` for each array that is trained.

    They are in the order of `trainable_variables`. Changes nothing: neither weights nor random
    numbers. Empty unless Keras computes on TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        return []
    import tensorflow as tf

    with tf.GradientTape() as tape:
        probabilities = network(scaled(digits.images), training=False)
        loss = network.compute_loss(y=digits.labels.astype(np.int32), y_pred=probabilities)
    return [each.numpy() for each in tape.gradient(loss, network.trainable_variables)]
