"""How much of a job is under way at once: bounded by documents, pages and bytes, so that memory is."""

from __future__ import annotations

import asyncio

from attrs import define, field


__all__ = ["Window"]

_PAGES = 2048  # 100 requests a second that take two seconds, of ten pages each
_BYTES = 256 * 1024 * 1024


@define(eq=False)
class Window:
    """
    Room for documents; what is too large for it goes alone.

    Attributes:
        most: Documents at once.

        most_pages: Pages of them.

        most_bytes: Bytes of them.
    """

    most: int
    most_pages: int = _PAGES
    most_bytes: int = _BYTES
    documents: int = 0
    pages: int = 0
    bytes: int = 0
    _changed: asyncio.Condition = field(factory=asyncio.Condition)

    async def enter(self, size: int) -> None:
        """Wait until there is room for a document of *size* bytes."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: not self.documents or (self.documents < self.most and self.bytes + size <= self.most_bytes)
            )
            self.documents += 1
            self.bytes += size

    async def add(self, pages: int) -> None:
        """Wait until there is room for the *pages* of a document that entered."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self.pages or self.pages + pages <= self.most_pages)
            self.pages += pages

    async def remove(self, pages: int) -> None:
        """Give back the room of *pages*."""
        async with self._changed:
            self.pages -= pages
            self._changed.notify_all()

    async def leave(self, size: int) -> None:
        """Give back the room of a document."""
        async with self._changed:
            self.documents -= 1
            self.bytes -= size
            self._changed.notify_all()
