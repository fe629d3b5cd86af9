"""The network in the browser, by this project's JavaScript and by two libraries, side by side.

    python -m benchmarks.live_libraries FOLDER [--rounds 3]

FOLDER is where these were installed, outside of the project:

    npm install onnxruntime-web@1.30.0 @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
    pip install --no-deps --target python onnx==1.23.2

Each round opens a new tab with an empty cache for each of the three, all with the pretrained
network. Prints a line of JSON for each: bytes on the wire of its code (plain and gzip) and of the
weights; milliseconds from the first request to the first probabilities, and of a forward pass of
one picture after five; the largest difference from Keras's probabilities. Both libraries compute in
WebAssembly, with SIMD and in one thread, as on a page without cross-origin isolation.
"""

import argparse
import gzip
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from benchmarks.live_page import in_ms, load, random_drawings
from cnn.export.onnx_code import as_onnx
from cnn.inspection.recognizer import load_recognizer
from cnn.networks.layers import Layer, Layers
from cnn.networks.packing import pack_network
from cnn.preprocessing.normalization import normalize_strokes
from cnn.runs.run import PRETRAINED_PATH, read_run
from tools.browser import launch_chromium
from ui.widgets.lens import lens_source

ORT, TFJS = "node_modules/onnxruntime-web/dist", "node_modules/@tensorflow"
# The smallest files of each that compute this network: scripts, what these load, and the weights.
FILES = {
    "JavaScript of this project": (["network.js"], [], "packed.bin"),
    "onnxruntime-web": (
        [f"{ORT}/ort.wasm.min.js"],
        [f"{ORT}/ort-wasm-simd-threaded.mjs", f"{ORT}/ort-wasm-simd-threaded.wasm"],
        "network.onnx",
    ),
    "tfjs": (
        [
            f"{TFJS}/tfjs-core/dist/tf-core.es2017.min.js",
            f"{TFJS}/tfjs-layers/dist/tf-layers.es2017.min.js",
            f"{TFJS}/tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js",
        ],
        [f"{TFJS}/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm"],
        "weights.bin",
    ),
}
# Each makes a function from 784 grey levels to the probabilities.
PREPARE = {
    "JavaScript of this project": """async (file) => {
      const {layers} = readNetwork(new Uint8Array(await file));
      return (image) => activations(layers, image).at(-1).values;
    }""",
    "onnxruntime-web": """async (file) => {
      ort.env.wasm.numThreads = 1;
      const session = await ort.InferenceSession.create(await file, {executionProviders: ["wasm"]});
      return async (image) => {
        const values = Float32Array.from(image, (each) => each / 255);
        const input = new ort.Tensor("float32", values, [1, 28, 28, 1]);
        return (await session.run({images: input})).probabilities.data;
      };
    }""",
    "tfjs": """async (file, {layers}) => {
      tf.wasm.setWasmPaths(WASM);
      await tf.setBackend("wasm");
      const make = {
        Conv2D: (each) => tf.layers.conv2d(each),
        MaxPooling2D: (each) => tf.layers.maxPooling2d(each),
        Flatten: (each) => tf.layers.flatten(each),
        Dense: (each) => tf.layers.dense(each),
      };
      const model = tf.sequential();
      model.add(tf.layers.inputLayer({inputShape: [28, 28, 1]}));
      for (const {kind, ...options} of layers) model.add(make[kind](options));
      const values = new Float32Array(await file);
      let at = 0;
      model.setWeights(model.getWeights().map(({shape, size}) => {
        at += size;
        return tf.tensor(values.subarray(at - size, at), shape);
      }));
      return (image) => {
        const output = tf.tidy(() => {
          const values = Float32Array.from(image, (each) => each / 255);
          return model.predict(tf.tensor(values, [1, 28, 28, 1]));
        });
        const probabilities = output.dataSync();
        output.dispose();
        return probabilities;
      };
    }""",
}
# The page is empty: what it needs is requested once the clock runs.
MEASURE = """async ({scripts, network, layers, images}) => {
  const began = performance.now();
  const file = fetch(network).then((answer) => answer.arrayBuffer());
  for (const src of scripts)
    await new Promise((resolve, reject) => document.head.append(
      Object.assign(document.createElement("script"), {src, onload: resolve, onerror: reject})));
  const answer = await (PREPARE)(file, {layers});
  const outputs = [[...await answer(images[0])]];
  const first = performance.now() - began;
  const times = [];
  for (const image of images.slice(1)) {
    const start = performance.now();
    const probabilities = await answer(image);
    times.push(performance.now() - start);
    outputs.push([...probabilities]);
  }
  return {first, times: times.slice(5), outputs};
}"""


def write_files(folder: Path, source: Path, layers: Layers, weights: list[np.ndarray]) -> None:
    """Write what the browser requests into `folder`: the libraries in `source`, and the network."""
    for scripts, loaded, _ in FILES.values():
        for name in [*scripts, *loaded]:
            if (source / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source / name, folder / name)
    (folder / "empty.html").write_text("<p></p>")
    (folder / "network.js").write_text(lens_source("js", "network"))
    (folder / "packed.bin").write_bytes(pack_network(layers, weights, ""))
    (folder / "weights.bin").write_bytes(b"".join(each.astype("<f4").tobytes() for each in weights))
    sys.path.append(str(source / "python"))
    (folder / "network.onnx").write_bytes(as_onnx(layers, weights))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve `folder` within the context; its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_) -> None:
            pass

    with ThreadingHTTPServer(("localhost", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def measure(browser: Browser, address: str, name: str, layers: Layers, images: np.ndarray) -> dict:
    scripts, _, network = FILES[name]
    described = [{"kind": each.kind, **js_arguments(each)} for each in layers]
    prepare = PREPARE[name].replace("WASM", f'"/{TFJS}/tfjs-backend-wasm/dist/"')
    page = browser.new_page()
    page.goto(f"{address}/empty.html")
    measured = page.evaluate(
        MEASURE.replace("PREPARE", prepare),
        {
            "scripts": [f"/{each}" for each in scripts],
            "network": f"/{network}",
            "layers": described,
            "images": images.reshape(len(images), -1).tolist(),
        },
    )
    page.close()
    return measured


def js_arguments(layer: Layer) -> dict:
    """The arguments of a layer with the names of TensorFlow.js: poolSize for pool_size."""

    def camel(name: str) -> str:
        first, *others = name.split("_")
        return first + "".join(each.capitalize() for each in others)

    return {camel(name): value for name, value in layer.arguments().items()}


def sizes(folder: Path, name: str) -> dict[str, int]:
    scripts, loaded, network = FILES[name]
    code = [(folder / each).read_bytes() for each in [*scripts, *loaded]]
    return {
        "code_bytes": sum(map(len, code)),
        "code_gzip_bytes": sum(len(gzip.compress(each)) for each in code),
        "weights_bytes": (folder / network).stat().st_size,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the libraries were installed")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    run = read_run(PRETRAINED_PATH)
    layers, weights = run.config.layers, run.weights(run.last_saved_epoch)
    images = np.stack([normalize_strokes(each).image for each in random_drawings(200, seed=8)])
    expected = load_recognizer(run).probabilities(images)
    measured: dict[str, list[dict]] = {name: [] for name in FILES}
    with (
        tempfile.TemporaryDirectory() as temporary,
        sync_playwright() as playwright,
        launch_chromium(playwright) as browser,
    ):
        folder = Path(temporary)
        write_files(folder, options.folder, layers, weights)
        with served(folder) as address:
            for _ in range(options.rounds):
                for name, each in measured.items():
                    each.append(measure(browser, address, name, layers, images))
        for name, each in measured.items():
            outputs = np.array([one["outputs"] for one in each])
            figures = {
                **sizes(folder, name),
                "first_answer_ms": round(median(one["first"] for one in each), 1),
                "forward": in_ms([ms for one in each for ms in one["times"]]),
                "probabilities": float(f"{np.abs(outputs - expected).max():.2g}"),
                **load(),
            }
            print(json.dumps({"with": name, **figures}))


if __name__ == "__main__":
    main()
