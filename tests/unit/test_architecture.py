import ast
import os
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from ui.state import session

PROJECT = Path(__file__).parents[2]

# What each may import, besides itself, at its top or anywhere within. A name stands for all below
# it; a module belongs to the longest name here that it is below.
ALLOWED: dict[str, set[str]] = {
    "cnn.__init__": set(),
    "cnn.constants": set(),
    "cnn.networks": {"cnn.constants"},
    "cnn.disk": set(),
    "cnn.naming": set(),
    "cnn.presets": {"cnn.constants"},
    "cnn.optional_packages": {"cnn.constants"},
    "cnn.backends": {"cnn.optional_packages"},
    "cnn.dataset_facts": {"cnn.constants"},
    "cnn.config": {
        *("cnn.backends", "cnn.constants", "cnn.dataset_facts", "cnn.networks", "cnn.presets"),
    },
    "cnn.limits": {"cnn.config"},
    "cnn.ownership": {"cnn.disk"},
    "cnn.arithmetic": {"cnn.constants"},
    "cnn.preprocessing": {"cnn.constants"},
    "cnn.evaluation": {"cnn.constants"},
    "cnn.detection": {"cnn.preprocessing", "cnn.evaluation"},
    "cnn.data": {"cnn.constants", "cnn.config", "cnn.preprocessing"},
    "cnn.datasets": {
        *("cnn.config", "cnn.constants", "cnn.data", "cnn.dataset_facts", "cnn.disk"),
        *("cnn.naming", "cnn.networks", "cnn.ownership", "cnn.preprocessing"),
    },
    "cnn.faces": {
        *("cnn.config", "cnn.constants", "cnn.data", "cnn.datasets", "cnn.preprocessing"),
        "cnn.runs",
    },
    "cnn.models": {"cnn.constants", "cnn.config", "cnn.arithmetic", "cnn.networks"},
    "cnn.runs": {
        "cnn.backends",
        "cnn.constants",
        "cnn.config",
        "cnn.data",
        "cnn.dataset_facts",
        "cnn.disk",
        "cnn.evaluation",
        "cnn.naming",
        "cnn.ownership",
    },
    "cnn.training": {
        *("cnn.backends", "cnn.constants", "cnn.config", "cnn.data", "cnn.evaluation"),
        *("cnn.models", "cnn.networks", "cnn.runs"),
    },
    "cnn.inspection": {"cnn.constants", "cnn.arithmetic", "cnn.data", "cnn.models", "cnn.runs"},
    "cnn.frameworks": {
        *("cnn.arithmetic", "cnn.constants", "cnn.disk", "cnn.networks", "cnn.optional_packages"),
    },
    "cnn.frameworks.codes": set(),
    "cnn.recognition": {
        *("cnn.arithmetic", "cnn.constants", "cnn.data", "cnn.datasets", "cnn.disk", "cnn.naming"),
        *("cnn.ownership", "cnn.runs"),
    },
    "cnn.rendering": {
        "cnn.frameworks",
        *("cnn.constants", "cnn.config", "cnn.dataset_facts", "cnn.evaluation", "cnn.runs"),
    },
    "cnn.jobs": {
        *("cnn.constants", "cnn.config", "cnn.data", "cnn.dataset_facts", "cnn.datasets"),
        *("cnn.backends", "cnn.disk", "cnn.limits", "cnn.models", "cnn.networks"),
        *("cnn.optional_packages", "cnn.ownership", "cnn.runs", "cnn.training"),
    },
    "cnn.export": {
        *(
            "cnn.backends",
            "cnn.config",
            "cnn.data",
            "cnn.dataset_facts",
            "cnn.datasets",
            "cnn.inspection",
            "cnn.models",
            "cnn.networks",
            "cnn.optional_packages",
            "cnn.rendering",
            "cnn.runs",
        ),
    },
    "cnn.export.templates": {"cnn.config", "cnn.data", "cnn.models", "cnn.runs", "cnn.training"},
    "cnn.__main__": {"cnn"},
    "ui.__init__": set(),
    "ui.loading": {"cnn"},
    "ui.state": {"cnn", "ui.loading"},
    "ui.widgets": {"cnn", "ui.loading", "ui.state"},
    "ui.lesson": {"cnn", "ui.loading", "ui.state", "ui.widgets"},
    "ui.learn": {"cnn", "ui.loading", "ui.state", "ui.widgets"},
    "ui.train": {"cnn", "ui.loading", "ui.state", "ui.widgets"},
    "ui.compare": {"cnn", "ui.loading", "ui.state", "ui.widgets"},
    "ui.data": {"cnn", "ui.loading", "ui.state", "ui.widgets"},
    "ui.explore": {"cnn", "ui.loading", "ui.state", "ui.widgets"},
    "ui.frameworks": {"cnn", "ui.loading", "ui.state", "ui.widgets"},
    "ui.draw": {"cnn", "ui.loading", "ui.state", "ui.widgets"},
    "ui.recognise": {"cnn", "ui.loading", "ui.state", "ui.widgets"},
    "ui.teacher": {"cnn", "ui.loading", "ui.state", "ui.widgets"},
    "pages": {"ui", "cnn"},
    "app": {"ui"},
    "tools": {"cnn"},
    "benchmarks": {"tools", "ui", "cnn"},
    "tests": {"tools", "ui", "cnn"},
}

# The packages that import Keras or TensorFlow at their top. The rest of `cnn` must not, so that a
# page shows, and the shell refuses, before Keras is loaded.
KERAS = {"cnn.models", "cnn.training", "cnn.inspection"}


def below(name: str, ancestors: set[str] | dict) -> str | None:
    """The longest of the dotted names `ancestors` that `name` is, or is below."""
    found = [each for each in ancestors if f"{name}.".startswith(f"{each}.")]
    return max(found, key=len, default=None)


def modules(root: Path, tops: set[str]) -> dict[str, Path]:
    """The source files below `root` of the packages and modules `tops`, by their dotted names."""
    paths = [path for top in tops for path in (root / top).rglob("*.py")]
    paths += [path for top in tops if (path := root / f"{top}.py").exists()]
    return {".".join(path.relative_to(root).with_suffix("").parts): path for path in paths}


def imports(name: str, statements) -> set[str]:
    """The full dotted names that the module `name` imports in `statements`, nodes of its syntax."""
    names = set()
    for node in statements:
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".")[: -node.level] if node.level else []
            source = ".".join([*package, *filter(None, [node.module])])
            names |= {f"{source}.{each.name}" for each in node.names}
    return names


def wrong_imports(root: Path, allowed: dict[str, set[str]]) -> list[str]:
    """What of the project in `root` is not as the table `allowed` says, a sentence each."""
    tops = {name.split(".")[0] for name in allowed}
    problems = [
        f"{each} is in the table, but not below {root.name}"
        for each in sorted(set(allowed).union(*allowed.values()))
        if not any(below(name, {each}) for name in modules(root, tops))
    ]
    for name, path in sorted(modules(root, tops).items()):
        owner = below(name, allowed)
        if owner is None:
            problems.append(f"{name} is not in the table")
            continue
        for imported in sorted(imports(name, ast.walk(ast.parse(path.read_text("utf-8"))))):
            if imported.split(".")[0] not in tops:
                continue
            other = below(imported, allowed)
            if other is None:
                problems.append(f"{name} imports {imported}, which is not in the table")
            elif other != owner and not below(other, allowed[owner]):
                problems.append(f"{name} imports {imported}: {owner} may not import {other}")
    arrows = {
        owner: {each for each in allowed if each != owner and below(each, others)}
        for owner, others in allowed.items()
    }
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        problems.append("The table has a circle: " + " <- ".join(error.args[1]))
    return problems


# The checker, on a project that is made up


HOUSE = {
    "house/__init__.py": "",
    "house/floor/__init__.py": "",
    "house/floor/tiles.py": "import numpy",
    "house/wall/__init__.py": "",
    "house/wall/paint.py": "from house.floor.tiles import lay",
    "house/roof.py": "def build():\n    from house import wall, floor",
    "door.py": "import house.roof",
}
TABLE = {
    "house.__init__": set(),
    "house.floor": set(),
    "house.wall": {"house.floor"},
    "house.roof": {"house.floor", "house.wall"},
    "door": {"house"},
}


@pytest.fixture
def house(tmp_path):
    """A folder with HOUSE in it, and a function that writes a file into it."""

    def write(path, text):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        return tmp_path

    for path, text in HOUSE.items():
        write(path, text)
    return write


def test_a_project_that_is_as_its_table_says_has_no_wrong_imports(house, tmp_path):
    assert wrong_imports(tmp_path, TABLE) == []


@pytest.mark.parametrize(
    "line",
    [
        "from house.roof import build",
        "from house import roof",
        "import numpy, house.roof",
        "from ..roof import build",
        "from .. import roof",
        "def late():\n    from house.roof import build",
    ],
)
def test_an_import_that_the_table_does_not_allow_is_found_however_it_is_written(house, line):
    [problem] = wrong_imports(house("house/wall/paint.py", line), TABLE)
    assert problem.startswith("house.wall.paint imports house.roof")
    assert problem.endswith(": house.wall may not import house.roof")


def test_relative_imports_within_a_package_are_its_own(house):
    root = house("house/wall/__init__.py", "from . import paint\nfrom .paint import lay")
    assert wrong_imports(root, TABLE) == []


def test_a_package_that_is_not_in_the_table_is_found_as_is_who_imports_it(house):
    house("house/floor/tiles.py", "from house.cellar.wine import bottle")
    assert wrong_imports(house("house/cellar/wine.py", ""), TABLE) == [
        "house.cellar.wine is not in the table",
        "house.floor.tiles imports house.cellar.wine.bottle, which is not in the table",
    ]


def test_a_name_of_the_table_that_does_not_exist_is_found(house, tmp_path):
    assert wrong_imports(tmp_path, TABLE | {"door": {"house", "hose"}}) == [
        f"hose is in the table, but not below {tmp_path.name}"
    ]


@pytest.mark.parametrize("back", ["house.roof", "door"])
def test_a_circle_in_the_table_is_found(house, tmp_path, back):
    [problem] = wrong_imports(tmp_path, TABLE | {"house.floor": {back}})
    assert problem.startswith("The table has a circle: ")
    assert {"house.floor", back} <= set(problem.split(": ")[1].split(" <- "))


# The project

LIBRARY, UI, PAGES = (modules(PROJECT, {top}) for top in ("cnn", "ui", "pages"))
# Notebooks: to import one is to train, and their text stands between the code. Codes: each needs
# its framework, and their text is on the page that shows them.
READ = ("cnn.export.templates.", "cnn.frameworks.codes.")
LIBRARY = {name: path for name, path in LIBRARY.items() if not name.startswith(READ)}


def test_all_imports_are_allowed():
    assert wrong_imports(PROJECT, ALLOWED) == []


def test_every_source_file_is_read():
    tops = set(ALLOWED) - {"app"}
    walked = {
        Path(folder, file)
        for top in tops
        for folder, _, files in os.walk(PROJECT / top)
        for file in files
        if file.endswith(".py")
    }
    assert set(modules(PROJECT, tops).values()) == walked
    assert set(modules(PROJECT, {"app"}).values()) == {PROJECT / "app.py"}


def tree(path):
    return ast.parse(path.read_text("utf-8"))


def first_names(name, path):
    return {each.split(".")[0] for each in imports(name, ast.walk(tree(path)))}


def test_imports_are_seen():
    assert "streamlit" in first_names("app", PROJECT / "app.py")
    assert "keras" in first_names("cnn.models.network", PROJECT / "cnn" / "models" / "network.py")


@pytest.mark.parametrize("name", LIBRARY)
def test_the_library_knows_no_screen(name):
    assert not first_names(name, LIBRARY[name]) & {"streamlit", "streamlit_drawable_canvas"}


def test_only_those_modules_bring_keras_with_them():
    for package in KERAS:
        found = {
            each
            for name in LIBRARY
            if below(name, {package})
            for each in first_names(name, LIBRARY[name])
        }
        assert found & {"keras", "tensorflow"}
    light = [name.removesuffix(".__init__") for name in LIBRARY if not below(name, KERAS)]
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


@pytest.mark.parametrize("name", UI | PAGES)
def test_no_page_waits_for_keras_before_it_shows(name):
    """What is imported at the top; within a function, or for types alone, it is no harm."""
    imported = imports(name, tree((UI | PAGES)[name]).body)
    assert not [each for each in imported if below(each, KERAS | {"keras", "tensorflow"})]


def test_every_key_of_the_session_is_declared_once():
    names = [key.name for key in vars(session).values() if isinstance(key, session.Key)]
    assert "run" in names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", [each for each in UI | PAGES if each != "ui.state.session"])
def test_the_session_is_used_through_its_declared_keys(name):
    nodes = list(ast.walk(tree((UI | PAGES)[name])))
    names = {each.attr for each in nodes if isinstance(each, ast.Attribute)}
    names |= {each.name for each in nodes if isinstance(each, ast.alias)}
    called = {getattr(each.func, "id", "") for each in nodes if isinstance(each, ast.Call)}
    assert "session_state" not in names
    assert "Key" not in called


def public_definitions(name, path):
    """The module itself, and its public functions, classes and methods."""
    yield name, tree(path)
    for node in tree(path).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


@pytest.mark.parametrize("name", LIBRARY)
def test_all_that_is_public_in_the_library_says_what_it_does(name):
    definitions = public_definitions(name, LIBRARY[name])
    assert [what for what, node in definitions if not ast.get_docstring(node)] == []
