"""The files that a run can be exported to: EXPORTS lists them.

    epochs.csv   epoch          from 1
                 loss           mean over the batches of the epoch, natural logarithm
                 accuracy       share of correct predictions on the training images, 0 to 1
                 val_loss, val_accuracy   on the validation digits, after the epoch
                 elapsed_s      seconds since the first batch started
    batches.csv  step           the batch, from 1 through all epochs
                 loss           mean over the batch
                 elapsed_s      as above

Keras is imported only to export a network.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnn.export.notebook import notebook_file
from cnn.rendering.figure import chart_file
from cnn.runs.imported import import_of
from cnn.runs.machine import recorded_machine
from cnn.runs.run import BATCH_COLUMNS, EPOCH_COLUMNS, Run


@dataclass(frozen=True)
class Export:
    """A file format. `make(run, epoch)` returns the content; raises RunError if the run is damaged.

    of_epoch: whether the file has the weights of an epoch; otherwise `make` ignores `epoch`;
    of_training: whether it shows a training, which an imported network does not have.
    """

    label: str
    meaning: str  # its purpose, one sentence
    ending: str  # of the file name, after the run's id
    make: Callable[[Run, int], bytes]
    of_epoch: bool = False
    of_training: bool = False

    def file_name(self, run: Run, epoch: int) -> str:
        """The name of the file of `run`, with `epoch` if it is `of_epoch`."""
        return f"{run.id}{f'-epoch-{epoch:03d}' if self.of_epoch else ''}{self.ending}"


def metrics_csv(run: Run) -> bytes:
    """epochs.csv: a line for each completed epoch, after the header."""
    run.epochs()
    return _complete_lines(run.path / "epochs.csv", EPOCH_COLUMNS)


def batches_csv(run: Run) -> bytes:
    """batches.csv: a line for each batch so far, after the header."""
    run.batches()
    return _complete_lines(run.path / "batches.csv", BATCH_COLUMNS)


def _complete_lines(path: Path, columns: tuple[str, ...]) -> bytes:
    """The content of the file without an incomplete last line, or the header if it is empty."""
    content = path.read_bytes() if path.exists() else b""
    return content[: content.rfind(b"\n") + 1] or (",".join(columns) + "\n").encode()


def notebook_of(run: Run) -> bytes:
    """The training of `run` as a notebook, with the precision it was computed in."""
    machine, source = recorded_machine(run), import_of(run)
    precision = machine.precision if machine else "float32"
    return notebook_file(run.config, precision, source.text if source else "")


def keras_file(run: Run, epoch: int) -> bytes:
    """A `.keras` file of the network after `epoch`, for `keras.models.load_model` without `cnn`.

    It is compiled with Adam (also if it was trained with Muon), sparse categorical cross-entropy
    and accuracy, as in the notebook; the optimizer's state is not saved. Sum pooling becomes
    average pooling, of zeros around the maps if it is padded, and Rescaling by the number of cells
    of a window, which is exactly equal.
    """
    network = _network(run, epoch)
    network.optimizer.build(network.trainable_variables)  # otherwise loading it gives a warning
    return _saved(network.save, "network.keras")


def weights_file(run: Run, epoch: int) -> bytes:
    """A `.weights.h5` file, for `load_weights` of the network that the run's notebook builds.

    If that was trained already, Keras warns that the state of its optimizer is not changed.
    """
    return _saved(_network(run, epoch).save_weights, "network.weights.h5")


def _network(run: Run, epoch: int):
    """The network made of layers of Keras, compiled as in the notebook."""
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


def _saved(save: Callable[[Path], None], name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder) / name)
        return (Path(folder) / name).read_bytes()


def _chart_export(name: str, purpose: str) -> Export:
    return Export(
        f"Chart ({name.upper()})",
        f"The learning curves of loss and accuracy, {purpose}.",
        f".{name}",
        lambda run, epoch: chart_file(run, name),
        of_training=True,
    )


EXPORTS = {
    "keras": Export(
        "Model",
        "The network with its weights, for Python: keras.models.load_model(file).",
        ".keras",
        keras_file,
        of_epoch=True,
    ),
    "weights": Export(
        "Weights",
        "For a network that you build yourself, as in the notebook: network.load_weights(file).",
        ".weights.h5",
        weights_file,
        of_epoch=True,
    ),
    "csv": Export(
        "Metrics",
        "Loss and accuracy after each epoch, for a spreadsheet (CSV).",
        "-epochs.csv",
        lambda run, epoch: metrics_csv(run),
        of_training=True,
    ),
    "batches": Export(
        "Batch losses",
        "The loss of each batch, for a spreadsheet (CSV).",
        "-batches.csv",
        lambda run, epoch: batches_csv(run),
        of_training=True,
    ),
    "svg": _chart_export("svg", "sharp at any size"),
    "png": _chart_export("png", "for slides and word processors"),
    "pdf": _chart_export("pdf", "for LaTeX"),
    "notebook": Export(
        "Notebook",
        "This training in Jupyter, step by step, with the same settings and seed.",
        ".ipynb",
        lambda run, epoch: notebook_of(run),
    ),
}
