"""What can be taken away from a run, as the content of files: EXPORTS lists them.

    epochs.csv   epoch          counted from 1
                 loss           mean over the epoch's batches, natural logarithm, while it learns
                 accuracy       share of its pictures read right meanwhile, 0 to 1
                 val_loss, val_accuracy   the same on the 10,000 test digits, after the epoch
                 elapsed_s      seconds since the first batch began
    batches.csv  step           the batch, counted from 1 through all epochs
                 loss           mean over the batch
                 elapsed_s      as above

Keras is imported only where a network is made. Nothing here reads a file from outside of a run.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnn.export.notebook import notebook_file
from cnn.rendering.figure import chart_file
from cnn.runs.machine import recorded_machine
from cnn.runs.run import BATCH_COLUMNS, EPOCH_COLUMNS, Run


@dataclass(frozen=True)
class Export:
    """One kind of file. `make(run, epoch)` gives its content; RunError where the run is damaged.

    of_epoch: whether it is of one epoch's weights; else `make` does not look at the epoch.
    """

    label: str
    meaning: str  # what it is for, a line for people
    ending: str  # of its name, after the run's
    mime: str
    make: Callable[[Run, int], bytes]
    of_epoch: bool = False

    def file_name(self, run: Run, epoch: int) -> str:
        """What the file of `run` (after `epoch`, where that matters) is called."""
        return f"{run.id}{f'-epoch-{epoch:03d}' if self.of_epoch else ''}{self.ending}"


def metrics_csv(run: Run) -> bytes:
    """epochs.csv: a line for each epoch that has ended; the header alone before the first."""
    run.epochs()
    return _whole_lines(run.path / "epochs.csv", EPOCH_COLUMNS)


def batches_csv(run: Run) -> bytes:
    """batches.csv: a line for each batch so far."""
    run.batches()
    return _whole_lines(run.path / "batches.csv", BATCH_COLUMNS)


def _whole_lines(path: Path, columns: tuple[str, ...]) -> bytes:
    """The file as recorded, but not the line that its writer may be in the middle of."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    return content[: content.rfind(b"\n") + 1] or (",".join(columns) + "\n").encode()


def notebook_of(run: Run) -> bytes:
    """The training of `run` as a notebook, in the precision that it was computed in."""
    machine = recorded_machine(run)
    return notebook_file(run.config, machine.precision if machine else "float32")


def keras_file(run: Run, epoch: int) -> bytes:
    """A `.keras` file of the network after `epoch`, for `keras.models.load_model` of Keras 3 alone.

    It is compiled with Adam, sparse categorical cross-entropy and accuracy, as the notebook's is
    (also where Muon trained it), and Adam starts anew. Sum pooling is in it as what Keras itself
    has: average pooling, and a Rescaling by the number of the window's cells, exactly equal.
    """
    network = _network(run, epoch)
    network.optimizer.build(network.trainable_variables)  # else loading it warns that it was not
    return _saved(network.save, "network.keras")


def weights_file(run: Run, epoch: int) -> bytes:
    """A `.weights.h5` file, for `load_weights` of the network that the run's notebook builds.

    Where that was trained already, Keras warns that its Adam is left as it is.
    """
    return _saved(_network(run, epoch).save_weights, "network.weights.h5")


def _network(run: Run, epoch: int):
    """The network of layers that Keras knows by itself, compiled as the notebook compiles it."""
    import keras

    from cnn.inspection.recognizer import trained_network

    network = trained_network(run, epoch)
    layers = [plain for layer in network.layers for plain in _plain(layer)]
    network = keras.Sequential([keras.Input((28, 28, 1)), *layers], name=network.name)
    network.compile(
        optimizer=keras.optimizers.Adam(learning_rate=run.config.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return network


def _plain(layer: Any) -> list:
    """`layer` as layers that Keras knows by itself."""
    from keras.layers import AveragePooling2D, Rescaling

    from cnn.models.layers import SumPooling2D

    if not isinstance(layer, SumPooling2D):
        return [layer]
    cells = layer.pool_size[0] * layer.pool_size[1]
    average = AveragePooling2D.from_config(layer.get_config())
    return [average, Rescaling(cells, name=f"{layer.name}_times_{cells}")]


def _saved(save: Callable[[Path], None], name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder) / name)
        return (Path(folder) / name).read_bytes()


EXPORTS = {
    "keras": Export(
        "Model",
        "The network with its weights, to go on with in Python: keras.models.load_model(file).",
        ".keras",
        "application/octet-stream",
        keras_file,
        of_epoch=True,
    ),
    "weights": Export(
        "Weights alone",
        "For a network that you built yourself, as the notebook does: network.load_weights(file).",
        ".weights.h5",
        "application/x-hdf5",
        weights_file,
        of_epoch=True,
    ),
    "csv": Export(
        "Metrics",
        "Loss and accuracy after each epoch, for a spreadsheet (CSV).",
        "-epochs.csv",
        "text/csv",
        lambda run, epoch: metrics_csv(run),
    ),
    "batches": Export(
        "Batch losses",
        "The loss of every single batch, for a spreadsheet (CSV).",
        "-batches.csv",
        "text/csv",
        lambda run, epoch: batches_csv(run),
    ),
    **{
        name: Export(
            f"Chart ({name.upper()})",
            f"The curves of loss and accuracy for a report, {meaning}.",
            f".{name}",
            mime,
            lambda run, epoch, name=name: chart_file(run, name),
        )
        for name, meaning, mime in (
            ("svg", "sharp at any size", "image/svg+xml"),
            ("png", "for slides and word processors", "image/png"),
            ("pdf", "for LaTeX", "application/pdf"),
        )
    },
    "notebook": Export(
        "Notebook",
        "This training in Jupyter, step by step, with these settings and the same seed.",
        ".ipynb",
        "application/x-ipynb+json",
        lambda run, epoch: notebook_of(run),
    ),
}
