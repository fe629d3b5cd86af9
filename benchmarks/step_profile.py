"""Where a training step of `fast` spends its time, by TensorFlow's profiler.

    python -m benchmarks.step_profile [--preset fast] [--rounds 3]

Prints JSON lines, with the precision of this processor:
- steps: milliseconds per step in each round, unprofiled and profiled, and the ratio of their
  medians (what profiling costs).
- operations: milliseconds of each kind of operation per step, from the profiler. Operations that
  compute at the same time share the processors, so that the times are scaled to the step.
- limit: milliseconds of each layer's products, forward and backward, at the speed of a large matrix
  product, and how many times as long they take ("layers", and "products" for all). "rest" is all
  that is no product: with products at their limit, a step would still take 1 + rest times as long.
"""

import argparse
import json
import math
import re
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.training_speed import matrix_speed
from cnn.config import PRESETS, TrainingConfig

STEPS = 64  # per round
PRODUCTS = re.compile(r"/(conv_\d|dense_\d)(?:_\d+)?/.*:_?(?:Mkl)?(?:Native)?\w*(?:Conv2D|MatMul)")
KINDS = {  # the first that an operation's name matches
    "convolutions, with bias and ReLU": re.compile(r":\w*Conv2D"),
    "dense layers": re.compile(r"/dense_\d\w*/.*:\w*MatMul"),
    "optimizer": re.compile(r"/(muon|adam\w*|sgd|rmsprop)/"),
    "pooling": re.compile(r":\w*Pool"),
    "gradients of ReLU": re.compile(r":\w*ReluGrad"),
    "input": re.compile(r"^(Roll|GatherV2|Cast|truediv|stateless|strided)"),
}


def fitted_network(config: TrainingConfig, precision: str):
    """Return the network and its batches, as `cnn.training.fit` trains it but without metrics."""
    import keras

    from cnn.data.mnist import load_digits
    from cnn.data.training_set import build_training_set
    from cnn.models.network import build_network
    from cnn.training.input_pipeline import shuffled_batches

    keras.utils.set_random_seed(config.seed)
    network = build_network(config, precision)
    network.compile(
        optimizer=network.optimizer,
        loss=network.loss,
        steps_per_execution=config.steps_per_execution,
    )
    training_set = build_training_set(config, load_digits("train"))
    return network, shuffled_batches(training_set, config).take(STEPS)


def step_ms(network, batches) -> float:
    """Return the milliseconds per step of an epoch of STEPS steps."""
    began_s = time.perf_counter()
    network.fit(batches, epochs=1, shuffle=False, verbose=0)
    return 1000 * (time.perf_counter() - began_s) / STEPS


def traced_ms(network, batches) -> tuple[float, Counter]:
    """Return `step_ms` under the profiler, and the milliseconds per step of each operation."""
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    with tempfile.TemporaryDirectory() as name:
        tf.profiler.experimental.start(name)
        took_ms = step_ms(network, batches)
        tf.profiler.experimental.stop()
        trace = xplane_pb2.XSpace()
        (path,) = Path(name).rglob("*.xplane.pb")
        trace.ParseFromString(path.read_bytes())
    operations: Counter = Counter()
    for plane in trace.planes:
        for line in plane.lines:
            for event in line.events:
                operation = plane.event_metadata[event.metadata_id].name
                if re.search(r"[\w/]:_?[A-Z]\w+$", operation):  # not the executor's own events
                    operations[operation] += event.duration_ps / 1e9 / STEPS
    return took_ms, operations


def by_kind(operations: Counter) -> Counter:
    """Return the sum of `operations` of each of KINDS; "other" is the rest."""
    sums: Counter = Counter()
    for operation, took_ms in operations.items():
        matching = (kind for kind, pattern in KINDS.items() if pattern.search(operation))
        sums[next(matching, "other")] += took_ms
    return sums


def by_layer(operations: Counter) -> Counter:
    """Return the milliseconds of the products of each layer, forward and backward."""
    sums: Counter = Counter()
    for operation, took_ms in operations.items():
        if found := PRODUCTS.search(operation):
            sums[found[1]] += took_ms
    return sums


def limits_ms(network, batch_size: int, speed: float) -> dict[str, float]:
    """Return the milliseconds of the products of each layer at `speed` operations per second."""
    limits = {}
    for index, layer in enumerate(each for each in network.layers if each.weights):
        positions = math.prod(layer.output.shape[1:-1])  # of a kernel; a dense layer has one
        forward = batch_size * positions * math.prod(layer.weights[0].shape)
        # Backward, as many for the gradients of the weights and (but in the first layer) the inputs
        limits[layer.name] = 1000 * 2 * forward * (3 if index else 2) / speed
    return limits


def scaled(operations: Counter, to_ms: float) -> dict[str, float]:
    """Return `operations` scaled so that their sum is `to_ms`, the longest first."""
    total = sum(operations.values())
    return {name: took_ms * to_ms / total for name, took_ms in operations.most_common()}


def report(**figures) -> None:
    """Print `figures` as a JSON line; numbers with two decimals."""
    print(json.dumps({name: _rounded(value) for name, value in figures.items()}), flush=True)


def _rounded(value):
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 2) if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=("notebook", "fast", "drawing"), default="fast")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    from cnn.training.precision import fastest_precision

    config = PRESETS[options.preset]
    precision = fastest_precision() if config.recipe.bfloat16 else "float32"
    network, batches = fitted_network(config, precision)
    step_ms(network, batches)  # compiles
    plain, traced, operations = [], [], Counter()
    for _ in range(options.rounds):
        plain.append(step_ms(network, batches))
        took_ms, found = traced_ms(network, batches)
        traced.append(took_ms)
        operations.update(found)
    step = statistics.median(plain)
    ratio = statistics.median(traced) / step
    report(steps=options.preset, precision=precision, plain=plain, traced=traced, ratio=ratio)
    kinds = scaled(by_kind(operations), step)
    report(operations=kinds)
    speed = matrix_speed(precision)
    limits = limits_ms(network, config.batch_size, speed)
    limit = sum(limits.values())
    # With the same scale as above, in which all operations together take one step.
    per_step = step / sum(operations.values())
    layers = {name: took_ms * per_step for name, took_ms in by_layer(operations).items()}
    report(
        gigaflops=round(speed / 1e9),
        limit=limits,
        layers={name: layers[name] / limits[name] for name in limits},
        products=sum(layers.values()) / limit,
        rest=(step - sum(layers.values())) / limit,
        ratio=step / limit,
    )


if __name__ == "__main__":
    main()
