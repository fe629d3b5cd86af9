"""A proposal of a data set: what files would become, to look at, change and save."""

import html

import streamlit as st

from cnn.data.mnist import DataError
from cnn.datasets.dataset import Dataset
from cnn.datasets.proposal import Proposal, save_proposal
from cnn.datasets.samples import Sample
from cnn.jobs.errors import JobError
from cnn.jobs.visitor_limits import check_disk
from cnn.naming import MAX_NAME_LENGTH
from cnn.rendering.images import paint_picture
from ui.loading.errors import as_text, show_error
from ui.state.selection import choose
from ui.state.session import DATA, DATA_VIEW, DATASET_NAME, PROPOSAL, SAVED_DATASET
from ui.state.visitor import owner
from ui.widgets.display import data_url

PARTS = ("Training", "Validation", "Test")
SIDE = 84  # pixels


def show_proposal(proposal: Proposal, key: str, name: str) -> None:
    """Show `proposal` of the files `key`, to be saved as `name` or another name."""
    accepted = _show_problems(proposal, key)
    for note in proposal.notes:
        st.caption(f":material/info: {as_text(note)}")
    st.header("Samples", anchor="samples")
    inverted = st.toggle(
        "Invert the pictures",
        value=proposal.dark_on_light,
        key=f"invert_{key}",
        help="Exchanges light and dark. MNIST's digits and the drawings on this app's canvas are "
        "light on dark.",
    )
    shown = proposal.inverted() if inverted else proposal
    _show_samples(shown.samples)
    st.header("Classes", anchor="classes")
    classes = _edit_classes(proposal, key)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name of the data set",
            value=name[:MAX_NAME_LENGTH],
            max_chars=MAX_NAME_LENGTH,
            key=DATASET_NAME.of(key).name,
            width=320,
        )
        clicked = st.button("Save as data set", type="primary", disabled=not accepted)
    if not accepted:
        st.caption("To save, agree above to leave out what cannot be used.")
    with st.container():
        if clicked:
            _save(shown, classes, name)


def _show_problems(proposal: Proposal, key: str) -> bool:
    """Show what is left out; returns whether the visitor agrees, or there is nothing."""
    if not proposal.problems:
        return True
    texts = "\n".join(f"- {as_text(each.text)}" for each in proposal.problems)
    count = int(proposal.counts.sum())
    with st.container(key="problems"):
        st.warning(f"Not everything can be used:\n{texts}", icon=":material/warning:")
        return st.checkbox(
            f"Use the rest: {count:,} pictures in {len(proposal.classes)} classes",
            key=f"accept_{key}",
        )


def _show_samples(samples: tuple[Sample, ...]) -> None:
    figures = []
    for each in samples:
        name = html.escape(each.class_name)
        images = "".join(
            f'<img alt="{name}, {text}" src="{data_url(paint_picture(picture, SIDE))}">'
            for picture, text in ((each.before, "as in the file"), (each.after, "28 x 28 pixels"))
        )
        figures.append(
            f'<figure style="width:{2 * SIDE + 4}px"><div class="pair">{images}</div>'
            f"<figcaption>{name}</figcaption></figure>"
        )
    st.caption("Left: as in the file. Right: 28 x 28 pixels, as the network sees it.")
    st.html(f'<div class="gallery">{"".join(figures)}</div>')


def _edit_classes(proposal: Proposal, key: str) -> list[str]:
    """Show the classes with their counts; returns their names, which can be changed."""
    st.caption("Select a name to change it.")
    counts = dict(zip(PARTS, proposal.counts.tolist(), strict=True))
    edited = st.data_editor(
        {"Class": list(proposal.classes), **counts},
        disabled=list(PARTS),
        hide_index=True,
        width=520,
        height="content" if len(proposal.classes) <= 12 else 400,
        column_config={
            "Class": st.column_config.TextColumn(required=True, width=200),
            **{part: st.column_config.NumberColumn(format="localized") for part in PARTS},
        },
        key=f"classes_{key}",
    )
    return [str(each) for each in edited["Class"]]


def _save(proposal: Proposal, classes: list[str], name: str) -> None:
    try:
        with st.spinner("Saving"):
            check_disk(owner())
            saved: Dataset = save_proposal(proposal.with_classes(classes), name, owner=owner())
    except (DataError, JobError) as error:
        show_error(str(error))
        return
    PROPOSAL.set(None)
    SAVED_DATASET.set(saved.id)
    choose(DATA, saved.id)
    choose(DATA_VIEW, "look")
    st.rerun()
