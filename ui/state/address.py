"""The choices of a page in its address, so that a link shows what its sender saw.

`open_page` says which keys the page's address has, besides those of every page (CHOSEN). A value
that is the default is left out, unless the address that was followed has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.loading.errors import show_error
from ui.state.selection import choose, choose_ended_run
from ui.state.session import CHOSEN, PAGE_CHOICES, RUN, SETTINGS, Key


@dataclass(frozen=True)
class Address:
    """The address that this session last wrote or followed, as query parameters."""

    page: str = ""
    keys: tuple[Key[Any], ...] = ()
    values: dict[str, str] = field(default_factory=dict)


ADDRESS = Key[Address]("address", Address())


def follow_address(page: str, keys: tuple[Key[Any], ...]) -> None:
    """Take the choices of `page` from its address where the visitor has changed it.

    If the visitor stayed on the page and used *Back* or *Forward*, all choices follow, and those
    that the address lacks get their defaults. Any other request from the page has the address that
    the browser had received when it was sent, which may not be the last that was written: it is
    left out. On arrival from another page only those choices follow that the address has. Shows an
    error for a value that cannot be read.
    """
    last, values = ADDRESS.get(), st.query_params.to_dict()
    stayed = page == last.page
    if stayed and (values == last.values or not went_back()):
        return
    if not stayed and RUN.name not in values:
        choose_ended_run()
    keys = (*CHOSEN, *keys)
    ADDRESS.set(Address(page, keys, values))
    for key in keys:
        text = values.get(key.name)
        if text is None and not stayed:
            continue
        try:
            value = key.default if text is None else key.read(text)
        except ValueError:
            show_error(f"The address has {text[:40]!r} for {key.name}; it is left out.")
            continue
        # A preset also resets the settings that it has.
        if value != key.get() or key == SETTINGS["preset"]:
            choose(key, value)


def went_back() -> bool:
    """Whether this run of the page was requested by the browser's *Back* or *Forward*."""
    return get_script_run_ctx().is_history_navigation


def take_address(address: Mapping[str, str]) -> None:
    """Take the choices of `address` on the page that is open; its own others get their defaults.

    In place of a link within the page: Streamlit follows one, but leaves the old address.
    """
    for key in ADDRESS.get().keys:
        if key.name in address:
            choose(key, key.read(address[key.name]))
        elif key not in CHOSEN:
            choose(key, key.default)


def write_address() -> None:
    """Write the choices to the page's address. The browser's *Back* undoes them one by one."""
    last = ADDRESS.get()
    values = {
        key.name: str(value)
        for key in last.keys
        if (value := key.get()) != key.default or last.values.get(key.name) == str(value)
    }
    PAGE_CHOICES.set({**PAGE_CHOICES.get(), last.page: values})
    if values != st.query_params.to_dict():
        ADDRESS.set(Address(last.page, last.keys, values))
        st.query_params.from_dict(values)
