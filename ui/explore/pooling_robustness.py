"""How far a feature map and its poolings change if the image is shifted, noisy or thinner."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from cnn.arithmetic.perturbation import (
    PERTURBATIONS,
    POOLING_KINDS,
    Perturbation,
    changes_by_amount,
    pool_maps,
    pooled_changes,
)
from cnn.dataset_facts import DatasetFacts
from cnn.datasets.settings import load_splits
from cnn.rendering.charts import sensitivity_chart
from cnn.rendering.images import Scale, paint, pixel_scale, scale_for
from cnn.rendering.text import percent
from cnn.runs.run import Network
from ui.explore.pooling_comparison import PoolingChoice
from ui.loading.network_cache import weights_key
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choice_widget
from ui.state.session import AMOUNT, PERTURBATION
from ui.widgets.display import data_url, show_chart
from ui.widgets.layer_panel import shape_text
from ui.widgets.waiting import ResultCache, run_button, with_time_left

SIDE, CELL = 112, 132  # pixels
CHART_HEIGHT = 320
DIGITS, CHUNK = 500, 25
TOLERANCE = 0.03  # changes closer than this count as equal
BY_TITLE = {each.title: each for each in PERTURBATIONS}
_results = ResultCache(64)  # a few kilobytes each


def show_robustness(network: Network, picture: ChosenPicture, choice: PoolingChoice) -> None:
    """Show the change of one map and its poolings; on a button, of all maps over 500 digits."""
    with st.container(key="robustness"):
        st.subheader("Robustness", anchor="robustness")
        perturbation, amount = _pick_perturbation()
        _show_image_changes(network, picture, choice, perturbation, amount)
        changes = _changes_over_digits(network, choice)
        if changes:
            _show_digits_changes(changes, choice, perturbation, network.run.data)


def _pick_perturbation() -> tuple[Perturbation, int]:
    PERTURBATION.start()
    with st.container(horizontal=True, gap="medium"):
        title = st.segmented_control(
            "Perturbation",
            list(BY_TITLE),
            required=True,
            key=PERTURBATION.name,
            persist_state="session",
        )
        perturbation, amount = BY_TITLE[title], AMOUNT.get()
        amount = st.select_slider(
            perturbation.measure.capitalize(),
            perturbation.amounts,
            value=amount if amount in perturbation.amounts else perturbation.default,
            width=300,
            **choice_widget(AMOUNT, name=f"amount_{title}"),
        )
    return perturbation, amount


def _maps_reader(network: Network, layer: str) -> Callable[[np.ndarray], np.ndarray]:
    """The function from (n, 28, 28) uint8 to the maps of `layer`, (n, h, w, channels)."""
    recognizer = recognizer_of(network)
    index = [each.name for each in recognizer.layers].index(layer)
    return lambda images: recognizer.all_activations(images)[index]


def _show_image_changes(
    network: Network,
    picture: ChosenPicture,
    choice: PoolingChoice,
    perturbation: Perturbation,
    amount: int,
) -> None:
    all_maps = _maps_reader(network, choice.layer)

    def chosen_map(images: np.ndarray) -> np.ndarray:
        return all_maps(images)[..., choice.number, None]

    image = picture.image[None]
    perturbed = perturbation.apply(image, amount)
    before, after = chosen_map(image), chosen_map(perturbed)
    changes = pooled_changes(before, after, choice.pooling)[:, 0]
    with st.container(horizontal=True, gap="small"):
        _show_pair("Image", image[0], perturbed[0], pixel_scale(), "")
        for kind, change in zip(POOLING_KINDS, changes.tolist(), strict=True):
            pair = [pool_maps(maps, kind, choice.pooling)[0, :, :, 0] for maps in (before, after)]
            share = f"**{percent(change)}**" if np.isfinite(change) else "undefined (0 before)"
            _show_pair(kind.capitalize(), *pair, scale_for(*pair), f"Change {share}")
    st.caption(
        f"{choice.title}, before (above) and after (below), one colour scale per pair. The change "
        "is ‖after − before‖ / ‖before‖, with the L2 norm over the map. Values are compared "
        "position by position, so a map that is only shifted changes, too: by √2 = 141 % if no "
        "position is active both before and after."
    )
    if not before.any():
        st.caption("This map is 0 everywhere for this image, so a change from it is undefined.")
    changes = changes_by_amount(perturbation, image, chosen_map, choice.pooling)[:, :, 0]
    _show_chart(perturbation, changes, "digit_changes", f"{choice.title}, this image")


def _show_pair(title: str, before: np.ndarray, after: np.ndarray, scale: Scale, text: str) -> None:
    with st.container(width=CELL, gap="xsmall"):
        st.markdown(f"**{title}**")
        for name, values in (("before", before), ("after", after)):
            caption = f"{shape_text(values.shape)}, {values.min():.3g} to {values.max():.3g}"
            png = paint(values, scale, SIDE)
            st.image(data_url(png), caption=caption, alt=f"{title}, {name}: {caption}", width=SIDE)
        st.markdown(text)


def _show_chart(perturbation: Perturbation, changes: np.ndarray, key: str, title: str) -> None:
    """Show `changes`, (amounts, kinds), as a line for each of POOLING_KINDS."""
    st.markdown(f"**{title}: {perturbation.title.lower()}**")
    by_kind = dict(zip(POOLING_KINDS, changes.T, strict=True))
    show_chart(
        sensitivity_chart(perturbation.amounts, by_kind, perturbation.measure),
        height=CHART_HEIGHT,
        key=key,
        alt=f"Change in % by {perturbation.measure}: {title}",
    )


def _changes_over_digits(network: Network, choice: PoolingChoice) -> dict[str, np.ndarray] | None:
    """Mean, 10th and 90th percentile, (3, amounts, kinds), by the perturbation's title.

    None until the button is clicked.
    """
    key = (*weights_key(network), choice.layer, choice.pooling)
    cached = _results.get(key)
    data = network.run.data
    count, nouns = min(DIGITS, data.test_count), data.nouns
    if not run_button(f"Measure on {count} test {nouns}", "over_digits", done=cached is not None):
        return cached
    images, all_maps = load_splits(data).test.images[:count], _maps_reader(network, choice.layer)
    chunks = {title: [] for title in BY_TITLE}
    starts = range(0, count, CHUNK)
    for start in with_time_left(f"Measuring {count} {nouns}, {CHUNK} at a time", starts):
        for title, perturbation in BY_TITLE.items():
            chunk = images[start : start + CHUNK]
            chunks[title].append(changes_by_amount(perturbation, chunk, all_maps, choice.pooling))
    changes = {title: np.dstack(each) for title, each in chunks.items()}
    summary = {
        title: np.stack([each.mean(axis=2), *np.percentile(each, (10, 90), axis=2)])
        for title, each in changes.items()
    }
    return _results.keep(key, summary)


def _show_digits_changes(
    changes: dict[str, np.ndarray],
    choice: PoolingChoice,
    perturbation: Perturbation,
    data: DatasetFacts,
) -> None:
    count = min(DIGITS, data.test_count)
    _show_chart(
        perturbation,
        changes[perturbation.title][0],
        "digits_changes",
        f"{choice.layer}, all maps, mean over {count} test {data.nouns}",
    )
    st.table(
        [_table_row(each, changes[each.title]) for each in PERTURBATIONS],
        border="horizontal",
        hide_index=True,
    )
    st.caption(
        f"Mean change over the first {count} test {data.nouns}, all maps of {choice.layer} "
        "together; in brackets the 10th to the 90th percentile. **Bold**: the smallest mean of the "
        f"row, and those less than {100 * TOLERANCE:.0f} percentage points above it. The factor "
        "between sum and average cancels out in the relative change, so the two differ only where "
        "padding makes windows smaller."
    )


def _table_row(perturbation: Perturbation, changes: np.ndarray) -> dict[str, str]:
    usual = changes[:, perturbation.amounts.index(perturbation.default)]
    row = {"Perturbation": f"{perturbation.title}, {perturbation.default} {perturbation.unit}"}
    for kind, (mean, low, high) in zip(POOLING_KINDS, usual.T, strict=True):
        bold = "**" if mean < usual[0].min() + TOLERANCE else ""
        percentiles = f"{100 * low:.0f} to {100 * high:.0f}"
        row[kind.capitalize()] = f"{bold}{100 * mean:.0f} %{bold} ({percentiles})"
    return row
