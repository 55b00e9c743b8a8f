"""Task groups whose failure reads like a plain function's, shielded work, and tasks that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import anyio
from anyio.abc import TaskGroup

from .errors import ConfigurationError


__all__ = ["beside", "end", "require_asyncio", "shielded", "task_group"]

T = TypeVar("T")


def require_asyncio() -> None:
    """
    Say at the front door what would else be a riddle further in.

    Raises:
        ConfigurationError: The caller's loop is trio's, or there is none.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "coroutines of ocr_async need asyncio's event loop, and this is none; under trio let a thread make the "
            "plain call: await trio.to_thread.run_sync(ocr_async.ocr, document)"
        ) from None


async def end(tasks: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Let *tasks* go on for *seconds*, cancel those that are not done, and wait until they are."""
    going = {task for task in tasks if not task.done()}
    if going and seconds > 0:
        _, going = await asyncio.wait(going, timeout=seconds)
    for task in going:
        task.cancel()
    await asyncio.gather(*going, return_exceptions=True)


async def shielded(work: Coroutine[Any, Any, T]) -> T:
    """
    Do *work*, of several steps, to its end; return what it makes. A cancellation of the caller is heeded after that.

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


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Do *work* in the background, until the end of the block at the latest."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def task_group() -> AsyncIterator[TaskGroup]:
    """
    Like `anyio.create_task_group()`, but raising the first failure itself.

    A caller who writes ``except RateLimited`` must not have to know that pages were sent concurrently.
    """
    try:
        async with anyio.create_task_group() as tasks:
            yield tasks
    except BaseExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from first.__cause__
