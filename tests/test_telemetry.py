"""Traces: what spans a call makes in a program that traces, what they say, and that others pay nothing for them."""

from __future__ import annotations

import asyncio
import contextvars
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from opentelemetry import baggage, context
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from ocr_async import OCR, FolderCache, RetryPolicy, telemetry
from ocr_async.errors import OCRError, ProviderUnavailable, RequestRejected
from ocr_async.events import DocumentDone, Event
from ocr_async.testing import FakeProvider, use
from tests import faults
from tests.batch_jobs import BatchServer
from tests.upstream import Upstream


KEY = "sk-canary-0123456789"
MODEL = "mistral/mistral-ocr-latest"
PDF = b"%PDF-1.7\nno real one, but its first bytes say so"
ROOT = Path(__file__).parent.parent


class Traced:
    """A program that traces, and the spans that it has made."""

    def __init__(self) -> None:
        self.provider = TracerProvider()
        self._exporter = InMemorySpanExporter()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = self.provider.get_tracer("tests")

    @property
    def spans(self) -> list[ReadableSpan]:
        """All that have ended, in the order in which they began."""
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]

    def tree(self) -> list[str]:
        """Return the names of the spans, each behind those that it lies in."""
        by_id = {span.context.span_id: span for span in self.spans if span.context is not None}

        def path(span: ReadableSpan) -> str:
            above = span.parent and by_id.get(span.parent.span_id)
            return f"{path(above)} > {span.name}" if above else span.name

        return [path(span) for span in self.spans]

    def client(self, server: Upstream, **options: Any) -> OCR:
        given = {
            "model": MODEL,
            "api_base": server.url,
            "api_key": KEY,
            "retries": RetryPolicy(base=0.01, cap=0.02),
            "on_event": telemetry.observer(tracer_provider=self.provider),
        }
        return OCR(**{**given, **options})


@pytest.fixture
def traced() -> Traced:
    return Traced()


def facts(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


CALL = "ocr document"
READ = f"{CALL} > ocr {MODEL}"
BATCH = f"{READ} > ocr batch"


# --- the tree -----------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_call_its_model_its_batches_and_their_requests_are_a_tree(traced: Traced, upstream: Upstream) -> None:
    upstream.script.append(faults.status(503))
    await traced.client(upstream, pages=[0, 1, 2], pages_per_request=2).aocr(PDF)
    assert sorted(traced.tree()) == [CALL, READ, BATCH, BATCH, *[f"{BATCH} > POST"] * 3]
    (call,), (read,) = traced.named(CALL), traced.named(f"ocr {MODEL}")
    assert (call.kind, read.kind) == (SpanKind.INTERNAL, SpanKind.CLIENT)
    told = facts(call)
    assert len(told.pop("ocr.call")) == 16
    assert told == {
        "ocr.document.size": len(PDF),
        "ocr.pages.processed": 3,
        "ocr.pages.requested": 3,
        "ocr.retry.count": 1,
    }
    assert facts(read) == {
        "gen_ai.operation.name": "ocr",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": "mistral-ocr-latest",
        "gen_ai.response.model": "mistral-ocr-latest",
        "ocr.document.size": len(PDF),
        "ocr.pages.processed": 3,
        "ocr.pages.requested": 3,
        "ocr.retry.count": 1,
        "server.address": "127.0.0.1",
    }
    batches = [facts(batch) for batch in traced.named("ocr batch")]
    assert [batch["ocr.batch.index"] for batch in batches] == [0, 1]
    assert [batch["ocr.pages.requested"] for batch in batches] == [2, 1]
    assert [batch["ocr.pages.processed"] for batch in batches] == [2, 1]
    assert sum(batch["ocr.retry.count"] for batch in batches) == 1
    failed, *good = sorted(traced.named("POST"), key=lambda span: span.status.status_code != StatusCode.ERROR)
    assert failed.kind == SpanKind.CLIENT
    assert (facts(failed)["error.type"], facts(failed)["http.response.status_code"]) == ("503", 503)
    assert {span.status.status_code for span in (call, read, *traced.named("ocr batch"), *good)} == {StatusCode.UNSET}
    (again,) = [span for span in good if "http.request.resend_count" in facts(span)]
    assert facts(again)["http.request.resend_count"] == 1
    assert facts(again)["http.request.method"] == "POST"
    assert facts(again)["server.address"] == "127.0.0.1"
    assert facts(again)["ocr.request.id"].startswith("upstream-")
    assert again.parent == failed.parent
    scope = call.instrumentation_scope
    assert scope is not None
    assert (scope.name, scope.schema_url) == ("ocr_async", "https://opentelemetry.io/schemas/1.37.0")


@pytest.mark.anyio
async def test_each_model_that_is_asked_has_a_span_of_its_own(traced: Traced, upstream: Upstream) -> None:
    upstream.script.append(faults.status(404))
    await traced.client(upstream, fallbacks=["mistral/mistral-ocr-2512"]).aocr(PDF)
    other = f"{CALL} > ocr mistral/mistral-ocr-2512"
    assert traced.tree() == [
        CALL, READ, BATCH, f"{BATCH} > POST", other, f"{other} > ocr batch", f"{other} > ocr batch > POST",
    ]  # fmt: skip
    (call,), (first,) = traced.named(CALL), traced.named(f"ocr {MODEL}")
    assert (first.status.status_code, first.status.description) == (StatusCode.ERROR, "RequestRejected")
    assert facts(first)["error.type"] == "RequestRejected"
    assert call.status.status_code == StatusCode.UNSET


@pytest.mark.anyio
async def test_a_model_that_reads_again_what_was_read_badly_has_one_too(traced: Traced, upstream: Upstream) -> None:
    upstream.script.append(faults.missing_page())
    client = traced.client(upstream, retries=RetryPolicy(never_bill_twice=True), pages=[0, 1, 2])
    response = await client.aocr(PDF, escalate_to="mistral/mistral-ocr-2512")
    assert len(response.pages) == 3
    first, second = [span for span in traced.spans if span.name.startswith("ocr mistral/")]
    (call,) = traced.named(CALL)
    assert first.parent == second.parent == call.context
    assert facts(call)["ocr.pages.processed"] == 3


@pytest.mark.anyio
async def test_documents_at_once_are_told_apart(traced: Traced, upstream: Upstream) -> None:
    upstream.default, upstream.pages = faults.late(0.02), 4
    client = traced.client(upstream, pages=range(4), pages_per_request=1)
    with traced.tracer.start_as_current_span("job"):
        await client.aocr_many([PDF + bytes([number]) for number in range(5)])
    below = [f"job > {path}" for path in (CALL, READ, *[BATCH, f"{BATCH} > POST"] * 4)]
    assert sorted(traced.tree()) == sorted(["job", *below * 5])
    for call in traced.named(CALL):
        mine = [span for span in traced.named(f"ocr {MODEL}") if span.parent == call.context]
        assert [facts(span)["ocr.pages.processed"] for span in mine] == [4]


@pytest.mark.anyio
async def test_an_answer_of_the_cache_asks_no_model(traced: Traced, upstream: Upstream, tmp_path: Path) -> None:
    client = traced.client(upstream, cache=FolderCache(tmp_path))
    await client.aocr(PDF)
    await client.aocr(PDF)
    first, second = traced.named(CALL)
    assert "ocr.cache.hit" not in facts(first)
    assert facts(second)["ocr.cache.hit"] is True
    assert len(traced.named(f"ocr {MODEL}")) == 1


@pytest.mark.anyio
async def test_documents_of_a_batch_job_have_spans_and_leave_the_context_alone(
    traced: Traced, upstream: Upstream
) -> None:
    upstream.default = BatchServer(seconds=0.05)
    with traced.tracer.start_as_current_span("job") as job:
        before = context.get_current()
        await traced.client(upstream).aocr_batch([PDF + b"1", PDF + b"2"])
        assert context.get_current() == before
    documents = traced.named(CALL)
    assert [facts(span)["ocr.pages.processed"] for span in documents] == [2, 2]
    requests = [span for span in traced.spans if span.name in {"GET", "POST"}]
    assert len(requests) >= 4
    assert all(span.parent == job.get_span_context() for span in (*documents, *requests))


@pytest.mark.anyio
async def test_the_engine_of_this_machine_is_no_client(traced: Traced) -> None:
    with use(FakeProvider("# Page")):
        await OCR(model="local", on_event=telemetry.observer(tracer_provider=traced.provider)).aocr(PDF)
    assert traced.tree() == [CALL, f"{CALL} > ocr local", f"{CALL} > ocr local > ocr batch"]
    (read,) = traced.named("ocr local")
    assert read.kind == SpanKind.INTERNAL
    assert (facts(read)["gen_ai.provider.name"], facts(read)["gen_ai.request.model"]) == ("local", "local")


# --- context ------------------------------------------------------------------------------------------------------


def by_pages(client: OCR) -> None:
    list(client.ocr_pages(PDF))


def by_stream(client: OCR) -> None:
    with client.ocr_stream([PDF]) as results:
        list(results)


def by_thread(client: OCR) -> None:
    thread = threading.Thread(target=contextvars.copy_context().run, args=(client.ocr, PDF))
    thread.start()
    thread.join()


@pytest.mark.parametrize(
    "read",
    [lambda client: client.ocr(PDF), lambda client: client.ocr_many([PDF]), by_pages, by_stream, by_thread,
     lambda client: asyncio.run(asyncio.to_thread(client.ocr, PDF))],
    ids=["ocr", "many", "pages", "stream", "thread", "to_thread"],
)  # fmt: skip
def test_the_callers_span_is_the_parent_through_the_synchronous_twin(
    read: Callable[[OCR], object], traced: Traced, server: Upstream
) -> None:
    with traced.tracer.start_as_current_span("caller"):
        before = context.get_current()
        read(traced.client(server))
        assert context.get_current() == before
    below = (CALL, READ, BATCH, f"{BATCH} > POST")
    assert traced.tree() == ["caller", *(f"caller > {path}" for path in below)]


@pytest.mark.anyio
async def test_the_callers_span_is_the_parent_of_a_stream_of_pages(traced: Traced, upstream: Upstream) -> None:
    client = traced.client(upstream, pages=[0, 1], pages_per_request=1)
    with traced.tracer.start_as_current_span("caller"):
        async for _ in client.aocr_pages(PDF):
            pass
    below = (CALL, READ, *[BATCH, f"{BATCH} > POST"] * 2)
    assert sorted(traced.tree()) == sorted(["caller", *(f"caller > {path}" for path in below)])


@pytest.mark.anyio
async def test_a_provider_is_told_which_attempt_it_serves_and_none_of_the_baggage(
    traced: Traced, upstream: Upstream
) -> None:
    upstream.script.append(faults.status(503))
    token = context.attach(baggage.set_baggage("customer", "canary"))
    await traced.client(upstream).aocr(PDF)
    context.detach(token)
    sent = [received.headers["traceparent"] for received in upstream.requests]
    attempts = [span.context for span in traced.named("POST") if span.context is not None]
    assert sent == [f"00-{each.trace_id:032x}-{each.span_id:016x}-{each.trace_flags:02x}" for each in attempts]
    assert len(set(sent)) == 2
    assert not [received for received in upstream.requests if "baggage" in received.headers]


@pytest.mark.anyio
async def test_a_provider_is_told_nothing_where_that_is_not_wanted(traced: Traced, upstream: Upstream) -> None:
    quiet = telemetry.observer(tracer_provider=traced.provider, propagate=False)
    await traced.client(upstream, on_event=quiet).aocr(PDF)
    assert len(traced.spans) == 4
    assert "traceparent" not in upstream.requests[0].headers


# --- failures -----------------------------------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "error", "kind"),
    [
        (faults.status(422, b'{"detail": "no"}'), RequestRejected, "422"),
        (faults.reset(), ProviderUnavailable, "ProviderUnavailable"),
        (faults.html(), OCRError, "ResponseInvalid"),
    ],
    ids=["refused", "broken off", "unreadable"],
)
async def test_a_failure_is_told_by_each_span_that_it_goes_through(
    fault: Any, error: type[OCRError], kind: str, traced: Traced, upstream: Upstream
) -> None:
    upstream.script.append(fault)
    with pytest.raises(error) as raised:
        await traced.client(upstream, retries=0).aocr({"document_url": "https://host.test/a.pdf"})
    name = type(raised.value).__name__
    assert traced.tree() == [CALL, READ, BATCH, f"{BATCH} > POST"]
    assert [facts(span)["error.type"] for span in traced.spans] == [name, name, name, kind]
    assert {span.status.status_code for span in traced.spans} == {StatusCode.ERROR}


@pytest.mark.anyio
async def test_a_call_that_is_cancelled_ends_its_spans_and_is_no_failure(traced: Traced, upstream: Upstream) -> None:
    upstream.default = faults.silence()
    with anyio.move_on_after(0.3):
        await traced.client(upstream).aocr(PDF)
    assert traced.tree() == [CALL, READ, BATCH, f"{BATCH} > POST"]
    assert {facts(span)["error.type"] for span in traced.spans} == {"CancelledError"}
    assert {span.status.status_code for span in traced.spans} == {StatusCode.UNSET}


@pytest.mark.anyio
async def test_a_call_that_fails_before_anything_is_asked_has_a_span(traced: Traced, upstream: Upstream) -> None:
    with pytest.raises(OCRError):
        await traced.client(upstream).aocr(Path("nowhere.pdf"))
    (call,) = traced.spans
    assert (call.name, facts(call)["error.type"]) == (CALL, "DocumentError")
    assert upstream.requests == []


@pytest.mark.anyio
async def test_no_attribute_shows_a_document_its_name_or_a_key(
    traced: Traced, upstream: Upstream, tmp_path: Path
) -> None:
    path = tmp_path / "canary-name.pdf"
    path.write_bytes(PDF)
    upstream.script += [
        faults.status(503, b"canary-text"),
        faults.answer(b'{"pages": "canary-text"}'),
        faults.status(400, b'{"message": "canary-text"}'),
    ]
    client = traced.client(upstream)
    with pytest.raises(OCRError):
        await client.aocr(path)
    await client.aocr(path)
    await client.aocr({"document_url": "https://user:canary-pass@host.test/canary-name.pdf?sig=canary-sig"})
    assert len(traced.named(CALL)) == 3
    shown = "".join(span.to_json() for span in traced.spans)
    assert "canary" not in shown
    assert "Text of page" not in shown
    assert not [span.events for span in traced.spans if span.events]


# --- those who do not trace ---------------------------------------------------------------------------------------


def ran(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_opentelemetry_is_imported_for_nobody_who_has_not_asked_for_it() -> None:
    program = (
        "import sys, ocr_async.telemetry, ocr_async._api, ocr_async.call.call, ocr_async.gateway.app\n"
        "from ocr_async.gateway.config.config import Config\n"
        "from ocr_async.gateway.state import GATEWAY\n"
        "assert ocr_async.gateway.app.create_app(Config())[GATEWAY].tracing is None\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    assert ran(program) == "[]"


def test_without_opentelemetry_the_error_names_the_extra() -> None:
    program = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from ocr_async import errors, telemetry\n"
        "try: telemetry.observer()\n"
        "except errors.ConfigurationError as error: print(error)"
    )
    assert "pip install 'ocr_async[otel]'" in ran(program)


def test_an_observer_listens_from_the_moment_that_the_program_has_a_provider() -> None:
    program = (
        "from ocr_async import telemetry\n"
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "observer = telemetry.observer()\n"
        "before = observer.listening\n"
        "trace.set_tracer_provider(TracerProvider())\n"
        "import ocr_async.gateway.app\n"
        "from ocr_async.gateway.config.config import Config\n"
        "from ocr_async.gateway.state import GATEWAY\n"
        "gateway = ocr_async.gateway.app.create_app(Config())[GATEWAY]\n"
        "print(before, observer.listening, gateway.tracing is not None)"
    )
    assert ran(program) == "False True True"


@pytest.mark.anyio
async def test_no_event_is_made_for_an_observer_without_a_provider(upstream: Upstream) -> None:
    idle = telemetry.observer()
    assert not idle.listening
    response = await OCR(model=MODEL, api_base=upstream.url, api_key=KEY, on_event=idle).aocr(PDF)
    assert len(response.pages) == 3
    assert "traceparent" not in upstream.requests[0].headers


@pytest.mark.anyio
async def test_another_observer_is_told_the_same_with_a_provider_and_without(
    traced: Traced, upstream: Upstream
) -> None:
    told: list[Event] = []
    for provider in (None, traced.provider):
        observer = telemetry.observer(told.append, tracer_provider=provider)
        await traced.client(upstream, on_event=observer).aocr(PDF)
    half = len(told) // 2
    assert [type(event) for event in told[:half]] == [type(event) for event in told[half:]]
    assert isinstance(told[-1], DocumentDone)
    assert len(traced.spans) == 4


def test_an_observer_goes_to_another_process_without_its_provider(traced: Traced) -> None:
    observer = telemetry.observer(print, tracer_provider=traced.provider)
    client = pickle.loads(pickle.dumps(OCR(model=MODEL, on_event=observer)))
    assert client.on_event.listening
    assert not pickle.loads(pickle.dumps(telemetry.observer(tracer_provider=traced.provider))).listening
