"""How the exchanges of one call with one provider are run: its HTTP conditions, and what they are counted into."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TypeVar

import anyio
from attrs import define, evolve, field

from .._platform.forks import loading
from ..errors import OCRError
from ..models._drafts import changer
from ..settings import Limits
from ..steps import Exchange, HttpRequest, HttpResponse
from ..transport.conditions import Conditions, Pause, Tally
from ..transport.drive import CLEANUP_SECONDS, Send, drive
from ..transport.patience import Patient
from . import prepare
from .candidate import Candidate
from .options import Options
from .progress import EventEmitter


__all__ = ["Sending", "failure"]

T = TypeVar("T")

# what a call's conditions do not share with those of others with the same options
_OF_CALL = ("deadline", "timed", "emit", "inject", "name", "tally", "patient", "others", "pause")


@define(eq=False, repr=False)
class Sending:
    """
    Runs exchanges.

    Attributes:
        candidate: Whose they are.

        patient: For a document of a stream, which waits while the provider is down.

        others: Whether somebody else is asked where the provider fails.

        pause: What other processes know of the provider's pauses.

        timed: Whether the call is cancelled at its deadline.

        tally: Of the requests sent.
    """

    candidate: Candidate
    options: Options
    deadline: float
    emit: EventEmitter
    patient: Patient | None = None
    others: bool = False
    pause: Pause | None = None
    timed: bool = False
    tally: Tally = field(factory=Tally)
    sender: Send | None = None

    def renew(self, candidate: Candidate) -> None:
        """Let *candidate*, the same one with a renewed key, take its place."""
        self.candidate = candidate
        self.sender = None

    def run(self, exchange: Exchange[T], send: Send | None = None) -> Awaitable[T]:
        """Run *exchange* to its end; *send* may stand before `send`."""
        return drive(
            exchange,
            send or self.send,
            prepare.compute,
            self.emit.page,
            deadline=self.deadline,
            cleanup=self._clean_up,
        )

    async def send(self, request: HttpRequest[T]) -> T:
        """Perform *request*. The HTTP client is imported now: who reads on this machine alone never waits for it."""
        if self.sender is None:
            make = await prepare.loaded(_http_sender)
            self.sender = make(self._conditions())
        return await self.sender(request)

    async def end(self, exchange: Exchange[T]) -> T:
        """Run *exchange*, which cleans up after the call."""
        return await drive(exchange, self._clean_up, prepare.compute)

    async def _clean_up(self, request: HttpRequest[T]) -> T:
        """Perform *request* after the call: its deadline may be past, and it is none of what the response tells."""
        make = await prepare.loaded(_http_sender)
        deadline = anyio.current_time() + CLEANUP_SECONDS
        return await make(evolve(self._conditions(), deadline=deadline, timed=False, tally=Tally(), patient=None))(
            request
        )

    def _conditions(self) -> Conditions:
        memory, key = self.options.memory, ("conditions", self.candidate.named)
        known = memory.get(key)
        if known is None or known[0] is not self.candidate:
            known = memory[key] = self.candidate, self._lasting()
        changed = changer(Conditions, *_OF_CALL)
        conditions: Conditions = changed(
            known[1],
            deadline=self.deadline,
            timed=self.timed,
            emit=self.emit if self.emit.listening else None,
            inject=self.emit.inject,
            name=self.emit.request_id,
            tally=self.tally,
            patient=self.patient,
            others=self.others,
            pause=self.pause,
        )
        return conditions

    def _lasting(self) -> Conditions:
        """Return what the candidate and the options alone decide."""
        options, provider = self.options, self.candidate.provider
        return Conditions(
            provider=provider.name,
            account=provider.account,
            policy=options.policy,
            limits=_limits(
                options.max_concurrency or provider.facts.max_concurrency,
                options.requests_per_second,
                options.pages_per_minute,
            ),
            attempt_timeout=options.attempt_timeout,
            read_timeout=options.read_timeout,
            proxy=options.proxy,
            trust_env=options.trust_env,
            ssl=options.ssl,
            max_response_bytes=options.max_response_bytes,
            request_ids=provider.facts.request_ids,
            retry_after=provider.facts.retry_after,
        )


@lru_cache
def _limits(concurrency: int | None, requests: float | None, pages: float | None) -> Limits:
    """Return the same limits for the same numbers, so that an account which has them need not compare them."""
    return Limits(max_concurrency=concurrency, requests_per_second=requests, pages_per_minute=pages)


def failure(provider: str, host: str, answer: HttpResponse) -> OCRError:
    """Return the error that *answer*, with a status of 300 and above, stands for; it came within another one."""
    with loading:
        from ..transport.answers import Attempt, from_status

    return from_status(Attempt(provider=provider, host=host), answer).error


@lru_cache(maxsize=1)
def _http_sender() -> Callable[[Conditions], Send]:
    with loading:
        from ..transport.send import sender

    return sender
