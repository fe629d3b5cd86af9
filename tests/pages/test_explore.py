"""The views of Explore, as Streamlit runs them, without a browser."""

import pytest

from cnn.convolution import EXAMPLE_KERNELS
from tests.pages.test_pages import errors, open_page, words

VIEWS = ("Layers", "Pooling", "Your own kernel", "All test digits", "Side by side")


def open_view(view, **address):
    app = open_page("explore", **address)
    return app.segmented_control(key="explore_view").set_value(view).run()


@pytest.mark.parametrize("run", ["pretrained", "notebook"])
@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens_for_each_network_without_a_complaint(view, run):
    app = open_view(view, run=run, picture="test-5")
    assert not app.exception and not app.error and not app.warning
    assert len(app.header) >= 1


@pytest.mark.parametrize("run", ["pretrained", "notebook"])
def test_each_layer_can_be_opened_also_before_any_training(run):
    app = open_page("explore", run=run, epoch="0")
    from cnn.recognizer import load_recognizer
    from cnn.runs import open_run

    for layer in load_recognizer(open_run(run), 0).layers:
        app.session_state["layer"] = layer.name
        app.run()
        assert not app.exception and not app.error
        assert f"Inside {layer.name}" in [each.value for each in app.subheader]


def test_a_layer_that_the_network_does_not_have_opens_its_first():
    app = open_page("explore", run="notebook")
    app.session_state["layer"] = "conv_9"
    app.run()
    assert "Inside conv_1" in [each.value for each in app.subheader]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The kernel is empty"),
        ("a b c\n1 2 3\n1 2 3", "'a' in row 1 is no number"),
        ("1e9 0 0\n0 0 0\n0 0 0", "1e9 in row 1 is too large"),
        ("1 2\n3", "here are 2 rows of 2, 1 numbers"),
    ],
)
def test_a_kernel_that_is_none_gets_a_sentence_and_is_kept(text, sentence):
    app = open_view("Your own kernel")
    app.text_area(key="own_kernel").set_value(text).run()
    assert sentence in errors(app)
    assert app.text_area(key="own_kernel").value == text


def test_an_example_fills_the_kernel_and_stride_and_padding_the_formula():
    app = open_view("Your own kernel")
    app.selectbox(key="own_kernel_start").set_value("blur").run()
    assert app.text_area(key="own_kernel").value == "1/9 1/9 1/9\n1/9 1/9 1/9\n1/9 1/9 1/9"
    app.segmented_control(key="own_stride").set_value(2).run()
    assert "⌊(28 − 3) / 2⌋ + 1 = 13" in words(app)
    app.segmented_control(key="own_padding").set_value("same").run()
    assert "⌈28 / 2⌉ = 14" in words(app)
    for name in EXAMPLE_KERNELS:
        app.selectbox(key="own_kernel_start").set_value(name).run()
        assert not app.exception and not app.error


def test_pooling_swapped_says_what_becomes_of_the_accuracy():
    app = open_view("Pooling", run="notebook")
    button = next(each for each in app.button if "1,000" in each.label)
    button.click().run(timeout=120)
    assert not app.exception and not app.error


def test_what_pooling_keeps_follows_the_disturbance():
    app = open_view("Pooling", run="notebook", picture="test-2")
    disturbance = next(
        each for each in app.segmented_control if "happens to the picture" in each.label
    )
    for choice in disturbance.options:
        disturbance.set_value(choice).run()
        assert not app.exception and not app.error
        assert "Change **" in words(app)


def test_side_by_side_compares_with_the_untrained_network_at_first():
    app = open_view("Side by side")
    assert "**Pretrained network**, after epoch 0" in words(app)
    layers = app.selectbox(key="side_layer")
    for name in layers.options:
        app.selectbox(key="side_layer").set_value(name).run()
        assert not app.exception and not app.error
