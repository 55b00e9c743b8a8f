"""Answers whose bytes a storage has on this machine only until they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import IO, Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from .intake.connections import unread_of


__all__ = ["file_response"]

_PIECE = 256 * 1024


class _KeptFileResponse(web.FileResponse):
    """Sends the file at *path*, and ends *stack* when that is done."""

    def __init__(self, path: Path, stack: AsyncExitStack, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(path, status=status, headers=dict(headers))
        self._stack = stack

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        async with self._stack:
            return await super().prepare(request)

    async def _sendfile(self, request: web.BaseRequest, fobj: IO[Any], offset: int, count: int) -> AbstractStreamWriter:
        # As aiohttp does it, but in pieces: of a file sent at once nobody sees whether its client takes any of it.
        writer, transport = await web.StreamResponse.prepare(self, request), request.transport
        assert writer is not None, "no body is empty here"
        loop, end = asyncio.get_running_loop(), offset + count
        for start in range(offset, end, _PIECE):
            if transport is None or transport.is_closing():
                raise ConnectionResetError("the client has left")
            try:
                async with asyncio.timeout(unread_of(request)):
                    await loop.sendfile(transport, fobj, start, min(_PIECE, end - start))
            except NotImplementedError:  # of uvloop
                return await self._sendfile_fallback(writer, fobj, start, end - start)
            except TimeoutError:
                transport.abort()
                raise ConnectionResetError("the client takes nothing of the answer") from None
        await web.StreamResponse.write_eof(self)
        return writer


async def file_response(
    kept: AbstractAsyncContextManager[Path], *, status: int = 200, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Return what sends the file that is there within *kept*, by the kernel where it can; ranges are honoured."""
    stack = AsyncExitStack()
    return _KeptFileResponse(await stack.enter_async_context(kept), stack, status, headers)
