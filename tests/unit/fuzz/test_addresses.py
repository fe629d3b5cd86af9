"""Addresses with any text for any key: a value, or the error that the page turns into a sentence.

2,000 cases of the keys, 600 of pictures, 400 of runs and epochs, 300 of data sets: 3,300 in all.
"""

import base64
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn.data.mnist import DataError
from cnn.datasets.catalog import open_dataset
from cnn.jobs.lr_sweep import open_sweep
from cnn.runs import run
from cnn.runs.run import RunError, open_run
from ui.state import session
from ui.state.picture_url import AddressError, picture_at
from ui.state.session import Key

KEYS = [
    *(each for each in vars(session).values() if isinstance(each, Key)),
    *session.SETTINGS.values(),
]


def code_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(data)).decode().rstrip("=")


CODE = st.binary(max_size=60).map(code_of) | st.binary(max_size=60).map(
    lambda data: base64.urlsafe_b64encode(data).decode()
)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["1e9", "1_0", "１", "²", "9" * 5000, "-0", "1,000", "0x1", "inf", "nan"]),
)
# Of characters that Keras code and kernels are made of.
NETWORK_CODE = st.lists(
    st.sampled_from(
        [
            *("Conv2D(", "Dense(", "MaxPooling2D(2)", "Flatten()", "Dropout(0.5)", "32", "3", ")"),
            *("10", "activation='softmax'", ", ", "[", "]", "Sequential(", "=", "-", "9" * 30),
            *("**", "'", "\n", "(", "lambda: 0", "1e400", "{}", ".", "__import__('os')", "#", "\\"),
        ]
    ),
    max_size=14,
).map("".join)
TEXTS = st.one_of(
    st.text(max_size=30),
    NUMBERS,
    CODE,
    NETWORK_CODE,
    st.lists(NUMBERS, max_size=12).map(" ".join),
    st.sampled_from(["", "None", "True", "max", "notebook", "../..", "a" * 5000, "(" * 300]),
)


@pytest.fixture(autouse=True, scope="module")
def no_session():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session.st, "session_state", {})
        yield


@pytest.fixture(scope="module")
def runs_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("runs")
        patch.setattr(run, "runs_path", lambda: folder)
        yield folder


def test_all_keys_of_an_address_are_tried():
    for keys in (session.CHOSEN, session.EXPLORED, session.FORM, session.TABLE):
        assert set(map(id, keys)) <= set(map(id, KEYS))


@settings(max_examples=2000)
@given(key=st.sampled_from(KEYS), text=TEXTS)
def test_any_text_is_a_value_or_raises_value_error(key, text):
    try:
        value = key.read(text)
    except ValueError:  # ConfigError and the kernel's error are such errors
        return
    assert isinstance(value, (str, int, float, bool))
    if key.read is not str:  # what the page writes to its address is read again
        assert key.read(str(value)) == value


@settings(max_examples=600)
@given(
    address=TEXTS
    | st.builds("{}-{}".format, st.sampled_from(["test", "drawing", "upload", "blank"]), TEXTS)
)
def test_any_picture_is_shown_or_gets_a_sentence(address):
    try:
        picture = picture_at(address)
    except AddressError as error:
        assert str(error).endswith(".") and len(str(error)) < 300
    else:
        assert picture.image.shape == (28, 28)
        assert picture_at(picture.address).image.tobytes() == picture.image.tobytes()


@settings(max_examples=400)
@given(text=TEXTS)
def test_any_run_is_found_or_gets_a_sentence(runs_folder, text):
    assert open_sweep(text) is None
    try:
        assert open_run(text).shipped
    except RunError as error:
        assert str(error).endswith(".") and len(str(error)) < 300
    assert list(runs_folder.iterdir()) == []


@settings(max_examples=300)
@given(text=TEXTS)
def test_any_data_set_is_found_or_gets_a_sentence(text):
    try:
        assert open_dataset(text).id == "mnist"
    except DataError as error:
        assert str(error).endswith(".") and len(str(error)) < 300
