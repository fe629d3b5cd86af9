import json
import platform
import subprocess
import sys

import keras
import pytest
import tensorflow as tf

from cnn.config import TrainingConfig
from cnn.runs.files import RunError
from cnn.runs.machine import (
    Machine,
    processor_name,
    processors,
    record_machine,
    recorded_machine,
    remembered_precision,
    this_machine,
    use_one_thread,
)
from cnn.runs.writing import create_run

MACHINE = Machine("bfloat16", 2, "A processor", "2.21.0", "3.15.1")


@pytest.fixture
def run(folder):
    return create_run(TrainingConfig())


def test_the_recorded_machine_is_read(run):
    assert recorded_machine(run) is None
    record_machine(run, MACHINE)
    assert recorded_machine(run) == MACHINE


def test_the_first_measurement_is_stored_for_a_folder(folder, tmp_path):
    folder.mkdir()
    assert remembered_precision(folder, lambda: "bfloat16") == "bfloat16"
    assert remembered_precision(folder, lambda: "float32") == "bfloat16"
    assert remembered_precision(tmp_path, lambda: "float32") == "float32"
    (folder / ".precision.json").write_text("{")
    assert remembered_precision(folder, lambda: "float32") == "float32"
    assert remembered_precision(folder / "nothing", lambda: "float32") == "float32"


def changed(**values):
    return json.dumps({**vars(MACHINE), **values})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"precision": "float16"}',
        changed(threads="x"),
        changed(threads=float("inf")),
        changed(threads=-3),
        changed(processor="x" * 1000),
        changed(keras=["3"]),
        changed(host=7),
    ],
)
def test_a_damaged_record_is_none(run, content):
    (run.path / "machine.json").write_text(content)
    assert recorded_machine(run) is None


def test_an_unknown_precision_is_none(run):
    record_machine(run, Machine("float8", 2, "A processor", "2.21.0", "3.15.1"))
    assert recorded_machine(run) is None


def test_this_machine_has_a_name_and_versions():
    machine = this_machine(one_thread=False, precision="float32")
    assert (machine.tensorflow, machine.keras) == (tf.__version__, keras.__version__)
    assert machine.threads == processors() >= 1
    assert machine.processor == processor_name() != ""
    assert this_machine(one_thread=True, precision="float32").threads == 1
    assert machine.host == platform.node()


@pytest.mark.parametrize(("text", "threads"), [("3", 3), ("", processors()), ("0", processors())])
def test_the_threads_are_those_that_the_environment_gives_tensorflow(monkeypatch, text, threads):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", text)
    assert this_machine(one_thread=False, precision="float32").threads == threads


def test_a_record_without_a_host_is_read_as_older_runs_have_none(run):
    values = {name: value for name, value in vars(MACHINE).items() if name != "host"}
    (run.path / "machine.json").write_text(json.dumps(values))
    assert recorded_machine(run) == MACHINE


def test_one_thread_is_refused_after_computing_on_more():
    tf.zeros(1)
    with pytest.raises(RunError, match="One thread needs a new process"):
        use_one_thread()


@pytest.mark.slow
def test_one_thread_is_used_before_anything_is_computed():
    script = (
        "from cnn.runs.machine import use_one_thread; import tensorflow as tf; use_one_thread(); "
        "tf.zeros(1); threading = tf.config.threading; "
        "print(threading.get_intra_op_parallelism_threads(), "
        "threading.get_inter_op_parallelism_threads())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "1"]
