"""The backends that Keras can compute a training with. Imports none of them.

A process computes with one backend: KERAS_BACKEND in its environment, read when Keras is imported.
The app's own pages compute with TensorFlow, which is always installed, whatever trained a run.
"""

from dataclasses import dataclass

from cnn import optional_packages

DEFAULT = "tensorflow"


@dataclass(frozen=True)
class Backend:
    """A framework that computes for Keras."""

    title: str  # its name
    package: str  # that is imported
    several_steps: bool = True  # whether Keras supports steps_per_execution above 1 with it
    bfloat16: bool = False  # whether presets use it where the processor is faster with it


BACKENDS = {
    "tensorflow": Backend("TensorFlow", "tensorflow", bfloat16=True),
    "torch": Backend("PyTorch", "torch", several_steps=False),
    "jax": Backend("JAX", "jax"),
}


def missing_text(name: str) -> str:
    """Return "" if the backend `name` is installed, else a sentence with the command to add it."""
    return "" if name == DEFAULT else optional_packages.missing_text([BACKENDS[name].package])
