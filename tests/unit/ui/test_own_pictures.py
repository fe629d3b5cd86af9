import pytest

from cnn.datasets.catalog import delete_dataset
from cnn.datasets.settings import load_splits
from tests.own_data import CLASSES, make_dataset
from ui.state.picture_url import AddressError, no_picture, picture_at


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_DATASETS", str(tmp_path / "datasets"))
    return make_dataset()


def test_a_test_picture_belongs_to_the_data_set(dataset):
    picture = picture_at("test-299", dataset.facts)
    test = load_splits(dataset.facts).test
    assert (picture.image == test.images[299]).all()
    assert picture.title == f"Test picture 299, label {CLASSES[test.labels[299]]}"
    assert picture.address == "test-299"
    with pytest.raises(AddressError, match="There is no test picture 300; they are numbered 0 to"):
        picture_at("test-300", dataset.facts)


def test_a_picture_that_is_gone_is_a_sentence(dataset):
    delete_dataset(dataset)
    with pytest.raises(AddressError, match='The data set "Symbols" is not there'):
        picture_at("test-0", dataset.facts)
    assert not no_picture().image.any()
