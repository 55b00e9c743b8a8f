"""The pages of a document as they come: awaited, or in plain code."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from ocr_async import OCR, FolderCache, aocr_pages, ocr_pages
from ocr_async.errors import ConfigurationError, OCRError, ProviderUnavailable
from ocr_async.models import OCRResponse
from ocr_async.settings import RetryPolicy
from tests import faults
from tests.documents import PARAGRAPHS, text_pdf
from tests.upstream import Behaviour, Exchange, Upstream


PDF = text_pdf([PARAGRAPHS] * 6)
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
