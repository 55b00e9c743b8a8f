"""What a process has one of, whichever of its threads asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar


__all__ = ["once"]

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[P, T]) -> Callable[P, T]:
    """Cache what *make* returns; unlike with `functools.cache` alone, threads that ask at once wait for one another."""
    cached, lock = cache(make), threading.Lock()

    @wraps(make)
    def locked(*arguments: P.args, **named: P.kwargs) -> T:
        with lock:
            value: T = cached(*arguments, **named)  # type: ignore[arg-type]
            return value

    return locked
