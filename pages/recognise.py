"""The Recognise page: symbols of a few drawings each, recognised by comparison."""

import streamlit as st

from cnn.data.mnist import DataError
from cnn.preprocessing.strokes import CANVAS_SIDE
from cnn.recognition.comparison import cosine_distances, decide, symbol_directions
from cnn.runs.run import EMBEDDING_PATH, Network
from ui.loading.errors import show_error, show_errors_inline
from ui.recognise.about import show_about_faces, show_network_note
from ui.recognise.board import (
    answer_of,
    compare,
    pick_threshold,
    show_answer_column,
    show_canvas_column,
    show_distances,
    show_steps,
)
from ui.recognise.measured import show_cost_line, show_costs, show_map
from ui.recognise.symbols import kept_symbols, start_again
from ui.recognise.symbols_view import show_symbols
from ui.recognise.vectors import measured_on
from ui.state.address import write_address
from ui.state.navigation import open_page
from ui.state.selection import pick_network
from ui.widgets.display import show_code


@st.fragment
def show_board(network: Network) -> None:
    """Show the canvas and everything that depends on it; a stroke reruns only this."""
    with show_errors_inline():
        try:
            symbols = kept_symbols()
        except DataError as error:
            show_error(str(error))
            st.button("Start again", on_click=start_again)
            return
        row = st.container(horizontal=True, gap="medium", key="compare_row")
        with row.container(width=CANVAS_SIDE):
            image = show_canvas_column()
        loading = st.container()  # the wait must not move the canvas
        with loading:
            distances = compare(image, symbols, network)
        answer_place = row.container(width=160, key="recognised")
        with row.container(width="stretch", key="distances"):
            measured, threshold = measured_on(network, symbols), 0.0
            if symbols.classes:
                threshold = pick_threshold(network)
                show_cost_line(measured, threshold)
                show_distances(symbols, distances, threshold)
            else:
                show_steps()
        with answer_place:
            show_answer_column(image, symbols, answer_of(distances, symbols, threshold))
        show_symbols(symbols)
        left, right = st.columns(2, gap="large")
        with left:
            show_map(network, symbols, image)
        with right:
            show_costs(measured, threshold)


with open_page("Recognise"):
    network = pick_network(EMBEDDING_PATH)
    write_address()
    st.markdown(
        "Draw a symbol, such as a letter, a star or your initials, and add it under a name, one to "
        "five times. A new drawing is then compared with these, in the output of the network's "
        "last hidden layer: **nothing is trained**."
    )
    show_network_note(network)
    show_board(network)
    show_about_faces()
    show_code(symbol_directions, cosine_distances, decide)
