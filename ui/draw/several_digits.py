"""An uploaded picture of several digits, in place of the canvas: the number, boxes and tiles."""

import streamlit as st

from cnn.detection.digits import DetectedDigit, verdict_of
from cnn.preprocessing.segmentation import lines_of
from ui.draw.number_view import show_digits, show_number, tiles_note
from ui.draw.uploaded_picture import close_upload, open_part
from ui.state.session import OPENED


def show_several_digits(digits: list[DetectedDigit]) -> None:
    """Show the opened picture, which has several `digits`; a click on one opens it alone."""
    picture = OPENED.get()
    accepted = [each for each in digits if each.decision.kind == "digit"]
    several = verdict_of(digits) == "several"
    with st.container(key="detected_number"):
        if several:
            show_number(digits)
        else:
            way_out = (
                "one of them is a digit. Select it below, or crop the picture to it."
                if accepted
                else "none of them is a digit. Crop the picture to one digit."
            )
            st.html(
                '<p class="answer not_a_digit" role="status"><em>Not a digit</em> '
                f"<span>{len(digits)} pieces of ink, {way_out}</span></p>"
            )
    with st.container(key="several_digits", gap="small"):
        opened = show_digits(picture.ink, digits, "Open it alone")
        if opened is not None:
            open_part(digits, opened)
            st.rerun()  # the whole page: its address and sidebar
        found = "Digits found" if several else "Pieces of ink"
        order = "line by line" if len(lines_of(digits)) > 1 else "from left to right"
        dashed = "" if len(accepted) == len(digits) else " Dashed frames: rejected."
        st.caption(
            f"{picture.origin}. {found}: {len(digits)}, {order}.{tiles_note(len(digits))}{dashed} "
            "Select one to open it alone.  \n"
            "A picture of several digits is too large for a link: a reload loses it."
        )
    st.button("Clear", on_click=close_upload, icon=":material/delete:")
