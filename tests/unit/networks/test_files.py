import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.networks.errors import NetworkError
from cnn.networks.files import network_json, parse_json, read_network
from cnn.networks.layers import Conv2D, Flatten
from cnn.networks.starting_points import NOTEBOOK
from tools.random_networks import random_network


def row(**values):
    return json.dumps({"layers": [{"layer": "Flatten"}, values]})


@given(st.integers(0, 10_000))
def test_a_network_survives_json(seed):
    layers = random_network(seed)
    assert parse_json(network_json(layers)) == layers


def test_the_json_is_a_line_a_layer_and_defaults_can_be_left_out():
    assert network_json([Conv2D(8, 3), Flatten()]).splitlines() == [
        '{"layers": [',
        ' {"layer": "Conv2D", "filters": 8, "kernel_size": 3, "strides": 1, "padding": "valid", '
        '"activation": "linear", "use_bias": true},',
        ' {"layer": "Flatten"}',
        "]}",
    ]
    assert parse_json('{"layers": [{"layer": "Conv2D", "filters": 8}]}') == (Conv2D(8, 3),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"layers": [}', "The text is not valid JSON (line 1)."),
        ("[" * 100_000, "The text is not valid JSON."),
        ('{"layers": [{"layer": "Dense", "units": ' + "9" * 5000 + "}]}", "The text is not valid"),
        ("[]", 'The JSON must be an object with one entry, "layers", a list.'),
        ('{"layers": {}}', 'The JSON must be an object with one entry, "layers", a list.'),
        ('{"layers": [], "x": 1}', 'The JSON must be an object with one entry, "layers", a list.'),
        ('{"layers": [3]}', 'Layer 1: it must be an object such as {"layer": "Flatten"}.'),
        ('{"layers": [' + "1," * 100 + "1]}", "The network has more than 100 layers."),
        (row(layer="LSTM"), "Layer 2: 'LSTM' is not known; known are Conv2D, MaxPooling2D, "),
        (row(layer="Dense"), "Layer 2: Dense needs units."),
        (row(layer="Dense", units="many"), "Layer 2: Dense: units is 'many'; it must be a whole"),
        (row(layer="Dense", units=[1]), "Layer 2: Dense: units is list; it must be a whole"),
        (row(layer="Dense", units=5, filters=3), "Layer 2: Dense has no 'filters'."),
        (row(layer="Dense", units=5, prefix="x"), "Layer 2: Dense has no 'prefix'."),
        (row(layer="Dense", units=5, use_bias=0), "Layer 2: Dense: use_bias is 0; it must be True"),
        (row(layer="Activation"), "Layer 2: Activation needs activation."),
        (row(layer="Dropout", rate=float("nan")), "Layer 2: Dropout: rate is nan; it must be a"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_with_its_position(text, sentence):
    with pytest.raises(NetworkError) as raised:
        parse_json(text)
    assert str(raised.value).startswith(sentence)


def test_a_file_is_json_or_code_by_its_name(tmp_path):
    (tmp_path / "network.json").write_text(network_json(NOTEBOOK))
    (tmp_path / "network.py").write_text("Sequential([Flatten()])\n")
    assert read_network(tmp_path / "network.json").layers == NOTEBOOK
    assert read_network(tmp_path / "network.py").layers == (Flatten(),)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"\xff\xfe\x00", "is not text; it must be JSON or Python code."),
        (b" " * 300_000, "is larger than 200 kB: no network's code is."),
    ],
)
def test_a_file_that_is_no_network_gets_a_sentence(tmp_path, content, sentence):
    path = tmp_path / "network.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NetworkError) as raised:
        read_network(path)
    assert str(raised.value) == f"{path} {sentence}"
