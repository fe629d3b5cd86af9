"""Training time and accuracy of the preset `fast`, compared with `notebook`.

    python -m benchmarks.training_speed [--repeats 3] [--seeds 5]

Both train alternately in the app's worker processes, with all of their epochs. Prints JSON lines:
- runs: per preset the seconds of each repeat, from the start of the first step to the end of the
  last epoch ("training") and from Start to the finished run with a warm worker ("all"), their
  medians, and the ratio of `notebook` to `fast`; the seconds until 98, 99 and 99.2 %.
- accuracy: the test accuracy of `fast` with several seeds, and their median.
- stages: the seconds of each stage of a training in this process: input (measured separately, an
  upper bound, since it runs in parallel to the steps), steps, evaluation, and writing (some
  hundredths, which are included in the steps).
- limit: the seconds of the arithmetic of all steps at the speed of a large matrix product, and the
  ratio of the measured steps to it. A step repeats the products of the forward pass twice: for the
  gradients of the weights and (except in the first layer) of the inputs.
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

TARGETS = (0.98, 0.99, 0.992)
TIMEOUT_S = 600


def train_in_worker(config: TrainingConfig, folder: Path) -> dict:
    """Train as the page does, with a warm worker; return seconds and accuracies."""
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
        "reached_s": _reached(run),
    }


def _reached(run: Run) -> dict[str, float | None]:
    """The seconds until the validation accuracy of an epoch reached each of TARGETS."""
    epochs = run.epochs()
    found = {}
    for target in TARGETS:
        times_s = epochs["elapsed_s"][epochs["val_accuracy"] >= target]
        found[f"{100 * target:g} %"] = float(times_s[0]) if len(times_s) else None
    return found


def _wait_until(condition, every_s: float = 0.1) -> None:
    deadline_s = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"not ready after {TIMEOUT_S} s")
        time.sleep(every_s)


class Clock:
    """Measures the total seconds of function calls by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def timed(self, stage: str, function):
        """Return `function` with its seconds added to `stage`."""

        def timed_function(*arguments, **options):
            began_s = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                took_s = time.perf_counter() - began_s
                self.seconds[stage] = self.seconds.get(stage, 0.0) + took_s

        return timed_function


def stages_of(config: TrainingConfig, folder: Path) -> dict:
    """Train with `config` in this process; return the seconds of each stage, and the precision."""
    from cnn.jobs import worker
    from cnn.runs.machine import recorded_machine
    from cnn.runs.writing import create_run
    from cnn.training import recorder
    from cnn.training.fit import Validation
    from cnn.training.recorder import RunRecorder

    clock, run = Clock(), create_run(config, folder)
    originals = {}
    names = ("write_batch", "write_epoch", "write_weights")
    targets = [(Validation, "on_epoch_end", "evaluation")]
    targets += [(RunRecorder, name, "writing") for name in names]
    targets += [(recorder, "write_checkpoint", "writing")]
    for owner, name, stage in targets:
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
    """The seconds of the input pipeline alone, over all epochs."""
    import tensorflow as tf

    from cnn.data.mnist import load_digits
    from cnn.data.training_set import build_training_set
    from cnn.training.input_pipeline import shuffled_batches

    batches = shuffled_batches(build_training_set(config, load_digits("train")), config)

    @tf.function
    def consume(dataset):
        sums = 0.0
        for images, _ in dataset:
            sums += images[0, 0, 0, 0]
        return sums

    float(consume(batches))  # compiles
    began_s = time.perf_counter()
    for _ in range(config.epochs):
        float(consume(batches))
    return time.perf_counter() - began_s


def matrix_speed(precision: str, side: int = 2048) -> float:
    """Floating-point operations per second of a product of square matrices, the best of seven."""
    import tensorflow as tf

    matrix = tf.cast(tf.random.stateless_uniform((side, side), seed=(0, 0)), precision)
    multiply = tf.function(lambda matrix: tf.cast(tf.matmul(matrix, matrix)[0, 0], tf.float32))
    float(multiply(matrix))  # compiles
    times_s = []
    for _ in range(7):
        began_s = time.perf_counter()
        float(multiply(matrix))  # waits for the result
        times_s.append(time.perf_counter() - began_s)
    return 2 * side**3 / min(times_s)


def arithmetic_s(config: TrainingConfig, precision: str) -> float:
    """The seconds of the products of all steps at the speed of a large matrix product."""
    from cnn.models.network import build_network

    products = 0
    for index, layer in enumerate(each for each in build_network(config).layers if each.weights):
        positions = layer.output.shape[1:-1]  # of a kernel; a dense layer has one
        forward = math.prod(layer.weights[0].shape) * math.prod(positions)
        products += forward * (3 if index else 2)
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
        results: dict[str, list[dict]] = {preset: [] for preset in presets}
        for _ in range(options.repeats):
            for preset, config in presets.items():
                results[preset].append(train_in_worker(config, folder))
        for part in ("training", "all"):
            seconds = {preset: [each[part] for each in results[preset]] for preset in presets}
            medians = {preset: statistics.median(values) for preset, values in seconds.items()}
            ratio = round(medians["notebook"] / medians["fast"], 2)
            print(
                json.dumps({"runs": part, "seconds": seconds, "medians": medians, "ratio": ratio})
            )
        for preset in presets:
            reached = [each["reached_s"] for each in results[preset]]
            print(json.dumps({"preset": preset, "reached_s": reached}), flush=True)
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
                json.dumps({"limit": preset, precision: round(limit_s, 2), "ratio": ratio}),
                flush=True,
            )


if __name__ == "__main__":
    main()
