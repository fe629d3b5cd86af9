"""Teacher: what the server does, all trainings, and a link to hand out; behind a password."""

import streamlit as st

from ui.state.address import write_address
from ui.state.navigation import open_page
from ui.state.selection import pick_network, pick_picture
from ui.state.session import IN_ADDRESS
from ui.state.teacher import is_teacher, sign_out, takes_password
from ui.teacher.handout import show_handout
from ui.teacher.server import show_server
from ui.teacher.sign_in import show_sign_in
from ui.teacher.trainings import show_deletion, show_trainings

with open_page("Teacher", *IN_ADDRESS["teacher"]):
    if is_teacher():
        network = pick_network()
        picture = pick_picture(network)
        write_address()
        show_server()
        show_handout(network, picture)
        show_trainings()
        show_deletion()
        if takes_password():
            st.button("Sign out", on_click=sign_out, icon=":material/logout:")
    else:
        show_sign_in()
        write_address()
