"""Keras: layers in a list; `compile` brings the training step."""

import keras
from keras import layers


def pool(pooling):
    if pooling == "max":
        return [layers.MaxPooling2D(2)]
    mean = layers.AveragePooling2D(2)
    if pooling == "average":
        return [mean]
    return [mean, layers.Rescaling(4)]


def build(pooling, weights):
    network = keras.Sequential(
        [
            # height, width, channels
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            *pool(pooling),
            layers.Conv2D(64, 3, activation="relu"),
            *pool(pooling),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            # probabilities
            layers.Dense(10, activation="softmax"),
        ]
    )
    # Kernels are (height, width, inputs, outputs).
    network.set_weights(weights)
    return network


def loss():
    # Of probabilities
    return keras.losses.SparseCategoricalCrossentropy()


def train(network, rate):
    optimizer = keras.optimizers.SGD(rate, momentum=0.9)
    network.compile(optimizer, loss())

    def step(images, labels):
        # Else the mean loss so far is returned.
        network.reset_metrics()
        return float(network.train_on_batch(images, labels))

    return step


def predict(network, images):
    return network.predict(images, verbose=0)
