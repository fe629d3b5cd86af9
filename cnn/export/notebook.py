"""A training as a Jupyter notebook, nbformat 4.5.

The cells come from templates: Python in the percent format with a name for each cell. What they do
not have, such as an own network, `cnn.export.notebook_cells` writes. Only a training with full
augmentation imports `cnn`; the others need only Keras, TensorFlow and Pillow.
"""

import json
import re
from pathlib import Path

from cnn.backends import BACKENDS, DEFAULT
from cnn.config import TrainingConfig
from cnn.datasets.dataset import arrays_name
from cnn.export.notebook_cells import (
    building_code,
    compiling_cells,
    configuration_code,
    has_template_network,
    has_template_optimizer,
)
from cnn.export.notebook_data import own_data_cells
from cnn.networks.layers import SumPooling2D

FOLDER = Path(__file__).parent / "templates"
OPTIMIZERS_PATH = Path(__file__).parents[1] / "models" / "optimizers.py"
LAYERS_PATH = OPTIMIZERS_PATH.with_name("layers.py")
INTRODUCTIONS = {  # by preset: the template with the introduction
    "notebook": "notebook.py",
    "fast": "fast.py",
    "drawing": "drawing.py",
    "embedding": "embedding.py",
}
OF_PACKAGE = ("drawing.py", "embedding.py")  # their notebooks call the app's package
Cell = tuple[str, str]  # "code" or "markdown", and its source
HEADER = re.compile(r"^# %% (\w+)( \[markdown\])?\n", re.MULTILINE)
POOLING_SENTENCE = '`POOLING` is "max", "average" or "sum". '
OTHER_BACKEND = """
In the app, {title} computed this training. Here TensorFlow does, from the same initial weights and
with the same batches: the result is the same up to rounding.
"""
NOT_REPRODUCED = """
**Not reproduced:** in the app, this network was fine-tuned from `{base}` (run and epoch) with
drawings that are only in the run's folder. Here training starts from random weights, without these
drawings, so the result is a different network.
"""
NOT_COMPARED = """
**Not reproduced:** in the app, this network was also trained to compare (`cnn/models/embedding.py`
in the app's folder). Here its loss is the cross-entropy alone, so the result is a different
network: it classifies, but its vectors are not made for comparison.
"""

IMPORTED_INTRODUCTION = """
# A convolutional neural network for handwritten digits
A training of the network that was imported into the app, step by step. Run the cells from top to
bottom. They need `pip install tensorflow keras pillow`.
"""
NOT_TRAINED = """
**Not reproduced:** in the app, this network was not trained, but {source}. How it was trained is
not in that file. Here training starts from random weights, with settings that the file does not
have either, so the result is a different network. To go on with its weights, download it as a
`.keras` file and call `keras.models.load_model`.
"""


def notebook_file(config: TrainingConfig, precision: str = "float32", source: str = "") -> bytes:
    """The notebook, as UTF-8 JSON, of a training with `config` in `precision`.

    It has the app's initial weights and order of the digits. Fine-tuning is not reproduced, nor a
    network that was imported: `source` is then where from, such as "Imported from a.keras". A cell
    says so.
    """
    cells = _drawing_cells(config) if config.has_non_digits else _digits_cells(config)
    if not config.dataset.is_mnist:
        cells = own_data_cells(cells, config, arrays_name(config.dataset.checksum))
    cells["settings"] = ("code", _settings_code(config, precision, cells))
    if differences := _differences(config, source):
        cells["reproducibility"] = ("markdown", "".join(differences))
    if config.backend != DEFAULT:
        kind, text = cells["reproducibility"]
        title = BACKENDS[config.backend].title
        cells["reproducibility"] = (kind, text + OTHER_BACKEND.format(title=title))
    if source:
        cells["introduction"] = ("markdown", IMPORTED_INTRODUCTION)
    notebook = {
        "cells": [_as_json(name, *cell) for name, cell in cells.items()],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode() + b"\n"


def _differences(config: TrainingConfig, source: str) -> list[str]:
    """Why the notebook's network is another one, a paragraph for each reason; empty if it is not.

    One that was imported has no other reason: how it was trained is not known.
    """
    if source:
        return [NOT_TRAINED.format(source=f"{source[0].lower()}{source[1:]}")]
    found = [NOT_REPRODUCED.format(base=config.base)] if config.base else []
    if config.recipe.embedding and not config.has_non_digits:
        found.append(NOT_COMPARED)
    return found


def _drawing_cells(config: TrainingConfig) -> dict[str, Cell]:
    """The cells of a training with full augmentation, which call the app's package."""
    cells = _read_template(FOLDER / "drawing.py")
    cells["configuration"] = ("code", configuration_code(config, cells["configuration"][1]))
    if config.recipe.embedding:
        cells |= _read_template(FOLDER / "embedding.py")
    return _introduced(cells, config)


def _digits_cells(config: TrainingConfig) -> dict[str, Cell]:
    """The cells of another training, which are complete in themselves."""
    cells, fast = _read_template(FOLDER / "notebook.py"), _read_template(FOLDER / "fast.py")
    if config.augmentation == "shift":
        cells |= {name: fast[name] for name in ("about_fitting", "batches")}
    if not has_template_network(config):
        cells["building"] = ("code", building_code(config, cells["building"][1]))
        name, text = cells["about_settings"]
        cells["about_settings"] = (name, text.replace(POOLING_SENTENCE, ""))
        name, text = cells["pooling"]
        cells["pooling"] = (name, text[: text.index("POOLING_LAYERS =")])  # the sum pooling
        if any(isinstance(each, SumPooling2D) and each.padding == "same" for each in config.layers):
            cells["pooling"] = ("code", LAYERS_PATH.read_text(encoding="utf-8"))
    if config.preset == "fast" and has_template_optimizer(config):
        cells |= {name: fast[name] for name in ("about_compiling", "compiling")}
    elif not has_template_optimizer(config):
        cells |= compiling_cells(config)
    if config.optimizer == "muon":  # the source of the module instead of its import
        cells["optimizer"] = ("code", OPTIMIZERS_PATH.read_text(encoding="utf-8"))
    return _introduced(cells, config)


def _introduced(cells: dict[str, Cell], config: TrainingConfig) -> dict[str, Cell]:
    """`cells` with the introduction of the preset of `config`, and a word on its own network."""
    of_package = config.has_non_digits
    template = INTRODUCTIONS[config.preset]
    if (template in OF_PACKAGE) == of_package:
        cells |= {"introduction": _read_template(FOLDER / template)["introduction"]}
    kind, text = cells["introduction"]
    text = re.sub(r"the preset \*\w+\*", f"the preset *{config.preset}*", text)
    if config.network:
        text = text.replace("The app's training", "The app's training of your own network")
    cells["introduction"] = (kind, text)
    return cells


def _read_template(path: Path) -> dict[str, Cell]:
    """The cells of a template by name, in order.

    Each starts with `# %% name`, or with `# %% name [markdown]` and has its text in comments.
    """
    cells = {}
    _, *parts = HEADER.split(path.read_text(encoding="utf-8"))
    for name, markdown, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if markdown:
            cells[name] = ("markdown", re.sub("^# ?", "", text, flags=re.MULTILINE))
        else:
            cells[name] = ("code", text)
    return cells


def _settings_code(config: TrainingConfig, precision: str, cells: dict[str, Cell]) -> str:
    """The settings that the code cells use, as constants; the others are written into these."""
    code = "\n".join(text for name, (_, text) in cells.items() if name != "settings")
    values = {**config.as_dict(), "precision": precision}
    values.pop("dataset", None)  # written into the cells
    return "\n".join(
        f"{name.upper()} = {value!r}"
        for name, value in values.items()
        if re.search(rf"\b{name.upper()}\b", code)
    )


def _as_json(name: str, kind: str, source: str) -> dict:
    lines = source.strip().splitlines(keepends=True)
    cell = {"cell_type": kind, "id": name, "metadata": {}, "source": lines}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell
