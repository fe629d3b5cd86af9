"""Each code computes what Keras computes with the app's own network, and learns as it does."""

import importlib
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cnn.config import POOLINGS, TrainingConfig
from cnn.data.mnist import load_digits, scaled
from cnn.frameworks.catalog import FRAMEWORKS, PARTS, code_parts
from cnn.frameworks.network import BATCH, RATE, has_network, race_order, race_weights
from cnn.models.network import build_network
from cnn.networks.layers import SumPooling2D
from ui.frameworks.codes import coloured

INSTALLED = [
    pytest.param(name, marks=pytest.mark.skipif(bool(each.missing), reason="not installed"))
    for name, each in FRAMEWORKS.items()
]


def code_of(name: str):
    return importlib.import_module(f"cnn.frameworks.codes.{FRAMEWORKS[name].module}")


@cache
def batches() -> tuple[np.ndarray, np.ndarray]:
    """Five batches of training digits, and their labels."""
    digits = load_digits("train")
    order = race_order(len(digits.labels))[:5].ravel()
    return scaled(digits.images[order]), digits.labels[order].astype(np.int32)


def losses_of(name: str) -> list[float]:
    code, (images, labels) = code_of(name), batches()
    step = code.train(code.build("max", race_weights()), RATE)
    parts = range(0, len(images), BATCH)
    return [step(images[i : i + BATCH], labels[i : i + BATCH]) for i in parts]


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("name", INSTALLED)
def test_the_probabilities_are_those_of_the_apps_network(name, pooling):
    code, images = code_of(name), batches()[0][:20]
    network = build_network(TrainingConfig(pooling=pooling))
    network.set_weights(race_weights(seed=3))
    probabilities = code.predict(code.build(pooling, race_weights(seed=3)), images)
    assert np.shape(probabilities) == (20, 10)
    np.testing.assert_allclose(probabilities, network.predict(images, verbose=0), atol=1e-5)


@pytest.mark.parametrize("name", [each for each in INSTALLED if each.values[0] != "keras"])
def test_five_steps_have_the_losses_that_keras_has(name):
    np.testing.assert_allclose(losses_of(name), losses_of("keras"), atol=1e-4)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_parts_are_all_of_a_code_after_its_docstring(name):
    code = FRAMEWORKS[name].code
    parts = code_parts(code)
    assert {part for part, _ in parts} == set(PARTS)
    shown = "\n".join(text for _, text in parts)
    _, rest = code.split('"""\n\n', 1)
    assert [line for line in shown.split("\n") if line] == [x for x in rest.split("\n") if x]


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_coloured_code_has_the_same_text(name):
    for _, text in code_parts(FRAMEWORKS[name].code):
        html = coloured(text)
        plain = html.replace("</span>", "")
        for kind in ("comment", "string", "keyword"):
            plain = plain.replace(f'<span class="{kind}">', "")
        for mark, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'")):
            plain = plain.replace(mark, character)
        assert plain.replace("&amp;", "&") == text
    assert '<span class="keyword">def</span>' in coloured("def f(): pass")


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_notebooks_network_fits_with_any_pooling_also_with_dropout(pooling):
    assert has_network(TrainingConfig(pooling=pooling, dropout=0.5).layers)
    arrays = build_network(TrainingConfig(pooling=pooling)).get_weights()
    assert [each.shape for each in arrays] == [each.shape for each in race_weights()]


def test_other_networks_do_not_fit_even_if_their_weights_would():
    assert not has_network(TrainingConfig(preset="drawing").layers)
    layers = TrainingConfig().layers
    tanh = replace(layers[0], activation="tanh")
    assert not has_network((tanh, *layers[1:]))
    mixed = (layers[0], SumPooling2D(2), *layers[2:])
    assert not has_network(mixed)


def test_the_first_weights_depend_on_the_seed_alone():
    for one, same, other in zip(*map(race_weights, (1, 1, 2)), strict=True):
        np.testing.assert_array_equal(one, same)
        assert one.dtype == np.float32
        if one.ndim > 1:
            assert not np.array_equal(one, other)
            assert abs(one).max() <= np.sqrt(6 / sum(one.shape[-2:]))


def test_a_race_has_a_digit_once_where_there_are_enough():
    assert len(np.unique(race_order(60_000))) == race_order(60_000).size == 6_400
    assert race_order(100).max() == 99
