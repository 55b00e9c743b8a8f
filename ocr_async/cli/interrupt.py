"""Ctrl-C in a command that has results to write before it ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from typing import Self

import anyio

from ..call.many import OCRResult


__all__ = ["Interrupt"]


class Interrupt:
    """
    Ctrl-C, which ends the waiting for more and nothing else, so that what is finished can be written; a second one
    ends the command at once.
    """

    def __init__(self) -> None:
        self.called = False
        self._waiting: anyio.CancelScope | None = None

    def __enter__(self) -> Self:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not everywhere, nor on each thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._call)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)

    def _call(self) -> None:
        self.called = True
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
        if self._waiting is not None:
            self._waiting.cancel()

    async def unless(self, receive: Callable[[], Awaitable[OCRResult]]) -> OCRResult | None:
        """Return what *receive* does; None at the end of its stream, and when interrupted."""
        if self.called:
            return None
        with anyio.CancelScope() as self._waiting:
            try:
                return await receive()
            except anyio.EndOfStream:
                return None
        return None
