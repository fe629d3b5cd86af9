"""How long the preset `fast` takes beside `notebook`, and how good it is.

    python -m benchmarks.training_speed [--repeats 3] [--seeds 5]

Both train through the app's own worker processes, in turn, with all of their epochs. Prints, a JSON
line each:
- runs: per preset the seconds of each repeat, from the start of the first step to the end of the
  last epoch ("training") and from Start to the finished run with a warm worker ("all"), medians,
  and how many times as long `notebook` takes; when each first passed 98, 99 and 99.2 %.
- accuracy: the test accuracy of `fast` with several seeds, and their median.
- stages: what a training's seconds go into, from a run within this process: choosing and shifting
  batches (input, measured by itself: an upper bound, since it is done beside the steps),
  steps, evaluation, and writing, which is some hundredths and counted in the steps as well.
- limit: the seconds that the steps' arithmetic alone would take at the speed of a large matrix
  product here, and how many times as long the steps took. A step has the products of the forward
  pass twice more: for the gradients of the weights and (but in the first layer) of the inputs.
"""

import argparse
import json
import math
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from cnn.config import PRESETS, TrainingConfig
from cnn.jobs.queue import start_training
from cnn.jobs.warm_worker import ensure_warm_worker, warm_worker_is_ready
from cnn.runs.run import Run

MARKS = (0.98, 0.99, 0.992)
PATIENCE_S = 600


def train_in_worker(config: TrainingConfig, folder: Path) -> dict:
    """Train as the page does, with a worker that is warm; returns its seconds and accuracies."""
    ensure_warm_worker()
    _wait_until(warm_worker_is_ready)
    began_s = time.perf_counter()
    run = start_training(config, folder)
    _wait_until(lambda: not run.state().active, every_s=0.01)
    all_s = time.perf_counter() - began_s
    state = run.state()
    if state.status != "finished":
        raise RuntimeError(f"{config.preset}: {state.status}. {state.message}")
    return {
        "training": state.elapsed_s,
        "all": round(all_s, 2),
        "test_accuracy": state.test_accuracy,
        "passed_s": _passed(run),
    }


def _passed(run: Run) -> dict[str, float | None]:
    """For each of MARKS, the seconds until an epoch's validation accuracy was at least that."""
    epochs = run.epochs()
    found = {}
    for mark in MARKS:
        times_s = epochs["elapsed_s"][epochs["val_accuracy"] >= mark]
        found[f"{100 * mark:g} %"] = float(times_s[0]) if len(times_s) else None
    return found


def _wait_until(condition, every_s: float = 0.1) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise RuntimeError("waited in vain")
        time.sleep(every_s)


class Clock:
    """Adds up the seconds of what is called through it, by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, stage: str, function):
        """`function`, its seconds added to `stage`."""

        def timed_function(*arguments, **options):
            began_s = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                took_s = time.perf_counter() - began_s
                self.seconds[stage] = self.seconds.get(stage, 0.0) + took_s

        return timed_function


def stages_of(config: TrainingConfig, folder: Path) -> dict:
    """Train with `config` here; the seconds of each stage, and the precision it was computed in."""
    from cnn.jobs import worker
    from cnn.runs.machine import recorded_machine
    from cnn.runs.writing import create_run
    from cnn.training import fit as training
    from cnn.training import recorder
    from cnn.training.recorder import RunRecorder

    clock, run = Clock(), create_run(config, folder)
    originals = {}
    names = ("write_batch", "write_epoch", "write_weights")
    places = [(training.Validation, "on_epoch_end", "evaluation")]
    places += [(RunRecorder, name, "writing") for name in names]
    places += [(recorder, "write_checkpoint", "writing")]
    for owner, name, stage in places:
        originals[owner, name] = getattr(owner, name)
        setattr(owner, name, clock.timed(stage, originals[owner, name]))
    try:
        state = worker.work(run)
    finally:
        for (owner, name), original in originals.items():
            setattr(owner, name, original)
    seconds = {"input": _input_s(config), **clock.seconds}
    seconds["steps"] = state.elapsed_s - seconds["input"] - seconds["evaluation"]
    return {"seconds": seconds, "precision": recorded_machine(run).precision}


def _input_s(config: TrainingConfig) -> float:
    """The seconds that the batches of all epochs take by themselves."""
    import tensorflow as tf

    from cnn.data.mnist import load_digits
    from cnn.data.training_set import build_training_set
    from cnn.training.input_pipeline import shuffled_batches

    batches = shuffled_batches(build_training_set(config, load_digits("train")), config)

    @tf.function
    def look_at_all(dataset):
        sums = 0.0
        for images, _ in dataset:
            sums += images[0, 0, 0, 0]
        return sums

    def epoch_input(epoch):
        float(look_at_all(batches))

    epoch_input(0)  # built
    began_s = time.perf_counter()
    for epoch in range(config.epochs):
        epoch_input(epoch)
    return time.perf_counter() - began_s


def matrix_speed(precision: str, side: int = 2048) -> float:
    """Floating-point operations a second in a product of square matrices: the best of a few."""
    import tensorflow as tf

    matrix = tf.cast(tf.random.stateless_uniform((side, side), seed=(0, 0)), precision)
    multiply = tf.function(lambda matrix: tf.cast(tf.matmul(matrix, matrix)[0, 0], tf.float32))
    float(multiply(matrix))  # built now
    times_s = []
    for _ in range(7):
        began_s = time.perf_counter()
        float(multiply(matrix))  # waits until it is there
        times_s.append(time.perf_counter() - began_s)
    return 2 * side**3 / min(times_s)


def arithmetic_s(config: TrainingConfig, precision: str) -> float:
    """The seconds of the products in all steps, at the measured speed of a large matrix product."""
    from cnn.models.network import build_network

    products = 0
    for place, layer in enumerate(each for each in build_network(config).layers if each.weights):
        places = layer.output.shape[1:-1]  # where a kernel lies; a dense layer has one place
        forward = math.prod(layer.weights[0].shape) * math.prod(places)
        products += forward * (3 if place else 2)
    operations = 2 * products * config.images_per_epoch * config.epochs
    return operations / matrix_speed(precision)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    presets = {name: PRESETS[name] for name in ("notebook", "fast")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found: dict[str, list[dict]] = {preset: [] for preset in presets}
        for _ in range(options.repeats):
            for preset, config in presets.items():
                found[preset].append(train_in_worker(config, folder))
        for part in ("training", "all"):
            seconds = {preset: [each[part] for each in found[preset]] for preset in presets}
            medians = {preset: statistics.median(values) for preset, values in seconds.items()}
            ratio = round(medians["notebook"] / medians["fast"], 2)
            print(
                json.dumps({"runs": part, "seconds": seconds, "medians": medians, "ratio": ratio})
            )
        for preset in presets:
            passed = [each["passed_s"] for each in found[preset]]
            print(json.dumps({"preset": preset, "passed_s": passed}), flush=True)
        accuracies = [
            train_in_worker(replace(presets["fast"], seed=seed), folder)["test_accuracy"]
            for seed in range(options.seeds)
        ]
        median = statistics.median(accuracies)
        print(json.dumps({"preset": "fast", "accuracy": accuracies, "median": median}), flush=True)
        for preset, config in presets.items():
            stages = stages_of(config, folder)
            seconds, precision = stages["seconds"], stages["precision"]
            total = sum(seconds.values())
            shares = {stage: round(took_s / total, 3) for stage, took_s in seconds.items()}
            rounded = {stage: round(took_s, 2) for stage, took_s in seconds.items()}
            print(json.dumps({"stages": preset, "seconds": rounded, "shares": shares}))
            limit_s = arithmetic_s(config, precision)
            ratio = round(seconds["steps"] / limit_s, 2)
            print(
                json.dumps(
                    {"limit": preset, precision: round(limit_s, 2), "steps_take_times": ratio}
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
