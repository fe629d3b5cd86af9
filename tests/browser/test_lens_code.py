"""JavaScript that computes what Python computes: each function beside its twin, without a page."""

import base64
from dataclasses import asdict

import keras
import numpy as np
import pytest

from cnn.data.mnist import load_digits, scaled
from cnn.data.synthetic_digits import scribble, synthesize_digit
from cnn.evaluation.decision import decide
from cnn.models.network import keras_layers, summarise_layers
from cnn.networks.arrays import array_shapes
from cnn.networks.layers import (
    ARGUMENTS,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SumPooling2D,
    layer_names,
)
from cnn.networks.packing import pack_network
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.strokes import CANVAS_SIDE, Stroke
from cnn.rendering.text import probability_text
from tests.keras_files import randomize
from tools.random_networks import random_network
from ui.explore.layer_facts import PALETTES, described
from ui.widgets.lens import LIVE_PARTS, lens_source

SOFTMAX = Dense(10, "softmax")


@pytest.fixture(scope="module")
def code(browser):
    """Evaluates an expression with the functions of the lenses: code("decide(...a)", a)."""
    page = browser.new_page()
    page.set_content("<p></p>")
    page.add_script_tag(content=lens_source("js", *LIVE_PARTS))
    yield lambda expression, argument: page.evaluate(f"(a) => {expression}", argument)
    page.close()


# Networks


def activations_here(code, layers, weights, images) -> list[list[np.ndarray]]:
    """The outputs of all layers for each image, computed in the browser."""
    packed = base64.b64encode(pack_network(layers, weights, "")).decode()
    outputs = code(
        """(() => {
          const bytes = Uint8Array.from(atob(a.packed), (letter) => letter.charCodeAt(0));
          const { layers } = readNetwork(bytes);
          return a.images.map((image) => activations(layers, image)
            .map(({ shape, values }) => ({ shape, values: [...values] })));
        })()""",
        {"packed": packed, "images": images.reshape(len(images), -1).tolist()},
    )
    return [[np.reshape(each["values"], each["shape"]) for each in image] for image in outputs]


def expect_keras(code, layers, seed=0, count=4):
    """All outputs are Keras's, apart from the rounding of the weights to 16 bits."""
    keras.backend.clear_session()
    model = keras.Sequential([keras.Input((28, 28, 1)), *keras_layers(layers)])
    randomize(model, seed)
    # The sums stay small, whatever the depth, and variances positive.
    weights = [each / np.sqrt(each[..., 0].size) for each in model.get_weights()]
    weights = [np.abs(each) + 0.1 if each.ndim == 1 else each for each in weights]
    model.set_weights(weights)
    images = load_digits("test").images[:count]
    every = keras.Model(model.inputs, [layer.output for layer in model.layers])
    expected = [np.asarray(each) for each in every.predict_on_batch(scaled(images))]
    for number, outputs in enumerate(activations_here(code, layers, weights, images)):
        for layer, here, there in zip(layers, outputs, expected, strict=True):
            assert here.shape == there[number].shape, layer
            tolerance = 2e-3 * max(1.0, float(np.abs(there[number]).max()))
            np.testing.assert_allclose(here, there[number], atol=tolerance, err_msg=str(layer))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_convolutions_are_keras_s(code, size, strides, padding):
    layers = (Conv2D(3, size, strides, padding), Conv2D(2, size, strides, padding))
    expect_keras(code, (*layers, Flatten(), SOFTMAX), count=2)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "strides"), [(2, 2), (3, 2), (2, 3), (5, 1), (28, 28)])
@pytest.mark.parametrize("kind", [MaxPooling2D, AveragePooling2D, SumPooling2D])
def test_poolings_are_keras_s(code, kind, size, strides, padding):
    expect_keras(code, (Conv2D(3, 1), kind(size, strides, padding), Flatten(), SOFTMAX), count=2)


@pytest.mark.parametrize("activation", ARGUMENTS["activation"].values)
def test_activations_are_keras_s(code, activation):
    layers = (Conv2D(3, 3, activation=activation), Flatten(), Dense(7, activation), SOFTMAX)
    expect_keras(code, layers, count=2)


def test_normalization_and_averaging_are_keras_s(code):
    expect_keras(code, (Conv2D(4, 3), BatchNormalization(), GlobalAveragePooling2D(), SOFTMAX))


@pytest.mark.parametrize("seed", range(12))
def test_random_networks_are_keras_s(code, seed):
    expect_keras(code, random_network(seed), seed)


# Connections

CONNECTIONS = """(() => {
  const bytes = Uint8Array.from(atob(a.packed), (letter) => letter.charCodeAt(0));
  const { layers } = readNetwork(bytes), outputs = activations(layers, a.image);
  const chain = visibleLayers(layers);
  const toUnit = (layer, i) => (_, unit) =>
    [...contributionsTo(layers[layer], outputs[chain[i]], outputs[layer], unit)];
  const contributions = chain.slice(1).map((layer, i) =>
    Array.from({ length: outputs[layer].shape.at(-1) }, toUnit(layer, i)));
  return { chain, contributions, strongest: strongestConnections(layers, outputs, a.answer) };
})()"""


def named(layers):
    """Pairs of name and layer."""
    return zip(layer_names(layers), layers, strict=True)


def random_weights(layers, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 0.3, shape).astype(np.float32) for shape in array_shapes(layers)]


def connections_here(code, layers, weights, image):
    packed = base64.b64encode(pack_network(layers, weights, "")).decode()
    argument = {"packed": packed, "image": image.reshape(-1).tolist(), "answer": 3}
    return code(CONNECTIONS, argument)


def test_contributions_add_up_to_the_sums_of_a_unit(code):
    layers = (
        *(Conv2D(4, 3, 2, "same", "relu"), Conv2D(3, 5, 1, "valid", "relu"), MaxPooling2D(2)),
        *(Flatten(), Dense(6, "relu"), Dense(10, "softmax")),
    )
    weights, image = random_weights(layers, 2), load_digits("test").images[0]
    found = connections_here(code, layers, weights, image)
    outputs = activations_here(code, layers, weights, image[None])[0]
    assert found["chain"] == [0, 1, 2, 4, 5]
    conv, _, dense, _ = (np.array(each) for each in found["contributions"])
    # The outputs that are not 0 are the sums of products, and the bias once for each.
    cells = (outputs[1] > 0).sum(axis=(0, 1))
    expected = outputs[1].sum(axis=(0, 1)) - cells * weights[3]
    np.testing.assert_allclose(conv.sum(axis=1), expected, rtol=1e-3, atol=1e-3)
    sums = outputs[2].reshape(-1) @ weights[4]
    np.testing.assert_allclose(dense.sum(axis=1), sums, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_the_strongest_connections_lead_from_the_answer_to_the_first_layer(code, seed):
    layers = random_network(seed)
    found = connections_here(
        code, layers, random_weights(layers, seed), load_digits("test").images[1]
    )
    reached = {(found["chain"][-1], 3)}
    for each in found["strongest"]:
        assert (each["layer"], each["to"]) in reached
        assert 0 < each["strength"] <= 1
        reached.add((each["source"], each["from"]))


# Explore's views

VIEWS = """(() => {
  const bytes = Uint8Array.from(atob(a.packed), (letter) => letter.charCodeAt(0));
  const { layers } = readNetwork(bytes), outputs = activations(layers, pixelsOf(a.shown.image));
  const [one, all] = [make("div"), make("div")];
  document.body.append(one, all);
  const view = new LayersView(one), sheets = new SheetsView(all);
  sheets.box.open = true;
  sheets.draw(a.shown, layers, outputs);
  const opened = a.shown.layers.map(({ name }) => {
    view.draw({ ...a.shown, layer: name, map: null }, layers, outputs);
    const value = one.querySelector(".opened .formula[data-value]")?.dataset.value;
    return {
      heading: one.querySelector("h2").textContent,
      pressed: one.querySelector("[aria-pressed=true] b").textContent,
      value: value === undefined ? null : Number(value),
      words: one.querySelector(".opened").textContent,
    };
  });
  const drawn = { opened, sheets: all.querySelectorAll("canvas").length };
  one.remove();
  all.remove();
  return drawn;
})()"""


@pytest.mark.parametrize("seed", range(12))
def test_each_layer_of_a_random_network_is_drawn_with_the_value_it_has(code, seed):
    layers, image = random_network(seed), load_digits("test").images[seed]
    keras.backend.clear_session()
    model = keras.Sequential([keras.Input((28, 28, 1)), *keras_layers(layers)])
    weights = [np.abs(each) if each.ndim == 1 else each for each in random_weights(layers, seed)]
    model.set_weights(weights)
    summaries = summarise_layers(model)
    shown = {
        "layers": described(tuple(summaries)),
        "palettes": PALETTES,
        "image": base64.b64encode(image.tobytes()).decode(),
        "classes": list("0123456789"),
        "network": str(seed),
    }
    packed = base64.b64encode(pack_network(layers, weights, "")).decode()
    found = code(VIEWS, {"packed": packed, "shown": shown})
    every = keras.Model(model.inputs, [layer.output for layer in model.layers])
    outputs = [np.asarray(each)[0] for each in every.predict_on_batch(scaled(image[None]))]
    inputs = [scaled(image[None])[0], *outputs]
    rates = {name: layer.rate for name, layer in named(layers) if layer.kind == "Dropout"}
    for layer, drawn, before, output in zip(
        summaries, found["opened"], inputs, outputs, strict=False
    ):
        number = int(output.reshape(-1, output.shape[-1]).max(axis=0).argmax())
        assert (drawn["heading"], drawn["pressed"]) == (f"Inside {layer.name}", layer.name)
        assert len(drawn["words"]) > 40 and "NaN" not in drawn["words"]
        assert "undefined" not in drawn["words"]
        if layer.kind in ("Conv2D", "Dense") and layer.activation != "softmax":
            # Of the map or unit with the largest value, and there of the cell that has it.
            assert drawn["value"] == pytest.approx(float(output.max()), rel=2e-3, abs=2e-3)
        negative = int((before[..., number] < 0).sum()) if layer.kind == "Activation" else 0
        expected = {
            "Activation": (
                f"values of map {number}, {negative} are negative."
                if output.ndim == 3
                else f"Unit {number}: the input "
            ),
            "BatchNormalization": "are moving averages over the batches of the training; gamma ",
            "Dropout": f"{100 * rates.get(layer.name, 0):.4g} % of the values, chosen at random",
            "GlobalAveragePooling2D": f"Unit {number} is the average of the ",
        }
        assert expected.get(layer.kind, "") in drawn["words"]
    assert found["sheets"] == sum(each.activation != "softmax" for each in summaries)


# Strokes


def images_here(code, drawings: list[list[Stroke]]) -> list[np.ndarray | None]:
    strokes = [
        [{"points": each.points.tolist(), "width": each.width} for each in drawing]
        for drawing in drawings
    ]
    images = code(
        """a.drawings.map((strokes) => {
          const image = normalizeStrokes(strokes, a.side);
          return image && [...image];
        })""",
        {"drawings": strokes, "side": CANVAS_SIDE},
    )
    return [None if each is None else np.reshape(each, (28, 28)) for each in images]


def expect_same_images(code, drawings):
    for drawing, here in zip(drawings, images_here(code, drawings), strict=True):
        there = normalize_strokes(drawing)
        assert (here is None) == (there is None)
        if there is not None:
            assert np.abs(here - there.image.astype(int)).max() <= 1


def test_drawings_become_the_same_picture(code):
    rng = np.random.default_rng(5)
    drawings = []
    for number in range(60):
        lines = synthesize_digit(number % 10, rng) if number % 3 else scribble(rng)
        scale, shift, width = rng.uniform(0.2, 2.5), rng.uniform(0, 60, 2), rng.integers(4, 41)
        drawings.append([Stroke(line * scale + shift, float(width)) for line in lines])
    expect_same_images(code, drawings)


@pytest.mark.parametrize(
    "lines",
    [
        [[(140, 140)]],
        [[(140, 140), (140, 140)]],
        [[(0, 0)], [(280, 280)]],
        [[(10, 140), (270, 140)]],
        [[(140, 10), (140, 270)]],
        [[(-100, 140), (400, 140)]],
        [[(-100, -100), (140, 140), (400, -100), (400, 400), (140, 200)]],
        [[(289.9, 100), (289.9, 200)]],
        [[(140, 140), (140.2, 140)]],
        [[(50, 50), (50, 50), (90, 90), (90, 90), (50, 130)]],
    ],
)
def test_unusual_drawings_become_the_same_picture(code, lines):
    expect_same_images(code, [[Stroke(np.array(line, float), 20.0) for line in lines]])


def test_without_ink_there_is_nothing_to_classify(code):
    outside = [Stroke(np.array([(400, 400), (500, 450)], float), 20.0)]
    assert images_here(code, [[], outside]) == [None, None]


def test_maps_of_a_diverged_network_can_be_painted(code):
    pixels = code(
        """(() => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 3, height: 1 });
          const values = Float32Array.from([NaN, Infinity, 1]), [low, high] = rangeOf(values);
          paintMap(canvas, values, 0, 1, low, high, rgbOf(a));
          return [...canvas.getContext("2d").getImageData(0, 0, 3, 1).data];
        })()""",
        ["#102030", "#ffffff"],
    )
    assert pixels == [0x10, 0x20, 0x30, 255] * 3


# Decisions and texts


def test_decisions_are_the_servers(code):
    rng = np.random.default_rng(7)
    for threshold in (0.0, 0.5, 0.9):
        for sharpness in (0.5, 3.0, 10.0):
            powers = np.exp(sharpness * rng.standard_normal((30, 10)))
            for probabilities in powers / powers.sum(axis=1, keepdims=True):
                here = code("decide(...a)", [probabilities.tolist(), threshold])
                assert here == asdict(decide(probabilities, threshold))


def test_of_equal_probabilities_the_same_class_is_best(code):
    for probabilities in ([0.5, 0.5, 0, 0], [0, 0.4, 0.2, 0.4], [0.25] * 4):
        here = code("decide(...a)", [probabilities, 0.5])
        assert here == asdict(decide(np.array(probabilities), 0.5))


@pytest.mark.parametrize("share", [0, 1e-9, 0.0004, 0.0005, 0.12345, 0.5, 0.9994, 0.9996, 1])
def test_probabilities_are_written_alike(code, share):
    assert code("percent(a)", share) == probability_text(share)
