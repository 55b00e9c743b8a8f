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
import logging
import os
from pathlib import Path

from attrs import define

from ...._platform.files import closed, open_to_append
from ...operating.log import event
from ..accounts import SpendRow


__all__ = ["Journal"]

_LOG = logging.getLogger("ocr_async.gateway")
_NAMES = ("spend.0", "spend.1")
_MOST = 2**53  # of a number that was written here


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
    def open(cls, folder: Path, taken: int) -> tuple[Journal, list[SpendRow]]:
        """
        Return the journal in *folder*, and the rows in its lines with numbers above *taken*; blocks.

        A line that holds none, such as one torn by a power cut or a full disk, is told and passed over.

        Raises:
            OSError: Its files cannot be used.
        """
        found: dict[int, SpendRow] = {}
        numbers = []
        for name in _NAMES:
            numbers.append(open_to_append(folder / name))
            closed(folder / name)
            with open(folder / name, "rb") as file:
                for place, line in enumerate(file, 1):
                    if (told := _line(line)) is None:
                        event(_LOG, logging.WARNING, "journal_line_passed_over", file=name, line=place)
                    else:
                        found[told[0]] = told[1]
        left = [found[number] for number in sorted(found) if number > taken]
        return cls(max([taken, *found]), *numbers), left

    def write(self, row: SpendRow) -> None:
        """
        Write *row* as the next line.

        Raises:
            OSError: The disk is full.
        """
        self.last += 1
        facts = row.key_id, row.alias, row.model, row.day, row.requests, row.pages, row.usd
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


def _line(line: bytes) -> tuple[int, SpendRow] | None:
    try:
        told = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return None
    match told:
        case [int(number), str(key), str(alias), str(model), str(day), int(asked), int(pages), int() | float() as usd]:
            if all(0 <= value < _MOST for value in (number, asked, pages, usd)):
                return number, SpendRow(key, alias, model, day, asked, pages, usd)
    return None
