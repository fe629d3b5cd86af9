"""A link to hand out, with everything preset, as text and as a QR code."""

from urllib.parse import urlencode, urlsplit, urlunsplit

import segno
import streamlit as st
from streamlit import net_util

from cnn.runs.run import Network
from ui.loading.errors import as_text
from ui.state.navigation import ICONS
from ui.state.picture_url import ChosenPicture
from ui.state.session import CHOSEN, IN_ADDRESS, LECTURE, LESSON, PAGE_CHOICES, PICTURE, RUN

PAGES = [page for page in ICONS if page != "teacher"]
LONGEST_IN_CODE = 1200  # characters; a telephone's camera does not read a finer code


def show_handout(network: Network, picture: ChosenPicture) -> None:
    """Show the choice of a page, and the link to it with `network` and `picture`."""
    st.header("A link to hand out", anchor="link")
    st.caption(
        "It opens a page with the network of the sidebar, your picture and the other choices that "
        "you made there: prepare the page, then come back here."
    )
    choices, shown = st.columns([3, 2], gap="large")
    with choices:
        page = st.selectbox(
            "Page",
            PAGES,
            index=PAGES.index("draw"),
            format_func=str.capitalize,
            key="handout_page",
            width=300,
        )
        text = f"Network: **{as_text(network.run.title)}**. Picture: {as_text(picture.title)}."
        if page == "draw" and PICTURE.get() is None:
            text = f"Network: **{as_text(network.run.title)}**. The canvas is empty."
        st.markdown(text)
        link = link_to(page, network, st.context.url)
        st.code(link, language=None, wrap_lines=True)
        if _is_local(st.context.url):
            st.caption(
                "You opened this page on the computer that runs the app; the link has that "
                "computer's address in the local network."
            )
    with shown:
        if len(link) > LONGEST_IN_CODE:
            st.caption("The link is too long for a QR code: choose a test digit as the picture.")
            return
        code = segno.make(link, micro=False, error="m")
        picture = code.svg_data_uri(border=3, dark="#000", light="#fff")
        st.html(f'<img class="qr_code" alt="QR code of the link" src="{picture}">')
        st.caption("QR code of the link: point the camera of a telephone at it.")


def link_to(page: str, network: Network, here: str | None) -> str:
    """Return the link to `page` with `network` and all choices; `here`: the address of this page.

    In place of this computer's own name, it has the address in the local network.
    """
    kept = [key for key in CHOSEN if key not in (LECTURE, LESSON)]
    chosen = {key.name: value for key in kept if (value := key.get()) != key.default}
    # The choices of that page alone: some are widgets, which lose their values with the page.
    names = {key.name for key in IN_ADDRESS[page]}
    there = PAGE_CHOICES.get().get(page.capitalize(), {})
    there = {name: value for name, value in there.items() if name in names}
    query = urlencode({RUN.name: network.run.id, **there, **chosen})
    scheme, place, path, *_ = urlsplit(here or "http://localhost:8501/teacher")
    if _is_local(here):
        port = place.rpartition(":")[2]
        place = f"{net_util.get_internal_ip() or 'localhost'}:{port}"
    base = path.rstrip("/").removesuffix("/teacher")
    return urlunsplit((scheme, place, f"{base}/{'' if page == 'learn' else page}", query, ""))


def _is_local(here: str | None) -> bool:
    return urlsplit(here or "http://localhost").hostname in ("localhost", "127.0.0.1", "::1")
