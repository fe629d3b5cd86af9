"""What a browser sends: any JSON, as anybody can write a message. What is wrong is left out."""

from typing import Any

MOST_TEXT = 100  # characters of a name


def is_number(value: Any, count: int) -> bool:
    """Whether `value`, from a message, is a whole number from 0 to `count` - 1."""
    return type(value) is int and 0 <= value < count  # bool is a kind of int


def sent_number(value: Any, count: int) -> int | None:
    """Return `value`, from a message, if it is a whole number from 0 to `count` - 1; else None."""
    return value if is_number(value, count) else None


def is_name(value: Any) -> bool:
    """Whether `value`, from a message, is a short text that can be shown and be in an address."""
    # Half of a surrogate pair, which JSON may have, is not printable.
    return isinstance(value, str) and len(value) <= MOST_TEXT and value.isprintable()


def selected_rows(value: Any, count: int) -> list[int]:
    """Return the rows that are selected in a table of `count` rows, from the value of its widget.

    In their order, each once.
    """
    rows = _list(_selection(value).get("rows"))
    return list(dict.fromkeys(each for each in rows if is_number(each, count)))


def selected_marks(value: Any) -> list[tuple[int, int]]:
    """Return the marks that are selected in a chart, from the value of its widget.

    Each is the number of its series and its number within; both are from 0, and may be too high.
    """
    return [
        (group["series_index"], index)
        for group in _list(_selection(value).get("selected"))
        if isinstance(group, dict) and _is_index(group.get("series_index"))
        for index in _list(group.get("data_indices"))
        if _is_index(index)
    ]


def _is_index(value: Any) -> bool:
    return type(value) is int and value >= 0


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []


def _selection(value: Any) -> dict[str, Any]:
    selection = value.get("selection") if isinstance(value, dict) else None
    return selection if isinstance(selection, dict) else {}
