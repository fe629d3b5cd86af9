"""Downloads of a run: each file is created when its button is clicked."""

from functools import partial

import streamlit as st

from cnn.export.formats import EXPORTS, Export
from cnn.runs.run import Network, Run

BUTTON_WIDTH = 180


def show_downloads(run: Run, epoch: int | None) -> None:
    """Show a download button for each file of `run`, with the weights after `epoch`.

    `epoch` is None if the run has no weights.
    """
    with st.container(key="downloads"), st.expander("Download", icon=":material/download:"):
        if epoch is not None:
            st.caption(f"Networks and weights are those {Network(run, epoch).when}.")
        for name, export in EXPORTS.items():
            missing = _missing(export, run, epoch)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.download_button(
                    export.label,
                    partial(export.make, run, epoch),
                    export.file_name(run, epoch or 0),
                    key=f"download_{name}",
                    icon=":material/download:",
                    on_click="ignore",
                    disabled=bool(missing),
                    width=BUTTON_WIDTH,
                )
                notes = _notebook_notes(run) if name == "notebook" else ""
                st.caption(missing or export.meaning + notes)
        st.caption(
            "Files for PyTorch, ONNX and LiteRT are first compared with this network, which takes "
            "some seconds."
        )
        st.caption(
            "A .keras file can contain code that runs when it is loaded: open one only if you "
            "trust its author. This app reads such files without running anything in them."
        )
        if (run.path / "tensorboard").is_dir():
            st.caption(
                "To see the curves in TensorBoard, on the computer that runs this app: "
                f"`tensorboard --logdir {run.path.parent}`"
            )


def _missing(export: Export, run: Run, epoch: int | None) -> str:
    """Why `export` cannot be downloaded, a sentence; empty if it can."""
    if export.of_epoch and epoch is None:
        return "There are no weights yet."
    if export.of_training and run.imported:
        return "An imported network has no learning curves."
    return export.refusal


def _notebook_notes(run: Run) -> str:
    package = " It needs this app's package cnn: open it in the app's folder."
    if run.imported:
        return " It starts from random weights: how the network was trained is not in its file."
    base = " It does not include the fine-tuning, so its network differs from this one."
    return (package if run.config.has_non_digits else "") + (base if run.config.base else "")
