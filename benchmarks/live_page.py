"""Shared by the benchmarks of the network in the browser: a page with its code, and drawings."""

import base64
import os
from statistics import median, quantiles

import numpy as np
from playwright.sync_api import Browser, Page

from cnn.data.synthetic_digits import scribble, synthesize_digit
from cnn.networks.layers import Layers
from cnn.networks.packing import pack_network
from cnn.preprocessing.strokes import Stroke
from ui.widgets.lens import LIVE_PARTS, lens_source

# What the page computes with. `timed` returns milliseconds.
FUNCTIONS = """
const bytesOf = (packed) => Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
const probabilitiesOf = (layers, image) => [...activations(layers, image).at(-1).values];
const timed = (compute) => {
  const began = performance.now();
  compute();
  return performance.now() - began;
};
"""


def open_lens_page(browser: Browser) -> Page:
    """Open an empty page with the JavaScript that answers while one draws, without the app."""
    page = browser.new_page()
    page.set_content("<p></p>")
    page.add_script_tag(content=lens_source("js", *LIVE_PARTS) + FUNCTIONS)
    return page


def packed_text(layers: Layers, weights: list[np.ndarray]) -> str:
    return base64.b64encode(pack_network(layers, weights, "")).decode()


def random_drawings(count: int, seed: int) -> list[list[Stroke]]:
    """Synthetic digits, and scribbles for every third, of random brush, scale and place."""
    rng = np.random.default_rng(seed)
    drawings = []
    for number in range(count):
        lines = scribble(rng) if number % 3 == 0 else synthesize_digit(number % 10, rng)
        scale, shift, width = rng.uniform(0.2, 2.5), rng.uniform(0, 60, 2), rng.integers(4, 41)
        drawings.append([Stroke(line * scale + shift, float(width)) for line in lines])
    return drawings


def as_json(drawing: list[Stroke]) -> list[dict]:
    return [{"points": each.points.tolist(), "width": each.width} for each in drawing]


def in_ms(times: list[float]) -> dict[str, float]:
    """The median and the 95th percentile of times in milliseconds."""
    return {
        "median_ms": round(median(times), 1),
        "p95_ms": round(quantiles(times, n=20)[-1], 1),
    }


def load() -> dict[str, float]:
    """The load of the machine in the last minute."""
    return {"load": round(os.getloadavg()[0], 1)}
