"""What a training is computed on: the same seed gives the same numbers on the same of these only.

Needs TensorFlow, and imports it late: a page that shows what was recorded does not.
"""

import os
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cnn.runs.files import RunError, read_json, write_json
from cnn.runs.run import Run

PRECISIONS = ("float32", "bfloat16")
LONGEST_TEXT = 100  # characters


@dataclass(frozen=True)
class Machine:
    """precision: "float32" or "bfloat16"; threads: how many compute; versions of what computes."""

    precision: str
    threads: int
    processor: str
    tensorflow: str
    keras: str


def this_machine(one_thread: bool, precision: str) -> Machine:
    """This machine, for a training on one thread or on all that there are."""
    import keras
    import tensorflow as tf

    threads = 1 if one_thread else processors()
    return Machine(precision, threads, processor_name(), tf.__version__, keras.__version__)


def use_one_thread() -> None:
    """Have TensorFlow compute on one thread; only before it has computed anything.

    Raises RunError afterwards, where it computes on more.
    """
    import tensorflow as tf

    threading = tf.config.threading
    try:
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        raise RunError("One thread needs a process that has not computed on more yet.") from None


def remembered_precision(folder: Path, measure: Callable[[], str]) -> str:
    """What `measure()` says of this machine, as it was said first for the runs in `folder`.

    So that a measurement which is disturbed for once does not change what a seed gives.
    """
    import tensorflow as tf

    path, key = folder / ".precision.json", f"{processor_name()}, TensorFlow {tf.__version__}"
    try:
        known = read_json(path)
    except RunError:
        known = {}
    if known.get(key) not in PRECISIONS:
        known[key] = measure()
        with suppress(OSError):  # it is measured again next time
            write_json(path, known)
    return known[key]


def recorded_machine(run: Run) -> Machine | None:
    """What `run` was trained on; None where that was not recorded, or cannot be read."""
    try:
        values = read_json(run.path / "machine.json")
        machine = Machine(**{each.name: values[each.name] for each in fields(Machine)})
    except (KeyError, RunError, TypeError):
        return None
    texts = (machine.processor, machine.tensorflow, machine.keras)
    fits = all(isinstance(text, str) and len(text) <= LONGEST_TEXT for text in texts)
    counts = isinstance(machine.threads, int) and machine.threads >= 1
    return machine if fits and counts and machine.precision in PRECISIONS else None


def record_machine(run: Run, machine: Machine) -> None:
    """Keep what `run` is trained on, for `recorded_machine` to give back."""
    write_json(run.path / "machine.json", asdict(machine))


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def processor_name() -> str:
    """The processor's name as its maker says it, or else the kind of machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())[:LONGEST_TEXT]
