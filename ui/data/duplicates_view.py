"""Likely duplicates in a data set: equal pictures, and pairs that differ by very little."""

from functools import partial

import numpy as np
import streamlit as st

from cnn.data.mnist import Digits
from cnn.datasets.dataset import Dataset, Splits
from cnn.datasets.drawings import is_drawn, read_drawings
from cnn.datasets.duplicates import MAX_COMPARED, RELATIVE_DISTANCE, Duplicates, find_duplicates
from ui.data.figures import show_figures, show_pairs
from ui.data.overview import parts_of
from ui.widgets.waiting import ResultCache, run_button, with_time_left

AT_ONCE = 5_000  # pictures that are compared in less than 2 s
MAX_SHOWN = 24
_FOUND = ResultCache(8)


@st.fragment
def show_duplicates(dataset: Dataset, splits: Splits) -> None:
    """Show likely duplicates; those of many pictures are searched on request."""
    st.header("Likely duplicates", anchor="duplicates")
    digits, places = _compared(dataset, splits)
    count = len(digits.labels)
    st.caption(
        f"Equal pictures, and pairs whose difference is at most {RELATIVE_DISTANCE:.0%} of the "
        "longer of the two, as vectors of 784 pixels. A picture in both the training and the test "
        "part makes the test accuracy too optimistic."
        + (" Your drawings are compared, without their augmented copies." * is_drawn(dataset))
    )
    found: Duplicates | None = _FOUND.get(dataset.checksum)
    asked = count > AT_ONCE and run_button(
        f"Compare {count:,} pictures", f"duplicates_{dataset.id}", found is not None
    )
    place = st.empty()  # always there, so that the wait does not move what follows
    if found is None and (asked or count <= AT_ONCE):
        text = f"Comparing {count:,} pictures with each other"
        place.progress(0.0, text)
        with place:
            duplicates = find_duplicates(digits.images, steps=partial(with_time_left, text))
        found = _FOUND.keep(dataset.checksum, duplicates)
        place.empty()  # also if it ended early, with as many as are listed
    if found is not None:
        with st.container(key="duplicates"):
            _show_found(found, digits, [dataset.classes[i] for i in digits.labels], places)


def _compared(dataset: Dataset, splits: Splits) -> tuple[Digits, list[str]]:
    """Return the pictures to compare, and what each is called in captions."""
    if is_drawn(dataset):
        drawings = read_drawings(dataset)
        places = [f"drawing {i + 1}" for i in range(len(drawings.labels))]
        return Digits(drawings.images, drawings.labels), places
    parts = parts_of(dataset, splits)
    digits = Digits(*map(np.concatenate, zip(*parts.values(), strict=True)))
    return digits, [f"{name} {i}" for name, part in parts.items() for i in range(len(part.labels))]


def _show_found(found: Duplicates, digits: Digits, names: list[str], places: list[str]) -> None:
    if not (found.equal or found.near):
        st.markdown("No likely duplicates.")
        return
    if found.equal:
        st.subheader(f"Equal pictures: {len(found.equal)} group{'s' * (len(found.equal) > 1)}")
        show_figures(
            (digits.images[group[0]], _group_text([names[i] for i in group], places, group))
            for group in found.equal[:MAX_SHOWN]
        )
    if found.near:
        st.subheader(f"Near duplicates: {len(found.near)} pair{'s' * (len(found.near) > 1)}")
        show_pairs(
            (
                digits.images[i],
                digits.images[j],
                f"{names[i]} ({places[i]}), {names[j]} ({places[j]}): differ by {distance:.0%}",
            )
            for i, j, distance in found.near[:MAX_SHOWN]
        )
    shown = max(len(found.equal), len(found.near))
    notes = [f"The first {MAX_SHOWN} of each are shown."] if shown > MAX_SHOWN else []
    if not found.is_complete:
        notes.append(f"There are more, or more than {MAX_COMPARED:,} different pictures.")
    if notes:
        st.caption(" ".join(notes))


def _group_text(names: list[str], places: list[str], group: list[int]) -> str:
    where = ", ".join(places[i] for i in group[:3]) + (", …" if len(group) > 3 else "")
    return f"{len(group)} times {' and '.join(dict.fromkeys(names))}: {where}"
