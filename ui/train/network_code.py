"""Pasted Keras code and files as the network of the editor; and the own network as a file."""

import re
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnn.config import ConfigError, parse_setting
from cnn.networks.code_parsing import MOST_CHARACTERS, ParsedCode, parse_code
from cnn.networks.errors import NetworkError
from cnn.networks.files import MOST_BYTES, network_json, parse_json
from cnn.runs.differences import settings_text
from ui.loading.errors import as_text, show_error
from ui.state.session import (
    PASTED_CODE,
    PASTED_FILE,
    TAKEN_OVER,
    widget_value,
)
from ui.state.uploads import count_upload
from ui.train.network_draft import describe_current, draft_problem, put_network, put_settings

EXAMPLE = """model = Sequential([
    layers.Conv2D(32, (3, 3), activation="relu"),
    ...
])
model.compile(optimizer="adam", ...)
model.fit(x, y, epochs=5, batch_size=32)"""


@dataclass(frozen=True)
class TakenOver:
    """What came of a pasted text or a file: `problems` if there is no network in it."""

    source: str  # what it is called on the page
    text: str
    layers: int = 0
    settings: str = ""
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def show_code_exchange() -> None:
    """Show where code is pasted and files are opened, and what came of the last."""
    with st.expander("Paste Keras code, open or save a file", icon=":material/content_paste:"):
        with st.form("paste_code", border=False):
            st.text_area(
                "Paste Keras code",
                key=PASTED_CODE.name,
                height=220,
                max_chars=MOST_CHARACTERS,
                placeholder=EXAMPLE,
                help="The code of a notebook that builds a network: `Sequential([...])`, with "
                "`compile` and `fit` if they are there. It is read, never run.",
            )
            st.form_submit_button("Take over", on_click=_take_pasted, icon=":material/input:")
        with st.container(key="taken_over"):  # always there, so that what follows keeps its place
            if taken := TAKEN_OVER.get():
                _show_taken(taken)
        _show_files()


def _show_files() -> None:
    st.file_uploader(
        "Open a network's file",
        type=["json", "py"],
        help="A file that *Download* has saved, or Keras code.",
        key=PASTED_FILE.name,
        on_change=_take_file,
    )
    layers = describe_current().layers
    st.download_button(
        "Download network",
        network_json(layers) if layers else "",
        "network.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
        disabled=layers is None,
        help="As JSON, a line a layer, which can be opened here and on the command line.",
    )


def _take_pasted() -> None:
    text = widget_value(PASTED_CODE.name) or ""
    _take("The code", text, lambda: parse_code(text))


def _take_file() -> None:
    file = widget_value(PASTED_FILE.name)
    if file is None:
        return
    content, name = file.getvalue(), file.name
    try:
        text = content[: MOST_BYTES + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    _take(name, text, lambda: _parse_file(name, content, text))


def _parse_file(name: str, content: bytes, text: str) -> ParsedCode:
    count_upload(NetworkError)
    if len(content) > MOST_BYTES:
        raise NetworkError(
            f"The file is larger than {MOST_BYTES // 1000} kB: no network's code is."
        )
    if content and not text:
        raise NetworkError("The file is not text; it must be JSON or Python code.")
    return ParsedCode(parse_json(text)) if name.endswith(".json") else parse_code(text)


def _take(source: str, text: str, parse: Any) -> None:
    """Put the network that `parse` returns into the editor, and its settings into the form."""
    try:
        parsed = parse()
    except NetworkError as error:
        TAKEN_OVER.set(TakenOver(source, text, problems=tuple(error.problems)))
        return
    put_network(parsed.layers)
    taken, notes = {}, list(parsed.notes)
    # The number of digits after the part that is held out, on which its bound depends.
    for name, value in parsed.settings.items():
        try:
            taken[name] = parse_setting(name, str(value))
        except (ConfigError, KeyError) as error:
            notes.append(f"{name} is left out: {error}")
    put_settings(taken)
    text_of_settings = settings_text({name: parsed.settings[name] for name in taken})
    TAKEN_OVER.set(TakenOver(source, text, len(parsed.layers), text_of_settings, tuple(notes)))


def _show_taken(taken: TakenOver) -> None:
    if taken.problems:
        show_error(f"{taken.source} has no network that can be used; the editor is unchanged.")
        for problem in taken.problems:
            st.markdown(f":red[{as_text(problem)}]")
            if line := _quoted(problem, taken.text):
                st.code(line, language="python", wrap_lines=True)
        return
    if problem := draft_problem():
        st.warning(f"It does not fit yet, see its row: {as_text(problem)}")
    settings = f" Settings: {as_text(taken.settings)}." if taken.settings else ""
    st.success(
        f"{as_text(taken.source)}: {taken.layers} layers are in the editor.{settings} *Undo* there "
        f"restores the network{' and the settings' * bool(settings)} before."
    )
    for note in taken.notes:
        st.caption(as_text(note))


def _quoted(problem: str, text: str) -> str:
    """Return the line of `text` that `problem` names, with its number; "" if it names none."""
    match = re.match(r"Line (\d+)\b", problem)
    lines = text.splitlines()
    number = int(match[1]) if match else 0
    return f"{number}: {lines[number - 1][:200]}" if 0 < number <= len(lines) else ""
