"""The disks that a job writes to: swept of what a killed run left, and looked at before anything is paid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import anyio
import anyio.to_thread
from attrs import define

from .._platform import disks
from .pausing import Paused
from .schema import FOLDER
from .store.files import sweep
from .store.port import Store


__all__ = ["Disks"]

_RESERVE = 1024 * 1024  # bytes that a disk keeps free, to close cleanly
_PAGE = 64 * 1024  # bytes that a page's results may take
_FRESH = 0.1  # seconds for which a look counts: far less is written meanwhile than is kept free


@define(eq=False)
class Disks:
    """
    Those of one job.

    Attributes:
        out: Where results go.

        folder: Of the ledger.

        copies: Where documents are copied to while they are read.
    """

    out: Store
    folder: Path
    copies: Path
    _seen: float = -math.inf
    _free: Sequence[tuple[str, int]] = ()

    def sweep(self) -> None:
        """Delete what a killed run left half written; nobody else writes meanwhile. Blocks."""
        self.out.sweep()
        for folder in (self.folder / FOLDER, self.copies):
            sweep(folder)

    async def look(self, pages: int, under_way: int) -> None:
        """
        Look whether there is room for *pages*, besides those *under way*.

        Raises:
            Paused: There is not.
        """
        if anyio.current_time() - self._seen > _FRESH:
            self._free = await anyio.to_thread.run_sync(self._look)
            self._seen = anyio.current_time()
        for where, free in self._free:
            if free < _RESERVE + _PAGE * (pages + under_way) // 8:
                raise Paused(f"the disk of {where} has only {free / 1e6:.1f} MB left")

    def _look(self) -> list[tuple[str, int]]:
        found = ((self.out.shown(""), self.out.free()), (str(self.folder), disks.free(self.folder)))
        return [(where, free) for where, free in found if free is not None]
