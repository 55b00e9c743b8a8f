"""Being told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable


__all__ = ["on_stop"]

# Windows has no SIGTERM from outside; SIGBREAK is Ctrl-Break, and what ends a process group there.
_STOPPING = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGBREAK") if hasattr(signal, name)]


def on_stop(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Have *loop*, which runs in the main thread, call *callback* when this process is asked to end."""
    for number in _STOPPING:
        try:
            loop.add_signal_handler(number, callback)
        except NotImplementedError:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(callback))
