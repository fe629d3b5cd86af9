"""Downloads of a run: each file is created when its button is clicked."""

from functools import partial

import streamlit as st

from cnn.export.formats import EXPORTS
from cnn.runs.run import Run

BUTTON_WIDTH = 180


def show_downloads(run: Run, epoch: int | None) -> None:
    """Show a download button for each file of `run`, with the weights after `epoch`.

    `epoch` is None if the run has no weights.
    """
    with st.container(key="downloads"), st.expander("Download", icon=":material/download:"):
        if epoch is not None:
            st.caption(f"Model and weights are those after epoch {epoch}.")
        for name, export in EXPORTS.items():
            missing = export.of_epoch and epoch is None
            with st.container(horizontal=True, vertical_alignment="center"):
                st.download_button(
                    export.label,
                    partial(export.make, run, epoch),
                    export.file_name(run, epoch or 0),
                    key=f"download_{name}",
                    icon=":material/download:",
                    on_click="ignore",
                    disabled=missing,
                    width=BUTTON_WIDTH,
                )
                notes = _notebook_notes(run) if name == "notebook" else ""
                st.caption("There are no weights yet." if missing else export.meaning + notes)
        st.caption(
            "A .keras file can contain code that runs when it is loaded: open one only if you "
            "trust its author. This app never loads such files."
        )
        if (run.path / "tensorboard").is_dir():
            st.caption(
                "To see the curves in TensorBoard, on the computer that runs this app: "
                f"`tensorboard --logdir {run.path.parent}`"
            )


def _notebook_notes(run: Run) -> str:
    package = " It needs this app's package cnn: open it in the app's folder."
    base = " It does not include the fine-tuning, so its network differs from this one."
    return (package if run.config.has_non_digits else "") + (base if run.config.base else "")
