"""What is wrong with parts of a file: sentences, counted by kind; the first of each are kept."""

from typing import NamedTuple

SHOWN_PER_KIND = 5


class Problem(NamedTuple):
    """What is left out or joined, `count` times; `sentences` are about the first of them."""

    kind: str  # "unreadable", "size", "place", "class" or "name"
    sentences: tuple[str, ...]
    count: int

    @property
    def text(self) -> str:
        """All of its sentences, and how many more there are."""
        more = self.count - len(self.sentences)
        rest = [f"And {more:,} more like {'it' if self.count == 2 else 'these'}."] if more else []
        return " ".join([*self.sentences, *rest])


class Problems:
    """Collects problems while a file is read."""

    def __init__(self) -> None:
        self._sentences: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def add(self, kind: str, sentence: str) -> None:
        """Count a problem; only the first SHOWN_PER_KIND sentences of a kind are kept."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        kept = self._sentences.setdefault(kind, [])
        if len(kept) < SHOWN_PER_KIND:
            kept.append(sentence)

    def listed(self) -> tuple[Problem, ...]:
        """Return the problems, one for each kind."""
        return tuple(
            Problem(kind, tuple(sentences), self._counts[kind])
            for kind, sentences in self._sentences.items()
        )
