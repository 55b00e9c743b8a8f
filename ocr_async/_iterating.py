"""What plain callers iterate over, for coroutines on the loop's thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Set
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from .document import is_one


__all__ = ["Iterated", "iterated"]

T = TypeVar("T")


class Iterated(Generic[T]):
    """
    An iterable of a plain caller as an asynchronous one.

    Each item is taken in the caller's own thread, where its cursors and its database connections belong, and while that
    waits for the loop, which goes on however long an item takes.
    """

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self._wanted: SimpleQueue[Future[T] | None] = SimpleQueue()

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        wanted: Future[T] = Future()
        self._wanted.put(wanted)
        return await asyncio.wrap_future(wanted)

    def serve(self) -> None:
        """Take items as they are wanted, until `release`. In the caller's thread."""
        while (wanted := self._wanted.get()) is not None:
            if wanted.set_running_or_notify_cancel():  # from here on nobody cancels it
                try:
                    wanted.set_result(next(self._items))
                except StopIteration:
                    wanted.set_exception(StopAsyncIteration())
                except Exception as error:  # noqa: BLE001 - what the iterable raises is for the coroutine to hear
                    wanted.set_exception(error)

    def release(self, _: object = None) -> None:
        """Let go the thread that serves."""
        self._wanted.put(None)


def iterated(items: Iterable[T]) -> Iterable[T] | AsyncIterable[T]:
    """Return *items*, for a coroutine that `Portal` runs to iterate over in the thread of who calls the portal."""
    given: Any = items  # which may be one document by mistake, and is refused where it arrives
    if is_one(given) or isinstance(given, (list, tuple, Set)) or not isinstance(given, Iterable):
        return items
    return Iterated(items)
