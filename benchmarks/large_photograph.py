"""Time and memory from the bytes of a photograph of 12 megapixels to its answer.

    python -m benchmarks.large_photograph [--count 9]

Each is a digit of MNIST's test set on unevenly lit, grainy paper, saved as JPEG. Prints JSON: the
median and the longest time in seconds, how many were read correctly, and by how many MB the
process's peak memory exceeded what it had before, with the network loaded.
"""

import argparse
import io
import json
import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from PIL import Image

from cnn.data.mnist import load_digits
from cnn.detection.digits import detect_digits, verdict_of
from cnn.inspection.recognizer import load_recognizer
from cnn.preprocessing.picture_files import read_picture
from cnn.runs.run import PRETRAINED_PATH, read_run

SIZE = (4000, 3000)
INK_SIDE = 1600


def photograph(image: np.ndarray, seed: int) -> bytes:
    """The digit `image`, (28, 28), in the middle of a sheet, as JPEG."""
    rng = np.random.default_rng(seed)
    digit = Image.fromarray(image).resize((INK_SIDE, INK_SIDE), Image.Resampling.BICUBIC)
    ink = Image.new("L", SIZE)
    ink.paste(digit, ((SIZE[0] - INK_SIDE) // 2, (SIZE[1] - INK_SIDE) // 2))
    paper = np.linspace(230, 130, SIZE[0], dtype=np.float32) * (1 - np.asarray(ink) / 255 * 0.8)
    grey = (paper + rng.normal(0, 4, paper.shape)).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).convert("RGB").save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=9)
    options = parser.parse_args()
    digits = load_digits("test")
    # In another process, as drawing them takes more memory than reading them.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        files = list(pool.map(photograph, digits.images[: options.count], range(options.count)))
    run = read_run(PRETRAINED_PATH)
    recognizer = load_recognizer(run)
    recognizer.probabilities(digits.images[:1])
    before_mb, times_s, correct = peak_mb(), [], 0
    for data, label in zip(files, digits.labels, strict=False):
        started_s = time.perf_counter()
        ink = read_picture(data, "photograph.jpg").ink
        found = detect_digits(ink, recognizer.probabilities, run.reject_threshold)
        times_s.append(time.perf_counter() - started_s)
        correct += bool(verdict_of(found) == "digit" and found[0].decision.best == label)
    figures = {"photographs": len(files), "correct": correct}
    figures |= {
        "median_s": round(float(np.median(times_s)), 2),
        "longest_s": round(max(times_s), 2),
    }
    figures |= {"more_mb": round(peak_mb() - before_mb), "peak_mb": round(peak_mb())}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
