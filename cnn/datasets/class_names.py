"""Names of classes: two to fifty, short, visible and distinct."""

from collections import Counter
from collections.abc import Sequence

from cnn.data.mnist import DataError
from cnn.datasets.bounds import MAX_CLASS_NAME_LENGTH, check_class_count
from cnn.naming import clean_name


def check_class_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return `names`, each after `clean_name`.

    Raises DataError unless there are 2 to 50, each is visible and short, and all are distinct.
    """
    check_class_count(len(names), "The data set")
    cleaned = tuple(map(clean_name, names))
    if "" in cleaned:
        raise DataError(f"Class {cleaned.index('') + 1} has no name.")
    if long := [each for each in cleaned if len(each) > MAX_CLASS_NAME_LENGTH]:
        raise DataError(
            f"The class name {long[0][:20]}… has {len(long[0]):,} characters; at most "
            f"{MAX_CLASS_NAME_LENGTH} are accepted."
        )
    name, times = Counter(cleaned).most_common(1)[0]
    if times > 1:
        raise DataError(f"{times} classes have the name {name}; the names must be distinct.")
    return cleaned


def shown_class_name(text: str) -> str:
    """Return `text` from a file as the name of a class: `clean_name`, shortened if it is long."""
    name = clean_name(text[: 10 * MAX_CLASS_NAME_LENGTH])
    shortened = f"{name[: MAX_CLASS_NAME_LENGTH - 1]}…"
    return name if len(name) <= MAX_CLASS_NAME_LENGTH else shortened
