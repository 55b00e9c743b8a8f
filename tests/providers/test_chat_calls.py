"""Whole calls to a vision model on the loopback: pages that are cut short, pictures that are cut out, tokens."""

from __future__ import annotations

import io
from base64 import b64decode
from typing import Any

import PIL.Image
import pytest

from ocr_async import RetryPolicy, aocr
from ocr_async.errors import ConfigurationError, PagesMissing, ResponseInvalid
from ocr_async.models import Bytes
from tests.documents import PARAGRAPHS, text_pdf
from tests.upstream import Exchange, Upstream

from .cases.openai_compatible import ChatServer


pytestmark = pytest.mark.anyio

PDF = Bytes(data=text_pdf([PARAGRAPHS] * 3), name="a.pdf")


def completion(text: str, reason: str = "stop") -> dict[str, Any]:
    body = ChatServer().completion(text)
    body["choices"][0]["finish_reason"] = reason
    return body


async def second_is_cut(exchange: Exchange) -> None:
    await exchange.read()
    number = len(exchange.server.requests)
    await exchange.json(completion(f"answer {number}", "length" if number == 2 else "stop"))


async def test_a_page_that_is_cut_short_costs_no_other(upstream: Upstream) -> None:
    upstream.default = second_is_cut
    call: dict[str, Any] = {"model": "hosted_vllm/m", "api_base": upstream.url, "max_concurrency": 1}
    with pytest.raises(PagesMissing, match="1 of 3 pages") as caught:
        await aocr(PDF, **call)
    assert caught.value.response is not None
    pages = caught.value.response.pages
    assert {page.markdown for page in pages} == {"answer 1", "answer 3"}
    assert {*caught.value.missing, *(page.index for page in pages)} == {0, 1, 2}
    assert len(upstream.requests) == 3


async def test_what_failed_is_told_and_tokens_are_summed_over_all_pages(upstream: Upstream) -> None:
    upstream.default = second_is_cut
    call: dict[str, Any] = {"model": "hosted_vllm/m", "api_base": upstream.url, "max_concurrency": 1}
    response = await aocr(PDF, on_error="partial", **call)
    ((lost, error),) = response.missing_pages.items()
    assert [page.index for page in response.pages] == sorted({0, 1, 2} - {lost})
    assert isinstance(error, ResponseInvalid)
    assert response.usage_info.pages_processed == 2
    assert response.usage_info.extra["total_tokens"] == 3 * 1240
    assert response.pages[0].dimensions is not None
    assert response.pages[0].dimensions.dpi


@pytest.mark.parametrize(("once", "requests"), [(False, 3), (True, 1)])
async def test_a_model_in_a_loop_is_asked_again_unless_that_may_bill_twice(
    upstream: Upstream, once: bool, requests: int
) -> None:
    async def loops(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.json(completion("round and round it goes " * 400))

    upstream.default = loops
    policy = RetryPolicy(never_bill_twice=once)
    response = await aocr(PDF, model="hosted_vllm/m", api_base=upstream.url, pages=[0], retries=policy)
    assert "over and over" in response.pages[0].extra["warnings"][-1]
    assert len(upstream.requests) == requests


async def test_a_picture_on_the_page_comes_cut_out(upstream: Upstream) -> None:
    async def found(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.json(completion("<|ref|>image<|/ref|><|det|>[[500, 0, 999, 999]]<|/det|>"))

    upstream.default = found
    image = PIL.Image.new("L", (400, 200), 255)
    image.paste(0, (200, 0, 400, 200))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    response = await aocr(
        Bytes(data=buffer.getvalue(), name="a.png"),
        model="hosted_vllm/deepseek-ocr",
        api_base=upstream.url,
        include_image_base64=True,
    )
    (cut,) = response.pages[0].images
    assert cut.bbox == {"x": 200, "y": 0, "width": 200, "height": 200}
    assert cut.image_base64 is not None
    shown = PIL.Image.open(io.BytesIO(b64decode(cut.image_base64.partition(",")[2])), formats=["JPEG"])
    assert shown.size == (200, 200)
    assert max(shown.convert("L").tobytes()) < 40


async def test_a_page_is_no_larger_than_its_family_wants(upstream: Upstream) -> None:
    sizes: list[tuple[int, int]] = []

    async def seen(exchange: Exchange) -> None:
        await exchange.read()
        url = exchange.received.json["messages"][0]["content"][0]["image_url"]["url"]
        sizes.append(PIL.Image.open(io.BytesIO(b64decode(url.partition(",")[2]))).size)
        await exchange.json(completion("---\nprimary_language: en\n---\ntext"))

    upstream.default = seen
    await aocr(PDF, model="openai_compatible/olmocr", api_base=upstream.url, pages=[0])
    assert max(sizes[0]) == 1288


async def test_no_pictures_and_no_blocks_can_be_asked_of_a_model_that_has_none(upstream: Upstream) -> None:
    async def page(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.json(completion("text"))

    upstream.default = page
    call: dict[str, Any] = {"model": "hosted_vllm/m", "api_base": upstream.url, "pages": [0]}
    response = await aocr(PDF, include_image_base64=False, include_blocks=False, **call)
    assert response.markdown == "text"
    assert response.dropped_options == ()
    with pytest.raises(ConfigurationError, match="no option include_image_base64"):
        await aocr(PDF, include_image_base64=True, **call)
