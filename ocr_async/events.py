"""
What happens during a call, as frozen values for an observer: progress, logs, metrics and ledgers all listen here.

An observer is any callable that takes one event. It is called on the event loop, so it must return at once; what it
raises is logged and does not end the call. One that is an object may say more: while its attribute `listening` is false
no event is made for it, its attribute `hears` names the classes of those that it wants, where it does not want all, and
its method ``inject(headers)`` may add to the headers of each request that is sent, after `RequestSent`. `CallStarted`
and `DocumentDone`, `DocumentStarted` and `ReadingDone`, `PageBatchStarted` and `PageBatchDone`, `RequestSent` and
`ResponseReceived` enclose each other, and both of a pair come in one context (`contextvars`). Events carry no document
text and no keys; of a provider's address the host, and of a document's address the host and the file's name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from attrs import frozen


__all__ = [
    "BatchProgress",
    "CacheHit",
    "CallEvent",
    "CallStarted",
    "DocumentDone",
    "DocumentStarted",
    "Event",
    "EventName",
    "FallbackTaken",
    "Observer",
    "PageBatchDone",
    "PageBatchStarted",
    "PageDone",
    "PageEscalated",
    "ProviderPaused",
    "ProviderResumed",
    "ReadingDone",
    "RequestDelayed",
    "RequestSent",
    "ResponseReceived",
    "RetryScheduled",
]


@frozen(kw_only=True)
class CallEvent:
    """
    What each event tells: of which call it is.

    Attributes:
        call: An id that no other call has, here or in another process.

        document: What people call the document: a file's name, or an address's host and file name.

        model: Who is asked: ``provider/model`` as the caller wrote it; in a gateway the deployment's name.
    """

    call: str
    document: str
    model: str


@frozen(kw_only=True)
class CallStarted(CallEvent):
    """A call began; nothing was looked at yet. Documents of batch jobs have none, as they are not read one by one."""


@frozen(kw_only=True)
class DocumentStarted(CallEvent):
    """
    A document was looked at, and its pages are asked of `model` now.

    Attributes:
        pages: How many will be read, where known.

        size: Bytes of the document, where they are here.
    """

    provider: str
    pages: int | None = None
    size: int | None = None


@frozen(kw_only=True)
class PageBatchStarted(CallEvent):
    """
    Some pages are asked for, in one exchange of one or more HTTP requests.

    Attributes:
        batch: Number of the exchange, from 0, with the model that is asked.

        pages: How many; None for all of a document of unknown length.
    """

    provider: str
    batch: int
    pages: int | None = None


@frozen(kw_only=True)
class PageBatchDone(CallEvent):
    """The exchange of the same `batch` ended; `pages` came, and `error` names the class of its failure, if any."""

    provider: str
    batch: int
    pages: int
    error: str | None = None


@frozen(kw_only=True)
class RequestDelayed(CallEvent):
    """
    One HTTP request waited `seconds` for its turn, as the limits of its account are; most need not wait.

    Attributes:
        exchange: An id of the request, which its repeats share; also in the events below.
    """

    provider: str
    exchange: str
    seconds: float


@frozen(kw_only=True)
class RequestSent(CallEvent):
    """
    One HTTP request left; `attempt` counts from 1 within its `exchange`.

    Attributes:
        request_id: What the provider was sent as ``X-Request-Id``.
    """

    provider: str
    exchange: str
    attempt: int
    host: str
    method: str
    request_id: str
    pages: int | None = None


@frozen(kw_only=True)
class ResponseReceived(CallEvent):
    """
    The HTTP request of the same `exchange` and `attempt` ended; `status` is None if no answer came.

    Attributes:
        bytes: Of the answer, decompressed, as far as it was read.

        request_id: The provider's id of the answer.

        pages: How many were asked for; None for all of a document of unknown length.

        billable: Whether the provider bills it, or may: it was answered with a result, or broke off at work.

        error: Name of the class of its failure, if it failed.
    """

    provider: str
    exchange: str
    attempt: int
    host: str
    method: str
    status: int | None
    seconds: float
    bytes: int = 0
    request_id: str | None = None
    pages: int | None = None
    billable: bool = False
    error: str | None = None


@frozen(kw_only=True)
class RetryScheduled(CallEvent):
    """
    A failed exchange will be repeated after `delay` seconds; `error` names the class of the failure.

    Attributes:
        request_id: The provider's id of the answer that said so.
    """

    provider: str
    exchange: str
    attempt: int
    delay: float
    error: str
    status: int | None = None
    request_id: str | None = None


@frozen(kw_only=True)
class ProviderPaused(CallEvent):
    """
    The provider is down: the documents of a stream wait for it, rather than fail, and calls with fallbacks ask the
    next one at once; told once, by the document that found out.

    Attributes:
        error: Name of the class of the failure.

        patience: Seconds that they wait at most; 0 where somebody else is asked.
    """

    provider: str
    error: str
    patience: float
    status: int | None = None


@frozen(kw_only=True)
class ProviderResumed(CallEvent):
    """The provider is back, after documents waited `seconds` for it."""

    provider: str
    seconds: float


@frozen(kw_only=True)
class BatchProgress(CallEvent):
    """
    A batch job of the provider's own went on.

    Attributes:
        job: The provider's name of it.

        status: Its state in the provider's words.

        completed: Requests that are done, the `failed` ones included, of `total`.
    """

    provider: str
    job: str
    status: str
    completed: int
    failed: int
    total: int


@frozen(kw_only=True)
class PageDone(CallEvent):
    """A page's text is there."""

    index: int
    confidence: float | None = None


@frozen(kw_only=True)
class CacheHit(CallEvent):
    """The response came from the cache; nothing was sent."""


@frozen(kw_only=True)
class FallbackTaken(CallEvent):
    """`model` failed for good; the next one is asked. `request_id` is the provider's, of the last answer."""

    next_model: str
    error: str
    request_id: str | None = None


@frozen(kw_only=True)
class PageEscalated(CallEvent):
    """`model` read a page badly; it is asked of the next one. `reason` is that of `OCRResponse.escalated`."""

    index: int
    next_model: str
    reason: str


@frozen(kw_only=True)
class ReadingDone(CallEvent):
    """
    What was asked of `model` since `DocumentStarted` is there, or failed; another one may be asked next.

    Attributes:
        pages: That came.

        answered_by: The model in the provider's own words, where it told.

        error: Name of the class of the failure, if it failed.
    """

    provider: str
    pages: int = 0
    answered_by: str | None = None
    error: str | None = None


@frozen(kw_only=True)
class DocumentDone(CallEvent):
    """
    The call ended; `error` names the class of the failure, if it failed.

    Attributes:
        request_id: The provider's id of the last answer.
    """

    provider: str
    pages: int
    seconds: float
    error: str | None = None
    request_id: str | None = None


Event = (
    CallStarted
    | DocumentStarted
    | PageBatchStarted
    | PageBatchDone
    | RequestDelayed
    | RequestSent
    | ResponseReceived
    | RetryScheduled
    | ProviderPaused
    | ProviderResumed
    | BatchProgress
    | PageDone
    | PageEscalated
    | CacheHit
    | ReadingDone
    | FallbackTaken
    | DocumentDone
)
EventName = Literal[
    "CallStarted",
    "DocumentStarted",
    "PageBatchStarted",
    "PageBatchDone",
    "RequestDelayed",
    "RequestSent",
    "ResponseReceived",
    "RetryScheduled",
    "ProviderPaused",
    "ProviderResumed",
    "BatchProgress",
    "PageDone",
    "PageEscalated",
    "CacheHit",
    "ReadingDone",
    "FallbackTaken",
    "DocumentDone",
]  # by which an event is told, so that this module is imported where somebody hears of it
Observer = Callable[[Event], None]
