import ast
import io
import json
import subprocess
import sys
from zipfile import ZipFile

import numpy as np
import pytest

from cnn.__main__ import main
from cnn.config import TrainingConfig
from cnn.data.mnist import load_digits, scaled
from cnn.export import portable
from cnn.export.checking import check
from cnn.export.formats import EXPORTS
from cnn.export.keras_files import network_of_keras
from cnn.export.torch_code import torch_code, torch_weights
from cnn.models.network import build_network
from cnn.networks.code_writing import network_line
from cnn.networks.layers import (
    ARGUMENTS,
    KINDS,
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    MaxPooling2D,
)
from cnn.networks.starting_points import NOTEBOOK
from cnn.runs.run import PRETRAINED_PATH, RunError, read_run
from cnn.runs.writing import create_run
from cnn.training.recorder import RunRecorder
from tools.random_networks import random_network

FORMATS = ("torch", "onnx", "tflite")
CHECKS = {
    "torch": portable.TORCH_CHECK,
    "onnx": portable.ONNX_CHECK,
    "tflite": portable.TFLITE_CHECK,
}
SEEDS = {"torch": range(60), "onnx": range(60), "tflite": range(12)}
# Runs the script in each folder: one import of PyTorch is enough.
IN_EACH_FOLDER = """
import os, sys
script, *folders = sys.argv[1:]
sys.path.insert(0, "")
for folder in folders:
    os.chdir(folder)
    sys.modules.pop("network", None)
    exec(script, {})
"""


def skip_if_missing(name):
    if sentence := EXPORTS[name].refusal:
        pytest.skip(sentence)


def random_weights(network, seed):
    """Arrays for `network`, of Keras: variances from 0.5 to 1.5, the rest around 0."""
    rng = np.random.default_rng(seed)
    return [
        (
            rng.uniform(0.5, 1.5, each.shape)
            if "moving_variance" in each.path
            else rng.normal(0, 0.3, each.shape)
        ).astype(np.float32)
        for each in network.weights
    ]


def untrained_run(layers, seed=1):
    """A run of the network of `layers` with random weights, of epoch 0 only."""
    run = create_run(TrainingConfig(network=network_line(layers)))
    recorder = RunRecorder(run)
    recorder.write_weights(0, random_weights(build_network(run.config), seed))
    recorder.close()
    return run


def unpacked(name, content):
    """The files of an export."""
    if name != "torch":
        return {f"network.{name}": content}
    with ZipFile(io.BytesIO(content)) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


def test_the_random_networks_have_all_layers_activations_and_paddings():
    layers = [each for seed in SEEDS["onnx"] for each in random_network(seed)]
    assert {each.kind for each in layers} == set(KINDS)
    assert {getattr(each, "activation", "relu") for each in layers} == set(
        ARGUMENTS["activation"].values
    )
    for kind in (name for name in KINDS if name.endswith(("g2D", "v2D")) and "Global" not in name):
        used = {(each.padding, each.strides > 1) for each in layers if each.kind == kind}
        assert used == {("valid", False), ("valid", True), ("same", False), ("same", True)}, kind


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_random_networks_compute_what_keras_computes(name, tmp_path, monkeypatch):
    skip_if_missing(name)
    monkeypatch.setattr(portable, "check", lambda *_: None)  # done here, for all in one process
    images, folders, expected = load_digits("test").images[:100], [], []
    for seed in SEEDS[name]:
        run = untrained_run(random_network(seed), seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        for file, content in unpacked(name, EXPORTS[name].make(run, 0)).items():
            (folder / file).write_bytes(content)
        np.save(folder / "images.npy", images)
        network = build_network(run.config)
        network.set_weights(run.weights(0))
        expected.append(network.predict_on_batch(scaled(images)))
        folders.append(folder)
    command = [sys.executable, "-c", IN_EACH_FOLDER, CHECKS[name], *map(str, folders)]
    subprocess.run(command, check=True)
    for folder, probabilities in zip(folders, expected, strict=True):
        np.testing.assert_allclose(
            np.load(folder / "probabilities.npy"), probabilities, rtol=0, atol=1e-4
        )


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_the_shipped_network_is_written_from_the_command_line(name, tmp_path, capsys):
    skip_if_missing(name)
    file = tmp_path / "network"
    assert main(["export", "--format", name, "--out", str(file)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "file": str(file),
        "bytes": file.stat().st_size,
    }
    assert file.stat().st_size > 500_000


# The check


@pytest.mark.slow
def test_a_file_of_other_weights_is_refused(monkeypatch):
    skip_if_missing("onnx")
    run, write = untrained_run(NOTEBOOK), portable.as_onnx
    monkeypatch.setattr(
        portable,
        "as_onnx",
        lambda layers, weights: write(layers, [each * 1.01 for each in weights]),
    )
    with pytest.raises(RunError, match="does not compute the probabilities of the run on 100 test"):
        portable.onnx_file(run, 0)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("raise SystemError('no such operator')", "cannot be checked: SystemError: no such op"),
        ("import os; os._exit(3)", "cannot be checked: it ended without a message"),
        ("pass", "cannot be checked: .*probabilities.npy"),
    ],
)
def test_a_check_that_fails_is_a_sentence(script, words):
    run = read_run(PRETRAINED_PATH)
    with pytest.raises(RunError, match=words):
        check(run, network_of_keras(run, run.last_saved_epoch), {}, script)


@pytest.mark.parametrize(
    ("name", "package", "sentence"),
    [
        ("torch", "torch", "PyTorch is not installed here."),
        ("torch", "safetensors", "safetensors is not"),
        ("onnx", "onnx", "onnx is not"),
        ("onnx", "onnxruntime", "ONNX Runtime is not"),
        ("tflite", "ai_edge_litert", "LiteRT is not"),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_adds_it(
    name, package, sentence, monkeypatch, tmp_path, capsys
):
    for each in EXPORTS[name].packages:  # the others are there, whatever this machine has
        monkeypatch.setitem(sys.modules, each, None if each == package else sys)
    assert main(["export", "--format", name, "--out", str(tmp_path / "file")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    file = "requirements-torch.txt" if package == "torch" else "requirements-export.txt"
    assert line.startswith(sentence)
    assert line.endswith(f"-m pip install -r {file}")
    assert not (tmp_path / "file").exists()


def test_two_missing_packages_take_one_command(monkeypatch):
    for each in ("torch", "safetensors"):
        monkeypatch.setitem(sys.modules, each, None)
    sentence, command = EXPORTS["torch"].refusal.split(": ")
    assert sentence == "PyTorch and safetensors are not installed here. To add them"
    assert command.endswith("-m pip install -r requirements-torch.txt -r requirements-export.txt")


# The code for PyTorch


def code_of(*layers, classes=tuple("0123456789"), run="a run"):
    return torch_code((*layers, Flatten(), Dense(len(classes), "softmax")), classes, run, 5)


def forward(code):
    """The lines of `forward`, without indentation."""
    lines = [each.strip() for each in code.splitlines()]
    return lines[lines.index("def forward(self, x):") + 1 : lines.index("return x")]


def test_the_layers_stand_one_by_one_with_the_shape_of_each_output():
    assert forward(code_of(Conv2D(8, 3, activation="relu"), MaxPooling2D(2))) == [
        "x = F.relu(self.conv_1(x))  # (n, 8, 26, 26)",
        "x = F.max_pool2d(x, 2, 2)  # (n, 8, 13, 13)",
        "x = x.permute(0, 2, 3, 1)  # channels last, as in Keras",
        "x = x.flatten(1)  # (n, 1352)",
        "x = self.dense_1(x)  # (n, 10), the logits: no softmax here",
    ]


def test_an_odd_padding_is_larger_at_the_bottom_and_right():
    assert forward(code_of(AveragePooling2D(2, 1, "same")))[:2] == [
        "inside = F.avg_pool2d(F.pad(torch.ones_like(x[:1, :1]), (0, 1, 0, 1)), 2, 1)"
        "  # share of cells that are no padding",
        "x = F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 2, 1) / inside  # (n, 1, 28, 28)",
    ]


def test_kernels_are_transposed():
    layers = (Conv2D(3, 2), Flatten(), Dense(10, "softmax", use_bias=False))
    kernel, dense = np.arange(12).reshape(2, 2, 1, 3), np.arange(2187 * 10).reshape(2187, 10)
    arrays = torch_weights(layers, [kernel, np.zeros(3), dense])
    assert list(arrays) == ["conv_1.weight", "conv_1.bias", "dense_1.weight"]
    np.testing.assert_array_equal(arrays["conv_1.weight"][2], [[[2, 5], [8, 11]]])
    np.testing.assert_array_equal(arrays["dense_1.weight"][1, :3], [1, 11, 21])
    assert all(each.flags.c_contiguous for each in arrays.values())


def test_names_cannot_become_code():
    names = ("'] + print(1)", '"""\nprint(2)\n"""', "ä{units}\\")
    tree = ast.parse(code_of(classes=names, run='"""\nprint(3)'))
    values = {
        ast.unparse(each.targets[0]): each.value
        for each in tree.body
        if isinstance(each, ast.Assign)
    }
    assert ast.literal_eval(values["CLASSES"]) == list(names)
    assert ast.literal_eval(values["(RUN, EPOCH)"]) == ('"""\nprint(3)', 5)
    assert not [each for each in ast.walk(tree) if getattr(each, "id", "") == "print"]
