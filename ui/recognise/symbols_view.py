"""The visitor's symbols: their drawings, to delete, download and import."""

import html
from datetime import datetime

import numpy as np
import streamlit as st

from cnn.datasets.drawings import Drawings
from cnn.recognition.symbols import MAX_EXAMPLES, MAX_FILE_BYTES, pack
from cnn.rendering.images import paint, pixel_scale
from ui.recognise.symbols import (
    delete_all,
    delete_drawing,
    delete_symbol,
    import_symbols,
    restore_symbols,
)
from ui.state.session import DELETED_SYMBOLS, SYMBOLS_FILE, SYMBOLS_UPLOADS
from ui.widgets.display import data_url
from ui.widgets.undo import show_undo

TILE = 56  # pixels: two of a drawing's for each of its own


def show_symbols(symbols: Drawings) -> None:
    """Show the drawings of each symbol, and the buttons that delete, download and import."""
    st.header("Your symbols", anchor="symbols")
    deleted = DELETED_SYMBOLS.get()
    show_undo(deleted[-1].text if deleted else "", restore_symbols)
    if not symbols.classes:
        st.caption("None yet. They are kept on the computer that runs this app; only you see them.")
    with st.container(horizontal=True, gap="large", key="kept_symbols"):
        for label, name in enumerate(symbols.classes):
            _show_symbol(name, symbols.images[symbols.labels == label])
    with st.container(horizontal=True):
        if symbols.classes:
            st.download_button(
                "Download",
                lambda: pack(symbols),
                f"symbols-{datetime.now():%Y-%m-%d}.json",
                "application/json",
                icon=":material/download:",
                on_click="ignore",
                help="A file with the names and the drawings, which Import reads again.",
            )
            st.button("Delete all", on_click=delete_all, icon=":material/delete:")
        with st.popover("Import", icon=":material/upload_file:"):
            st.file_uploader(
                "A file that was downloaded here",
                type=[".json"],
                max_upload_size=-(-MAX_FILE_BYTES // 2**20),
                key=SYMBOLS_FILE.of(str(SYMBOLS_UPLOADS.get())).name,
                on_change=import_symbols,
            )


def _show_symbol(name: str, images: np.ndarray) -> None:
    count = len(images)
    with st.container(width="content", gap="small"):
        st.html(
            f'<h3 class="drawn_count">{html.escape(name)}</h3>'
            f"<p>{count} of {MAX_EXAMPLES} drawings</p>"
        )
        with st.container(horizontal=True, gap="small"):
            for number, image in enumerate(images):
                _show_tile(name, number, image, count)
        if count > 1:
            st.button(
                "Delete symbol",
                key=f"delete_symbol_{name}",
                on_click=delete_symbol,
                args=(name,),
                type="tertiary",
                icon=":material/delete:",
            )


def _show_tile(name: str, number: int, image: np.ndarray, count: int) -> None:
    with st.container(width=TILE + 8, gap=None):
        url = data_url(paint(image, pixel_scale(), TILE))
        text = html.escape(f"Drawing {number + 1} of {name}")
        st.html(f'<img class="tile" width="{TILE}" alt="{text}" src="{url}">')
        st.button(
            "Delete",
            key=f"delete_{name}_{number}",
            on_click=delete_drawing,
            args=(name, number, count),
            type="tertiary",
        )
