"""A network with its pooling replaced, beside networks trained with another pooling."""

from typing import Any, NamedTuple

import streamlit as st

from cnn.config import POOLINGS
from cnn.data.mnist import Digits, scaled
from cnn.dataset_facts import DatasetFacts
from cnn.datasets.settings import load_splits
from cnn.networks.layers import with_pooling
from cnn.rendering.text import percent, probability_text
from cnn.runs.differences import digits_text
from cnn.runs.run import Network, RunError, list_runs, shipped_runs
from ui.loading.errors import as_text, show_error
from ui.loading.network_cache import weights_key
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.widgets.waiting import ResultCache, run_button, with_time_left

TEST_DIGITS, TRAINING_DIGITS = 1_000, 500
MAX_OTHER_RUNS = 6  # the newest; evaluating each takes time


class Variant(NamedTuple):
    """A network as trained, or with its pooling replaced by `pooling`, rescaled or not."""

    network: Network
    pooling: str = ""
    rescaled: bool = False


class Result(NamedTuple):
    """A keras.Model, the factors of its poolings by layer, and its accuracy, 0 to 1."""

    model: Any
    factors: dict[str, float]
    accuracy: float


_results = ResultCache(64)  # about a megabyte each


def show_pooling_replacement(network: Network, picture: ChosenPicture) -> None:
    """Show the predictions and the accuracy with another pooling, evaluated on a button."""
    with st.container(key="replaced_pooling"):
        st.subheader("Replace pooling", anchor="replace-pooling")
        variants = _variants(network)
        missing = [each for each in variants if _results.get(_cache_key(each)) is None]
        data = network.run.data
        label = f"Evaluate on {_test_count(data):,} test {data.nouns}"
        if run_button(label, "replace_pooling", done=not missing):
            for variant in with_time_left("Evaluating", missing):
                _evaluate(variant)
        _show_table(variants, picture, data)


def _variants(network: Network) -> list[Variant]:
    """`network`, its replacements, and runs of the same layers trained with another pooling."""
    config = network.run.config
    replaced = [
        Variant(network, pooling, rescaled)
        for pooling in POOLINGS
        if pooling != config.pooling
        for rescaled in (False, True)
    ]
    others = [
        Variant(Network(run, run.last_saved_epoch))
        for run in (*list_runs()[0], *shipped_runs())
        if with_pooling(run.config.layers, "max") == with_pooling(config.layers, "max")
        and run.config.pooling != config.pooling
        and run.data == config.dataset
        and run.state().status == "finished"
        and run.saved_epochs()
    ]
    return [Variant(network), *replaced, *others[:MAX_OTHER_RUNS]]


def _cache_key(variant: Variant) -> tuple:
    return (*weights_key(variant.network), variant.pooling, variant.rescaled)


def _evaluate(variant: Variant) -> None:
    """Cache the result of `variant`, or show an error if its weights are damaged."""
    try:
        model, factors = recognizer_of(variant.network).network, {}
    except RunError as error:
        show_error(str(error))
        return
    from cnn.inspection.pooling_replacement import (  # imports Keras
        accuracy_on,
        pooling_factors,
        replace_pooling,
    )

    if variant.rescaled:
        images = load_splits(variant.network.run.data).training.images[:TRAINING_DIGITS]
        factors = pooling_factors(model, variant.pooling, images)
    if variant.pooling:
        model = replace_pooling(model, variant.pooling, factors)
    digits = Digits(*(each[:TEST_DIGITS] for each in load_splits(variant.network.run.data).test))
    _results.keep(_cache_key(variant), Result(model, factors, accuracy_on(model, digits)))


def _test_count(data: DatasetFacts) -> int:
    return min(TEST_DIGITS, data.test_count)


def _show_table(variants: list[Variant], picture: ChosenPicture, data: DatasetFacts) -> None:
    st.table(
        [_table_row(each, _results.get(_cache_key(each)), picture) for each in variants],
        border="horizontal",
        hide_index=True,
    )
    st.caption(
        "Replaced: the same weights with other pooling layers. Rescaled: the output of each "
        "replaced layer is multiplied by a factor, the mean output of the original pooling over "
        "that of the new one for the same input. Between average and sum that is the number of "
        "cells in a window (or its inverse), so rescaled they compute the same function; between "
        f"max and the others it is measured on {TRAINING_DIGITS} training {data.nouns}. The last "
        f"rows are finished runs with another pooling, if any. One {data.noun} is "
        f"{percent(1 / _test_count(data))}."
    )


def _table_row(variant: Variant, result: Result | None, picture: ChosenPicture) -> dict[str, str]:
    prediction, accuracy, data = "–", "–", variant.network.run.data
    if result:
        [probabilities] = result.model.predict_on_batch(scaled(picture.image[None]))
        name = as_text(data.classes[probabilities.argmax()])
        prediction = f"**{name}** ({probability_text(float(probabilities.max()))})"
        accuracy = percent(result.accuracy)
    return {
        "Pooling": _title(variant, result),
        "Prediction": prediction,
        f"Accuracy on {_test_count(data):,} test {data.nouns}": accuracy,
    }


def _title(variant: Variant, result: Result | None) -> str:
    run, epoch = variant.network
    if not variant.pooling:
        state = "before training" if variant.network.is_random else "as trained"
        name = f"{as_text(run.title)}, epoch {epoch}, {digits_text(run.config)}"
        return f"**{run.config.pooling.capitalize()}, {state}** ({name})"
    title = f"Replaced by {variant.pooling}"
    if not variant.rescaled:
        return title
    factors = [f"× {factor:.3g}" for factor in result.factors.values()] if result else []
    return ", ".join([f"{title}, rescaled", *factors])
