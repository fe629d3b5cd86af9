import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from cnn.__main__ import main
from cnn.data.mnist import load_digits
from cnn.inspection import recognizer
from cnn.jobs import worker
from cnn.runs.run import read_run

PROJECT = Path(__file__).parents[2]


def results(capsys):
    """The printed JSON values, one a line; nothing may be on stderr."""
    printed = capsys.readouterr()
    assert printed.err == ""
    return [json.loads(line) for line in printed.out.splitlines()]


@pytest.fixture
def pictures(tmp_path):
    """Files with MNIST's first five test digits, large and dark on light, and with blank paper."""
    files = []
    for number, image in enumerate(load_digits("test").images[:5]):
        files.append(tmp_path / f"digit {number}.png")
        Image.fromarray(255 - np.pad(image, 10).repeat(5, axis=0).repeat(5, axis=1)).save(files[-1])
    files.append(tmp_path / "blank.png")
    Image.new("L", (60, 60), 255).save(files[-1])
    return [str(file) for file in files]


def test_train_prints_a_line_each_epoch_and_one_of_json(trained):
    assert trained.exit_code == 0
    assert trained.stderr == ""
    first, second, last = trained.stdout.splitlines()
    epochs, state = trained.run.epochs(), trained.run.state()
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    for i, line in enumerate((first, second)):
        figures = "  ".join(f"{name} {epochs[name][i]:.4f}" for name in names)
        assert line == f"epoch {i + 1}/2  {figures}"
    result = json.loads(last)
    assert list(result) == ["run", "test_loss", "test_accuracy", "elapsed_s"]
    assert result["run"] == str(trained.run.path)
    assert result["test_accuracy"] == state.test_accuracy
    assert result["test_loss"] == state.test_loss


def test_train_uses_the_settings_of_the_command_line(trained):
    config = trained.run.config
    assert (config.pooling, config.epochs, config.batch_size, config.limit) == ("sum", 2, 50, 200)
    assert (config.learning_rate, config.seed) == (0.001, 0)


TRAIN = ["train", "--epochs", "1", "--limit", "100", "--batch-size", "50"]
CODE = """\
model = keras.Sequential([
    layers.Conv2D(4, 5, strides=3, activation="relu"),
    layers.BatchNormalization(),
    layers.GlobalAveragePooling2D(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.RMSprop(2e-3), loss="mse")
model.fit(x, y, epochs=7, batch_size=64)
"""


@pytest.mark.slow
def test_train_takes_an_own_network_and_the_settings_of_its_code(tmp_path, capsys):
    path = tmp_path / "cell.py"
    path.write_text(CODE)
    more = ["--dropout", "0.5", "--augmentation", "shift", "--schedule", "cosine"]
    assert main([*TRAIN, "--network", str(path), *more, "--runs", str(tmp_path / "r")]) == 0
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        "Line 7: this loss is ignored: sparse_categorical_crossentropy is used."
    ]
    run = read_run(Path(json.loads(printed.out.splitlines()[-1])["run"]))
    config = run.config
    assert (config.optimizer, config.learning_rate, config.epochs) == ("rmsprop", 2e-3, 1)
    assert (config.batch_size, config.dropout, config.schedule) == (50, 0.5, "cosine")
    assert config.network.startswith("Sequential([Conv2D(4, 5, strides=3")
    assert "-own-" in run.id
    assert main(["evaluate", str(run.path)]) == 0


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        ("{", [], "The text is not valid JSON (line 1)."),
        (
            '{"layers": [{"layer": "Dense", "units": 0}]}',
            [],
            "Layer 1: Dense: units is 0; it must be a whole number from 1 to 2048.",
        ),
        (
            '{"layers": [{"layer": "Dense", "units": 10, "activation": "softmax"}]}',
            [],
            "Network: dense_1: Dense needs a vector, but its input has height and width: add "
            "Flatten or GlobalAveragePooling2D before it.",
        ),
        (
            '{"layers": [{"layer": "Flatten"}]}',
            ["--dropout", "2"],
            "Dropout is 2.0; it must be a number from 0 to 0.9.",
        ),
    ],
)
def test_train_refuses_a_network_that_does_not_fit(tmp_path, capsys, content, options, sentence):
    path = tmp_path / "network.json"
    path.write_text(content)
    assert refusal(["train", "--network", str(path), *options], capsys) == sentence


def test_train_refuses_a_network_that_is_not_there(capsys):
    expected = "nothing.json cannot be read: No such file or directory."
    assert refusal(["train", "--network", "nothing.json"], capsys) == expected


def test_evaluate_repeats_the_figures_of_the_training(trained, monkeypatch, capsys):
    monkeypatch.setenv("CNN_RUNS", str(trained.run.path.parent))
    assert main(["evaluate", trained.run.id]) == 0
    state = trained.run.state()
    assert results(capsys) == [
        {
            "test_loss": pytest.approx(state.test_loss, rel=1e-4),
            "test_accuracy": pytest.approx(state.test_accuracy, abs=1e-5),
        }
    ]


def test_classify_predicts_digits_and_finds_blank_paper(pictures, capsys):
    assert main(["classify", *pictures]) == 0
    *digits, blank = results(capsys)
    assert [each["file"] for each in digits] == pictures[:-1]
    assert [each["digit"] for each in digits] == load_digits("test").labels[:5].tolist()
    for each in digits:
        assert len(each["probabilities"]) == 10
        assert sum(each["probabilities"]) == pytest.approx(1, abs=1e-4)
        assert np.argmax(each["probabilities"]) == each["digit"]
        assert each["verdict"] == "digit"
    assert blank == {
        "file": pictures[-1],
        "digit": None,
        "verdict": "blank",
        "probabilities": [],
        "number": "",
        "digits": [],
    }


def test_classify_lists_each_of_several_digits_in_pixels_of_the_file(tmp_path, capsys):
    # Larger than what is worked with, so that the boxes have to be scaled.
    images, labels = load_digits("test").images[:3], load_digits("test").labels[:3]
    ink = np.hstack([np.pad(image, 6).repeat(20, axis=0).repeat(20, axis=1) for image in images])
    path = tmp_path / "number.png"
    Image.fromarray(255 - ink).save(path)
    assert main(["classify", str(path)]) == 0
    [result] = results(capsys)
    assert (result["digit"], result["verdict"], result["probabilities"]) == (None, "several", [])
    assert result["number"] == "".join(map(str, labels))
    for number, (each, image) in enumerate(zip(result["digits"], images, strict=True)):
        assert (each["digit"], each["verdict"]) == (labels[number], "digit")
        assert len(each["probabilities"]) == 10
        rows, columns = (np.flatnonzero((image > 127).any(axis=axis)) for axis in (1, 0))
        expected = (
            *(20 * (6 + columns[0] + 40 * number), 20 * (6 + rows[0])),
            *(20 * (np.ptp(columns) + 1), 20 * (np.ptp(rows) + 1)),
        )
        assert each["box"] == pytest.approx(expected, abs=40)


@pytest.mark.parametrize(
    ("likeliest", "verdict"),
    [([0.9, 0.1], "digit"), ([0.45, 0.44], "unsure"), ([0.3, 0.2], "not_a_digit")],
)
def test_classify_says_by_the_probabilities_if_it_is_a_digit(
    pictures, monkeypatch, capsys, likeliest, verdict
):
    rest = (1 - sum(likeliest)) / 8
    probabilities = np.array([*likeliest, *[rest] * 8])
    network = SimpleNamespace(probabilities=lambda images: np.tile(probabilities, (len(images), 1)))
    monkeypatch.setattr(recognizer, "load_recognizer", lambda run: network)
    assert main(["classify", "--run", "notebook", pictures[0]]) == 0
    [result] = results(capsys)
    assert (result["digit"], result["verdict"]) == (0, verdict)
    assert result["probabilities"] == pytest.approx(probabilities)


def test_classify_uses_another_run_given_by_its_folder(trained, pictures, capsys):
    assert main(["classify", "--run", str(trained.run.path), pictures[0]]) == 0
    [result] = results(capsys)
    assert max(result["probabilities"]) < 0.999  # it was trained on 200 digits only


def test_resume_trains_a_run_for_more_epochs(trained, tmp_path, monkeypatch, few_digits, capsys):
    monkeypatch.setattr(worker, "load_digits", lambda split: few_digits)
    path = tmp_path / "copy"
    shutil.copytree(trained.run.path, path)
    assert refusal(["resume", str(path)], capsys) == (
        "Run copy has completed its 2 epochs; set how many more to train."
    )
    assert main(["resume", str(path), "--epochs", "1"]) == 0
    line, result = capsys.readouterr().out.splitlines()
    assert line.startswith("epoch 3/3  loss ")
    assert json.loads(result)["run"] == str(path)
    assert read_run(path).batches()["step"].tolist() == list(range(1, 13))


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["--help"])
    assert raised.value.code == 0
    printed = capsys.readouterr().out
    assert all(command in printed for command in ("train", "resume", "evaluate", "classify"))


def refusal(arguments, capsys):
    """The one line on stderr for bad input; nothing else may be printed."""
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    [line] = printed.err.splitlines()
    assert line.endswith(".")
    return line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: COMMAND"),
        (["draw"], "invalid choice: 'draw'"),
        (["train", "--speed", "9"], "Unrecognized arguments: --speed 9"),
        (["train", "--pooling", "median"], "invalid choice: 'median'"),
        (["train", "--preset", "slow"], "invalid choice: 'slow'"),
        (["train", "--epochs"], "--epochs: expected one argument"),
        (["train", "--epochs", "five"], "--epochs: invalid int value: 'five'"),
        (["train", "--epochs", "1.5"], "--epochs: invalid int value: '1.5'"),
        (["train", "--epochs", "0"], "Epochs is 0; it must be a whole number from 1 to 100."),
        (["train", "--epochs", "-1"], "Epochs is -1;"),
        (["train", "--seed", "9" * 400], "Seed is 9"),
        (["train", "--batch-size", "5000"], "Batch size is 5,000; it must be"),
        (["train", "--batch-size", "300", "--limit", "200"], "Batch size is 300, larger than"),
        (["train", "--learning-rate", "nan"], "Learning rate is nan; it must be"),
        (["train", "--learning-rate", "inf"], "Learning rate is inf; it must be"),
        (["train", "--limit", "99"], "Training digits is 99; it must be"),
        (["resume"], "required: run"),
        (["resume", "nothing"], "There is no run called 'nothing'"),
        (["resume", "pretrained"], "The networks that ship with this app cannot be changed."),
        (["resume", "pretrained", "--epochs", "few"], "--epochs: invalid int value: 'few'"),
        (["evaluate", "nothing"], "There is no run called 'nothing'"),
        (["evaluate", ""], "There is no run called ''"),
        (["evaluate", "a.keras"], "a.keras is a Keras file; a run is expected"),
        (["evaluate", "../.."], "There is no run called '../..'"),
        (["evaluate", "x" * 300], "There is no run called 'xxx"),
        (["evaluate", "a", "b"], "Unrecognized arguments: b"),
        (["classify"], "required: FILE"),
        (["classify", "--run", "nothing", "nothing.png"], "There is no run called 'nothing'"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_bad_arguments_get_one_line(arguments, words, capsys):
    assert words in refusal(arguments, capsys)


def test_classify_goes_on_after_a_bad_file(tmp_path, pictures, capsys):
    text, empty, folder = tmp_path / "text.png", tmp_path / "empty.png", tmp_path / "folder"
    text.write_text("hello")
    empty.touch()
    folder.mkdir()
    bad = {
        str(text): f"{text} is not a picture;",
        str(empty): f"{empty} is empty;",
        str(folder): f"{folder} is a folder without pictures (.",
        "nothing.png": "nothing.png cannot be read: No such file or directory.",
        "x" * 300: "cannot be read: File name too long.",
    }
    assert main(["classify", *bad, pictures[0]]) == 2
    printed = capsys.readouterr()
    *errors, good = map(json.loads, printed.out.splitlines())
    for each, (name, words) in zip(errors, bad.items(), strict=True):
        assert (each["file"], each["digit"], each["verdict"]) == (name, None, None)
        assert words in each["error"]
        assert each["probabilities"] == []
    assert (good["file"], good["verdict"]) == (pictures[0], "digit")
    assert "error" not in good
    assert printed.err == 'Not read: 5 of the pictures; see "error" in their lines.\n'


def test_classify_takes_the_pictures_of_a_folder_by_name(tmp_path, pictures, capsys):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("b.png", "a.PNG"):
        shutil.copy(pictures[0], folder / name)
    (folder / "notes.txt").touch()
    (folder / "c.png").mkdir()
    assert main(["classify", str(folder), pictures[1]]) == 0
    files = [each["file"] for each in results(capsys)]
    assert files == [str(folder / "a.PNG"), str(folder / "b.png"), pictures[1]]


def test_classify_prints_the_note_about_a_picture(tmp_path, pictures, capsys):
    path = tmp_path / "digit.jpg"
    shutil.copy(pictures[0], path)
    assert main(["classify", str(path), pictures[0]]) == 0
    named_jpg, named_png = results(capsys)
    assert "has the extension .jpg, but is a PNG" in named_jpg["note"]
    assert "note" not in named_png


@pytest.mark.slow
def test_classify_ends_without_a_traceback_if_nobody_reads_its_output():
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "cnn", "classify", "nothing.png"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, cwd=PROJECT)
    os.close(writing)
    assert (done.stderr, done.returncode) == (b"", 1)


def test_a_damaged_run_gets_one_line(trained, tmp_path, capsys):
    path = tmp_path / "copy"
    shutil.copytree(trained.run.path, path)
    (path / "weights" / "epoch_002.npz").write_bytes(b"")
    for command in (["evaluate", str(path)], ["classify", "--run", str(path)]):
        file = [str(tmp_path / "x.png")] if command[0] == "classify" else []
        Image.new("L", (9, 9)).save(tmp_path / "x.png")
        words = "Run copy: the weights of epoch 2 are damaged."
        assert refusal([*command, *file], capsys) == words
    (path / "config.json").write_text("{")
    assert refusal(["evaluate", str(path)], capsys) == "Run copy: config.json is damaged."


def test_a_folder_in_which_no_run_can_be_created_gets_one_line(tmp_path, monkeypatch, capsys):
    file = tmp_path / "file"
    file.touch()
    expected = f"No run can be created in {file}: Not a directory."
    assert refusal(["train", "--runs", str(file)], capsys) == expected
    monkeypatch.setenv("CNN_RUNS", str(file))
    assert refusal(["train"], capsys) == expected


def test_nothing_else_is_printed_when_tensorflow_has_just_been_loaded(trained, tmp_path):
    path = tmp_path / "copy"
    shutil.copytree(trained.run.path, path)
    (path / "weights" / "epoch_002.npz").write_bytes(b"")
    result = subprocess.run(
        [sys.executable, "-m", "cnn", "evaluate", str(path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == ["Run copy: the weights of epoch 2 are damaged."]
