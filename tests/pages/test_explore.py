"""The views of Explore, as Streamlit runs them, without a browser."""

import json
import re
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn.arithmetic.convolution import EXAMPLE_KERNELS
from cnn.data.mnist import load_digits
from cnn.inspection.recognizer import load_recognizer
from cnn.runs.run import open_run
from tests.pages.test_pages import errors, open_page, words
from ui.explore import browser_choice
from ui.state.picture_url import ChosenPicture

VIEWS = {  # the name of each, and its first heading; the heading of Layers is in its component
    "Layers": None,
    "Pooling": "Pooling",
    "Custom kernel": "Custom kernel",
    "Test set": "Test set",
    "Compare networks": "Compare networks",
}


def open_view(view, **address):
    app = open_page("explore", **address)
    return app.segmented_control(key="tab").set_value(view).run()


def sent(app, key):
    """What the component `key` was sent."""
    [component] = [each for each in app.get("bidi_component") if each.proto.id.endswith(f"-{key}")]
    return json.loads(component.proto.json)


def expect_view(app, view):
    """`view` is on the page: its first heading, or for Layers its component."""
    heading = next((each.value for each in [*app.header, *app.subheader]), None)
    assert heading == VIEWS[view]
    assert view != "Layers" or sent(app, "layers_lens")["layer"] == "conv_1"


def labelled(widgets, label):
    return next(each for each in widgets if each.label.startswith(label))


@pytest.mark.parametrize("run", ["pretrained", pytest.param("notebook", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "view",
    # The test set is 10,000 digits, read in a thread.
    [pytest.param(each, marks=pytest.mark.slow) if each == "Test set" else each for each in VIEWS],
)
def test_each_view_opens_for_each_network_without_an_error(view, run):
    app = open_view(view, run=run, picture="test-5")
    assert not app.exception and not app.error and not app.warning
    expect_view(app, view)


@pytest.mark.slow
@pytest.mark.parametrize("run", ["pretrained", "notebook"])
def test_each_layer_can_be_opened_also_before_any_training(run):
    app = open_page("explore", run=run, epoch="0")
    for layer in load_recognizer(open_run(run), 0).layers:
        app.session_state["layer"] = layer.name
        app.run()
        assert not app.exception and not app.error
        assert sent(app, "layers_lens")["layer"] == layer.name


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ({"tab": "Nonsense"}, "The address has 'Nonsense' for tab; it is left out."),
        ({"layer": "conv_9"}, "This network has no layer 'conv\\_9'. conv\\_1 is shown instead."),
        ({"map": "-1"}, "The address has '-1' for map; it is left out."),
        ({"map": "32"}, "conv\\_1 has no map 32, only 0 to 31."),
        ({"layer": "dense_1", "map": "128"}, "dense\\_1 has no unit 128, only 0 to 127."),
        ({"tab": "Custom kernel", "custom_kernel": "1 2"}, "The address has '1 2' for"),
        ({"tab": "Custom kernel", "custom_stride": "0"}, "The address has '0' for"),
        ({"tab": "Custom kernel", "custom_padding": "full"}, "The address has 'full' for"),
        ({"tab": "Custom kernel", "custom_relu": "1"}, "The address has '1' for"),
        ({"tab": "Pooling", "map": "99"}, "conv\\_1 has no map 99, only 0 to 31."),
        ({"tab": "Pooling", "pooling_size": "5"}, "The address has '5' for"),
        ({"tab": "Pooling", "pooling_stride": "-1"}, "The address has '-1' for"),
        ({"tab": "Pooling", "pooling_padding": "none"}, "The address has 'none' for"),
    ],
)
def test_a_bad_choice_in_the_address_gets_a_sentence_and_the_default(address, sentence):
    app = open_page("explore", **address)
    assert sentence in errors(app)
    assert len(app.error) == 1
    app.run()
    assert not app.error and not app.exception
    *good, bad = address
    assert bad not in app.query_params
    default = open_page("explore", **{name: address[name] for name in good})
    for kind in ("subheader", "number_input", "text_area", "segmented_control", "toggle"):
        shown, expected = ([one.value for one in getattr(each, kind)] for each in (app, default))
        assert shown == expected


def test_the_address_has_the_view_the_layer_its_map_and_the_custom_kernel():
    app = open_page("explore", layer="conv_2", map="6")
    opened = sent(app, "layers_lens")
    assert (opened["layer"], opened["map"], opened["exact"]["map"]) == ("conv_2", 6, 6)
    app.segmented_control(key="tab").set_value("Pooling").run()
    assert labelled(app.selectbox, "Layer").value == "conv_2"
    assert labelled(app.number_input, "Map").value == 6
    labelled(app.segmented_control, "Window").set_value(3).run()
    labelled(app.segmented_control, "Padding").set_value("same").run()
    assert (app.query_params["pooling_size"], app.query_params["pooling_padding"]) == ("3", "same")
    labelled(app.selectbox, "Layer").set_value("conv_4").run()  # maps of 2 x 2
    assert labelled(app.segmented_control, "Window").value == 2
    labelled(app.selectbox, "Layer").set_value("conv_1").run()
    assert app.query_params["layer"] == "conv_1"
    assert "map" not in app.query_params  # belonged to the other layer
    app.segmented_control(key="tab").set_value("Custom kernel").run()
    labelled(app.selectbox, "Example").set_value("blur").run()
    app.segmented_control(key="custom_stride").set_value(3).run()
    app.segmented_control(key="custom_padding").set_value("same").run()
    app.toggle(key="custom_relu").set_value(True).run()
    copy = open_page("explore", **dict(app.query_params.items()))
    assert copy.segmented_control(key="tab").value == "Custom kernel"
    assert labelled(copy.selectbox, "Example").value == "blur"
    assert copy.text_area[0].value == app.text_area[0].value
    assert "⌈28 / 3⌉ = 10" in words(copy)
    assert copy.toggle(key="custom_relu").value is True
    copy.text_area[0].set_value("1").run()
    assert labelled(copy.selectbox, "Example").value is None  # no example any more


@pytest.mark.parametrize(
    ("opened", "number", "layer", "shown"),
    [("pool_1", 3, "conv_1", 3), ("conv_3", 90, "conv_3", 90), ("dense_1", 100, "conv_4", None)],
)
def test_the_poolings_are_those_of_the_opened_layer_or_of_the_last_convolution_before_it(
    opened, number, layer, shown
):
    app = open_page("explore", layer=opened, map=str(number))
    app.segmented_control(key="tab").set_value("Pooling").run()
    assert not app.error and not app.exception
    assert labelled(app.selectbox, "Layer").value == layer
    assert shown is None or labelled(app.number_input, "Map").value == shown
    assert app.query_params.get("map") == (shown and str(shown))


@pytest.mark.parametrize(("source", "name"), [("drawing", "drawing"), ("upload", "picture")])
def test_the_field_for_the_test_digit_names_a_picture_that_is_none(source, name):
    picture = ChosenPicture(source, load_digits("test").images[3])
    app = open_page("explore", picture=picture.address)
    field = sent(app, "picker")
    assert (field["picture"], field["title"]) == (None, f"Your {name}")
    app.session_state["picture"] = "test-7"
    app.run()
    assert sent(app, "picker")["picture"] == 7
    labelled(app.button, f"Your {name}").click().run()
    assert sent(app, "picker")["title"] == f"Your {name}"


def take_choice_twice():
    """A page that takes what the browser sent, twice, as a message may be."""
    import streamlit as st

    from cnn.dataset_facts import MNIST_FACTS
    from ui.explore.layers_view import open_chosen
    from ui.explore.picture_picker import take_choice

    for _ in range(2):
        take_choice(MNIST_FACTS)
        open_chosen("layers_lens")
    names = ("picture", "test_class", "layer", "map", "choice_number")
    st.json({name: st.session_state.get(name) for name in names})


def taken(monkeypatch, choice):
    """The choices of the session after the browser has sent `choice`."""
    message = SimpleNamespace(choice=choice)
    monkeypatch.setattr(browser_choice, "widget_value", lambda key: message)
    app = AppTest.from_function(take_choice_twice).run()
    assert not app.exception and not app.error
    return json.loads(app.json[0].value)


NOTHING = {"picture": None, "test_class": None, "layer": None, "map": None, "choice_number": None}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"picture": 42, "class": 2, "number": 7}, {"picture": "test-42", "test_class": 2}),
        ({"picture": 0, "class": None, "number": 7}, {"picture": "test-0"}),
        ({"layer": "conv_2", "map": 5, "number": 7}, {"layer": "conv_2", "map": 5}),
        ({"layer": "conv_2", "map": None, "number": 7}, {"layer": "conv_2"}),
    ],
)
def test_a_choice_in_the_browser_is_taken(monkeypatch, choice, expected):
    assert taken(monkeypatch, choice) == NOTHING | {"choice_number": 7} | expected


def test_without_the_pictures_the_browser_asks_for_the_next_or_a_random_digit(monkeypatch):
    # Each is asked for twice. Label 5: test digits 8, 15, 23, ...
    assert taken(monkeypatch, {"step": "next", "class": 5, "number": 1})["picture"] == "test-15"
    number = taken(monkeypatch, {"step": "random", "class": 3, "number": 1})["picture"][5:]
    assert load_digits("test").labels[int(number)] == 3


@pytest.mark.parametrize("wrong", [-1, 10_000, 1e9, "3", "", None, True, 2.5, [1], {"a": 1}])
@pytest.mark.parametrize("name", ["picture", "class", "layer", "map", "step", "number"])
def test_what_is_wrong_in_a_message_of_the_browser_is_left_out(monkeypatch, name, wrong):
    good = {"layer": "conv_2", "map": 5}
    choices = taken(monkeypatch, good | {name: wrong})
    assert choices["picture"] is None and choices["test_class"] is None
    if name not in ("layer", "map"):
        assert (choices["layer"], choices["map"]) == ("conv_2", 5)


@pytest.mark.parametrize("choice", [None, 3, "next", [], ["layer"]])
def test_a_message_that_is_no_choice_is_left_out(monkeypatch, choice):
    assert taken(monkeypatch, choice) == NOTHING


def test_if_the_network_does_not_have_the_opened_layer_its_first_is_opened():
    app = open_page("explore", run="notebook")
    app.session_state["layer"] = "conv_9"
    app.run()
    assert sent(app, "layers_lens")["layer"] == "conv_1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The kernel is empty"),
        ("a b c\n1 2 3\n1 2 3", "'a' in row 1 is not a number"),
        ("1e9 0 0\n0 0 0\n0 0 0", "1e9 in row 1 is too large"),
        ("1 2\n3", "has rows: 2; numbers in each: 2, 1."),
    ],
)
def test_an_invalid_kernel_gets_an_error_and_is_kept(text, sentence):
    app = open_view("Custom kernel")
    app.text_area[0].set_value(text).run()
    assert sentence in errors(app)
    assert app.text_area[0].value == text


def test_an_example_fills_the_kernel_and_stride_and_padding_the_formula():
    app = open_view("Custom kernel")
    labelled(app.selectbox, "Example").set_value("blur").run()
    assert app.text_area[0].value == "1/9 1/9 1/9\n1/9 1/9 1/9\n1/9 1/9 1/9"
    app.segmented_control(key="custom_stride").set_value(2).run()
    assert "⌊(28 − 3) / 2⌋ + 1 = 13" in words(app)
    app.segmented_control(key="custom_padding").set_value("same").run()
    assert "⌈28 / 2⌉ = 14" in words(app)
    for name, kernel in EXAMPLE_KERNELS.items():
        labelled(app.selectbox, "Example").set_value(name).run()
        assert not app.exception and not app.error
        rows = app.text_area[0].value.split("\n")
        written = [[float(Fraction(number)) for number in row.split()] for row in rows]
        np.testing.assert_allclose(written, kernel, atol=1e-6)


@pytest.mark.slow
def test_accuracies_with_replaced_pooling_are_those_of_the_test_digits():
    app = open_view("Pooling", run="notebook")
    button = next(each for each in app.button if "1,000" in each.label)
    button.click().run(timeout=120)
    assert not app.exception and not app.error
    names, predictions, accuracies = app.table[0].value.to_numpy().T
    assert [re.search("max|average|sum", name.lower())[0] for name in names] == (
        ["max", "average", "average", "sum", "sum"]
    )
    images, labels = (each[:1000] for each in load_digits("test"))
    predicted = load_recognizer(open_run("notebook")).probabilities(images).argmax(axis=1)
    assert predictions[0].startswith(f"**{predicted[0]}** (")  # test digit 0 is shown
    as_trained, average, average_rescaled, sums, sums_rescaled = (
        round(10 * float(text.removesuffix(" %"))) for text in accuracies
    )
    assert as_trained == (predicted == labels).sum()
    assert average_rescaled == sums_rescaled  # they differ only by a factor
    assert average < average_rescaled <= as_trained
    assert 900 < sums < 1000


def shown_changes(app):
    """In percent, of no pooling and the three."""
    return [float(text) for text in re.findall(r"Change \*\*([\d.]+) %\*\*", words(app))]


@pytest.mark.slow
def test_robustness_is_measured_for_the_chosen_perturbation():
    image = load_digits("test").images[2]
    moved = np.zeros_like(image)
    moved[:, 1:] = image[:, :-1]
    app = open_view("Pooling", run="notebook", picture="test-2")
    number = labelled(app.number_input, "Map, 0 to 31").value
    first_layer = load_recognizer(open_run("notebook")).all_activations(np.stack([image, moved]))[0]
    before, after = first_layer[..., number]
    windows = [each.reshape(13, 2, 13, 2) for each in (before, after)]
    expected = [  # no pooling, max, average, sum
        np.linalg.norm(after - before) / np.linalg.norm(before),
        *(
            np.linalg.norm(pool(windows[1], axis=(1, 3)) - pool(windows[0], axis=(1, 3)))
            / np.linalg.norm(pool(windows[0], axis=(1, 3)))
            for pool in (np.max, np.mean, np.sum)
        ),
    ]
    assert shown_changes(app) == pytest.approx(100 * np.array(expected), abs=0.06)
    changes = []
    for choice in app.segmented_control(key="perturbation").options:
        app.segmented_control(key="perturbation").set_value(choice).run()
        assert not app.exception and not app.error
        changes.append(shown_changes(app))
    assert changes[0] == pytest.approx(100 * np.array(expected), abs=0.06)
    assert len({tuple(each) for each in changes}) == len(changes) == 4


@pytest.mark.slow
def test_networks_are_compared_with_the_untrained_one_at_first():
    app = open_view("Compare networks", picture="test-5")
    assert "**Pretrained network**, after epoch 0" in words(app)
    run, image = open_run("pretrained"), load_digits("test").images[5]
    trained, untrained = (
        {each.layer.name: each.values for each in load_recognizer(run, epoch).activations(image)}
        for epoch in (run.last_saved_epoch, 0)
    )
    layers = app.selectbox(key="side_layer").options
    assert layers == list(trained)[:-1]
    for name in layers:
        app.selectbox(key="side_layer").set_value(name).run()
        assert not app.exception and not app.error
        captions = [each.captions[0] for each in app.image if each.captions[0].startswith(name)]
        for caption, values in zip(captions, (trained[name], untrained[name]), strict=True):
            assert f"{values.min():.3g} to {values.max():.3g};" in caption


def test_the_address_has_the_perturbation_and_the_other_network():
    app = open_page("explore", tab="Pooling", perturbation="Noise", amount="60")
    assert app.segmented_control(key="perturbation").value == "Noise"
    slider = labelled(app.select_slider, "Standard deviation")
    assert slider.value == 60
    slider.set_value(80).run()
    assert app.query_params["amount"] == "80"
    app = open_page("explore", tab="Compare networks", other="notebook", other_epoch="2")
    assert labelled(app.selectbox, "Compare with").value == "notebook"
    assert "after epoch 2" in words(app)
    app = open_page("explore", tab="Compare networks", other="nonsense")
    assert "There is no network 'nonsense' to compare with." in errors(app)
    assert "after epoch 0" in words(app)
