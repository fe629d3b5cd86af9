"""Limits of each visitor, for a server that many share: whole numbers in the environment."""

import os
from dataclasses import dataclass

from cnn.config import BOUNDS


@dataclass(frozen=True)
class Limit:
    """A number, from 1: `default`, unless `variable` in the environment has another."""

    variable: str
    default: int

    def get(self, error: type[Exception]) -> int:
        """Return the number. Raises `error` if the environment has something else."""
        text = os.environ.get(self.variable, "").strip() or str(self.default)
        if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
            raise error(f"{self.variable} is {text[:20]!r}; it must be a whole number from 1.")
        return int(text)


RUNS = Limit("CNN_MAX_RUNS", 200)  # that are kept
EPOCHS = Limit("CNN_MAX_EPOCHS", BOUNDS["epochs"].high)  # of a run
MEGABYTES = Limit("CNN_MAX_MEGABYTES", 5000)  # 10^6 bytes: of runs and data sets, also deleted ones
UPLOADS = Limit("CNN_MAX_UPLOADS", 300)  # files a minute
