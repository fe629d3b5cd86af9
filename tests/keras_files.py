"""`.keras` files for tests: saved by Keras, and changed afterwards."""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

MEMBERS = ("metadata.json", "config.json", "model.weights.h5")


def saved(*layers: Any, shape: tuple[int, ...] = (28, 28, 1)) -> bytes:
    """The file of a Sequential of Keras's `layers`, its weights as they start."""
    import keras

    return saved_model(keras.Sequential([keras.Input(shape), *layers]))


def saved_model(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def randomize(model: Any, seed: int) -> None:
    """Give all arrays random values, also those that start as zeros and ones."""
    rng = np.random.default_rng(seed)
    model.set_weights(
        [rng.uniform(0.1, 0.9, each.shape) - 0.4 * (each.ndim > 1) for each in model.get_weights()]
    )


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return buffer.getvalue()


def with_config(content: bytes, change: Callable[[dict], None]) -> bytes:
    """The file with its JSON changed in place by `change`."""
    members = unpacked(content)
    config = json.loads(members["config.json"])
    change(config)
    return packed(members | {"config.json": json.dumps(config).encode()})


def with_layer(content: bytes, number: int, **values: Any) -> bytes:
    """The file with other values in the configuration of a layer; 0 is the input."""

    def change(config):
        config["config"]["layers"][number]["config"].update(values)

    return with_config(content, change)


def with_arrays(content: bytes, change: Callable[[h5py.File], None]) -> bytes:
    """The file with its HDF5 file changed by `change`."""
    members = unpacked(content)
    buffer = io.BytesIO(members["model.weights.h5"])
    with h5py.File(buffer, "r+") as file:
        change(file)
    return packed(members | {"model.weights.h5": buffer.getvalue()})
