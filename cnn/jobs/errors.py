"""The error of a training that could not be started or stopped."""


class JobError(RuntimeError):
    """A training could not be started or stopped; the message is a sentence that says why."""
