"""Work of several steps that is done to its end, although whoever waits for it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import anyio


__all__ = ["unbroken"]

T = TypeVar("T")


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """
    Return what *work* makes; a cancellation is heeded when it is done.

    A shielded scope of anyio's alone does not help against `Task.cancel`, with which aiohttp ends the handler of a
    client that left.
    """
    task = asyncio.ensure_future(work)
    with anyio.CancelScope(shield=True):
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            while not task.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # the cancellation is what the caller gets to know
            raise
    raise AssertionError("the scope is cancelled by nobody")
