"""The frameworks, the code of each, and its parts."""

import ast
from dataclasses import dataclass
from pathlib import Path

CODES = Path(__file__).parent / "codes"
PARTS = {  # corresponding parts of the codes, by their functions or classes
    "imports": (),
    "pooling": ("pool",),
    "network": ("convolve", "Network", "build"),
    "loss": ("loss",),
    "training step": ("train",),
    "prediction": ("predict",),
}


@dataclass(frozen=True)
class Framework:
    """A framework: its name, the backend of `cnn.backends` that it needs, and its file of code."""

    title: str
    backend: str
    file: str

    @property
    def code(self) -> str:
        """The source that is shown, and runs."""
        return (CODES / self.file).read_text("utf-8")


FRAMEWORKS = {
    "keras": Framework("Keras", "tensorflow", "keras_code.py"),
    "tensorflow": Framework("TensorFlow", "tensorflow", "tensorflow_code.py"),
    "torch": Framework("PyTorch", "torch", "torch_code.py"),
    "jax": Framework("JAX", "jax", "jax_code.py"),
}


def code_parts(code: str) -> list[tuple[str, str]]:
    """Return the parts of a code in its order, as pairs of the name in PARTS and the lines.

    Together they are all of `code` after its docstring. Consecutive definitions that belong to the
    same part are one.
    """
    owner = {name: part for part, names in PARTS.items() for name in names}
    module, lines = ast.parse(code), code.splitlines()
    begins = [(module.body[1].lineno, "imports")]
    for node in module.body:
        if (part := owner.get(getattr(node, "name", ""))) and part != begins[-1][1]:
            begins.append((node.lineno, part))
    ends = [first for first, _ in begins[1:]] + [len(lines) + 1]
    return [
        (part, "\n".join(lines[first - 1 : end - 1]).strip("\n"))
        for (first, part), end in zip(begins, ends, strict=True)
    ]
