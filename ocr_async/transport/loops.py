"""What belongs to one event loop: a value that is found only while that loop runs, and forgotten with it."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary


__all__ = ["LoopVar"]

T = TypeVar("T")


class LoopVar(Generic[T]):
    """Like anyio's `RunVar`, which asks first which library runs the loop, and so costs ten times as much a look-up."""

    def __init__(self) -> None:
        self._values: WeakKeyDictionary[asyncio.AbstractEventLoop, T] = WeakKeyDictionary()

    def get(self) -> T | None:
        """Return the running loop's value; None if it has none."""
        return self._values.get(asyncio.get_running_loop())

    def set(self, value: T) -> None:
        """Give the running loop its value."""
        self._values[asyncio.get_running_loop()] = value

    def clear(self) -> None:
        """Take the running loop's value away."""
        self._values.pop(asyncio.get_running_loop(), None)
