"""Look at the data: counts, mean pictures and samples of each class."""

from functools import partial

import numpy as np
import streamlit as st

from cnn.data.mnist import Digits
from cnn.datasets.dataset import Dataset, Splits
from cnn.datasets.overview import class_counts, mean_pictures, sample_sheet
from cnn.rendering.dataset_chart import chart_height, counts_chart
from cnn.rendering.images import paint_sheet
from ui.data.figures import show_figures
from ui.loading.errors import as_text
from ui.state.session import SAMPLE_SEED, SHOWN_CLASS
from ui.widgets.display import show_chart, show_code, show_picture
from ui.widgets.waiting import ResultCache

SAMPLES, COLUMNS, SAMPLE_SIDE = 48, 12, 56
_MEANS = ResultCache(8)


def show_counts(dataset: Dataset, splits: Splits) -> None:
    """Show how many pictures each class has, by part."""
    st.header("Pictures per class", anchor="counts")
    parts = parts_of(dataset, splits)
    count = len(dataset.classes)
    counts = {part: class_counts(digits.labels, count) for part, digits in parts.items()}
    show_chart(
        counts_chart(dataset.classes, counts),
        height=chart_height(count),
        key=f"counts_{dataset.id}",
    )


def parts_of(dataset: Dataset, splits: Splits) -> dict[str, Digits]:
    """Return the pictures for training, validation and test, by the name of the part."""
    kept = dataset.training_count - dataset.held_out
    images, labels = splits.training
    return {
        "training": Digits(images[:kept], labels[:kept]),
        "validation": Digits(images[kept:], labels[kept:]),
        "test": splits.test,
    }


def show_means(dataset: Dataset, training: Digits) -> None:
    """Show the mean picture of each class."""
    st.header("Mean pictures", anchor="means")
    st.caption(
        "Each pixel is the mean over all training pictures of the class: sharp where they agree, "
        "blurred where they differ."
    )
    means = _MEANS.get(dataset.checksum)
    if means is None:
        means = mean_pictures(*training, len(dataset.classes))
        _MEANS.keep(dataset.checksum, means)
    with st.container(key="means"):
        show_figures(zip(means, dataset.classes, strict=True))
    show_code(mean_pictures)


@st.fragment
def show_samples(dataset: Dataset, training: Digits) -> None:
    """Show a sheet of pictures of one class, which the visitor chooses."""
    st.header("Samples", anchor="samples")
    shown = SHOWN_CLASS.of(dataset.checksum[:12])
    name = st.pills(
        "Class",
        dataset.classes,
        default=dataset.classes[0],
        required=True,
        format_func=as_text,
        key=shown.name,
    )
    label = dataset.classes.index(name)
    sheet = sample_sheet(training.labels, len(dataset.classes), SAMPLES, SAMPLE_SEED.get())[label]
    images = training.images[sheet]
    columns = min(COLUMNS, max(1, len(images)))
    with st.container(key="samples"):
        if len(images):
            text = f"{len(images)} training pictures of {name}, each 28 x 28 pixels, 0 to 255"
            show_picture(_enlarged_sheet(images, columns), as_text(text), columns * SAMPLE_SIDE)
        else:
            st.caption(f"There are no training pictures of {as_text(name)}.")
    st.button(
        "Other samples",
        on_click=partial(SAMPLE_SEED.set, SAMPLE_SEED.get() + 1),
        icon=":material/shuffle:",
        disabled=len(images) < SAMPLES,
    )


def _enlarged_sheet(images: np.ndarray, columns: int) -> bytes:
    """A sheet of the pictures with a dark edge around each, so that they are told apart."""
    return paint_sheet(np.pad(images, [(0, 0), (1, 1), (1, 1)], constant_values=60), columns)
