"""Limits the files that a visitor uploads within a minute (`cnn.limits.UPLOADS`)."""

import time
from collections import defaultdict

from cnn.limits import UPLOADS
from ui.state.visitor import visitor_id

WITHIN_S = 60.0
_uploads: dict[str, list[float]] = defaultdict(list)  # when, by visitor; on this server


def count_upload(error: type[Exception]) -> None:
    """Count a file that this visitor has uploaded, before it is read.

    Raises `error`, with a sentence, if there were too many within the last minute.
    """
    now, most = time.monotonic(), UPLOADS.get(error)
    for visitor, times in list(_uploads.items()):
        if times and now - times[-1] > WITHIN_S:
            del _uploads[visitor]
    recent = [each for each in _uploads[visitor_id()] if now - each < WITHIN_S]
    if len(recent) >= most:
        wait_s = max(1, round(WITHIN_S - (now - recent[0])))
        raise error(
            f"You have uploaded {len(recent)} files within a minute, as many as this server "
            f"allows. Try again in {wait_s} s."
        )
    _uploads[visitor_id()] = [*recent, now]
