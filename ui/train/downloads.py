"""What a run leaves to take away: files, each made when its button is clicked."""

import streamlit as st

from cnn.export.formats import EXPORTS, Export
from cnn.runs.run import Run

BUTTON_WIDTH = 180


def show_downloads(run: Run, epoch: int | None) -> None:
    """Buttons for the files of `run`, the network's after `epoch`; None where it has no weights."""
    with (
        st.container(key="takeaway"),
        st.expander("To take away", icon=":material/download:"),
    ):
        if epoch is not None:
            st.caption(f"Model and weights are those after epoch {epoch}.")
        for name, export in EXPORTS.items():
            _show_download(run, epoch, name, export)
        st.caption(
            "This app gives away .keras files and takes none in: such a file can hold code, which "
            "runs when it is loaded. Open one with Keras only if you know who made it."
        )
        if (run.path / "tensorboard").is_dir():
            st.caption(
                f"TensorBoard reads the curves from the run's folder: `tensorboard --logdir "
                f"{run.path.parent}`, on the computer that runs this app."
            )


def _show_download(run: Run, epoch: int | None, name: str, export: Export) -> None:
    missing = export.of_epoch and epoch is None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            export.label,
            lambda: export.make(run, epoch),
            export.file_name(run, epoch or 0),
            export.mime,
            key=f"take_{name}",
            icon=":material/download:",
            on_click="ignore",
            disabled=missing,
            width=BUTTON_WIDTH,
        )
        st.caption("There are no weights yet." if missing else _words(run, name, export))


def _words(run: Run, name: str, export: Export) -> str:
    words = export.meaning
    if name == "notebook" and run.config.recipe.augment:
        words += " Open it in this app's folder: it needs the package cnn."
    if name == "notebook" and run.config.base:
        words += " What this network was taught is left out, so another one comes out."
    return words
