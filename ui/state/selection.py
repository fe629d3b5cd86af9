"""What is being looked at: a network, which is a run at an epoch, and a picture.

Both are chosen once and carry over from page to page: the session keeps them (CHOSEN), and the
page's address shows what was chosen, so that a link shows a colleague the same. What was never
chosen is not in the address; then it is the pretrained network after its last epoch, and the first
test digit.
"""

from typing import Any

import streamlit as st

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
from ui.loading.errors import show_error
from ui.state.picture_url import AddressError, ChosenPicture, picture_at, test_digit
from ui.state.session import (
    ADDRESS,
    COMPARED,
    EPOCH,
    PICKS,
    PICTURE,
    RUN,
    WATCHED,
    Key,
    widget_value,
)

CHOSEN = (RUN, EPOCH, PICTURE)


def choose(key: Key[str | None], value: str | None, by_widget: bool = False) -> None:
    """Make `value` the choice `key`, of CHOSEN or COMPARED, for all pages; None is no choice.

    `by_widget` says that the widget for it shows the value already.
    """
    key.set(value)
    if not by_widget:
        renew_widgets()
    if key == RUN:  # an epoch is one of its run
        EPOCH.pop()
        WATCHED.pop()  # the Train page shows what was picked last


def watch(run: Run) -> None:
    """Show `run` on the Train page from now on, until another network is chosen."""
    WATCHED.set(run.id)


def renew_widgets() -> None:
    """Give the widgets for choices new keys: what they show has changed."""
    PICKS.set(PICKS.get() + 1)


def widget_key(name: str) -> str:
    """A key for a widget that shows a choice: another one whenever something else chooses.

    A browser sends all widgets' values with each request. One that it sent before it heard of a
    new choice would look like the visitor's wish to have the old one back; for a new key, it has
    no value to send, and what it sends for an old one `picked_value` leaves out.
    """
    return f"{name}_widget_{PICKS.get()}"


def picked_value(name: str, key: str) -> Any:
    """What the widget `key` for `name` was set to, in its on_change; None where it is outdated.

    Streamlit calls on_change also for a widget that is gone from the page, when a browser that has
    not heard of that yet sends its value once more.
    """
    return widget_value(key) if key == widget_key(name) else None


def follow_address() -> None:
    """Take over what the page's address says, unless this session itself wrote it there."""
    written = ADDRESS.get()
    for key in (*CHOSEN, COMPARED):
        value = st.query_params.get(key.name)
        if value is not None and value != written.get(key.name):
            choose(key, value)


def write_address(*more: Key[str | None]) -> None:
    """Show what is chosen in the page's address: CHOSEN, and `more` that only this page shows."""
    chosen = {key.name: value for key in (*CHOSEN, *more) if (value := key.get())}
    ADDRESS.set(chosen)
    if st.query_params.to_dict() != chosen:
        st.query_params.from_dict(chosen)


def pick_network() -> Network:
    """Show the choice of network in the sidebar; returns the chosen one."""
    notices = st.container()  # always there, so that what follows keeps its place
    by_id, problems = usable_runs()
    with notices:
        run = chosen_run() or read_run(PRETRAINED_PATH)
        epoch = _chosen_epoch(run)
    by_id.setdefault(run.id, run)
    with st.sidebar:
        key = widget_key("network")
        st.selectbox(
            "Network",
            list(by_id),
            index=list(by_id).index(run.id),
            # The browser sends the label back: one that changed meanwhile, as "in training" does,
            # would be taken for no choice at all.
            format_func=distinct_titles(list(by_id.values())).__getitem__,
            key=key,
            on_change=_pick_run,
            args=(key,),
            help="Networks that you train on the Train page are listed here.",
        )
        st.caption(_standing(run))
        epoch = _pick_epoch(run, epoch)
        if problems:
            with st.expander(f"{len(problems)} damaged", icon=":material/warning:"):
                for problem in problems:
                    st.caption(problem)
    return Network(run, epoch)


def usable_runs() -> tuple[dict[str, Run], list[str]]:
    """The runs that have weights, by id, those that ship first; and a sentence for each damaged."""
    runs, problems = list_runs()
    return {run.id: run for run in (*shipped_runs(), *runs) if run.saved_epochs()}, problems


def _pick_run(key: str) -> None:
    run_id = picked_value("network", key)
    if run_id is not None:
        choose(RUN, run_id, by_widget=True)


def chosen_run() -> Run | None:
    """The run that was chosen, if any; says so where the address names none that can be used."""
    run_id = RUN.get()
    if not run_id:
        return None
    try:
        run = open_run(run_id)
        if run.saved_epochs():
            return run
        raise RunError(f"Run {run_id} has no weights yet.")
    except RunError as error:
        show_error(f"{error} The pretrained network is used instead.")
        choose(RUN, None)
    return None


def pick_picture() -> ChosenPicture:
    """The chosen picture; says so where the address names none, and takes the first test digit."""
    notices = st.container()
    address = PICTURE.get()
    if address:
        try:
            return picture_at(address)
        except AddressError as error:
            with notices:
                show_error(f"{error} Test digit 0 is shown instead.")
            choose(PICTURE, None)
    return test_digit(0)


def _set_epoch(name: str, key: str) -> None:
    epoch = picked_value(name, key)
    if epoch is not None:
        choose(EPOCH, str(epoch), by_widget=True)


def _chosen_epoch(run: Run) -> int:
    """The chosen epoch of `run`, else its last; says so where the address names none it has."""
    epochs, chosen = run.saved_epochs(), EPOCH.get()
    if not chosen:
        return epochs[-1]
    if chosen in map(str, epochs):
        return int(chosen)
    show_error(
        f"This network has no epoch {chosen[:20]!r}: it has {epochs[0]} to {epochs[-1]}. "
        "Its last epoch is shown instead."
    )
    choose(EPOCH, None)
    return epochs[-1]


def _pick_epoch(run: Run, epoch: int) -> int:
    epochs = run.saved_epochs()
    if len(epochs) == 1:
        return epoch
    key = widget_key(f"epoch_{run.id}")
    return st.select_slider(
        "After epoch",
        epochs,
        value=epoch,
        key=key,
        on_change=_set_epoch,
        args=(f"epoch_{run.id}", key),
        help="0 is the network before its training: what it says then is chance.",
    )


def _standing(run: Run) -> str:
    state = run.state()
    if state.active:
        return "In training" if state.training else "Waits for its turn to be trained"
    if state.test_accuracy is None:
        return state.status.capitalize()
    return f"{percent(state.test_accuracy, 2)} of the test digits right"
