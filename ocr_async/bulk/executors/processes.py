"""Worker processes behind any executor of `concurrent.futures`: Python's own pool, or one that somebody brings."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from typing import Self

import anyio
import anyio.to_thread
from attrs import define

from .distant import Lost
from .worker import Outcome, Task


__all__ = ["AnyPool", "Processes"]

_GRACE = 1.5  # seconds that workers get to end


@define(eq=False)
class AnyPool:
    """
    The workers of an executor.

    Attributes:
        make: Makes it, and another one when it broke.

        workers: How many it has; each does one task at a time.
    """

    make: Callable[[], Executor]
    workers: int
    ours: bool = False
    _pool: Executor | None = None

    @property
    def documents(self) -> int:
        return self.workers

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def call(self, function: Callable[[Task], Outcome], task: Task) -> Outcome:
        """Return what *function* returns in a worker."""
        if self._pool is None:
            self._pool = self.make()
        pool = self._pool
        try:
            return await asyncio.wrap_future(pool.submit(function, task))
        except BrokenExecutor as error:
            if pool is self._pool:
                await self._end()
            raise Lost(str(error).partition(".")[0] or type(error).__name__) from error

    async def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._shut_down, pool)

    def _shut_down(self, pool: Executor) -> None:
        pool.shutdown(wait=True, cancel_futures=True)


class Processes(AnyPool):
    """Processes of this machine."""

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")  # a copy of this process would have its loop and its locks
        super().__init__(
            lambda: ProcessPoolExecutor(workers, mp_context=context, initializer=_begin), workers, ours=True
        )

    def _shut_down(self, pool: Executor) -> None:
        """End the pool, and whoever is stuck in a document."""
        processes = list(pool._processes.values()) if isinstance(pool, ProcessPoolExecutor) and pool._processes else []

        def kill() -> None:
            for process in processes:
                process.kill()

        ending = threading.Timer(_GRACE, kill)
        ending.start()
        try:
            pool.shutdown(wait=True, cancel_futures=True)
        finally:
            ending.cancel()


def _begin() -> None:
    """Leave Ctrl-C to the main process, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="ocr_async.parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
