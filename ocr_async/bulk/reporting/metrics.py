"""A run as Prometheus reads it: the names are those of the gateway (`gateway.operating.metrics`) where it has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import frozen

from ...errors import ConfigurationError, missing_extra
from .progress import Pace, Progress


__all__ = ["serving"]


@contextmanager
def serving(host: str, port: int, model: str, progress: Progress, pace: Callable[[], Pace | None]) -> Iterator[int]:
    """
    Answer ``/metrics`` at *host* and *port* within the block; yield the port.

    Args:
        pace: Returns how far the run is; None before it has begun.

    Raises:
        ConfigurationError: The port is taken, or prometheus-client is not installed.
    """
    try:
        from prometheus_client import CollectorRegistry, start_http_server
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
        from prometheus_client.registry import Collector
    except ImportError as error:
        raise missing_extra("--metrics", "server") from error

    @frozen(eq=False)
    class Now(Collector):
        """How the run is when it is asked for."""

        def collect(self) -> Iterator[Metric]:
            found = pace()
            if found is None:
                return
            pages = CounterMetricFamily("ocr_pages", "Pages read, in this run.", labels=["model", "outcome"])
            pages.add_metric([model, "done"], found.pages)
            yield pages
            spend = CounterMetricFamily("ocr_spend", "US dollars, of all runs.", labels=["model"])
            spend.add_metric([model], found.spent)
            yield spend
            documents = CounterMetricFamily(
                "ocr_bulk_documents", "Documents that came into a state, in this run.", labels=["model", "state"]
            )
            for state, count in dict(progress.states).items():
                documents.add_metric([model, state], count)
            yield documents
            yield CounterMetricFamily("ocr_bulk_throttled", "Answers that asked to slow down.", found.throttled)
            for name, text, value in (
                ("ocr_bulk_documents_known", "Documents that the job has.", found.documents),
                ("ocr_bulk_documents_finished", "Of them, those that need nothing more.", found.finished),
                ("ocr_bulk_pages_under_way", "Pages that were asked for and are not there yet.", found.under_way),
                ("ocr_bulk_seconds_left", "Until the end, if it goes on so.", found.seconds_left),
            ):
                if value is not None:
                    yield GaugeMetricFamily(name, text, value)

    registry = CollectorRegistry()
    registry.register(Now())
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise ConfigurationError(f"--metrics {host}:{port} cannot be listened at: {error.strerror}") from error
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
