"""Who may change a run or a data set: its owner, and the teacher."""

from pathlib import Path

from cnn.jobs.errors import JobError
from cnn.ownership import NOBODY, read_owner
from ui.state.teacher import has_teacher, is_teacher
from ui.state.visitor import owner

OTHERS = "Only whoever started or saved this, and the teacher, may do that."


def is_mine(path: Path) -> bool:
    """Whether the run or data set in the folder `path` is this visitor's."""
    return read_owner(path) == owner()


def may_change(path: Path) -> bool:
    """Whether this visitor may stop, rename or delete the run or data set in the folder `path`.

    What has no owner, as from the command line, everybody may change, unless there is a teacher.
    """
    found = read_owner(path)
    return found == owner() or is_teacher() or (found == NOBODY and not has_teacher())


def check_may_change(*paths: Path) -> None:
    """Raise JobError unless this visitor may change all of `paths`, as a button may be outdated."""
    if not all(map(may_change, paths)):
        raise JobError(OTHERS)
