"""
Services that answer later: a job is begun once, then asked for until it is done.

A lost poll repeats the poll, never the upload, because each request of an exchange has attempts of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from attrs import frozen

from ..errors import OCRError
from ..steps import Exchange, HttpRequest, clean_up, http, wait


__all__ = ["Failed", "Pending", "poll"]

T = TypeVar("T")

_GROWTH = 1.5


@frozen
class Pending:
    """
    A job that is not done yet.

    Attributes:
        seconds: That the service asks to wait before the next poll; None leaves it to `poll`.
    """

    seconds: float | None = None


@frozen
class Failed:
    """A job that ended without a result; a value, since no repeat of a poll changes it."""

    error: OCRError


def poll(
    ask: Callable[[], HttpRequest[T | Pending | Failed]],
    *,
    first: float = 0.0,
    interval: float = 0.5,
    longest: float = 5.0,
    cancel: HttpRequest[None] | None = None,
) -> Exchange[T]:
    """
    Ask until the answer is no longer `Pending`; return it. The call's deadline ends the waiting.

    Args:
        ask: Makes the request of one poll; its `parse` returns `Pending` as long as the job runs, and `Failed` when it
            will not end otherwise.

        first: Seconds before the first poll.

        interval: Seconds before the second, where the service does not say.

        longest: Seconds up to which the interval grows from poll to poll: polls count as requests.

        cancel: Ends the job where nobody waits for it any more; it is not sent for one that has ended.

    Raises:
        OCRError: The one of `Failed`.
    """
    running = True
    if cancel is not None:
        yield from clean_up(cancel, unless=lambda: not running)
    pause = first
    while True:
        if pause > 0:
            yield from wait(pause)
        answer = yield from http(ask())
        if not isinstance(answer, Pending):
            running = False
            if isinstance(answer, Failed):
                raise answer.error
            return answer
        pause = interval if answer.seconds is None else answer.seconds
        interval = min(interval * _GROWTH, longest)
