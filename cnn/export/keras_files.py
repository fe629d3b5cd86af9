"""A run's network for Keras: as a `.keras` file, and its weights alone."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from cnn.runs.run import Run


def keras_file(run: Run, epoch: int) -> bytes:
    """A `.keras` file of the network after `epoch`, for `keras.models.load_model` without `cnn`.

    It is compiled with Adam (also if it was trained with Muon), sparse categorical cross-entropy
    and accuracy, as in the notebook; the optimizer's state is not saved. Sum pooling becomes
    average pooling, of zeros around the maps if it is padded, and Rescaling by the number of cells
    of a window, which is exactly equal.
    """
    network = network_of_keras(run, epoch)
    network.optimizer.build(network.trainable_variables)  # otherwise loading it gives a warning
    return saved(network.save, "network.keras")


def weights_file(run: Run, epoch: int) -> bytes:
    """A `.weights.h5` file, for `load_weights` of the network that the run's notebook builds.

    If that was trained already, Keras warns that the state of its optimizer is not changed.
    """
    return saved(network_of_keras(run, epoch).save_weights, "network.weights.h5")


def network_of_keras(run: Run, epoch: int):
    """The network after `epoch`, made of layers of Keras alone, compiled as in the notebook.

    Raises RunError if its weights are missing, damaged or do not fit.
    """
    import keras

    from cnn.inspection.recognizer import trained_network

    network = trained_network(run, epoch)
    layers = [part for layer in network.layers for part in _keras_layers(layer)]
    network = keras.Sequential([keras.Input((28, 28, 1)), *layers], name=network.name)
    network.compile(
        optimizer=keras.optimizers.Adam(learning_rate=run.config.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return network


def _keras_layers(layer) -> list:
    """`layer`, or the layers of Keras that compute the same as sum pooling."""
    from keras.layers import AveragePooling2D, Rescaling, ZeroPadding2D

    from cnn.models.layers import SumPooling2D, same_padding

    if not isinstance(layer, SumPooling2D):
        return [layer]
    cells = layer.pool_size[0] * layer.pool_size[1]
    average = AveragePooling2D.from_config({**layer.get_config(), "padding": "valid"})
    parts = [average, Rescaling(cells, name=f"{layer.name}_times_{cells}")]
    if layer.padding == "same":  # Keras's average leaves the padding out
        sides = zip(layer.input.shape[1:3], layer.pool_size, layer.strides, strict=True)
        zeros = tuple(same_padding(*side) for side in sides)
        parts.insert(0, ZeroPadding2D(zeros, name=f"{layer.name}_padding"))
    return parts


def saved(save: Callable[[Path], None], name: str) -> bytes:
    """The content of the file `name`, of which `save` takes the path and writes it."""
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder) / name)
        return (Path(folder) / name).read_bytes()
