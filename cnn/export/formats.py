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

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnn.export.keras_files import keras_file, weights_file
from cnn.export.notebook import notebook_file
from cnn.export.portable import onnx_file, tflite_file, torch_file
from cnn.optional_packages import missing_text
from cnn.rendering.figure import chart_file
from cnn.runs.imported import import_of
from cnn.runs.machine import recorded_machine
from cnn.runs.run import BATCH_COLUMNS, EPOCH_COLUMNS, Run


@dataclass(frozen=True)
class Export:
    """A file format. `make(run, epoch)` returns the content; raises RunError if the run is damaged.

    of_epoch: whether the file has the weights of an epoch; otherwise `make` ignores `epoch`;
    of_training: whether it shows a training, which an imported network does not have;
    packages: those that `make` needs and `requirements.txt` has not.
    """

    label: str
    meaning: str  # its purpose, one sentence
    ending: str  # of the file name, after the run's id
    make: Callable[[Run, int], bytes]
    of_epoch: bool = False
    of_training: bool = False
    packages: tuple[str, ...] = ()

    @property
    def refusal(self) -> str:
        """A sentence with the missing packages and the command that adds them; empty if none is."""
        return missing_text(self.packages)

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
    "torch": Export(
        "PyTorch",
        "The network as a class to read, and its weights (safetensors), in a zip.",
        "-torch.zip",
        torch_file,
        of_epoch=True,
        packages=("torch", "safetensors"),
    ),
    "onnx": Export(
        "ONNX",
        "The network for ONNX Runtime, which runs it in many languages and in the browser.",
        ".onnx",
        onnx_file,
        of_epoch=True,
        packages=("onnx", "onnxruntime"),
    ),
    "tflite": Export(
        "LiteRT",
        "The network for phones and small devices (TensorFlow Lite).",
        ".tflite",
        tflite_file,
        of_epoch=True,
        packages=("ai_edge_litert",),
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
