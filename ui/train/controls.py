"""The buttons that pause, continue and stop a training."""

from collections.abc import Callable

import streamlit as st

from cnn.disk import disk_reason
from cnn.jobs.errors import JobError
from cnn.runs.pausing import pause_after, request_continue, request_pause, request_step
from cnn.runs.run import Run
from ui.loading.errors import show_errors_inline
from ui.state.permission import OTHERS, check_may_change, may_change
from ui.widgets.trainings import show_stop


def show_controls(run: Run, training: bool, live: bool) -> None:
    """Show the buttons for `run`, which is `training`, or only queued but `live`, or has ended.

    All are always there, in the same places, so that a second click never meets the opposite;
    those of another visitor's run are disabled. They must not be inside of a live fragment, where
    they would be redrawn, and lose clicks.
    """
    paused = training and pause_after(run) is not None
    mine = may_change(run.path)
    steps = run.config.steps_per_execution
    at_a_time = "one batch" if steps == 1 else f"{steps} batches, which are computed at once"
    for label, request, help_text, enabled in (
        ("Pause", request_pause, "Waits after the current batch.", training and not paused),
        ("Continue", request_continue, "Ends the pause.", paused),
        (
            "One step" if steps == 1 else f"{steps} steps",
            request_step,
            f"Trains {at_a_time}, then pauses again.",
            paused,
        ),
    ):
        st.button(
            label,
            key=request.__name__,
            help=help_text if mine else OTHERS,
            on_click=_request,
            args=(run, request),
            disabled=not (enabled and mine),
        )
    show_stop(run, "stop", disabled=not live)


def _request(run: Run, request: Callable[[Run], None]) -> None:
    with show_errors_inline():
        check_may_change(run.path)
        try:
            request(run)
        except FileNotFoundError:  # the run was just deleted
            pass
        except OSError as error:
            raise JobError(
                f"Run {run.id} cannot be paused or continued: {disk_reason(error)}"
            ) from None
