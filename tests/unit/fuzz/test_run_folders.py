"""Run folders with anything in each of their files: every reader gives an answer or a RunError.

Of 25 files and kinds of damage, 120 cases each; 250 of what the queue and a resumed worker do with
such a folder, and 150 of experiments: 3,400 in all. All of tests/unit/fuzz: 13,100.
"""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn.config import TrainingConfig
from cnn.jobs import local_executor
from cnn.jobs.experiments import list_experiments, outcomes
from cnn.jobs.queue import JobError, active_runs, start_waiting
from cnn.jobs.resuming import can_resume, more_epochs_for, resume_training, unfinished_batches
from cnn.rendering.charts import batch_loss_chart, epoch_chart
from cnn.rendering.histogram_chart import ridge_chart
from cnn.rendering.text import percent
from cnn.runs import files
from cnn.runs.catalog import ORDERS, sort_summaries, summary_of
from cnn.runs.checkpoints import find_checkpoint, last_complete_epoch, roll_back
from cnn.runs.differences import config_text, distinct_titles
from cnn.runs.histograms import BINS, GRADIENT_COLUMNS, gradient_histograms, weight_histograms
from cnn.runs.imported import import_of
from cnn.runs.live_kernels import read_live_kernels
from cnn.runs.machine import recorded_machine
from cnn.runs.notes import read_notes
from cnn.runs.pausing import pause_after, paused_after
from cnn.runs.progress import progress_of
from cnn.runs.run import BATCH_COLUMNS, EPOCH_COLUMNS, Run, RunError, list_runs, read_run
from cnn.runs.state import RunState
from cnn.runs.writing import create_run
from tests.unit.fuzz.values import ANY_JSON, DEEP, changed, damaged

CASES = 120  # of each file and kind of damage
ID = "20261123-031200-max-a3f9"


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def csv(columns, *rows) -> bytes:
    return "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows), ""]).encode()


CONFIG = {**TrainingConfig(epochs=3, limit=200, batch_size=100).as_dict()}
JSON = {
    "config.json": CONFIG | {"created": "2026-11-23T03:12:00+00:00"},
    "state.json": {
        "status": "finished",
        "message": "x",
        "test_loss": 0.1,
        "test_accuracy": 0.9,
        "elapsed_s": 3.5,
        "queued_s": 1.0,
    },
    "notes.json": {"note": "a\nb", "tags": ["one", "two"]},
    "test.json": {"epoch": 2, "loss": 0.1, "accuracy": 0.9},
    "calibration.json": {
        "temperature": 1.1,
        "reject_threshold": 0.7,
        "digits": 5,
        "held_out": True,
    },
    "imported.json": {"file": "a.keras", "keras": "3.15", "notes": ["n"]},
    "machine.json": {
        "precision": "float32",
        "threads": 2,
        "processor": "p",
        "tensorflow": "2",
        "keras": "3",
        "framework": "f",
    },
}
TABLES = {
    "batches.csv": (BATCH_COLUMNS, [(i, 0.5, 0.1 * i) for i in range(1, 5)]),
    "epochs.csv": (EPOCH_COLUMNS, [(i, 0.5, 0.9, 0.4, 0.95, 10.0 * i) for i in (1, 2)]),
    "gradients.csv": (GRADIENT_COLUMNS, [(i, 0, -1, 1, *range(BINS)) for i in (1, 2)]),
}
ARRAYS = {
    "live.npz": npz(step=3, kernels=np.zeros((3, 3, 1, 2), np.float32)),
    "checkpoint.npz": npz(epoch=2, elapsed_s=3.0, weights_00=np.zeros(3), optimizer_00=np.ones(2)),
    "weights/epoch_001.npz": npz(array_00=np.zeros((3, 3, 1, 2)), array_01=np.ones(2)),
}
TEXTS = {"name.txt": b"A name", "pause": b"12", "paused": b"11"}
NUMBERS = st.one_of(
    st.integers(-2, 5).map(str),
    st.floats().map(str),
    st.sampled_from(
        ["", "1e400", "-1e400", "nan", "9" * 5000, "1_0", " 1 ", "0x1", "１", "#", "a"]
    ),
)


def content_of(file: str, kind: str) -> st.SearchStrategy[bytes]:
    if kind == "json":
        any_json = ANY_JSON | changed(JSON[file]) | st.just(DEEP)
        return any_json.map(lambda values: json.dumps(values).encode())
    if kind == "table":
        columns, rows = TABLES[file]
        good = st.sampled_from(rows).map(list)
        row = st.lists(NUMBERS, min_size=len(columns), max_size=len(columns))
        near = st.builds(
            lambda row, at, value: [*row[:at], value, *row[at + 1 :]],
            *(good, st.integers(0, min(5, len(columns) - 1)), NUMBERS),
        )
        rows = st.lists(near | good | row | st.lists(NUMBERS, max_size=3), max_size=4)
        return rows.map(lambda rows: csv(columns, *rows))
    if kind == "text":
        return st.binary(max_size=90) | st.text("0123456789", max_size=6000).map(str.encode)
    return damaged(whole(file))


def whole(file: str) -> bytes:
    if file in JSON:
        return json.dumps(JSON[file]).encode()
    if file in TABLES:
        return csv(TABLES[file][0], *TABLES[file][1])
    return (ARRAYS | TEXTS)[file]


DAMAGE = [
    *((file, "json") for file in JSON),
    *((file, "table") for file in TABLES),
    *((file, "text") for file in TEXTS),
    *((file, "bytes") for file in (*JSON, *TABLES, *ARRAYS) if file != "imported.json"),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A folder with one run, all of whose files are there."""
    folder = tmp_path_factory.mktemp("runs")
    run = folder / ID
    (run / "weights").mkdir(parents=True)
    for file in (*JSON, *TABLES, *ARRAYS, *TEXTS):
        (run / file).write_bytes(whole(file))
    (run / "weights" / "epoch_000.npz").write_bytes(ARRAYS["weights/epoch_001.npz"])
    return folder


def allowed(call: Callable, *arguments):
    """The result of `call`, or None if it raises RunError with a sentence."""
    try:
        return call(*arguments)
    except RunError as error:
        expect_sentence(str(error))
        return None


def expect_sentence(text: str) -> None:
    assert text.endswith(".") and len(text) < 3000
    text.encode()  # else it cannot be sent to a browser


def expect_text(text: str) -> None:
    assert isinstance(text, str) and len(text) < 20_000
    text.encode()


def expect_chart(chart) -> None:
    json.dumps(chart)


def look_at(run: Run) -> None:
    """All that the pages read of a run."""
    for text in (
        run.title,
        run.created_text,
        config_text(run.config),
        *distinct_titles([run]).values(),
    ):
        expect_text(text)
    if state := allowed(run.state):
        expect_text(state.message)
        if state.test_accuracy is not None:
            expect_text(percent(state.test_accuracy, 2))
    batches, epochs = allowed(run.batches), allowed(run.epochs)
    if batches:
        expect_chart(batch_loss_chart(batches, run.config))
        expect_chart(batch_loss_chart(batches, run.config, growing=True))
        progress = progress_of(run, batches)
        assert progress.batch >= 0
    if epochs:
        for figure in ("loss", "accuracy"):
            expect_chart(epoch_chart(epochs, figure, run.config))
    assert 0 <= run.reject_threshold <= 1
    for epoch in run.saved_epochs():
        allowed(run.weights, epoch)
        run.test_accuracy(epoch)
    for call in (can_resume, unfinished_batches, last_complete_epoch, find_checkpoint, read_notes):
        allowed(call, run)
    allowed(more_epochs_for, run, 5)
    for histograms in (gradient_histograms, weight_histograms):
        if found := allowed(histograms, run, 0):
            expect_chart(ridge_chart(found, "gradient"))
    if source := import_of(run):
        expect_text(source.text)
    if machine := recorded_machine(run):
        expect_text(machine.processor + machine.computed_with)
    for call in (read_live_kernels, pause_after, paused_after):
        call(run)


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
@pytest.mark.parametrize(("file", "kind"), DAMAGE, ids=map(" ".join, DAMAGE))
@settings(max_examples=CASES)
@given(data=st.data())
def test_any_content_of_any_file_is_read_or_gets_a_sentence(template, file, kind, data):
    path = template / ID / file
    path.write_bytes(data.draw(content_of(file, kind)))
    files._parse_columns.cache_clear()  # it tells files apart by their size and time
    try:
        runs, problems = list_runs(template)
        assert len(runs) + len(problems) == 1
        for problem in problems:
            expect_sentence(problem)
        for run in runs:
            look_at(run)
        summaries = list(filter(None, (allowed(summary_of, run) for run in runs)))
        for order in ORDERS:
            assert len(sort_summaries([*summaries, *summaries], order)) == 2 * len(summaries)
        for each in summaries:
            expect_text(each.title + each.changes + each.notes.note + "".join(each.notes.tags))
    finally:
        path.write_bytes(whole(file))


@pytest.fixture(scope="module")
def no_worker():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_executor, "spawn_worker", lambda run: None)
        yield


# The queue, a worker at its start, and a resumed run


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
@settings(max_examples=250)
@given(data=st.data())
def test_the_queue_and_a_resumed_worker_take_any_folder(no_worker, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("runs")
    good = create_run(TrainingConfig(), folder, state=RunState("queued", queued_s=2.0))
    run = folder / ID
    (run / "weights").mkdir(parents=True)
    status = data.draw(st.sampled_from(["queued", "stopped", "running", "starting"]))
    for file in (*JSON, *TABLES, *ARRAYS):
        if file != "imported.json":
            (run / file).write_bytes(whole(file))
    (run / "state.json").write_text(json.dumps({"status": status, "queued_s": 1}))
    file, kind = data.draw(st.sampled_from([each for each in DAMAGE if each[0] != "imported.json"]))
    (run / file).write_bytes(data.draw(content_of(file, kind)))
    files._parse_columns.cache_clear()
    try:
        assert good in active_runs(folder)
        start_waiting(folder)
        found = allowed(read_run, run)
        if found:
            try:
                allowed(resume_training, found)
            except JobError as error:
                expect_sentence(str(error))
            allowed(roll_back, found)
    finally:
        shutil.rmtree(folder)


EXPERIMENT = {
    "id": "20261123-031200-a3f9",
    "setting": "pooling",
    "values": ["max", "sum"],
    "seeds": [0, 1],
    "runs": [[ID, "b"], ["c", "notebook"]],
    "data": "",
}


@settings(max_examples=150)
@given(values=ANY_JSON | changed(EXPERIMENT))
def test_any_experiment_is_shown_or_left_out(template, values):
    path = template / ".experiments" / "20261123-031200-a3f9.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(values))
    for each in list_experiments(template):
        expect_text(each.title)
        assert len(outcomes(each, template)) == len(each.values)
