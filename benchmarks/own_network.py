"""Own networks: checking one as it is typed, training one, and random ones through everything.

python -m benchmarks.own_network [typing|training|random] [--networks 200]
"""

import argparse
import tempfile
import time
import traceback
from contextlib import closing
from pathlib import Path
from statistics import median

import numpy as np

from cnn.config import TrainingConfig
from cnn.data.mnist import Digits, load_digits, scaled
from cnn.networks.code_parsing import parse_code
from cnn.networks.code_writing import network_code, network_line
from cnn.networks.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnn.networks.shapes import describe
from tools.random_networks import random_network

PAIRS, EPOCHS, DIGITS, BATCH = 5, 2, 20_000, 128
EDITED = (
    Conv2D(16, 5, activation="relu"),
    MaxPooling2D(2),
    Conv2D(32, 3, activation="relu"),
    MaxPooling2D(2),
    Dropout(0.25),
    Flatten(),
    Dense(64, "relu"),
    Dense(10, "softmax"),
)


def measure_typing(count: int) -> None:
    """Print the time from a text, or from rows, to shapes and problems, of `count` networks."""
    networks = [random_network(seed) for seed in range(count)]
    texts = [network_code(layers) for layers in networks]
    parsed = [_milliseconds(lambda text=text: describe(parse_code(text).layers)) for text in texts]
    rows = [_milliseconds(lambda layers=layers: describe(layers)) for layers in networks]
    for name, times in (("from code to shapes", parsed), ("from rows to shapes", rows)):
        print(f"{name}: median {median(times):.2f} ms, slowest {max(times):.2f} ms")


def _milliseconds(call) -> float:
    began_s = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began_s)


def measure_training(count: int) -> None:
    """Print the ratio of the app's training of EDITED to a bare fit of the same network.

    By the clock, and by the processors' time, which other load on the machine changes less.
    """
    from cnn.training.fit import train
    from cnn.training.recorder import RunRecorder

    digits, test = load_digits("train"), load_digits("test")
    few = Digits(*(array[:200] for array in digits))
    config = TrainingConfig(
        network=network_line(EDITED), epochs=EPOCHS, limit=DIGITS, batch_size=BATCH
    )

    def in_app(folder: Path) -> np.ndarray:
        from cnn.runs.writing import create_run

        with closing(RunRecorder(create_run(config, folder), gradient_digits=few)) as recorder:
            began_s = _now_s()
            train(config, digits, test, [recorder])
            return _now_s() - began_s

    arrays = (scaled(digits.images[:DIGITS]), digits.labels[:DIGITS].astype("int32"))
    validation = (scaled(test.images), test.labels.astype("int32"))

    def bare() -> np.ndarray:
        names: dict = {}
        began_s = _now_s()
        exec(network_code(EDITED), names)  # the code that the app shows
        network = names["network"]
        network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        network.fit(
            *arrays,
            batch_size=BATCH,
            epochs=EPOCHS,
            validation_data=validation,
            validation_batch_size=500,
            verbose=0,
        )
        return _now_s() - began_s

    app_s, bare_s = [], []
    with tempfile.TemporaryDirectory() as folder:
        in_app(Path(folder)), bare()  # TensorFlow's first use
        for pair in range(PAIRS):
            order = (0, 1) if pair % 2 else (1, 0)
            for which in order:
                (app_s, bare_s)[which].append(bare() if which else in_app(Path(folder)))
    medians = (np.median(each, axis=0) for each in (app_s, bare_s))
    for name, app, other in zip(("clock", "processors"), *medians, strict=True):
        print(f"{name}: app {app:.2f} s, bare fit {other:.2f} s: ratio {app / other:.3f}")


def _now_s() -> np.ndarray:
    """The time by the clock, and that of the processors in all threads, in seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def check_random(count: int) -> None:
    """Print how many of `count` random networks build, train, save, load and export."""
    import keras

    from tools.network_check import check_network

    failed = 0
    for seed in range(count):
        keras.backend.clear_session()
        with tempfile.TemporaryDirectory() as folder:
            try:
                check_network(random_network(seed), Path(folder))
            except Exception:
                failed += 1  # and go on: the others count
                print(f"seed {seed}: {network_line(random_network(seed))}")
                traceback.print_exc()
    print(f"{count - failed} of {count} random networks build, train, save, load and export")


PARTS = {"typing": measure_typing, "training": measure_training, "random": check_random}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS)
    parser.add_argument("--networks", type=int, default=200, help="how many random networks")
    options = parser.parse_args()
    for part in [options.part] if options.part else PARTS:
        PARTS[part](options.networks)
