"""Import a data set from files: chosen, read, looked at as a proposal, and saved."""

from pathlib import PurePath
from typing import Any, NamedTuple

import streamlit as st

from cnn.data.mnist import DataError
from cnn.datasets.bounds import MAX_BYTES
from cnn.datasets.importing import MAX_FILES, propose
from cnn.datasets.proposal import Proposal
from ui.data.proposal_view import show_proposal
from ui.loading.errors import show_error
from ui.state.session import DATA_FILES, DATA_FILES_CHANGED, PROPOSAL
from ui.state.uploads import count_upload

TYPES = [".npz", ".npy", ".gz", ".zip", ".idx", ".idx3-ubyte", ".idx1-ubyte", ".bin"]


class ReadFiles(NamedTuple):
    """What was made of the chosen files: a proposal, or a sentence that says why not.

    key: distinct for each choice of files.
    """

    key: str
    name: str
    proposal: Proposal | None
    problem: str = ""


def show_import() -> None:
    """Show the choice of files, and what they would become as a data set."""
    st.caption(
        "A zip with a folder of pictures for each class; an **.npz** with x_train and y_train, as "
        "in Keras; or **IDX** files, as MNIST and Fashion-MNIST are distributed (also .gz), images "
        f"and labels together. 2 to 50 classes, at most 200,000 pictures and {MAX_BYTES // 10**6} "
        "MB. Pictures become grey, 28 x 28 pixels. They stay on the computer that runs this app."
    )
    notices = st.container()  # above the field, where it is seen without scrolling
    files = st.file_uploader(
        f"Files (up to {MAX_FILES} that belong together)",
        accept_multiple_files=True,
        key=DATA_FILES.name,
        on_change=DATA_FILES_CHANGED.set,
        args=(True,),
        max_upload_size=MAX_BYTES // 10**6,
    )
    with notices:
        if DATA_FILES_CHANGED.get():
            _take_files(files)
        read: ReadFiles | None = PROPOSAL.get()
        if read is not None and read.problem:
            show_error(read.problem)
    if read is not None and read.proposal is not None:
        show_proposal(read.proposal, read.key, read.name)


def _take_files(files: list[Any]) -> None:
    """Read `files`, Streamlit's, with the progress; without any, what was read is forgotten."""
    key = "_".join(each.file_id for each in files)
    known: ReadFiles | None = PROPOSAL.get()
    if not files:
        PROPOSAL.set(None)
    elif known is None or known.key != key:
        PROPOSAL.set(_read(files, key))
    DATA_FILES_CHANGED.pop()  # last: a click meanwhile runs the page again


def _read(files: list[Any], key: str) -> ReadFiles:
    name = PurePath(files[0].name).name.split(".")[0].replace("_", " ")
    place = st.empty()
    place.progress(0.0, "Reading the files")
    try:
        count_upload(DataError)
        proposal = propose(
            [(each.name, each.getvalue()) for each in files],
            lambda share: place.progress(share, f"Reading the pictures: {share:.0%}"),
        )
    except DataError as error:
        return ReadFiles(key, name, None, str(error))
    finally:
        place.empty()
    return ReadFiles(key, name, proposal)
