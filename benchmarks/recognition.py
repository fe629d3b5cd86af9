"""Recognition by comparison: symbols that no training has seen, and digits of unseen writers.

    python -m benchmarks.recognition [--run RUN] [--episodes 1000] [--strokes ../shared/strokes]

Prints JSON lines. Accuracy in percent of 5-way episodes, in each of which 5 symbols are drawn at
random, 1 or 5 examples and 3 queries of each; compared are cosine distances to the mean direction
of a symbol ("mean") and to its nearest example ("nearest"), which differ only for 5 examples:

random   figures of random strokes that are kept out of training
figures  letters and shapes that are kept out of training, among them star and heart
unseen   glyphs that are in no generator of this project (benchmarks.non_digits)

The pretrained network's training has the letters and shapes as non-digits. Then, of each file of
pen-drawn digits, the equal error rate in percent of "the same digit or not", from one drawing to
another of another writer, if the file has several; nothing is chosen by it.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.drawn_digits import image_of, read_drawings
from benchmarks.non_digits import UNSEEN_GLYPHS
from cnn.arithmetic.pca import normalize_rows
from cnn.constants import PROJECT_PATH
from cnn.data.pens import rasterize
from cnn.data.symbols import held_out_figures, held_out_random_classes
from cnn.data.synthetic_digits import synthesize_glyph
from cnn.inspection.recognizer import Recognizer, load_recognizer
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.strokes import Stroke
from cnn.recognition.comparison import (
    cosine_distances,
    nearest_example_distances,
    symbol_directions,
)
from cnn.recognition.errors import Measured, equal_error
from cnn.runs.run import EMBEDDING_PATH, NOTEBOOK_PATH, PRETRAINED_PATH, open_run, read_run

WAYS, QUERIES = 5, 3
EXAMPLES = 20  # drawn of each symbol, from which episodes choose
BRUSH = 20
SEED = 2026
PAIRS = 20_000  # of drawings, of each kind
Vectors = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28) uint8 -> (n, d)


def pixels(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32) / 255


def vectors_of(recognizer: Recognizer) -> Vectors:
    return lambda images: np.concatenate(
        [recognizer.features(images[i : i + 500]) for i in range(0, len(images), 500)]
    )


def draw(glyphs: list[str], rng: np.random.Generator) -> np.ndarray:
    """Return EXAMPLES of each glyph: (glyphs, EXAMPLES, 28, 28) uint8."""
    return np.array(
        [[rasterize(synthesize_glyph(each, rng), rng) for _ in range(EXAMPLES)] for each in glyphs]
    )


def episode_accuracy(vectors: np.ndarray, shots: int, combine: str, episodes: int) -> float:
    """Return the share of right answers, 0 to 1: vectors (glyphs, EXAMPLES, d)."""
    rng, right = np.random.default_rng(SEED), 0
    truth = np.repeat(np.arange(WAYS), QUERIES)
    labels = np.repeat(np.arange(WAYS), shots)
    for _ in range(episodes):
        chosen = vectors[rng.choice(len(vectors), WAYS, replace=False)]
        places = np.array([rng.permutation(EXAMPLES)[: shots + QUERIES] for _ in range(WAYS)])
        picked = np.take_along_axis(chosen, places[..., None], axis=1)
        examples = picked[:, :shots].reshape(WAYS * shots, -1)
        queries = picked[:, shots:].reshape(WAYS * QUERIES, -1)
        if combine == "mean":
            distances = cosine_distances(queries, symbol_directions(examples, labels, WAYS))
        else:
            distances = nearest_example_distances(queries, examples, labels, WAYS)
        right += int((distances.argmin(axis=1) == truth).sum())
    return right / (episodes * len(truth))


def same_digit_error(vectors: np.ndarray, labels: np.ndarray, writers: np.ndarray) -> float:
    """Return the equal error rate of pairs of drawings, of two writers if there are several."""
    rng = np.random.default_rng(SEED)
    first, second = rng.integers(len(labels), size=(2, 60 * PAIRS))
    several = len(set(writers.tolist())) > 1
    valid = (writers[first] != writers[second]) if several else first != second
    first, second = first[valid], second[valid]
    directions = normalize_rows(vectors)
    same = labels[first] == labels[second]

    def distances(kind: np.ndarray) -> np.ndarray:
        a, b = first[kind][:PAIRS], second[kind][:PAIRS]
        return 1 - (directions[a] * directions[b]).sum(axis=1)

    return equal_error(Measured(distances(same), distances(~same)))[1]


def read_strokes_file(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the drawings as the page sees them, (n, 28, 28) uint8, their labels and writers."""
    drawings = read_drawings(path)
    lines = [
        [Stroke(np.array(line, float), BRUSH) for line in each["strokes"]] for each in drawings
    ]
    images = np.array([image_of(normalize_strokes(each)) for each in lines])
    labels, writers = ([each[name] for each in drawings] for name in ("label", "writer"))
    return images, np.array(labels), np.array(writers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", action="append", default=[], help="name or folder of a run")
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--strokes", type=Path, default=PROJECT_PATH.parent / "shared" / "strokes")
    options = parser.parse_args()
    runs = [read_run(path) for path in (PRETRAINED_PATH, NOTEBOOK_PATH, EMBEDDING_PATH)]
    runs += [read_run(Path(run)) if Path(run).is_dir() else open_run(run) for run in options.run]
    ways: dict[str, Vectors] = {"pixels": pixels}
    ways |= {run.id: vectors_of(load_recognizer(run)) for run in runs}
    rng = np.random.default_rng(SEED)
    symbols = {
        "random": draw(list(held_out_random_classes()), rng),
        "figures": draw(list(held_out_figures().values()), rng),
        "unseen": draw(list(UNSEEN_GLYPHS.values()), rng),
    }
    for kind, images in symbols.items():
        for name, to_vectors in ways.items():
            vectors = to_vectors(images.reshape(-1, *images.shape[2:]))
            vectors = vectors.reshape(*images.shape[:2], -1)
            figures = {
                f"{shots} {combine}": round(
                    100 * episode_accuracy(vectors, shots, combine, options.episodes), 2
                )
                for shots, combine in ((1, "mean"), (5, "mean"), (5, "nearest"))
            }
            print(json.dumps({"symbols": kind, "vectors": name, **figures}), flush=True)
    files = sorted(options.strokes.glob("*.jsonl")) if options.strokes.is_dir() else []
    if not files:
        print(json.dumps({"note": f"{options.strokes} has no pen-drawn digits: not measured."}))
    for path in files:
        images, labels, writers = read_strokes_file(path)
        errors = {
            name: round(100 * same_digit_error(to_vectors(images), labels, writers), 2)
            for name, to_vectors in ways.items()
        }
        print(json.dumps({"file": path.name, "equal_error_percent": errors}), flush=True)


if __name__ == "__main__":
    main()
