"""
One attempt of an exchange over HTTP: sent, read, and turned into what its `parse` makes of it, or into a failure.

What comes before and after an attempt, its turn, repeats and events, is `send`'s.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Generic, TypeVar

import aiohttp
import anyio.to_thread
from attrs import define, field
from multidict import CIMultiDict
from yarl import URL

from ..errors import DeadlineExceeded, OCRError, ProviderError, ResponseInvalid
from ..models._drafts import maker
from ..steps import HttpRequest, HttpResponse
from . import answers
from .answers import Attempt
from .body import Body, Payload
from .conditions import Conditions, attempt_seconds, response_bytes, silence_seconds
from .connections import Usage, usage
from .egress import Egress
from .learned_limits import Turn
from .limits import Account
from .retry import Failure, Kind, retry_after
from .session import now, session


__all__ = ["SAFE", "HttpAttempts", "Received"]

T = TypeVar("T")

CONNECT_SECONDS = 10.0  # name, TCP and TLS together
IN_THREAD = 1024 * 1024  # bytes of an answer from which it is parsed off the loop: 11 ms for 16 MiB
ERROR_BODY = 64 * 1024  # bytes read of an answer that is an error
SAFE = frozenset({"GET", "HEAD"})  # methods that do no work and are not billed
HOPS = 3  # redirects of a GET within its origin


@define(eq=False, repr=False)
class Received:
    """How far an answer got, for its event."""

    status: int | None = None
    size: int = 0
    request_id: str | None = None
    billable: bool = False


@define(kw_only=True, eq=False, repr=False)
class HttpAttempts(Generic[T]):
    """
    The attempts of one `HttpRequest`.

    Attributes:
        digest: Of the body, where attempts are signed.

        id: Unique.

        name: What the requests' ids begin with.

        sent: Attempts so far.

        last: Why the one before failed.

        turn: Of the present attempt.
    """

    conditions: Conditions
    request: HttpRequest[T]
    url: URL
    egress: Egress
    headers: CIMultiDict[str]
    body: Body | None
    digest: str | None
    account: Account
    id: str
    name: str
    sent: int = 0
    last: OCRError | None = None
    turn: Turn = field(factory=lambda: Turn(0))

    def sent_as(self) -> str:
        """Return the id of the present attempt."""
        return f"{self.name}-{self.sent}"

    async def http(self, received: Received) -> T | Failure:
        """Make one attempt: send, read, parse."""
        conditions, request = self.conditions, self.request
        started = now()
        left = conditions.deadline - started
        if left <= 0:
            raise DeadlineExceeded(f"the call's timeout passed before {conditions.provider} was asked") from self.last
        has_body = self.body is not None
        total = min(left, conditions.attempt_timeout or attempt_seconds(request.pages, has_body=has_body))
        silence = conditions.read_timeout or silence_seconds(request.pages, has_body=has_body)
        # what failed before is told with the deadline, which who cancels does not know of
        untimed = total == left and conditions.timed and self.last is None
        # the second one is a timer for each piece that arrives
        timeout = _timeout(None if untimed else total, silence if silence < total else None)
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
        received: Received,
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
        self, payload: bytes | Payload | None, limits: aiohttp.ClientTimeout, received: Received
    ) -> _Answer | Failure:
        client = await session()
        self.headers["X-Request-Id"] = self.sent_as()
        if self.conditions.inject is not None:
            self.conditions.inject(self.headers)
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

    async def _read(self, response: aiohttp.ClientResponse, received: Received) -> _Answer | Failure:
        # bytes that are no UTF-8 come as halves of surrogate pairs, which nothing could print or store
        headers = {
            name.lower(): value
            if value.isascii()
            else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            for name, value in response.headers.items()
        }
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
        return found and answers.excerpt(found, self.secrets())

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
        error.args = (answers.redacted(str(error.args[0]), secrets), *error.args[1:])
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


@lru_cache
def _timeout(total: float | None, silence: float | None) -> aiohttp.ClientTimeout:
    """Return the limits of one attempt; most calls have the same, those near their deadline aside."""
    return aiohttp.ClientTimeout(
        total=total,
        connect=CONNECT_SECONDS,
        sock_read=silence,
        ceil_threshold=math.inf,  # to the millisecond: the default rounds up to whole seconds
    )


@define(eq=False, repr=False)
class _Answer:
    """An answer with a status below 300, its body in the pieces in which it came."""

    status: int
    headers: Mapping[str, str]
    pieces: list[bytes]

    def whole(self) -> HttpResponse:
        """Return it with its body in one piece; only once, since the pieces are given up."""
        body = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
        self.pieces.clear()
        answer: HttpResponse = maker(HttpResponse)(status=self.status, headers=self.headers, body=body)
        return answer


async def _capped(response: aiohttp.ClientResponse, cap: int, received: Received) -> list[bytes] | None:
    """Return the decompressed body in pieces, or None when it is larger than *cap*."""
    announced = response.content_length
    if announced is not None and announced > cap and "Content-Encoding" not in response.headers:
        return None
    pieces: list[bytes] = []
    while chunk := await response.content.readany():
        received.size += len(chunk)
        if received.size > cap:
            return None
        pieces.append(chunk)
    return pieces
