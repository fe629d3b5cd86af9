import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from ui import session

PROJECT = Path(__file__).parents[2]
LIBRARY = sorted((PROJECT / "cnn").glob("*.py"))
UI = sorted((PROJECT / "ui").glob("*.py"))
SCREEN = [*UI, *sorted((PROJECT / "pages").glob("*.py"))]
NEED_KERAS = {
    "batches",
    "layers",
    "losses",
    "network",
    "optimizers",
    "precision",
    "recorder",
    "rate_finder",
    "training",
    "recognizer",
    "neighbours",
    "history",
    "atlas",
    "swapping",
}


def name(path):
    return f"{path.parent.name}/{path.name}"


def imported(path):
    """The first names of all modules that `path` imports, at its top or anywhere within."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or "").split(".")[0])
    return names


def test_no_imports_on_the_screen_run_in_a_circle():
    arrows = {
        f"{path.parent.name}.{path.stem}": {
            node.module
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and node.module.startswith("ui.")
        }
        for path in SCREEN
    }
    assert "ui.networks" in arrows["ui.reasons"]
    TopologicalSorter(arrows).prepare()  # raises CycleError if there is one


def test_there_are_sources_to_look_at():
    assert {"config", "runs", "worker", *NEED_KERAS} <= {path.stem for path in LIBRARY}
    assert UI
    assert "streamlit" in imported(PROJECT / "app.py")
    assert "keras" in imported(PROJECT / "cnn" / "network.py")


@pytest.mark.parametrize("path", LIBRARY, ids=name)
def test_the_library_knows_no_screen(path):
    assert not imported(path) & {"streamlit", "streamlit_drawable_canvas", "ui", "pages", "app"}


@pytest.mark.parametrize("path", UI, ids=name)
def test_what_pages_share_knows_no_page(path):
    assert not imported(path) & {"pages", "app"}


def test_every_key_of_the_session_is_declared_once():
    names = [key.name for key in vars(session).values() if isinstance(key, session.Key)]
    assert "run" in names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "path", [each for each in (*SCREEN, PROJECT / "app.py") if each.stem != "session"], ids=name
)
def test_the_session_is_used_through_its_declared_keys(path):
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {each.attr for each in nodes if isinstance(each, ast.Attribute)}
    names |= {each.name for each in nodes if isinstance(each, ast.alias)}
    called = {getattr(each.func, "id", "") for each in nodes if isinstance(each, ast.Call)}
    assert "session_state" not in names
    assert "Key" not in called


def test_only_those_modules_bring_keras_with_them():
    modules = ["cnn" if path.stem == "__init__" else f"cnn.{path.stem}" for path in LIBRARY]
    light = [module for module in modules if module.removeprefix("cnn.") not in NEED_KERAS]
    script = (
        "import importlib, sys\n"
        "for module in sys.argv[1:]:\n"
        "    importlib.import_module(module)\n"
        "    heavy = {'keras', 'tensorflow', 'tensorboardX', 'matplotlib', 'streamlit'}\n"
        "    heavy &= set(sys.modules)\n"
        "    assert not heavy, f'{module} imports {heavy}'\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, *light], cwd=PROJECT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def public_definitions(path):
    """The module itself, and its public functions, classes and methods."""
    tree = ast.parse(path.read_text())
    yield path.stem, tree
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


@pytest.mark.parametrize("path", LIBRARY, ids=name)
def test_all_that_is_public_in_the_library_says_what_it_does(path):
    silent = [what for what, node in public_definitions(path) if not ast.get_docstring(node)]
    assert silent == []


@pytest.mark.parametrize("path", SCREEN, ids=name)
def test_no_page_waits_for_keras_before_it_shows(path):
    """What is imported at the top; within a function, or for types alone, it is no harm."""
    modules = {
        each
        for node in ast.parse(path.read_text()).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for each in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert not modules & {"keras", "tensorflow", *(f"cnn.{module}" for module in NEED_KERAS)}
