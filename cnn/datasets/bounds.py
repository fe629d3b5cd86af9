"""How much a data set may hold, and how its size is written in messages."""

from cnn.data.mnist import DataError

MAX_BYTES = 200_000_000  # of the files together, and of what they unpack to
MAX_PICTURES = 200_000
MIN_CLASSES, MAX_CLASSES = 2, 50
# Of a class, so that it can be divided into pictures for training, validation and test.
MIN_PICTURES_PER_CLASS = 5
MAX_CLASS_NAME_LENGTH = 40  # characters


def size_text(count: int) -> str:
    """Return a number of bytes in words, such as "1.5 MB" or "812 bytes"."""
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count:,} bytes"


def check_size(count: int, what: str) -> None:
    """Raise DataError if `count` bytes are more than MAX_BYTES; `what` begins the sentence."""
    if count > MAX_BYTES:
        raise DataError(f"{what} {size_text(count)}; at most {size_text(MAX_BYTES)} are accepted.")


def check_picture_count(count: int, name: str) -> None:
    """Raise DataError if the file `name` has no pictures, or more than MAX_PICTURES."""
    if not count:
        raise DataError(f"{name} has no pictures.")
    if count > MAX_PICTURES:
        raise DataError(
            f"{name} has {count:,} pictures; at most {MAX_PICTURES:,} are accepted. Leave some out."
        )


def check_class_count(count: int, name: str, found: str = "") -> None:
    """Raise DataError unless the file `name` has 2 to 50 classes; `found` is a further sentence."""
    if not MIN_CLASSES <= count <= MAX_CLASSES:
        classes = {0: "no classes", 1: "only one class"}.get(count, f"{count:,} classes")
        message = f"{name} has {classes}; {MIN_CLASSES} to {MAX_CLASSES} are expected. {found}"
        raise DataError(message.strip())
