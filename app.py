"""The entry point of the app: `streamlit run app.py`."""

import streamlit as st

from ui.lesson.bar import complete_step_link, show_lesson_bar
from ui.lesson.lecture import is_lecture, is_lecture_link, offer_lecture, show_lecture_view
from ui.loading.warmup import start_loading
from ui.state.navigation import app_pages, close_menu, configure_page
from ui.state.session import APP_RAN
from ui.state.teacher import keep_teacher
from ui.state.visitor import keep_visitor
from ui.widgets.display import use_style
from ui.widgets.login import show_login

configure_page()
use_style()
start_loading()
APP_RAN.set(True)  # see ui.state.navigation.open_page
page = st.navigation(app_pages())
lecture = is_lecture() or is_lecture_link()
with st.container():
    if lecture:
        show_lecture_view()
    close_menu(page.title)
    keep_visitor()
    keep_teacher()
complete_step_link(page.title.lower())
page.run()
offer_lecture()
show_lesson_bar(page.title.lower())
show_login()
if is_lecture() != lecture:  # the visitor went back, or the address was wrong
    st.rerun()
