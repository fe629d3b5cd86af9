"""The chosen network, which is a run at an epoch, and the chosen picture.

Both are chosen once and carry over from page to page: the session keeps them (CHOSEN), and the
page's address shows them (`ui.state.address`). Without a choice, the pages show the pretrained
network after its last epoch and test digit 0.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from cnn.config import BOUNDS
from cnn.rendering.text import percent
from cnn.runs.differences import distinct_titles
from cnn.runs.run import (
    PRETRAINED_PATH,
    Network,
    Run,
    RunError,
    list_runs,
    open_run,
    read_run,
    shipped_runs,
)
from ui.loading.errors import as_text, show_error
from ui.state.picture_url import (
    AddressError,
    ChosenPicture,
    no_picture,
    picture_at,
    test_digit,
)
from ui.state.session import (
    DATA,
    EPOCH,
    LAYER,
    MAP,
    OF_PRESET,
    OF_VARIED_DATA,
    PICTURE,
    RUN,
    SETTINGS,
    STARTED,
    WATCHED,
    WIDGET_VERSION,
    Key,
    widget_value,
)

NO_PICTURE = "A blank picture is shown instead; draw one."
T = TypeVar("T")


def choose(key: Key[T], value: T, by_widget: bool = False) -> None:
    """Set the choice `key`, one that a page's address has, on all pages.

    `by_widget`: whether the widget of this choice shows `value` already.
    """
    key.set(value)
    if not by_widget:
        renew_widgets()
    if key in (RUN, LAYER):
        MAP.pop()  # belongs to the previous layer
    if key in (SETTINGS["preset"], DATA):
        by_data = (*BOUNDS, "validation")
        for name in OF_PRESET if key == SETTINGS["preset"] else by_data:
            SETTINGS[name].pop()  # they become the preset's, for the data set
    if key == DATA:
        for each in OF_VARIED_DATA:
            each.pop()
    if key == RUN:
        EPOCH.pop()  # belongs to the previous run
        WATCHED.pop()  # the Train page shows the latest choice


def watch(run: Run) -> None:
    """Show `run` on the Train page until another network is chosen."""
    WATCHED.set(run.id)


def choose_ended_run() -> None:
    """Choose the run that this visitor started, once it has ended, unless another was chosen since.

    Called when a page is opened and on the Train page: the network of a page that somebody looks at
    does not change by itself.
    """
    started = STARTED.get()
    if not started or started != WATCHED.get() or started == RUN.get():
        return
    with suppress(RunError):  # deleted meanwhile
        run = open_run(started)
        if not run.state().active and run.saved_epochs()[1:]:
            choose(RUN, run.id)


def renew_widgets() -> None:
    """Give the widgets of choices new keys, as their values have changed."""
    WIDGET_VERSION.set(WIDGET_VERSION.get() + 1)


def widget_key(name: str) -> str:
    """Return the key of a widget that shows a choice; it changes if anything else sets the choice.

    A browser sends the values of all widgets with each request. A value sent before the browser
    has received a new choice would restore the old one. For a new key it has no value to send,
    and `picked_value` ignores those for old keys.
    """
    return f"{name}_widget_{WIDGET_VERSION.get()}"


def choice_widget(choice: Key[Any], *reset: Key[Any], name: str = "") -> dict[str, Any]:
    """Return `key`, `on_change` and `args` for the widget that shows `choice` and sets it.

    The choices `reset`, which depend on it, get their defaults then. `name`, by default that of
    the choice, differs where the widget's options do.
    """
    name = name or choice.name
    key = widget_key(name)
    return {"key": key, "on_change": _take_choice, "args": (choice, name, key, reset)}


def _take_choice(choice: Key[Any], name: str, key: str, reset: tuple[Key[Any], ...]) -> None:
    widget = Key[Any](key, None)
    if key != widget_key(name) or not widget.is_set():  # outdated, see `picked_value`
        return
    value = widget.get()
    choose(choice, None if value is None else choice.read(str(value)), by_widget=True)
    for each in reset:
        choose(each, each.default)


def picked_value(name: str, key: str) -> Any:
    """Return the value of the widget `key` for `name`, in its on_change; None if it is outdated.

    Streamlit calls on_change also for a widget that is no longer on the page, if a browser that has
    not received the new page yet sends its value once more.
    """
    return widget_value(key) if key == widget_key(name) else None


def chosen_network(default: Path = PRETRAINED_PATH) -> Network:
    """Return the chosen network, or the shipped one at `default`; shows an error for a bad one."""
    run = chosen_run(default) or read_run(default)
    return Network(run, _chosen_epoch(run))


def pick_network(default: Path = PRETRAINED_PATH) -> Network:
    """Show the choice of network and epoch in the sidebar. Returns the chosen network.

    Without a choice, it is the shipped one at `default`.
    """
    notices = st.container()  # always there, so that what follows keeps its place
    runs, problems = usable_runs()
    with notices:
        run, epoch = chosen_network(default)
    runs.setdefault(run.id, run)
    with st.sidebar:
        st.selectbox(
            "Network",
            list(runs),
            index=list(runs).index(run.id),
            # The browser sends the label back, so it must not change while it is shown: no status.
            format_func=distinct_titles(list(runs.values())).__getitem__,
            help="The networks trained on the Train page are listed here.",
            **choice_widget(RUN),
        )
        st.caption(_status_text(Network(run, epoch)))
        epoch = _pick_epoch(run, epoch)
        if problems:
            with st.expander(f"Damaged runs: {len(problems)}", icon=":material/warning:"):
                for problem in problems:
                    st.caption(as_text(problem))
    return Network(run, epoch)


def usable_runs() -> tuple[dict[str, Run], list[str]]:
    """Return the runs with weights by id, shipped ones first, and a message per damaged run."""
    runs, problems = list_runs()
    return {run.id: run for run in (*shipped_runs(), *runs) if run.saved_epochs()}, problems


def chosen_run(default: Path = PRETRAINED_PATH) -> Run | None:
    """Return the chosen run, if any.

    Shows an error if the address names an unusable one: the shipped one at `default` is used then.
    """
    run_id = RUN.get()
    if not run_id:
        return None
    try:
        run = open_run(run_id)
        if run.saved_epochs():
            return run
        raise RunError(f"Run {run_id} has no weights yet.")
    except RunError as error:
        used = read_run(default).title.removeprefix("The ").lower()
        show_error(f"{error} The {used} is used instead.")
        choose(RUN, None)
    return None


def chosen_picture(network: Network, fallback: str = "") -> ChosenPicture | None:
    """Return the chosen picture, if any; shows an error, then `fallback`, for a bad address.

    The number of a test digit is that of one of the data set of `network`.
    """
    address = PICTURE.get()
    try:
        return picture_at(address, network.run.data) if address else None
    except AddressError as error:
        show_error(f"{error} {fallback}")
        choose(PICTURE, None)
        return None


def pick_picture(network: Network) -> ChosenPicture:
    """Return the chosen picture, by default test digit 0 of the data set of `network`.

    If its pictures are gone, a blank one, below a sentence.
    """
    data = network.run.data
    with st.container():  # always there, so that what follows keeps its place
        try:
            first = test_digit(0, data)
        except AddressError as error:
            if not (PICTURE.get() or "test").startswith("test"):
                return chosen_picture(network, NO_PICTURE) or no_picture()
            show_error(f"{error} {NO_PICTURE}")
            return no_picture()
        return chosen_picture(network, f"Test {data.noun} 0 is shown instead.") or first


def _chosen_epoch(run: Run) -> int:
    """Return the chosen epoch of `run`, by default its last; shows an error if it is missing."""
    epochs, chosen = run.saved_epochs(), EPOCH.get()
    if chosen in map(str, epochs):
        return int(chosen)
    if chosen:
        show_error(
            f"This network has no weights of epoch {chosen[:20]!r}, only of the epochs "
            f"{', '.join(map(str, epochs))}. Its last epoch is shown instead."
        )
        choose(EPOCH, None)
    return epochs[-1]


def _pick_epoch(run: Run, epoch: int) -> int:
    epochs = run.saved_epochs()
    if len(epochs) == 1:
        return epoch
    return st.select_slider(
        "After epoch",
        epochs,
        value=epoch,
        help="Epoch 0 is the network before training: its weights are random, unless it is a "
        "fine-tuned one.",
        **choice_widget(EPOCH, name=f"epoch_{run.id}"),
    )


def _status_text(network: Network) -> str:
    """The status of the run unless it is finished, and the accuracy after the chosen epoch."""
    run, epoch = network
    state = run.state()
    if state.active:
        return "Training" if state.training else "Queued"
    if epoch == 0:
        return "Before training" if network.is_random else "Before fine-tuning"
    # A run is tested only once, at its end.
    if state.test_accuracy is not None and epoch == run.last_saved_epoch:
        return f"Test accuracy: {percent(state.test_accuracy, 2)}"
    texts = [] if state.status == "finished" else [state.status.capitalize()]
    epochs = run.epochs()
    texts += [
        f"Validation accuracy: {percent(accuracy, 2)}"
        for accuracy in epochs["val_accuracy"][epochs["epoch"] == epoch]
    ]
    return ". ".join(texts)
