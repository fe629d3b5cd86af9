"""The frameworks, the code of each, and its parts."""

import ast
from dataclasses import dataclass
from pathlib import Path

from cnn.optional_packages import missing_text

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
    """A framework: its name, the module of its code, and the optional packages that this needs."""

    title: str
    module: str  # in CODES
    packages: tuple[str, ...] = ()

    @property
    def missing(self) -> str:
        """Return what is not installed, with the command to add it; "" if nothing is."""
        return missing_text(self.packages)

    @property
    def code(self) -> str:
        """The source that is shown, and runs."""
        return (CODES / f"{self.module}.py").read_text("utf-8")


FRAMEWORKS = {
    "keras": Framework("Keras", "keras_code"),
    "tensorflow": Framework("TensorFlow", "tensorflow_code"),
    "torch": Framework("PyTorch", "torch_code", ("torch",)),
    "jax": Framework("JAX", "jax_code", ("jax", "optax")),
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
