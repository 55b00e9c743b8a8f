"""
Sends one provider's HTTP requests: `retrying(limited(observed(http)))`.

The limiter is inside retry, so that a request that waits for its next attempt holds no place.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, Generic, TypeVar

import aiohttp
import anyio
import anyio.to_thread
from attrs import define, field, frozen
from multidict import CIMultiDict
from yarl import URL

from ..errors import (
    ConfigurationError,
    DeadlineExceeded,
    OCRError,
    ProviderError,
    ProviderUnavailable,
    ResponseInvalid,
)
from ..events import (
    Event,
    ProviderPaused,
    ProviderResumed,
    RequestDelayed,
    RequestSent,
    ResponseReceived,
    RetryScheduled,
)
from ..steps import HttpRequest, HttpResponse
from . import answers
from .answers import Attempt
from .body import Body, Payload, prepare
from .conditions import Conditions, Tally, attempt_seconds, response_bytes, silence_seconds
from .connections import Usage, usage
from .drive import Send
from .egress import Egress, egress
from .learned_limits import Turn
from .limits import Account, account
from .patience import Patient
from .retry import Decision, Failure, Kind, retry_after, retrying
from .session import now, session


__all__ = ["Conditions", "Tally", "sender"]

T = TypeVar("T")

CONNECT_SECONDS = 10.0  # name, TCP and TLS together
IN_THREAD = 1024 * 1024  # bytes of an answer from which it is parsed off the loop: 11 ms for 16 MiB
ERROR_BODY = 64 * 1024  # bytes read of an answer that is an error
SAFE = frozenset({"GET", "HEAD"})  # methods that do no work and are not billed
FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # in a header
HOPS = 3  # redirects of a GET within its origin


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
    if FORBIDDEN.search("\t".join(part for item in headers.items() for part in item)):
        raise ConfigurationError(
            "a header holds a line break or control character: check the key and the headers given"
        )
    key = _unique()
    name = headers.get("X-Request-Id") or key
    if request.method not in SAFE:
        headers.setdefault("Idempotency-Key", key)
    return _Exchange(
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


def _is_own(url: URL, base: str) -> bool:
    """Whether *url* is at the origin of the account's base URL, the only one that its key is for."""
    try:
        return url.origin() == _origin(base)
    except ValueError:
        return False


@lru_cache
def _origin(base: str) -> URL:
    return URL(base).origin()


async def _digest(body: Body | None) -> str:
    return await anyio.to_thread.run_sync((body or Body.of((), "")).sha256)


def _checked(text: str) -> URL:
    try:
        url = URL(text)
        if url.scheme in {"http", "https"} and url.host:
            return url
    except ValueError:
        pass
    shown = re.sub(r"//[^/@]*@", "//", text.partition("?")[0])
    raise ConfigurationError(f'"{shown}" is no http or https address: check it', hint="api_base")


@define(kw_only=True, eq=False)
class _Exchange(Generic[T]):
    """One `HttpRequest` from its first attempt to its answer or last failure."""

    conditions: Conditions
    request: HttpRequest[T]
    url: URL
    egress: Egress
    headers: CIMultiDict[str]
    body: Body | None
    digest: str | None  # of the body, where attempts are signed
    account: Account
    id: str  # unique
    name: str  # what the requests' ids begin with
    sent: int = 0
    last: OCRError | None = None
    turn: Turn = field(factory=lambda: Turn(0))  # of the present attempt
    stale_repeated: bool = False
    broke_early: bool = False

    async def run(self) -> T:
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
                self.limited, decision, deadline=conditions.deadline, before_sleep=self.announce, sleep=sleep
            )
        except ProviderError as error:
            if conditions.patient is not None and decision.hopeless:
                conditions.patient.stream.stop(error)
            raise
        finally:
            self.last = None  # its traceback leads here

    def announce(self, failure: Failure, attempt: int, delay: float) -> None:
        error = failure.error
        self.emit(
            RetryScheduled,
            attempt=attempt,
            delay=delay,
            error=type(error).__name__,
            status=error.status if isinstance(error, ProviderError) else None,
            request_id=error.request_id,
        )

    def emit(self, kind: type[Event], **facts: Any) -> None:
        if self.conditions.emit is not None:
            self.conditions.emit(kind, provider=self.conditions.provider, exchange=self.id, **facts)

    def sent_as(self) -> str:
        """Return the id of the present attempt."""
        return f"{self.name}-{self.sent}"

    # --- limited --------------------------------------------------------------------------------------------------

    async def limited(self) -> T | Failure:
        """Make one attempt, when it is its turn, and teach the account what came of it."""
        request, account = self.request, self.account
        # A poll asks for no page; a document of unknown length has at least one.
        turn = Turn(request.pages if request.pages is not None else 0 if self.body is None else 1)
        self.turn = turn
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
                    ProviderPaused,
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
            self.conditions.emit(ProviderResumed, provider=self.conditions.provider, seconds=now() - opened)

    def _probes(self, turn: Turn) -> bool:
        """Whether the provider is down, and this request, which might be somebody else's, finds out if it still is."""
        account = self.account
        return self.conditions.others and account.circuit.opened is not None and account.outage.start_now(now(), turn)

    def _skipped(self) -> Failure:
        provider, reason = self.conditions.provider, self.account.circuit.reason
        error = ProviderUnavailable(f"{provider} is down, and was not asked again: {reason}", provider=provider)
        return Failure(kind=Kind.PERMANENT, error=error)

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
            self.emit(RequestDelayed, seconds=now() - started)
        if scope.cancelled_caught:
            raise DeadlineExceeded(
                f"the call's timeout passed while it waited for its turn at {self.conditions.provider}"
            ) from self.last

    def _pause(self, failure: Failure) -> float | None:
        # No answer may hold an account back for longer than this caller would have waited.
        hint, policy = failure.retry_after, self.conditions.policy
        longest = policy.max_retry_after if self.conditions.patient is None else policy.patience
        return None if hint is None else min(hint, longest)

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
        received = _Received()
        if conditions.emit is None:
            return await self.http(received)
        started = now()
        facts = {"host": self.url.host or "", "method": self.request.method, "attempt": self.sent}
        self.emit(RequestSent, request_id=self.sent_as(), pages=self.request.pages, **facts)
        try:
            return await self.http(received)
        finally:
            self.emit(
                ResponseReceived,
                status=received.status,
                seconds=now() - started,
                bytes=received.size,
                request_id=received.request_id,
                billable=received.billable,
                **facts,
            )

    # --- http -----------------------------------------------------------------------------------------------------

    async def http(self, received: _Received) -> T | Failure:
        """Make one attempt: send, read, parse."""
        conditions, request = self.conditions, self.request
        started = now()
        left = conditions.deadline - started
        if left <= 0:
            raise DeadlineExceeded(f"the call's timeout passed before {conditions.provider} was asked") from self.last
        has_body = self.body is not None
        total = min(left, conditions.attempt_timeout or attempt_seconds(request.pages, has_body=has_body))
        silence = conditions.read_timeout or silence_seconds(request.pages, has_body=has_body)
        timeout = _timeout(total, silence if silence < total else None)  # a timer for each piece that arrives
        payload = None if self.body is None else self.body.payload()
        used = Usage()
        usage.set(used)
        try:
            answer = await self._answer(payload, timeout, received)
        except (aiohttp.ClientError, OSError) as error:
            return self._failed(error, payload, started, received, reused=not used.opened)
        finally:
            if received.status is None and isinstance(payload, Payload) and payload.finished is None:
                received.billable = False  # nobody works on half a document
        if isinstance(answer, Failure):
            return answer
        if received.size <= IN_THREAD:
            outcome = self._parsed(answer.whole())
        else:
            async with answers.parser():
                outcome = await anyio.to_thread.run_sync(self._parsed, answer.whole())
        if isinstance(outcome, Failure) and isinstance(outcome.error, ResponseInvalid) and used.connection is not None:
            used.connection.retire()  # what cannot be read may be the half of two answers
        return outcome

    def _failed(
        self,
        error: aiohttp.ClientError | OSError,
        payload: bytes | Payload | None,
        started: float,
        received: _Received,
        *,
        reused: bool,
    ) -> Failure:
        ended = now()
        written, unsent = started, 0
        if isinstance(payload, Payload):
            if payload.failure is not None:
                raise payload.failure from payload.failure.__cause__
            written, unsent = payload.finished or started, payload.unsent
        failure = answers.from_exception(
            self._facts(reused=reused, unsent=unsent, waited=ended - written, answering=received.status is not None),
            error,
        )
        received.billable = received.billable and failure.kind is Kind.AMBIGUOUS
        if isinstance(error, TimeoutError) and ended >= self.conditions.deadline - 0.01:
            text = f"the call's timeout passed while {self.conditions.provider} was at work"
            raise DeadlineExceeded(text) from self.last or failure.error
        return failure

    async def _answer(
        self, payload: bytes | Payload | None, limits: aiohttp.ClientTimeout, received: _Received
    ) -> _Answer | Failure:
        client = await session()
        self.headers["X-Request-Id"] = self.sent_as()
        if self.request.sign is not None and self.digest is not None:
            self.headers.update(self.request.sign(self.request.method, self.request.url, self.headers, self.digest))
        way_out = self.egress
        headers = self.headers
        if way_out.headers:  # not signed with the others, as the proxy takes them out
            headers = CIMultiDict(headers)
            headers.update(way_out.headers)
        url = self.url
        hops = HOPS if self.request.method in SAFE else 0
        received.billable = self.request.method not in SAFE
        while True:
            response = await client.request(
                self.request.method,
                url,
                headers=headers,
                data=payload,
                timeout=limits,
                allow_redirects=False,
                proxy=way_out.proxy,
                proxy_headers=way_out.proxy_headers,
                ssl=way_out.ssl,
            )
            try:
                received.status = response.status
                further = self._redirect(url, response) if hops else None
                if further is None:
                    return await self._read(response, received)
            finally:
                # Whatever was not read to its end, or is still being sent, closes the connection.
                response.close()
            url, hops = further, hops - 1

    def _redirect(self, url: URL, response: aiohttp.ClientResponse) -> URL | None:
        # A redirected POST would send the document elsewhere, and one to another origin the key as well.
        if response.status not in {301, 302, 303, 307, 308}:
            return None
        try:
            further = url.join(URL(response.headers.get("Location", "")))
            return further if further.origin() == url.origin() and further != url else None
        except ValueError:
            return None

    async def _read(self, response: aiohttp.ClientResponse, received: _Received) -> _Answer | Failure:
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.conditions.tally.request_id = received.request_id = self._request_id(headers)
        self._teach(headers)
        if response.status >= 300:
            received.billable = False
            try:
                pieces = await _capped(response, ERROR_BODY, received)
            except (aiohttp.ClientError, OSError):
                pieces = None  # the status says enough
            return self._refused(HttpResponse(response.status, headers, b"".join(pieces or ())))
        cap = self.conditions.max_response_bytes or response_bytes(self.request.pages)
        pieces = await _capped(response, cap, received)
        if pieces is None:
            error = ResponseInvalid(
                f"the answer of {self.conditions.provider} is larger than {cap:,} bytes",
                provider=self.conditions.provider,
                status=response.status,
                request_id=received.request_id,
                hint="max_response_bytes",
            )
            return answers.from_error(error)
        return _Answer(response.status, headers, pieces)

    def _teach(self, headers: Mapping[str, str]) -> None:
        remaining = headers.get("x-ratelimit-remaining") or headers.get("x-ratelimit-remaining-requests")
        if remaining is not None and remaining.isdecimal():
            reset = headers.get("x-ratelimit-reset") or headers.get("x-ratelimit-reset-requests")
            self.account.limiter.reported(now(), int(remaining[:9]), answers.reset_seconds(reset), self.turn)

    def _refused(self, answer: HttpResponse) -> Failure:
        """Return the failure that an answer with a status of 300 or more is: what its provider says, or its status."""
        # a proxy's words are no provider's
        by_proxy = answer.status == 407 and self.egress.proxy is not None
        error = None if self.request.refused is None or by_proxy else self.request.refused(answer)
        if error is not None:
            return self._unusable(error, answer)
        hint = self._retry_after(answer.headers)
        return answers.from_status(self._facts(), answer, request_ids=self.conditions.request_ids, retry_after=hint)

    def _request_id(self, headers: Mapping[str, str]) -> str | None:
        found = answers.request_id(headers, self.conditions.request_ids)
        return found and answers.redacted(found, self.secrets())

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        return retry_after(headers, time.time(), self.conditions.retry_after)

    def _parsed(self, answer: HttpResponse) -> T | Failure:
        try:
            return self.request.parse(answer)
        except OCRError as error:
            return self._unusable(error, answer)
        except (RecursionError, ValueError) as error:
            # JSON decoders' own: nested too deep, an integer of thousands of digits, not UTF-8
            reason = "nested too deep" if isinstance(error, RecursionError) else "not valid JSON"
            invalid = ResponseInvalid(f"the answer of {self.conditions.provider} is {reason}")
            invalid.__cause__ = error
            return self._unusable(invalid, answer)

    def _unusable(self, error: OCRError, answer: HttpResponse) -> Failure:
        """Add to what `parse` raised the facts that it cannot know."""
        secrets = self.secrets()
        if any(secret in str(error) for secret in secrets):
            error.args = (answers.redacted(str(error), secrets),)
        if isinstance(error, ProviderError):
            text = answer.body[:4096].decode("utf-8", "replace")
            error.provider = error.provider or self.conditions.provider
            error.status = error.status or answer.status
            error.excerpt = error.excerpt or answers.excerpt(text, secrets)
            if error.retry_after is None:
                error.retry_after = self._retry_after(answer.headers)
        error.request_id = error.request_id or self._request_id(answer.headers)
        return answers.from_error(error, should_retry=answer.headers.get("x-should-retry"))

    def secrets(self) -> tuple[str, ...]:
        """Return the texts of the request that must not be shown."""
        return answers.secrets_of(self.headers) + answers.secrets_of(self.egress.headers)

    def _facts(self, *, reused: bool = False, unsent: int = 0, waited: float = 0.0, answering: bool = False) -> Attempt:
        return Attempt(
            provider=self.conditions.provider,
            host=self.url.host or "",
            proxy=self.egress.proxy_name,
            secrets=self.secrets(),
            reused=reused,
            unsent=unsent,
            waited=waited,
            answering=answering,
        )


def _until(conditions: Conditions) -> AbstractContextManager[anyio.CancelScope]:
    """Return what ends a wait at the deadline; a stream's document has none while it waits, but the stream may end."""
    patient = conditions.patient
    return anyio.CancelScope(deadline=conditions.deadline) if patient is None else patient.waiting()


def _unique() -> str:
    """Return a random UUID (version 4) as text, at a third of the cost of `uuid.uuid4`."""
    drawn = os.urandom(16).hex()
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-a{drawn[17:20]}-{drawn[20:]}"


@lru_cache
def _timeout(total: float, silence: float | None) -> aiohttp.ClientTimeout:
    """Return the limits of one attempt; most calls have the same, those near their deadline aside."""
    return aiohttp.ClientTimeout(
        total=total,
        connect=CONNECT_SECONDS,
        sock_read=silence,
        ceil_threshold=math.inf,  # to the millisecond: the default rounds up to whole seconds
    )


@frozen
class _Answer:
    """An answer with a status below 300, its body in the pieces in which it came."""

    status: int
    headers: Mapping[str, str]
    pieces: list[bytes]

    def whole(self) -> HttpResponse:
        """Return it with its body in one piece; only once, since the pieces are given up."""
        body = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
        self.pieces.clear()
        return HttpResponse(self.status, self.headers, body)


@define
class _Received:
    """How far an answer got, for its event."""

    status: int | None = None
    size: int = 0
    request_id: str | None = None
    billable: bool = False


async def _capped(response: aiohttp.ClientResponse, cap: int, received: _Received) -> list[bytes] | None:
    """Return the decompressed body in pieces, or None when it is larger than *cap*."""
    announced = response.content_length
    if announced is not None and announced > cap and "Content-Encoding" not in response.headers:
        return None
    pieces: list[bytes] = []
    async for chunk in response.content.iter_any():
        received.size += len(chunk)
        if received.size > cap:
            return None
        pieces.append(chunk)
    return pieces
