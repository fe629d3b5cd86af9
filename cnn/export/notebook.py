"""A training as a Jupyter notebook that trains the same network: nbformat 4.5, plain JSON.

Its cells are those of templates: Python in the percent format, each cell with a name. Those of the
presets `notebook` and `fast` need Keras, TensorFlow and Pillow only; those of `drawing` import this
package.
"""

import json
import re
from pathlib import Path

from cnn.config import TrainingConfig

FOLDER = Path(__file__).parent / "templates"
OPTIMIZERS_PATH = Path(__file__).parents[1] / "models" / "optimizers.py"
TEMPLATES = {  # by preset; a later one's cells replace those of the same names
    "notebook": ["notebook.py"],
    "fast": ["notebook.py", "fast.py"],
    "drawing": ["drawing.py"],
}
Cell = tuple[str, str]  # "code" or "markdown", and its source
HEADER = re.compile(r"^# %% (\w+)( \[markdown\])?\n", re.MULTILINE)
NOT_REPRODUCED = """
**What is left out:** in the app, this network went on from `{base}` (a run and its epoch) and was
fine-tuned with drawings, which are in the run's folder only. Here it begins with random weights and
has no such drawings, so the result is another network.
"""


def notebook_file(config: TrainingConfig, precision: str = "float32") -> bytes:
    """The notebook, UTF-8 JSON, whose cells train a network with `config` in `precision`.

    Executed, it starts from the same first weights as the app and has the digits in the same order.
    What it leaves out of a training that went on from another one, it says.
    """
    cells: dict[str, Cell] = {}
    for name in TEMPLATES[config.preset]:
        cells |= _read_template(FOLDER / name)
    cells["settings"] = ("code", _settings_code(config, precision))
    if config.recipe.optimizer == "muon":  # the module itself, in place of its import
        source = OPTIMIZERS_PATH.read_text(encoding="utf-8")
        cells["optimizer"] = ("code", source)
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
    """The cells of a template by their names, in order.

    Each begins with a line `# %% name`, or `# %% name [markdown]` with its text in comments.
    """
    cells = {}
    _, *parts = HEADER.split(path.read_text(encoding="utf-8"))
    for name, markdown, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        words = re.sub("^# ?", "", text, flags=re.MULTILINE)
        cells[name] = ("markdown", words) if markdown else ("code", text)
    return cells


def _settings_code(config: TrainingConfig, precision: str) -> str:
    values = {**config.as_dict(), "precision": precision}
    del values["preset"], values["base"]  # which template it is, and what it leaves out
    return "\n".join(f"{name.upper()} = {value!r}" for name, value in values.items())


def _as_json(name: str, kind: str, source: str) -> dict:
    lines = source.strip().splitlines(keepends=True)
    cell = {"cell_type": kind, "id": name, "metadata": {}, "source": lines}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell
