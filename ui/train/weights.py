"""The first layer's kernels, and histograms of weights and gradients, of a run."""

from functools import lru_cache

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn.networks.arrays import array_names
from cnn.rendering.histogram_chart import ridge_chart
from cnn.rendering.images import paint_tiles, signed_scale
from cnn.runs.histograms import gradient_histograms, weight_histograms
from cnn.runs.live_kernels import LiveKernels, first_kernels, mark_watched, read_live_kernels
from cnn.runs.run import Network, Run
from ui.loading.errors import show_errors_inline
from ui.widgets.display import figure_html, show_chart
from ui.widgets.glossary import explain

COLUMNS, SIDE, SHEET_WIDTH = 8, 30, 262  # pixels
HEIGHT = 340


def show_kernels(run: Run, place: DeltaGenerator, live: bool) -> None:
    """Show the kernels of the first layer in `place`: the newest that are known.

    To be called repeatedly while the run is `live`: its training then writes them while it trains.
    """
    if live:
        mark_watched(run)
    with place.container(), show_errors_inline():
        st.markdown("**Kernels of the first layer**", help=explain("kernel"))
        epochs = run.saved_epochs()
        if not epochs:
            st.caption("Shown as soon as the network is built.")
            return
        newest = Network(run, epochs[-1])
        kernels, when = _epoch_kernels(newest, newest.written_s), _epoch_text(newest)
        written = read_live_kernels(run) if live else None
        if written and written.step > epochs[-1] * run.config.steps_per_epoch:
            kernels, when = written.kernels, _batch_text(run, written)
        if kernels is None:
            st.caption("This network has no convolution.")
            return
        scale = signed_scale(kernels)
        sheet = paint_tiles(kernels[:, :, 0], scale, COLUMNS, SIDE)
        st.html(figure_html(sheet, f"{when}: weights", SHEET_WIDTH, scale))


def _epoch_text(network: Network) -> str:
    if network.epoch:
        return network.when.capitalize()
    return "Before training (random)" if network.is_random else "Before fine-tuning"


def _batch_text(run: Run, live: LiveKernels) -> str:
    epoch, batch = divmod(live.step - 1, run.config.steps_per_epoch)
    return f"After batch {batch + 1:,} of epoch {epoch + 1}"


@lru_cache(maxsize=64)
def _epoch_kernels(network: Network, written_s: float):
    return first_kernels(network.run.weights(network.epoch))


def show_histograms(run: Run) -> None:
    """Show, in an expander, histograms of one array of parameters and of its gradient."""
    expander = st.expander(
        "Weights and gradients",
        icon=":material/bar_chart:",
        key=f"histograms_{run.id}",
        on_change="rerun",
    )
    if not expander.open or not run.saved_epochs():
        return
    with expander, show_errors_inline():
        names = array_names(run.config.layers)
        index = st.selectbox(
            "Parameters of the layer",
            range(len(names)),
            format_func=names.__getitem__,
            key=f"parameters_{run.id}",
            help=explain("kernel", "bias", "gradient"),
        )
        found = {
            "weight": weight_histograms(run, index),
            "gradient": gradient_histograms(run, index),
        }
        for column, (name, histograms) in zip(st.columns(2), found.items(), strict=True):
            with column:
                title = f"{name.capitalize()}s of {names[index]} after each epoch"
                st.markdown(f"**{title}**")
                chart, key = ridge_chart(histograms, name), f"{name}_histograms"
                show_chart(chart, height=HEIGHT, key=key, alt=title)
        st.caption(
            "A ridge is a histogram: the higher, the more parameters have that value. The newest "
            "epoch is in front and dark; its number is at the right. The gradients are those of "
            f"the loss of the first 200 training {run.data.nouns}; older runs have none."
        )
