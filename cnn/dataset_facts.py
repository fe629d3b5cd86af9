"""What a training knows of its data set without reading it: names, counts and checksum.

A configuration carries these facts, so that it can be checked, and a page can label predictions,
even if the data set has been deleted.
"""

import re
from dataclasses import dataclass, fields
from typing import Any

from cnn.constants import CLASSES, HELD_OUT_DIGITS, TEST_IMAGES, TRAINING_IMAGES

MNIST_ID = "mnist"
MOST_CLASSES = 50  # of a network's last layer


@dataclass(frozen=True)
class DatasetFacts:
    """A data set as it was when a training was configured. Raises ValueError if it cannot be."""

    id: str
    name: str  # one line of any text
    classes: tuple[str, ...]  # names, in the order of the labels 0, 1, ...; any text
    training_count: int  # pictures for training, with those held out
    held_out: int  # how many of them, the last, are for validation and calibration
    test_count: int
    checksum: str  # SHA-256 of its arrays, hexadecimal

    def __post_init__(self) -> None:
        counts = (self.training_count, self.held_out, self.test_count)
        texts = (self.id, self.name, self.checksum, *self.classes)
        valid = (
            all(isinstance(each, str) and each for each in texts)
            and all(isinstance(each, int) for each in counts)
            and 2 <= len(set(self.classes)) == len(self.classes) <= MOST_CLASSES
            and 0 < self.held_out < self.training_count
            and self.test_count > 0
            and re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", self.id)
            and re.fullmatch(r"[0-9a-f]{64}", self.checksum)
        )
        if not valid:
            raise ValueError("The description of the data set is not valid.")

    @property
    def is_mnist(self) -> bool:
        """Whether these are MNIST's digits, for which the app has more than pictures."""
        return self.id == MNIST_ID

    @property
    def noun(self) -> str:
        """What one of its pictures is called."""
        return "digit" if self.is_mnist else "picture"

    @property
    def nouns(self) -> str:
        """What its pictures are called."""
        return f"{self.noun}s"

    @property
    def fewest(self) -> int:
        """The fewest pictures that a training takes: 100, or all that are not held out if fewer."""
        return min(100, self.training_count - self.held_out)

    @classmethod
    def from_dict(cls, values: Any) -> "DatasetFacts":
        """Inverse of `dataclasses.asdict`. Raises ValueError if `values` are not valid."""
        try:
            known = {each.name: values[each.name] for each in fields(cls)}
            known["classes"] = tuple(known["classes"])
            return cls(**known)
        except (KeyError, TypeError):
            raise ValueError("The description of the data set is not valid.") from None


MNIST_FACTS = DatasetFacts(
    id=MNIST_ID,
    name="MNIST",
    classes=tuple(map(str, range(CLASSES))),
    training_count=TRAINING_IMAGES,
    held_out=HELD_OUT_DIGITS,
    test_count=TEST_IMAGES,
    checksum="796354bf1a5bdb3f752e23f487245288f2c35b1e0bc343e07448cffbb5f56624",
)
