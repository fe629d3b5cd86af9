import io
import json
import os
import shutil
import time
from datetime import UTC, datetime

import numpy as np
import pytest

from cnn.config import PRESETS, TrainingConfig
from cnn.runs.locking import take_lock
from cnn.runs.run import (
    EMBEDDING_PATH,
    NOTEBOOK_PATH,
    PRETRAINED_PATH,
    Network,
    Run,
    RunError,
    list_runs,
    open_run,
    read_run,
    runs_path,
    shipped_runs,
)
from cnn.runs.state import STARTING_GRACE_S, RunState
from cnn.runs.writing import create_run, write_state
from cnn.training.recorder import RunRecorder

DEEP = "[" * 200_000  # deeper than Python's JSON reader goes


@pytest.fixture
def run():
    return create_run(TrainingConfig())


@pytest.fixture
def finished(run):
    write_state(run, RunState("finished"))
    return run


def refusal(call, *arguments) -> str:
    with pytest.raises(RunError) as raised:
        call(*arguments)
    message = str(raised.value)
    assert message.endswith(".")
    return message


def changed_config(run, **changes):
    values = json.loads((run.path / "config.json").read_text()) | changes
    (run.path / "config.json").write_text(json.dumps(values))


# The folder of runs


def test_the_environment_sets_the_folder_of_runs(folder, monkeypatch):
    assert runs_path() == folder
    monkeypatch.delenv("CNN_RUNS")
    assert runs_path().name == "runs"
    assert (runs_path().parent / "app.py").exists()


def test_a_missing_folder_has_no_runs(tmp_path):
    assert list_runs(tmp_path / "nothing") == ([], [])


def test_runs_are_listed_newest_first(folder):
    for day in (2, 3, 1):
        changed_config(
            create_run(TrainingConfig(epochs=day)), created=f"2026-11-0{day}T12:00+00:00"
        )
    runs, problems = list_runs()
    assert [run.config.epochs for run in runs] == [3, 2, 1]
    assert problems == []
    assert list_runs(folder) == (runs, problems)


def test_hidden_folders_and_files_are_not_listed(run, folder):
    (folder / ".draft").mkdir()
    (folder / "notes.txt").write_text("x")
    assert list_runs() == ([run], [])


# Shipped runs


def expect_a_finished_run(run, epochs, parameters):
    state = run.state()
    assert state.status == "finished"
    assert state.test_accuracy > 0.98
    assert run.epochs()["epoch"].tolist() == list(range(1, epochs + 1))
    assert run.test_accuracy(epochs) == pytest.approx(state.test_accuracy)
    if run.config.validation == "test":
        assert run.epochs()["val_accuracy"][-1] == pytest.approx(state.test_accuracy)
    steps = epochs * run.config.steps_per_epoch
    assert run.batches()["step"].tolist() == list(range(1, steps + 1))
    assert {0, epochs} <= set(run.saved_epochs())
    for epoch in run.saved_epochs():
        arrays = run.weights(epoch)
        assert sum(array.size for array in arrays) == parameters
    assert 0 < run.calibration().reject_threshold < 1


def test_the_pretrained_network_is_a_finished_run_like_any_other():
    run = open_run("pretrained")
    assert run == read_run(PRETRAINED_PATH)
    assert (run.id, run.title) == ("pretrained", "Pretrained network")
    assert run.config == PRESETS["drawing"]
    assert run.calibration().held_out
    expect_a_finished_run(run, epochs=run.config.epochs, parameters=207_818)


def test_the_notebooks_network_is_a_finished_run_as_well():
    run = open_run("notebook")
    assert (run.id, run.title) == ("notebook", "The notebook's network")
    assert run.config == TrainingConfig()
    assert run.saved_epochs() == [0, 1, 2, 3, 4, 5]
    expect_a_finished_run(run, epochs=5, parameters=93_322)


def test_the_embedding_network_is_a_finished_run_as_well():
    run = open_run("embedding")
    assert (run.id, run.title) == ("embedding", "Embedding network")
    assert run.config == PRESETS["embedding"]
    assert run.calibration().held_out
    expect_a_finished_run(run, epochs=10, parameters=130_890)


@pytest.mark.parametrize("path", [PRETRAINED_PATH, NOTEBOOK_PATH, EMBEDDING_PATH])
def test_a_shipped_run_weighs_less_than_5_megabytes(path):
    assert sum(file.stat().st_size for file in path.rglob("*")) < 5_000_000


def test_the_default_title_has_pooling_and_time(run):
    made = run.created.astimezone()
    assert run.title == f"Max, {made.day} {made:%b %H:%M:%S}"


# Ids from addresses


@pytest.mark.parametrize(
    "run_id",
    [
        *(
            "",
            ".",
            "..",
            "../x",
            "/etc",
            "a/b",
            "a\\b",
            "../../cnn/assets/pretrained",
            "./a",
            "a/..",
        ),
        *(".hidden", "nothing", "a b", "x\n", "x\0", "%2e%2e", "~", "a" * 100, "a" * 10_000),
    ],
    ids=lambda run_id: repr(run_id[:30]),
)
def test_an_unknown_or_invalid_id_is_refused(run, folder, run_id):
    (folder / ".hidden").mkdir()
    message = refusal(open_run, run_id)
    assert message.startswith("There is no run called ")
    assert len(message) < 300


def test_an_id_that_is_too_long_for_the_disk_is_refused(run):
    # 100 letters, but 300 bytes.
    assert refusal(open_run, "字" * 100).startswith("There is no run called ")


def test_no_id_leads_out_of_the_folder(tmp_path, folder):
    outside = create_run(TrainingConfig(), tmp_path / "outside")
    folder.mkdir()
    for run_id in (outside.id, f"../outside/{outside.id}", str(outside.path)):
        assert refusal(open_run, run_id).startswith("There is no run called ")


# The state of a run


def test_a_run_whose_worker_holds_the_lock_is_running(run):
    write_state(run, RunState("running"))
    lock = take_lock(run.path / "lock")
    assert run.state() == RunState("running")
    assert run.state().active
    os.close(lock)


def test_a_running_run_whose_lock_is_free_was_interrupted(run):
    write_state(run, RunState("running"))
    state = run.state()
    assert state.status == "interrupted"
    assert not state.active
    assert state.message == (
        "The training process exited unexpectedly (killed, out of memory, or a restart)."
    )


def test_a_starting_run_may_lock_late(run):
    assert run.state().status == "starting"
    long_ago = time.time() - STARTING_GRACE_S - 1
    os.utime(run.path / "state.json", (long_ago, long_ago))
    assert run.state().status == "interrupted"
    lock = take_lock(run.path / "lock")
    assert run.state().status == "starting"
    os.close(lock)


def test_a_worker_that_meets_a_reader_at_the_lock_has_not_exited(run):
    """Two pages looked at once: the worker has to try again, and until then is still starting."""
    write_state(run, RunState("starting"))
    reader = take_lock(run.path / "lock", shared=True)
    assert take_lock(run.path / "lock") is None
    assert run.state().status == "starting"
    os.close(reader)


def test_a_resumed_run_may_lock_late_in_spite_of_its_old_lock_file(run):
    (run.path / "lock").touch()
    write_state(run, RunState("starting"))  # started again
    assert run.state().status == "starting"
    os.utime(run.path / "lock")  # the new worker has started, and was killed
    assert run.state().status == "interrupted"


@pytest.mark.parametrize("back_s", [10, 3600, 10**7])
def test_a_clock_that_was_set_back_shows_no_run_as_starting_for_ever(run, back_s):
    for file in ("state.json", "lock"):
        (run.path / file).touch()
        os.utime(run.path / file, (0, time.time() + back_s))
    assert run.state().status == "interrupted"
    (run.path / "lock").unlink()  # a process that has not taken it yet
    late = "starting" if back_s < STARTING_GRACE_S else "interrupted"
    assert run.state().status == late


def test_a_run_that_is_resumed_after_the_clock_was_set_back_is_starting(run):
    (run.path / "lock").touch()
    os.utime(run.path / "lock", (0, time.time() + 3600))
    write_state(run, RunState("starting"))
    assert run.state().status == "starting"


def test_a_queued_run_is_active_without_a_lock(run):
    write_state(run, RunState("queued", queued_s=1.5))
    state = run.state()
    assert state == RunState("queued", queued_s=1.5)
    assert (state.active, state.training) == (True, False)


@pytest.mark.parametrize("status", ["finished", "stopped", "failed"])
def test_an_ended_run_needs_no_lock(run, status):
    write_state(run, RunState(status, test_accuracy=0.5))
    assert run.state() == RunState(status, test_accuracy=0.5)
    assert not run.state().active


# Damaged files

BAD_CONFIGS = {
    "missing": None,
    "empty": "",
    "cut off": '{"pooling": "max", "epo',
    "a list": "[]",
    "null": "null",
    "too deep": DEEP,
    "no date": '{"pooling": "max"}',
    "a number as date": '{"created": 5}',
    "no such date": '{"created": "yesterday"}',
    "unknown setting": '{"created": "2026-11-23T03:29:19+00:00", "depth": 3}',
    "a wrong type": '{"created": "2026-11-23T03:29:19+00:00", "epochs": "5"}',
    "out of bounds": '{"created": "2026-11-23T03:29:19+00:00", "epochs": 0}',
    "a huge number": f'{{"created": "2026-11-23T03:29:19+00:00", "seed": {"9" * 400}}}',
    "an overlong number": f'{{"created": "2026-11-23T03:29:19+00:00", "seed": {"9" * 5000}}}',
}
BAD_STATES = {
    "missing": None,
    "empty": "",
    "cut off": '{"status": "fini',
    "a list": "[]",
    "too deep": DEEP,
    "no status": "{}",
    "no such status": '{"status": "happy"}',
    "a number as status": '{"status": 3}',
    "a list as status": '{"status": []}',
    "unknown value": '{"status": "finished", "mood": "good"}',
    "text as its place": '{"status": "queued", "queued_s": "first"}',
    "text as accuracy": '{"status": "finished", "test_accuracy": "high"}',
    "a list as time": '{"status": "finished", "elapsed_s": [1]}',
    "a number as message": '{"status": "failed", "message": 5}',
}


def damage(path, content):
    if content is None:
        path.unlink()
    else:
        path.write_text(content)


def expect_one_problem(damaged):
    good = create_run(TrainingConfig())
    runs, problems = list_runs()
    assert runs == [good]
    [problem] = problems
    assert problem.startswith(f"Run {damaged.id}: ")
    assert problem.endswith(".")


@pytest.mark.parametrize("content", BAD_CONFIGS.values(), ids=BAD_CONFIGS)
def test_a_damaged_configuration_is_reported_and_other_runs_are_listed(run, content):
    damage(run.path / "config.json", content)
    assert refusal(open_run, run.id).startswith(f"Run {run.id}: config.json ")
    expect_one_problem(run)


@pytest.mark.parametrize("content", BAD_STATES.values(), ids=BAD_STATES)
def test_a_damaged_state_is_reported_and_other_runs_are_listed(run, content):
    damage(run.path / "state.json", content)
    assert refusal(run.state).startswith(f"Run {run.id}: state.json ")
    expect_one_problem(run)


def test_files_that_are_not_text_are_damaged(run):
    (run.path / "config.json").write_bytes(b"\xff\xfe\xfd")
    assert refusal(open_run, run.id) == f"Run {run.id}: config.json is damaged."
    (run.path / "state.json").write_bytes(b"\xff\xfe\xfd")
    assert refusal(run.state) == f"Run {run.id}: state.json is damaged."


def test_a_date_without_a_time_zone_does_not_break_the_list(run):
    create_run(TrainingConfig())
    changed_config(run, created="2026-11-23T03:29:19")
    runs, problems = list_runs()
    assert len(runs) + len(problems) == 2
    assert all(each.title for each in runs)


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_an_extreme_date_has_a_title_or_is_refused(run, year):
    changed_config(run, created=f"{year}-12-31T23:59:59+00:00")
    runs, problems = list_runs()
    assert len(runs) + len(problems) == 1
    assert all(each.title for each in runs)


def test_an_empty_folder_is_a_damaged_run(folder):
    (folder / "empty").mkdir(parents=True)
    assert list_runs() == ([], ["Run empty: config.json is missing."])


def table(run, content):
    (run.path / "batches.csv").write_bytes(content)
    return {name: column.tolist() for name, column in run.batches().items()}


@pytest.mark.parametrize("content", [b"", b"ste", b"step,loss,elapsed_s\n", b"step,loss\n1,0."])
def test_a_table_without_a_complete_line_is_empty(run, content):
    assert table(run, content) == {"step": [], "loss": [], "elapsed_s": []}


def test_a_missing_table_is_empty(run):
    assert {name: len(column) for name, column in run.epochs().items()} == {
        "epoch": 0,
        "loss": 0,
        "accuracy": 0,
        "val_loss": 0,
        "val_accuracy": 0,
        "elapsed_s": 0,
    }


@pytest.mark.parametrize(
    "rest", [b"", b"2", b"2,", b"2,0.25", b"2,0.25,", b"2,0.25,1.", b"2,0.25,1.5"]
)
def test_an_incomplete_last_line_is_left_out(run, rest):
    content = b"step,loss,elapsed_s\n1,0.5,0.125\n" + rest
    assert table(run, content) == {"step": [1], "loss": [0.5], "elapsed_s": [0.125]}


@pytest.mark.filterwarnings("ignore:loadtxt")
@pytest.mark.parametrize(
    "lines",
    [b"1,0.5\n", b"1,0.5,2,3\n", b"a,b,c\n", b"\n", b"1,0.5,0.1\n\n2,0.5,0.2\n", b"\xff\n", b"#\n"],
)
def test_a_table_with_an_invalid_line_is_damaged(run, lines):
    assert refusal(table, run, b"step,loss,elapsed_s\n" + lines) == (
        f"Run {run.id}: batches.csv is damaged."
    )


def test_a_table_that_is_a_folder_is_damaged(run):
    (run.path / "epochs.csv").mkdir()
    assert refusal(run.epochs) == f"Run {run.id}: epochs.csv is damaged."


def test_other_files_among_the_weights_are_ignored(run):
    recorder = RunRecorder(run)
    recorder.write_weights(7, [np.zeros(3)])
    recorder.close()
    for name in ("epoch_.npz", "epoch_1.npz.part", ".epoch_002.npz.77", "notes.txt", "epoch_x.npz"):
        (run.path / "weights" / name).write_bytes(b"")
    assert run.saved_epochs() == [7]


def npz_bytes():
    buffer = io.BytesIO()
    np.savez(buffer, array_00=np.arange(30.0), array_01=np.zeros(3))
    return buffer.getvalue()


def npy_bytes():
    buffer = io.BytesIO()
    np.save(buffer, np.arange(30.0))
    return buffer.getvalue()


def pickle_bytes():
    buffer = io.BytesIO()
    np.savez(buffer, array_00=np.array([{"a": 1}], dtype=object))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", npz_bytes()[:300], npz_bytes()[:-30], npy_bytes(), pickle_bytes()],
    ids=["empty", "text", "cut off", "cut off at its end", "a single array", "objects"],
)
def test_damaged_weights_raise_a_run_error(finished, content):
    (finished.path / "weights" / "epoch_003.npz").write_bytes(content)
    assert refusal(finished.weights, 3) == (
        f"Run {finished.id}: the weights of epoch 3 are damaged."
    )
    assert list_runs() == ([finished], [])


def test_a_wrong_byte_in_the_weights_raises_nothing_but_a_run_error(finished):
    content, path = npz_bytes(), finished.path / "weights" / "epoch_000.npz"
    wrong = []
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x09]) + content[place + 1 :])
        try:
            finished.weights(0)
        except RunError:
            pass
        except Exception as error:
            wrong.append(f"byte {place}: {error!r}")
    assert wrong == []


@pytest.mark.parametrize("epoch", [0, 1, -1, 10**9])
def test_missing_weights_raise_a_run_error(finished, epoch):
    assert refusal(finished.weights, epoch) == (
        f"Run {finished.id} has no weights of epoch {epoch}."
    )


def test_the_last_saved_epoch_is_the_highest_with_weights(run):
    assert run.last_saved_epoch == 0
    recorder = RunRecorder(run)
    for epoch in (0, 12, 9):
        recorder.write_weights(epoch, [np.zeros(1)])
    assert run.last_saved_epoch == 12


def test_a_stop_is_requested_by_a_file_until_it_is_cleared(run):
    run.clear_stop()
    assert not run.stop_requested
    run.request_stop()
    assert run.stop_requested
    assert (run.path / "stop").exists()
    run.clear_stop()
    assert not run.stop_requested


def test_the_reject_threshold_is_the_calibrated_one_or_one_half(run):
    assert run.reject_threshold == 0.5
    values = {"temperature": 1, "reject_threshold": 0.7, "digits": 5, "held_out": True}
    (run.path / "calibration.json").write_text(json.dumps(values))
    assert run.reject_threshold == 0.7


def test_a_copy_of_a_shipped_run_is_not_shipped(tmp_path):
    shipped = shipped_runs()
    assert [run.path for run in shipped] == [PRETRAINED_PATH, NOTEBOOK_PATH, EMBEDDING_PATH]
    assert all(run.shipped for run in shipped)
    copy = shutil.copytree(NOTEBOOK_PATH, tmp_path / "notebook")
    assert not read_run(copy).shipped


def test_started_s_is_when_the_state_was_last_written(run):
    os.utime(run.path / "state.json", (1_000, 2_000))
    assert run.started_s == 2_000
    (run.path / "state.json").unlink()
    assert run.started_s == 0


def test_a_network_is_named_by_its_run_and_epoch(run, folder):
    network = Network(run, 3)
    assert network.text == f"{run.id}@3"
    assert TrainingConfig(base=network.text).base == network.text
    assert Network.parse(network.text, folder) == network
    assert Network.parse("notebook@5") == Network(read_run(NOTEBOOK_PATH), 5)
    assert "There is no run called 'gone'" in refusal(Network.parse, "gone@1")


def test_written_s_is_when_the_weights_were_last_written(run):
    assert Network(run, 0).written_s == 0
    recorder = RunRecorder(run)
    recorder.write_weights(0, [np.zeros(1)])
    recorder.close()
    os.utime(run.path / "weights" / "epoch_000.npz", (1_000, 2_000))
    assert Network(run, 0).written_s == 2_000


def test_runs_of_the_same_folder_are_equal(run):
    assert Run(run.path, run.config, run.created) == open_run(run.id)
    assert run.created.tzinfo is not None
    assert run.created <= datetime.now(UTC)
