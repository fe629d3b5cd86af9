"""Training time of the app relative to the same `fit` in a bare script.

    python -m benchmarks.notebook_overhead [--epochs 1] [--repeats 3] [--limit 60000]

Runs both alternately, each in a separate process, and prints the seconds of each repeat, their
medians and the ratio of the medians. "steps" is the time from the first to the last step of an
epoch, summed over the epochs; "all" includes the validation on the 10,000 test digits.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from cnn.runs.run import read_run

BARE_SCRIPT = """
import json, sys, time
import numpy as np, keras
from keras import layers

path, epochs, limit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with np.load(path) as data:
    x_train, y_train = data["x_train"][:limit], data["y_train"][:limit]
    x_test, y_test = data["x_test"], data["y_test"]
x_train = x_train.reshape((-1, 28, 28, 1)) / 255
x_test = x_test.reshape((-1, 28, 28, 1)) / 255
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Conv2D(64, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Conv2D(64, (3, 3), activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

class Clock(keras.callbacks.Callback):
    steps_s = 0.0
    def on_train_begin(self, logs=None): self.began = time.perf_counter()
    def on_epoch_begin(self, epoch, logs=None): self.epoch_began = time.perf_counter()
    def on_test_begin(self, logs=None): self.steps_s += time.perf_counter() - self.epoch_began
    def on_train_end(self, logs=None): self.all_s = time.perf_counter() - self.began

clock = Clock()
model.fit(x_train, y_train, epochs=epochs, batch_size=32, validation_data=(x_test, y_test),
          verbose=0, callbacks=[clock])
print(json.dumps({"steps": clock.steps_s, "all": clock.all_s}))
"""


def time_bare_script(epochs: int, limit: int) -> dict[str, float]:
    data = Path(__file__).parent.parent / "cnn" / "assets" / "mnist.npz"
    return _last_json([sys.executable, "-c", BARE_SCRIPT, str(data), str(epochs), str(limit)])


def time_app(epochs: int, limit: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "cnn", "train", "--preset", "notebook", "--runs", folder]
        result = _last_json([*command, "--epochs", str(epochs), "--limit", str(limit)])
        run = read_run(Path(result["run"]))
        ends_s = run.epochs()["elapsed_s"]
        last_steps_s = run.batches()["elapsed_s"].reshape(epochs, -1)[:, -1]
        begins_s = np.concatenate([[0], ends_s[:-1]])
        return {"steps": float((last_steps_s - begins_s).sum()), "all": float(ends_s[-1])}


def _last_json(command: list[str]) -> dict:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=int, default=60_000)
    options = parser.parse_args()
    times: dict[str, list[dict]] = {"bare": [], "app": []}
    for _ in range(options.repeats):
        times["bare"].append(time_bare_script(options.epochs, options.limit))
        times["app"].append(time_app(options.epochs, options.limit))
    for part in ("steps", "all"):
        seconds = {name: [round(each[part], 2) for each in times[name]] for name in times}
        medians = {name: statistics.median(values) for name, values in seconds.items()}
        ratio = round(medians["app"] / medians["bare"], 3)
        print(json.dumps({"part": part, "seconds": seconds, "medians": medians, "ratio": ratio}))


if __name__ == "__main__":
    main()
