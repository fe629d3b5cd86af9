"""Makes a run of a `.keras` file: `import_network`. Its test accuracy is measured at once."""

import math
from collections.abc import Callable
from pathlib import Path

from cnn.config import TrainingConfig
from cnn.data.mnist import load_digits
from cnn.disk import disk_reason
from cnn.jobs.errors import JobError
from cnn.jobs.visitor_limits import check_training
from cnn.networks.code_writing import network_line
from cnn.networks.errors import NetworkError
from cnn.networks.keras_file import KerasFile
from cnn.ownership import NOBODY
from cnn.runs.imported import IMPORTED_EPOCH, Import, record_import
from cnn.runs.machine import record_machine, this_machine
from cnn.runs.run import Run, runs_path
from cnn.runs.state import RunState
from cnn.runs.writing import create_run, write_calibration, write_test_figures, write_weights

OnProgress = Callable[[float, str], None]  # share from 0 to 1, and what is computed next


def import_network(
    file: KerasFile,
    name: str,
    folder: Path | None = None,
    on_progress: OnProgress = lambda share, text: None,
    owner: str = NOBODY,
) -> Run:
    """Create a finished run in `folder` (default: `runs_path()`) of the network in `file`.

    `name` is the file's. The network is evaluated on the test digits and calibrated on the last
    training digits, which it may have been trained on. The run is that of `owner`. Raises
    NetworkError if its outputs are not finite, JobError on a disk error or at a limit of the owner,
    DataError without MNIST.
    """
    on_progress(0.0, "Building the network")
    training, test = load_digits("train"), load_digits("test")
    config = TrainingConfig(network=network_line(file.layers), epochs=IMPORTED_EPOCH)
    check_training(config, owner, folder)
    from cnn.models.network import build_network
    from cnn.training.fit import calibrate, evaluate

    network = build_network(config)
    network.set_weights(file.weights)
    on_progress(0.1, "Classifying the test digits")
    figures = evaluate(network, test)
    on_progress(0.7, "Calibrating")
    if not math.isfinite(figures["loss"]):
        raise NetworkError(
            "The outputs of the network are not finite numbers (NaN): its weights are too large."
        )
    calibration = calibrate(network, config, training)

    def write(draft: Run) -> None:
        write_weights(draft, IMPORTED_EPOCH, file.weights)
        write_test_figures(draft, figures)
        write_calibration(draft, calibration)
        record_machine(draft, this_machine(config.one_thread, "float32"))
        record_import(draft, Import(name, file.keras_version, file.notes))

    state = RunState("finished", **{f"test_{name}": each for name, each in figures.items()})
    try:
        return create_run(config, folder, state=state, prepare=write, owner=owner)
    except OSError as error:
        raise JobError(
            f"No run can be created in {folder or runs_path()}: {disk_reason(error)}"
        ) from None
