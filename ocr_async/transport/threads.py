"""
The few threads for what would hold up the event loop: pieces of files on their way out, large answers on their way in.

Few on purpose. Each reader holds a piece of a document in two forms, and a JSON decoder lets no other thread run Python
until it is done: with two of them at work, the loop would wait for both at every turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple, Unpack

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar


__all__ = ["parser", "reading"]

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

READERS = 4
PARSERS = 1

_READERS: RunVar[anyio.CapacityLimiter] = RunVar("_READERS")
_PARSERS: RunVar[anyio.CapacityLimiter] = RunVar("_PARSERS")


async def reading(function: Callable[[Unpack[Arguments]], T], *arguments: *Arguments) -> T:
    """Call *function*, which reads and encodes a piece of a file, when a reader is free."""
    return await anyio.to_thread.run_sync(function, *arguments, limiter=_limiter(_READERS, READERS))


def parser() -> anyio.CapacityLimiter:
    """Return what to hold while a large answer is put together, which takes milliseconds as well, and parsed."""
    return _limiter(_PARSERS, PARSERS)


def _limiter(place: RunVar[anyio.CapacityLimiter], threads: int) -> anyio.CapacityLimiter:
    limiter = place.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(threads)
        place.set(limiter)
    return limiter
