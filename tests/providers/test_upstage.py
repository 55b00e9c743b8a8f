"""Upstage: answers made by hand after console.upstage.ai and langchain-upstage 0.7.7, read 2026-11."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ocr_async import aocr
from ocr_async.errors import ConfigurationError, ResponseInvalid
from ocr_async.models import Bytes, OCRRequest, OCRResponse
from ocr_async.providers.upstage import Upstage
from ocr_async.steps import Compute
from tests.documents import text_pdf
from tests.upstream import upstream

from .cases.base import KEY
from .cases.upstage import Upstage as Service
from .cases.upstage import element
from .play import answer, play


DOCUMENT = Bytes(data=b"%PDF-1.7", mime="application/pdf", name="a.pdf")
REQUEST = OCRRequest(model="document-parse", document=DOCUMENT)
UPSTAGE = Upstage(api_key="k-planted-1234")
PNG = "iVBORw0KGgoAAAAAAAAAAA=="


def sizes(step: Compute) -> Any:
    return ((1000, 2000, 200),) * 3


def ask(request: OCRRequest, *elements: dict[str, Any], **facts: Any) -> tuple[list[Any], OCRResponse]:
    body = {"api": "2.0", "model": "document-parse-251217", "elements": list(elements), **facts}
    return play(UPSTAGE.exchange(request), answer(body), compute=sizes)


def test_elements_become_pages_and_a_blank_one_is_a_page() -> None:
    table = "<table><tr><th>Year</th></tr><tr><td>2026</td></tr></table>"
    requests, response = ask(
        evolve(REQUEST, include_image_base64=True),
        element(1, "header", "Annual report", 0.0),
        element(1, "heading1", "# Results"),
        element(1, "paragraph", "See **here**."),
        element(1, "table", "| Year |", 0.3, html=table),
        element(1, "figure", "![image](/image/placeholder)", 0.5, base64_encoding=PNG),
        element(1, "chart", "- 2026: 7", 0.7),
        element(1, "list", "- first\n- second", 0.8),
        element(3, "footer", "page 3", 0.9),
        usage={"pages": 3},
    )
    first, second, third = response.pages
    assert first.markdown == (
        "# Results\n\nSee **here**.\n\n| Year |\n| --- |\n| 2026 |\n\n![img-0.jpeg](img-0.jpeg)\n\n"
        "![img-1.jpeg](img-1.jpeg)\n\n- 2026: 7\n\n- first\n- second"
    )
    assert (first.header, second.markdown, third.footer) == ("Annual report", "", "page 3")
    assert first.images[0].image_base64 == f"data:image/png;base64,{PNG}"
    assert first.images[0].bbox == {"x": 100, "y": 1000, "width": 400, "height": 200}
    assert response.model == "document-parse-251217"
    assert response.usage_info.pages_processed == 3
    assert dict(requests[0].body.fields)["base64_encoding"] == "['figure','chart']"


@pytest.mark.parametrize(
    "facts", [{"elements": 7}, {"elements": [{"category": "paragraph"}]}, {"elements": [element(0, "paragraph", "x")]}]
)
def test_what_is_no_answer_of_upstage_is_refused(facts: Any) -> None:
    with pytest.raises(ResponseInvalid):
        ask(REQUEST, **facts)


def test_an_address_is_nothing_that_upstage_takes() -> None:
    assert not Upstage.facts.takes_urls


def test_keys_come_from_the_environment() -> None:
    found = Upstage.connect(api_key=None, api_base=None, headers={}, environ={"UPSTAGE_API_KEY": "k-1234567"})
    assert (found.base_url, found.api_key) == ("https://api.upstage.ai", "k-1234567")
    with pytest.raises(ConfigurationError, match="UPSTAGE_API_KEY"):
        Upstage.connect(api_key=None, api_base=None, headers={}, environ={})


@pytest.mark.anyio
async def test_a_document_of_more_pages_than_it_takes_is_cut() -> None:
    service = Service()
    async with upstream(default=service) as server:
        document = Bytes(data=text_pdf([["x"]] * 101), name="a.pdf")
        response = await aocr(document, model="upstage/document-parse", api_base=server.url, api_key=KEY)
    assert service.problems == []
    assert service.uploads == 2
    assert [page.index for page in response.pages] == list(range(101))
    assert response.pages[100].markdown == "Text of page 1."
