import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn.data.mnist import DataError
from cnn.datasets.drawings import Drawings
from cnn.recognition.symbols import (
    MAX_EXAMPLES,
    MAX_FILE_BYTES,
    MAX_SYMBOLS,
    add_example,
    join,
    pack,
    read_symbols,
    remove_example,
    symbols_path,
    unpack,
    write_symbols,
)

VISITOR = "ab" * 16


@pytest.fixture(autouse=True)
def _own_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_RUNS", str(tmp_path))


def image(value: int) -> np.ndarray:
    return np.full((28, 28), value, np.uint8)


def some(*names: str) -> Drawings:
    """A drawing of each of `names`, in order, each filled with its number from 1."""
    symbols = Drawings()
    for number, name in enumerate(names, 1):
        symbols = add_example(symbols, name, image(number))
    return symbols


def assert_same(found: Drawings, expected: Drawings) -> None:
    assert found.classes == expected.classes
    np.testing.assert_array_equal(found.images, expected.images)
    np.testing.assert_array_equal(found.labels, expected.labels)


def test_a_second_drawing_of_one_name_is_added_to_it():
    symbols = some("star", "heart", " star ")
    assert symbols.classes == ("star", "heart")
    assert symbols.labels.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("", 1, "Name the symbol first"),
        (" \n\u200f", 1, "Name the symbol first"),
        ("x" * 10_000, 1, "has 10,000 characters; at most 40 are accepted"),
        ("star", 0, "The drawing of star is blank"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_sentence(name, value, sentence):
    with pytest.raises(DataError, match=sentence):
        add_example(Drawings(), name, image(value))


def test_there_is_a_most_of_drawings_and_of_symbols():
    full = some(*["star"] * MAX_EXAMPLES)
    with pytest.raises(DataError, match="star has 5 drawings already, the most"):
        add_example(full, "star", image(9))
    many = some(*(f"symbol {i}" for i in range(MAX_SYMBOLS)))
    with pytest.raises(DataError, match="50 symbols already"):
        add_example(many, "one more", image(9))
    assert add_example(many, "symbol 3", image(9)).counts[3] == 2


def test_a_symbol_goes_with_its_last_drawing():
    symbols = some("star", "heart", "star", "moon")
    fewer = remove_example(symbols, 1)
    assert (fewer.classes, fewer.labels.tolist()) == (("star", "moon"), [0, 0, 1])
    assert fewer.images[:, 0, 0].tolist() == [1, 3, 4]
    assert remove_example(fewer, 0).counts == [1, 1]
    with pytest.raises(DataError, match="no such drawing"):
        remove_example(fewer, 3)


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["star", "heart", "é <b>*x*</b>", "月"]), max_size=4))
def test_symbols_are_read_as_they_were_written(names):
    symbols = some(*names)
    assert_same(unpack(pack(symbols)), symbols)
    write_symbols(VISITOR, symbols)
    assert_same(read_symbols(VISITOR), symbols)


def test_a_visitor_without_a_file_has_no_symbols():
    assert read_symbols(VISITOR).classes == ()


def test_visitors_do_not_share_symbols():
    write_symbols(VISITOR, some("star"))
    assert read_symbols("cd" * 16).classes == ()
    with pytest.raises(DataError, match="no such visitor"):
        symbols_path("../../etc")


def test_joining_adds_what_is_new_and_nothing_twice():
    symbols = some("star", "heart")
    more = some("moon", "heart", "star")  # its heart is the same, its star another
    found = join(symbols, more)
    assert found.classes == ("star", "heart", "moon")
    assert sorted(found.counts) == [1, 1, 2]
    assert_same(join(found, more), found)


def values_of(symbols: Drawings) -> dict:
    return json.loads(pack(symbols))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b'{"classes": ["a"]}',
        json.dumps(values_of(some("a", "b")) | {"classes": ["a", "a"]}).encode(),
        json.dumps(values_of(some("a")) | {"classes": ["\n"]}).encode(),
        json.dumps(values_of(some("a")) | {"classes": ["a", "empty"]}).encode(),
        json.dumps(values_of(some("a")) | {"images": "AAAA"}).encode(),
        pack(Drawings(("a",), np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8))),
        pack(Drawings(("a",), np.ones((6, 28, 28), np.uint8), np.zeros(6, np.uint8))),
    ],
)
def test_a_damaged_file_is_refused_with_a_sentence(content):
    with pytest.raises(DataError, match="The file has no symbols"):
        unpack(content)
    symbols_path(VISITOR).parent.mkdir()
    symbols_path(VISITOR).write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        read_symbols(VISITOR)


def test_a_large_file_is_refused_before_it_is_read():
    with pytest.raises(DataError, match="at most 1,000,000 are read"):
        unpack(b" " * (MAX_FILE_BYTES + 1))
