"""The picture shifted, noisy or thinner: how far a map and its poolings change."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from cnn.arithmetic.perturbation import (
    PERTURBATIONS,
    POOLING_KINDS,
    MapsFunction,
    Perturbation,
    Pooling,
    changes_by_amount,
    pool_maps,
    pooled_changes,
)
from cnn.data.mnist import load_digits
from cnn.rendering.charts import sensitivity_chart
from cnn.rendering.images import Scale, paint, pixel_scale, scale_for
from cnn.rendering.text import percent
from cnn.runs.run import Network
from ui.explore.pooling_comparison import Choice
from ui.loading.errors import show_errors_inline
from ui.loading.network_cache import weights_key
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.widgets.layer_panel import shape_text
from ui.widgets.waiting import ResultCache, run_button, with_time_left

SIDE, CELL = 112, 132  # pixels
HEIGHT = 320
DIGITS, CHUNK = 500, 25
ALIKE = 0.03  # two changes that are closer than this are called about equal
BY_TITLE = {each.title: each for each in PERTURBATIONS}


class Changes(NamedTuple):
    """Over many digits, (amounts, kinds) each: the mean, and what a tenth is below and above."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


_kept = ResultCache(64)  # a few kilobytes each


def show_robustness(network: Network, picture: ChosenPicture, choice: Choice) -> None:
    """How far one map and its poolings change with the picture; on a button, 500 digits' maps."""
    with st.container(key="robustness"), show_errors_inline():
        st.subheader("When the picture changes", anchor="robustness")
        perturbation, amount = _pick_disturbance()
        _show_this_digit(network, picture, choice, perturbation, amount)
        found = _changes_over_digits(network, choice)
        if found:
            _show_over_digits(found, choice, perturbation)


def _pick_disturbance() -> tuple[Perturbation, int]:
    with st.container(horizontal=True, gap="medium"):
        title = st.segmented_control(
            "What happens to the picture",
            list(BY_TITLE),
            default=PERTURBATIONS[0].title,
            required=True,
            key="perturbation",
            persist_state="session",
        )
        perturbation = BY_TITLE[title]
        amount = st.select_slider(
            perturbation.measure.capitalize(),
            perturbation.amounts,
            value=perturbation.default,
            key=f"amount_of_{title}",
            persist_state="session",
            width=300,
        )
    return perturbation, amount


def _pooling(choice: Choice) -> Pooling:
    return Pooling(choice.size, choice.stride, choice.padding)


def _reader(network: Network, choice: Choice) -> MapsFunction:
    recognizer = recognizer_of(network)
    place = [layer.name for layer in recognizer.layers].index(choice.layer)
    return lambda images: recognizer.all_activations(images)[place]


def _show_this_digit(
    network: Network,
    picture: ChosenPicture,
    choice: Choice,
    perturbation: Perturbation,
    amount: int,
) -> None:
    pooling, read_layer = _pooling(choice), _reader(network, choice)

    def read(images: np.ndarray) -> np.ndarray:
        return read_layer(images)[..., choice.number, None]

    image = picture.image[None]
    disturbed = perturbation.apply(image, amount)
    before, after = read(image), read(disturbed)
    changes = pooled_changes(before, after, pooling)[:, 0]
    with st.container(horizontal=True, gap="small"):
        _show_pair("Picture", image[0], disturbed[0], pixel_scale(), "")
        for kind, change in zip(POOLING_KINDS, changes.tolist(), strict=True):
            pair = [pool_maps(maps, kind, pooling)[0, :, :, 0] for maps in (before, after)]
            _show_pair(kind.capitalize(), *pair, scale_for(*pair), f"Change {change_text(change)}")
    st.caption(
        f"{choice.title}, above before and below after, each pair on a scale of its own. The "
        "change is ‖after - before‖ / ‖before‖, where ‖ ‖ is the root of the sum of squares over "
        "the map. Equal places are compared: a map that has only moved has changed, too. Two maps "
        "of the same ‖ ‖ of which no place is active in both are √2 = 141 % apart."
    )
    if not before.any():
        st.caption("This map is 0 everywhere for this picture, so there is no share to give.")
    changes = changes_by_amount(perturbation, image, read, pooling)[:, :, 0]
    _draw(perturbation, changes, "digit_changes", f"{choice.title}, this picture")


def _show_pair(title: str, before: np.ndarray, after: np.ndarray, scale: Scale, words: str) -> None:
    with st.container(width=CELL, gap="xsmall"):
        st.markdown(f"**{title}**")
        for name, values in (("before", before), ("after", after)):
            caption = f"{shape_text(values.shape)}, {values.min():.3g} to {values.max():.3g}"
            png = paint(values, scale, SIDE)
            st.image(png, caption=caption, alt=f"{title}, {name}: {caption}", width=SIDE)
        st.markdown(words)


def _draw(perturbation: Perturbation, changes: np.ndarray, key: str, title: str) -> None:
    """The chart of (amounts, kinds)."""
    st.markdown(f"##### {title}: {perturbation.title.lower()}")
    st.echarts_chart(
        sensitivity_chart(
            perturbation.amounts,
            dict(zip(POOLING_KINDS, changes.T, strict=True)),
            perturbation.measure,
        ),
        height=HEIGHT,
        key=key,
        alt=f"Change in % by {perturbation.measure}: {title}",
    )


def change_text(change: float) -> str:
    """A change in percent; 1 is as large as the map was."""
    return f"**{percent(change)}**" if np.isfinite(change) else "from 0"


def _changes_over_digits(network: Network, choice: Choice) -> dict[str, Changes] | None:
    """By perturbation's title; None until the button was pressed for them."""
    pooling = _pooling(choice)
    key = (*weights_key(network), choice.layer, pooling)
    found = _kept.get(key)
    if not run_button(f"Over {DIGITS} test digits", "over_digits", done=found is not None):
        return found
    images, read = load_digits("test").images[:DIGITS], _reader(network, choice)
    parts = {title: [] for title in BY_TITLE}
    starts = range(0, DIGITS, CHUNK)
    for start in with_time_left(f"Reading {DIGITS} digits, {CHUNK} at a time", starts):
        for title, perturbation in BY_TITLE.items():
            chunk = images[start : start + CHUNK]
            parts[title].append(changes_by_amount(perturbation, chunk, read, pooling))
    return _kept.keep(key, {title: _summary(np.dstack(part)) for title, part in parts.items()})


def _summary(changes: np.ndarray) -> Changes:
    return Changes(changes.mean(axis=2), *np.percentile(changes, (10, 90), axis=2))


def _show_over_digits(
    found: dict[str, Changes], choice: Choice, perturbation: Perturbation
) -> None:
    _draw(
        perturbation,
        found[perturbation.title].mean,
        "digits_changes",
        f"{choice.layer}, all maps, mean over {DIGITS} test digits",
    )
    st.table(
        {
            "": [_usual_text(each) for each in PERTURBATIONS],
            **{
                kind.capitalize(): [_range_text(found, each, place) for each in PERTURBATIONS]
                for place, kind in enumerate(POOLING_KINDS)
            },
        },
        border="horizontal",
        hide_index=True,
    )
    factor = (
        f"A sum is {choice.size**2} times an average, which the division takes out: their changes "
        "are equal."
        if choice.padding == "valid"
        else "Where windows lie wholly on the map, a sum is a fixed number of times an average, "
        "which the division takes out: their changes differ only by the windows at the edge."
    )
    st.caption(
        f"Mean over the first {DIGITS} test digits, and in brackets from where to where four of "
        f"five lie. For each digit, all maps of {choice.layer} count as one. {factor}"
    )
    st.markdown(verdict({title: _usual(each, BY_TITLE[title]) for title, each in found.items()}))


def _usual(changes: Changes, perturbation: Perturbation) -> np.ndarray:
    return changes.mean[perturbation.amounts.index(perturbation.default)]


def _usual_text(perturbation: Perturbation) -> str:
    return f"{perturbation.title}, {perturbation.default} {perturbation.unit}"


def _range_text(found: dict[str, Changes], perturbation: Perturbation, kind: int) -> str:
    row = perturbation.amounts.index(perturbation.default)
    mean, low, high = (100 * each[row, kind] for each in found[perturbation.title])
    return f"**{mean:.0f} %** ({low:.0f} to {high:.0f})"


def verdict(changes: dict[str, np.ndarray]) -> str:
    """What the means say: for each perturbation's title, (kinds,) in the order of POOLING_KINDS."""
    least = {"max": [], "average": [], "": []}
    no_gain = []
    for title, (unpooled, maximum, average, _) in changes.items():
        alike = abs(maximum - average) < ALIKE
        least["" if alike else "max" if maximum < average else "average"].append(title.lower())
        no_gain += [
            f"{kind} under {title.lower()}"
            for kind, change in (("max", maximum), ("average", average))
            if change >= unpooled
        ]
    words = [
        f"{kind.capitalize()} pooling changes less under {listed(titles)}."
        for kind, titles in least.items()
        if kind and titles
    ]
    if least[""]:
        words.append(
            f"Max and average change about equally, less than {100 * ALIKE:.0f} percentage points "
            f"apart, under {listed(least[''])}."
        )
    words.append(
        f"Both change less than the map itself, except {listed(no_gain)}."
        if no_gain
        else "Under each of the four, both change less than the map itself."
    )
    return " ".join(words)


def listed(words: list[str]) -> str:
    """One or more `words` as people list them: a, b and c."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
