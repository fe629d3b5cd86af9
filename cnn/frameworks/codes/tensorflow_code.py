"""TensorFlow: variables, functions, and a tape that records."""

import keras
import tensorflow as tf


def pool(x, pooling):
    if pooling == "max":
        return tf.nn.max_pool2d(x, 2, 2, "VALID")
    mean = tf.nn.avg_pool2d(x, 2, 2, "VALID")
    return mean if pooling == "average" else 4 * mean


def convolve(x, kernel):
    return tf.nn.conv2d(x, kernel, 1, "VALID")


def build(pooling, weights):
    # Kernels are (height, width, inputs, outputs), as Keras's.
    variables = [tf.Variable(array) for array in weights]

    # images: (n, 28, 28, 1): height, width, channels
    def logits(images):
        k1, b1, k2, b2, k3, b3, w4, b4, w5, b5 = variables
        x = images
        x = pool(tf.nn.relu(convolve(x, k1) + b1), pooling)
        x = pool(tf.nn.relu(convolve(x, k2) + b2), pooling)
        x = tf.nn.relu(convolve(x, k3) + b3)
        x = tf.reshape(x, (-1, 3 * 3 * 64))
        x = tf.nn.relu(x @ w4 + b4)
        # No softmax: the loss has it.
        return x @ w5 + b5

    return variables, logits


def loss(logits, labels):
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
    return tf.reduce_mean(cross_entropy(labels, logits))


def train(network, rate):
    variables, logits = network
    optimizer = keras.optimizers.SGD(rate, momentum=0.9)
    optimizer.build(variables)

    @tf.function  # compiles the step
    def update(images, labels):
        with tf.GradientTape() as tape:
            value = loss(logits(images), labels)
        gradients = tape.gradient(value, variables)
        optimizer.apply_gradients(zip(gradients, variables))
        return value

    def step(images, labels):
        images, labels = tf.constant(images), tf.constant(labels)
        return float(update(images, labels))

    return step


def predict(network, images):
    _, logits = network
    return tf.nn.softmax(logits(images)).numpy()
