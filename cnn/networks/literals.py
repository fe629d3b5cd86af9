"""Values in pasted code, read from its syntax and never computed by Python itself."""

import ast
from collections.abc import Mapping
from typing import Any

MOST_DEPTH = 20  # of tuples, signs and arithmetic within each other: nobody writes more
MOST_PARTS = 200  # of one value
LARGEST = 10**12
OPERATIONS = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
}


class NotLiteral(Exception):  # noqa: N818 - a question's answer rather than an error
    """A value cannot be read; the message says what it is, e.g. "`n` is a variable"."""


class Constants:
    """The names that a program binds once, at its top level: they can be read like literals."""

    def __init__(self, tree: ast.Module) -> None:
        """Find them: `n = 10` counts unless `n` is bound a second time, anywhere."""
        bound: dict[str, int] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                bound[node.id] = bound.get(node.id, 0) + 1
        self._nodes: Mapping[str, ast.expr] = {}
        for statement in tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    if bound[name] == 1:
                        self._nodes[name] = value

    def resolved(self, node: ast.expr) -> ast.expr:
        """Return what `node` was bound to, if it is such a name, or else `node` itself."""
        for _ in range(MOST_DEPTH):
            if not (isinstance(node, ast.Name) and node.id in self._nodes):
                break
            node = self._nodes[node.id]
        return node

    def value(self, node: ast.expr) -> Any:
        """Return the number, string, bool, None or tuple that `node` is.

        Raises NotLiteral if it is none, or has arithmetic on anything but small numbers.
        """
        self._left = MOST_PARTS
        return self._value(node, 0)

    def _value(self, node: ast.expr, depth: int) -> Any:
        self._left -= 1
        if depth > MOST_DEPTH or self._left < 0:
            raise NotLiteral("it is nested too deeply")
        node = self.resolved(node)
        match node:
            case ast.Constant(value=bool() | int() | float() | str() | None):
                return node.value
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return tuple(self._value(part, depth + 1) for part in parts)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self._value(operand, depth + 1)
                if isinstance(value, (int, float)):
                    return -value
            case ast.BinOp(left=left, op=operation, right=right) if type(operation) in OPERATIONS:
                values = [self._value(each, depth + 1) for each in (left, right)]
                if all(type(each) in (int, float) and abs(each) < LARGEST for each in values):
                    try:
                        return OPERATIONS[type(operation)](*values)
                    except ZeroDivisionError:
                        raise NotLiteral("it divides by 0") from None
            case ast.Name(id=name):
                raise NotLiteral(f"`{name[:30]}` is a variable; write its value")
        raise NotLiteral("write a number or a string")


def dotted(node: ast.expr) -> list[str]:
    """Return ["keras", "layers", "Conv2D"] for keras.layers.Conv2D; [] if it is not such a name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [*([node.id] if isinstance(node, ast.Name) else []), *names[::-1]]
