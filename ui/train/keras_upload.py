"""Opens a `.keras` file of the visitor's own as a run."""

import streamlit as st

from cnn.jobs.errors import JobError
from cnn.jobs.importing import import_network
from cnn.networks.errors import NetworkError
from cnn.networks.keras_file import MOST_BYTES, read_keras_file
from cnn.runs.run import Run
from ui.loading.errors import as_text, show_errors_inline
from ui.loading.warmup import wait_until_loaded
from ui.state.selection import choose, watch
from ui.state.session import KERAS_FILE, KERAS_PROBLEMS, KERAS_UPLOADS, RUN, SETTINGS_OPEN
from ui.state.uploads import count_upload
from ui.state.visitor import owner

# With .h5, the older format gets its sentence.
TYPES = [".keras", ".h5", ".hdf5"]


def open_keras_file() -> None:
    """Show a button for a `.keras` file, which becomes a run; then show that run.

    It is a part of the settings, and hidden with them.
    """
    place = st.container()  # always there, so that what follows keeps its place
    if SETTINGS_OPEN.get() is False:
        return
    with place, st.popover("Open a .keras file", icon=":material/upload_file:"):
        st.markdown(
            'A network of your own, saved by Keras 3 with `model.save("name.keras")`: images '
            "(28, 28, 1) with values from 0 to 1, ten classes, the layers of the editor. Nothing "
            "in it is run."
        )
        file = st.file_uploader(
            "File",
            type=TYPES,
            max_upload_size=-(-MOST_BYTES // 2**20),
            key=KERAS_FILE.of(str(KERAS_UPLOADS.get())).name,
        )
        with show_errors_inline():
            if file is not None and KERAS_PROBLEMS.get()[0] != file.file_id:
                _open(file)
        if file is not None:
            _show_problems(KERAS_PROBLEMS.get()[1])


def _open(file) -> None:
    """Import `file`, an `UploadedFile`, and show its run; or keep what is wrong with it."""
    bar = st.progress(0.0, "Reading the file")
    try:
        count_upload(JobError)
        found = read_keras_file(file.getvalue())
        wait_until_loaded()
        run = import_network(found, file.name, on_progress=bar.progress, owner=owner())
    except (JobError, NetworkError) as error:
        problems = error.problems if isinstance(error, NetworkError) else (str(error),)
        KERAS_PROBLEMS.set((file.file_id, tuple(problems)))
        bar.empty()
    else:
        _show(run)


def _show(run: Run) -> None:
    KERAS_UPLOADS.set(KERAS_UPLOADS.get() + 1)  # the next file gets an empty uploader
    KERAS_PROBLEMS.pop()
    SETTINGS_OPEN.set(False)
    choose(RUN, run.id)
    watch(run)
    st.rerun()


def _show_problems(problems: tuple[str, ...]) -> None:
    bullet = "- " if len(problems) > 1 else ""
    if problems:
        st.error("\n".join(f"{bullet}{as_text(each)}" for each in problems))
