"""Tells when a process at the other end of a link is there and does not answer: stopped, or its loop is held up."""

from __future__ import annotations

import asyncio

from .link import Link


__all__ = ["until_silent"]

_LOOKS = 20


async def until_silent(link: Link, seconds: float) -> None:
    """
    Return when nothing has come over *link* for so many *seconds* though it was asked.

    What counts is how often this loop looked in vain: where the machine sleeps, or is so slow that this process waits
    for it, too, the other one is not to blame.

    Raises:
        LinkLost: The process is gone.
    """
    while True:
        answer = asyncio.ensure_future(link.call("answer"))
        try:
            for _ in range(_LOOKS):
                await asyncio.wait([answer], timeout=seconds / _LOOKS)
                if answer.done():
                    break
            else:
                return
            answer.result()
        finally:
            answer.cancel()
        await asyncio.sleep(seconds / _LOOKS)
