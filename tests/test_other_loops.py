"""Loops that are not asyncio's own: uvloop serves and calls, trio is told what to do."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ocr_async import OCR, aocr, aocr_many, aocr_stream, ocr
from ocr_async.errors import ConfigurationError
from ocr_async.gateway.app import create_app
from ocr_async.gateway.config.config import Config
from ocr_async.gateway.serve import listen

from .documents import text_pdf


@pytest.fixture(scope="module")
def one_page() -> bytes:
    return text_pdf([["A page read on another loop."]])


async def streamed(document: bytes) -> None:
    async with aocr_stream([document]) as results:
        async for _ in results:
            pass


@pytest.mark.parametrize(
    "way",
    [aocr, streamed, lambda document: aocr_many([document]), lambda document: OCR().aestimate(document)],
    ids=["aocr", "aocr_stream", "aocr_many", "aestimate"],
)
def test_trio_is_told_to_make_the_plain_call_in_a_thread(
    way: Callable[[bytes], Awaitable[Any]], one_page: bytes
) -> None:
    trio = pytest.importorskip("trio")
    with pytest.raises(ConfigurationError, match=r"need asyncio.*trio\.to_thread\.run_sync\(ocr_async\.ocr"):
        trio.run(way, one_page)


def test_the_plain_call_in_a_thread_of_trio_reads(one_page: bytes) -> None:
    trio = pytest.importorskip("trio")

    async def main() -> str:
        response = await trio.to_thread.run_sync(ocr, one_page)
        return str(response.markdown)

    assert trio.run(main) == "A page read on another loop."


def test_a_document_is_read_on_uvloop(one_page: bytes) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> str:
        return (await aocr(one_page)).markdown

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == "A page read on another loop."


def test_the_gateway_answers_on_uvloop(tmp_path: Path) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> Any:
        app = await asyncio.to_thread(create_app, Config(data=tmp_path / "data"))
        runner, site = await listen(app, "127.0.0.1", 0, grace=1.0)

        def ask() -> Any:
            with urllib.request.urlopen(f"{site.name.rpartition(':')[0]}:{site.port}/health", timeout=20) as answer:
                return answer.status, json.load(answer)

        try:
            return await asyncio.to_thread(ask)
        finally:
            await runner.cleanup()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        status, _ = runner.run(main())
    assert status == 200
