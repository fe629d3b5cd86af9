"""The choice of the image: a test digit, or the visitor's drawing or upload."""

import zlib
from functools import lru_cache, partial

import numpy as np
import streamlit as st

from cnn.data.mnist import DataError
from cnn.dataset_facts import DatasetFacts
from cnn.datasets.settings import load_splits
from cnn.networks.packing import with_header
from cnn.runs.run import Network
from ui.explore.browser_choice import taken_choice
from ui.state.messages import is_number
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose, pick_picture
from ui.state.session import CHOICE_NUMBER, CLASS, KEPT_PICTURE, PICTURE, Key
from ui.widgets.lens import lens_component
from ui.widgets.links import show_page_link

MOST_SENT = 20_000  # pictures of a test set, of about 170 bytes each
_PICKER = lens_component("picker", "explored")
_TEST_SET = lens_component("testset")


def show_picture_picker(network: Network) -> ChosenPicture:
    """Show the choice of a test digit by number, by class or at random. Return the image.

    The test digits are those of the data set of `network`; if they are gone, there is no choice.
    """
    picture, data = pick_picture(network), network.run.data
    is_test_digit = picture.source == "test"
    if picture.source in ("drawing", "upload"):
        KEPT_PICTURE.set(picture.address)
    with st.container(horizontal=True, vertical_alignment="bottom", key="picture_picker"):
        with st.container(width="content"):
            _PICKER(
                key="picker",
                data={
                    "key": data.checksum,
                    "number": CHOICE_NUMBER.get(),
                    "picture": picture.number,
                    "title": picture.title,
                    "class": _class_key(data).get(),
                    "noun": data.noun,
                    "count": data.test_count,
                    "names": data.classes,
                    "disabled": is_gone(data),
                },
                on_choice_change=partial(take_choice, data),
            )
        kept = KEPT_PICTURE.get()
        if kept and (is_test_digit or picture.source == "blank"):
            label = "Your drawing" if kept.startswith("drawing") else "Your picture"
            st.button(label, on_click=choose, args=(PICTURE, kept), icon=":material/undo:")
        show_page_link("draw", "Draw a digit" if data.is_mnist else "Draw a picture")
    return picture


def send_test_set(data: DatasetFacts) -> None:
    """Send the test digits to the browser, once: a message by itself is kept there.

    A test set of more than MOST_SENT is not sent: then the server answers each choice.
    """
    if data.test_count <= MOST_SENT and not is_gone(data):
        with st.container(key="sent_test_set"):
            _TEST_SET(key="test_set", data=pack_digits(data))


@lru_cache(maxsize=2)
def pack_digits(data: DatasetFacts) -> bytes:
    """Return the labels and pictures of the test set of `data`, for `testset.js`.

    In succession: the header, with `key`, the checksum of the data set, and `count`; and compressed
    by zlib the labels, a byte each, and the pictures, 784 bytes each.
    """
    images, labels = load_splits(data).test
    arrays = labels.astype(np.uint8).tobytes() + np.ascontiguousarray(images, np.uint8).tobytes()
    return with_header({"key": data.checksum, "count": len(labels)}, zlib.compress(arrays))


def is_gone(data: DatasetFacts) -> bool:
    """Whether the pictures of `data` cannot be shown."""
    try:
        return not data.is_mnist and load_splits(data) is None
    except DataError:
        return True


def _class_key(data: DatasetFacts) -> Key:
    return CLASS if data.is_mnist else CLASS.of(data.id)


def take_choice(data: DatasetFacts) -> None:
    """Take what was chosen in the browser: a test digit by number, or the next or a random one."""
    choice = taken_choice("picker")
    label, number, step = (choice.get(name) for name in ("class", "picture", "step"))
    if "class" in choice and (label is None or is_number(label, len(data.classes))):
        _class_key(data).set(label)
    if is_number(number, data.test_count):
        choose(PICTURE, f"test-{number}")
    elif step == "next":
        _choose_next(data)
    elif step == "random":
        _choose_random(data)


def _numbers_of_class(data: DatasetFacts) -> np.ndarray:
    label, labels = _class_key(data).get(), load_splits(data).test.labels
    return np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)


def _choose_next(data: DatasetFacts) -> None:
    """Choose the next test digit of the class; the first one follows the last."""
    numbers = _numbers_of_class(data)
    if not len(numbers):
        return  # a class without test pictures
    source, _, number = (PICTURE.get() or "test-0").partition("-")
    following = numbers[numbers > int(number)] if source == "test" else numbers
    choose(PICTURE, f"test-{(following if len(following) else numbers)[0]}")


def _choose_random(data: DatasetFacts) -> None:
    """Choose a random test digit of the class."""
    numbers = _numbers_of_class(data)
    if len(numbers):
        choose(PICTURE, f"test-{np.random.default_rng().choice(numbers)}")
