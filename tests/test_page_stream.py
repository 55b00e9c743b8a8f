"""The pages of a document as they come: awaited, or in plain code."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from ocr_async import OCR, FolderCache, OCRDone, OCRFailed, OCRPageDone, aocr_pages, aocr_stream_pages, ocr_pages
from ocr_async.call.options import Given
from ocr_async.errors import ConfigurationError, OCRError, ProviderUnavailable
from ocr_async.models import OCRResponse
from ocr_async.settings import RetryPolicy
from tests import faults
from tests.documents import PARAGRAPHS, text_pdf
from tests.upstream import Behaviour, Exchange, Upstream


PDF = text_pdf([PARAGRAPHS] * 6)
SHORT = text_pdf([PARAGRAPHS])
ONCE = RetryPolicy(attempts=1)


def slow_after(seconds: float) -> Behaviour:
    """Answer the batch of the first page at once, the others after *seconds*; say when a client left meanwhile."""

    async def serve(exchange: Exchange) -> None:
        await exchange.read()
        pages = exchange.received.json["pages"]
        if pages[0] != 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await exchange.reader.read(1)
                    exchange.server.left_early.set()
                    return
        answer = {"pages": [{"index": page, "markdown": f"page {page}"} for page in pages], "model": "m"}
        await exchange.json({**answer, "usage_info": {"pages_processed": len(pages)}})

    return serve


@pytest.mark.anyio
async def test_a_page_comes_when_it_is_there_and_not_with_the_last(upstream: Upstream) -> None:
    upstream.default = slow_after(4)
    client = OCR(model="m", api_base=upstream.url, pages_per_request=2)
    started, at = asyncio.get_running_loop().time(), {}
    async with client.aocr_pages(PDF) as pages:
        async for page in pages:
            at[page.index] = asyncio.get_running_loop().time() - started
            assert page.markdown == f"page {page.index}"
    assert sorted(at) == list(range(6))
    assert max(at[0], at[1]) < 4 <= min(at[2], at[5])
    assert pages.response is not None
    assert [page.index for page in pages.response.pages] == list(range(6))


@pytest.mark.anyio
async def test_an_error_comes_after_the_pages_that_came(upstream: Upstream) -> None:
    async def serve(exchange: Exchange) -> None:
        await exchange.read()
        pages = exchange.received.json["pages"]
        if pages != [0]:
            await asyncio.sleep(0.1)
            await exchange.json({"message": "no"}, 500)
            return
        await exchange.json({"pages": [{"index": 0, "markdown": "first"}], "model": "m"})

    upstream.default = serve
    pages = aocr_pages(PDF, model="m", api_base=upstream.url, pages_per_request=1, retries=ONCE)
    assert (await anext(pages)).index == 0
    with pytest.raises(ProviderUnavailable):
        await anext(pages)
    assert [page async for page in pages] == []


@pytest.mark.anyio
async def test_leaving_the_block_cancels_the_rest(upstream: Upstream) -> None:
    upstream.default = slow_after(30)
    async with aocr_pages(PDF, model="m", api_base=upstream.url, pages_per_request=1) as pages:
        async for page in pages:
            assert page.index == 0
            break
    with anyio.fail_after(5):
        await upstream.left_early.wait()
    assert [each async for each in pages] == []


@pytest.mark.anyio
async def test_a_loop_that_is_left_without_a_word_ends_too(upstream: Upstream) -> None:
    upstream.default = slow_after(30)
    async for _ in aocr_pages(PDF, model="m", api_base=upstream.url, pages_per_request=1):
        break
    gc.collect()
    with anyio.fail_after(5):
        await upstream.left_early.wait()


@pytest.mark.anyio
async def test_cancelling_who_waits_ends_the_reading(upstream: Upstream) -> None:
    upstream.default = faults.silence(30)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(aocr_pages(PDF, model="m", api_base=upstream.url)), 0.5)
    with anyio.fail_after(5):
        await upstream.left_early.wait()


@pytest.mark.anyio
async def test_pages_of_a_cached_response_come_as_well(upstream: Upstream, tmp_path: Path) -> None:
    client = OCR(model="m", api_base=upstream.url, cache=FolderCache(tmp_path))
    first = await client.aocr(PDF)
    assert isinstance(first, OCRResponse)
    again = [page async for page in client.aocr_pages(PDF)]
    assert [page.index for page in again] == [page.index for page in first.pages]
    assert len(upstream.requests) == 1


def test_plain_code_iterates_too(server: Upstream) -> None:
    assert sorted(page.index for page in ocr_pages(PDF, model="m", api_base=server.url, pages="0-2")) == [0, 1, 2]
    client = OCR(model="m", api_base=server.url)
    for page in client.ocr_pages(PDF, pages=[1]):
        assert page.index == 1
    with pytest.raises(ConfigurationError, match="nothing"):
        next(iter(ocr_pages(PDF, model="nothing")))


def test_plain_code_may_leave_early(server: Upstream) -> None:
    server.default = slow_after(30)
    for page in ocr_pages(PDF, model="m", api_base=server.url, pages_per_request=1):
        assert page.index == 0
        break
    gc.collect()
    assert ocr_pages(PDF, model="local")  # the portal serves on
    with pytest.raises(OCRError):
        list(ocr_pages(b"", model="local"))


@pytest.mark.anyio
async def test_pages_of_many_documents_come_when_they_are_there(upstream: Upstream) -> None:
    upstream.default = slow_after(2)
    client = OCR(model="m", api_base=upstream.url, pages_per_request=3)
    seen: list[tuple[int, str]] = []
    async with client.aocr_stream_pages([PDF, PDF]) as pages:
        async for each in pages:
            if isinstance(each, OCRPageDone):
                seen.append((each.index, each.page.markdown))
            else:
                assert [page.index for page in each.unwrap().pages] == list(range(6))
                seen.append((each.index, "done"))
    first = {(index, f"page {page}") for index in (0, 1) for page in range(3)}
    assert set(seen[:6]) == first  # of both documents, although neither is done
    for index in (0, 1):
        own = [text for document, text in seen if document == index]
        assert own[-1] == "done"
        assert sorted(own[:-1]) == [f"page {page}" for page in range(6)]


@pytest.mark.anyio
async def test_a_failed_document_among_many_keeps_the_pages_that_came(upstream: Upstream) -> None:
    async def serve(exchange: Exchange) -> None:
        await exchange.read()
        (page,) = exchange.received.json["pages"]
        if page == 5:
            await asyncio.sleep(0.3)
            await exchange.json({"message": "no"}, 400)
            return
        await exchange.json({"pages": [{"index": page, "markdown": "read"}], "model": "m"})

    upstream.default = serve
    options: Given = {"model": "m", "api_base": upstream.url, "pages_per_request": 1, "retries": ONCE}
    async with aocr_stream_pages([PDF, "not a document"], **options) as pages:
        found = [each async for each in pages]
    read = [each.page.index for each in found if isinstance(each, OCRPageDone)]
    assert sorted(read) == list(range(5))
    failed = [each for each in found if isinstance(each, OCRFailed)]
    assert sorted(each.index for each in failed) == [0, 1]
    assert found[-1] in failed


@pytest.mark.anyio
async def test_pages_that_nobody_takes_hold_back_the_next_documents(upstream: Upstream) -> None:
    upstream.default = slow_after(0)
    taken = 0

    async def documents() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield SHORT

    async with aocr_stream_pages(documents(), model="m", api_base=upstream.url, pages=[0]) as pages:
        await pages.receive()
        before = -1
        while taken != before:
            before = taken
            await asyncio.sleep(0.5)
        assert taken < 300


@pytest.mark.anyio
async def test_leaving_the_stream_of_pages_cancels_what_is_under_way(upstream: Upstream) -> None:
    upstream.default = slow_after(30)
    async with aocr_stream_pages([PDF], model="m", api_base=upstream.url, pages_per_request=2) as pages:
        await pages.receive()
    with anyio.fail_after(5):
        await upstream.left_early.wait()


def test_plain_code_takes_the_pages_of_many_documents_and_cached_ones_too(server: Upstream, tmp_path: Path) -> None:
    client = OCR(model="m", api_base=server.url, pages="0-2", pages_per_request=2, cache=FolderCache(tmp_path))
    counts = []
    for _ in range(2):
        with client.ocr_stream_pages([PDF]) as pages:
            counts.append([type(each) for each in pages])
    assert counts == [[OCRPageDone] * 3 + [OCRDone]] * 2
    assert len(server.requests) == 2
