"""The view for a lecture, `?view=lecture`: larger, without the sidebar, and with keys."""

from pathlib import Path

import streamlit as st

from ui.state.address import ADDRESS
from ui.state.session import LECTURE

NAME = "lecture"
STYLE = f"<style>{Path(__file__).with_name('lecture.css').read_text('utf-8')}</style>"
# Presenters send PageDown and PageUp. Keys that are typed into a field are left to it.
_KEYS = st.components.v2.component(
    "cnn_lecture_keys",
    js="""
const LINKS = { PageDown: "next", n: "next", PageUp: "previous", p: "previous" };

const MOVES = ["pointermove", "pointerdown", "pointerup", "mousemove", "mousedown", "mouseup"];
const POINTER = [...MOVES, "click", "wheel"];

let stop; // what ended the listening of the call before: Streamlit calls again at each rerun

export default function () {
  stop?.();
  const press = (event) => {
    const target = event.composedPath()[0];
    if (target.matches?.("input, textarea, select, [contenteditable]")) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const found = LINKS[event.key]
      ? document.querySelector(`.st-key-lesson_${LINKS[event.key]} :is(a, button)`)
      : event.key === "k" && playButton();
    if (!found) return;
    event.preventDefault();
    found.click();
  };
  const place = (event) => correct(event);
  document.addEventListener("keydown", press);
  document.body.dataset.lectureKeys = "on"; // for the tests: Streamlit loads components one by one
  POINTER.forEach((each) => document.addEventListener(each, place, true));
  stop = () => {
    document.removeEventListener("keydown", press);
    POINTER.forEach((each) => document.removeEventListener(each, place, true));
  };
  return stop;
}

// ECharts takes `offsetX` for a place in the chart, which it is not where the page is enlarged.
function correct(event) {
  const chart = event.target.closest?.('[data-testid="stEChartsChart"] :is(svg, canvas)');
  const shown = chart?.getBoundingClientRect();
  if (!shown?.width) return;
  const scale = shown.width / chart.clientWidth;
  const x = (event.clientX - shown.left) / scale, y = (event.clientY - shown.top) / scale;
  Object.defineProperties(event, { offsetX: { value: x }, offsetY: { value: y } });
}

// The button that plays the lens on the page, if there is one that is visible.
function playButton() {
  return [...document.querySelectorAll("*")]
    .flatMap((each) => [...(each.shadowRoot?.querySelectorAll("button") ?? [])])
    .find((each) => /^(Play|Pause)$/.test(each.textContent) && each.offsetParent);
}
""",
)


def is_lecture() -> bool:
    """Whether the pages are shown for a lecture."""
    return LECTURE.get() == NAME


def is_lecture_link() -> bool:
    """Whether the page is opened by a link to the view, which it has not followed yet."""
    written = ADDRESS.get().values.get(LECTURE.name)
    return NAME == st.query_params.get(LECTURE.name) != written


def show_lecture_view() -> None:
    """Apply the style of the view, and listen to its keys."""
    st.html(STYLE)
    _KEYS(key="lecture_keys")


def offer_lecture() -> None:
    """Show the button for the view in the sidebar."""
    st.sidebar.button(
        "Lecture view",
        icon=":material/present_to_all:",
        on_click=toggle_lecture,
        type="tertiary",
        help="For a projector: larger, without the sidebar. Keys: n or Page Down for the next step "
        "of the lesson, or the next page, p or Page Up for the previous one, k for play and pause.",
    )


def toggle_lecture() -> None:
    """Change to the view for a lecture, or back."""
    LECTURE.set(None if is_lecture() else NAME)
