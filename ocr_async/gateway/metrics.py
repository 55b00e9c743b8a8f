"""
What the gateway did, as Prometheus reads it.

Labels have few values: routes as they were added, names of the configuration (``unknown`` for what clients make up),
aliases of keys, names of error classes. Nothing of a request or a document is in them.
"""

from __future__ import annotations

from attrs import define, field
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

from ..events import Event, FallbackTaken, ResponseReceived, RetryScheduled
from ..models import OCRResponse


__all__ = ["Metrics"]

# Seconds: a status takes milliseconds, a book minutes.
_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


@define(eq=False)
class Metrics:
    """The counters of one gateway; they begin at 0 with each."""

    registry: CollectorRegistry = field(factory=CollectorRegistry)
    _requests: Counter = field(init=False)
    _durations: Histogram = field(init=False)
    _pages: Counter = field(init=False)
    _spend: Counter = field(init=False)
    _attempts: Counter = field(init=False)
    _upstream: Histogram = field(init=False)
    _retries: Counter = field(init=False)
    _fallbacks: Counter = field(init=False)
    _working: Gauge = field(init=False)

    def __attrs_post_init__(self) -> None:
        known = self.registry
        self._requests = Counter("ocr_requests", "Requests answered.", ["route", "model", "status"], registry=known)
        self._durations = Histogram(
            "ocr_request_duration_seconds", "From a request's head to the end of its answer.", ["route"],
            registry=known, buckets=_BUCKETS,
        )  # fmt: skip
        self._pages = Counter(
            "ocr_pages", "Pages read, and pages that never came.", ["model", "outcome"], registry=known
        )
        self._spend = Counter("ocr_spend", "US dollars.", ["key", "model"], registry=known)
        self._attempts = Counter(
            "ocr_upstream_attempts", "Requests sent to providers.", ["provider", "outcome"], registry=known
        )
        self._upstream = Histogram(
            "ocr_upstream_duration_seconds", "Of one request to a provider.", ["provider"],
            registry=known, buckets=_BUCKETS,
        )  # fmt: skip
        self._retries = Counter("ocr_retries", "Requests to be repeated.", ["provider", "error"], registry=known)
        self._fallbacks = Counter("ocr_fallbacks", "Calls that another model took over.", ["error"], registry=known)
        self._working = Gauge("ocr_inflight", "Calls being worked on or waiting for their turn.", registry=known)

    def answered(self, route: str | None, model: str | None, status: int, seconds: float) -> None:
        """
        Count one request.

        Args:
            model: A name of the configuration; None where none was asked for.
        """
        self._requests.labels(route or "none", model or "none", str(status)).inc()
        self._durations.labels(route or "none").observe(seconds)

    def served(self, key: str, model: str, response: OCRResponse, usd: float | None) -> None:
        """Count the pages of *response*, and what they cost the key of the alias *key*."""
        self._pages.labels(model, "done").inc(len(response.pages))
        if response.missing_pages:
            self._pages.labels(model, "missing").inc(len(response.missing_pages))
        if usd:
            self._spend.labels(key, model).inc(usd)

    def observe(self, event: Event) -> None:
        """Count what happened during a call."""
        match event:
            case ResponseReceived():
                outcome = "none" if event.status is None else str(event.status)
                self._attempts.labels(event.provider, outcome).inc()
                self._upstream.labels(event.provider).observe(event.seconds)
            case RetryScheduled():
                self._retries.labels(event.provider, event.error).inc()
            case FallbackTaken():
                self._fallbacks.labels(event.error).inc()
            case _:
                pass

    def written(self, working: int) -> bytes:
        """
        Return all of it as Prometheus reads it; blocks, since what the process uses stands in files of the kernel.

        Args:
            working: Calls being worked on or waiting for their turn.
        """
        self._working.set(working)
        process = CollectorRegistry()
        ProcessCollector(registry=process)
        return generate_latest(self.registry) + generate_latest(process)
