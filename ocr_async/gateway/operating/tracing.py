"""
Spans of a gateway's requests, where the program that it runs in has set a tracer provider.

That is what ``opentelemetry-instrument -- ocr-async serve`` does. Others need not have OpenTelemetry, so this module is
imported for those alone.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from aiohttp import web
from attrs import Factory, field, frozen
from opentelemetry import context as contexts
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, Tracer, TracerProvider

from ... import telemetry
from ...events import Observer
from ...telemetry.spans import failed, is_set, tracer_of


if TYPE_CHECKING:
    from ..state import RequestContext

__all__ = ["Tracing", "tracing"]


def tracing() -> Tracing | None:
    """Return what traces a gateway that starts now; None where nobody has said where spans go."""
    return Tracing() if is_set() else None


@frozen
class Tracing:
    """
    Traces requests, and the calls that are made for them.

    Attributes:
        provider: Whose spans they are.
    """

    provider: TracerProvider = field(factory=trace.get_tracer_provider)
    tracer: Tracer = field(init=False, default=Factory(lambda self: tracer_of(self.provider), takes_self=True))

    def observing(self, also: Observer) -> Observer:
        """Return an observer of a call that traces it and tells *also*."""
        return telemetry.observer(also, tracer_provider=self.provider)

    async def answered(
        self, request: web.Request, about: RequestContext, answer: Awaitable[web.StreamResponse]
    ) -> web.StreamResponse:
        """
        Return the *answer* to *request*, made within a span of its own.

        It is a child of the span that the client tells, or of that which an instrumentation of the server has begun.
        Of the address it has the route alone: what stands in its place may be an id or a signature.
        """
        resource = request.match_info.route.resource
        route = "" if resource is None else resource.canonical
        outer = contexts.get_current()
        if not trace.get_current_span(outer).get_span_context().is_valid:
            outer = propagate.extract(request.headers, outer)
        span = self.tracer.start_span(
            f"{request.method} {route}",
            outer,
            SpanKind.SERVER,
            {"http.request.method": request.method, "http.route": route, "ocr.request.id": about.id},
        )
        token = contexts.attach(trace.set_span_in_context(span, outer))
        error: str | None = None
        status = 0
        try:
            response = await answer
            status = response.status
            error = str(about.facts.get("error") or status) if status >= 400 else None
            return response
        except BaseException as failure:
            error = type(failure).__name__  # that of a client that left, most of the time
            raise
        finally:
            contexts.detach(token)
            if status:
                span.set_attribute("http.response.status_code", status)
            if about.key is not None:
                span.set_attribute("ocr.key.alias", about.key.alias)
            failed(span, error, status=status >= 500 or not status)  # what a client did wrong is no failure of ours
            span.end()
