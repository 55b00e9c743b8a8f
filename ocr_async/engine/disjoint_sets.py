"""Which of many things belong together, told pair by pair."""

from __future__ import annotations


__all__ = ["DisjointSets"]


class DisjointSets:
    """Numbers in sets, each in one of its own until that is joined with another (union-find with path halving)."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def find(self, number: int) -> int:
        """Return the number that stands for the set of *number*."""
        above = self._above
        while (next_one := above.get(number, number)) != number:
            above[number] = above.get(next_one, next_one)
            number = above[number]
        return number

    def join(self, one: int, other: int) -> None:
        """Make the sets of both one set, for which stands what stood for that of *one*."""
        first, second = self.find(one), self.find(other)
        if first != second:
            self._above[second] = first
