import io
import stat
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnn.data.mnist import DataError
from cnn.datasets import picture_folders
from cnn.datasets.importing import propose
from cnn.datasets.picture_folders import read_pictures
from cnn.datasets.problems import Problems
from tests.unit.datasets.files import folders, idx, pictures, png, zipped


def proposed(files, **options):
    return propose([("p.zip", zipped(files, **options))])


def all_images(proposal):
    """All pictures, by their lightness, and the names of their classes."""
    images = np.concatenate([proposal.training.images, proposal.test.images])
    names = [
        proposal.classes[i]
        for i in np.concatenate([proposal.training.labels, proposal.test.labels]).tolist()
    ]
    order = images.max(axis=(1, 2)).argsort()
    return images[order], [names[i] for i in order]


EXPECTED = np.concatenate([pictures(6), pictures(6, start=20)])


@pytest.mark.parametrize(
    "files",
    [
        folders(),
        folders(top="my pictures/"),
        folders(top="a/b/"),
        folders(top="train/"),
        folders(top="data\\"),
        [*folders(), ("__MACOSX/heart/._0.png", b"x"), ("heart/.DS_Store", b"x")],
        [*folders(), ("star/Thumbs.db", b"x"), ("README.md", b"x"), (".git/config", b"x")],
        [*folders(top="a/train/"), ("a/docs/x/README.txt", b"x"), ("a/docs/x/", b""), ("b/", b"")],
        [("all/", b""), ("all/heart/", b""), ("all/README.txt", b""), *folders(top="all/")],
    ],
    ids=[
        "plain",
        "top",
        "two tops",
        "train",
        "backslash",
        "Mac",
        "Windows",
        "texts",
        "folder entries",
    ],
)
def test_a_folder_of_pictures_for_each_class(files):
    proposal = proposed(files)
    images, names = all_images(proposal)
    np.testing.assert_array_equal(images, EXPECTED)
    assert names == ["heart"] * 6 + ["star"] * 6
    assert proposal.classes == ("heart", "star")
    assert proposal.counts.tolist() == [[4, 4], [1, 1], [1, 1]]
    assert proposal.problems == ()
    assert len(proposal.samples) == 12
    assert proposal.samples[0].class_name == "heart"


@pytest.mark.parametrize("test", ["test", "Testing", "val"])
def test_folders_for_training_and_test_above_the_classes(test):
    files = [*folders(top="x/Train/"), *folders(count=2, top=f"x/{test}/")]
    proposal = proposed(files)
    assert proposal.counts.tolist() == [[5, 5], [1, 1], [2, 2]]
    assert sorted(proposal.test.images.max(axis=(1, 2)).tolist()) == [100, 101, 120, 121]


def test_numbers_as_names_are_in_their_order():
    assert proposed(folders(classes=("10", "9", "0"))).classes == ("0", "9", "10")
    assert proposed(folders(classes=("10", "9", "a"))).classes == ("10", "9", "a")
    assert proposed(folders(classes=("01", "1"))).classes == ("01", "1")


def test_pictures_of_any_kind_become_grey_and_28_x_28():
    wide = np.zeros((20, 40), np.uint8)
    wide[4:16, 8:32] = 200
    wide_colour = np.stack([wide] * 3, axis=2)
    kinds = {
        "grey.png": png(wide),
        "colour.bmp": png(wide_colour, "BMP"),
        "16 bits.png": png(wide.astype(np.uint16) * 257),
        "palette.gif": png(wide, "GIF"),
        "wrong.jpg": png(wide),
        "transparent.png": png(
            np.dstack([np.full_like(wide_colour, 200), (wide > 0) * np.uint8(255)])
        ),
        "floats.tif": png((wide / 255).astype(np.float32), "TIFF"),
    }
    files = [(f"wide/{name}", data) for name, data in kinds.items()]
    proposal = proposed([*files, *folders(classes=("star",))])
    images = np.concatenate([proposal.training.images, proposal.test.images])
    found = images[np.concatenate([proposal.training.labels, proposal.test.labels]) == 1]
    assert len(found) == len(kinds)
    # 40 x 20 becomes 28 x 14, in the middle.
    assert (found[:, :7] == 0).all()
    assert (found[:, 21:] == 0).all()
    assert (found[:, 11:17, 7:21] == 200).all()
    assert np.abs(found.astype(int) - found[0]).max() <= 2
    assert "28 to 40 pixels wide and 20 to 28 high; they are scaled" in " ".join(proposal.notes)


def test_dark_ink_on_nothing_is_put_on_white():
    opacity = pictures(6)
    files = [
        (f"{name}/{i}.png", png(np.dstack([np.zeros((28, 28, 3), np.uint8), each])))
        for name in ("heart", "star")
        for i, each in enumerate(opacity)
    ]
    proposal = proposed(files)
    assert proposal.dark_on_light
    assert set(proposal.training.images[:, 0, 0].tolist()) == {255}
    assert set(proposal.inverted().training.images.max(axis=(1, 2)).tolist()) <= set(
        range(100, 106)
    )


def test_what_cannot_be_used_is_a_problem_and_the_rest_remains():
    big = png(np.zeros((1, 5000), np.uint8))
    files = [
        *folders(),
        ("heart/damaged.png", png(pictures(1)[0])[:60]),
        ("heart/text.png", b"hello"),
        ("heart/empty.png", b""),
        ("heart/tiny.png", png(np.zeros((3, 9), np.uint8))),
        ("heart/long.png", big),
        ("alone.png", png(pictures(1)[0])),
        ("moon/", b""),
        ("sun/1.png", png(pictures(1)[0])),
    ]
    proposal = proposed(files)
    assert proposal.classes == ("heart", "star")
    assert len(proposal.training.labels) + len(proposal.test.labels) == 12
    texts = {each.kind: each.text for each in proposal.problems}
    assert texts == {
        "place": "p.zip: alone.png does not lie in the folder of a class.",
        "unreadable": (
            "p.zip: heart/damaged.png is damaged: it is truncated or cannot be decoded. "
            "p.zip: heart/text.png is not a picture; a picture is expected, as PNG, JPEG, HEIC, "
            "WebP, AVIF, TIFF, GIF or BMP. "
            "p.zip: heart/empty.png is empty; a picture is expected, as PNG, JPEG, HEIC, WebP, "
            "AVIF, TIFF, GIF or BMP."
        ),
        "size": (
            "p.zip: heart/tiny.png is 9 x 3 pixels; 4 to 4,096 on each side are accepted. "
            "p.zip: heart/long.png is 5,000 x 1 pixels; 4 to 4,096 on each side are accepted."
        ),
        "class": (
            "p.zip: the class moon has no pictures for training; at least 5 are expected. "
            "p.zip: the class sun has only 1 picture for training; at least 5 are expected."
        ),
    }


def test_only_the_first_problems_of_a_kind_are_written_out():
    files = [*folders(), *((f"star/{i}.txt.png", b"x") for i in range(1000, 1300))]
    [problem] = proposed(files).problems
    assert problem.count == 300
    assert problem.text.endswith("And 295 more like these.")
    assert len(problem.sentences) == 5


def entry(path, mode=0, **values):
    info = zipfile.ZipInfo("name")
    info.filename = path
    info.external_attr = mode << 16
    for name, value in values.items():
        setattr(info, name, value)
    return info


def encrypted():
    data = bytearray(zipped(folders()))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + at] |= 1
    return bytes(data)


def rare_method():
    data = bytearray(zipped(folders()))
    data[data.find(b"PK\x01\x02") + 10] = zipfile.ZIP_LZMA
    return bytes(data)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "p.zip has no pictures."),
        ([("README.md", b"x")], "p.zip has no pictures."),
        ([("1.png", png(pictures(1)[0]))], "p.zip has no folders of pictures; a zip with one fol"),
        (folders(classes=("star",)), "p.zip has only one class; 2 to 50 are expected. The folder"),
        (folders(1, classes=[f"{i:03}" for i in range(300)]),
         "p.zip has 300 classes; 2 to 50 are expected. The first folders are 000, 001, 002."),
        ([("a/1.png", b"x"), ("b/1.png", b"x")], "p.zip has no pictures that can be used. p.zip:"),
        (folders(2), "Once problems are left out, p.zip has no classes; 2 to 50 are expected. p.z"),
        ([*folders(), ("../x.png", b"x")], "p.zip holds ../x.png, a path that leads out of its f"),
        ([*folders(), ("a/../../x.png", b"x")], "p.zip holds a/../../x.png, a path that leads o"),
        ([*folders(), ("a\\..\\x.png", b"x")], "p.zip holds a\\..\\x.png, a path that leads out"),
        ([*folders(), (entry("/etc/x.png"), b"x")], "p.zip holds /etc/x.png, a path that leads"),
        ([*folders(), ("C:\\x.png", b"x")], "p.zip holds C:\\x.png, a path that leads out of"),
        ([*folders(), (entry("star/l.png", stat.S_IFLNK), b"/etc/passwd")],
         "p.zip holds a link, star/l.png; pack the file itself."),
        ([*folders(), ("star/more.zip", zipped(folders()))],
         "p.zip holds another archive, star/more.zip. Unpack it, and choose the files in it."),
        ([("train-images.gz", idx(pictures(3)))], "p.zip holds another archive, train-images.gz."),
    ],
)  # fmt: skip
def test_archives_that_cannot_be_a_data_set_are_refused_with_a_sentence(files, message):
    with pytest.raises(DataError) as raised:
        proposed(files)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (encrypted(), "p.zip is encrypted; pack it again without a password."),
        (rare_method(), "p.zip: heart/0.png is compressed by a rare method; pack it as usual."),
    ],
)
def test_archives_of_a_rare_kind_are_refused(data, message):
    with pytest.raises(DataError) as raised:
        propose([("p.zip", data)])
    assert str(raised.value) == message


def test_an_entry_cannot_unpack_to_more_than_it_announces():
    data = bytearray(zipped([*folders(), ("star/x.png", bytes(50_000_000))]))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    [problem] = propose([("p.zip", bytes(data))]).problems
    assert problem.text == "p.zip: star/x.png is damaged or truncated."


def test_too_many_pixels_are_refused(monkeypatch):
    monkeypatch.setattr(picture_folders, "MAX_PIXELS", 12 * 28 * 28 - 1)  # one too few
    with pytest.raises(DataError, match=r"has more than .* billion pixels; scale the pictures"):
        proposed(folders())


def test_too_many_entries_are_refused(monkeypatch):
    monkeypatch.setattr("cnn.datasets.archives.MAX_ENTRIES", 11)
    with pytest.raises(DataError, match=r"p\.zip holds more than 11 files; leave some out"):
        proposed(folders())


def test_progress_is_reported():
    shares = []
    propose([("p.zip", zipped(folders(150)))], shares.append)
    assert shares == [0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1]


@pytest.mark.parametrize(
    ("side", "reason"),
    [
        (7000, "is 7,000 x 7,000 pixels; 4 to 4,096 on each side"),
        (8000, "is 8,000 x 8,000 pixels; at most 51 million in all"),
    ],
)
def test_a_bomb_of_pixels_is_not_decoded(monkeypatch, side, reason):
    monkeypatch.setattr(picture_folders, "decode_picture", pytest.fail)
    black = Image.new("1", (side, side))
    data = png(np.asarray(black, np.uint8) * 255)
    with pytest.raises(DataError, match=reason):
        proposed([("a/1.png", data), ("b/1.png", data)])


def test_archives_that_unpack_to_too_much_are_refused(monkeypatch):
    monkeypatch.setattr("cnn.datasets.bounds.MAX_BYTES", 300_000)
    with pytest.raises(DataError, match=r"p\.zip unpacks to 0\.4 MB; at most 0\.3 MB are accepted"):
        proposed([(f"{name}/0.png", bytes(200_000)) for name in "ab"])


NAMES = st.sampled_from(["train", "test", "heart", "star", "0.png", "1.png", "a.txt", "..x", "."])
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), max_size=12)


@given(paths=PATHS, folder_paths=PATHS)
def test_any_layout_is_read_or_refused_with_a_sentence(paths, folder_paths):
    picture = png(pictures(1)[0])
    files = [*((path, picture) for path in paths), *((f"{path}/", b"") for path in folder_paths)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of paths that occur twice
        data = zipped(files)
    problems = Problems()
    try:
        found = read_pictures(zipfile.ZipFile(io.BytesIO(data)), "p.zip", problems)
    except DataError as error:
        assert str(error).startswith("p.zip has ")
        return
    lost = sum(each.count for each in problems.listed())
    visible = [path for path in paths if not any(p.startswith("..") for p in path.split("/"))]
    assert len(found.images) + lost <= len(paths)
    assert len(found.images) + lost >= sum(not each.endswith(".txt") for each in visible)
    assert 2 <= len(found.folders) <= 50
