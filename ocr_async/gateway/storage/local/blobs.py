"""Bytes to which rows of a table refer, each a file of the folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import anyio.to_thread
from attrs import define

from ...._tasks import shielded
from ..pieces import pieces_of
from .disk_full import needing_room
from .folder import Draft, Folder, Kind
from .sqlite import Database


__all__ = ["FolderBlobs"]


@define(eq=False)
class FolderBlobs:
    """See `storage.blobs.Blobs`."""

    folder: Folder
    database: Database
    kind: Kind

    @asynccontextmanager
    async def draft(self, expected: int | None = None) -> AsyncIterator[Draft]:
        if expected is not None:
            await anyio.to_thread.run_sync(self.folder.check_room, expected)
        async with self.folder.draft() as draft:
            yield draft

    async def publish(self, draft: Draft, statement: str, *values: Any) -> list[Any]:
        async def publish() -> list[Any]:
            rows = []
            try:
                with needing_room():
                    await anyio.to_thread.run_sync(self.folder.replace, draft.path, self.kind, draft.id)
                rows = await self.database.change(statement, *values)
            finally:
                if not rows:
                    await self.drop([draft.id])
            return rows

        return await shielded(publish())

    async def drop(self, blobs: Sequence[str]) -> None:
        def remove() -> None:
            for blob in blobs:
                self.folder.remove(self.kind, blob)

        await anyio.to_thread.run_sync(remove)

    def pieces(self, blob: str) -> AsyncGenerator[bytes, None]:
        return pieces_of(self.folder.path(self.kind, blob))

    def on_disk(self, blob: str) -> AbstractAsyncContextManager[Path]:
        return nullcontext(self.folder.path(self.kind, blob))
