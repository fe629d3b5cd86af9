"""Check and race: the codes at work, one after the other, in processes of their own."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from cnn.data.mnist import load_digits, scaled
from cnn.frameworks.catalog import FRAMEWORKS
from cnn.frameworks.comparison import Comparison, Result
from cnn.frameworks.network import BATCH, STEPS, has_network, race_order, race_weights
from cnn.rendering.framework_chart import race_chart
from cnn.runs.run import Network
from ui.loading.errors import as_text
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import FRAMEWORK_CHECK, FRAMEWORK_RACE, RUN, Key
from ui.widgets.display import show_chart
from ui.widgets.live import PROGRESS_S, live_fragment

TOLERANCE = 1e-4
APP = "This app"  # which computes with Keras on TensorFlow
STATUS = {"waiting": "waits", "running": "starts", "finished": "done", "stopped": "stopped"}


def show_missing() -> None:
    """Say which frameworks are not installed, and the command that adds each."""
    texts = dict.fromkeys(each.missing for each in FRAMEWORKS.values())
    for text in filter(None, texts):
        st.caption(f":material/info: {as_text(text)}")


def show_check(network: Network, picture: ChosenPicture) -> None:
    """The probabilities of the chosen picture by the chosen network, in each framework."""
    run = network.run
    fits = has_network(run.config.layers)
    st.markdown(
        "The weights of the chosen network are loaded into each framework, and each predicts "
        f"the chosen picture ({as_text(picture.title)}), in a process of its own. The framework is "
        "a choice; the network is the same: the probabilities should agree with each other and "
        f"with the app's own to {TOLERANCE:g}."
    )
    if not fits:
        st.info(
            "These codes are the course notebook's network for ten classes, and the chosen network "
            "has other layers. Choose one of the preset *notebook* or *fast*."
        )
        st.button(
            "Choose the notebook's network",
            on_click=choose,
            args=(RUN, "notebook"),
            kwargs={"by_widget": True},
        )

    def start() -> Comparison:
        expected = recognizer_of(network).probabilities(picture.image[None])[0]
        weights = run.weights(network.epoch)
        image = scaled(picture.image[None])
        comparison = Comparison("check", run.config.pooling, weights, images=image)
        comparison.label = f"{run.title}, after epoch {network.epoch}: {picture.title}"
        comparison.expected, comparison.classes = expected.tolist(), run.data.classes
        return comparison

    _show("Check", FRAMEWORK_CHECK, start, _show_probabilities, disabled=not fits)


def show_race() -> None:
    """The same batches in each framework: their speed and their losses."""
    st.markdown(
        f"Each trains the same network from the same weights, with max pooling, on the same "
        f"{STEPS} batches of {BATCH} digits, one framework after the other. The first step is not "
        "counted: some compile in it. Small batches make the overhead of each call matter, and on "
        "a graphics card the order may be another. What else this machine does counts as well, for "
        "PyTorch most: its threads wait for each other."
    )

    def start() -> Comparison:
        digits = load_digits("train")
        order = race_order(len(digits.labels)).ravel()
        images, labels = scaled(digits.images[order]), digits.labels[order].astype(np.int32)
        return Comparison("race", "max", race_weights(), images=images, labels=labels)

    _show("Race", FRAMEWORK_RACE, start, _show_pace)


def _show(
    label: str,
    key: Key,
    start: Callable[[], Comparison],
    show: Callable[[Comparison], None],
    disabled: bool = False,
) -> None:
    """The button that starts a comparison, and its results, which are updated meanwhile."""
    comparison = key.get()
    active = comparison is not None and not comparison.done
    with st.container(horizontal=True, vertical_alignment="center"):
        text = f"{label} again" if comparison and not active else label
        if st.button(text, type="primary", disabled=disabled or active, key=f"start_{key.name}"):
            key.set(start())
            st.rerun()
        if active and st.button("Stop", key=f"stop_{key.name}"):
            comparison.stop()
    if comparison is None:
        return

    def update() -> None:
        if active and comparison.done:
            st.rerun()
        show(comparison)

    with st.container(key=key.name):
        live_fragment(update, PROGRESS_S, active)()


def _show_probabilities(comparison: Comparison) -> None:
    results = comparison.results
    if not comparison.done:
        running = next((n for n, each in results.items() if each.status == "running"), None)
        title = FRAMEWORKS[running].title if running else "Another comparison"
        st.progress(comparison.share, f"{title} is at work; each takes some seconds to start.")
    _show_failures(results)
    found = {APP: np.array(comparison.expected)} | {
        FRAMEWORKS[name].title: np.array(each.probabilities[0])
        for name, each in results.items()
        if each.probabilities
    }
    if len(found) > 1 and comparison.done:
        _show_agreement(np.stack(list(found.values())))
    st.caption(as_text(comparison.label))
    columns = {title: values.round(7) for title, values in found.items()}
    st.dataframe(
        {"Class": list(comparison.classes)} | columns,
        hide_index=True,
        column_config={title: st.column_config.NumberColumn(format="%.6f") for title in columns},
        width="stretch",
        height="content",
    )


def _show_agreement(found: np.ndarray) -> None:
    """How far the probabilities, of the app and of each framework, (n, 10), are apart."""
    largest = float((found.max(axis=0) - found.min(axis=0)).max())
    if largest <= TOLERANCE:
        st.success(f"They agree: the largest difference is {largest:.1g}.")
    else:
        st.error(f"They differ by up to {largest:.2g}; at most {TOLERANCE:g} is expected.")


def _show_pace(comparison: Comparison) -> None:
    results = comparison.results
    fastest = max((each.images_per_s or 0 for each in results.values()), default=0)
    for name, each in results.items():
        st.progress(len(each.losses) / STEPS, _pace_text(name, each, fastest))
    _show_failures(results)
    losses = {FRAMEWORKS[name].title: each.losses for name, each in results.items()}
    st.markdown("**Loss of each batch**")
    show_chart(race_chart(losses), height=300, key="race_losses")
    if comparison.done:
        st.caption(
            "Where the curves coincide, the frameworks take the same steps. Rounding differs, and "
            "after a while separates them."
        )


def _pace_text(name: str, result: Result, fastest: float) -> str:
    text = f"**{FRAMEWORKS[name].title}**: "
    if not result.losses:
        return text + STATUS.get(result.status, result.status)
    text += f"{len(result.losses)} of {STEPS} batches"
    if pace := result.images_per_s:
        text += f", {pace:,.0f} images a second"
        if result.status == "finished" and pace == fastest:
            text += " (the fastest so far)"
    return text


def _show_failures(results: dict[str, Result]) -> None:
    for name, each in results.items():
        if each.status == "failed":
            st.error(as_text(f"{FRAMEWORKS[name].title} failed: {each.message}"))
