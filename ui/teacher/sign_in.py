"""The teacher's password: asked for, or how it is set."""

import streamlit as st

from ui.loading.errors import show_error
from ui.state.teacher import has_teacher, sign_in, takes_password

EXAMPLE = """# .streamlit/secrets.toml
teacher_password = "a long sentence that nobody guesses"
"""


def show_sign_in() -> None:
    """Show the form for the password, or how to set one."""
    if not has_teacher():
        st.info("There is no teacher yet.", icon=":material/info:")
        st.markdown(
            "Whoever runs this app can name one: write a password into this file, in the "
            "project's folder, and start the app again."
        )
        st.code(EXAMPLE, language="toml")
        st.markdown(
            "Until then, everybody can change the runs and data sets without an owner, such as "
            "those of the command line; those of a visitor are changed by that visitor alone."
        )
        return
    if not takes_password():
        st.info("The teacher logs in with an account.", icon=":material/info:")
        return
    with st.form("sign_in", border=False, width=360):
        password = st.text_input("Password of the teacher", type="password")
        if st.form_submit_button("Sign in", type="primary"):
            if problem := sign_in(password):
                show_error(problem)
            else:
                st.rerun()
