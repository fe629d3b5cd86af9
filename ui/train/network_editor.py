"""The editor of an own network: a row a layer, beside its shape and what it costs."""

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from cnn.networks.code_writing import network_code
from cnn.networks.drafts import (
    DraftDescription,
    DraftRow,
    draft_rows,
    new_layer,
    texts_of,
)
from cnn.networks.layers import ARGUMENTS, KINDS, Choice, Flag
from cnn.networks.shapes import LayerRow, NetworkDescription, describe
from cnn.networks.starting_points import DEEP, NOTEBOOK
from ui.state.session import NETWORK_EDITOR, NETWORK_SETTLED, widget_value
from ui.train.network_draft import current_draft, describe_current, take_edit
from ui.widgets.lens import lens_component

_EDITOR = lens_component("editor")
STARTS = {"Notebook's network": NOTEBOOK, "Drawing network": DEEP}


@st.fragment
def show_editor(problem: str, show_below: Callable[[], None]) -> None:
    """Show the rows of the own network, then what `show_below` shows, and its Keras code.

    problem: what the rest of the page shows; if another is found, or after typing, it is redrawn.
    """
    draft = current_draft()
    described = describe_current()
    _EDITOR(
        key=NETWORK_EDITOR.name,
        on_edit_change=_take_edit,
        data={
            "put": draft.put,
            "number": draft.number,
            "of": draft.of,
            "rows": _rows_data(draft.rows, described),
            "problem": described.network.problem,
            "totals": _totals(described.network),
            "kinds": {kind: _kind_data(kind) for kind in KINDS},
            "starts": [
                {"title": title, "rows": [_row_data(each) for each in draft_rows(layers)]}
                for title, layers in STARTS.items()
            ],
        },
    )
    show_below()
    with st.expander("Keras code", icon=":material/code:"):
        if described.layers is None:
            st.caption("The code is shown when each row is a layer.")
        else:
            st.code(network_code(described.layers), language="python")
    if NETWORK_SETTLED.pop() or described.problem != problem:
        st.rerun()


def _take_edit() -> None:
    edit = getattr(widget_value(NETWORK_EDITOR.name), "edit", None)
    take_edit(edit)
    if isinstance(edit, dict) and edit.get("settled"):
        NETWORK_SETTLED.set(True)


def _kind_data(kind: str) -> dict[str, Any]:
    """The fields of a kind of layer, and what a new one has in them."""
    return {
        "texts": texts_of(new_layer(kind)),
        "fields": [_field_data(name) for name in KINDS[kind].argument_names()],
    }


def _field_data(name: str) -> dict[str, Any]:
    argument = ARGUMENTS[name]
    if isinstance(argument, Flag):
        return {"name": name, "label": argument.label, "values": ["True", "False"]}
    if isinstance(argument, Choice):
        return {"name": name, "label": argument.label, "values": list(argument.values)}
    step = 1 if argument.kind is int else 0.05
    limits = {"low": argument.low, "high": argument.high, "step": step}
    return {"name": name, "label": argument.label, **limits}


def _row_data(row: DraftRow) -> dict[str, Any]:
    return {"id": row.id, "kind": row.kind, "texts": dict(row.texts)}


def _rows_data(rows: Iterable[DraftRow], described: DraftDescription) -> list[dict[str, Any]]:
    return [
        _row_data(row)
        | {
            "name": layer.name,
            "problem": layer.problem,
            "maps": len(layer.shape) == 3,
            "facts": _facts(layer),
        }
        for row, layer in zip(rows, described.network.rows, strict=True)
    ]


def _facts(row: LayerRow) -> list[tuple[str, str]]:
    """What a layer puts out and costs for one image, as names and texts."""
    shape = "unknown" if None in row.shape else " x ".join(map(str, row.shape))
    arithmetic = f"{row.arithmetic} = " if row.arithmetic else ""
    facts = [("output", shape)]
    if row.parameters:
        facts.append(("parameters", f"{arithmetic}{row.parameters:,}"))
    if row.multiplications:
        facts.append(("multiplications", f"{row.multiplications:,}"))
    if row.memory:
        facts.append(("memory", memory_text(row.memory)))
    return facts


def _totals(network: NetworkDescription) -> list[tuple[str, str, str]]:
    """The sums beside those of the notebook's network; what is unknown is left out of them."""
    notebook = describe(NOTEBOOK)
    known = all(each.parameters is not None for each in network.rows)
    at_least = "" if known else "≥ "
    pairs = [
        ("Parameters", f"{network.parameters:,}", f"{notebook.parameters:,}"),
        *[
            (
                "Multiplications an image",
                f"{network.multiplications:,}",
                f"{notebook.multiplications:,}",
            ),
            ("Memory an image", memory_text(network.memory), memory_text(notebook.memory)),
        ],
    ]
    return [
        ("", "This network", "Notebook's network"),
        *((name, f"{at_least}{own}", other) for name, own, other in pairs),
    ]


def memory_text(count: int) -> str:
    """Return a number of bytes as text: 512 bytes, 86.5 kB."""
    return f"{count:,} bytes" if count < 1000 else f"{count / 1000:,.1f} kB"
