"""The disks that a job writes to: swept of what a killed run left, and looked at before anything is paid."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from .._platform import disks
from .pausing import Paused
from .schema import FOLDER
from .store.files import sweep
from .store.port import Store


__all__ = ["Disks"]

_RESERVE = 1024 * 1024  # bytes that a disk keeps free, to close cleanly
_PAGE = 64 * 1024  # bytes that a page's results may take


@frozen
class Disks:
    """
    Those of one job; the methods block.

    Attributes:
        out: Where results go.

        folder: Of the ledger.

        copies: Where documents are copied to while they are read.
    """

    out: Store
    folder: Path
    copies: Path

    def sweep(self) -> None:
        """Delete what a killed run left half written; nobody else writes meanwhile."""
        self.out.sweep()
        for folder in (self.folder / FOLDER, self.copies):
            sweep(folder)

    def look(self, pages: int, under_way: int) -> None:
        """
        Look whether there is room for *pages*, besides those *under way*.

        Raises:
            Paused: There is not.
        """
        for where, free in ((self.out.shown(""), self.out.free()), (str(self.folder), disks.free(self.folder))):
            if free is not None and free < _RESERVE + _PAGE * (pages + under_way) // 8:
                raise Paused(f"the disk of {where} has only {free / 1e6:.1f} MB left")
