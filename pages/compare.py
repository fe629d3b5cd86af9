"""Compare: all runs in a table, and the selected ones over each other in the same charts."""

import streamlit as st

from cnn.runs.catalog import list_summaries
from ui.compare.curves import show_comparison
from ui.compare.experiments import show_experiments
from ui.compare.run_actions import show_actions
from ui.compare.runs_table import ask_filter, select_runs, selected_lines, show_problems, show_table
from ui.state.navigation import open_page
from ui.state.selection import pick_network, write_address
from ui.state.session import COMPARED

with open_page("Compare"):
    pick_network()
    lines, problems = list_summaries()
    own = [line for line in lines if not line.run.shipped]
    if not own:
        with st.container(horizontal=True, vertical_alignment="center", key="no_runs"):
            st.markdown("So far, only what ships with this app is here.", width="content")
            st.page_link(
                "pages/train.py",
                label="Train a network of your own",
                icon=":material/model_training:",
            )
        if not COMPARED.is_set():
            select_runs([line.run.id for line in lines])
    selected = selected_lines(lines)
    wanted = ask_filter()
    with st.container(key="runs_table"):
        show_table(lines, wanted)
    show_actions(selected)
    show_problems([*problems, *(line.problem for line in lines if line.problem)])
    st.header("Over each other", anchor="curves")
    if selected:
        show_comparison(selected)
    else:
        st.info("Tick runs in the table to see their curves over each other.")
    st.header("Vary one setting", anchor="vary")
    show_experiments()
    write_address(COMPARED)
