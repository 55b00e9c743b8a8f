"""
From what came back, or did not, to a `Failure`: the one place where aiohttp's errors become ours.

No header and no secret of the request gets into an error: aiohttp's response errors, which carry the request's
headers, are not chained.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import aiohttp
import anyio
from attrs import frozen

from ..errors import (
    ConfigurationError,
    DocumentError,
    OCRError,
    ProviderUnavailable,
    RequestRejected,
    error_class,
)
from ..steps import HttpResponse, is_secret
from .loops import LoopVar
from .retry import Failure, Kind, classify


__all__ = [
    "Attempt",
    "excerpt",
    "from_error",
    "from_exception",
    "from_status",
    "parser",
    "redacted",
    "request_id",
    "reset_seconds",
    "secrets_of",
    "too_large",
]

_REQUEST_IDS = (
    *("x-request-id", "request-id", "mistral-correlation-id", "x-kong-request-id", "x-litellm-call-id"),
    *("x-correlation-id", "apim-request-id", "cf-ray"),
)
_KEYS = re.compile(r"(?i)(bearer\s+|\bsk-)[\w.~+/=-]{6,}")  # whosever they are
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s)"
# A longer one names the end of a day's allowance, or is a Unix time; a provider that means it sends a Retry-After.
_LONGEST_RESET = 60.0  # seconds
_EXCERPT = 200  # characters

# After the whole request was written, a server that found the connection idle resets it within a round trip; later
# than this it had begun to work.
STALE_WINDOW = 1.0  # seconds
# Unsent bytes from which a broken connection may be a server that found the body too large and did not read on.
TOO_LARGE_HINT = 1024 * 1024


@frozen(kw_only=True, eq=False, repr=False)
class Attempt:
    """
    What is known about one attempt when it fails.

    Attributes:
        provider: Name, for the message.

        host: The same.

        proxy: Host and port of the proxy by which it went; None for none.

        secrets: Texts that must not get into an error.

        reused: The connection had served a request before.

        unsent: Bytes of the body not handed to the system yet.

        waited: Seconds since the request was written, or since it began.

        answering: The head of an answer had arrived.
    """

    provider: str
    host: str
    proxy: str | None = None
    secrets: tuple[str, ...] = ()
    reused: bool = False
    unsent: int = 0
    waited: float = 0.0
    answering: bool = False

    @property
    def where(self) -> str:
        """Who was asked, and by which proxy."""
        return f"{self.provider} ({self.host}{f' by the proxy {self.proxy}' if self.proxy else ''})"


def from_status(
    attempt: Attempt, answer: HttpResponse, *, request_ids: Sequence[str] = (), retry_after: float | None = None
) -> Failure:
    """
    Return the failure that *answer*, with a status of 300 and above, is.

    Args:
        answer: The beginning of its body is enough.

        request_ids: Headers in which this provider gives the id of an answer.

        retry_after: Seconds that it asks to wait.
    """
    if answer.status == 407 and attempt.proxy:
        return _permanent(_refused_by_proxy(attempt.proxy))
    if answer.status in {400, 422} and _of_document(answer.body):
        return _permanent(DocumentError(_sentence(attempt, answer.status, said(answer.body))))
    text = answer.body[:4096].decode("utf-8", "replace")
    named = request_id(answer.headers, request_ids)
    error = error_class(answer.status)(
        _sentence(attempt, answer.status, said(answer.body)),
        provider=attempt.provider,
        status=answer.status,
        request_id=named and excerpt(named, attempt.secrets),
        retry_after=retry_after,
        excerpt=excerpt(text, attempt.secrets),
    )
    return from_error(error, should_retry=answer.headers.get("x-should-retry"))


def _of_document(body: bytes) -> bool:
    """
    Whether an error's JSON says that the document is at fault, in Mistral's words, which servers like it repeat.

    Source: https://github.com/mistralai/client-python/issues/485, read 2026-11-28.
    """
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return False
    facts = value if isinstance(value, dict) else {}
    told = (str(facts.get("code")), facts.get("type"))
    return told[0] == "3740" or told[1] == "document_parser_invalid_file" or "not a valid PDF" in (said(body) or "")


def from_error(error: OCRError, *, should_retry: str | None = None) -> Failure:
    """Return the failure for an error that came with an answer: from its status, or what its provider made of it."""
    return Failure(kind=classify(error, should_retry=should_retry), error=error)


def from_exception(attempt: Attempt, exception: Exception) -> Failure:
    """
    Return the failure for what aiohttp raised.

    Raises:
        Exception: *exception* itself, if it is not one of a request that failed.
    """
    where = attempt.where
    match exception:
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            text = f'"{attempt.host}" is no http or https address: check it'
            return _permanent(ConfigurationError(text, hint="api_base"))
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ServerFingerprintMismatch() | ssl.CertificateError():
            text = f"the certificate of {where} is not trusted{_flaw(exception)}"
            return _permanent(ConfigurationError(text, hint="certificate"), exception)
        case aiohttp.ClientHttpProxyError() if attempt.proxy:  # not chained: it holds the proxy's password
            return _no_tunnel(attempt, attempt.proxy, exception.status)
        case aiohttp.ConnectionTimeoutError() | aiohttp.ClientConnectorError():
            error = _unconnected(attempt, exception)
            return _failure(Kind.NOT_PROCESSED, error, exception)
        case aiohttp.ClientResponseError():
            # Its args hold the request's headers, and so the key: only what the parser said is chained.
            error = ProviderUnavailable(f"{where} did not answer in HTTP", provider=attempt.provider)
            return _failure(Kind.AMBIGUOUS, error, exception.__cause__)
        case aiohttp.ClientPayloadError():
            error = ProviderUnavailable(f"the answer of {where} was cut off or damaged", provider=attempt.provider)
            return _failure(Kind.AMBIGUOUS, error, exception)
        case TimeoutError():
            seconds = f"{attempt.waited:.0f} s"
            error = ProviderUnavailable(f"{where} did not answer in time ({seconds})", provider=attempt.provider)
            return _failure(Kind.AMBIGUOUS, error, exception)
        case aiohttp.ClientError() | OSError():
            return _lost(attempt, exception)
        case _:
            raise exception


def _lost(attempt: Attempt, exception: Exception) -> Failure:
    error = ProviderUnavailable(f"{attempt.where} closed the connection without an answer", provider=attempt.provider)
    error.__cause__ = exception
    # What has not got the whole request cannot have worked on it.
    harmless = not attempt.answering and attempt.unsent > 0
    stale = attempt.reused and not attempt.answering and (harmless or attempt.waited < STALE_WINDOW)
    return Failure(
        kind=Kind.NOT_PROCESSED if harmless or stale else Kind.AMBIGUOUS,
        error=error,
        stale=stale,
        broke_early=not attempt.answering and attempt.unsent > TOO_LARGE_HINT,
    )


def too_large(attempt: Attempt, failure: Failure) -> Failure:
    """Return *failure*, of an upload that broke off early for the second time, as the 413 that it most likely is."""
    error = RequestRejected(
        f"{attempt.provider} ({attempt.host}) broke the connection twice while the request was being sent; most likely "
        "the request is too large for it",
        provider=attempt.provider,
        status=413,
    )
    return _permanent(error, failure.error.__cause__)


def reset_seconds(text: str | None) -> float | None:
    """
    Return the seconds that an ``x-ratelimit-reset`` header names; None if it is unreadable, or more than a minute.

    Seconds, or durations as OpenAI writes them: ``1s``, ``6m0s``, ``120ms``.
    """
    if text is None:
        return None
    # A number alone is seconds; anything else has to be made of numbers with units, and of nothing besides.
    text = f"{text}s" if text.replace(".", "", 1).isdecimal() else text
    if re.sub(_DURATION, "", text) or not text:
        return None
    total = sum(float(number) * _UNITS[unit] for number, unit in re.findall(_DURATION, text))
    return total if total <= _LONGEST_RESET else None


def request_id(headers: Mapping[str, str], own: Sequence[str] = ()) -> str | None:
    """Return the provider's id of an answer, or None; header names in lower case, its *own* first."""
    for name in (*own, *_REQUEST_IDS):
        if found := headers.get(name):
            return found
    return None


def secrets_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts in a request's headers that must not be shown, the longest first."""
    if not headers:
        return ()
    found: list[str] = []
    for name, value in headers.items():
        if is_secret(name):
            found += _words(value)
    return tuple(sorted(found, key=len, reverse=True)) if len(found) > 1 else tuple(found)


@lru_cache(maxsize=64)  # of the same few keys
def _words(secret: str) -> frozenset[str]:
    return frozenset(word for word in (secret, *secret.split()) if len(word) > 6)


def excerpt(text: str, secrets: tuple[str, ...]) -> str:
    """Return the first 200 characters of *text* without *secrets*."""
    return redacted(text, secrets)[:_EXCERPT]


def redacted(text: str, secrets: tuple[str, ...]) -> str:
    """Return *text* without *secrets*, and without what looks like a key of somebody else's."""
    for secret in secrets:
        text = text.replace(secret, "[redacted]")
    return _KEYS.sub(r"\1…", text)


def said(body: bytes) -> str | None:
    """
    Return the sentence in an error's JSON body, or None.

    Knows ``message``, ``detail`` and ``error`` as text or one level deeper, and FastAPI's list of ``{loc, msg}``, of
    which the echoed ``input`` is left out, because it is the document.
    """
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for _ in range(6):
        match value:
            case str():
                return " ".join(value.split()) or None
            case {"msg": str(message), "loc": [*where]}:
                return f"{'.'.join(map(str, where))}: {message}"
            case {"message": inner} | {"detail": inner} | {"error": inner} | {"error_message": inner}:
                value = inner
            case [first, *_]:
                value = first
            case _:
                return None
    return None


def _sentence(attempt: Attempt, status: int, message: str | None) -> str:
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    tail = f": {excerpt(message, attempt.secrets)}" if message else ""
    if status < 400:
        where = f"{attempt.provider} ({attempt.host})"
        return f"{where} redirects ({phrase}), which is not followed: give its final address"
    if status == 401:
        return f"{attempt.provider} does not accept the key ({phrase}){tail}"
    return f"{attempt.provider} answered {phrase}{tail}"


def _flaw(exception: Exception) -> str:
    """Return what OpenSSL finds wrong with a certificate; it may speak of its name and dates."""
    said = exception.certificate_error if isinstance(exception, aiohttp.ClientConnectorCertificateError) else exception
    return f" ({said.verify_message})" if isinstance(said, ssl.SSLCertVerificationError) else ""


def _refused_by_proxy(proxy: str) -> ConfigurationError:
    return ConfigurationError(
        f"the proxy {proxy} asks for a user and password, or does not accept those it got (407)",
        hint="proxy_credentials",
    )


def _no_tunnel(attempt: Attempt, proxy: str, status: int) -> Failure:
    """Return the failure of a request that the proxy answered itself with *status*, so that it went no further."""
    if status == 407:
        return _permanent(_refused_by_proxy(proxy))
    text = f"the proxy {proxy} does not connect to {attempt.provider} ({attempt.host}): it answers {status}"
    if status >= 500 or status in {408, 429}:
        return _failure(Kind.NOT_PROCESSED, ProviderUnavailable(text, provider=attempt.provider), None)
    return _permanent(ConfigurationError(f"{text}; it has to allow the address, or NO_PROXY to name it"))


def _unconnected(attempt: Attempt, exception: Exception) -> ProviderUnavailable:
    unnamed = isinstance(exception, aiohttp.ClientConnectorDNSError)
    to = attempt.where
    if attempt.proxy and (unnamed or isinstance(exception, aiohttp.ClientProxyConnectionError)):
        to = f"the proxy {attempt.proxy}, by which {attempt.provider} is asked"  # which looks up the provider's name
    return ProviderUnavailable(
        f"cannot connect to {to}: {_reason(exception)}",
        provider=attempt.provider,
        hint="no_proxy" if unnamed and not attempt.proxy else None,
    )


def _reason(exception: Exception) -> str:
    if isinstance(exception, aiohttp.ClientConnectorDNSError):
        return "its name cannot be resolved"
    if isinstance(exception, TimeoutError):
        return "time-out"
    if isinstance(exception, aiohttp.ClientConnectorError) and isinstance(exception.os_error, ConnectionRefusedError):
        return "connection refused"  # asyncio says "Connect call failed", and an address
    if isinstance(exception, aiohttp.ClientConnectorError):
        return exception.strerror or "connection failed"
    return "connection failed"


def _permanent(error: OCRError, cause: BaseException | None = None) -> Failure:
    return _failure(Kind.PERMANENT, error, cause)


def _failure(kind: Kind, error: OCRError, cause: BaseException | None) -> Failure:
    error.__cause__ = cause
    return Failure(kind=kind, error=error)


# One on purpose: a JSON decoder lets no other thread run Python until it is done, and with two of them at work the loop
# would wait for both at every turn.
_PARSER: LoopVar[anyio.CapacityLimiter] = LoopVar()


def parser() -> anyio.CapacityLimiter:
    """Return what to hold while a large answer is put together, which takes milliseconds as well, and parsed."""
    limiter = _PARSER.get()
    if limiter is None:
        limiter = anyio.CapacityLimiter(1)
        _PARSER.set(limiter)
    return limiter
