"""What a process has one of, whichever of its threads asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar, cast


__all__ = ["once"]

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[P, T]) -> Callable[P, T]:
    """Cache what *make* returns; unlike with `functools.cache` alone, threads that ask at once wait for one another."""
    cached, lock = cast("Callable[P, T]", cache(make)), threading.Lock()

    @wraps(make)
    def locked(*arguments: P.args, **named: P.kwargs) -> T:
        with lock:
            return cached(*arguments, **named)

    return locked
