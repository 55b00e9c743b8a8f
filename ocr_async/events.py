"""
What happens during a call, as frozen values for an observer: progress, logs, metrics and ledgers all listen here.

An observer is any callable that takes one event. It is called on the event loop, so it must return at once; what it
raises is logged and does not end the call. Events carry no document text, no keys, and of URLs the host alone.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen


__all__ = [
    "CacheHit",
    "DocumentDone",
    "DocumentStarted",
    "Event",
    "FallbackTaken",
    "Observer",
    "PageDone",
    "RequestDelayed",
    "RequestSent",
    "ResponseReceived",
    "RetryScheduled",
]


@frozen(kw_only=True)
class DocumentStarted:
    """A document was looked at; `pages` is how many will be read, where known."""

    document: str
    provider: str
    model: str
    pages: int | None = None


@frozen(kw_only=True)
class RequestDelayed:
    """One HTTP request waited `seconds` for its turn, as the limits of its account are; most need not wait."""

    provider: str
    seconds: float


@frozen(kw_only=True)
class RequestSent:
    """One HTTP request left; `attempt` counts from 1."""

    provider: str
    host: str
    method: str
    attempt: int
    pages: int | None = None


@frozen(kw_only=True)
class ResponseReceived:
    """One HTTP request ended; `status` is None if no answer came."""

    provider: str
    host: str
    status: int | None
    seconds: float
    bytes: int = 0


@frozen(kw_only=True)
class RetryScheduled:
    """A failed exchange will be repeated after `delay` seconds; `error` names the class of the failure."""

    provider: str
    attempt: int
    delay: float
    error: str
    status: int | None = None


@frozen(kw_only=True)
class PageDone:
    """A page's text is there."""

    document: str
    index: int
    confidence: float | None = None


@frozen(kw_only=True)
class CacheHit:
    """The response came from the cache; nothing was sent."""

    document: str


@frozen(kw_only=True)
class FallbackTaken:
    """A model failed for good; the next one is asked."""

    model: str
    next_model: str
    error: str


@frozen(kw_only=True)
class DocumentDone:
    """The call ended; `error` names the class of the failure, if it failed."""

    document: str
    provider: str
    pages: int
    seconds: float
    error: str | None = None


Event = (
    DocumentStarted
    | RequestDelayed
    | RequestSent
    | ResponseReceived
    | RetryScheduled
    | PageDone
    | CacheHit
    | FallbackTaken
    | DocumentDone
)
Observer = Callable[[Event], None]
