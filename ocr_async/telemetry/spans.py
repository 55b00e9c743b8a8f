"""
The spans of a call: each pair of its events that enclose each other is one.

Names and attributes are those of OpenTelemetry's semantic conventions 1.37, of which the ones for generative models
(``gen_ai.*``) are still in development, and ``ocr.*`` for what those have no word for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping
from contextvars import Token
from typing import Any

from attrs import define
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, TracerProvider

from ..events import (
    CacheHit,
    CallStarted,
    DocumentDone,
    DocumentStarted,
    Event,
    Observer,
    PageBatchDone,
    PageBatchStarted,
    ReadingDone,
    RequestSent,
    ResponseReceived,
    RetryScheduled,
)


__all__ = ["SpanObserver", "failed", "is_set", "tracer_of"]

_SCHEMA = "https://opentelemetry.io/schemas/1.37.0"
# The registry's own names where they are not ours: gen_ai.provider.name, semantic conventions 1.37, read 2026-11-29.
_PROVIDERS = {
    "azure_ai": "azure.ai.inference",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "vertex_ai": "gcp.vertex_ai",
}
_NO_FAILURES = {"CancelledError", "GeneratorExit"}  # somebody did not want the answer any more
_OPEN = context.create_key("ocr_async-span")


@define(eq=False)
class _Open:
    """
    A span that has begun, in the context in which it did.

    Attributes:
        ends: The event that ends it.

        around: The span of the same call that it lies in.
    """

    span: Span
    call: str
    ends: type[Event]
    around: _Open | None
    token: Token[Context] | None = None
    retries: int = 0


class SpanObserver:
    """
    Makes spans of events; see `ocr_async.telemetry.observer`.

    What has begun is kept in the context alone: events of one call come from many tasks, and those that enclose each
    other from one.
    """

    def __init__(self, also: Observer | None, provider: TracerProvider | None, *, propagate: bool) -> None:
        self._also = also
        self._given = provider
        self._propagate = propagate
        self._provider: TracerProvider | None = None
        self._tracer: Tracer | None = None

    def __reduce__(self) -> tuple[Callable[..., SpanObserver], tuple[Any, ...]]:
        return _again, (self._also, self._propagate)

    @property
    def listening(self) -> bool:
        """Whether there is anybody to make spans for, or another observer."""
        return self._tracing() or (self._also is not None and getattr(self._also, "listening", True))

    def inject(self, headers: MutableMapping[str, str]) -> None:
        """Add to *headers* which span the request belongs to."""
        if self._propagate and self._tracing():
            propagate.inject(headers, context=baggage.clear())
        if (inject := getattr(self._also, "inject", None)) is not None:
            inject(headers)

    def __call__(self, event: Event) -> None:
        if self._tracing():
            self._trace(event)
        if self._also is not None:
            self._also(event)

    def _tracing(self) -> bool:
        return self._given is not None or is_set()

    def _trace(self, event: Event) -> None:
        match event:
            case CallStarted():
                self._begin(event, DocumentDone, "ocr document", SpanKind.INTERNAL, {"ocr.call": event.call})
            case DocumentStarted() if (around := _innermost(event.call)) is not None:
                pages = {"ocr.pages.requested": event.pages, "ocr.document.size": event.size}
                _set(around.span, pages)
                kind = SpanKind.INTERNAL if event.provider == "local" else SpanKind.CLIENT
                self._begin(event, ReadingDone, f"ocr {event.model}", kind, _model(event) | pages)
            case PageBatchStarted():
                batch = {"ocr.batch.index": event.batch, "ocr.pages.requested": event.pages}
                self._begin(event, PageBatchDone, "ocr batch", SpanKind.INTERNAL, batch)
            case RequestSent():
                _tell_host(event)
                self._begin(event, ResponseReceived, event.method, SpanKind.CLIENT, _request(event))
            case ResponseReceived():
                _end(event, _kind(event), _answer(event))
            case RetryScheduled():
                _count_retry(event.call)
            case PageBatchDone():
                _end(event, event.error, {"ocr.pages.processed": event.pages})
            case ReadingDone():
                told = {"gen_ai.response.model": event.answered_by or None, "ocr.pages.processed": event.pages}
                _end(event, event.error, told)
            case CacheHit() if (around := _innermost(event.call)) is not None:
                around.span.set_attribute("ocr.cache.hit", True)
            case DocumentDone():
                if not _end(event, event.error, {"ocr.pages.processed": event.pages}):
                    self._afterwards(event)
            case _:
                pass

    def _begin(self, event: Event, ends: type[Event], name: str, kind: SpanKind, attributes: dict[str, Any]) -> None:
        around = _innermost(event.call)
        span = self._tracer_now().start_span(name, kind=kind, attributes=_known(attributes))
        opened = _Open(span, event.call, ends, around)
        opened.token = context.attach(context.set_value(_OPEN, opened, trace.set_span_in_context(span)))

    def _afterwards(self, event: DocumentDone) -> None:
        """Make the span of a document that was read among others, by a batch job."""
        ended = time.time_ns()
        span = self._tracer_now().start_span(
            "ocr document",
            attributes={"ocr.call": event.call, "ocr.pages.processed": event.pages},
            start_time=ended - int(event.seconds * 1e9),
        )
        failed(span, event.error)
        span.end(ended)

    def _tracer_now(self) -> Tracer:
        provider = self._given or trace.get_tracer_provider()
        if self._tracer is None or provider is not self._provider:
            self._provider, self._tracer = provider, tracer_of(provider)
        return self._tracer


def is_set() -> bool:
    """Whether the program has set a tracer provider."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider | trace.NoOpTracerProvider)


def tracer_of(provider: TracerProvider) -> Tracer:
    """Return this package's tracer of *provider*."""
    from .. import __version__

    return provider.get_tracer("ocr_async", __version__, schema_url=_SCHEMA)


def failed(span: Span, error: str | None, *, status: bool = True) -> None:
    """
    Note that *span* ended with *error*, the name of its kind; None for none.

    Args:
        status: Whether it is the span's own failure; a call that was cancelled never is.
    """
    if error is None:
        return
    span.set_attribute("error.type", error)
    if status and error not in _NO_FAILURES:
        span.set_status(Status(StatusCode.ERROR, error))


def _again(also: Observer | None, propagate: bool) -> SpanObserver:
    return SpanObserver(also, None, propagate=propagate)


def _innermost(call: str) -> _Open | None:
    """Return the span of *call* in which this context is; None for a context that is in none, or in another call's."""
    opened = context.get_value(_OPEN)
    return opened if isinstance(opened, _Open) and opened.call == call else None


def _end(event: Event, error: str | None, facts: dict[str, Any]) -> bool:
    """End the span that *event* ends; return whether there is one."""
    opened = _innermost(event.call)
    if opened is None or opened.ends is not type(event):
        return False
    if opened.token is not None:
        context.detach(opened.token)
    _set(opened.span, facts)
    if opened.ends is not ResponseReceived:
        opened.span.set_attribute("ocr.retry.count", opened.retries)
    failed(opened.span, error)
    opened.span.end()
    return True


def _count_retry(call: str) -> None:
    opened = _innermost(call)
    while opened is not None:
        opened.retries += 1
        opened = opened.around


def _tell_host(event: RequestSent) -> None:
    """Tell the span of the model where it is; only its first request knows."""
    opened = _innermost(event.call)
    while opened is not None:
        if opened.ends is ReadingDone:
            opened.span.set_attribute("server.address", event.host)
        opened = opened.around


def _model(event: DocumentStarted) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "ocr",
        "gen_ai.provider.name": _PROVIDERS.get(event.provider, event.provider),
        "gen_ai.request.model": event.model.removeprefix(f"{event.provider}/"),
    }


def _request(event: RequestSent) -> dict[str, Any]:
    return {
        "http.request.method": event.method,
        "http.request.resend_count": event.attempt - 1 or None,
        "server.address": event.host,
        "ocr.request.id": event.request_id,
        "ocr.pages.requested": event.pages,
    }


def _answer(event: ResponseReceived) -> dict[str, Any]:
    return {"http.response.status_code": event.status, "ocr.request.id": event.request_id}


def _kind(event: ResponseReceived) -> str | None:
    """Return the kind of failure that a request ended with: its status, where that says so."""
    if event.error is not None and event.status is not None and event.status >= 300:
        return str(event.status)
    return event.error


def _set(span: Span, attributes: dict[str, Any]) -> None:
    span.set_attributes(_known(attributes))


def _known(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
