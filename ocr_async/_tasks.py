"""Task groups whose failure reads like a plain function's, and the end of tasks that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
from anyio.abc import TaskGroup


__all__ = ["beside", "end", "task_group"]


async def end(tasks: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Let *tasks* go on for *seconds*, cancel those that are not done, and wait until they are."""
    going = {task for task in tasks if not task.done()}
    if going and seconds > 0:
        _, going = await asyncio.wait(going, timeout=seconds)
    for task in going:
        task.cancel()
    await asyncio.gather(*going, return_exceptions=True)


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
