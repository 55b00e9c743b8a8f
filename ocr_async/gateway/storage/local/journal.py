"""
What was spent and is not in SQLite yet: a line a request, in two files that take turns.

A line is in the kernel's hands when `Journal.write` returns, so it outlives the process however that ends, for 6 µs a
request; a transaction for each would be 15 µs, and to wait for the thread that commits it 52 (measured 2026-11-20). A
power cut takes what was not in SQLite yet.

Each line has a number. SQLite takes lines in together with the number of the last of them, so that each is taken once,
whenever the process ends; then the file that holds them is emptied, while new ones go to the other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import define

from ...._platform.files import closed, open_to_append


__all__ = ["Journal"]

_NAMES = ("spend.0", "spend.1")


@define(eq=False)
class Journal:
    """
    Attributes:
        last: Number of the last line.
    """

    last: int
    _in_use: int
    _other: int

    @classmethod
    def open(cls, folder: Path, taken: int) -> tuple[Journal, list[Sequence[Any]]]:
        """
        Return the journal in *folder*, and what its lines with numbers above *taken* hold; blocks.

        Raises:
            OSError: Its files cannot be used.
        """
        found: dict[int, Sequence[Any]] = {}
        numbers = []
        for name in _NAMES:
            numbers.append(open_to_append(folder / name))
            closed(folder / name)
            with open(folder / name, "rb") as file:
                found |= dict(_line(line) for line in file if line.endswith(b"\n"))
        left = [found[number] for number in sorted(found) if number > taken]
        return cls(max([taken, *found]), *numbers), left

    def write(self, facts: Sequence[Any]) -> None:
        """
        Write *facts*, plain values, as the next line.

        Raises:
            OSError: The disk is full.
        """
        self.last += 1
        line = json.dumps([self.last, *facts]).encode() + b"\n"
        if os.write(self._in_use, line) < len(line):
            os.write(self._in_use, b"\n")  # or the next line would be torn with this one

    def rotate(self) -> int:
        """Let the next lines go to the other file, if that is empty; return the last one's number."""
        if not os.fstat(self._other).st_size:
            self._in_use, self._other = self._other, self._in_use
        return self.last

    def forget(self) -> None:
        """Empty the file that is not in use; all its lines have been taken."""
        os.ftruncate(self._other, 0)

    def close(self) -> None:
        """Close the files."""
        os.close(self._in_use)
        os.close(self._other)


def _line(line: bytes) -> tuple[int, Sequence[Any]]:
    try:
        number, *facts = json.loads(line)
        return int(number), facts
    except (ValueError, TypeError):
        return 0, ()  # torn, by a power cut or a full disk; 0 was taken long ago
