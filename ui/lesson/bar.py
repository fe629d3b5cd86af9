"""The bar at the foot of every page: the step of the lesson, and how it goes on."""

import streamlit as st

from ui.lesson.lecture import is_lecture, toggle_lecture
from ui.lesson.progress import done_steps, keep_progress, mark_done
from ui.lesson.steps import BY_NAME, STEPS, Step
from ui.loading.errors import show_error, show_errors_inline
from ui.state.address import ADDRESS, take_address
from ui.state.navigation import ICONS
from ui.state.session import LESSON, LESSON_ANSWER, LESSON_MOVED
from ui.widgets.links import show_page_link
from ui.widgets.live import LIST_S, live_fragment

DONE, OPEN = ":material/check_circle:", ":material/radio_button_unchecked:"


def complete_step_link(page: str) -> None:
    """Add to the address of `page` what the step of a link, `?lesson=kernel`, opens it with."""
    address = st.query_params.to_dict()
    name = address.get(LESSON.name)
    step = BY_NAME.get(name)
    # Not while the browser still shows the address of the step before.
    is_link = name not in (LESSON.get(), ADDRESS.get().values.get(LESSON.name))
    if step and step.page == page and is_link and not step.address.keys() <= address.keys():
        st.query_params.from_dict({**step.address, **address})


def show_lesson_bar(page: str) -> None:
    """Show the step of the lesson below `page`, such as "draw"; without one, where it begins."""
    name = LESSON.get()
    step = BY_NAME.get(name)
    with st.bottom, st.container(key="lesson"), show_errors_inline():
        if name and step is None:
            show_error(f"The lesson has no step {name[:40]!r}. It has: {', '.join(BY_NAME)}.")
        if step is None:
            # A part of the page, so that its button may set what widgets of the page show.
            st.fragment(_show_start)(page)
        else:
            st.fragment(_show_step)(step, page)
            # What a step asks for may be done in a part of the page that reruns alone. Apart from
            # the buttons, which would lose clicks in a part that is drawn again and again.
            if step.name not in done_steps() and page == step.page:
                live_fragment(_watch_step, LIST_S)(step)


def _show_start(page: str) -> None:
    if LESSON_MOVED.pop():
        st.rerun()  # the whole page
    done = done_steps()
    following = next((step for step in STEPS if step.name not in done), STEPS[0])
    number = STEPS.index(following) + 1
    label = f"Go on with step {number}" if done else "Start the lesson"
    if len(done) == len(STEPS):
        label = "Start again"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Lesson** in {len(STEPS)} steps", width="content")
        _link(following, label, page, ":material/school:")
        if is_lecture():
            _show_pages(page)


def _show_pages(page: str = "") -> None:
    """Show links to all pages, in place of the menu; the keys lead to those beside `page`."""
    pages = list(ICONS)
    beside = pages.index(page) if page else -9
    keys = {beside - 1: "lesson_previous", beside + 1: "lesson_next"}
    for place, name in enumerate(pages):
        with st.container(key=keys.get(place), width="content"):
            show_page_link(name, name.capitalize())
    if st.button("Leave the lecture view", icon=":material/close:"):
        toggle_lecture()
        st.rerun()


def _watch_step(step: Step) -> None:
    """Rerun the page as soon as the visitor has done what `step` asks for."""
    with show_errors_inline():
        if step.name not in done_steps() and step.is_done():
            mark_done(step.name)
            st.rerun()


def _show_step(step: Step, page: str) -> None:
    if LESSON_MOVED.pop():
        st.rerun()  # the whole page
    with show_errors_inline():
        if step.name not in done_steps() and step.is_done():
            mark_done(step.name)
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="lesson_row")
    if page != step.page:
        _link(step, f"Open {step.page.capitalize()}", page)
    st.markdown(step.text)
    if step.question:
        _ask(step)
    with row:  # now that it is known whether the answer was right
        _show_row(step, page)
    keep_progress()


def _show_row(step: Step, page: str) -> None:
    """Show the title of `step`, and the ways to the other steps and out of the lesson."""
    number, done = STEPS.index(step), done_steps()
    mark = f"{DONE} " if step.name in done else ""
    st.markdown(f"{mark}**{number + 1} of {len(STEPS)} · {step.title}**", width="stretch")
    if number:
        with st.container(key="lesson_previous", width="content"):
            _link(STEPS[number - 1], "Previous", page, ":material/arrow_back:")
    if number + 1 < len(STEPS):
        with st.container(key="lesson_next", width="content"):
            _link(STEPS[number + 1], "Next", page, ":material/arrow_forward:")
    with st.popover("All steps", icon=":material/list:"):
        for place, each in enumerate(STEPS, 1):
            _link(each, f"{place} · {each.title}", page, DONE if each.name in done else OPEN)
    if is_lecture():
        with st.popover("Pages", icon=":material/menu:"):
            _show_pages()
    if st.button("Leave the lesson", icon=":material/close:"):
        LESSON.set(None)
        st.rerun()  # the whole page: its address no longer has the step


def _ask(step: Step) -> None:
    """Ask the question of `step`, and reply."""
    question = step.question
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(question.text, width="content")
        answer = st.segmented_control(
            question.text,
            question.options,
            key=LESSON_ANSWER.of(step.name).name,
            persist_state="session",
            label_visibility="collapsed",
            width="content",
        )
        if answer:
            right, reply = question.reply(answer)
            st.markdown(f"{DONE if right else ':material/close:'} {reply}", width="stretch")
            if right or question.prediction:
                mark_done(step.name)


def _link(step: Step, label: str, page: str, icon: str = "") -> None:
    """Show what opens `step` from `page`: a link to another page, or a button on the same one."""
    address = {**step.address, LESSON.name: step.name}
    if step.page != page:
        show_page_link(step.page, label, address, icon)
    else:
        # A callback, as a part of the page may be interrupted before its button is asked.
        key = f"open_{step.name}_{label}"
        st.button(label, key, icon=icon, type="tertiary", on_click=_open_here, args=(address,))


def _open_here(address: dict[str, str]) -> None:
    take_address(address)
    LESSON_MOVED.set(True)
