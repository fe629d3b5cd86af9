"""The command line: `python -m cnn COMMAND`, by the pages' own functions; --help lists them."""

import argparse
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's greetings are not our output

from cnn.config import POOLINGS, PRESETS, ConfigError, TrainingConfig
from cnn.data.mnist import DataError, load_digits
from cnn.evaluation.decision import decide
from cnn.export.formats import EXPORTS
from cnn.jobs.queue import JobError, start_waiting
from cnn.jobs.resuming import reopen
from cnn.jobs.worker import work
from cnn.preprocessing.normalization import normalize_image
from cnn.preprocessing.picture_files import PictureError, read_picture
from cnn.runs.files import disk_reason
from cnn.runs.machine import use_one_thread
from cnn.runs.run import PRETRAINED_PATH, Run, RunError, open_run, read_run, runs_path
from cnn.runs.writing import create_run


class CommandError(Exception):
    """What was asked cannot be done; the message is the sentence to print."""


class _Parser(argparse.ArgumentParser):
    """argparse, but with one sentence instead of the usage and a line."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message[0].upper()}{message[1:]}; see python -m cnn --help.")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 1 where a training failed, 2 on bad input."""
    try:
        options = _parser().parse_args(arguments)
        return options.run_command(options)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    except (CommandError, ConfigError, DataError, JobError, PictureError, RunError) as error:
        print(error, file=sys.stderr)
        return 2


def _load_keras(config: TrainingConfig | None = None) -> None:
    """Import Keras and have it look at the hardware, without TensorFlow's greetings.

    It then computes on as many threads as `config` says. TensorFlow's C++ prints its greetings on
    standard error before it looks at any setting.
    """
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import keras

        if config and config.one_thread:
            use_one_thread()
        keras.ops.zeros(1)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m cnn", description="Train, evaluate and use a CNN on MNIST.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a network and keep it as a run")
    train.add_argument("--preset", choices=sorted(PRESETS), default="notebook")
    train.add_argument("--pooling", choices=POOLINGS)
    train.add_argument("--epochs", type=int)
    train.add_argument("--batch-size", type=int)
    train.add_argument("--learning-rate", type=float)
    train.add_argument("--seed", type=int)
    train.add_argument("--limit", type=int, help="train on the first so many digits only")
    train.add_argument("--one-thread", action="store_true", help="the same numbers, bit for bit")
    train.add_argument("--runs", type=Path, help="folder for the run (default: runs/)")
    train.set_defaults(run_command=_train)

    resume = commands.add_parser("resume", help="go on with a run after its last whole epoch")
    resume.add_argument("run", help="a run's name or folder")
    resume.add_argument("--epochs", type=int, metavar="MORE", help="train so many more")
    resume.set_defaults(run_command=_resume)

    evaluate = commands.add_parser("evaluate", help="loss and accuracy on the test digits")
    evaluate.add_argument("run", nargs="?", help="a run's name or folder (default: pretrained)")
    evaluate.set_defaults(run_command=_evaluate)

    classify = commands.add_parser("classify", help="read pictures of digits")
    classify.add_argument("files", nargs="+", metavar="FILE", type=Path)
    classify.add_argument("--run", help="a run's name or folder (default: pretrained)")
    classify.set_defaults(run_command=_classify)

    export = commands.add_parser(
        "export", help="write a run's network, curves or notebook to a file"
    )
    export.add_argument("run", nargs="?", help="a run's name or folder (default: pretrained)")
    export.add_argument("--format", choices=list(EXPORTS), required=True)
    export.add_argument("--epoch", type=int, help="whose weights (default: the last)")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: named after the run")
    export.set_defaults(run_command=_export)
    return parser


def _train(options: argparse.Namespace) -> int:
    chosen = {
        name: value
        for name in ("pooling", "epochs", "batch_size", "learning_rate", "seed", "limit")
        if (value := getattr(options, name)) is not None
    }
    chosen["one_thread"] = options.one_thread
    config = TrainingConfig.from_dict({**PRESETS[options.preset].as_dict(), **chosen})
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl+C: run is "stopped"
    _load_keras(config)  # before there is a run: it takes seconds in which nothing trains
    try:
        run = create_run(config, options.runs)
    except OSError as error:
        folder = options.runs or runs_path()
        raise CommandError(f"No run can be created in {folder}: {disk_reason(error)}") from None
    return _work(run)


def _resume(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run = _find_run(options.run)
    _load_keras(run.config)
    return _work(reopen(run, options.epochs or 0))


def _work(run: Run) -> int:
    state = work(run, on_epoch=lambda *epoch: print(_epoch_line(run.config, *epoch), flush=True))
    if state.status != "finished":
        print(state.message or "Stopped.", file=sys.stderr)
    with suppress(JobError):  # what waits is no concern of who trained this
        start_waiting(run.path.parent)
    result = {"run": str(run.path)}
    result.update((key, getattr(state, key)) for key in ("test_loss", "test_accuracy", "elapsed_s"))
    print(json.dumps(result), flush=True)
    return 0 if state.status == "finished" else 1


def _epoch_line(config: TrainingConfig, epoch: int, figures: dict[str, float]) -> str:
    values = "  ".join(
        f"{name} {figures[name]:.4f}" for name in ("loss", "accuracy", "val_loss", "val_accuracy")
    )
    return f"epoch {epoch}/{config.epochs}  {values}"


def _evaluate(options: argparse.Namespace) -> int:
    run, test = _find_run(options.run), load_digits("test")
    _load_keras()
    from cnn.inspection.recognizer import load_recognizer
    from cnn.training.fit import evaluate

    figures = evaluate(load_recognizer(run).network, test)
    print(json.dumps({f"test_{name}": round(value, 6) for name, value in figures.items()}))
    return 0


def _classify(options: argparse.Namespace) -> int:
    run = _find_run(options.run)
    # All are read before any is classified: a bad name must not end a long list halfway.
    pictures = []
    for file in options.files:
        try:
            pictures.append(read_picture(file.read_bytes(), str(file)))
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
    _load_keras()
    from cnn.inspection.recognizer import load_recognizer

    recognizer, reject_threshold = load_recognizer(run), run.reject_threshold
    for file, picture in zip(options.files, pictures, strict=True):
        fitted = normalize_image(picture.ink)
        answer: dict = {"file": str(file), "digit": None, "probabilities": []}
        if fitted:
            probabilities = recognizer.probabilities(fitted.image[None])[0]
            answer["digit"] = int(probabilities.argmax())
            answer["verdict"] = decide(probabilities, reject_threshold).kind
            answer["probabilities"] = [round(float(p), 6) for p in probabilities]
        print(json.dumps(answer))
    return 0


def _export(options: argparse.Namespace) -> int:
    run, export = _find_run(options.run), EXPORTS[options.format]
    epoch = options.epoch
    if epoch is not None and not export.of_epoch:
        with_epoch = " and ".join(name for name, each in EXPORTS.items() if each.of_epoch)
        raise CommandError(f"--epoch goes with the formats {with_epoch} only.")
    if epoch is None:
        epoch = run.last_saved_epoch
    if export.of_epoch:
        run.weights(epoch)  # whether they are there is said before Keras is loaded
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
    except (OSError, ValueError):  # no path that this disk could have
        is_run = False
    if not is_run and Path(name).suffix in (".keras", ".h5"):
        raise CommandError(
            f"{name} is a Keras file. Only runs are read, the folders that a training here wrote: "
            "a Keras file can hold code, which would run when it is loaded."
        )
    return read_run(path) if is_run else open_run(name)


if __name__ == "__main__":
    sys.exit(main())
