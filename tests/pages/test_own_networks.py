"""Every page with networks of unusual layers: trained once, in this process."""

import contextlib
import io
import shutil
import signal

import pytest

from cnn.__main__ import main
from cnn.config import TrainingConfig
from cnn.runs.run import list_runs
from tests.pages.test_explore import sent
from tests.pages.test_pages import errors, html, open_page, words
from ui.state.session import EXPLORE_VIEWS
from ui.widgets.glossary import GLOSSARY

LAST = 'Dense(10, activation="softmax")'
NETWORKS = {
    "one convolution": f'Conv2D(4, 3, activation="relu"), MaxPooling2D(2), Flatten(), {LAST}',
    "5 x 5, two poolings": 'Conv2D(4, 5, activation="relu"), AveragePooling2D(2), '
    f"Conv2D(4, 5), MaxPooling2D(2), Flatten(), {LAST}",
    "strides, no pooling": 'Conv2D(4, 3, strides=2, padding="same", activation="relu"), '
    f'Conv2D(4, 3, strides=2, padding="same", activation="tanh"), GlobalAveragePooling2D(), {LAST}',
    "normalization and dropout": "Conv2D(4, 3), BatchNormalization(), "
    'MaxPooling2D(3, strides=2, padding="same"), Dropout(0.25), Flatten(), Dropout(0.5), '
    f'Dense(8, activation="gelu"), {LAST}',
    "normalized blocks": "Conv2D(4, 3, use_bias=False), BatchNormalization(), "
    'Activation("relu"), MaxPooling2D(2), Conv2D(4, 3, use_bias=False), BatchNormalization(), '
    'Activation("gelu"), Flatten(), Dense(8, use_bias=False), BatchNormalization(), '
    'Activation("relu"), Dense(10, activation="softmax", use_bias=False)',
    "no convolution": f'Flatten(), Dense(16, activation="relu"), {LAST}',
    "pooling first": f'SumPooling2D(2), Conv2D(4, 3, activation="relu"), Flatten(), {LAST}',
    "maps of one cell": f'Conv2D(4, 28, activation="relu"), Flatten(), Flatten(), {LAST}',
}


@pytest.fixture(scope="module")
def trained_networks(tmp_path_factory):
    """The folder of runs of all NETWORKS, trained on 300 digits for an epoch."""
    folder = tmp_path_factory.mktemp("own")
    handler = signal.getsignal(signal.SIGTERM)  # the command replaces it
    for place, network in enumerate(NETWORKS.values()):
        file = folder / f"{place}.py"
        file.write_text(f"Sequential([{network}])", "utf-8")
        arguments = ("--limit", "300", "--epochs", "1", "--runs", str(folder / "runs"))
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert main(["train", "--network", str(file), *arguments]) == 0
    signal.signal(signal.SIGTERM, handler)
    return folder / "runs"


@pytest.fixture
def run(request, runs, trained_networks):
    """The run of a network, the only one in the folder."""
    network = TrainingConfig(network=f"Sequential([{NETWORKS[request.param]}])").network
    found = next(each for each in list_runs(trained_networks)[0] if each.config.network == network)
    shutil.copytree(found.path, runs / found.id)
    return list_runs()[0][0]


def opened(page: str, run, **address):
    app = open_page(page, run=run.id, **address)
    assert not errors(app)
    return app


def each_network(*names: str):
    return pytest.mark.parametrize("run", names or NETWORKS, indirect=True, ids=str)


@pytest.mark.slow
@each_network()
def test_every_page_and_view_opens(run):
    for view in EXPLORE_VIEWS:
        opened("explore", run, tab=view)
    for page in ("learn", "train", "compare"):
        opened(page, run)
    opened("draw", run, picture="test-3")


def described(app):
    """What the view Layers says of each layer, by name."""
    return {each["name"]: each for each in sent(app, "layers_lens")["layers"]}


@pytest.mark.slow
@each_network()
def test_every_layer_opens(run):
    names = opened("explore", run, tab="Compare networks").selectbox
    names = next(each for each in names if each.label == "Layer").options
    for name in names:
        app = opened("explore", run, layer=name)
        assert sent(app, "layers_lens")["layer"] == name
        opened("explore", run, layer=name, tab="Pooling")


@pytest.mark.slow
@each_network("strides, no pooling")
def test_without_pooling_there_is_nothing_to_replace(run):
    app = opened("explore", run, tab="Pooling")
    assert "no pooling layer, so there is nothing to replace" in app.info[0].value
    assert not [each for each in app.button if each.key == "replace_pooling"]


@pytest.mark.slow
@each_network("no convolution", "maps of one cell")
def test_without_maps_there_is_nothing_to_pool(run):
    app = opened("explore", run, tab="Pooling")
    assert "nothing to pool. Choose another network" in app.info[0].value


@pytest.mark.slow
@each_network("5 x 5, two poolings", "pooling first")
def test_each_pooling_can_be_replaced(run):
    app = opened("explore", run, tab="Pooling")
    next(each for each in app.button if each.key == "replace_pooling").click().run()
    assert not app.exception and not errors(app)
    [table] = [each.value for each in app.table if "Prediction" in each.value.columns]
    names = table["Pooling"].tolist()
    kinds = " and ".join(run.config.poolings).capitalize()
    assert names[0].startswith(f"**{kinds}, as trained**")
    replaced = {each.split(",")[0] for each in names if each.startswith("Replaced by")}
    others = {"max", "average", "sum"} - (
        {*run.config.poolings} if len(run.config.poolings) == 1 else set()
    )
    assert replaced == {f"Replaced by {each}" for each in others}
    assert "–" not in table["Prediction"].tolist()


@pytest.mark.slow
@each_network("normalization and dropout")
def test_normalization_and_dropout_are_explained_with_their_numbers(run):
    shown = described(opened("explore", run))
    # Their numbers are in the browser: tests/browser/test_lens_code.py.
    assert "by numbers from the training" in shown["norm_1"]["words"]
    assert shown["norm_1"]["help"] == GLOSSARY["batch normalization"]
    assert "some are set to 0" in shown["dropout_1"]["words"]


@pytest.mark.slow
@each_network("normalized blocks")
def test_an_activation_and_a_layer_without_bias_are_explained(run):
    shown = described(opened("explore", run, layer="act_1", map=1))
    assert shown["act_1"]["words"] == "ReLU: sets negative values to 0; no parameters."
    assert "over all maps of the previous layer, without a bias." in shown["conv_1"]["words"]
    app = opened("explore", run, tab="Pooling", layer="act_2")
    layer = next(each for each in app.selectbox if each.label == "Layer")
    assert layer.options == ["conv_1", "norm_1", "act_1", "conv_2", "norm_2", "act_2"]
    assert layer.value == "act_2"


@pytest.mark.slow
@each_network("strides, no pooling")
def test_the_story_follows_the_network(run):
    app = opened("learn", run)
    assert "has 4 kernels and so computes 4 **feature maps**" in words(app)
    assert "**Global average pooling** turns each into its average: 4 values" in words(app)


@pytest.mark.slow
@each_network("no convolution")
def test_the_story_of_a_network_without_convolution_shows_example_kernels(run):
    app = opened("learn", run)
    kernels = next(each for each in app.selectbox if each.label == "Kernel").options
    assert kernels and all(each.startswith("example: ") for each in kernels)
    assert "The last maps, 1 of 28 x 28" in words(app)


@pytest.mark.slow
@each_network("pooling first")
def test_the_tables_of_compare_name_network_and_pooling(run):
    app = opened("compare", run, compare=run.id)
    [table] = [each.value for each in app.table if "" in each.value.columns]
    rows = dict(table.to_numpy().tolist())
    assert "SumPooling2D" in rows["Network"] and rows["Pooling"] == "sum"
    assert rows["Parameters"] == f"{1 * 9 * 4 + 4 + 12 * 12 * 4 * 10 + 10:,}"
    assert "Own network" in html(app) + words(app) + str([each.value for each in app.dataframe])
