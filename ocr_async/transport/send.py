"""
Sends one provider's HTTP requests: `retrying(limited(observed(http)))`.

The limiter is inside retry, so that a request that waits for its next attempt holds no place.
"""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread
from attrs import define
from multidict import CIMultiDict
from yarl import URL

from ..errors import (
    ConfigurationError,
    DeadlineExceeded,
    OCRError,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ResponseInvalid,
)
from ..models._drafts import maker
from ..steps import HttpRequest
from . import answers
from .body import Body, prepare
from .conditions import Conditions, Tally
from .drive import Send
from .egress import egress
from .http_attempts import SAFE, HttpAttempts, Received
from .learned_limits import Turn
from .limits import account
from .patience import Patient
from .retry import Decision, Failure, Kind, retrying
from .session import now


if TYPE_CHECKING:
    from ..events import EventName


__all__ = ["Conditions", "Tally", "sender"]

T = TypeVar("T")

FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # in a header


def sender(conditions: Conditions) -> Send:
    """
    Return the function that performs `HttpRequest` steps under *conditions*.

    It raises what a failed exchange stands for, in the classes of `ocr_async.errors`, once it is not repeated any more;
    `DeadlineExceeded` when the deadline passes or would pass; and what the request's `parse` raises that is not an
    `OCRError`.
    """

    async def send(request: HttpRequest[T]) -> T:
        return await (await _exchange(conditions, request)).run()

    return send


async def _exchange(conditions: Conditions, request: HttpRequest[T]) -> _Exchange[T]:
    url = _checked(request.url)
    body = await prepare(request)
    headers = CIMultiDict(request.headers)
    if request.credentials and _is_own(url, conditions.account[0]):
        headers.update(request.credentials)
    if body is not None:
        # JSON goes by other names too, such as Amazon's
        headers["Content-Type"] = body.mime if request.body else request.headers.get("Content-Type", body.mime)
    texts = " ".join([*headers, *headers.values()])
    if not texts.isprintable() and FORBIDDEN.search(texts):  # which looks at each character, and the first is fast
        raise ConfigurationError(
            "a header holds a line break or control character: check the key and the headers given"
        )
    key = _unique()
    name = headers.get("X-Request-Id") or conditions.name or key
    if request.method not in SAFE:
        headers.setdefault("Idempotency-Key", key)
    exchange: _Exchange[T] = maker(_Exchange)(
        conditions=conditions,
        request=request,
        url=url,
        egress=await egress(url, conditions),
        headers=headers,
        body=body,
        digest=None if request.sign is None else await _digest(body),
        account=account(conditions.account, conditions.limits),
        id=key,
        name=name,
    )
    return exchange


@lru_cache
def _is_own(url: URL, base: str) -> bool:
    """Whether *url* is at the origin of the account's base URL, the only one that its key is for."""
    try:
        return url.origin() == URL(base).origin()
    except ValueError:
        return False


async def _digest(body: Body | None) -> str:
    return await anyio.to_thread.run_sync((body or Body.of((), "")).sha256)


@lru_cache(maxsize=64)
def _checked(text: str) -> URL:
    try:
        url = URL(text)
        if url.scheme in {"http", "https"} and url.host:
            return url
    except ValueError:
        pass
    shown = re.sub(r"//[^/@]*@", "//", text.partition("?")[0])
    raise ConfigurationError(f'"{shown}" is no http or https address: check it', hint="api_base")


@define(kw_only=True, eq=False, repr=False)
class _Exchange(HttpAttempts[T]):
    """One `HttpRequest` from its first attempt to its answer or last failure."""

    stale_repeated: bool = False
    broke_early: bool = False

    async def run(self) -> T:
        outcome: T | Failure | None = None
        try:
            outcome = await self.limited()
            if isinstance(outcome, Failure):
                return await self._again(outcome)
            self.account.budget.refund(0)
            return outcome
        finally:
            self.last = outcome = None  # its traceback leads here

    async def _again(self, failure: Failure) -> T:
        """Go on after the *failure* of the first attempt."""
        conditions = self.conditions
        decision = Decision(
            policy=conditions.policy,
            budget=self.account.budget,
            safe=self.request.method in SAFE,
            repeatable=self.request.repeatable,
            circuit=None if conditions.patient is None else self.account.circuit,
            refused_for=lambda: self.account.limiter.refused_for(now()),
        )
        sleep = anyio.sleep if conditions.patient is None else conditions.patient.sleep
        try:
            return await retrying(
                failure,
                self.limited,
                decision,
                deadline=conditions.deadline,
                before_sleep=self.announce,
                sleep=sleep,
            )
        except ProviderError as error:
            if conditions.patient is not None and decision.hopeless:
                conditions.patient.stream.stop(error)
            raise
        finally:
            del failure  # its error's traceback leads here

    def announce(self, failure: Failure, attempt: int, delay: float) -> None:
        error = failure.error
        self.emit(
            "RetryScheduled",
            attempt=attempt,
            delay=delay,
            error=type(error).__name__,
            status=error.status if isinstance(error, ProviderError) else None,
            request_id=error.request_id,
        )

    def emit(self, name: EventName, /, **facts: Any) -> None:
        if self.conditions.emit is not None:
            self.conditions.emit(name, provider=self.conditions.provider, exchange=self.id, **facts)

    # --- limited --------------------------------------------------------------------------------------------------

    async def limited(self) -> T | Failure:
        """Make one attempt, when it is its turn, and teach the account what came of it."""
        request, account = self.request, self.account
        # A poll asks for no page; a document of unknown length has at least one.
        turn = Turn(request.pages if request.pages is not None else 0 if self.body is None else 1)
        self.turn = turn
        if (pause := self.conditions.pause) is not None and pause.until > account.limiter.gate:
            if (left := pause.until - now()) > self._longest():
                return self._paused(left)
            account.limiter.gate = pause.until
        if self.conditions.patient is not None:
            probe = await self._patient_turn(turn, self.conditions.patient)
        else:
            probe = self._probes(turn)
            if self.conditions.others and account.circuit.opened is not None and not probe:
                return self._skipped()
            await self._turn(turn, probe)
        openings = account.circuit.openings
        try:
            outcome = await self.observed()
            if isinstance(outcome, Failure) and outcome.stale and not self.stale_repeated:
                self.stale_repeated = True
                outcome = await self.observed()
            if isinstance(outcome, Failure):
                if outcome.broke_early:
                    outcome = self._broke_early(outcome)
                self._learn(outcome, turn, probe, current=account.circuit.openings == openings)
                self.last = outcome.error
            else:
                account.limiter.succeeded(now(), turn)
                if account.circuit.failures and account.circuit.openings == openings:  # an older one says nothing
                    self._alive()
        finally:
            account.end()
            if probe:
                account.outage.end()
        return outcome

    def _learn(self, failure: Failure, turn: Turn, probe: bool, *, current: bool) -> None:
        account, error, patient = self.account, failure.error, self.conditions.patient
        waits = failure.throttled or failure.kind is Kind.NOT_PROCESSED  # after a 429, or a 503
        if waits and failure.retry_after is not None and self.conditions.pause is not None:
            self.conditions.pause.learn(failure.retry_after)
        if failure.throttled:
            account.limiter.throttle(now(), self._pause(failure), turn)
        if isinstance(error, ProviderUnavailable):
            opened = account.circuit.failed(
                now(),
                self._pause(failure),
                str(error),
                probe=probe,
                answered=account.limiter.served,
                others=self.conditions.others,
            )
            if opened and (patient is not None or self.conditions.others) and self.conditions.emit is not None:
                self.conditions.emit(
                    "ProviderPaused",
                    provider=self.conditions.provider,
                    error=type(error).__name__,
                    status=error.status,
                    patience=0.0 if patient is None else self.conditions.policy.patience,
                )
        elif (
            current
            and account.circuit.failures
            and isinstance(error, ProviderError)
            and not isinstance(error, ResponseInvalid)
        ):
            self._alive()

    def _alive(self) -> None:
        opened = self.account.circuit.opened
        self.account.alive()
        if opened is not None and self.conditions.emit is not None:
            self.conditions.emit("ProviderResumed", provider=self.conditions.provider, seconds=now() - opened)

    def _probes(self, turn: Turn) -> bool:
        """Whether the provider is down, and this request, which might be somebody else's, finds out if it still is."""
        account = self.account
        return self.conditions.others and account.circuit.opened is not None and account.outage.start_now(now(), turn)

    def _skipped(self) -> Failure:
        provider, reason = self.conditions.provider, self.account.circuit.reason
        error = ProviderUnavailable(f"{provider} is down, and was not asked again: {reason}", provider=provider)
        return Failure(kind=Kind.PERMANENT, error=error)

    def _paused(self, left: float) -> Failure:
        provider = self.conditions.provider
        text = f"{provider} asked another process to wait {left:.0f} s more, and was not asked again"
        return Failure(kind=Kind.PERMANENT, error=RateLimited(text, provider=provider, retry_after=left))

    async def _turn(self, turn: Turn, probe: bool) -> None:
        """Wait for the turn of the request."""
        if self.account.start_now(now(), turn):
            return
        try:
            await self._queue(turn)
        except BaseException:
            if probe:
                self.account.outage.end()
            raise

    async def _patient_turn(self, turn: Turn, patient: Patient) -> bool:
        """Wait for the provider, if it is down, and then as all do; return whether to find out if it still is."""
        account, circuit, policy = self.account, self.account.circuit, self.conditions.policy
        patient.stream.check()
        while True:
            probe = False
            if circuit.opened is not None and circuit.answered:
                with patient.waiting(circuit.opened + policy.patience) as scope:
                    await account.outage.start(turn)
                    probe = circuit.probing
                if scope.cancelled_caught:
                    raise self._given_up(patient)
            await self._turn(turn, probe)
            if probe or not circuit.awaited:
                patient.stream.may_have(account.limiter.most)
                return probe
            account.end()

    def _given_up(self, patient: Patient) -> OCRError:
        provider, patience = self.conditions.provider, self.conditions.policy.patience
        error = ProviderUnavailable(
            f"{provider} was down for longer than patience={patience:g} s: {self.account.circuit.reason}",
            provider=provider,
        )
        patient.stream.stop(error)
        return error

    async def _queue(self, turn: Turn) -> None:
        started = now()
        try:
            with _until(self.conditions) as scope:
                await self.account.start(turn)
        finally:
            self.emit("RequestDelayed", seconds=now() - started)
        if scope.cancelled_caught:
            raise DeadlineExceeded(
                f"the call's timeout passed while it waited for its turn at {self.conditions.provider}"
            ) from self.last

    def _pause(self, failure: Failure) -> float | None:
        # No answer may hold an account back for longer than this caller would have waited.
        hint = failure.retry_after
        return None if hint is None else min(hint, self._longest())

    def _longest(self) -> float:
        """Return the seconds for which this caller would wait."""
        policy = self.conditions.policy
        return policy.max_retry_after if self.conditions.patient is None else policy.patience

    def _broke_early(self, failure: Failure) -> Failure:
        if self.broke_early:
            return answers.too_large(self._facts(), failure)
        self.broke_early = True
        return failure

    # --- observed -------------------------------------------------------------------------------------------------

    async def observed(self) -> T | Failure:
        """Make one attempt and tell of its beginning and end."""
        conditions = self.conditions
        self.sent += 1
        conditions.tally.attempts += 1
        received = Received()
        if conditions.emit is None:
            return await self.http(received)
        started = now()
        facts = {"host": self.url.host or "", "method": self.request.method, "attempt": self.sent}
        self.emit("RequestSent", request_id=self.sent_as(), pages=self.request.pages, **facts)
        error: str | None = None
        try:
            outcome = await self.http(received)
            error = type(outcome.error).__name__ if isinstance(outcome, Failure) else None
            return outcome
        except BaseException as failure:
            error = type(failure).__name__
            raise
        finally:
            self.emit(
                "ResponseReceived",
                status=received.status,
                seconds=now() - started,
                bytes=received.size,
                request_id=received.request_id,
                pages=self.request.pages,
                billable=received.billable,
                error=error,
                **facts,
            )


def _until(conditions: Conditions) -> AbstractContextManager[anyio.CancelScope]:
    """Return what ends a wait at the deadline; a stream's document has none while it waits, but the stream may end."""
    patient = conditions.patient
    return anyio.CancelScope(deadline=conditions.deadline) if patient is None else patient.waiting()


def _unique() -> str:
    """Return a random UUID (version 4) as text, at a third of the cost of `uuid.uuid4`."""
    drawn = os.urandom(16).hex()
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-a{drawn[17:20]}-{drawn[20:]}"
