"""Packages that the app can do without, and the command that adds them. Imports none of them."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from cnn.constants import PROJECT_PATH

TORCH, JAX, EXPORT, LOGIN, RAY = (
    f"requirements-{name}.txt" for name in ("torch", "jax", "export", "login", "ray")
)
PACKAGES = {  # the name of each, and the file of pins that has it
    "torch": ("PyTorch", TORCH),
    "jax": ("JAX", JAX),
    "optax": ("optax", JAX),
    "safetensors": ("safetensors", EXPORT),
    "onnx": ("onnx", EXPORT),
    "onnxruntime": ("ONNX Runtime", EXPORT),
    "ai_edge_litert": ("LiteRT", EXPORT),
    "authlib": ("Authlib", LOGIN),
    "httpx": ("HTTPX", LOGIN),
    "ray": ("Ray", RAY),
}


def missing_text(packages: Sequence[str]) -> str:
    """Return which of `packages` are not installed and the command that adds them; "" if none."""
    missing = [PACKAGES[each] for each in packages if find_spec(each) is None]
    if not missing:
        return ""
    names = " and ".join(name for name, _ in missing)
    files = " ".join(f"-r {file}" for file in dict.fromkeys(file for _, file in missing))
    are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
    return f"{names} {are} not installed here. To add {them}: {_python()} -m pip install {files}"


def _python() -> str:
    """The Python that runs the app, as a command to type in the project's folder."""
    path = Path(sys.executable)
    return str(path.relative_to(PROJECT_PATH)) if path.is_relative_to(PROJECT_PATH) else "python"
