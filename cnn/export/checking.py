"""Exports that are checked: another program must compute the probabilities of the run's network.

That program runs in a process of its own, as TensorFlow and PyTorch in one can disturb each other.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cnn.runs.run import Run, RunError

TOLERANCE = 1e-4  # of a probability
CHECKED_DIGITS = 100  # the first of MNIST's test digits
LONGEST_CHECK = 120  # seconds; importing PyTorch takes some on a slow machine


def check(run: Run, network, files: Mapping[str, bytes], script: str) -> None:
    """Compare what `script` computes of `files` with the probabilities of `network`, of Keras.

    The script runs in a folder with the files and images.npy, (100, 28, 28) uint8, and must write
    probabilities.npy, (100, classes). Raises RunError if it fails, or if a probability differs by
    more than TOLERANCE.
    """
    from cnn.data.mnist import load_digits, scaled

    images = load_digits("test").images[:CHECKED_DIGITS]
    expected = network.predict_on_batch(scaled(images))
    computed = _computed(run, files, script, images)
    if computed.shape != expected.shape or not np.allclose(
        computed, expected, rtol=0, atol=TOLERANCE, equal_nan=True
    ):
        raise RunError(
            f"Run {run.id}: the exported network does not compute the probabilities of the run "
            f"on {CHECKED_DIGITS} test digits, so no file was written."
        )


def _computed(run: Run, files: Mapping[str, bytes], script: str, images: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        np.save(folder / "images.npy", images)
        try:
            subprocess.run(
                [sys.executable, "-c", script],
                cwd=folder,
                check=True,
                capture_output=True,
                text=True,
                timeout=LONGEST_CHECK,
            )
            return np.load(folder / "probabilities.npy", allow_pickle=False)
        except subprocess.TimeoutExpired:
            reason = f"it took more than {LONGEST_CHECK} seconds"
        except subprocess.CalledProcessError as error:
            reason = (error.stderr.strip().splitlines() or ["it ended without a message"])[-1]
        except (OSError, ValueError) as error:
            reason = str(error)
    raise RunError(f"Run {run.id}: the exported network cannot be checked: {reason}")
