"""What an executor is: it reads some pages of one document, and hands each over when it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, Self

from attrs import frozen

from ..._api import OCR
from ...errors import EngineError
from ...events import Event
from ...models import FileOnDisk, OCRResponse


__all__ = ["Again", "Changed", "Executor", "Keeper", "ReaderDied", "Reading"]


class ReaderDied(EngineError):
    """The process that read a document died, and other documents may have been read in it."""


class Again(Exception):
    """What is still missing has to be asked for again; nothing was wrong with the document."""


class Changed(Exception):
    """The document is another one than was noted."""


@frozen
class Reading:
    """
    What is to be read.

    Attributes:
        item: Its number in the ledger.

        size: The document's bytes, when it was noted.

        mtime: Its time then, in nanoseconds.

        pages: Those that are wanted, from 0; None for all.

        price: US dollars that a page costs, as far as that is known.
    """

    item: int
    document: FileOnDisk
    size: int
    mtime: int
    pages: Sequence[int] | None
    price: float | None
    client: OCR


class Keeper(Protocol):
    """Who takes the pages."""

    def keep(self, number: int, body: Callable[[], bytes]) -> None:
        """Take a page; *body* makes its JSON."""

    async def flush(self) -> None:
        """Have the pages that were taken written down, now."""

    def observe(self, event: Event) -> None:
        """Take note of what happens meanwhile, where it happens in this process."""


class Executor(Protocol):
    """
    Reads documents, once it is entered.

    Attributes:
        documents: How many it can read at once.
    """

    @property
    def documents(self) -> int: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def read(self, reading: Reading, keeper: Keeper) -> OCRResponse:
        """
        Return what was read; its pages were handed to *keeper* before, as they came.

        Raises:
            OCRError: It cannot be read, or has to be asked for again.
            Again: Some pages were not read, for no fault of the document's.
            ReaderDied: Whoever read it died.
            Changed: It changed meanwhile.
            Paused: There is nobody any more to read it.
        """
        ...
