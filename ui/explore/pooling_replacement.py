"""One trained network with its pooling swapped, beside networks that were trained with another."""

from typing import Any, NamedTuple

import streamlit as st

from cnn.config import POOLINGS
from cnn.data.mnist import Digits, load_digits, scaled
from cnn.rendering.text import percent
from cnn.runs.run import Network, Run, RunError, list_runs, shipped_runs
from ui.loading.errors import as_text, show_error, show_errors_inline
from ui.loading.network_cache import weights_key
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.widgets.waiting import ResultCache, run_button, with_time_left

TEST_DIGITS, TRAINING_DIGITS = 1_000, 500
OTHERS = 6  # the newest: each costs time


class Row(NamedTuple):
    """One network of the table: whose weights, and its pooling if that is swapped, "" if not."""

    network: Network
    kind: str = ""
    scaled_back: bool = False


class Tried(NamedTuple):
    """A keras.Model, what its poolings are multiplied by, and its accuracy, 0 to 1."""

    model: Any
    factors: dict[str, float]
    accuracy: float


_kept = ResultCache(64)  # about a megabyte each


def show_swaps(network: Network, picture: ChosenPicture) -> None:
    """What the network says with its pooling swapped; on a button the first time, then at once."""
    with st.container(key="swaps"), show_errors_inline():
        st.subheader("The same network with its pooling swapped", anchor="swaps")
        rows = _rows(network)
        missing = [row for row in rows if _kept.get(_key(row)) is None]
        label = f"Swap it and read {TEST_DIGITS:,} test digits"
        if run_button(label, "try_swaps", done=not missing):
            for row in with_time_left("Swapping, and reading test digits", missing):
                _try(row)
        # Looked up once: another visitor's may take their place meanwhile.
        tried = {row: _kept.get(_key(row)) for row in rows}
        _show_table(tried, picture)
        if all(tried.values()):
            st.markdown(_verdict(tried))


def _rows(network: Network) -> list[Row]:
    """As trained, each swap, and networks of the same layers that learned with another pooling."""
    config = network.run.config
    swaps = [
        Row(network, kind, scaled_back)
        for kind in POOLINGS
        if kind != config.pooling
        for scaled_back in (False, True)
    ]
    others = [
        Row(Network(run, run.last_saved_epoch))
        for run in _finished_runs()
        if run.config.recipe.network == config.recipe.network
        and run.config.pooling != config.pooling
    ]
    return [Row(network), *swaps, *others[:OTHERS]]


def _finished_runs() -> list[Run]:
    runs = [*list_runs()[0], *shipped_runs()]
    return [run for run in runs if run.state().status == "finished" and run.saved_epochs()]


def _key(row: Row) -> tuple:
    return (*weights_key(row.network), row.kind, row.scaled_back)


def _try(row: Row) -> None:
    """Keep a row's network with its accuracy; says so where its weights are damaged."""
    try:
        model, factors = recognizer_of(row.network).network, {}
    except RunError as error:
        show_error(str(error))
        return
    from cnn.inspection.pooling_replacement import (  # Keras: after the wait
        accuracy_on,
        pooling_factors,
        replace_pooling,
    )

    if row.scaled_back:
        factors = pooling_factors(model, row.kind, load_digits("train").images[:TRAINING_DIGITS])
    if row.kind:
        model = replace_pooling(model, row.kind, factors)
    digits = Digits(*(each[:TEST_DIGITS] for each in load_digits("test")))
    _kept.keep(_key(row), Tried(model, factors, accuracy_on(model, digits)))


def _show_table(tried: dict[Row, Tried | None], picture: ChosenPicture) -> None:
    st.table(
        {
            "Pooling": [_title(row, each) for row, each in tried.items()],
            "Reads this picture as": [_answer(each, picture) for each in tried.values()],
            f"Right of {TEST_DIGITS:,} test digits": [
                percent(each.accuracy) if each else "–" for each in tried.values()
            ],
        },
        border="horizontal",
        hide_index=True,
    )
    st.caption(
        "Instead: all weights stay as they were learned, only the pooling layers are others. "
        "Scaled back: what each layer gives is multiplied by a number, so that its mean is what "
        "the network was trained with; between max and another that number is measured on "
        f"{TRAINING_DIGITS} training digits, between average and sum it is the number of cells in "
        "a window, or one over it. Below come finished networks that learned with another "
        "pooling from the start, if any."
    )


def _title(row: Row, tried: Tried | None) -> str:
    run, epoch = row.network
    if not row.kind:
        trained = f"{as_text(run.title)}, {epoch} x {run.config.limit:,} digits"
        return f"**{run.config.pooling.capitalize()}, as trained** ({trained})"
    if not row.scaled_back:
        return f"{row.kind.capitalize()} instead"
    factors = tried.factors.values() if tried else ()
    times = ": " + ", ".join(f"× {factor:.3g}" for factor in factors) if factors else ""
    return f"{row.kind.capitalize()} instead, scaled back{times}"


def _answer(tried: Tried | None, picture: ChosenPicture) -> str:
    if tried is None:
        return "–"
    [probabilities] = tried.model.predict_on_batch(scaled(picture.image[None]))
    return f"**{probabilities.argmax()}** ({percent(float(probabilities.max()))})"


def _verdict(tried: dict[Row, Tried]) -> str:
    """What the accuracies say."""
    accuracy = {row: percent(each.accuracy) for row, each in tried.items()}
    first, *_ = tried
    network, kinds = first.network, [row.kind for row in tried if row.scaled_back]
    goes = " and ".join(
        f"from {accuracy[Row(network, kind)]} to {accuracy[Row(network, kind, True)]} with {kind}"
        for kind in kinds
    )
    other = "sum" if network.run.config.pooling == "average" else "average"
    same = (
        "Average and sum differ by a factor only, so that scaled back they are one network."
        if network.run.config.pooling == "max"
        else f"{other.capitalize()}, scaled back, is the network as it was trained: average "
        "and sum differ by a factor only."
    )
    return (
        f"As trained, it reads {accuracy[first]} right. Scaling back takes a swapped pooling "
        f"{goes}. {same} One digit is {percent(1 / TEST_DIGITS)}."
    )
