"""What is chosen in the browser, which shows it at once, before the server knows of it."""

from typing import Any

from ui.state.messages import is_name, is_number
from ui.state.selection import choose
from ui.state.session import CHOICE_NUMBER, LAYER, MAP, widget_value

MOST_MAPS = 100_000


def taken_choice(key: str) -> dict[str, Any]:
    """Return the message `choice` of the component `key`, in its callback; {} if it has none.

    Its number is kept: the browser recognizes by it which choice an answer is to.
    """
    choice = getattr(widget_value(key), "choice", None)
    if not isinstance(choice, dict):
        return {}
    if is_number(choice.get("number"), 1_000_000_000):
        CHOICE_NUMBER.set(max(choice["number"], CHOICE_NUMBER.get()))
    return choice


def open_chosen(key: str) -> None:
    """Open the layer and map that were chosen in the component `key`."""
    choice = taken_choice(key)
    layer, number = choice.get("layer"), choice.get("map")
    if is_name(layer):
        choose(LAYER, layer, by_widget=True)
        if is_number(number, MOST_MAPS):
            choose(MAP, number, by_widget=True)
