"""The picture shifted, noisy or thinner: how far a map and its poolings change."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from cnn.addresses import ChosenPicture
from cnn.charts import change_chart
from cnn.mnist import load_digits
from cnn.pictures import Scale, paint, pixel_scale, scale_for
from cnn.robustness import (
    DISTURBANCES,
    KINDS,
    Disturbance,
    Pooling,
    Read,
    changes_by_amount,
    pool_maps,
    pooled_changes,
)
from cnn.runs import Network
from ui.layers import shape_text
from ui.network_cache import weights_key
from ui.networks import recognizer_of
from ui.poolings import Choice
from ui.sentences import in_sentences
from ui.show import percent
from ui.waiting import Kept, asked_for, with_time_left

SIDE, CELL = 112, 132  # pixels
HEIGHT = 320
DIGITS, CHUNK = 500, 25
ALIKE = 0.03  # two changes that are closer than this are called about equal
BY_TITLE = {each.title: each for each in DISTURBANCES}


class Changes(NamedTuple):
    """Over many digits, (amounts, kinds) each: the mean, and what a tenth is below and above."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


_kept = Kept(64)  # a few kilobytes each


def show_robustness(network: Network, picture: ChosenPicture, choice: Choice) -> None:
    """How far one map and its poolings change with the picture; on a button, 500 digits' maps."""
    with st.container(key="robustness"), in_sentences():
        st.subheader("When the picture changes", anchor="robustness")
        disturbance, amount = _pick_disturbance()
        _show_this_digit(network, picture, choice, disturbance, amount)
        found = _changes_over_digits(network, choice)
        if found:
            _show_over_digits(found, choice, disturbance)


def _pick_disturbance() -> tuple[Disturbance, int]:
    with st.container(horizontal=True, gap="medium"):
        title = st.segmented_control(
            "What happens to the picture",
            list(BY_TITLE),
            default=DISTURBANCES[0].title,
            required=True,
            key="disturbance",
            persist_state="session",
        )
        disturbance = BY_TITLE[title]
        amount = st.select_slider(
            disturbance.measure.capitalize(),
            disturbance.amounts,
            value=disturbance.usual,
            key=f"amount_of_{title}",
            persist_state="session",
            width=300,
        )
    return disturbance, amount


def _pooling(choice: Choice) -> Pooling:
    return Pooling(choice.size, choice.stride, choice.padding)


def _reader(network: Network, choice: Choice) -> Read:
    recognizer = recognizer_of(network)
    place = [layer.name for layer in recognizer.layers].index(choice.layer)
    return lambda images: recognizer.all_activations(images)[place]


def _show_this_digit(
    network: Network,
    picture: ChosenPicture,
    choice: Choice,
    disturbance: Disturbance,
    amount: int,
) -> None:
    pooling, read_layer = _pooling(choice), _reader(network, choice)

    def read(images: np.ndarray) -> np.ndarray:
        return read_layer(images)[..., choice.number, None]

    image = picture.image[None]
    disturbed = disturbance.apply(image, amount)
    before, after = read(image), read(disturbed)
    changes = pooled_changes(before, after, pooling)[:, 0]
    with st.container(horizontal=True, gap="small"):
        _show_pair("Picture", image[0], disturbed[0], pixel_scale(), "")
        for kind, change in zip(KINDS, changes.tolist(), strict=True):
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
    changes = changes_by_amount(disturbance, image, read, pooling)[:, :, 0]
    _draw(disturbance, changes, "digit_changes", f"{choice.title}, this picture")


def _show_pair(title: str, before: np.ndarray, after: np.ndarray, scale: Scale, words: str) -> None:
    with st.container(width=CELL, gap="xsmall"):
        st.markdown(f"**{title}**")
        for name, values in (("before", before), ("after", after)):
            caption = f"{shape_text(values.shape)}, {values.min():.3g} to {values.max():.3g}"
            png = paint(values, scale, SIDE)
            st.image(png, caption=caption, alt=f"{title}, {name}: {caption}", width=SIDE)
        st.markdown(words)


def _draw(disturbance: Disturbance, changes: np.ndarray, key: str, title: str) -> None:
    """The chart of (amounts, kinds)."""
    st.markdown(f"##### {title}: {disturbance.title.lower()}")
    st.echarts_chart(
        change_chart(
            disturbance.amounts, dict(zip(KINDS, changes.T, strict=True)), disturbance.measure
        ),
        height=HEIGHT,
        key=key,
        alt=f"Change in % by {disturbance.measure}: {title}",
    )


def change_text(change: float) -> str:
    """A change in percent; 1 is as large as the map was."""
    return f"**{percent(change)}**" if np.isfinite(change) else "from 0"


def _changes_over_digits(network: Network, choice: Choice) -> dict[str, Changes] | None:
    """By disturbance's title; None until the button was pressed for them."""
    pooling = _pooling(choice)
    key = (*weights_key(network), choice.layer, pooling)
    found = _kept.get(key)
    if not asked_for(f"Over {DIGITS} test digits", "over_digits", done=found is not None):
        return found
    images, read = load_digits("test").images[:DIGITS], _reader(network, choice)
    parts = {title: [] for title in BY_TITLE}
    starts = range(0, DIGITS, CHUNK)
    for start in with_time_left(f"Reading {DIGITS} digits, {CHUNK} at a time", starts):
        for title, disturbance in BY_TITLE.items():
            chunk = images[start : start + CHUNK]
            parts[title].append(changes_by_amount(disturbance, chunk, read, pooling))
    return _kept.keep(key, {title: _summary(np.dstack(part)) for title, part in parts.items()})


def _summary(changes: np.ndarray) -> Changes:
    return Changes(changes.mean(axis=2), *np.percentile(changes, (10, 90), axis=2))


def _show_over_digits(found: dict[str, Changes], choice: Choice, disturbance: Disturbance) -> None:
    _draw(
        disturbance,
        found[disturbance.title].mean,
        "digits_changes",
        f"{choice.layer}, all maps, mean over {DIGITS} test digits",
    )
    st.table(
        {
            "": [_usual_text(each) for each in DISTURBANCES],
            **{
                kind.capitalize(): [_range_text(found, each, place) for each in DISTURBANCES]
                for place, kind in enumerate(KINDS)
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


def _usual(changes: Changes, disturbance: Disturbance) -> np.ndarray:
    return changes.mean[disturbance.amounts.index(disturbance.usual)]


def _usual_text(disturbance: Disturbance) -> str:
    return f"{disturbance.title}, {disturbance.usual} {disturbance.unit}"


def _range_text(found: dict[str, Changes], disturbance: Disturbance, kind: int) -> str:
    row = disturbance.amounts.index(disturbance.usual)
    mean, low, high = (100 * each[row, kind] for each in found[disturbance.title])
    return f"**{mean:.0f} %** ({low:.0f} to {high:.0f})"


def verdict(changes: dict[str, np.ndarray]) -> str:
    """What the means say: for each disturbance's title, (kinds,) in the order of KINDS."""
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
