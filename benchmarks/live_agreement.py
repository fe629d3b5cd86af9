"""Whether the network in the browser answers as that of the server, on synthetic drawings.

    python -m benchmarks.live_agreement [--count 1000]

Draws digits, and scribbles for every third, of random brush, scale and place; computes the input of
the network and the probabilities in Chromium, without the app, and in Python. Prints a line of JSON
for the pretrained network, the notebook's, and one with BatchNormalization and sum pooling, trained
for an epoch: the shares with the same digit and the same verdict, and the largest differences.
`of_same_image`: the largest difference of probabilities for the server's input, which is that of
the weights in 16 bits: integers with a factor for each channel, as the browser receives them, and
float16.
"""

import argparse
import json
from collections.abc import Iterator

import keras
import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.live_page import as_json, open_lens_page, packed_text, random_drawings
from cnn.config import TrainingConfig
from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import Digits, load_digits, scaled
from cnn.evaluation.decision import DEFAULT_REJECT_THRESHOLD, decide
from cnn.inspection.recognizer import Recognizer, trained_network
from cnn.models.network import keras_layers
from cnn.networks.code_writing import network_line
from cnn.networks.layers import BatchNormalization, Conv2D, Dense, Flatten, Layers, SumPooling2D
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.strokes import CANVAS_SIDE, Stroke
from cnn.runs.run import NOTEBOOK_PATH, PRETRAINED_PATH, read_run
from cnn.training.fit import train
from tools.browser import launch_chromium

OWN = (
    Conv2D(16, 3, activation="relu"),
    BatchNormalization(),
    SumPooling2D(2),
    Conv2D(32, 3, activation="gelu"),
    BatchNormalization(),
    SumPooling2D(2),
    Flatten(),
    Dense(64, "relu"),
    Dense(10, "softmax"),
)
KINDS = ("digit", "unsure", "not_a_digit")
BATCH = 100  # drawings for each call of the browser
ANSWER = """({packed, drawings, images, side, threshold}) => {
  const {layers} = readNetwork(bytesOf(packed));
  return drawings.map((strokes, i) => {
    const image = normalizeStrokes(strokes, side);
    const probabilities = probabilitiesOf(layers, image);
    return {
      image: [...image],
      probabilities,
      decision: decide(probabilities, threshold),
      ofSameImage: probabilitiesOf(layers, images[i]),
    };
  });
}"""


def networks() -> Iterator[tuple[str, Layers, keras.Sequential, float]]:
    """The name of each network, its layers, the trained network and its reject threshold."""
    for path in (PRETRAINED_PATH, NOTEBOOK_PATH):
        run = read_run(path)
        yield path.name, run.config.layers, trained_network(run), run.reject_threshold
    config = TrainingConfig(network=network_line(OWN), epochs=1, limit=5000)
    validation = Digits(*(array[:500] for array in load_digits("test")))
    own = train(config, load_digits("train"), validation)
    yield "BatchNormalization and sum pooling", OWN, own, DEFAULT_REJECT_THRESHOLD


def answers_here(
    page: Page,
    layers: Layers,
    weights: list[np.ndarray],
    drawings: list[list[Stroke]],
    images: np.ndarray,
    threshold: float,
) -> list[dict]:
    packed, answers = packed_text(layers, weights), []
    for start in range(0, len(drawings), BATCH):
        part = slice(start, start + BATCH)
        asked = {
            "packed": packed,
            "drawings": [as_json(each) for each in drawings[part]],
            "images": images[part].reshape(-1, images[0].size).tolist(),
            "side": CANVAS_SIDE,
            "threshold": threshold,
        }
        answers.extend(page.evaluate(ANSWER, asked))
    return answers


def float16_probabilities(
    layers: Layers, weights: list[np.ndarray], images: np.ndarray
) -> np.ndarray:
    network = keras.Sequential([keras.Input((*IMAGE_SHAPE, 1)), *keras_layers(layers)])
    network.set_weights([each.astype(np.float16) for each in weights])
    return network.predict_on_batch(scaled(images))


def compare(page: Page, layers: Layers, network: keras.Sequential, threshold: float, count) -> dict:
    drawings = random_drawings(count, seed=14)
    images = np.stack([normalize_strokes(each).image for each in drawings])
    there = Recognizer(network).probabilities(images)
    weights = network.get_weights()
    here = answers_here(page, layers, weights, drawings, images, threshold)
    decisions = [decide(each, threshold) for each in there]
    pairs = list(zip((each["decision"] for each in here), decisions, strict=True))
    pixels = np.array([each["image"] for each in here]).reshape(images.shape)

    def largest_difference(probabilities) -> float:
        return float(f"{np.abs(np.asarray(probabilities) - there).max():.2g}")

    return {
        "same_digit": float(np.mean([a["best"] == b.best for a, b in pairs])),
        "same_verdict": float(np.mean([a["kind"] == b.kind for a, b in pairs])),
        "verdicts": {kind: sum(b.kind == kind for b in decisions) for kind in KINDS},
        "probabilities": largest_difference([each["probabilities"] for each in here]),
        "grey_levels": int(np.abs(pixels - images.astype(int)).max()),
        "other_images": int((pixels != images).any(axis=(1, 2)).sum()),
        "of_same_image": {
            "int16": largest_difference([each["ofSameImage"] for each in here]),
            "float16": largest_difference(float16_probabilities(layers, weights, images)),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="of drawings")
    options = parser.parse_args()
    with sync_playwright() as playwright, launch_chromium(playwright) as browser:
        page = open_lens_page(browser)
        for name, layers, network, threshold in networks():
            figures = compare(page, layers, network, threshold, options.count)
            print(json.dumps({"network": name, **figures}), flush=True)


if __name__ == "__main__":
    main()
