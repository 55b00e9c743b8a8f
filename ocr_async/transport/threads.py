"""
The one thread that puts together and parses large answers.

One on purpose: a JSON decoder lets no other thread run Python until it is done, and with two of them at work the loop
would wait for both at every turn.
"""

from __future__ import annotations

import anyio

from .loops import LoopVar


__all__ = ["parser"]

_PARSER: LoopVar[anyio.CapacityLimiter] = LoopVar()


def parser() -> anyio.CapacityLimiter:
    """Return what to hold while a large answer is put together, which takes milliseconds as well, and parsed."""
    limiter = _PARSER.get()
    if limiter is None:
        limiter = anyio.CapacityLimiter(1)
        _PARSER.set(limiter)
    return limiter
