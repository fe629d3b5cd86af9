import base64
import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.data.mnist import DataError
from cnn.datasets.catalog import list_datasets
from cnn.datasets.drafts import delete_draft, draft_path, read_draft, write_draft
from cnn.datasets.drawings import Drawings
from tests.unit.datasets.files import pictures

VISITOR = "0123abcd"
DRAWINGS = Drawings(("heart", "star"), pictures(3), np.array([0, 1, 1], np.uint8))


def test_drawings_are_kept_until_they_are_deleted():
    assert read_draft(VISITOR).counts == []
    write_draft(VISITOR, Drawings(("heart",)))
    assert (read_draft(VISITOR).classes, read_draft(VISITOR).counts) == (("heart",), [0])
    write_draft(VISITOR, DRAWINGS)
    found = read_draft(VISITOR)
    np.testing.assert_array_equal(found.images, DRAWINGS.images)
    assert (found.classes, found.counts) == (("heart", "star"), [1, 2])
    assert found.add(pictures(1)[0], 0).counts == [2, 2]
    assert read_draft("abcdef0123").counts == []
    assert len(list_datasets()[0]) == 1
    delete_draft(VISITOR)
    delete_draft(VISITOR)
    assert read_draft(VISITOR).counts == []


@pytest.mark.parametrize("visitor", ["", "..", "../../x", "ABCDEF01", "0" * 65])
def test_a_visitor_does_not_lead_out_of_the_folder(visitor):
    for use in (read_draft, delete_draft, lambda each: write_draft(each, DRAWINGS)):
        with pytest.raises(DataError, match="There is no such visitor"):
            use(visitor)


def packed(data):
    return base64.b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": [0, 1]},
        {"labels": [0, 1, 2]},
        {"labels": [0, 1, -1]},
        {"labels": None},
        {"classes": ["x"] * 51},
        {"images": "?"},
        {"images": packed(bytes(10**8))},
        {"images": packed(bytes(21 * 784)), "labels": [0] * 21},
    ],
    ids=["two", "label 2", "label -1", "none", "51 classes", "text", "bomb", "21 drawings"],
)
def test_damaged_drawings_raise_the_declared_error(changes):
    write_draft(VISITOR, DRAWINGS)
    path = draft_path(VISITOR)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(DataError, match="The drawings that were kept are damaged; draw them again"):
        read_draft(VISITOR)


@given(at=st.integers(0, 300), byte=st.integers(0, 255))
def test_any_byte_may_be_damaged(at, byte):
    write_draft(VISITOR, DRAWINGS)
    data = bytearray(draft_path(VISITOR).read_bytes())
    data[at % len(data)] = byte
    draft_path(VISITOR).write_bytes(data)
    try:
        assert len(read_draft(VISITOR).images) == 3
    except DataError as error:
        assert "damaged" in str(error)


def test_on_a_full_disk_it_is_said(full_disk):
    with pytest.raises(DataError, match=r"The drawings cannot be stored: the disk is full\."):
        write_draft(VISITOR, DRAWINGS)
