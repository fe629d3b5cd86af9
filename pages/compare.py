"""Compare: all runs in a table, the learning curves of the selected ones, and experiments."""

import streamlit as st

from cnn.runs.catalog import list_summaries
from ui.compare.curves import show_curves
from ui.compare.experiments import show_experiments, show_running_experiment
from ui.compare.run_actions import show_actions
from ui.compare.runs_table import (
    select_runs,
    selected_runs,
    show_filter,
    show_problems,
    show_table,
)
from ui.compare.settings_table import show_settings_table
from ui.state.address import write_address
from ui.state.navigation import open_page
from ui.state.selection import choice_widget, pick_network
from ui.state.session import COMPARE_VIEW, COMPARED, IN_ADDRESS
from ui.widgets.links import show_page_link


def show_runs() -> None:
    """Show all runs, and the curves of the selected ones."""
    with st.container():
        show_running_experiment()
    summaries, problems = list_summaries()
    if all(each.run.shipped for each in summaries):
        with st.container(horizontal=True, vertical_alignment="center", key="no_runs"):
            st.markdown("There are only the networks that ship with this app.", width="content")
            show_page_link("train", "Train a network")
        if not COMPARED.is_set():
            select_runs([each.run.id for each in summaries])
    selected = selected_runs(summaries)
    order, criteria = show_filter()
    with st.container(key="runs_table"):
        show_table(summaries, order, criteria)
    show_actions(selected, [tag for each in summaries for tag in each.notes.tags])
    show_problems([*problems, *(each.problem for each in summaries if each.problem)])
    st.header("Learning curves", anchor="curves")
    if selected:
        show_curves(selected)
        show_settings_table(selected)
    else:
        st.info("Select runs in the table to see their learning curves.")


with open_page("Compare", *IN_ADDRESS["compare"]):
    pick_network()
    view = st.segmented_control(
        "View",
        ("runs", "experiments"),
        default=COMPARE_VIEW.get(),
        required=True,
        format_func=str.capitalize,
        label_visibility="collapsed",
        **choice_widget(COMPARE_VIEW),
    )
    if view == "experiments":
        show_experiments()
    else:
        show_runs()
    write_address()
