"""What a training is computed on: the same seed gives the same numbers on the same of these only.

Needs TensorFlow, and imports it late: a page that shows what was recorded does not.
"""

import json
import os
import platform
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cnn.run_files import RunError, read_json, replace_file
from cnn.runs import Run


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


def recorded_machine(run: Run) -> Machine | None:
    """What `run` was trained on; None where that was not recorded, or cannot be read."""
    try:
        values = read_json(run.path / "machine.json")
        machine = Machine(**{each.name: each.type(values[each.name]) for each in fields(Machine)})
    except (KeyError, RunError, TypeError, ValueError):
        return None
    return machine if machine.precision in ("float32", "bfloat16") else None


def record_machine(run: Run, machine: Machine) -> None:
    """Keep what `run` is trained on, for `recorded_machine` to give back."""
    replace_file(run.path / "machine.json", json.dumps(asdict(machine), indent=1).encode() + b"\n")


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
    return next(names, platform.processor() or platform.machine())
