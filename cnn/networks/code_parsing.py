"""Pasted Keras code, such as a cell of a notebook, as a network: `parse_code`.

The text is parsed, never run. Data, plots and prints are left aside; what concerns the network and
is not understood gets a sentence with its line.
"""

import ast
import re
import textwrap
from dataclasses import dataclass, field, replace
from typing import Any

from cnn.networks.errors import NetworkError
from cnn.networks.layer_calls import KNOWN, PREPARATIONS, layer_kind, read_layer, shown_name
from cnn.networks.layers import Dense, Layer, Layers, with_last_activation
from cnn.networks.literals import Constants, dotted
from cnn.networks.training_calls import TrainingCalls

MOST_CHARACTERS = 50_000
MOST_ROWS = 100  # of a program's network, before anything describes it
MOST_PROBLEMS = 10
# What a program may do with its network without changing it.
HARMLESS = {"build", "count_params", "evaluate", "predict", "save", "summary", "to_json"}
CHANGING = {"add", "pop", "compile", "fit"}
EXAMPLE = "Sequential([layers.Conv2D(32, 3), ...])"


@dataclass(frozen=True)
class ParsedCode:
    """A network, settings of `cnn.config.TrainingConfig` by name, and notes on what was ignored."""

    layers: Layers
    settings: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def parse_code(text: str) -> ParsedCode:
    """Return the network that `text` builds, and the settings of its `compile` and `fit`.

    Raises NetworkError, with all problems, if there is none or a part of it is not understood.
    Whether the layers fit together is not checked here (see `cnn.networks.shapes.describe`).
    """
    try:
        return _Program(_parsed(text)).result()
    except RecursionError:
        raise NetworkError("The code is nested too deeply.") from None


def _parsed(text: str) -> ast.Module:
    if len(text) > MOST_CHARACTERS:
        raise NetworkError(
            f"The code has {len(text):,} characters, more than {MOST_CHARACTERS:,}: paste only the "
            "cell with the network."
        )
    text = textwrap.dedent(text.removeprefix("\ufeff"))
    # Commands of Jupyter; the lines keep their numbers.
    text = re.sub(r"^[ \t]*[!%][^\n]*$", "", text, flags=re.MULTILINE)
    try:
        return ast.parse(text)
    except SyntaxError as error:
        place = f"Line {error.lineno}: " if error.lineno else ""
        reason = str(error.msg).split(":")[0][:60]
        raise NetworkError(f"{place}this is not valid Python ({reason}).") from None
    except (ValueError, MemoryError):
        raise NetworkError("The text is not valid Python.") from None


class _Program:
    """The statements of a program, read from top to bottom."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.constants = Constants(tree)
        self.training = TrainingCalls(self.constants)
        self.aliases: dict[str, str] = {}
        self.name: str | None = None  # of the network's variable
        self.found = False
        self.rows: list[Layer] = []
        self.problems: list[str] = []
        self.notes: list[str] = []

    def result(self) -> ParsedCode:
        """Read all statements; raises NetworkError with all problems."""
        for statement in self.tree.body:
            self._read(statement)
            if len(self.rows) > MOST_ROWS:
                self._problem(statement, f"the network has more than {MOST_ROWS} layers.")
            if len(self.problems) >= MOST_PROBLEMS:
                break
        if not self.found and not self.problems:
            self.problems.append(f"There is no network in the text, such as {EXAMPLE}.")
        if self.problems:
            raise NetworkError(*self.problems[:MOST_PROBLEMS])
        self.rows = [*with_last_activation(tuple(self.rows))]
        if self.training.from_logits and self.rows and isinstance(self.rows[-1], Dense):
            self._apply_softmax()
        return ParsedCode(
            tuple(self.rows), self.training.settings, (*self.notes, *self.training.notes)
        )

    def _apply_softmax(self) -> None:
        """Move the softmax from the loss into the last layer, which has it here."""
        if self.rows[-1].activation == "linear":
            self.rows[-1] = replace(self.rows[-1], activation="softmax")
            self.notes.append("from_logits=True: here, the last layer has the softmax.")

    def _problem(self, node: ast.AST, sentence: str) -> None:
        self.problems.append(f"Line {node.lineno}: {sentence}")

    def _read(self, statement: ast.stmt) -> None:
        match statement:
            case ast.ImportFrom(names=names):
                self.aliases |= {each.asname: each.name for each in names if each.asname}
            case ast.Import():
                pass
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
            ):
                self._read_call(call, name, statement)
            case ast.Assign(value=ast.Call() as call) | ast.Expr(value=ast.Call() as call):
                self._read_call(call, None, statement)
            case ast.Expr(value=ast.List(elts=parts) | ast.Tuple(elts=parts)) if self._is_layer(
                parts[:1]
            ):
                self._start(None, statement)
                self._read_layers(parts)
            case ast.ClassDef(name="SumPooling2D"):
                pass  # the app has the same
            case _:
                self._skip(statement)

    def _kind(self, call: ast.Call) -> str:
        return layer_kind(call, self.aliases)

    def _is_layer(self, nodes: list[ast.expr]) -> bool:
        return any(isinstance(each, ast.Call) and self._kind(each) in KNOWN for each in nodes)

    def _read_call(self, call: ast.Call, target: str | None, statement: ast.stmt) -> None:
        path = dotted(call.func)
        if path and path[-1] == "Sequential":
            if not (self.found and self._wraps(call)):
                self._start(target, call)
                self._read_sequential(call)
        elif len(path) == 2 and path[0] == self.name and self.name is not None:
            self._read_method(path[1], call, statement)
        elif target is None and len(path) == 1 and self._kind(call) in KNOWN and not self.found:
            self._start(None, call)  # a single layer, without Sequential
            self._read_layers([call])
        elif len(path) == 2 and path[1] == "add" and not self.found and self._is_layer(call.args):
            self._start(path[0], call)  # `model = Sequential()` was not pasted
            self._read_layers(call.args)
        elif target is None or self._kind(call) != "Input":
            self._skip(statement)

    def _wraps(self, call: ast.Call) -> bool:
        """Whether a second `Sequential([model, Softmax()])` is made of the network itself."""
        nodes = (node for each in call.args for node in ast.walk(each))
        return any(isinstance(node, ast.Name) and node.id == self.name for node in nodes)

    def _start(self, name: str | None, node: ast.AST) -> None:
        if self.found:
            self._problem(node, "a second network begins here; paste one network at a time.")
        self.found, self.name, self.rows = True, name, []

    def _read_sequential(self, call: ast.Call) -> None:
        given = [("layers", each) for each in call.args]
        given += [(each.arg, each.value) for each in call.keywords]
        for name, node in given:
            node = self.constants.resolved(node)
            if name == "layers" and isinstance(node, (ast.List, ast.Tuple)):
                self._read_layers(node.elts)
            elif name == "layers":
                self._problem(node, "write the layers as a list within Sequential([...]).")
            elif name != "name":
                self._problem(node, f"{shown_name(str(name))} of Sequential is not supported.")

    def _read_method(self, method: str, call: ast.Call, statement: ast.stmt) -> None:
        if method == "add":
            self._read_layers([*call.args, *(each.value for each in call.keywords)])
        elif method in ("compile", "fit"):
            self.training.read(method, call)
        elif method == "pop":
            self._problem(
                call, f"{method} changes the network; write the layers that it ends with."
            )
        elif method.startswith(("load", "set_weights")):
            self.notes.append(f"Line {call.lineno}: {method} is ignored; weights start at random.")
        elif method not in HARMLESS:
            self._skip(statement)

    def _read_layers(self, nodes: list[ast.expr]) -> None:
        for node in nodes[: MOST_ROWS + 1]:
            node = self.constants.resolved(node)
            if not isinstance(node, ast.Call):
                what = (
                    "a * cannot be read" if isinstance(node, ast.Starred) else "this is not a layer"
                )
                self._problem(node, f"{what}; write a layer, such as layers.Conv2D(32, 3).")
                continue
            try:
                self._append(read_layer(node, self._kind(node), self.constants), node)
            except NetworkError as error:
                self.problems += error.problems

    def _append(self, layer: Layer | None, node: ast.Call) -> None:
        kind = self._kind(node)
        if layer is not None:
            self.rows.append(layer)
        elif self.rows:
            self._problem(node, f"{kind} is only known here before the first layer.")
        elif kind in PREPARATIONS:
            self.notes.append(
                f"Line {node.lineno}: {kind} is ignored: images are (28, 28, 1), from 0 to 1."
            )

    def _skip(self, statement: ast.stmt) -> None:
        """Leave `statement` aside, unless it concerns the network."""
        for node in ast.walk(statement):
            name = ""
            if isinstance(node, ast.Call):
                name = self._built(node)
            elif isinstance(node, ast.Attribute):
                path = dotted(node)
                changes = len(path) == 2 and path[0] == self.name and path[1] in CHANGING
                if changes or (node.attr == "trainable" and isinstance(node.ctx, ast.Store)):
                    name = ".".join(path) or node.attr
            if name:
                self._problem(
                    node,
                    f"{shown_name(name)} is used in a way that cannot be read (in a loop, a "
                    f"function, another model, ...): write {EXAMPLE}.",
                )
                return

    def _built(self, call: ast.Call) -> str:
        """Return the name of the layer or model that `call` makes, known here or not, or ""."""
        while isinstance(call.func, ast.Call):  # layers.Dense(10)(x)
            call = call.func
        path = dotted(call.func)
        if not path:
            return ""
        of_layers = len(path) > 1 and path[-2] == "layers" and path[-1][:1].isupper()
        is_one = of_layers or self._kind(call) in KNOWN or path[-1] in ("Sequential", "Model")
        return path[-1] if is_one else ""
