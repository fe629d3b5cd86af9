"""The chosen data set: the one that the next training uses, and that Data shows."""

from collections import Counter

import streamlit as st

from cnn.data.mnist import DataError
from cnn.datasets.catalog import list_datasets, open_dataset
from cnn.datasets.dataset import MNIST, Dataset
from ui.loading.errors import as_text, show_error
from ui.state.selection import choice_widget, choose
from ui.state.session import DATA, Key


def chosen_dataset() -> Dataset:
    """Return the chosen data set, by default MNIST; shows an error if it is gone or damaged."""
    try:
        return open_dataset(DATA.get())
    except DataError as error:
        show_error(f"{error} MNIST is used instead.")
        choose(DATA, MNIST.id)
    return MNIST


def pick_dataset(*reset: Key) -> Dataset:
    """Show the choice of a data set, and which are damaged. Returns the chosen one.

    The choices `reset`, which depend on it, get their defaults if it changes.
    """
    notices = st.container()  # always there, so that what follows keeps its place
    found, problems = list_datasets()
    with notices:
        chosen = chosen_dataset()
    datasets = {each.id: each for each in found} | {chosen.id: chosen}
    st.selectbox(
        "Data set",
        list(datasets),
        index=list(datasets).index(chosen.id),
        format_func=_labels(list(datasets.values())).__getitem__,
        **choice_widget(DATA, *reset),
    )
    if problems:
        with st.expander(f"Damaged data sets: {len(problems)}", icon=":material/warning:"):
            for problem in problems:
                st.caption(as_text(problem))
    return chosen


def size_text(dataset: Dataset) -> str:
    """Return the number of pictures and classes, such as "70,000 pictures, 10 classes"."""
    count = dataset.training_count + dataset.test_count
    return f"{count:,} pictures, {len(dataset.classes)} classes"


def _labels(datasets: list[Dataset]) -> dict[str, str]:
    """Return a distinct label for each id: name and size, and the id where these are equal.

    A selectbox sends its label back, so it must not change while it is shown.
    """
    labels = {each.id: f"{each.name}: {size_text(each)}" for each in datasets}
    times = Counter(labels.values())
    return {key: f"{text} ({key})" if times[text] > 1 else text for key, text in labels.items()}
