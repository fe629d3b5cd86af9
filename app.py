"""The app's settings and its pages: `streamlit run app.py`."""

import streamlit as st

from ui.navigation import app_pages, configure_page
from ui.session import APP_RAN
from ui.show import use_style
from ui.warmup import start_loading

configure_page()
use_style()
start_loading()
APP_RAN.set(True)  # see ui.navigation.open_page
st.navigation(app_pages()).run()
