"""
Traces of calls by OpenTelemetry: an observer of their events that makes spans of them.

    >>> from ocr_async import OCR, telemetry
    >>> client = OCR(model="mistral/mistral-ocr-latest", on_event=telemetry.observer())

docs/how-to/trace-with-opentelemetry.md lists the spans and their attributes. OpenTelemetry is imported by `observer`
alone, and only its API: where its spans go is up to the program. While that has no tracer provider, calls make no
events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._platform.forks import loading
from ..errors import missing_extra


if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

    from ..events import Observer
    from .spans import SpanObserver

__all__ = ["observer"]


def observer(
    also: Observer | None = None, *, tracer_provider: TracerProvider | None = None, propagate: bool = True
) -> SpanObserver:
    """
    Return an observer that traces calls, for their `on_event`.

    Spans are children of the span in which the call is made, in whatever thread or task. They carry no document text,
    no names of documents, no keys, and of an address the host alone. One observer serves all calls; it pickles, and in
    another process goes by that process' own tracer provider.

    Args:
        also: Another observer, which is told the same.

        tracer_provider: Whose spans they are; None for the program's own, as soon as it has set one.

        propagate: Whether requests to providers tell the trace that they belong to, in the headers of the program's
            propagator (``traceparent``); never its baggage.

    Raises:
        ConfigurationError: OpenTelemetry is not installed.
    """
    with loading:
        try:
            from .spans import SpanObserver
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("opentelemetry"):
                raise
            raise missing_extra("tracing", "otel") from error
    return SpanObserver(also, tracer_provider, propagate=propagate)
