"""What a program sees of its calls while they run: events that can be told apart, and lines in its log."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from ocr_async import OCR, FolderCache, RetryPolicy, aocr
from ocr_async.errors import OCRError, RequestRejected
from ocr_async.events import (
    CacheHit,
    CallStarted,
    DocumentDone,
    DocumentStarted,
    Event,
    FallbackTaken,
    PageBatchDone,
    PageBatchStarted,
    PageDone,
    ReadingDone,
    RequestDelayed,
    RequestSent,
    ResponseReceived,
    RetryScheduled,
)
from tests import faults
from tests.upstream import Exchange, Upstream


pytestmark = pytest.mark.anyio

KEY = "sk-canary-0123456789"
MODEL = "mistral/mistral-ocr-latest"
PDF = b"%PDF-1.7\nno real one, but its first bytes say so"
LINES = re.compile(r"^(POST|GET) 127\.0\.0\.1: (\d+|no answer) in \d+\.\d{3} s, \d+ bytes \(.*\)$")


def client(server: Upstream, **options: Any) -> OCR:
    given = {"model": MODEL, "api_base": server.url, "api_key": KEY, "retries": RetryPolicy(base=0.01, cap=0.02)}
    return OCR(**{**given, **options})


def lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if (record.name, record.levelno) == ("ocr_async.call", level)
    ]  # fmt: skip


# --- events -------------------------------------------------------------------------------------------------------


async def test_two_batches_at_once_can_be_told_apart(upstream: Upstream, tmp_path: Path) -> None:
    events: list[Event] = []
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
        for number in range(3):
            (folder / f"{number}.pdf").write_bytes(PDF + folder.name.encode() + bytes([number]))
    upstream.script += [faults.status(503), faults.reset()]
    upstream.pages = 4
    own = client(upstream, on_event=events.append, pages=range(4), pages_per_request=2)
    async with anyio.create_task_group() as tasks:
        for folder in folders:
            tasks.start_soon(own.aocr_many, sorted(folder.glob("*.pdf")))
    started = {event.call: event.document for event in events if isinstance(event, DocumentStarted)}
    assert Counter(started.values()) == {"0.pdf": 2, "1.pdf": 2, "2.pdf": 2}
    assert {(event.document, event.model) for event in events} == {(name, MODEL) for name in started.values()}
    assert all(event.document == started[event.call] for event in events)
    for call in started:
        told = [event for event in events if event.call == call]
        assert isinstance(told[-1], DocumentDone)
        assert sorted(event.index for event in told if isinstance(event, PageDone)) == [0, 1, 2, 3]
        sent = [(event.exchange, event.attempt) for event in told if isinstance(event, RequestSent)]
        ended = [(event.exchange, event.attempt) for event in told if isinstance(event, ResponseReceived)]
        assert len(set(sent)) == len(sent)
        assert sorted(ended) == sorted(sent)
        repeated = [event.exchange for event in told if isinstance(event, RetryScheduled)]
        assert sorted(exchange for exchange, attempt in sent if attempt == 2) == sorted(repeated)
    exchanges = {event.exchange for event in events if isinstance(event, RequestSent)}
    assert len(exchanges) == 12  # two batches of pages of each document


async def test_events_carry_the_ids_of_both_sides(upstream: Upstream) -> None:
    events: list[Event] = []
    upstream.script += [faults.reset(), faults.status(503, headers={"X-Request-Id": "busy-1"})]
    await client(upstream, on_event=events.append).aocr("https://example.com/a.pdf")
    ids = {
        kind: [event.request_id for event in events if isinstance(event, kind)]
        for kind in (RequestSent, ResponseReceived, RetryScheduled, DocumentDone)
    }
    assert ids[RequestSent] == [received.headers["x-request-id"] for received in upstream.requests]
    assert ids[ResponseReceived] == [None, "busy-1", "upstream-3"]
    assert ids[RetryScheduled] == [None, "busy-1"]
    assert ids[DocumentDone] == ["upstream-3"]


async def test_each_class_of_event_carries_call_document_and_model(upstream: Upstream, tmp_path: Path) -> None:
    events: list[Event] = []
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    refusal = faults.status(404, headers={"X-Request-Id": "refused-1"})
    upstream.script += [faults.status(503), refusal]
    own = client(
        upstream,
        on_event=events.append,
        fallbacks=["mistral/mistral-ocr-2512"],
        cache=FolderCache(tmp_path / "cache"),
        max_concurrency=1,
    )
    await own.aocr(path)
    await own.aocr(path, model="mistral/mistral-ocr-2512", fallbacks=())
    upstream.default = faults.late(0.05)
    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(lambda: own.aocr(path, cache=None))
    assert {type(event) for event in events} == {
        CacheHit, CallStarted, DocumentDone, DocumentStarted, FallbackTaken, PageBatchDone, PageBatchStarted, PageDone,
        ReadingDone, RequestDelayed, RequestSent, ResponseReceived, RetryScheduled,
    }  # fmt: skip
    calls = list(dict.fromkeys(event.call for event in events))
    assert len(calls) == 4
    assert {event.document for event in events} == {"a.pdf"}
    models = list(dict.fromkeys(event.model for event in events if event.call == calls[0]))
    assert models == [MODEL, "mistral/mistral-ocr-2512"]
    (fallback,) = [event for event in events if isinstance(event, FallbackTaken)]
    assert (fallback.model, fallback.next_model) == (MODEL, "mistral/mistral-ocr-2512")
    assert fallback.request_id == "refused-1"


async def test_a_failed_call_ends_with_the_id_of_what_refused_it(upstream: Upstream) -> None:
    events: list[Event] = []
    upstream.script += [faults.status(400, headers={"X-Request-Id": "refused-1"})]
    with pytest.raises(RequestRejected):
        await client(upstream, on_event=events.append).aocr("https://example.com/a.pdf")
    (done,) = [event for event in events if isinstance(event, DocumentDone)]
    assert (done.error, done.request_id) == ("RequestRejected", "refused-1")


async def test_a_failing_observer_is_logged_and_hides_nothing_from_the_log(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "ocr_async")

    def fail(event: Event) -> None:
        raise RuntimeError("observer")

    response = await client(upstream, on_event=fail).aocr("https://example.com/a.pdf")
    assert len(response.pages) == 3
    assert "an observer failed on RequestSent" in caplog.text
    assert len(lines(caplog, logging.DEBUG)) == 1


# --- the log ------------------------------------------------------------------------------------------------------


async def test_the_log_has_one_line_a_request_and_one_a_retry(
    upstream: Upstream, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("DEBUG", "ocr_async.call")
    path = tmp_path / "invoice.pdf"
    path.write_bytes(PDF)
    upstream.script += [faults.status(503)] * 2
    await client(upstream).aocr(path)
    requests, retries = lines(caplog, logging.DEBUG), lines(caplog, logging.INFO)
    statuses = [found[2] for line in requests if (found := LINES.match(line))]
    assert statuses == ["503", "503", "200"]
    for number, line in enumerate(requests, 1):
        assert f"attempt {number}, provider mistral, model {MODEL}, document 'invoice.pdf', call " in line
    assert "request 'upstream-3'" in requests[-1]
    assert [line.partition(" after ")[2].partition(",")[0] for line in retries] == ["ProviderUnavailable (503"] * 2


async def test_the_log_tells_of_a_fallback_and_a_wait_that_can_be_noticed(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ocr_async.call")
    upstream.script += [faults.status(404)]
    own = client(upstream, fallbacks=["mistral/mistral-ocr-2512"], max_concurrency=1)
    await own.aocr("https://example.com/a.pdf")
    (line,) = lines(caplog, logging.INFO)
    assert line.startswith(f"{MODEL} failed with RequestRejected: asking mistral/mistral-ocr-2512 (")
    caplog.clear()
    upstream.default = faults.late(0.3)
    await own.aocr_many(["https://example.com/a.pdf"] * 2)
    (line,) = lines(caplog, logging.INFO)
    assert re.match(r"waited 0\.\d+ s for a turn at mistral \(", line)
    assert lines(caplog, logging.DEBUG) == []


async def test_no_line_and_no_event_carries_a_key_a_text_or_an_address(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    events: list[Event] = []

    async def echo(exchange: Exchange) -> None:
        await exchange.read()
        body = {"pages": [{"index": 0, "markdown": "text-canary"}], "usage_info": {"pages_processed": 1}}
        await exchange.json(body, headers={"X-Request-Id": f"it was {KEY}"})

    upstream.script += [
        faults.status(503, body={"message": f"{KEY} text-canary"}, headers={"X-Request-Id": KEY}),
        faults.reset(),
        echo,
        faults.status(401, body={"message": KEY}, headers={"X-Request-Id": KEY}),
    ]
    own = client(upstream, on_event=events.append)
    response = await own.aocr("https://user:pw-canary@example.com/path-canary/a.pdf?token=query-canary")
    with pytest.raises(OCRError) as raised:
        await own.aocr(PDF + b" text-canary")
    shown = [*(repr(event) for event in events), *(record.getMessage() for record in caplog.records), caplog.text]
    shown += [str(response.request_id), str(raised.value), str(vars(raised.value))]
    assert len(lines(caplog, logging.DEBUG)) == 4
    assert not [text for text in shown if "canary" in text]
    assert not [record for record in caplog.records if "a.pdf" in record.getMessage()]


async def test_a_name_with_a_line_break_forges_no_line(upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "ocr_async.call")
    name = "a.pdf\n2026 INFO ocr_async.call forged"
    document = {"type": "document_url", "document_url": "https://example.com/a.pdf", "document_name": name}
    await client(upstream).aocr(document)
    assert not [line for line in lines(caplog, logging.DEBUG) if "\n" in line]


async def test_a_call_that_nobody_listens_to_says_nothing(upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING", "ocr_async")
    upstream.script += [faults.status(503)]
    await aocr("https://example.com/a.pdf", model=MODEL, api_base=upstream.url, api_key=KEY)
    assert caplog.records == []


async def test_an_observer_that_does_not_listen_is_told_nothing(upstream: Upstream) -> None:
    class Idle:
        listening = False

        def __call__(self, event: Event) -> None:
            raise AssertionError(event)

        def inject(self, headers: MutableMapping[str, str]) -> None:
            headers["X-Trace"] = "one"

    await client(upstream, on_event=Idle()).aocr(PDF)
    assert "x-trace" not in upstream.requests[0].headers


async def test_an_observer_that_names_its_events_is_told_no_others(upstream: Upstream) -> None:
    class Few:
        hears = frozenset({ResponseReceived, DocumentDone})

        def __init__(self) -> None:
            self.told: list[Event] = []

        def __call__(self, event: Event) -> None:
            self.told.append(event)

    few = Few()
    await client(upstream, on_event=few, pages=[0, 1]).aocr(PDF)
    answer, end = few.told
    assert isinstance(answer, ResponseReceived)
    assert answer.pages == 2
    assert isinstance(end, DocumentDone)


async def test_an_observer_adds_headers_to_each_attempt_and_may_fail(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    class Counting:
        sent = 0

        def __call__(self, event: Event) -> None:
            self.sent += isinstance(event, RequestSent)

        def inject(self, headers: MutableMapping[str, str]) -> None:
            headers["X-Trace"] = str(1 // (2 - self.sent))

    upstream.script.append(faults.status(503))
    await client(upstream, on_event=Counting()).aocr(PDF)
    assert upstream.requests[0].headers["x-trace"] == "1"
    assert len(upstream.requests) == 2
    assert "an observer failed to add headers" in caplog.text
