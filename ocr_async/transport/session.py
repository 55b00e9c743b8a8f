"""
The aiohttp session of the running event loop: opened at the first request, closed with the loop.

Nothing here is shared between loops or threads, so one frozen client object may serve all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import aiohttp

from .. import __version__
from .connections import Connector, open_socket
from .loops import LoopVar


__all__ = ["KEEP_ALIVE", "USER_AGENT", "close", "now", "session"]

# Below the 5 s after which uvicorn and Node close an idle connection, so that a request seldom meets a closing one.
KEEP_ALIVE = 4.0

USER_AGENT = f"ocr_async/{__version__}"

_SESSION: LoopVar[aiohttp.ClientSession] = LoopVar()
_KEEPER: LoopVar[AsyncGenerator[aiohttp.ClientSession, None]] = LoopVar()


def now() -> float:
    """Return the running loop's time: what `anyio.current_time()` returns, at a sixth of its cost."""
    return asyncio.get_running_loop().time()


async def session() -> aiohttp.ClientSession:
    """
    Return the session of the running event loop, opening it on first use.

    It closes with the loop: `asyncio.run()` finalises suspended asynchronous generators, and its owner is one.
    """
    opened = _SESSION.get()
    if opened is not None and not opened.closed:
        return opened
    keeper = _keep_session()
    # Nothing below suspends before the session is stored, so two first callers cannot open two.
    opened = await anext(keeper)
    _SESSION.set(opened)
    _KEEPER.set(keeper)
    return opened


async def close() -> None:
    """Close the running loop's session now; the next request opens another."""
    keeper = _KEEPER.get()
    if keeper is not None:
        await keeper.aclose()


async def _keep_session() -> AsyncGenerator[aiohttp.ClientSession, None]:
    # limit=0: the queue is our limiter's, where waiting does not eat an attempt's time.
    connector = Connector(limit=0, keepalive_timeout=KEEP_ALIVE, socket_factory=open_socket)
    try:
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT},
            trust_env=False,
        ) as opened:
            yield opened
    finally:
        # A session knows its loop, so one that stayed here would keep the loop for ever.
        _SESSION.clear()
        _KEEPER.clear()
