"""Settings and results of the selected runs, side by side: what differs first, and as CSV."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from cnn.config import (
    AUGMENTATIONS,
    OPTIMIZERS,
    SCHEDULES,
    TrainingConfig,
    setting_label,
    value_text,
)
from cnn.rendering.text import duration_text, percent
from cnn.runs.catalog import RunSummary, summary_of
from cnn.runs.differences import TEXTS, distinct_titles
from cnn.runs.run import Run
from ui.loading.errors import as_text, show_errors_inline
from ui.widgets.live import LIST_S, live_fragment

NETWORKS = {
    "notebook": "the notebook's network",
    "deep": "the drawing network",
    "embedding": "the embedding network",
}
VALIDATION = {"test": "test", "held_out": "held-out"}


class Row(NamedTuple):
    """A setting or a figure: its label, its value for a run, and that as text."""

    label: str
    value: Callable[[RunSummary], Any]
    text: Callable[[Any], str] = str


def _setting(name: str) -> Row:
    return Row(setting_label(name), lambda each: getattr(each.run.config, name), value_text)


def _choice(name: str, texts: Mapping[str, str]) -> Row:
    return Row(setting_label(name), lambda each: texts[getattr(each.run.config, name)])


def _network(config: TrainingConfig) -> str:
    """The own network's layers as code, or the name of the preset's."""
    own = config.network.removeprefix("Sequential([").removesuffix("])")
    return own or NETWORKS[config.recipe.network]


def _held_out(config: TrainingConfig) -> int:
    return config.dataset.training_count - config.available_digits


def _validated_on(each: RunSummary) -> str:
    return f"{VALIDATION[each.run.config.validation]} {each.run.data.nouns}"


def _two_places(share: float) -> str:
    return percent(share, 2)


def _four_places(loss: float) -> str:
    return f"{loss:.4f}"


ROWS = (
    _setting("preset"),
    Row("Data set", lambda each: each.run.data.name),
    Row("Network", lambda each: _network(each.run.config)),
    Row("Parameters", lambda each: each.run.config.parameters, value_text),
    Row("Pooling", lambda each: " and ".join(each.run.config.poolings) or None),
    _setting("epochs"),
    _setting("batch_size"),
    _setting("learning_rate"),
    _choice("optimizer", OPTIMIZERS),
    _choice("schedule", SCHEDULES),
    _setting("weight_decay"),
    _setting("dropout"),
    _choice("augmentation", AUGMENTATIONS),
    _setting("seed"),
    _setting("limit"),
    Row("Held-out digits", lambda each: _held_out(each.run.config), value_text),
    Row("Images per epoch", lambda each: each.run.config.images_per_epoch, value_text),
    Row("Validated on", _validated_on),
    _choice("backend", TEXTS["backend"]),
    Row("Threads", lambda each: "one" if each.run.config.one_thread else "all"),
    Row("Fine-tuned from", lambda each: each.run.config.base or None),
    Row("Created", lambda each: each.run.created_text),
    Row("Status", lambda each: each.state.status),
    Row("Epochs trained", lambda each: each.epochs, value_text),
    Row("Validation accuracy", lambda each: each.last("val_accuracy"), _two_places),
    Row("Validation loss", lambda each: each.last("val_loss"), _four_places),
    Row("Test accuracy", lambda each: each.state.test_accuracy, _two_places),
    Row("Test loss", lambda each: each.state.test_loss, _four_places),
    Row("Time", lambda each: each.elapsed_s, duration_text),
    Row("Tags", lambda each: ", ".join(each.notes.tags) or None),
    Row("Note", lambda each: " ".join(each.notes.note.split()) or None),
)


def show_settings_table(selected: Sequence[RunSummary]) -> None:
    """Show a column for each of the `selected` runs: the rows that differ, then the others.

    They are updated while one of the runs is active.
    """
    st.header("Settings and results", anchor="settings")
    live = any(each.state.active for each in selected)
    with st.container(key="settings_table"):
        live_fragment(_show_table, LIST_S, live)([each.run for each in selected])


def _show_table(runs: Sequence[Run]) -> None:
    with show_errors_inline():
        _show_summaries([summary_of(run) for run in runs])


def _show_summaries(selected: Sequence[RunSummary]) -> None:
    names, rows = _names(selected), _values(selected)
    differing = [(row, values) for row, values in rows if len(set(values)) > 1]
    equal = [(row, values) for row, values in rows if len(set(values)) == 1]
    if differing:
        _show_rows(names, differing, bold=True)
    if len(selected) == 1:
        _show_rows(names, equal)
    elif equal:
        runs = "both runs" if len(selected) == 2 else f"all {len(selected)} runs"
        with st.expander(f"The same in {runs}"):
            _show_rows(["All runs"], [(row, values[:1]) for row, values in equal])
    st.download_button(
        "Download as CSV",
        csv_of(selected),
        "runs.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def csv_of(selected: Sequence[RunSummary]) -> str:
    """The rows as CSV: accuracies 0 to 1, the time in seconds; empty if unknown."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["", *map(_plain, _names(selected))])
    writer.writerows([row.label, *map(_plain, values)] for row, values in _values(selected))
    return text.getvalue()


def _plain(value: Any) -> Any:
    """Mark a text that a spreadsheet would take for a formula, such as a name, as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(tuple("=+-@")) else value


def _names(selected: Sequence[RunSummary]) -> list[str]:
    titles = distinct_titles([each.run for each in selected])
    return [titles[each.run.id] for each in selected]


def _values(selected: Sequence[RunSummary]) -> list[tuple[Row, list[Any]]]:
    rows = ROWS
    if not all(each.run.data.is_mnist for each in selected):
        rows = [row._replace(label=row.label.replace("digits", "pictures")) for row in ROWS]
    return [(row, [row.value(each) for each in selected]) for row in rows]


def _show_rows(
    names: Sequence[str], rows: Sequence[tuple[Row, Sequence[Any]]], bold: bool = False
) -> None:
    """Show a table: the labels, then a column of texts for each of `names`."""
    mark = "**" if bold else ""
    columns = {"": [row.label for row, _ in rows]}
    for place, name in enumerate(names):
        texts = ("–" if (v := values[place]) is None else row.text(v) for row, values in rows)
        columns[as_text(name)] = [f"{mark}{as_text(text)}{mark}" for text in texts]
    st.table(columns, border="horizontal", hide_index=True)
