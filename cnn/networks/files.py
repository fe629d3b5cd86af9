"""Networks in files: {"layers": [{"layer": "Conv2D", "filters": 32, ...}, ...]}, or Keras code."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cnn.networks.code_parsing import MOST_ROWS, ParsedCode, parse_code
from cnn.networks.errors import NetworkError
from cnn.networks.layers import KINDS, Layer, Layers, shown

MOST_BYTES = 200_000


def network_json(layers: Iterable[Layer]) -> str:
    """Return the network as JSON, a line a layer."""
    lines = [json.dumps({"layer": each.kind, **each.arguments()}) for each in layers]
    return '{"layers": [\n' + ",\n".join(f" {line}" for line in lines) + "\n]}\n"


def parse_json(text: str) -> Layers:
    """Return the network in `text`, as `network_json` writes it; defaults can be left out.

    Raises NetworkError, with a sentence for each layer that cannot be read.
    """
    try:
        values = json.loads(text)
    except (RecursionError, ValueError) as error:
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NetworkError(f"The text is not valid JSON{place}.") from None
    rows = values.get("layers") if isinstance(values, dict) else None
    if not isinstance(rows, list) or len(values) > 1:
        raise NetworkError('The JSON must be an object with one entry, "layers", a list.')
    if len(rows) > MOST_ROWS:
        raise NetworkError(f"The network has more than {MOST_ROWS} layers.")
    layers, problems = [], []
    for position, row in enumerate(rows, 1):
        try:
            layers.append(_layer(row))
        except NetworkError as error:
            problems += [f"Layer {position}: {each}" for each in error.problems]
    if problems:
        raise NetworkError(*problems)
    return tuple(layers)


def _layer(row: Any) -> Layer:
    if not isinstance(row, dict) or not isinstance(row.get("layer"), str):
        raise NetworkError('it must be an object such as {"layer": "Flatten"}.')
    arguments = {name: value for name, value in row.items() if name != "layer"}
    kind = row["layer"]
    if kind not in KINDS:
        raise NetworkError(f"{shown(kind)} is not known; known are {', '.join(KINDS)}.")
    unknown = [name for name in arguments if name not in KINDS[kind].argument_names()]
    if unknown:
        raise NetworkError(f"{kind} has no {shown(unknown[0])}.")
    try:
        return KINDS[kind](**arguments)
    except TypeError:  # a required argument is missing: the first of each that has one
        raise NetworkError(f"{kind} needs {KINDS[kind].argument_names()[0]}.") from None


def read_start(path: Path, most: int) -> bytes:
    """Return the first bytes of a file, at most `most`. Raises NetworkError if it is unreadable."""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NetworkError(f"{path} cannot be read: {reason}.") from None


def read_network(path: Path) -> ParsedCode:
    """Return the network in a file: JSON if its name ends in .json, otherwise Keras code.

    Raises NetworkError if it cannot be read.
    """
    content = read_start(path, MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise NetworkError(f"{path} is larger than {MOST_BYTES // 1000} kB: no network's code is.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NetworkError(f"{path} is not text; it must be JSON or Python code.") from None
    return ParsedCode(parse_json(text)) if path.suffix == ".json" else parse_code(text)
