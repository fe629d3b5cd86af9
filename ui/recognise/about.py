"""What Recognise says of the chosen network, and of the recognition of faces."""

import streamlit as st

from cnn.runs.run import EMBEDDING_PATH, TITLES, Network
from ui.state.selection import choose
from ui.state.session import RUN

RANDOM = "The weights of the chosen network are random: its vectors follow from the pixels alone."
CLASSIFIES = (
    "The chosen network was trained to classify, not to compare: what it does not need to tell its "
    "classes apart is missing from its vectors. One that was trained with non-digits gives all of "
    "these nearly the same."
)


def show_network_note(network: Network) -> None:
    """Say what another network than one that was trained to compare lacks, and offer that."""
    with st.container(key="network_note"):  # always there, so that what follows keeps its place
        if network.run.config.recipe.embedding and not network.is_random:
            return
        title = TITLES[EMBEDDING_PATH].lower()
        note = RANDOM if network.is_random else CLASSIFIES
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(note, width="stretch")
            st.button(f"Use the {title}", on_click=choose, args=(RUN, EMBEDDING_PATH.name))


def show_about_faces() -> None:
    """Say how faces are recognised in this way, and what differs."""
    st.header("How a face is recognised", anchor="faces")
    st.markdown(
        "In the same way. A telephone that knows its owner was not trained on that face: it keeps "
        "the vectors of a few pictures and compares. Its **enrolment** is *Add* here, and the "
        "threshold decides between another person who is accepted (false accept) and an owner who "
        "is rejected (false reject).\n\n"
        "**What differs:** the network is larger and was trained on millions of pictures of "
        "many thousands of people, so that the pictures of one person lie close together and "
        "those of two people far apart. The preset *embedding* does that here, with digits and "
        "432 symbols in place of people: a network that only classifies need not. A face is found "
        "and turned upright first, as a drawing is centred here. And the errors are not the same "
        "for everybody: for people whom the training pictures show rarely, they are more frequent."
    )
