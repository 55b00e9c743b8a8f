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
        while number in above:
            next_one = above[number]
            if next_one not in above:
                return next_one
            above[number] = number = above[next_one]
        return number

    def join(self, one: int, other: int) -> None:
        """Make the sets of both one set, for which stands what stood for that of *one*."""
        first, second = self.find(one), self.find(other)
        if first != second:
            self._above[second] = first
