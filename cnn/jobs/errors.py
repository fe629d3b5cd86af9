"""The error of `cnn.jobs`."""


class JobError(RuntimeError):
    """A training could not be started or stopped; the message is a sentence that says why."""
