"""What the canvas sends: a drawing of Fabric.js, as any JSON. Only strokes are taken from it."""

from typing import Any

from ui.state.messages import is_name

MOST = 1e9  # of a number in a drawing
MAX_COMMANDS = 6000  # of the paths of a drawing: minutes of drawing, and a second to normalize


def sent_drawing(value: Any) -> dict[str, Any]:
    """Return what the canvas sent, from the value of its widget; empty if that is something else.

    Anybody can write a message; the package takes its parts for what they should be.
    """
    drawing = value.get("drawing") if isinstance(value, dict) else None
    raw = drawing.get("raw") if isinstance(drawing, dict) else None
    return raw if isinstance(raw, dict) else {}


def readable_strokes(objects: Any) -> tuple[list[dict[str, Any]], bool]:
    """Return those of `objects`, from a message, that are strokes, up to MAX_COMMANDS, and whether
    there are no more. They are kept, and sent back to the browser: of their values, only numbers
    and short texts are left.
    """
    kept, room = [], MAX_COMMANDS
    for each in objects if isinstance(objects, list) else []:
        if not (isinstance(each, dict) and _is_path(each.get("path"))):
            continue
        room -= len(each["path"])
        if room < 0:
            return kept, False
        values = {name: value for name, value in each.items() if is_name(name) and _is_plain(value)}
        kept.append({**values, "path": each["path"]})
    return kept, True


def _is_path(value: Any) -> bool:
    """Whether `value` is an SVG path of few numbers a command, as Fabric.js writes it."""
    return isinstance(value, list) and all(
        isinstance(command, list)
        and 1 <= len(command) <= 7
        and is_name(command[0])
        and all(map(_is_finite, command[1:]))
        for command in value
    )


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool) or is_name(value) or _is_finite(value)


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < MOST
