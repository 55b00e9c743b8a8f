"""Many documents of one stream: what is no document's fault makes them wait, or ends the stream, and loses none."""

from __future__ import annotations

import asyncio
import gc
import io
import weakref
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from ocr_async import OCRError, OCRResponse, OCRResult, RetryPolicy, aocr_many, aocr_stream
from ocr_async.call.document_window import DocumentWindow, in_memory
from ocr_async.errors import AuthenticationFailed, ProviderUnavailable
from ocr_async.events import Event, ProviderPaused, ProviderResumed
from ocr_async.models import Bytes
from ocr_async.transport.patience import Patience
from tests import faults
from tests.upstream import Exchange, Upstream, mistral_answer


pytestmark = pytest.mark.anyio


def urls(count: int) -> Iterator[str]:
    return (f"https://example.com/{number}.pdf" for number in range(count))


async def well(exchange: Exchange) -> None:
    await exchange.read()
    await anyio.sleep(0.02)
    await exchange.json(mistral_answer(exchange.received.json, exchange.work()))


async def until_it_stops(
    upstream: Upstream, documents: Iterator[str], **options: Any
) -> tuple[list[OCRResult], OCRError | None]:
    """Return the results of a stream, and what it raised after them."""
    found: list[OCRResult] = []
    async with aocr_stream(documents, model="m", api_base=upstream.url, **options) as results:
        try:
            async for result in results:
                found.append(result)  # noqa: PERF401 - kept although the stream raises
        except OCRError as error:
            return found, error
    return found, None


@pytest.mark.parametrize("code", [503, 502])
async def test_a_provider_that_is_down_for_seconds_loses_no_document(upstream: Upstream, code: int) -> None:
    down: list[float] = []

    async def behave(exchange: Exchange) -> None:
        now = asyncio.get_running_loop().time()
        if len(upstream.requests) >= 40 and not down:
            down.append(now + 5)
        await (faults.status(code)(exchange) if down and now < down[0] else well(exchange))

    upstream.default = behave
    seen: list[Event] = []
    async with aocr_stream(urls(400), model="m", api_base=upstream.url, on_event=seen.append, timeout=4) as results:
        found = [result async for result in results]
    assert [result.error for result in found if result.error is not None] == []
    assert len(found) == 400
    if code == 503:  # a 502 may have been billed, and is repeated once
        assert upstream.billed_twice == {}
    paused = [event for event in seen if isinstance(event, ProviderPaused)]
    resumed = [event for event in seen if isinstance(event, ProviderResumed)]
    assert len(paused) == len(resumed) == 1
    assert (paused[0].provider, paused[0].status, paused[0].patience) == ("mistral", code, 600.0)
    assert resumed[0].seconds >= 4


async def test_a_provider_that_stays_down_ends_the_stream_and_fails_no_document(upstream: Upstream) -> None:
    async def behave(exchange: Exchange) -> None:
        await (faults.status(503)(exchange) if len(upstream.requests) > 20 else well(exchange))

    upstream.default = behave
    found, error = await until_it_stops(upstream, urls(100), retries=RetryPolicy(patience=2))
    assert isinstance(error, ProviderUnavailable)
    assert "down for longer than patience=2 s" in str(error)
    assert "503" in str(error)
    assert [type(result.response) for result in found] == [OCRResponse] * 20


async def test_a_provider_that_never_answered_is_not_waited_for(upstream: Upstream) -> None:
    upstream.default = faults.status(503)
    policy = RetryPolicy(base=0.01)
    found, error = await until_it_stops(upstream, urls(100), retries=policy)
    assert isinstance(error, ProviderUnavailable)
    assert found == []
    assert len(upstream.requests) < 100


async def test_a_document_that_fails_where_others_do_not_fails_alone(upstream: Upstream) -> None:
    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        await (faults.status(503)(exchange) if b"/7.pdf" in exchange.received.body else well(exchange))

    upstream.default = behave
    policy = RetryPolicy(base=0.01, cap=0.01)
    found = await aocr_many(urls(200), model="m", api_base=upstream.url, retries=policy)
    assert [index for index, each in enumerate(found) if isinstance(each, OCRError)] == [7]


async def test_a_refused_key_stops_after_the_requests_in_flight(upstream: Upstream) -> None:
    async def behave(exchange: Exchange) -> None:
        await (faults.status(401)(exchange) if len(upstream.requests) > 30 else well(exchange))

    upstream.default = behave
    taken = 0

    def counted() -> Iterator[str]:
        nonlocal taken
        for url in urls(1000):
            taken += 1
            yield url

    found, error = await until_it_stops(upstream, counted())
    assert isinstance(error, AuthenticationFailed)
    assert [type(result.response) for result in found] == [OCRResponse] * 30
    assert len(upstream.requests) < 100
    assert taken < 300


async def test_in_a_list_each_document_that_was_not_read_has_the_reason(upstream: Upstream) -> None:
    async def behave(exchange: Exchange) -> None:
        await (faults.status(401)(exchange) if len(upstream.requests) > 5 else well(exchange))

    upstream.default = behave
    found = await aocr_many(urls(200), model="m", api_base=upstream.url)
    assert sum(isinstance(each, OCRResponse) for each in found) == 5
    assert sum(isinstance(each, AuthenticationFailed) for each in found) == 195
    assert len(upstream.requests) < 60


async def test_throttles_cost_neither_attempts_nor_budget(upstream: Upstream) -> None:
    served = 0.0

    async def behave(exchange: Exchange) -> None:
        nonlocal served
        now = asyncio.get_running_loop().time()
        if now < served + 0.1:
            await faults.status(429)(exchange)
        else:
            served = now
            await well(exchange)

    upstream.default = behave
    found = await aocr_many(urls(40), model="m", api_base=upstream.url, retries=1)
    assert [each for each in found if isinstance(each, OCRError)] == []


async def test_a_stream_that_is_left_early_lets_go_of_its_documents_at_once(upstream: Upstream) -> None:
    held: list[weakref.ref[io.BytesIO]] = []

    def another() -> io.BytesIO:
        held.append(weakref.ref(document := io.BytesIO(b"%PDF-1.7")))
        return document

    async def slowly(exchange: Exchange) -> None:
        await exchange.read()
        await anyio.sleep(0.05 if len(upstream.requests) == 1 else 30)
        await exchange.json(mistral_answer(exchange.received.json, exchange.work()))

    upstream.default = slowly
    gc.collect()
    gc.disable()
    try:
        async with aocr_stream(iter(another, None), model="m", api_base=upstream.url) as results:
            await results.receive()
        await anyio.sleep(0.1)
        assert len(held) > 1
        assert not any(document() for document in held)
    finally:
        gc.enable()


async def test_a_window_holds_so_many_bytes_and_so_many_documents() -> None:
    patience = Patience()
    window = DocumentWindow(patience=patience)
    for _ in range(32):
        await window.place()
        window.take(2 * 1024 * 1024)
    with anyio.move_on_after(0.05) as full:
        await window.place()
    assert full.cancelled_caught
    window.release(2 * 1024 * 1024)
    await window.place()
    assert window.width == 64
    patience.most = 256
    assert window.width == 512


def test_what_is_in_memory_is_counted() -> None:
    assert in_memory(b"12345") == in_memory(memoryview(b"12345")) == in_memory(Bytes(data=b"12345")) == 5
    assert in_memory({"type": "document_url", "document_url": "data:"}) == 17
