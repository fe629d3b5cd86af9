"""An imported network on the Train page: there was no training, so there are no curves."""

import streamlit as st

from cnn.runs.imported import import_of
from cnn.runs.run import Run
from ui.loading.errors import as_text
from ui.train.live_predictions import show_live_predictions
from ui.train.weights import show_kernels
from ui.widgets.glossary import explain


def show_imported(run: Run) -> None:
    """Show the predictions and kernels of `run`, and what is different from its file."""
    source = import_of(run)
    with st.container(key="training_charts"):
        about, digits, kernels = st.columns(3)
        with about:
            st.markdown("**No learning curves**")
            st.caption(
                "This network was trained elsewhere; its file has the layers and their weights, "
                "not the losses of the training. You can open it in Explore, draw digits for it "
                "and fine-tune it."
            )
            st.caption(
                "If it was trained on test digits, its test accuracy is too optimistic. Its "
                "rejection threshold is measured on training digits.",
                help=explain("calibration"),
            )
            for note in source.notes if source else ():
                st.caption(as_text(note))
        with digits:
            show_live_predictions(run)
        show_kernels(run, kernels.empty(), live=False)
