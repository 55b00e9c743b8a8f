"""What a worker process runs: one document, its pages into their receipts, and an outcome without pages."""

from __future__ import annotations

import asyncio
import os
import platform
from typing import Literal

import anyio
import anyio.to_thread
from attrs import evolve, frozen

from ..._api import OCR
from ..._platform import own_memory
from ..._platform.locks import try_lock
from ..._portal import PORTAL
from ..._tasks import beside
from ...errors import EngineCrashed, EngineError, OCRError
from ...models import FileOnDisk, OCRResponse
from ..publish import saved
from .receipts import Page, Writer


__all__ = ["Outcome", "Task", "read"]

_SECOND = 1_000_000_000  # network file systems may keep no parts of one
_REGULARLY = 0.2  # seconds between two looks whether it is still wanted

Kind = Literal["read", "failed", "document unseen", "receipts unseen", "given out again", "unwanted"]


@frozen
class Task:
    """
    A document for a worker.

    Attributes:
        receipts: The file that its pages go to.

        size: The document's bytes, when it was noted.

        mtime: Its time then, in nanoseconds.

        share: Where workers of this machine that belong to the job divide its processors: in how many parts; else 0.
    """

    receipts: str
    document: FileOnDisk
    size: int
    mtime: int
    pages: tuple[int, ...] | None
    price: float | None
    client: OCR
    share: int


@frozen
class Outcome:
    """
    What became of a document.

    Attributes:
        pages: Those that are in the receipts.

        response: All but its pages.

        host: The machine's name.
    """

    kind: Kind
    host: str
    pages: frozenset[int] = frozenset()
    response: OCRResponse | None = None
    error: OCRError | None = None


def read(task: Task) -> Outcome:
    """Read a document; several threads of a process may do so at once, and share its limits. Blocks."""
    return PORTAL.call(_read, task)


async def _read(task: Task) -> Outcome:
    if task.share:
        _settle(os.path.dirname(task.receipts), task.share)
    host = platform.node()
    try:
        facts = await anyio.to_thread.run_sync(os.stat, task.document.path)
    except OSError:
        return Outcome("document unseen", host)
    if (facts.st_size, facts.st_mtime_ns // _SECOND) != (task.size, task.mtime // _SECOND):
        return Outcome("document unseen", host)
    try:
        receipts = await anyio.to_thread.run_sync(Writer, task.receipts)
    except FileNotFoundError:
        return Outcome("receipts unseen", host)
    except FileExistsError:
        return Outcome("given out again", host)
    written: set[int] = set()
    ended = False
    try:
        with anyio.CancelScope() as scope:
            async with beside(_watch(receipts, scope)):
                outcome = await _pages(task, receipts, written)
        ended = True
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(lambda: receipts.close(ended=ended))
    if scope.cancelled_caught:
        return Outcome("unwanted", host)
    return evolve(outcome, host=host, pages=frozenset(written))


async def _pages(task: Task, receipts: Writer, written: set[int]) -> Outcome:
    try:
        async with task.client.aocr_pages(task.document, pages=task.pages) as stream:
            async for page in stream:
                body = await anyio.to_thread.run_sync(saved, page)
                receipts.add(Page(page.index, task.price, body))
                written.add(page.index)
        assert stream.response is not None, "a stream that ended without an error has read it all"
    except OCRError as error:
        if isinstance(error, (EngineCrashed, EngineError)):
            error.partial = ()  # they came before, and are written
        return Outcome("failed", "", error=error)
    return Outcome("read", "", response=evolve(stream.response, pages=()))


async def _watch(receipts: Writer, reading: anyio.CancelScope) -> None:
    """Have what was written on the disk, and end the *reading* once nobody waits for it."""
    while await anyio.to_thread.run_sync(receipts.wanted):
        await asyncio.sleep(_REGULARLY)
        await anyio.to_thread.run_sync(receipts.sync)
    reading.cancel()


# --- this process -------------------------------------------------------------------------------------------------

_settled: int | None = None  # the descriptor whose lock says which part of the processors is this process's


def _settle(folder: str, parts: int) -> None:
    """
    Hide this process's memory, and keep it to its part of the processors, whatever thread of the engine asks.

    The part of one that died is free for the next one.
    """
    global _settled  # noqa: PLW0603 - a fact of the process
    if _settled is not None:
        return
    own_memory.hide()
    for part in range(parts):
        descriptor = os.open(os.path.join(folder, f"part-{part}"), os.O_RDWR | os.O_CREAT, 0o600)
        if not try_lock(descriptor):
            os.close(descriptor)
            continue
        _settled = descriptor
        if hasattr(os, "sched_setaffinity") and (mine := sorted(os.sched_getaffinity(0))[part::parts]):
            os.sched_setaffinity(0, mine)  # of the loop's thread, and of all that it starts
        return
