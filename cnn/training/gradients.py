"""The gradients of the loss of a batch, by each backend's own differentiation."""

import keras
import numpy as np

from cnn.data.mnist import Digits, scaled


def batch_gradients(network: keras.Sequential, digits: Digits) -> list[np.ndarray]:
    """Return the gradient of the mean loss of `digits` for each array that is trained.

    They are in the order of `trainable_variables`. Changes nothing: neither weights nor random
    numbers.
    """
    differentiate = {"tensorflow": _by_tensorflow, "torch": _by_torch, "jax": _by_jax}
    images, labels = scaled(digits.images), digits.labels.astype(np.int32)
    gradients = differentiate[keras.backend.backend()](network, images, labels)
    return [keras.ops.convert_to_numpy(each) for each in gradients]


def _by_tensorflow(network: keras.Sequential, images: np.ndarray, labels: np.ndarray) -> list:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = network.compute_loss(y=labels, y_pred=network(images, training=False))
    return tape.gradient(loss, network.trainable_variables)


def _by_torch(network: keras.Sequential, images: np.ndarray, labels: np.ndarray) -> list:
    import torch

    labels = keras.ops.convert_to_tensor(labels)
    loss = network.compute_loss(y=labels, y_pred=network(images, training=False))
    return list(torch.autograd.grad(loss, [each.value for each in network.trainable_variables]))


def _by_jax(network: keras.Sequential, images: np.ndarray, labels: np.ndarray) -> list:
    import jax

    others = [each.value for each in network.non_trainable_variables]

    def loss_of(trained: list) -> jax.Array:
        probabilities, _ = network.stateless_call(trained, others, images, training=False)
        return network.compute_loss(y=labels, y_pred=probabilities)

    return jax.grad(loss_of)([each.value for each in network.trainable_variables])
