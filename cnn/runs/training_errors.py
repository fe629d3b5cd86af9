"""Exceptions that end a training early. Imports no Keras, so that a worker starts quickly."""


class TrainingStopped(Exception):  # noqa: N818 - not an error: a stop was requested
    """A stop was requested; what was recorded so far is kept."""


class TrainingDiverged(RuntimeError):  # noqa: N818 - named like TrainingStopped
    """The loss became NaN or infinite; the message says what to change."""

    def __init__(self, step: int, learning_rate: float) -> None:
        super().__init__(
            f"The loss became NaN or infinite at step {step:,} (the training diverged): lower the "
            f"learning rate, which was {learning_rate:g}, and train again."
        )
