"""The machine that a training runs on: results repeat only on the same machine and versions.

TensorFlow is imported in functions, as a page that shows the record does not need it.
"""

import importlib
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cnn.backends import BACKENDS, DEFAULT, missing_text
from cnn.disk import write_json
from cnn.runs.files import RunError, read_json
from cnn.runs.run import Run

PRECISIONS = ("float32", "bfloat16")
MAX_TEXT_LENGTH = 100  # characters
THREADS = "TF_NUM_INTRAOP_THREADS"  # TensorFlow's own variable


@dataclass(frozen=True)
class Machine:
    """precision: one of PRECISIONS; threads: their number; processor: its name; versions.

    framework: name and version of what computed, "" in older records, which is TensorFlow; host:
    the machine's name in its network, "" in older records.
    """

    precision: str
    threads: int
    processor: str
    tensorflow: str
    keras: str
    framework: str = ""
    host: str = ""

    @property
    def computed_with(self) -> str:
        """Name and version of the framework that computed."""
        return self.framework or f"TensorFlow {self.tensorflow}"


def this_machine(one_thread: bool, precision: str, backend: str = DEFAULT) -> Machine:
    """Return this machine, for a training on one thread or on all, with a backend of Keras."""
    import keras
    import tensorflow as tf

    threads = 1 if one_thread else computing_threads()
    module = importlib.import_module(BACKENDS[backend].package)
    framework = f"{BACKENDS[backend].title} {module.__version__}"
    versions = (tf.__version__, keras.__version__, framework)
    return Machine(precision, threads, processor_name(), *versions, host_name())


def check_process(backend: str) -> None:
    """Raise RunError if Keras does not compute with `backend` in this process, or cannot."""
    if text := missing_text(backend):
        raise RunError(text)
    import keras

    if keras.backend.backend() != backend:
        raise RunError(
            f"The backend {backend} needs a process of its own: this one computes with "
            f"{keras.backend.backend()}."
        )


def use_one_thread() -> None:
    """Make TensorFlow compute on one thread.

    Raises RunError if it has already computed on more.
    """
    import tensorflow as tf

    threading = tf.config.threading
    try:
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        raise RunError("One thread needs a new process: this one has computed on more.") from None


def remembered_precision(folder: Path, measure: Callable[[], str]) -> str:
    """Return the precision that `measure()` first returned on this machine for `folder`.

    It is stored so that one disturbed measurement does not change the results of a seed.
    """
    import tensorflow as tf

    path, key = folder / ".precision.json", f"{processor_name()}, TensorFlow {tf.__version__}"
    try:
        known = read_json(path)
    except RunError:
        known = {}
    if known.get(key) not in PRECISIONS:
        known[key] = measure()
        with suppress(OSError):  # measured again next time
            write_json(path, known)
    return known[key]


def recorded_machine(run: Run) -> Machine | None:
    """Return the machine that `run` was trained on; None if the record is missing or damaged."""
    try:
        values = read_json(run.path / "machine.json")
        values = {"framework": "", "host": ""} | values
        machine = Machine(**{each.name: values[each.name] for each in fields(Machine)})
    except (KeyError, RunError, TypeError):
        return None
    texts = (machine.processor, machine.tensorflow, machine.keras, machine.framework, machine.host)
    valid = (
        all(isinstance(text, str) and len(text) <= MAX_TEXT_LENGTH for text in texts)
        and isinstance(machine.threads, int)
        and machine.threads >= 1
        and machine.precision in PRECISIONS
    )
    return machine if valid else None


def record_machine(run: Run, machine: Machine) -> None:
    """Record the `machine` that `run` is trained on."""
    write_json(run.path / "machine.json", asdict(machine))


def host_name() -> str:
    """Return the name of this machine in its network."""
    return platform.node()[:MAX_TEXT_LENGTH]


def computing_threads() -> int:
    """Return how many threads compute one operation: THREADS in the environment, or all."""
    text = os.environ.get(THREADS, "")
    return int(text) if text.isdecimal() and int(text) else processors()


def processors() -> int:
    """Return the number of processors available to this process."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every platform
        return os.cpu_count() or 1


def processor_name() -> str:
    """Return the processor's model name, or else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())[:MAX_TEXT_LENGTH]
