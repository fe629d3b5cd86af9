"""A training as a Jupyter notebook, nbformat 4.5.

The cells come from templates: Python in the percent format with a name for each cell. Those of the
presets `notebook` and `fast` need only Keras, TensorFlow and Pillow; `drawing` imports `cnn`.
"""

import json
import re
from pathlib import Path

from cnn.config import TrainingConfig

FOLDER = Path(__file__).parent / "templates"
OPTIMIZERS_PATH = Path(__file__).parents[1] / "models" / "optimizers.py"
TEMPLATES = {  # by preset; cells of a later template replace those with the same names
    "notebook": ["notebook.py"],
    "fast": ["notebook.py", "fast.py"],
    "drawing": ["drawing.py"],
}
Cell = tuple[str, str]  # "code" or "markdown", and its source
HEADER = re.compile(r"^# %% (\w+)( \[markdown\])?\n", re.MULTILINE)
NOT_REPRODUCED = """
**Not reproduced:** in the app, this network was fine-tuned from `{base}` (run and epoch) with
drawings that are only in the run's folder. Here training starts from random weights, without these
drawings, so the result is a different network.
"""


def notebook_file(config: TrainingConfig, precision: str = "float32") -> bytes:
    """The notebook, as UTF-8 JSON, of a training with `config` in `precision`.

    It has the app's initial weights and order of the digits. Fine-tuning is not reproduced, and a
    cell says so.
    """
    cells: dict[str, Cell] = {}
    for name in TEMPLATES[config.preset]:
        cells |= _read_template(FOLDER / name)
    cells["settings"] = ("code", _settings_code(config, precision))
    if config.recipe.optimizer == "muon":  # the source of the module instead of its import
        cells["optimizer"] = ("code", OPTIMIZERS_PATH.read_text(encoding="utf-8"))
    if config.base:
        cells["reproducibility"] = ("markdown", NOT_REPRODUCED.format(base=config.base))
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


def _settings_code(config: TrainingConfig, precision: str) -> str:
    values = {**config.as_dict(), "precision": precision}
    del values["preset"], values["base"]  # the template, and what is not reproduced
    return "\n".join(f"{name.upper()} = {value!r}" for name, value in values.items())


def _as_json(name: str, kind: str, source: str) -> dict:
    lines = source.strip().splitlines(keepends=True)
    cell = {"cell_type": kind, "id": name, "metadata": {}, "source": lines}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell
