"""The one error of this package."""


class NetworkError(ValueError):
    """A network cannot be read or used; `problems` are sentences, the message is all of them."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems
