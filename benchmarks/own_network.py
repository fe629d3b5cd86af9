"""Own networks: checking one as it is typed, training one, and random ones through everything.

python -m benchmarks.own_network [typing] [training] [random]
"""

import sys
import tempfile
import time
import traceback
from contextlib import closing
from pathlib import Path
from statistics import median

from cnn.config import TrainingConfig
from cnn.data.mnist import Digits, load_digits, scaled
from cnn.networks.code_parsing import parse_code
from cnn.networks.code_writing import network_code, network_line
from cnn.networks.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnn.networks.shapes import describe
from tools.random_networks import random_network

NETWORKS = 200  # random ones
PAIRS, EPOCHS, DIGITS, BATCH = 7, 2, 20_000, 128
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


def measure_typing() -> None:
    """Print the time from a text, or from rows, to shapes and problems."""
    networks = [random_network(seed) for seed in range(NETWORKS)]
    texts = [network_code(layers) for layers in networks]
    parsed = [_milliseconds(lambda text=text: describe(parse_code(text).layers)) for text in texts]
    rows = [_milliseconds(lambda layers=layers: describe(layers)) for layers in networks]
    for name, times in (("from code to shapes", parsed), ("from rows to shapes", rows)):
        print(f"{name}: median {median(times):.2f} ms, slowest {max(times):.2f} ms")


def _milliseconds(call) -> float:
    began_s = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began_s)


def measure_training() -> None:
    """Print the ratio of the app's training of EDITED to a bare fit of the same network."""
    from cnn.training.fit import train
    from cnn.training.recorder import RunRecorder

    digits, test = load_digits("train"), load_digits("test")
    few = Digits(*(array[:200] for array in digits))
    config = TrainingConfig(
        network=network_line(EDITED), epochs=EPOCHS, limit=DIGITS, batch_size=BATCH
    )

    def in_app(folder: Path) -> float:
        from cnn.runs.writing import create_run

        with closing(RunRecorder(create_run(config, folder), gradient_digits=few)) as recorder:
            began_s = time.perf_counter()
            train(config, digits, test, [recorder])
            return time.perf_counter() - began_s

    arrays = (scaled(digits.images[:DIGITS]), digits.labels[:DIGITS].astype("int32"))
    validation = (scaled(test.images), test.labels.astype("int32"))

    def bare() -> float:
        names: dict = {}
        began_s = time.perf_counter()
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
        return time.perf_counter() - began_s

    app_s, bare_s = [], []
    with tempfile.TemporaryDirectory() as folder:
        in_app(Path(folder)), bare()  # TensorFlow's first use
        for pair in range(PAIRS):
            order = (0, 1) if pair % 2 else (1, 0)
            for which in order:
                (app_s, bare_s)[which].append(bare() if which else in_app(Path(folder)))
    ratio = median(app_s) / median(bare_s)
    print(f"app {median(app_s):.2f} s, bare fit {median(bare_s):.2f} s: ratio {ratio:.3f}")


def check_random() -> None:
    """Print how many random networks build, train, save, load and export."""
    import keras

    from tools.network_check import check_network

    failed = 0
    for seed in range(NETWORKS):
        keras.backend.clear_session()
        with tempfile.TemporaryDirectory() as folder:
            try:
                check_network(random_network(seed), Path(folder))
            except Exception:
                failed += 1
                print(f"seed {seed}: {network_line(random_network(seed))}")
                traceback.print_exc()
    print(f"{NETWORKS - failed} of {NETWORKS} random networks build, train, save, load and export")


PARTS = {"typing": measure_typing, "training": measure_training, "random": check_random}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
