"""What is chosen in the browser, which shows it at once, before the server knows of it."""

from typing import Any

from ui.state.messages import is_number
from ui.state.session import CHOICE_NUMBER, widget_value


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
