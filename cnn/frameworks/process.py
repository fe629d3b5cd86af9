"""One framework at work: `python -m cnn.frameworks.process check|race FRAMEWORK FILE.npz`.

FILE.npz has pooling, weights_00 to weights_09, images (n, 28, 28, 1) float32 in [0, 1], and for a
race labels (n,) int32 and as many images as its batches. Prints JSON lines:
- check: {"probabilities": [[...]]}, of each image;
- race, after each REPORT_EVERY steps: {"losses": of these, "elapsed_s": since the second step}.
"""

import importlib
import json
import sys
import time
from pathlib import Path

import numpy as np

from cnn.frameworks.catalog import FRAMEWORKS
from cnn.frameworks.network import BATCH, RATE

REPORT_EVERY = 10


def main(arguments: list[str]) -> None:
    """Run the task of `arguments`: check or race, a framework, and a file."""
    task, name, file = arguments
    code = importlib.import_module(f"cnn.frameworks.codes.{FRAMEWORKS[name].module}")
    with np.load(Path(file), allow_pickle=False) as arrays:
        given = {key: arrays[key] for key in arrays.files}
    weights = [given[key] for key in sorted(given) if key.startswith("weights_")]
    network = code.build(str(given["pooling"]), weights)
    if task == "check":
        report(probabilities=np.asarray(code.predict(network, given["images"])).tolist())
    else:
        race(code.train(network, RATE), given["images"], given["labels"])


def race(step, images: np.ndarray, labels: np.ndarray) -> None:
    """Take a `step` on each batch. The first one compiles: it does not count."""
    losses, began_s = [], 0.0
    for number, first in enumerate(range(0, len(images), BATCH)):
        losses.append(step(images[first : first + BATCH], labels[first : first + BATCH]))
        if number == 0:
            began_s = time.perf_counter()
        is_last = first + BATCH >= len(images)
        if is_last or (number + 1) % REPORT_EVERY == 0:
            report(losses=losses, elapsed_s=time.perf_counter() - began_s)
            losses = []


def report(**figures) -> None:
    """Print a line."""
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
