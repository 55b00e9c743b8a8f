"""
What becomes of memory that is not needed any more: of values in circles, and where the C library is glibc.

By itself that keeps a heap for each thread and never returns the holes in them, which after some large documents come
to several times what an idle gateway needs; and it returns large blocks at once, for which the next answer asks again.
Here there is one heap; it is kept while there is work, and what is free of it is given back after.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress

import anyio.to_thread

from ..._platform.own_memory import give_back


__all__ = ["collect_seldom", "giving_back", "keep"]

QUIET = 1.0  # seconds without work after which memory is given back
KEPT = 32 * 1024 * 1024  # bytes at the end of the heap, beyond which they are returned at once
LARGE = 16 * 1024 * 1024  # bytes of a block that is returned at once
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of mallopt(3)


def keep() -> None:
    """Have this process keep what it frees, for `own_memory.give_back`."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, 1)  # for all threads: of the others' heaps, holes alone can be given back
        mallopt(_TRIM_THRESHOLD, KEPT)
        mallopt(_MMAP_THRESHOLD, LARGE)


def collect_seldom() -> None:
    """Have values in circles looked for seldom, and not among what is loaded by now, which stays."""
    gc.freeze()
    # Of the thousand values that a request makes hardly any is in one: looking at each 700 was a seventh of its time.
    gc.set_threshold(5_000, 10, 10)


async def giving_back(
    begun: Callable[[], int], working: Callable[[], int], give: Callable[[], None] = give_back, quiet: float = QUIET
) -> None:
    """
    Call *give* whenever work has ended and none began for a while, until this is cancelled.

    Args:
        begun: How many pieces of work have ever begun.

        working: How many have not ended.
    """
    given = seen = begun()
    while True:
        await asyncio.sleep(quiet)
        before, seen = seen, begun()
        if seen == before != given and not working():
            await anyio.to_thread.run_sync(give)
            given = seen
