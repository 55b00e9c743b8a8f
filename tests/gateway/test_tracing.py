"""Spans of a gateway in a program that traces: one a request, those of its call below it, and nothing of a client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from ocr_async.gateway.operating.tracing import Tracing
from tests import faults
from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ASKED = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": "https://host.test/canary.pdf"}}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@asynccontextmanager
async def traced(
    start: Start, exporter: InMemorySpanExporter, upstream: Upstream, folder: Path
) -> AsyncIterator[Running]:
    """Run a gateway as one runs whose program has set a provider; here that would trace all other tests as well."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    async with start(await configured(folder, mistral_at(upstream))) as gateway:
        gateway.gateway.tracing = Tracing(provider)
        yield gateway


def served(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if span.kind == SpanKind.SERVER]


def facts(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def test_a_request_is_a_span_between_its_clients_and_its_calls(
    start: Start, exporter: InMemorySpanExporter, upstream: Upstream, tmp_path: Path
) -> None:
    async with traced(start, exporter, upstream, tmp_path) as gateway:
        status, _ = await gateway.post("/v1/ocr", ASKED, traceparent=f"00-{TRACE}-{SPAN}-01", **{"X-Request-Id": "r-1"})
        assert status == 200
    (server,) = served(exporter)
    assert server.name == "POST /v1/ocr"
    assert facts(server) == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": "/v1/ocr",
        "ocr.key.alias": "anyone",
        "ocr.request.id": "r-1",
    }
    assert server.status.status_code == StatusCode.UNSET
    assert server.parent is not None
    assert (f"{server.parent.trace_id:032x}", f"{server.parent.span_id:016x}") == (TRACE, SPAN)
    (call,) = [span for span in exporter.get_finished_spans() if span.name == "ocr document"]
    assert call.parent == server.context
    (attempt,) = [span for span in exporter.get_finished_spans() if span.name == "POST"]
    assert attempt.context is not None
    assert upstream.requests[0].headers["traceparent"].startswith(f"00-{TRACE}-{attempt.context.span_id:016x}-")
    shown = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert not [word for word in ("canary", "sk-any", "Text of page") if word in shown]


async def test_requests_of_one_connection_have_traces_of_their_own(
    start: Start, exporter: InMemorySpanExporter, upstream: Upstream, tmp_path: Path
) -> None:
    async with traced(start, exporter, upstream, tmp_path) as gateway:
        for _ in range(3):
            await gateway.post("/v1/ocr", ASKED)
        await gateway.get("/health/readiness")
        await gateway.get("/nowhere")
    spans = served(exporter)
    assert [span.name for span in spans] == ["POST /v1/ocr"] * 3
    assert [span.parent for span in spans] == [None] * 3
    assert len({span.context.trace_id for span in spans if span.context is not None}) == 3


@pytest.mark.parametrize(
    ("change", "faulty", "status", "kind", "failed"),
    [
        ({"model": "made-up"}, None, 404, "model_not_found", False),
        ({}, faults.status(401), 502, "AuthenticationFailed", True),
    ],
    ids=["the client's", "the provider's"],
)
async def test_what_a_client_did_wrong_is_no_failure_of_the_gateway(
    change: dict[str, Any],
    faulty: Any,
    status: int,
    kind: str,
    failed: bool,
    start: Start,
    exporter: InMemorySpanExporter,
    upstream: Upstream,
    tmp_path: Path,
) -> None:
    upstream.script += [] if faulty is None else [faulty]
    async with traced(start, exporter, upstream, tmp_path) as gateway:
        assert (await gateway.post("/v1/ocr", ASKED | change))[0] == status
    (server,) = served(exporter)
    assert (facts(server)["http.response.status_code"], facts(server)["error.type"]) == (status, kind)
    assert (server.status.status_code == StatusCode.ERROR) is failed


async def test_a_client_that_leaves_ends_its_span(
    start: Start, exporter: InMemorySpanExporter, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.default = faults.silence()
    async with traced(start, exporter, upstream, tmp_path) as gateway:
        with anyio.move_on_after(0.5):
            await gateway.post("/v1/ocr", ASKED)
        with anyio.fail_after(10):
            while not served(exporter):
                await anyio.sleep(0.02)
    (server,) = served(exporter)
    assert facts(server)["error.type"] == "CancelledError"
    assert "http.response.status_code" not in facts(server)
    assert server.status.status_code == StatusCode.UNSET
