"""
What a gateway knows of requests with an Idempotency-Key: which are being worked on, and what came of them.

`idempotency` puts it around the routes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from attrs import define, field, frozen

from ..._tasks import end
from ..refusals import Refusal
from ..storage.port import Answers


__all__ = ["Answered", "Copy", "Repeat", "Repeats", "check_same"]


@frozen
class Copy:
    """An answer that can be given again."""

    status: int
    headers: Mapping[str, str]
    body: Any = field(repr=False)

    def response(self) -> web.StreamResponse:
        """Return it as an answer that says that it is a repeated one."""
        headers = {**self.headers, "Idempotent-Replayed": "true"}
        return web.Response(status=self.status, headers=headers, body=self.body)


class Answered(Exception):
    """There is an answer already."""

    def __init__(self, answer: web.StreamResponse) -> None:
        super().__init__()
        self.answer = answer


@define(eq=False)
class _UnderWay:
    fingerprint: str
    done: asyncio.Future[Copy | None]


@define(eq=False)
class Repeats:
    """Requests with a key that one gateway is working on."""

    under_way: dict[tuple[str, str], _UnderWay] = field(factory=dict)
    tasks: set[asyncio.Task[web.StreamResponse]] = field(factory=set)

    @asynccontextmanager
    async def running(self, left: Callable[[], float]) -> AsyncIterator[None]:
        """At the end of the block, end what goes on for clients that left; it gets the seconds that are *left* then."""
        try:
            yield
        finally:
            await end(self.tasks, left())


@define(eq=False)
class Repeat:
    """
    One request with a key.

    Attributes:
        first: Whether it is the one that is worked on.

        copy: What the others are answered; None leaves it to what the first one is.

        failure: What the others fail with, where the first one was answered with a failure.
    """

    repeats: Repeats
    answers: Answers
    owner: str
    key: str
    path: str
    first: bool = False
    copy: Copy | None = None
    failure: Exception | None = None

    async def settle(self, fingerprint: str) -> None:
        """
        Go on if this is the first request with this key.

        Raises:
            Answered: It is not; `once` gives the answer.

            Refusal: The key was used for something else.
        """
        place = self.owner, self.key
        if (doing := self.repeats.under_way.get(place)) is not None:
            check_same(doing.fingerprint, fingerprint)
            copy = await asyncio.shield(doing.done)
            if copy is not None:
                raise Answered(copy.response())
            return await self.settle(fingerprint)
        doing = self.repeats.under_way[place] = _UnderWay(fingerprint, asyncio.get_running_loop().create_future())
        try:
            known = await self.answers.get(self.owner, self.key)
        except BaseException:
            self.release(None)
            raise
        if known is None:
            self.first = True
            return None
        self.release(None)
        check_same(known.fingerprint, fingerprint)
        headers = {**known.headers, "Idempotent-Replayed": "true"}
        raise Answered(web.FileResponse(known.path, status=known.status, headers=headers))

    def release(self, copy: Copy | None, error: Exception | None = None) -> None:
        """Let those who wait have *copy* or *error*; without either the next of them is the first."""
        done = self.repeats.under_way.pop((self.owner, self.key)).done
        if error is not None:
            done.set_exception(error)
            done.exception()  # that nobody waits for it is no mistake
        else:
            done.set_result(copy)


def check_same(known: str, given: str) -> None:
    """
    Compare fingerprints.

    Raises:
        Refusal: The key was used for something else.
    """
    if known != given:
        raise Refusal(422, "this Idempotency-Key was used for another request; take a new one", "idempotency_mismatch")
