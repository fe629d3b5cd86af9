"""How a training can end early. Without Keras, so that a worker can import it before it loads."""


class TrainingStopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """A stop was requested; what was recorded until then is kept."""


class TrainingDiverged(RuntimeError):  # noqa: N818 - named as TrainingStopped is
    """The loss became NaN or infinite; the message says what to change."""

    def __init__(self, step: int, learning_rate: float) -> None:
        super().__init__(
            f"The loss became NaN or infinite at step {step:,} (the training diverged): lower the "
            f"learning rate, which was {learning_rate:g}, and train again."
        )
