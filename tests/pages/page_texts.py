"""All texts of a page, whatever element they are in: labels, help, options, cells of tables."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

# Code is in the words of its programmers; an id or a key is never shown.
NOT_SHOWN = ("id", "key", "form_id", "element_id", "script", "js_content", "css_content", "url")


def texts_of(app: AppTest) -> Iterator[str]:
    """Yield the texts of all elements of the page and its sidebar, code excepted."""
    for block in (app.main, app.sidebar):
        yield from _texts(block)


def _texts(node: Any) -> Iterator[str]:
    for child in getattr(node, "children", {}).values():
        yield from _texts(child)
    if getattr(node, "type", "") == "code":
        return
    if hasattr(node, "value") and type(node).__name__ in ("Table", "Dataframe"):
        yield from map(str, [*node.value.columns, *node.value.to_numpy().ravel()])
    if isinstance(proto := getattr(node, "proto", None), Message):
        yield from _strings(proto)


def _strings(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        if field.name in NOT_SHOWN:
            continue
        for each in value if field.is_repeated else [value]:
            if isinstance(each, Message):
                yield from _strings(each)
            elif isinstance(each, str):
                yield each
