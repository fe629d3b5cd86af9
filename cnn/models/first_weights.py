"""The weights that a training starts from: the same with every backend.

Each backend of Keras has random numbers of its own. To compare them, all start from TensorFlow's,
which is always installed.
"""

import keras
import numpy as np
from keras.initializers import GlorotUniform

from cnn.arithmetic.initialization import glorot_limit


def first_weights(network: keras.Sequential) -> list[np.ndarray]:
    """Return initial weights for the new `network`, in the order of `get_weights`.

    Keras gave each initializer a seed, drawn from Python's random numbers and so the same with
    every backend. With TensorFlow as the backend, the weights are those that `network` has.

    Kernels are uniform, with Glorot's limits (`cnn.arithmetic.initialization`).
    """
    if keras.backend.backend() == "tensorflow":
        return network.get_weights()
    import tensorflow as tf

    weights = {id(each): keras.ops.convert_to_numpy(each) for each in network.weights}
    for layer in network.layers:
        initializer = getattr(layer, "kernel_initializer", None)
        if not isinstance(initializer, GlorotUniform):
            continue
        shape = tuple(layer.kernel.shape)
        limit = glorot_limit(shape)
        kernel = tf.random.stateless_uniform(shape, (initializer.seed, 0), -limit, limit)
        weights[id(layer.kernel)] = kernel.numpy()
    return [weights[id(each)] for each in network.weights]
