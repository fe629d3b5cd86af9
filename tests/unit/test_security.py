"""What SECURITY.md promises of the code: no file's content is run, whoever made the file."""

import ast
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SOURCES = {
    str(path.relative_to(PROJECT)): path.read_text("utf-8")
    for top in ("cnn", "ui", "pages", "tools", "app.py")
    for path in [PROJECT / top, *(PROJECT / top).rglob("*.py")]
    if path.suffix == ".py"
    # Cells of notebooks: who downloads one runs it on a machine of their own.
    and not path.is_relative_to(PROJECT / "cnn" / "export" / "templates")
}

# Modules whose readers run what a file says.
UNPICKLERS = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
# Functions that run a text, or a file's pickled objects.
BUILTINS = {"eval", "exec", "compile", "__import__", "execfile"}
CALLS = {
    *("os.system", "os.popen", "runpy.run_path", "runpy.run_module", "yaml.load"),
    *("torch.load", "keras.models.load_model", "keras.saving.load_model", "pandas.read_pickle"),
    *("pd.read_pickle", "np.lib.format.read_array", "code.interact"),
}


def dangers(source: str) -> list[str]:
    """What in `source` could run the content of a file, with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            called = {f"{node.module}.{each.name}" for each in node.names}
            found += [f"{node.lineno}: {each}" for each in sorted(called & CALLS)]
        elif isinstance(node, ast.Call):
            names = []
            name = ast.unparse(node.func)
            called = ast.unparse(node)
            # Keras refuses code in a file only if it is told so.
            safe = name.endswith("load_model") and "safe_mode=True" in called
            if (name in BUILTINS | CALLS and not safe) or name.startswith("builtins."):
                found.append(f"{node.lineno}: {name}")
            for keyword in node.keywords:
                value = ast.unparse(keyword.value)
                # Anything but a literal False: what is computed could be true.
                if keyword.arg in ("allow_pickle", "shell") and value != "False":
                    found.append(f"{node.lineno}: {keyword.arg}={value}")
            if name in ("np.load", "numpy.load") and "allow_pickle=False" not in called:
                found.append(f"{node.lineno}: np.load without allow_pickle=False")
        else:
            continue
        found += [f"{node.lineno}: {each}" for each in names if each.split(".")[0] in UNPICKLERS]
    return found


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "import joblib as j",
        "from dill import load",
        "def late():\n    import shelve",
        "eval(text)",
        "exec(compile(text, 'x', 'exec'))",
        "__import__(name)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "read(path, allow_pickle=trusted)",
        "torch.load(path)",
        "from torch import load",
        "keras.models.load_model(path)",
        "subprocess.run(command, shell=True)",
        "os.system(command)",
    ],
)
def test_what_runs_the_content_of_a_file_is_found(line):
    assert dangers(line)


@pytest.mark.parametrize(
    "line",
    [
        "network.eval()",  # PyTorch's: no dropout
        "network.compile(optimizer)",
        "re.compile(pattern)",
        "ast.literal_eval(text)",
        "np.load(path, allow_pickle=False)",
        "keras.models.load_model(path, safe_mode=True)",
        "'import pickle'",
    ],
)
def test_what_only_sounds_like_it_is_not(line):
    assert dangers(line) == []


def test_no_content_of_a_file_is_run():
    assert {"app.py", "cnn/runs/run.py", "pages/draw.py", "ui/state/session.py"} <= set(SOURCES)
    found = {path: problems for path, text in SOURCES.items() if (problems := dangers(text))}
    assert found == {}


def test_the_protections_of_the_server_are_on():
    """In the file, not by default alone: a newer Streamlit may have another default."""
    server = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text("utf-8"))["server"]
    assert server["enableXsrfProtection"] is True
    assert server["enableCORS"] is True
    assert server["enableStaticServing"] is False
    assert server["enableAgentApi"] is False


def test_secrets_are_not_committed_and_not_in_the_image():
    for name in (".gitignore", ".dockerignore"):
        assert ".streamlit/secrets.toml" in (PROJECT / name).read_text("utf-8").splitlines()
