import numpy as np
import pytest

from cnn.data.mnist import DataError
from cnn.datasets import importing
from cnn.datasets.importing import import_dataset, propose
from cnn.datasets.proposal import save_proposal
from tests.unit.datasets.files import folders, gz, idx, labels, npz, pictures, png, zipped

X, Y = pictures(40), labels(40)


def by_lightness(digits):
    """The labels in the order of the pictures' lightness, which `pictures` increases."""
    return digits.labels[digits.images.max(axis=(1, 2)).argsort()].tolist()


# What is accepted


def test_an_npz_with_a_test_part_becomes_a_proposal():
    content = npz(x_train=X, y_train=Y, x_test=X[:6], y_test=Y[:6])
    proposal = propose([("data.npz", content)])
    assert proposal.source == "data.npz"
    assert proposal.classes == ("0", "1")
    assert by_lightness(proposal.training) == Y.tolist()
    np.testing.assert_array_equal(proposal.test.images, X[:6])
    assert proposal.counts.tolist() == [[18, 18], [2, 2], [3, 3]]
    assert proposal.held_out == 4
    assert (proposal.notes, proposal.problems) == ((), ())
    assert not proposal.dark_on_light


def test_without_a_test_part_a_tenth_of_each_class_becomes_it():
    proposal = propose([("data.npz", npz(x_train=X, y_train=[0] * 30 + [1] * 10))])
    assert proposal.counts.tolist() == [[24, 8], [3, 1], [3, 1]]
    assert proposal.notes == (
        "data.npz has no test part: 4 pictures, a part of each class, became it.",
    )
    parts = (proposal.training.images, proposal.test.images)
    assert sorted(np.concatenate(parts).max(axis=(1, 2)).tolist()) == list(range(100, 140))


IDX_FILES = {
    "train-images-idx3-ubyte": idx(X),
    "train-labels-idx1-ubyte": idx(Y),
    "t10k-images-idx3-ubyte": idx(X[:4]),
    "t10k-labels-idx1-ubyte": idx(Y[:4]),
}


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_four_idx_files_are_one_data_set(suffix):
    files = [(name + suffix, gz(data) if suffix else data) for name, data in IDX_FILES.items()]
    proposal = propose(files[::-1])
    assert by_lightness(proposal.training) == Y.tolist()
    np.testing.assert_array_equal(proposal.test.images, X[:4])
    assert proposal.counts.sum(axis=1).tolist() == [36, 4, 4]


def test_a_test_part_alone_is_used_for_training():
    proposal = (
        propose(list(IDX_FILES.items())[2:] * 1 + [])
        if False
        else propose([("t10k-images", idx(X)), ("t10k-labels", idx(Y))])
    )
    assert proposal.counts.sum() == 40


def test_emnist_is_turned_and_its_letters_have_names():
    files = [
        ("emnist-letters-train-images-idx3-ubyte.gz", gz(idx(X.swapaxes(1, 2)))),
        ("emnist-letters-train-labels-idx1-ubyte.gz", gz(idx(Y + 1))),
    ]
    proposal = propose(files)
    assert proposal.classes == ("A", "B")
    assert (
        by_lightness(proposal.training)[:4]
        == by_lightness(propose([("data.npz", npz(x_train=X, y_train=Y))]).training)[:4]
    )
    bars = proposal.training.images.any(axis=2)
    assert (bars == X[0].any(axis=1)).all()
    assert "EMNIST's pictures are stored transposed; they are upright." in proposal.notes[0]


def test_arrays_in_files_of_their_own_as_kmnist():
    files = [
        ("kmnist-train-imgs.npz", npz(arr_0=X)),
        ("kmnist-train-labels.npz", npz(arr_0=Y)),
        ("kmnist-test-imgs.npz", npz(arr_0=X[:4])),
        ("kmnist-test-labels.npz", npz(arr_0=Y[:4])),
    ]
    assert propose(files).counts.sum(axis=1).tolist() == [36, 4, 4]


@pytest.mark.parametrize(
    ("pixels", "note"),
    [
        (X / 255.0, "from 0 to 1;"),
        ((X / 255).astype(np.float16), "from 0 to 1;"),
        (X.astype(np.uint16) * 257, "from 0 to 65,535;"),
        (X.astype(np.int64), ""),
        (X.reshape(40, -1), "rows of 784 values became pictures of 28 x 28"),
        (X[..., None], ""),
        (X[:, None], "the channels of (40, 1, 28, 28) came first"),
        (np.stack([X] * 3, axis=-1), "The pictures are in colour; they become grey."),
        (np.asfortranarray(X), ""),
    ],
    ids=["0 to 1", "16-bit floats", "16 bits", "64 bits", "rows", "channel", "first", "RGB", "F"],
)
def test_pixels_of_other_shapes_and_ranges_become_the_same(pixels, note):
    proposal = propose([("data.npz", npz(x_train=pixels, y_train=Y, x_test=pixels, y_test=Y))])
    apart = proposal.test.images.astype(int) - X
    assert np.abs(apart).max() <= (1 if pixels.dtype == np.float16 else 0)
    assert len(proposal.notes) == bool(note)
    assert note in " ".join(proposal.notes)


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (Y * 7 - 3.0, ("-3", "4")),
        (Y.astype(bool), ("0", "1")),
        (Y[:, None], ("0", "1")),
        (np.eye(2)[Y], ("0", "1")),
        (np.array(["heart", "star"])[Y], ("heart", "star")),
        (np.array([b"c\xc5\x93ur", b"star"])[Y], ("cœur", "star")),
        (np.array([2, 10], np.uint64)[Y], ("2", "10")),
    ],
    ids=["floats", "bool", "column", "one-hot", "text", "bytes", "numbers in order"],
)
def test_labels_of_any_kind_keep_their_names(values, classes):
    proposal = propose([("data.npz", npz(x_train=X, y_train=values))])
    assert proposal.classes == classes
    order = np.concatenate([proposal.training.labels, proposal.test.labels])
    light = np.concatenate([proposal.training.images, proposal.test.images]).max(axis=(1, 2))
    assert order[light.argsort()].tolist() == Y.tolist()


def test_pictures_of_other_sizes_are_scaled_and_shown_before_and_after():
    large = np.kron(X, np.ones((1, 2, 2), np.uint8))
    proposal = propose([("data.npz", npz(x_train=large, y_train=Y, x_test=X, y_test=Y))])
    assert by_lightness(proposal.training) == Y.tolist()
    np.testing.assert_array_equal(np.unique(proposal.training.images, axis=0), X)
    assert proposal.notes == (
        "The pictures are 56 x 56 pixels; they are scaled to 28 x 28, their aspect kept.",
    )
    assert len(proposal.samples) == 12
    before, after, name = proposal.samples[0]
    assert (before.shape, after.shape, name) == ((56, 56), (28, 28), "0")
    np.testing.assert_array_equal(before[::2, ::2], after)


def test_dark_on_light_is_found_and_can_be_inverted():
    proposal = propose([("data.npz", npz(x_train=255 - X, y_train=Y, x_test=255 - X, y_test=Y))])
    assert proposal.dark_on_light
    assert proposal.notes[-1] == (
        "Most pictures are dark on light, MNIST's are light on dark: they can be inverted."
    )
    np.testing.assert_array_equal(proposal.test.images, 255 - X)
    inverted = proposal.inverted()
    np.testing.assert_array_equal(inverted.test.images, X)
    assert inverted.samples[0].after[0, 0] == 0
    assert not inverted.dark_on_light


def test_pictures_of_both_kinds_are_noted():
    mixed = np.concatenate([255 - X[:12], X[12:]])
    proposal = propose([("data.npz", npz(x_train=mixed, y_train=Y, x_test=X, y_test=Y))])
    assert not proposal.dark_on_light
    assert proposal.notes == (
        "30% of the pictures are dark on light, the others light on dark: a network learns more "
        "easily if all are alike.",
    )


def test_classes_can_be_renamed_before_it_is_saved():
    proposal = propose([("data.npz", npz(x_train=X, y_train=Y))]).with_classes(["heart", "star"])
    assert proposal.samples[0].class_name == "heart"
    dataset = save_proposal(proposal, "Mine")
    assert dataset.classes == ("heart", "star")
    np.testing.assert_array_equal(dataset.load().training.images, proposal.training.images)
    with pytest.raises(DataError, match="There are 2 classes, but 3 names"):
        proposal.with_classes(["a", "b", "c"])


def test_the_function_for_the_command_line(tmp_path):
    path = tmp_path / "data.zip"
    path.write_bytes(zipped([*folders(), ("star/notes.docx", b"text")]))
    with pytest.raises(DataError, match=r"data\.zip: star/notes\.docx is not a picture"):
        import_dataset([path], "Mine")
    dataset, proposal = import_dataset([path], "Mine", accept_problems=True, invert=True)
    assert dataset.load().test.images.min() < 200 < dataset.load().test.images[0, 0, 0]
    assert proposal.problems[0].count == 1
    with pytest.raises(DataError, match=r"nothing\.zip cannot be read: No such file"):
        import_dataset([tmp_path / "nothing.zip"], "Mine")


# What is left out, if somebody agrees


def test_small_classes_are_problems_and_the_rest_can_be_used():
    values = np.array([0] * 18 + [1] * 18 + [2] * 4)
    test = np.array([0, 1, 2, 7])
    proposal = propose([("d.npz", npz(x_train=X, y_train=values, x_test=X[:4], y_test=test))])
    assert proposal.classes == ("0", "1")
    assert proposal.counts.sum(axis=1).tolist() == [32, 4, 2]
    [problem] = proposal.problems
    assert problem.kind == "class"
    assert problem.text == (
        "d.npz: the class 2 has only 4 pictures for training; at least 5 are expected. "
        "d.npz: the class 7 has no pictures for training; at least 5 are expected."
    )


def test_names_that_look_alike_become_one_class():
    names = np.array(["star", "heart", "star\u200e", " heart"])[np.arange(40) % 4]
    proposal = propose([("data.npz", npz(x_train=X, y_train=names))])
    assert proposal.classes == ("heart", "star")
    assert proposal.counts.sum(axis=0).tolist() == [20, 20]
    assert proposal.problems[0].kind == "name"
    assert "two classes have the name star; they become one" in proposal.problems[0].text


def test_unbalanced_classes_are_noted():
    proposal = propose([("data.npz", npz(x_train=pictures(100), y_train=[0] * 94 + [1] * 6))])
    assert proposal.notes[-1] == (
        "The classes are unbalanced: 0 has 85 pictures for training, 1 only 5."
    )


# What is refused

NAN = np.where(np.arange(40)[:, None, None] == 3, np.nan, X / 255)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x_train": X}, "d.npz has pictures for training, but the labels for training are miss"),
        ({"y_train": Y}, "d.npz has labels for training, but the pictures for training are miss"),
        ({"a": X, "b": Y}, "d.npz has the arrays a, b; x_train, y_train, and perhaps x_test"),
        ({"x_train": X, "images": X, "y_train": Y}, "d.npz has two arrays of pictures for train"),
        ({"x_train": X, "y_train": Y[:39]}, "d.npz: there are 40 pictures, but 39 labels."),
        ({"x_train": X, "y_train": Y * 0}, "d.npz has only one class; 2 to 50 are expected."),
        ({"x_train": pictures(99), "y_train": np.arange(99)},
         "d.npz has 99 classes; 2 to 50 are expected. The first are 0, 1, 2: are these the lab"),
        ({"x_train": X, "y_train": np.arange(40)}, "Once problems are left out, d.npz has no cla"),
        ({"x_train": NAN, "y_train": Y}, "d.npz: some values are NaN or infinite; values from 0"),
        ({"x_train": X / 127.5 - 1, "y_train": Y}, "d.npz: the values go from -1 to 0.09"),
        ({"x_train": X * 1000.0, "y_train": Y}, "d.npz: the values go from 0 to 139000; values"),
        ({"x_train": X * 0, "y_train": Y}, "d.npz: all values are 0, so all pictures are black."),
        ({"x_train": X, "y_train": np.array([None] * 40)},
         "d.npz: the array y_train consists of pickled Python objects, which could run code;"),
        ({"x_train": X.astype(complex), "y_train": Y}, "d.npz: the array x_train is of type comp"),
        ({"x_train": X.astype(str), "y_train": Y}, "d.npz: the pictures consist of text, not of"),
        ({"x_train": X[:0], "y_train": Y[:0]}, "d.npz: the array x_train is empty."),
        ({"x_train": X[0, 0, 0], "y_train": Y}, "d.npz has no pictures."),
        ({"x_train": X[:, :3], "y_train": Y}, "d.npz: the pictures are 3 x 28 pixels; 4 to 4,096"),
        ({"x_train": X[:, 0], "y_train": Y}, "d.npz: the pictures have the shape (40, 28); (n, h"),
        ({"x_train": np.stack([X] * 4, axis=3), "y_train": Y}, "d.npz: the pictures have the sha"),
        ({"x_train": X, "y_train": Y + 0.5}, "d.npz: 0.5 is a label; integers or text are exp"),
        ({"x_train": X, "y_train": np.where(Y, np.nan, 0)}, "d.npz: nan is a label; integers or"),
        ({"x_train": X, "y_train": np.uint64(2**64 - 1) - Y}, "d.npz: 18446744073709551615 is a"),
        ({"x_train": X, "y_train": np.full(40, "x" * 201)}, "d.npz: some labels have 201 charac"),
        ({"x_train": X, "y_train": np.ones((40, 3))}, "d.npz: the labels are rows of 3 numbers,"),
        ({"x_train": X, "y_train": np.eye(60)[:40]}, "d.npz has 60 classes; 2 to 50 are expected."),
        ({"x_train": X, "y_train": X}, "d.npz: the labels have the shape (40, 28, 28); (40,) is"),
        ({"x_train": X, "y_train": Y, "x_test": X, "y_test": Y.astype(str)},
         "d.npz: some labels are numbers and some are text."),
        ({"x_train": np.zeros((200_001, 4, 4), bool), "y_train": Y},
         "d.npz has 200,001 pictures; at most 200,000 are accepted. Leave some out."),
    ],
)  # fmt: skip
def test_arrays_that_cannot_be_a_data_set_are_refused_with_a_sentence(arrays, message):
    with pytest.raises(DataError) as raised:
        propose([("d.npz", npz(**arrays))])
    assert str(raised.value).startswith(message)


def header(*dimensions, code=8):
    return bytes([0, 0, code, len(dimensions)]) + np.array(dimensions, ">u4").tobytes()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "f is empty; an .npz with x_train"),
        (b"x,y\n1,2\n", "f (8 bytes) is none of the accepted files; an .npz"),
        (png(X[0]), "is none of the accepted files; an .npz"),
        (gz(b"text"), "f (24 bytes) holds no IDX file; an .npz"),
        (gz(idx(X))[:-12], "f is damaged or truncated: it cannot be unpacked."),
        (b"PK\x03\x04", "f is damaged or truncated: it cannot be opened as zip."),
        (npz(x_train=X)[:-9], "f is damaged or truncated: it cannot be opened as zip."),
        (header(40, 28, 28), "f is damaged or truncated: its header announces 31,360 bytes, but 0"),
        (idx(X)[:-1], "f is damaged or truncated: its header announces 31,360 bytes, but 31,359"),
        (header(2**32 - 1, 2**32 - 1), "f unpacks to 18,446,744,065,119.6 MB; at most"),
        (header(0, 28, 28), "f is empty."),
        (b"\0\0\x08\x03\0\0", "f is damaged: its header is incomplete."),
        (header(*[1] * 5), "f is damaged: its header is incomplete."),
        (idx(X), "f has pictures for training, but the labels for training are missing; add them"),
    ],
)
def test_files_that_cannot_be_a_data_set_are_refused_with_a_sentence(data, message):
    with pytest.raises(DataError) as raised:
        propose([("f", data)])
    assert message in str(raised.value)
    assert str(raised.value).startswith("f ")


def test_files_that_do_not_belong_together_are_refused():
    with pytest.raises(DataError, match="0 files were chosen, 1 to 4 are accepted"):
        propose([])
    with pytest.raises(DataError, match="a and b are both of pictures for training; one is exp"):
        propose([("a", idx(X)), ("b", idx(X))])
    with pytest.raises(DataError, match="a is a zip of pictures; choose it alone"):
        propose([("a", zipped(folders())), ("b", idx(X))])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([("f", gz(bytes(100_001)))], "f unpacks to more than 0.1 MB, the most accepted."),
        ([("f", npz(x_train=np.zeros((200, 28, 28), np.uint8), y_train=labels(200)))],
         "f unpacks to 0.2 MB; at most 0.1 MB are accepted."),
        ([("f", bytes(100_001))], "f has 0.1 MB; at most 0.1 MB are accepted."),
        ([("f", bytes(60_000)), ("g", bytes(60_000))], "f, g together have 0.1 MB; at most 0.1 MB"),
        ([("f", gz(idx(pictures(70)))), ("f-test", gz(idx(pictures(70))))],
         "f, f-test unpack to 0.1 MB; at most 0.1 MB are accepted."),
    ],
)  # fmt: skip
def test_files_that_are_too_large_are_refused(files, message, monkeypatch):
    monkeypatch.setattr("cnn.datasets.bounds.MAX_BYTES", 100_000)
    monkeypatch.setattr("cnn.datasets.idx.MAX_BYTES", 100_000)
    with pytest.raises(DataError) as raised:
        propose(files)
    assert str(raised.value).startswith(message)


def test_reading_pickles_is_never_tried(monkeypatch):
    monkeypatch.setattr("pickle.loads", pytest.fail)
    monkeypatch.setattr("pickle.load", pytest.fail)
    with pytest.raises(DataError, match="pickled Python objects"):
        propose([("d.npz", npz(x_train=X, y_train=np.array([{}] * 40)))])
    assert importing.MAX_FILES == 4
