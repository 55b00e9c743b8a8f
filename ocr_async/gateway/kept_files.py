"""Answers whose bytes a storage has on this machine only until they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter


__all__ = ["file_response"]


class _KeptFileResponse(web.FileResponse):
    """Sends the file at *path*, and ends *stack* when that is done."""

    def __init__(self, path: Path, stack: AsyncExitStack, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(path, status=status, headers=dict(headers))
        self._stack = stack

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        async with self._stack:
            return await super().prepare(request)


async def file_response(
    kept: AbstractAsyncContextManager[Path], *, status: int = 200, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Return what sends the file that is there within *kept*, by the kernel where it can; ranges are honoured."""
    stack = AsyncExitStack()
    return _KeptFileResponse(await stack.enter_async_context(kept), stack, status, headers)
