"""The entry point of the app: `streamlit run app.py`."""

import streamlit as st

from ui.loading.warmup import start_loading
from ui.state.navigation import app_pages, configure_page
from ui.state.session import APP_RAN
from ui.widgets.display import use_style

configure_page()
use_style()
start_loading()
APP_RAN.set(True)  # see ui.state.navigation.open_page
st.navigation(app_pages()).run()
