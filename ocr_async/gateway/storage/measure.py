"""What is measured of a file on its way in, piece by piece."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from contextlib import aclosing
from pathlib import Path

from attrs import define, field

from .pieces import pieces_of


__all__ = ["Measured"]

_HEAD = 65_536  # bytes of a file kept to tell its type


@define(eq=False, kw_only=True)
class Measured(ABC):
    """
    A file on its way in.

    Attributes:
        lines: That are not blank.

        head: The first 64 KiB.
    """

    lines: int = field(default=0, init=False)
    head: bytes = field(default=b"", init=False, repr=False)
    _digest: hashlib._Hash = field(factory=hashlib.sha256, init=False)
    _in_line: bool = field(default=False, init=False)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    @abstractmethod
    async def write(self, data: bytes | bytearray) -> None:
        """Add *data*."""

    @abstractmethod
    async def finish(self) -> None:
        """Have all of it written."""

    async def fill(self, data: memoryview | Path) -> None:
        """Have *data*, or what the file there has, written, and nothing else."""
        async with aclosing(pieces_of(data)) as pieces:
            async for piece in pieces:
                await self.write(piece)
        await self.finish()

    def measure(self, data: bytes | bytearray) -> None:
        """Take in the next piece."""
        self._digest.update(data)
        if len(self.head) < _HEAD:
            self.head += bytes(data[: _HEAD - len(self.head)])
        *ended, last = data.split(b"\n")
        for line in ended:
            self.lines += self._in_line or bool(line.strip())
            self._in_line = False
        self._in_line = self._in_line or bool(last.strip())

    def end_measuring(self) -> None:
        """There is no more: what was not ended by a line feed is a line, too."""
        self.lines += self._in_line
        self._in_line = False
