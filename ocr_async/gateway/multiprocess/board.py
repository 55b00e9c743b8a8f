"""
Numbers that all processes of a gateway see: a few bytes of memory that they share, in which each writes its own alone.

So a request is counted without asking anybody, and no lock is held by a process that is killed.
"""

from __future__ import annotations

import mmap
import os
import tempfile

from attrs import define, field

from ..load import Load


__all__ = ["Board", "Place", "SharedLoad"]

_WORKING, _CONNECTIONS, _TAKEN = range(3)
_NUMBERS = 8  # of one place, of eight bytes each: a cache line


class Board:
    """
    The memory, as one process maps it.

    Args:
        descriptor: Of its file; it is this one's from now on.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._numbers = memoryview(mmap.mmap(descriptor, 0)).cast("q")
        self.places = len(self._numbers) // _NUMBERS

    @classmethod
    def new(cls, places: int) -> Board:
        """Return one with room for so many processes at once."""
        with tempfile.TemporaryFile() as file:
            os.ftruncate(file.fileno(), places * _NUMBERS * 8)
            return cls(os.dup(file.fileno()))

    def take(self) -> int:
        """
        Return a place that no process has, empty.

        Raises:
            RuntimeError: There is none.
        """
        for place in range(self.places):
            if not self._numbers[place * _NUMBERS + _TAKEN]:
                self._numbers[place * _NUMBERS + _TAKEN] = 1
                return place
        raise RuntimeError("there are more processes than places for them")

    def clear(self, place: int) -> None:
        """Let others have *place*, whose process has ended."""
        for number in range(_NUMBERS):
            self._numbers[place * _NUMBERS + number] = 0

    def get(self, place: int, what: int) -> int:
        """Return a number of *place*."""
        return self._numbers[place * _NUMBERS + what]

    def put(self, place: int, what: int, value: int) -> None:
        """Write a number of *place*."""
        self._numbers[place * _NUMBERS + what] = value

    def working(self) -> int:
        """Return how many calls all processes are working on."""
        return sum(self.get(place, _WORKING) for place in range(self.places))


@define(eq=False)
class Place:
    """What one process writes, and what it sees of the others."""

    board: Board
    number: int

    def connections(self, count: int) -> None:
        """Say how many connections this process has."""
        self.board.put(self.number, _CONNECTIONS, count)

    def leave(self) -> None:
        """Take no more connections."""
        self.board.put(self.number, _TAKEN, 1)

    def has_more(self) -> bool:
        """Whether this process has more connections than another one that takes them."""
        own, board = self.board.get(self.number, _CONNECTIONS), self.board
        for place in range(board.places):
            if place != self.number and board.get(place, _TAKEN) == 2 and board.get(place, _CONNECTIONS) < own:
                return True
        return False

    def listen(self) -> None:
        """Say that this process takes connections."""
        self.board.put(self.number, _TAKEN, 2)


@define(eq=False)
class SharedLoad(Load):
    """The calls of one process among several."""

    place: Place = field(kw_only=True)

    @property
    def of_all(self) -> int:
        return self.place.board.working()

    def begin(self) -> None:
        Load.begin(self)
        self.place.board.put(self.place.number, _WORKING, self.working)

    def end(self) -> None:
        Load.end(self)
        self.place.board.put(self.place.number, _WORKING, self.working)
