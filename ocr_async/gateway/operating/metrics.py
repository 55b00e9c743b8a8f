"""
What the gateway did, as Prometheus reads it.

Labels have few values: routes as they were added, names of the configuration (``unknown`` for what clients make up),
aliases of keys, names of error classes. Nothing of a request or a document is in them.

prometheus-client is needed to serve at all, as is PyYAML: both are in the extra ``server``, and a gateway that counts
in one installation and not in another would be found out at the wrong moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from attrs import field, frozen
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ...events import Event, FallbackTaken, RequestDelayed, ResponseReceived, RetryScheduled
from ...models import OCRResponse
from ...transport.limits import AccountState


__all__ = ["Metrics", "Snapshot"]

M = TypeVar("M", Counter, Histogram)

# Seconds: a status takes milliseconds, a book minutes.
_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


@frozen(kw_only=True, eq=False)
class Snapshot(Collector):
    """
    How things are when they are asked for; nobody counts them along.

    Attributes:
        working: Calls being worked on or waiting for their turn.

        most: As many of them as there may be.

        waiting: How many wait, by what for.

        accounts: Accounts at providers, by the first deployment that uses each.

        replaced: Workers of the engine that ended before their time, by why.
    """

    working: int
    most: int
    waiting: Mapping[str, int] = field(factory=dict)
    accounts: Mapping[str, AccountState] = field(factory=dict)
    replaced: Mapping[str, int] = field(factory=dict)

    def collect(self) -> Iterator[Metric]:
        """Yield it as Prometheus wants it."""
        yield GaugeMetricFamily("ocr_inflight", "Calls being worked on or waiting for their turn.", self.working)
        yield GaugeMetricFamily("ocr_inflight_limit", "As many of them as there may be (max_queue).", self.most)
        depth = GaugeMetricFamily(
            "ocr_queue_depth",
            "Waiting: calls for a free deployment, requests for their turn at a provider, tasks for the engine.",
            labels=["for"],
        )
        for what, count in self.waiting.items():
            depth.add_metric([what], count)
        yield depth
        for name, help_text, fact in (
            ("ocr_upstream_inflight", "Requests on their way to a provider.", "in_flight"),
            ("ocr_concurrency_limit", "Requests that may be on their way now, as configured or learned.", "most"),
            ("ocr_retry_budget_tokens", "What is left for repeats, of 500; each costs 14, after a 429 5.", "tokens"),
        ):
            family = GaugeMetricFamily(name, help_text, labels=["deployment"])
            for deployment, state in self.accounts.items():
                family.add_metric([deployment], getattr(state, fact))
            yield family
        restarts = CounterMetricFamily(
            "ocr_worker_restarts", "Workers of the engine that ended before their time.", labels=["reason"]
        )
        for reason, count in self.replaced.items():
            restarts.add_metric([reason], count)
        yield restarts


class Metrics:
    """The counters of one gateway; they begin at 0 with each."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._known: dict[tuple[Any, tuple[str, ...]], Any] = {}  # as many as the registry has

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=self.registry)

        def seconds(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(name, text, labels, registry=self.registry, buckets=_BUCKETS)

        self._requests = counter("ocr_requests", "Requests answered.", "route", "model", "status")
        self._durations = seconds(
            "ocr_request_duration_seconds", "From a request's head to the end of its answer.", "route"
        )
        self._pages = counter("ocr_pages", "Pages read, and pages that never came.", "model", "outcome")
        self._spend = counter("ocr_spend", "US dollars.", "key", "model")
        self._attempts = counter("ocr_upstream_attempts", "Requests sent to providers.", "provider", "outcome")
        self._upstream = seconds("ocr_upstream_duration_seconds", "Of one request to a provider.", "provider")
        self._retries = counter("ocr_retries", "Requests to be repeated.", "provider", "error")
        self._fallbacks = counter("ocr_fallbacks", "Calls that another model took over.", "error")
        self._waited = seconds(
            "ocr_ratelimit_wait_seconds", "Of a request that had to wait for its turn at a provider.", "provider"
        )

    def answered(self, route: str | None, model: str | None, status: int, seconds: float) -> None:
        """
        Count one request.

        Args:
            model: A name of the configuration; None where none was asked for.
        """
        self._of(self._requests, route or "none", model or "none", str(status)).inc()
        self._of(self._durations, route or "none").observe(seconds)

    def served(self, model: str, response: OCRResponse) -> None:
        """Count the pages of *response*."""
        self._of(self._pages, model, "done").inc(len(response.pages))
        if response.missing_pages:
            self._pages.labels(model, "missing").inc(len(response.missing_pages))

    def spent(self, key: str, model: str, usd: float | None) -> None:
        """Count what a request cost the key of the alias *key*."""
        if usd:
            self._of(self._spend, key, model).inc(usd)

    def observe(self, event: Event) -> None:
        """Count what happened during a call."""
        match event:
            case ResponseReceived():
                outcome = "none" if event.status is None else str(event.status)
                self._of(self._attempts, event.provider, outcome).inc()
                self._of(self._upstream, event.provider).observe(event.seconds)
            case RequestDelayed():
                self._waited.labels(event.provider).observe(event.seconds)
            case RetryScheduled():
                self._retries.labels(event.provider, event.error).inc()
            case FallbackTaken():
                self._fallbacks.labels(event.error).inc()
            case _:
                pass

    def _of(self, metric: M, *labels: str) -> M:
        """Return what counts for *labels*, which `labels` finds under a lock and in three times the time."""
        found: M | None = self._known.get((metric, labels))
        if found is None:
            found = self._known[metric, labels] = metric.labels(*labels)
        return found

    def present(self, snapshot: Snapshot) -> list[CollectorRegistry]:
        """Return what was counted and how things are, without what the process uses."""
        present = CollectorRegistry()
        present.register(snapshot)
        return [self.registry, present]

    def written(self, snapshot: Snapshot) -> bytes:
        """Return it all as Prometheus reads it; blocks, since what the process uses stands in files of the kernel."""
        counted, present = self.present(snapshot)
        ProcessCollector(registry=present)
        return generate_latest(counted) + generate_latest(present)
