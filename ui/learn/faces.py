"""The last chapter of Learn: the notebook's network, trained on faces, slid over a picture."""

import hashlib
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn.faces.boxes import overlap, suppress
from cnn.faces.photographs import Photograph, read_photograph
from cnn.faces.pictures import SAMPLE, even_light, load_crops, load_packaged
from cnn.faces.sliding import LONGEST_SIDE, STEP, Windows, pyramid, slide, windows_of
from cnn.faces.training import STEPS, face_config, face_dataset, face_run
from cnn.faces.training_data import FACE, PARTS
from cnn.jobs.queue import start_training
from cnn.preprocessing.picture_decoding import PictureError
from cnn.rendering.box_picture import paint_boxes
from cnn.rendering.images import paint_sheet
from cnn.rendering.text import duration_text, percent, probability_text
from cnn.runs.run import Network, Run
from ui.loading.errors import as_text, show_error, show_errors_inline
from ui.loading.networks import recognizer_of
from ui.state.session import FACE_PICTURE, FACE_WINDOWS, RUN
from ui.state.uploads import count_upload
from ui.state.visitor import owner
from ui.widgets.display import show_code, show_picture
from ui.widgets.glossary import explain
from ui.widgets.links import show_page_link
from ui.widgets.live import PROGRESS_S, live_fragment
from ui.widgets.picture_input import (
    CAMERA_WIDTH,
    MAX_MEGABYTES,
    NO_CAMERA,
    TYPES,
    allows_camera,
)
from ui.widgets.run_progress import progress_status, tend_queue
from ui.widgets.waiting import ResultCache

SHEET_COLUMNS, SHEET_WIDTH = 10, 360  # of the samples; pixels
SHOWN_CROPS = 20
MOST_BOXES = 50  # that are drawn
THRESHOLD = 0.9
SOURCES = ("Sample", "Upload", "Camera")
_SAMPLE_WINDOWS = ResultCache(2)


def show_faces_step() -> DeltaGenerator:
    """Detection by sliding window: the training set, and the limits.

    Returns the container for `show_face_network`, which may wait for Keras.
    """
    st.header("7 · Detection with a sliding window", anchor="faces")
    st.markdown(
        "A network that classifies small images can find objects in large ones. A **window** of "
        f"28 x 28 pixels slides over the picture, {STEP} pixels at a time, and the network "
        "classifies each: *face* or *no face*. For larger faces, the picture is scaled down step "
        "by step (an **image pyramid**). Here the notebook's network does so, with two outputs; "
        "each window is first given the same mean and contrast."
    )
    _show_training_set()
    network = st.container()
    _show_limits()
    return network


def _show_training_set() -> None:
    st.markdown(
        "**Training set**: 100 faces and 100 images without one, 25 x 25 pixels, from the data set "
        "*Labeled Faces in the Wild*, as scikit-image ships them; enlarged to 28 x 28. "
        f"{PARTS['training']} of each are for training, in mirrored, shifted and turned copies, "
        f"{PARTS['held_out']} for validation and {PARTS['test']} for test. Added as *no face* are "
        "windows of pictures without one (textures, coins, printed text), those among them that "
        "earlier networks took for faces, and faces upside down or in part."
    )
    with st.container(horizontal=True, gap="medium"):
        for crops, what in zip(load_crops(), ("faces", "images without a face"), strict=True):
            sheet = paint_sheet(crops[:SHOWN_CROPS], SHEET_COLUMNS)
            caption = f"{SHOWN_CROPS} of 100 {what}, 28 x 28 pixels"
            show_picture(sheet, caption, SHEET_WIDTH)


@st.fragment
def show_face_network() -> None:
    """The training, and what its network finds. A fragment: the rest of the page is not rerun."""
    with show_errors_inline():
        run = face_run()
        state = run.state() if run else None
        with st.container(key="face_training", border=True):
            if run is None:
                st.markdown("There is no network for faces yet.")
            elif state.active:
                live_fragment(_show_progress, PROGRESS_S)(run)
            elif state.status == "finished":
                _show_result(run)
            else:
                show_error(f"Training {state.status}. {state.message}")
            if run is None or not state.active:
                _show_start("Train the network" if run is None else "Train again")
        if run and not state.active and state.status == "finished":
            _show_detection(Network(run, run.last_saved_epoch))


def _show_start(label: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(label, key="train_faces", icon=":material/play_arrow:"):
            with st.spinner("Making the training set", show_time=False):
                start_training(face_config(face_dataset()), owner=owner())
            st.rerun()
        st.caption(
            f"{STEPS:,} steps in a process of its own: less than a minute. The run and its data "
            "set are then also on Train, Data and Explore."
        )


def _show_progress(run: Run) -> None:
    state = run.state()
    if not state.active:
        st.rerun()
    tend_queue()
    st.progress(*progress_status(run, state))
    st.caption("Training goes on if you leave this page.")


def _show_result(run: Run) -> None:
    state = run.state()
    accuracy = state.test_accuracy
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if accuracy is not None:
            st.metric("Test accuracy", percent(accuracy), help=explain("accuracy"), width=150)
        with st.container(width="stretch", gap="xsmall"):
            st.caption(
                f"On {run.data.test_count} images that no update used, half of them faces. "
                f"Trained in {duration_text(state.elapsed_s or 0)}."
            )
            with st.container(horizontal=True):
                show_page_link("explore", "Open in Explore", {RUN.name: run.id})
                show_page_link("train", "Open in Train", {RUN.name: run.id})


def _show_detection(network: Network) -> None:
    """A picture, and what the network takes for faces in it."""
    source = st.segmented_control(
        "Picture", SOURCES, default=SOURCES[0], required=True, key="face_source"
    )
    photograph = _pick_photograph(source)
    st.caption(
        "A picture that you load or take goes to the program that runs this app, and nowhere else. "
        "It is kept in memory while it is shown, and written to no file."
    )
    threshold = st.slider(
        "Threshold",
        0.5,
        0.999,
        THRESHOLD,
        0.001,
        format="%.3f",
        key="face_threshold",
        help="The lowest probability of a box that is shown: a lower one finds more faces, and "
        "more that are none.  \n" + explain("image pyramid", "non-maximum suppression"),
    )
    place = st.container(key="face_answer")
    if photograph is None or source == SOURCES[0]:
        FACE_PICTURE.pop()  # the one before is forgotten
        FACE_WINDOWS.pop()
    if photograph is None:
        return
    with place:
        if photograph.note:
            st.info(as_text(photograph.note))
        windows = _classified(photograph, network, is_sample=source == SOURCES[0])
        _show_boxes(photograph, windows, threshold)
    show_code(pyramid, windows_of, even_light, slide, overlap, suppress)


def _pick_photograph(source: str) -> Photograph | None:
    if source == "Sample":
        return Photograph(load_packaged(SAMPLE))
    if source == "Camera" and not allows_camera(st.context.url):
        st.info(NO_CAMERA)
        return None
    if source == "Camera":
        file = st.camera_input(
            "Take a picture", key="face_camera", resolution="720p", width=CAMERA_WIDTH
        )
        name = "The photograph"
    else:
        file = st.file_uploader(
            "Upload a picture",
            type=TYPES,
            key="face_upload",
            max_upload_size=MAX_MEGABYTES,
            help="PNG, JPEG, HEIC, WebP, AVIF, TIFF, GIF or BMP.",
        )
        name = file.name if file else ""
    if file is None:
        return None
    known, photograph = FACE_PICTURE.get()
    if known != file.file_id:
        try:
            count_upload(PictureError)
            with st.spinner("Reading the picture"):
                photograph = read_photograph(file.getvalue(), name)
        except PictureError as error:
            show_error(str(error))
            return None
        FACE_PICTURE.set((file.file_id, photograph))
    return photograph


def _classified(photograph: Photograph, network: Network, is_sample: bool) -> Windows:
    """The probabilities of all windows, computed once for a picture and a network.

    Those of a visitor's picture are in the visitor's session, nowhere else.
    """
    picture = photograph.searched
    key = (hashlib.sha256(repr(picture.shape).encode() + picture.tobytes()).digest(), network)
    known, windows = FACE_WINDOWS.get()
    if known != key:
        windows = _SAMPLE_WINDOWS.get(key) or _slide(picture, network)
        if is_sample:
            _SAMPLE_WINDOWS.keep(key, windows)
        else:
            FACE_WINDOWS.set((key, windows))
    return windows


def _slide(picture: np.ndarray, network: Network) -> Windows:
    """Classify all windows of (h, w) uint8, with a progress bar."""
    recognizer, bar = recognizer_of(network), st.empty()
    windows = Windows(np.empty((0, 4), np.float32), np.empty(0, np.float32))
    for share, windows in slide(picture, partial(_face_probabilities, recognizer)):
        bar.progress(share, f"Windows classified: {len(windows.boxes):,}")
    bar.empty()
    return windows


def _face_probabilities(recognizer: Any, images: np.ndarray) -> np.ndarray:
    return recognizer.probabilities(even_light(images))[:, FACE]


def _show_boxes(photograph: Photograph, windows: Windows, threshold: float) -> None:
    picture, count = photograph.shown, len(windows.boxes)
    if not count:
        st.info("The picture is smaller than a window, 28 x 28 pixels: no face can be found.")
        return
    kept = suppress(windows.boxes, windows.probabilities, threshold)
    shown = kept[:MOST_BOXES]
    labels = [probability_text(float(windows.probabilities[each])) for each in shown]
    boxes = windows.boxes[shown] * photograph.factor
    found = f"{len(kept)} {'box' if len(kept) == 1 else 'boxes'}" if len(kept) else "No face found"
    alt = f"The picture. {found}" + f": {', '.join(labels[:5])}" * bool(labels)
    height, width = photograph.searched.shape
    caption = f"{count:,} windows in {width} x {height} pixels"
    show_picture(paint_boxes(picture, boxes, labels), caption, picture.shape[1], alt)
    highest = probability_text(float(windows.probabilities.max()))
    if not len(kept):
        st.info(f"**No face found.** The highest probability of a window is {highest}.")
    else:
        st.markdown(
            f"**{found}** of {int(np.sum(windows.probabilities >= threshold)):,} windows above the "
            "threshold: of overlapping ones, only the most probable is kept "
            "(**non-maximum suppression**)."
            + f" The {MOST_BOXES} most probable are drawn."
            * (len(kept) > MOST_BOXES)
        )


def _show_limits() -> None:
    st.markdown(
        f"**Where it fails.** The accuracy is measured on {2 * PARTS['test']} small images; a "
        f"picture of {LONGEST_SIDE} pixels has more than 13,000 windows, so even one mistake in "
        "1,000 gives many false boxes. Expect them on buttons, text and patterns. Faces that "
        "are turned, partly covered, or smaller than 28 pixels are missed, "
        f"measured after the picture is scaled down to {LONGEST_SIDE} pixels. The training "
        "sets of detectors in use have a thousand times as many images.\n\n"
        "**Whom it fails.** A network is only as good as its training set is varied. *Labeled "
        "Faces in the Wild* shows mostly light-skinned men. Joy Buolamwini and Timnit Gebru "
        "(*Gender Shades*, 2018) tested three commercial systems that classify faces by gender: "
        "for light-skinned men at most 0.8 % were wrong, for dark-skinned women up to 34.7 %. A "
        "single accuracy hides this: it must be measured for each group before such a system is "
        "used. For that, 30 test faces are far too few."
    )
