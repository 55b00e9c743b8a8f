"""How many documents of a stream are under way at once: as many as keep the provider busy and fit into memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
from attrs import define, field

from ..models import Bytes
from ..transport.patience import Patience


__all__ = ["DocumentWindow", "in_memory"]

_LEAST, _MOST = 64, 1024  # documents
_BYTES = 64 * 1024 * 1024


@define(kw_only=True, eq=False)
class DocumentWindow:
    """
    The documents under way: twice as many as the provider takes requests, so that some may wait for their repeat.

    Attributes:
        patience: The stream's, which knows how many requests the provider takes.

        wished: Requests in flight that the caller asks for.
    """

    patience: Patience
    wished: int = 0
    documents: int = field(default=0, init=False)
    bytes: int = field(default=0, init=False)
    finished: int = field(default=0, init=False)  # read, their results not taken
    offered: int = field(default=0, init=False)  # results for which the stream's reader is waited for
    _room: anyio.Event = field(factory=anyio.Event, init=False)

    def __attrs_post_init__(self) -> None:
        self.patience.widened = self._changed

    @property
    def width(self) -> int:
        return max(_LEAST, 2 * self.wished, min(_MOST, 2 * self.patience.most))

    async def place(self) -> None:
        """Wait until there is room for one more."""
        while self.documents >= self.width or self.bytes >= _BYTES or (self.offered and self.finished >= _LEAST):
            self._room = anyio.Event()
            await self._room.wait()

    def take(self, size: int) -> None:
        """Count in a document, of which *size* bytes are held in memory."""
        self.documents += 1
        self.bytes += size

    def release(self, size: int) -> None:
        """Count out a document that was finished."""
        self.documents -= 1
        self.finished -= 1
        self.bytes -= size
        self._changed()

    def _changed(self) -> None:
        self._room.set()


def in_memory(document: Any) -> int:
    """Return how many bytes *document*, as the caller gave it, keeps in memory, as far as it can be told cheaply."""
    match document:
        case bytes() | bytearray() | str():
            return len(document)
        case memoryview():
            return document.nbytes
        case Bytes():
            return len(document.data)
        case Mapping():
            return sum(map(in_memory, document.values()))
    size = getattr(document, "size", None)  # a picture of PIL's: width and height, up to four channels
    if isinstance(size, tuple) and len(size) == 2:
        return 4 * int(size[0]) * int(size[1])
    return 0
