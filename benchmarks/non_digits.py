"""Rejection rates of digits and non-digits, and the calibration error.

    python -m benchmarks.non_digits [--run RUN] [--count 1000]

Prints JSON: the expected calibration error on MNIST's test digits (15 bins), and for each kind the
percentage that is rejected or ambiguous:

digits         MNIST's test digits, which should be accepted
non_digits     letters and shapes, scribbles, noise and inverted digits in equal parts
unseen glyphs  glyphs that are not in any training set (see UNSEEN_GLYPHS)
"""

import argparse
import json
from pathlib import Path

import numpy as np

from cnn.data.mnist import load_digits
from cnn.data.non_digits import KINDS, draw_glyph, draw_noise
from cnn.data.pens import rasterize
from cnn.data.synthetic_digits import scribble, synthesize_glyph
from cnn.evaluation.decision import decide
from cnn.evaluation.metrics import reliability
from cnn.inspection.recognizer import load_recognizer
from cnn.runs.run import PRETRAINED_PATH, open_run, read_run

# In the notation of cnn.data.glyphs.
UNSEEN_GLYPHS = {
    "gamma": "15,100 15,2 / 85,2",
    "lambda": "5,100 50,0 / 95,100",
    "pi": "15,100 15,3 ; 85,100 85,3 ; 2,3 98,3",
    "sigma": "88,3 8,3 / 55,50 / 8,97 / 90,97",
    "psi": "5,5 10,55 50,70 90,55 95,5 ; 50,0 50,100",
    "omega": "5,98 35,95 / 10,50 25,10 50,2 75,10 90,50 65,95 / 95,98",
    "zhe": "5,2 50,50 / 5,98 ; 95,2 50,50 / 95,98 ; 50,2 50,98",
    "ya": "85,100 85,2 ; 85,4 25,6 20,44 85,52 ; 50,52 12,100",
    "sun": "50,30 30,38 30,62 50,70 70,62 70,38 50,30 ; 50,2 50,18 ; 50,82 50,98 ; 2,50 18,50 ; "
    "82,50 98,50",
    "boat": "4,60 96,60 / 75,95 / 25,95 / 4,60 ; 50,60 50,5 / 85,50 / 50,50",
    "bird": "2,40 25,20 48,55 / 72,20 98,40",
    "lightning": "60,0 20,55 / 55,50 / 35,100",
    "umbrella": "4,45 20,15 50,5 80,15 96,45 / 4,45 ; 50,45 50,85 40,98 28,88",
    "note": "40,85 20,75 10,88 25,98 40,85 / 42,5 / 85,20",
    "key": "25,35 10,50 25,65 40,50 25,35 ; 40,50 98,50 / 98,70 ; 80,50 80,66",
    "stairs": "2,98 2,75 / 28,75 / 28,50 / 54,50 / 54,25 / 80,25 / 80,2 / 98,2",
    "anchor": "50,0 50,98 ; 25,25 75,25 ; 5,60 20,90 50,98 80,90 95,60",
    "eye": "2,50 30,22 70,22 98,50 70,78 30,78 2,50 ; 50,38 40,50 50,62 60,50 50,38",
}


def images_of(kind: str, count: int, rng: np.random.Generator) -> np.ndarray:
    digits = load_digits("test").images
    draw = {
        "digits": lambda i: digits[i],
        "letters and shapes": lambda i: draw_glyph(str(rng.choice(KINDS)), rng),
        "scribbles": lambda i: rasterize(scribble(rng), rng),
        "noise": lambda i: draw_noise(rng),
        "inverted digits": lambda i: 255 - digits[i],
        "unseen glyphs": lambda i: rasterize(
            synthesize_glyph(UNSEEN_GLYPHS[str(rng.choice(list(UNSEEN_GLYPHS)))], rng), rng
        ),
    }[kind]
    return np.stack([draw(i) for i in range(count)])


def rejection_rate(probabilities: np.ndarray, reject_threshold: float) -> float:
    return float(
        np.mean([decide(each, reject_threshold).kind != "digit" for each in probabilities])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", help="name or folder of a run (default: the pretrained network)")
    parser.add_argument("--count", type=int, default=1000, help="digits, and non-digits")
    options = parser.parse_args()
    run = options.run or PRETRAINED_PATH
    run = read_run(Path(run)) if Path(run).is_dir() else open_run(run)
    recognizer, reject_threshold = load_recognizer(run), run.reject_threshold
    test, rng = load_digits("test"), np.random.default_rng(2026)

    def share(kind: str, count: int) -> float:
        probabilities = recognizer.probabilities(images_of(kind, count, rng))
        return round(100 * rejection_rate(probabilities, reject_threshold), 2)

    kinds = ("letters and shapes", "scribbles", "noise", "inverted digits")
    by_kind = {kind: share(kind, options.count // 4) for kind in kinds}
    probabilities = np.concatenate(
        [recognizer.probabilities(test.images[i : i + 1000]) for i in range(0, 10_000, 1000)]
    )
    figures = {
        "calibration_error": round(reliability(probabilities, test.labels, 15).error, 5),
        "reject_threshold": round(reject_threshold, 4),
        "digits": share("digits", options.count),
        "all test digits": round(100 * rejection_rate(probabilities, reject_threshold), 2),
        "non_digits": round(sum(by_kind.values()) / 4, 2),
        **by_kind,
        "unseen glyphs": share("unseen glyphs", options.count),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
