"""Names that people type: one line of visible text."""

import unicodedata

MAX_NAME_LENGTH = 80  # characters
UNPRINTABLE_CATEGORIES = ("Cc", "Cs", "Co", "Cn")  # Unicode's
BIDI_CONTROLS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff"


def clean_name(text: str) -> str:
    """Return `text` on one line, without control and bidirectional formatting characters.

    Empty if no visible character is left.
    """
    text = "".join(" " if each in "\n\r\t\u2028\u2029" else each for each in text)
    kept = (
        each
        for each in text
        if unicodedata.category(each) not in UNPRINTABLE_CATEGORIES and each not in BIDI_CONTROLS
    )
    name = " ".join("".join(kept).split())
    return name if any(unicodedata.category(each)[0] not in "ZCM" for each in name) else ""


def checked_name(text: str, error: type[Exception]) -> str:
    """Return `clean_name(text)`. Raises `error` if it is empty or too long."""
    name = clean_name(text)
    if not name:
        raise error("A name needs at least one visible character.")
    if len(name) > MAX_NAME_LENGTH:
        raise error(f"A name has at most {MAX_NAME_LENGTH} characters, not {len(name):,}.")
    return name
