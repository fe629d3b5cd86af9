"""Log in and out with an account, where the secrets configure `st.login`."""

from collections.abc import Mapping

import streamlit as st

from cnn.optional_packages import missing_text
from ui.loading.errors import as_text, show_error
from ui.state.visitor import is_logged_in

NOT_PROVIDERS = "redirect_uri", "cookie_secret"


def show_login() -> None:
    """Show who is logged in, or a button for each provider of the secrets, in the sidebar."""
    auth = st.secrets.get("auth") if st.secrets.load_if_toml_exists() else None
    if not isinstance(auth, Mapping):
        return
    with st.sidebar:
        if is_logged_in():
            st.caption(f"Logged in: {as_text(str(st.user.get('name') or st.user.get('email')))}")
            st.button("Log out", on_click=st.logout, icon=":material/logout:")
            return
        if text := missing_text(["authlib", "httpx"]):
            show_error(text)
            return
        named = [name for name, each in auth.items() if isinstance(each, Mapping)]
        for name in named or [None]:
            label = f"Log in with {name.capitalize()}" if name else "Log in"
            st.button(
                label,
                key=f"login_{name}",
                on_click=st.login,
                args=(name,) if name else (),
                icon=":material/login:",
                help="Your runs, drawings and symbols are then the same on every device.",
            )
