"""The backends that Keras can compute a training with. Imports none of them.

A process computes with one backend: KERAS_BACKEND in its environment, read when Keras is imported.
The app's own pages compute with TensorFlow, which is always installed, whatever trained a run.
"""

from dataclasses import dataclass
from importlib.util import find_spec

DEFAULT = "tensorflow"


@dataclass(frozen=True)
class Backend:
    """A framework that computes for Keras."""

    title: str  # its name
    package: str  # that is imported
    requirements: str  # the file that lists what to install
    # Keras's steps between two calls of its callbacks may be several; PyTorch takes one by one.
    several_steps: bool = True
    bfloat16: bool = False  # whether presets use it where the processor is faster with it


BACKENDS = {
    "tensorflow": Backend("TensorFlow", "tensorflow", "requirements.txt", bfloat16=True),
    "torch": Backend("PyTorch", "torch", "requirements-torch.txt", several_steps=False),
    "jax": Backend("JAX", "jax", "requirements-jax.txt"),
}


def missing_text(name: str) -> str:
    """Return "" if the backend `name` is installed, else a sentence with the command to add it."""
    backend = BACKENDS[name]
    if find_spec(backend.package):
        return ""
    return (
        f"{backend.title} is not installed here. To add it: "
        f".venv/bin/pip install -r {backend.requirements}"
    )
