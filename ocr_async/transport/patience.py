"""
What many documents of one stream have in common before a provider: they wait, where a single call would give up.

A provider that is down, or that throttles, says nothing about the document at hand; a key that is refused is refused
to all of them. The `Circuit` is an account's: calls with fallbacks go by it as well, and ask somebody else meanwhile.
"""

from __future__ import annotations

import asyncio
import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
from attrs import define, field

from ..errors import OCRError
from .learned_limits import Turn


__all__ = ["Circuit", "Patience", "Patient"]


@define(eq=False, repr=False)
class Circuit:
    """
    Whether an account's provider is down: opens after some failures in a row, closes with the next sign of life.

    While it is open, one request at a time finds out whether it still has to be. Arithmetic on given times, as in
    `rate_limiter`; who waits stands in a `Queue`. Source: the circuit breaker of M. Nygard, "Release It!", 2007.

    Attributes:
        failures: In a row: requests that found the provider down, since one that did not.

        opened: When it opened; None while it is closed.

        probing: Whether a request is finding out.

        openings: How often it opened.

        reason: What the last failure said.
    """

    OPENS_AFTER = 5  # failures in a row
    FIRST = 1.0  # seconds until the first probe; each further one waits twice as long
    LONGEST = 30.0  # seconds

    failures: int = field(default=0, init=False)
    opened: float | None = field(default=None, init=False)
    openings: int = field(default=0, init=False)
    probing: bool = field(default=False, init=False)
    pause: float = field(default=FIRST, init=False)
    next_probe: float = field(default=-math.inf, init=False)
    last: float = field(default=0.0, init=False)
    answered: bool = field(default=False, init=False)
    reason: str = field(default="", init=False)

    @property
    def awaited(self) -> bool:
        """Whether it is open, and the provider was there before, so that it is worth waiting for."""
        return self.opened is not None and self.answered

    def delay(self, now: float, turn: Turn) -> float:
        """Return the seconds until a request may start; infinity: not before the probe has ended."""
        if self.opened is None:
            return 0.0
        return math.inf if self.probing else max(0.0, self.next_probe - now)

    def start(self, now: float, turn: Turn) -> None:
        """Let a request through, after `delay` was 0: while it is open, as the probe."""
        self.probing = self.opened is not None

    def end(self) -> None:
        """The probe ended, however it did."""
        self.probing = False

    def failed(
        self, now: float, hint: float | None, reason: str, *, probe: bool, answered: bool, others: bool = False
    ) -> bool:
        """
        Learn that a request found the provider down; return whether that opened the circuit.

        Args:
            hint: Its Retry-After in seconds.

            reason: What to tell who waited in vain.

            probe: Whether it was sent to find that out.

            answered: Whether the provider ever served this account: an address that is wrong is not waited for.

            others: Whether nobody waits, as somebody else is asked: that needs no proof that it ever was there.
        """
        self.last, self.reason, self.answered = now, reason, answered
        if self.opened is None:
            self.failures += 1
            if self.failures >= self.OPENS_AFTER and (answered or others):
                self._open(hint)
                return True
        elif probe:
            self.pause = min(2 * self.pause, self.LONGEST)
            self.next_probe = now + max(self.pause, hint or 0.0)
        return False

    def trip(self, failures: int) -> bool:
        """Open, if nothing but failures came since the first of the last *failures*; return whether it is open."""
        if self.opened is None and self.answered and self.failures >= failures:
            self._open(None)
        return self.awaited

    def alive(self) -> None:
        """Learn that the provider is there: close."""
        self.failures = 0
        self.opened = None
        self.probing = False

    def _open(self, hint: float | None) -> None:
        self.opened = self.last
        self.openings += 1
        self.pause = self.FIRST
        self.next_probe = self.last + max(self.pause, hint or 0.0)


@define(eq=False, repr=False)
class Patience:
    """
    The patience of one stream.

    Attributes:
        stopped: Why the stream ends: no further request is sent.

        most: Requests that the last account asked may have in flight, as learned or given.

        widened: Called when that changes.
    """

    stopped: OCRError | None = field(default=None, init=False)
    most: int = field(default=0, init=False)
    widened: Callable[[], None] | None = field(default=None, init=False)
    _scopes: set[anyio.CancelScope] = field(factory=set, init=False)

    def stop(self, error: OCRError) -> None:
        """End the stream for *error*: whoever waits is told, and requests on their way are let finish."""
        if self.stopped is not None:
            return
        self.stopped = _apart(error)
        for scope in self._scopes:
            scope.cancel()

    def may_have(self, most: int) -> None:
        """Learn how many requests an account may have in flight."""
        if most != self.most:
            self.most = most
            if self.widened is not None:
                self.widened()

    def check(self) -> None:
        """Raise why the stream ends, if it does."""
        if self.stopped is not None:
            raise _apart(self.stopped)

    def stands_for(self, error: OCRError) -> bool:
        """Whether *error* is why the stream ends, and so says nothing about the document that got it."""
        stopped = self.stopped
        if stopped is None or type(error) is not type(stopped):
            return False
        return getattr(error, "status", None) == getattr(stopped, "status", None)

    @contextmanager
    def waiting(self, until: float = math.inf) -> Iterator[anyio.CancelScope]:
        """Wait inside, until the stream is stopped or *until*, on the clock of `anyio.current_time()`."""
        self.check()
        scope = anyio.CancelScope(deadline=until)
        self._scopes.add(scope)
        try:
            with scope:
                yield scope
        finally:
            self._scopes.discard(scope)
        self.check()


@define(eq=False, repr=False)
class Patient:
    """
    One document of a stream.

    Attributes:
        stream: What it shares with the others.

        clock: Of the call's `timeout`, which stands still while a request waits.
    """

    stream: Patience
    clock: asyncio.Timeout
    _waiting: int = field(default=0, init=False)
    _left: float | None = field(default=None, init=False)

    @contextmanager
    def waiting(self, until: float = math.inf) -> Iterator[anyio.CancelScope]:
        """Wait inside as `Patience.waiting` does."""
        now = anyio.current_time()
        when = self.clock.when()
        if not self._waiting and when is not None and not self.clock.expired():
            self._left = when - now
            self.clock.reschedule(None)
        self._waiting += 1
        try:
            with self.stream.waiting(until) as scope:
                yield scope
        finally:
            self._waiting -= 1
            if not self._waiting and self._left is not None and not self.clock.expired():
                self.clock.reschedule(anyio.current_time() + self._left)
                self._left = None

    async def sleep(self, seconds: float) -> None:
        with self.waiting():
            await anyio.sleep(seconds)


def _apart(error: OCRError) -> OCRError:
    """Return a copy without the traceback, which would keep a document."""
    again = copy.copy(error).with_traceback(None)
    again.__cause__ = None
    again.__context__ = None
    return again
