"""Damaged files of each format: a proposal or the declared error, nothing else, in little memory.

A file that is damaged in few places may still be read: its pictures then differ.
"""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn.data.mnist import DataError, Digits
from cnn.datasets.catalog import open_dataset
from cnn.datasets.dataset import DESCRIPTION_FILE, Splits, arrays_name
from cnn.datasets.importing import propose
from cnn.datasets.proposal import Proposal
from cnn.datasets.writing import create_dataset
from tests.unit.datasets.files import folders, gz, idx, labels, npz, pictures, png, zipped

X, Y = pictures(20), labels(20)
FORMATS = {
    "npz": [("d.npz", npz(x_train=X, y_train=Y, x_test=X, y_test=Y))],
    "idx": [("images", idx(X)), ("labels", idx(Y))],
    "gz": [("images.gz", gz(idx(X))), ("labels.gz", gz(idx(Y)))],
    "zip": [("d.zip", zipped(folders(5)))],
}
MAX_MEMORY = 100_000_000  # bytes; the files and what is made of them are far below


def read(files):
    """Propose `files`, in little memory; returns None if they are refused."""
    tracemalloc.start()
    try:
        proposal = propose(files)
    except DataError as error:
        text = str(error)
        assert text.endswith((".", "?"))
        assert any(name in text for name, _ in files)
        return None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MAX_MEMORY
    return proposal


def check(proposal):
    assert isinstance(proposal, Proposal)
    assert proposal.training.images.shape[1:] == proposal.test.images.shape[1:] == (28, 28)
    assert 2 <= len(proposal.classes) <= 50
    assert proposal.training.labels.max() < len(proposal.classes)


@st.composite
def damaged(draw, data):
    """`data` with up to 6 bytes replaced, or truncated, or with a part doubled or removed."""
    data = bytearray(data)
    place = st.integers(0, len(data) - 1)
    kind = draw(st.sampled_from(["bytes", "truncate", "remove", "double"]))
    if kind == "bytes":
        # Headers, at the start and the end, are damaged more often than pictures.
        edges = st.integers(0, 60) | st.integers(len(data) - 200, len(data) - 1)
        for at in draw(st.lists(place | edges, min_size=1, max_size=6)):
            data[at % len(data)] = draw(st.integers(0, 255))
    else:
        start, stop = sorted([draw(place), draw(place)])
        part = {"truncate": data[start:], "remove": data[start:stop], "double": b""}[kind]
        doubled = data[start:stop] if kind == "double" else b""
        stop = start + len(part)
        data = data[:start] + doubled + data[stop:]
    return bytes(data)


@pytest.mark.parametrize("form", FORMATS)
def test_undamaged_files_are_read(form):
    check(read(FORMATS[form]))


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=50)
@given(data=st.data())
def test_damaged_files_are_read_or_refused_with_a_sentence(form, data):
    (name, content), *others = FORMATS[form]
    proposal = read([(name, data.draw(damaged(content))), *others])
    if proposal:
        check(proposal)


PICTURES = {
    "png": png(X[0]),
    "png of 16 bits": png(X[0].astype(np.uint16) * 257),
    "transparent png": png(np.dstack([X[0]] * 4)),
    "jpeg": png(X[0], "JPEG"),
    "gif": png(X[0], "GIF"),
    "tiff": png(X[0], "TIFF", compression="tiff_lzw"),
    "tiff of floats": png(X[0].astype(np.float32), "TIFF"),
    "bmp": png(X[0], "BMP"),
    "webp": png(np.dstack([X[0]] * 3), "WEBP"),
}


@pytest.mark.parametrize("form", PICTURES)
@settings(max_examples=15)
@given(data=st.data())
def test_damaged_pictures_are_read_or_left_out(form, data):
    """The archive itself is whole: else its checksums would keep damage from the decoders."""
    picture = data.draw(damaged(PICTURES[form]))
    proposal = read([("d.zip", zipped([*folders(5), ("star/x", picture)]))])
    check(proposal)
    left_out = sum(each.count for each in proposal.problems)
    assert len(proposal.training.labels) + len(proposal.test.labels) + left_out == 11


@settings(max_examples=40)
@given(dtype=st.binary(max_size=40), shape=st.binary(max_size=40))
def test_headers_of_arrays_may_be_any_text(dtype, shape):
    text = b"{'descr': " + dtype + b", 'fortran_order': False, 'shape': (" + shape + b"), }\n"
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(784)
    assert read([("d.npz", zipped([("x_train.npy", array), ("y_train.npy", array)]))]) is None


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000, 28, 28), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, -784), }",
        "{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000, 0), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (98,), }",
        "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (98,), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (" + "(" * 5000 + "), }",
        "__import__('os').system('true')",
        "[" * 9000,
        " " * 60_000,
    ],
    ids=lambda header: header[:60],
)
def test_headers_of_arrays_that_ask_for_too_much_are_refused(header):
    text = header.encode()
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(784)
    assert read([("d.npz", zipped([("x_train.npy", array), ("y_train.npy", array)]))]) is None


@settings(max_examples=40)
@given(data=st.binary(max_size=200))
@pytest.mark.parametrize("start", [b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"\0\0\x08\x03"])
def test_any_bytes_are_refused_with_a_sentence(start, data):
    assert read([("f", start + data)]) is None


@settings(max_examples=50)
@given(data=st.data())
def test_damaged_folders_of_data_sets_raise_the_declared_error(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("datasets")
    splits = Splits(Digits(X, Y), Digits(X[:4], Y[:4]))
    dataset = create_dataset("Name", ["a", "b"], splits, 2, "d.npz", folder=folder)
    file = dataset.path / data.draw(
        st.sampled_from([DESCRIPTION_FILE, arrays_name(dataset.checksum)])
    )
    file.write_bytes(data.draw(damaged(file.read_bytes())))
    try:
        found = open_dataset(dataset.id, folder).load()
    except DataError:
        return
    # What is still read is what was written: the checksum has been compared.
    np.testing.assert_array_equal(found.training.images, splits.training.images)
    np.testing.assert_array_equal(found.test.labels, splits.test.labels)
