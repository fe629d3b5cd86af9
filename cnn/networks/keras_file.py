"""A `.keras` file as a network with its weights: `read_keras_file`.

Such a file is a zip of config.json, metadata.json and model.weights.h5. Keras's own `load_model`
imports what the file names; here the JSON and the arrays are read as data, and nothing is run,
unpickled or unpacked onto the disk.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isclose
from pathlib import Path
from typing import Any

import numpy as np

from cnn.constants import IMAGE_SHAPE
from cnn.networks.arrays import array_shapes, arrays_of
from cnn.networks.errors import NetworkError
from cnn.networks.files import read_start
from cnn.networks.h5_arrays import ArrayError, read_arrays
from cnn.networks.keras_layers import (
    FileLayer,
    Padding,
    Scaling,
    is_same,
    is_sum,
    place_of,
    read_layer,
)
from cnn.networks.layers import Dense, Layer, Layers, SumPooling2D, with_last_activation
from cnn.networks.shapes import describe

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
# In bytes. 2,000,000 parameters in float64 take 16 MB, and an optimizer has two more of each.
MOST = {CONFIG: 1_000_000, METADATA: 10_000, WEIGHTS: 60_000_000}
MOST_BYTES = sum(MOST.values())
MOST_ROWS = 100
CENTRAL_ENTRY = b"PK\x01\x02"  # begins each entry of a zip's directory
HDF5 = b"\x89HDF\r\n\x1a\n"
SAVE = 'model.save("name.keras")'


@dataclass(frozen=True)
class KerasFile:
    """What a `.keras` file holds: float32 weights in the order of `get_weights`, and notes."""

    layers: Layers
    weights: list[np.ndarray]
    notes: tuple[str, ...] = ()
    keras_version: str = ""


def read_keras_file(content: bytes) -> KerasFile:
    """Return the network in the `.keras` file `content`, which may be anything.

    Raises NetworkError, with a sentence for each problem, if it is not such a file of Keras 3, or
    has a network that does not fit here.
    """
    members = _members(content)
    version = _version(_json(members, METADATA))
    entries = _layer_entries(_json(members, CONFIG))
    found = _Network(entries)
    _check(found.rows, found.layers)
    expected = list(zip(found.paths(), array_shapes(found.layers), strict=True))
    try:
        weights = read_arrays(members[WEIGHTS], expected)
    except ArrayError as error:
        where = f"{WEIGHTS}: {error.path}" if error.path else WEIGHTS
        raise NetworkError(f"{where} {error}.") from None
    return KerasFile(found.layers, weights, tuple(found.notes), version)


def load_keras_file(path: Path) -> KerasFile:
    """Return the network in the `.keras` file at `path`; raises as `read_keras_file`."""
    return read_keras_file(read_start(path, MOST_BYTES + 1))


def _members(content: bytes) -> dict[str, bytes]:
    """Return the three files of the zip by name, none larger than MOST allows."""
    if content.startswith(HDF5):
        raise NetworkError(
            f"This is a file of the older HDF5 format. Load it in Keras and save it with {SAVE}, "
            "which makes a .keras file."
        )
    if len(content) > MOST_BYTES:
        raise NetworkError(
            f"The file is larger than {MOST_BYTES / 1e6:.0f} MB, which is more than a network with "
            "2,000,000 parameters takes."
        )
    # Counted before `zipfile` reads the directory, which may have a million entries.
    if content.count(CENTRAL_ENTRY) > MOST_ROWS:
        raise NetworkError(f"The file is a zip, but none that {SAVE} makes: it has many files.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_names([each.filename for each in archive.infolist()])
            return {each.filename: _unpacked(archive, each) for each in archive.infolist()}
    except NetworkError:
        raise
    except Exception:  # zipfile raises many types on a damaged file
        problem = "is damaged" if content.startswith(b"PK") else "is not a .keras file"
    raise NetworkError(f"The file {problem}: Keras makes one with {SAVE}.")


def _check_names(names: Sequence[str]) -> None:
    for name in (CONFIG, METADATA, WEIGHTS):
        if names.count(name) != 1:
            what = "no" if name not in names else "more than one"
            raise NetworkError(f"The file has {what} {name}: Keras makes one with {SAVE}.")
    others = [each for each in names if each not in MOST]
    if others:
        raise NetworkError(
            f"The file also has {ascii(others[0])[:60]}, which no network that is known here needs."
        )


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    most = MOST[member.filename]
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NetworkError(f"{member.filename} is compressed in a way that Keras does not use.")
    with archive.open(member) as file:
        unpacked = file.read(most + 1)  # whatever size it is said to have
    if len(unpacked) > most:
        raise NetworkError(f"{member.filename} is larger than {most / 1e6:g} MB.")
    return unpacked


def _json(members: dict[str, bytes], name: str) -> dict[str, Any]:
    try:
        values = json.loads(members[name])
    except (RecursionError, ValueError):
        values = None
    if not isinstance(values, dict):
        raise NetworkError(f"{name} in the file is damaged: it is not a JSON object.")
    return values


def _version(metadata: dict[str, Any]) -> str:
    """Return the version of Keras that wrote the file."""
    version = metadata.get("keras_version")
    if not isinstance(version, str) or not re.fullmatch(r"[\w.+-]{1,40}", version, re.ASCII):
        raise NetworkError(f"{METADATA} in the file does not say which version of Keras wrote it.")
    if version.split(".")[0] != "3":
        raise NetworkError(
            f"The file was written by Keras {version}, but files of Keras 3 are read here. Build "
            f"the network in Keras 3, load its weights and save it with {SAVE}."
        )
    return version


def _layer_entries(model: dict[str, Any]) -> list[Any]:
    """Return the JSON of the model's layers, in the order in which they are computed."""
    kind, config = model.get("class_name"), model.get("config")
    entries = config.get("layers") if isinstance(config, dict) else None
    is_own = not str(model.get("module")).startswith("keras")
    if kind not in ("Sequential", "Functional") or is_own:
        raise NetworkError(
            f"The file has a {str(kind)[:40]} instead of a Sequential: a model of a class of your "
            "own has its code elsewhere. Build the network with keras.Sequential([...])."
        )
    if not isinstance(entries, list) or not entries:
        raise NetworkError("The model in the file has no layers.")
    if len(entries) > MOST_ROWS:
        raise NetworkError(f"The model in the file has more than {MOST_ROWS} layers.")
    if kind == "Functional":
        _check_chain(entries, config)
    return entries


def _check_chain(entries: list[Any], config: dict[str, Any]) -> None:
    """Raise NetworkError unless each layer of a functional model has the one before as its input.

    Their JSON refers to an output of a layer as ["conv2d", 0, 0]: name, call and output.
    """
    previous = ""
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else None
        sources = list(_sources(entry.get("inbound_nodes"))) if isinstance(entry, dict) else []
        if not isinstance(name, str) or sources != ([[previous, 0, 0]] if previous else []):
            raise NetworkError(
                f"{str(name)[:40]}: the model is not a chain, in which each layer has the one "
                "before as its only input. Branches, shared layers and several inputs are not "
                "known here."
            )
        previous = name
    for key, entry in (("input_layers", entries[0]), ("output_layers", entries[-1])):
        ends = config.get(key)
        if ends not in ([entry["name"], 0, 0], [[entry["name"], 0, 0]]):
            raise NetworkError("The model must have one input, its first layer, and one output.")


def _sources(nodes: Any) -> Iterator[Any]:
    """Yield where the inputs of a layer come from; None for what is not understood."""
    for node in nodes if isinstance(nodes, list) else [None]:
        match node:
            case {
                "args": [{"class_name": "__keras_tensor__", "config": {"keras_history": source}}],
                "kwargs": dict(kwargs),
            } if all(each is None for each in kwargs.values()):
                yield source
            case _:
                yield None


class _Network:
    """The layers of a file, read in their order. Raises NetworkError with all problems."""

    def __init__(self, entries: Sequence[Any]) -> None:
        self.rows: list[FileLayer] = []
        self.notes: list[str] = []
        self._folders: list[str] = []  # of the weights of each row
        problems, counts = [], {}
        for number, entry in enumerate(entries, 1):
            try:
                layer = read_layer(entry, number)
                folder = _snake_case(layer.kind)
                count = counts[folder] = counts.get(folder, -1) + 1
                self._add(layer, f"{folder}_{count}" if count else folder, number)
            except NetworkError as error:
                problems += error.problems
        problems += [
            f"{each.place}zeros are only known here as the padding of a layer."
            for each in self.rows
            if isinstance(each.meaning, Padding)
        ]
        if problems:
            raise NetworkError(*problems[:MOST_ROWS])
        if not self.rows:
            raise NetworkError("The model in the file has no layers but its input.")
        self._apply_softmax()

    @property
    def layers(self) -> Layers:
        """The network."""
        return tuple(each.meaning for each in self.rows)

    def paths(self) -> list[str]:
        """Return the path in the HDF5 file of each array of `get_weights`."""
        return [
            f"layers/{folder}/vars/{index}"
            for folder, layer in zip(self._folders, self.layers, strict=True)
            for index in range(len(arrays_of(layer)))
        ]

    def _add(self, layer: FileLayer, folder: str, number: int) -> None:
        if number == 1 and layer.kind != "InputLayer":
            raise NetworkError(
                "The model has no input shape yet: begin with keras.Input((28, 28, 1)), or call "
                "fit before it is saved."
            )
        self.notes += layer.notes
        meaning = layer.meaning
        if isinstance(meaning, (Layer, Padding)):
            self.rows.append(layer)
            self._folders.append(folder)
        elif isinstance(meaning, Scaling):
            self._add_scaling(layer, meaning)
        elif self.rows and layer.kind in ("InputLayer", "Reshape"):
            raise NetworkError(f"{layer.place}it is only known here before the first layer.")

    def _add_scaling(self, layer: FileLayer, scaling: Scaling) -> None:
        last = self.rows[-1] if self.rows else None
        if last and is_sum(last.meaning, scaling):
            sum_pooling = SumPooling2D(**last.meaning.arguments())
            self.rows[-1] = replace(last, meaning=sum_pooling)
            if len(self.rows) > 1 and isinstance(self.rows[-2].meaning, Padding):
                self._take_padding(sum_pooling)
        elif last or scaling.offset or not isclose(scaling.scale, 1 / 255, rel_tol=1e-5):
            raise NetworkError(
                f"{layer.place}it is only known here as 1/255 before the first layer. Images here "
                "have values from 0 to 1: train the network on such, without this layer."
            )
        else:
            self.notes.append(f"{layer.place}left out: images here have values from 0 to 1.")

    def _take_padding(self, pooling: SumPooling2D) -> None:
        """Make the Padding before the last row, `pooling`, a part of that."""
        before = tuple(each.meaning for each in self.rows[:-2])
        if any(isinstance(each, Padding) for each in before):
            return  # refused at the end
        shape = describe(before).rows[-1].shape if before else (*IMAGE_SHAPE, 1)
        if len(shape) == 3 and None not in shape and is_same(self.rows[-2].meaning, shape, pooling):
            self.rows[-1] = replace(self.rows[-1], meaning=replace(pooling, padding="same"))
            del self.rows[-2], self._folders[-2]

    def _apply_softmax(self) -> None:
        """Give the last layer the softmax of a layer after it, or that of the loss.

        With `from_logits=True`, the softmax is a part of the loss.
        """
        layers = with_last_activation(self.layers)
        if len(layers) < len(self.rows):
            del self.rows[-1], self._folders[-1]
            self.rows[-1] = replace(self.rows[-1], meaning=layers[-1])
        last = self.rows[-1]
        if isinstance(last.meaning, Dense) and last.meaning.activation == "linear":
            self.rows[-1] = replace(last, meaning=replace(last.meaning, activation="softmax"))
            self.notes.append(f"{last.place}its outputs are logits; here it has the softmax.")


def _snake_case(name: str) -> str:
    """Return conv2d for Conv2D, as Keras names the folders of the weights."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _check(rows: Sequence[FileLayer], layers: Layers) -> None:
    """Raise NetworkError if the layers do not fit together or are over the bounds."""
    found = describe(layers)
    problems = [
        place_of(row.name, row.kind) + described.problem
        for row, described in zip(rows, found.rows, strict=True)
        if described.problem
    ]
    if problems:
        raise NetworkError(*problems)
