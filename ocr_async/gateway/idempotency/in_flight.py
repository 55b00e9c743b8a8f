"""
What a gateway knows of requests with an Idempotency-Key: which are being worked on, and what came of them.

`idempotency` puts it around the routes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiohttp import web
from attrs import define, field, frozen

from ..._tasks import end
from ...errors import OCRError
from ..http_errors import HTTPError, http_error_of
from ..kept_files import file_response
from ..storage.answers import Answer, AnsweredElsewhere, Answers


__all__ = ["AlreadyAnswered", "Claims", "IdempotentRequest", "InFlightRequests", "StoredAnswer", "check_same"]


class Claims(Protocol):
    """Which process of a gateway works on a request with a key."""

    async def take(self, owner: str, key: str, fingerprint: str) -> bool:
        """
        Return whether the request is this process's to work on; else, another one did, and has just ended.

        Raises:
            HTTPError: The key was used for something else, or the other process failed.
        """
        ...

    def give(self, owner: str, key: str, error: HTTPError | None = None) -> None:
        """Let those who wait for a request of this process go on, or fail with *error*."""
        ...


_SHORTEST, _LONGEST = 0.05, 1.0  # seconds between two looks for what another gateway makes


@frozen
class StoredAnswer:
    """An answer that can be given again."""

    status: int
    headers: Mapping[str, str]
    body: Any = field(repr=False)

    def response(self) -> web.StreamResponse:
        """Return it as an answer that says that it is a repeated one."""
        headers = {**self.headers, "Idempotent-Replayed": "true"}
        return web.Response(status=self.status, headers=headers, body=self.body)


class AlreadyAnswered(Exception):
    """There is an answer already."""

    def __init__(self, answer: web.StreamResponse) -> None:
        super().__init__()
        self.answer = answer


@define(eq=False)
class _InFlight:
    fingerprint: str
    done: asyncio.Future[StoredAnswer | None]


@define(eq=False)
class InFlightRequests:
    """
    Requests with a key that one process is working on.

    Attributes:
        claims: None where this process serves alone.
    """

    claims: Claims | None = None
    in_flight: dict[tuple[str, str], _InFlight] = field(factory=dict)
    tasks: set[asyncio.Task[web.StreamResponse]] = field(factory=set)

    @asynccontextmanager
    async def running(self, left: Callable[[], float]) -> AsyncIterator[None]:
        """At the end of the block, end what goes on for clients that left; it gets the seconds that are *left* then."""
        try:
            yield
        finally:
            await end(self.tasks, left())


@define(eq=False)
class IdempotentRequest:
    """
    One request with a key.

    Attributes:
        first: Whether it is the one that is worked on.

        copy: What the others are answered; None leaves it to what the first one is.

        failure: What the others fail with, where the first one was answered with a failure.
    """

    repeats: InFlightRequests
    answers: Answers
    owner: str
    key: str
    path: str
    first: bool = False
    copy: StoredAnswer | None = None
    failure: Exception | None = None

    async def settle(self, fingerprint: str) -> None:
        """
        Go on if this is the first request with this key.

        Raises:
            AlreadyAnswered: It is not; `once` gives the answer.

            HTTPError: The key was used for something else.
        """
        place = self.owner, self.key
        if (doing := self.repeats.in_flight.get(place)) is not None:
            check_same(doing.fingerprint, fingerprint)
            copy = await asyncio.shield(doing.done)
            if copy is not None:
                raise AlreadyAnswered(copy.response())
            return await self.settle(fingerprint)
        doing = self.repeats.in_flight[place] = _InFlight(fingerprint, asyncio.get_running_loop().create_future())
        try:
            known = await self._claim(fingerprint)
        except HTTPError as error:
            self.release(None, error)
            raise
        except BaseException:
            self.release(None)
            raise
        if known is None:
            self.first = True
            return None
        self.release(None)
        check_same(known.fingerprint, fingerprint)
        headers = {**known.headers, "Idempotent-Replayed": "true"}
        kept = self.answers.on_disk(known)
        raise AlreadyAnswered(await file_response(kept, status=known.status, headers=headers))

    async def _claim(self, fingerprint: str) -> Answer | None:
        """Return the answer that there is, or that another process makes; None if this one has to."""
        claims = self.repeats.claims
        while claims is not None and not await claims.take(self.owner, self.key, fingerprint):
            if (made := await self.answers.get(self.owner, self.key)) is not None:
                return made
        pause = _SHORTEST
        while isinstance(known := await self.answers.claim(self.owner, self.key, fingerprint), AnsweredElsewhere):
            check_same(known.fingerprint, fingerprint)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST)
        return known

    def release(self, copy: StoredAnswer | None, error: Exception | None = None) -> None:
        """Let those who wait have *copy* or *error*; without either the next of them is the first."""
        if self.repeats.claims is not None:
            failure = http_error_of(error) if isinstance(error, (HTTPError, OCRError)) else None
            self.repeats.claims.give(self.owner, self.key, failure)
        done = self.repeats.in_flight.pop((self.owner, self.key)).done
        if error is not None:
            done.set_exception(error)
            done.exception()  # that nobody waits for it is no mistake
        else:
            done.set_result(copy)


def check_same(known: str, given: str) -> None:
    """
    Compare fingerprints.

    Raises:
        HTTPError: The key was used for something else.
    """
    if known != given:
        raise HTTPError(
            422, "this Idempotency-Key was used for another request; take a new one", "idempotency_mismatch"
        )
