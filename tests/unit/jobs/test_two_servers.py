"""Several servers on one folder of runs, at once: each run has one worker, and none is lost.

The workers are real processes that hold their run's lock, wait for a stop, and take the next run
from the queue; they train nothing.
"""

import json
import subprocess
import sys
from collections import Counter

import pytest

from cnn.constants import PROJECT_PATH
from cnn.jobs.queue import active_runs, start_waiting
from cnn.jobs.trash import TRASH, deleted_id
from cnn.runs.locking import is_locked
from cnn.runs.run import list_runs
from tests.unit.waiting import PATIENCE_S, wait_until

SERVERS, CHANGES = 3, 40
SERVER = """
import json, os, random, sys, time
from pathlib import Path
from cnn.config import TrainingConfig
from cnn.jobs import local_executor, queue, worker
from cnn.jobs.queue import JobError, start_training, start_waiting, stop_training
from cnn.jobs.resuming import resume_training
from cnn.jobs.trash import delete, restore_deleted
from cnn.runs.run import RunError, list_runs
from cnn.runs.state import RunState
from cnn.runs.writing import write_state

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
random.seed(seed)

def note(*words):
    with (folder / ".journal").open("a") as journal:
        journal.write(json.dumps(words) + "\\n")

def train(run):
    while run:
        lock = worker._take_run_lock(run)
        note("locked", run.id)
        write_state(run, RunState("running"))
        stopped = False
        for _ in range(random.randrange(8)):
            time.sleep(0.005)
            stopped = stopped or run.stop_requested
        write_state(run, RunState("stopped" if stopped else "finished"))
        note("ended", run.id)
        os.close(lock)
        run = queue.take_next(folder, run.config)

def spawn(run):
    if os.fork():
        return
    os.closerange(3, 200)  # a worker does not have the server's locks
    try:
        train(run)
    except BaseException as error:
        note("raised", run.id, repr(error))
    finally:
        os._exit(0)

local_executor.spawn_worker = spawn
print("ready", flush=True)
sys.stdin.readline()
started, deleted = [], []
for number in range(int(sys.argv[3])):
    runs = list_runs(folder)[0]
    try:
        change = random.choice(["start", "start", "stop", "resume", "delete", "restore", "wait"])
        if change == "start":
            started.append(start_training(TrainingConfig(seed=seed * 1000 + number), folder).id)
        elif change == "stop" and runs:
            stop_training(random.choice(runs))
        elif change == "resume" and runs:
            resume_training(random.choice(runs))
        elif change == "delete" and runs:
            deleted += delete(random.sample(runs, min(2, len(runs))))
        elif change == "restore" and deleted:
            restore_deleted([deleted.pop()])
        else:
            start_waiting(folder)
    except (JobError, RunError) as error:
        assert str(error).endswith("."), error
print(json.dumps(started))
"""


@pytest.mark.slow
def test_runs_of_several_servers_have_one_worker_each_and_none_is_lost(folder, monkeypatch):
    monkeypatch.setenv("CNN_MAX_PARALLEL", "3")
    monkeypatch.setenv("CNN_WARM_WORKER", "0")
    folder.mkdir()
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", SERVER, str(folder), str(seed), str(CHANGES)],
            cwd=PROJECT_PATH,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(1, SERVERS + 1)
    ]
    assert [server.stdout.readline() for server in servers] == ["ready\n"] * SERVERS
    for server in servers:
        server.stdin.write("\n")
        server.stdin.flush()
    started = [
        run_id
        for server in servers
        for run_id in json.loads(server.communicate(timeout=PATIENCE_S)[0])
    ]
    wait_until(lambda: not [run for run in active_runs(folder) if run.state().training])
    assert [server.returncode for server in servers] == [0] * SERVERS

    # The worker of the last run has taken all that was queued, or a page does it now.
    runs, problems = list_runs(folder)
    assert problems == []
    kept = [run.id for run in runs]
    trash = [deleted_id(path) for path in (folder / TRASH).glob("*")]
    assert Counter(kept + trash) == Counter(started)
    assert {run.state().status for run in runs} <= {"finished", "stopped", "queued"}
    assert not [run.id for run in runs if is_locked(run.path / "lock")]
    assert not is_locked(folder / ".queue")
    assert {path.name for path in folder.glob(".*")} <= {".queue", ".journal", TRASH}

    journal = [json.loads(line) for line in (folder / ".journal").read_text().splitlines()]
    assert not [words for words in journal if words[0] == "raised"]
    training: set[str] = set()
    for what, run_id in journal:
        if what == "locked":
            assert run_id not in training
            training.add(run_id)
        else:
            training.remove(run_id)
    assert training == set()
    assert len(journal) > 3 * SERVERS
    start_waiting(folder)
