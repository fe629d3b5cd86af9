"""A network while it is being edited: rows of texts, of which some may not be valid layers yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cnn.constants import CLASSES
from cnn.networks.code_parsing import MOST_ROWS
from cnn.networks.errors import NetworkError
from cnn.networks.layers import (
    ARGUMENTS,
    KINDS,
    Activation,
    Conv2D,
    Dense,
    Dropout,
    Flag,
    Layer,
    Layers,
    Number,
    layer_names,
)
from cnn.networks.shapes import LayerRow, NetworkDescription, describe

# What a new row starts with; that of the other kinds are their defaults.
NEW_LAYERS: dict[str, Layer] = {
    "Conv2D": Conv2D(32, 3, activation="relu"),
    "Dropout": Dropout(0.5),
    "Activation": Activation("relu"),
    "Dense": Dense(64, activation="relu"),
}
MOST_CHARACTERS = 20  # of a value; longer ones are not numbers


@dataclass(frozen=True)
class DraftRow:
    """A row of the editor: the kind of its layer, and its arguments as they were typed."""

    id: str  # which stays the same when the row is moved or changed
    kind: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class DraftDescription:
    """A draft's rows as `describe` has them; `layers` is None if one is not a valid layer."""

    network: NetworkDescription
    layers: Layers | None

    @property
    def problem(self) -> str:
        """The first problem, with its layer's name; empty if the network can be trained."""
        return next(iter(self.network.problems), "")


def new_layer(kind: str) -> Layer:
    """Return the layer that a new row of `kind` has."""
    return NEW_LAYERS.get(kind) or KINDS[kind]()


def draft_rows(layers: Iterable[Layer], prefix: str = "") -> tuple[DraftRow, ...]:
    """Return the rows of `layers`, with ids that begin with `prefix`."""
    return tuple(
        DraftRow(f"{prefix}{place}", each.kind, texts_of(each)) for place, each in enumerate(layers)
    )


def texts_of(layer: Layer) -> dict[str, str]:
    """Return the layer's arguments as texts, by name."""
    return {name: f"{value}" for name, value in layer.arguments().items()}


def read_rows(values: Any) -> tuple[DraftRow, ...]:
    """Return the rows in `values`, as a browser sends them; what is not a row is left out."""
    rows = []
    for each in values if isinstance(values, list) else []:
        kind = each.get("kind") if isinstance(each, dict) else None
        if not (isinstance(kind, str) and kind in KINDS):
            continue
        given = each.get("texts")
        given = given if isinstance(given, dict) else {}
        texts = {name: _sent_text(given.get(name, "")) for name in KINDS[kind].argument_names()}
        rows.append(DraftRow(_sent_text(each.get("id")), kind, texts))
    return tuple(rows[:MOST_ROWS])


def _sent_text(value: Any) -> str:
    """Return a text or number that a browser sent, at most MOST_CHARACTERS; "" for another."""
    text = str(value) if isinstance(value, (str, int, float)) else ""
    # Half of a surrogate pair cannot be sent back.
    return text[:MOST_CHARACTERS].encode("utf-8", "replace").decode()


def describe_draft(rows: Iterable[DraftRow], classes: int = CLASSES) -> DraftDescription:
    """Describe a draft. From the first row that is not a valid layer, shapes are unknown."""
    rows = tuple(rows)
    read = [_read(each) for each in rows]
    layers = tuple(layer for layer, _ in read)
    network = describe(layers, classes=classes)
    wrong = [place for place, (_, problem) in enumerate(read) if problem]
    if not wrong:
        return DraftDescription(network, layers)
    names = layer_names(layers)
    unknown = [
        LayerRow(names[place], layers[place], (None,), None, "", None, read[place][1])
        for place in range(wrong[0], len(rows))
    ]
    return DraftDescription(replace(network, rows=(*network.rows[: wrong[0]], *unknown)), None)


def _read(row: DraftRow) -> tuple[Layer, str]:
    """Return the layer of `row`, and "", or a new one of its kind, and what is wrong."""
    try:
        values = {name: _value(name, text) for name, text in row.texts.items()}
        return KINDS[row.kind](**values), ""
    except NetworkError as error:
        return new_layer(row.kind), str(error).removeprefix(f"{row.kind}: ")


def _value(name: str, text: str) -> int | float | str | bool:
    """Return the value of the argument `name`. Raises NetworkError if it should be a number."""
    argument = ARGUMENTS[name]
    if isinstance(argument, Flag):
        return {"True": True, "False": False}.get(text, text)
    if not isinstance(argument, Number):
        return text
    label, whole = argument.label, "whole " if argument.kind is int else ""
    expected = f"a {whole}number from {argument.low:g} to {argument.high:g}"
    try:
        value = float(text)
    except ValueError:
        what = "empty" if not text.strip() else f"{text!r}"
        raise NetworkError(f"{label} is {what}; it must be {expected}.") from None
    if not (argument.low <= value <= argument.high and argument.kind(value) == value):
        raise NetworkError(f"{label} is {text.strip()}; it must be {expected}.")
    return argument.kind(value)
