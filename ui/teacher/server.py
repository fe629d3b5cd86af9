"""What the server does, in figures: who is on, what trains and waits, memory, disk and limits."""

import shutil
from pathlib import Path

import psutil
import streamlit as st
from streamlit import runtime

from cnn.datasets.catalog import datasets_path
from cnn.jobs.errors import JobError
from cnn.jobs.executor import current_executor
from cnn.jobs.queue import active_runs
from cnn.jobs.visitor_limits import folder_bytes
from cnn.limits import EPOCHS, MEGABYTES, RUNS, UPLOADS
from cnn.runs.run import runs_path
from ui.loading.errors import show_errors_inline
from ui.widgets.live import LIST_S, live_fragment

GB = 1e9  # bytes
SESSIONS = "active_sessions"  # Streamlit's name of that figure


def show_server() -> None:
    """Show the figures of the server, updated every few seconds, and the limits of visitors."""
    live_fragment(_show_figures, LIST_S)()
    with st.expander("Limits of each visitor", icon=":material/tune:"), show_errors_inline():
        _show_limits()


def _show_figures() -> None:
    with st.container(horizontal=True, key="server_figures"), show_errors_inline():
        active = active_runs()
        training = sum(run.state().training for run in active)
        memory, disk = psutil.virtual_memory(), shutil.disk_usage(_existing(runs_path()))
        used = _used_bytes() / GB
        server = psutil.Process().memory_info().rss
        figures = {
            "Open tabs": (
                f"{_sessions()}",
                "Browser tabs that are connected to this server, yours included.",
            ),
            "Training": (
                f"{training} of {current_executor().slots(runs_path())}",
                "Runs that are trained, of those that can be at once (CNN_MAX_PARALLEL).",
            ),
            "Waiting": (f"{len(active) - training}", "Runs in the queue."),
            "Memory free": (
                f"{memory.available / GB:.1f} GB",
                f"Of {memory.total / GB:.0f} GB. This server takes {server / GB:.1f} GB, and each "
                "training about 1 GB.",
            ),
            "Disk free": (
                f"{disk.free / GB:.0f} GB",
                f"Of {disk.total / GB:.0f} GB. Runs and data sets take {used:.2f} GB.",
            ),
        }
        for label, (value, help_text) in figures.items():
            st.metric(label, value, help=help_text, border=True, width="stretch")


def _sessions() -> int:
    if not runtime.exists():  # in a test, without a server
        return 0
    stats = runtime.get_instance().stats_mgr.get_stats([SESSIONS])
    return sum(each.value for each in stats.get(SESSIONS, ()))


def _existing(folder: Path) -> Path:
    """The folder, or the first above it that exists, which is on the same disk."""
    folder = folder.resolve()
    return next(each for each in (folder, *folder.parents) if each.exists())


@st.cache_data(ttl=20, show_spinner=False)
def _used_bytes() -> int:
    return folder_bytes(runs_path()) + folder_bytes(datasets_path())


def _show_limits() -> None:
    limits = {
        "Runs that are kept": (RUNS, ""),
        "Epochs of a run": (EPOCHS, ""),
        "Runs and data sets on disk": (MEGABYTES, " MB"),
        "Uploaded files": (UPLOADS, " a minute"),
    }
    st.table(
        {
            "Limit": list(limits),
            "Value": [f"{limit.get(JobError):,}{unit}" for limit, unit in limits.values()],
            "Set by": [f"`{limit.variable}`" for limit, _ in limits.values()],
        },
        border="horizontal",
        hide_index=True,
    )
    st.caption("They are set in the environment of the server, before it starts.")
