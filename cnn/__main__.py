"""The command line: `python -m cnn COMMAND`; --help lists the commands."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # no messages of TensorFlow in the output

from cnn.backends import DEFAULT, missing_text
from cnn.config import (
    CHOICES,
    MORE_BOUNDS,
    POOLINGS,
    PRESETS,
    ConfigError,
    TrainingConfig,
    value_text,
)
from cnn.data.mnist import DataError, load_digits
from cnn.datasets.catalog import open_dataset
from cnn.datasets.settings import for_dataset, load_splits
from cnn.detection.files import describe_picture, describe_symbol, pictures_of, read_file
from cnn.disk import disk_reason
from cnn.export.formats import EXPORTS
from cnn.jobs.errors import JobError
from cnn.jobs.importing import import_network
from cnn.jobs.queue import start_waiting
from cnn.jobs.resuming import reopen
from cnn.jobs.worker import work
from cnn.naming import checked_name
from cnn.networks.code_writing import network_line
from cnn.networks.errors import NetworkError
from cnn.networks.files import read_network
from cnn.networks.keras_file import load_keras_file
from cnn.networks.layers import with_pooling
from cnn.preprocessing.picture_decoding import PictureError
from cnn.runs.catalog import rename
from cnn.runs.machine import use_one_thread
from cnn.runs.run import PRETRAINED_PATH, Run, RunError, open_run, read_run, runs_path
from cnn.runs.writing import create_run

if TYPE_CHECKING:
    from cnn.inspection.recognizer import Recognizer


class CommandError(Exception):
    """A command cannot be run; the message is a sentence to print."""


class _Parser(argparse.ArgumentParser):
    """argparse with one sentence for an error, instead of the usage and a line."""

    def error(self, message: str) -> NoReturn:
        """Raise CommandError in place of argparse's usage text."""
        raise CommandError(f"{message[0].upper()}{message[1:]}; see python -m cnn --help.")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 1 if a training failed, 2 on bad input.

    Bad pictures do not end `classify`: it returns 2 after the last one.
    """
    try:
        options = _parser().parse_args(arguments)
        return options.run_command(options)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    except BrokenPipeError:  # as in `python -m cnn classify pictures/ | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        return 1
    except (CommandError, ConfigError, DataError, JobError, NetworkError, RunError) as error:
        print(error, file=sys.stderr)
        return 2


def _load_keras(config: TrainingConfig | None = None) -> None:
    """Import and initialise Keras, with the backend and on one thread as `config` says.

    Raises CommandError if the backend is not installed. Standard error is discarded meanwhile:
    TensorFlow's C++ code prints there before it reads any setting.
    """
    backend = config.backend if config else DEFAULT
    if text := missing_text(backend):
        raise CommandError(text)
    os.environ["KERAS_BACKEND"] = backend
    sys.stderr.flush()
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        import keras
        import tensorflow  # noqa: F401 - it feeds every backend

        if config and config.one_thread:
            use_one_thread()
        keras.ops.zeros(1)
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m cnn", description="Train, evaluate and use a CNN on MNIST.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> Callable:
        added = commands.add_parser(name, help=text)
        added.set_defaults(run_command=run)
        return added.add_argument

    add = command("train", _train, "train a network and store it as a run")
    add("--preset", choices=sorted(PRESETS), default="notebook")
    network = "an own network: a file of JSON (.json) or of Keras code, such as a notebook's cell"
    add("--network", type=Path, metavar="FILE", help=network)
    add("--data", metavar="ID", help="a data set, by its folder's name (default: mnist)")
    add("--pooling", choices=POOLINGS, help="of every pooling layer, also of an own network")
    add("--epochs", type=int)
    add("--batch-size", type=int)
    add("--learning-rate", type=float)
    add("--seed", type=int)
    add("--limit", type=int, help="number of training digits, the first of MNIST's")
    for name in ("optimizer", "schedule", "augmentation", "backend"):
        add(f"--{name}", choices=CHOICES[name])
    for name, bound in MORE_BOUNDS.items():
        low, high = value_text(bound.low), value_text(bound.high)
        add(f"--{name.replace('_', '-')}", type=float, help=f"{bound.description}; {low} to {high}")
    add("--one-thread", action="store_true", help="reproducible bit for bit, but slower")
    add("--runs", type=Path, help="folder for the run (default: runs/)")

    add = command("import", _import, "make a run of a .keras file, without running what is in it")
    add("file", type=Path, metavar="FILE.keras", help="saved by Keras 3: model.save(FILE.keras)")
    add("--name", help="name of the run")
    add("--runs", type=Path, help="folder for the run (default: runs/)")

    add = command("resume", _resume, "continue a run after its last complete epoch")
    add("run", help="a run's name or folder")
    add("--epochs", type=int, metavar="MORE", help="number of epochs to train in addition")

    default_run = "a run's name or folder (default: pretrained)"
    add = command("evaluate", _evaluate, "print loss and accuracy on the test digits, or pictures")
    add("run", nargs="?", help=default_run)

    add = command("classify", _classify, "classify pictures of digits; one line of JSON for each")
    add("files", nargs="+", metavar="FILE", type=Path, help="a picture, or a folder of pictures")
    add("--run", help=default_run)

    add = command("export", _export, "write a run's network, curves or notebook to a file")
    add("run", nargs="?", help=default_run)
    add("--format", choices=list(EXPORTS), required=True)
    add("--epoch", type=int, help="epoch of the weights (default: the last)")
    add("--out", type=Path, metavar="FILE", help="default: named after the run")
    return parser


def _train(options: argparse.Namespace) -> int:
    preset = PRESETS[options.preset]
    if options.data:
        preset = for_dataset(preset, open_dataset(options.data))
    settings = dict(vars(preset))
    given = {name: value for name, value in vars(options).items() if value is not None}
    if options.network:
        code = read_network(options.network)
        for note in code.notes:
            print(note, file=sys.stderr)
        layers = with_pooling(code.layers, options.pooling) if options.pooling else code.layers
        given = code.settings | given | {"network": network_line(layers)}
    if "optimizer" in given and "weight_decay" not in given:
        settings["weight_decay"] = None  # that of the optimizer
    config = TrainingConfig(**{name: given.get(name, value) for name, value in settings.items()})
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl+C: the run is "stopped"
    _load_keras(config)  # before the run is created, as it takes seconds
    try:
        run = create_run(config, options.runs)
    except OSError as error:
        folder = options.runs or runs_path()
        raise CommandError(f"No run can be created in {folder}: {disk_reason(error)}") from None
    return _work(run)


def _import(options: argparse.Namespace) -> int:
    if options.name is not None:
        checked_name(options.name, RunError)  # before the network is evaluated
    file = load_keras_file(options.file)
    for note in file.notes:
        print(note, file=sys.stderr)
    _load_keras()
    run = import_network(file, options.file.name, options.runs)
    if options.name is not None:
        rename(run, options.name)
    figures = {key: getattr(run.state(), key) for key in ("test_loss", "test_accuracy")}
    print(json.dumps({"run": str(run.path), **figures}), flush=True)
    return 0


def _resume(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run = _find_run(options.run)
    _load_keras(run.config)
    return _work(reopen(run, options.epochs or 0))


def _work(run: Run) -> int:
    def print_epoch(epoch: int, figures: dict[str, float]) -> None:
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        values = "  ".join(f"{name} {figures[name]:.4f}" for name in names)
        print(f"epoch {epoch}/{run.config.epochs}  {values}", flush=True)

    state = work(run, print_epoch)
    if state.status != "finished":
        print(state.message or "Stopped.", file=sys.stderr)
    with suppress(JobError):  # the queued runs do not concern this command
        start_waiting(run.path.parent)
    figures = {key: getattr(state, key) for key in ("test_loss", "test_accuracy", "elapsed_s")}
    print(json.dumps({"run": str(run.path), **figures}), flush=True)
    return 0 if state.status == "finished" else 1


def _evaluate(options: argparse.Namespace) -> int:
    run = _find_run(options.run)
    test = load_digits("test") if run.data.is_mnist else load_splits(run.data).test
    recognizer = _load_recognizer(run)
    from cnn.training.fit import evaluate

    figures = evaluate(recognizer.network, test)
    print(json.dumps({f"test_{name}": round(value, 6) for name, value in figures.items()}))
    return 0


def _classify(options: argparse.Namespace) -> int:
    run, recognizer, bad = _find_run(options.run), None, 0
    for file in pictures_of(options.files):
        result = {"file": str(file), "digit": None, "verdict": None, "probabilities": []}
        if not run.data.is_mnist:
            result = {"file": str(file), "class": None, "verdict": None, "probabilities": {}}
        try:
            picture = read_file(file)
        except PictureError as error:
            bad += 1
            result["error"] = str(error)
        else:
            recognizer = recognizer or _load_recognizer(run)
            network = (recognizer.probabilities, run.reject_threshold)
            result.update(
                describe_picture(picture, *network)
                if run.data.is_mnist
                else describe_symbol(picture, *network, run.data.classes)
            )
        print(json.dumps(result), flush=True)
    if bad:
        print(f'Not read: {bad} of the pictures; see "error" in their lines.', file=sys.stderr)
    return 2 if bad else 0


def _load_recognizer(run: Run) -> "Recognizer":
    _load_keras()
    from cnn.inspection.recognizer import load_recognizer

    return load_recognizer(run)


def _export(options: argparse.Namespace) -> int:
    run, export = _find_run(options.run), EXPORTS[options.format]
    if options.epoch is not None and not export.of_epoch:
        with_epoch = ", ".join(name for name, each in EXPORTS.items() if each.of_epoch)
        raise CommandError(f"--epoch goes with these formats only: {with_epoch}.")
    if export.of_training and run.imported:
        raise CommandError(
            f"Run {run.id} was imported, not trained here: there are no curves to export."
        )
    if refusal := export.refusal:
        raise CommandError(refusal)
    epoch = run.last_saved_epoch if options.epoch is None else options.epoch
    if export.of_epoch:
        run.weights(epoch)  # fails before Keras is loaded if they are missing
        _load_keras()
    content = export.make(run, epoch)
    path = options.out or Path(export.file_name(run, epoch))
    try:
        path.write_bytes(content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(f"{path} cannot be written: {reason}.") from None
    print(json.dumps({"file": str(path), "bytes": len(content)}))
    return 0


def _find_run(name: str | None) -> Run:
    if name is None:
        return read_run(PRETRAINED_PATH)
    try:
        path = Path(name).resolve()
        is_run = (path / "config.json").is_file()
    except (OSError, ValueError):  # not a valid path
        is_run = False
    if not is_run and Path(name).suffix in (".keras", ".h5"):
        raise CommandError(
            f"{name} is a Keras file; a run is expected, the folder that a training writes here. "
            "python -m cnn import makes one of a .keras file."
        )
    return read_run(path) if is_run else open_run(name)


if __name__ == "__main__":
    sys.exit(main())
