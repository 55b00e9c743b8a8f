"""Cohere Parse; JSON made by hand from the client cohere 7.3.1, read 2026-11."""

from __future__ import annotations

from typing import Any

import pytest

from ocr_async import aocr
from ocr_async.errors import AuthenticationFailed, ConfigurationError, PagesMissing, ResponseInvalid
from ocr_async.models import Bytes, OCRRequest, OCRResponse, Url
from ocr_async.providers import resolve
from ocr_async.providers.azure.cohere import AzureCohere
from ocr_async.providers.cohere import Cohere
from ocr_async.steps import Base64, HttpResponse
from tests.documents import PARAGRAPHS, text_pdf
from tests.upstream import upstream

from .cases.base import KEY, text_of
from .cases.cohere import Parse, parse_answer
from .play import answer, play


PICTURE = Bytes(data=b"\x89PNG", mime="image/png")
IMAGE = {
    "id": "img-0",
    "description": "a [red] logo",
    "category": "logo",
    "bounding_box": {"top_left_x": 10, "top_left_y": 20, "bottom_right_x": 110, "bottom_right_y": 220},
    "bounding_box_normalized": {"top_left_x": 0.1, "top_left_y": 0.1, "bottom_right_x": 0.5, "bottom_right_y": 0.5},
}


def connect(key: str | None = KEY, base: str | None = None, model: str = "cohere/parse-v5.0", **environ: str) -> Any:
    return resolve(model, api_key=key, api_base=base, headers={}, environ=environ)[0]


def asked(document: Any = PICTURE, **options: Any) -> OCRRequest:
    return OCRRequest(model="parse-v5.0", document=document, **options)


def read(body: Any, **options: Any) -> OCRResponse:
    provider: Cohere = connect()
    return play(provider.exchange(asked(**options)), answer(body))[1]


def test_a_picture_goes_as_a_data_uri_or_as_its_address() -> None:
    (sent,), response = play(connect().exchange(asked()), answer(parse_answer("# Hi")))
    assert (sent.method, sent.url, sent.pages) == ("POST", "https://api.cohere.com/v2/parse", 1)
    assert sent.credentials == {"Authorization": f"Bearer {KEY}"}
    assert sent.json == {
        "model": "parse-v5.0",
        "document": {"type": "image_url", "image_url": Base64(PICTURE, "data:image/png;base64,")},
        "output_format": "markdown",
    }
    assert (response.id, response.markdown, response.usage_info.pages_processed) == ("5d0e-1", "# Hi", 1)
    url = Url(url="https://example.com/a.png", image=True)
    (sent,), _ = play(connect().exchange(asked(url)), answer(parse_answer("")))
    assert sent.json["document"] == {"type": "image_url", "image_url": url.url}


def test_pictures_have_boxes_and_stand_in_the_text_by_their_names() -> None:
    (page,) = read(parse_answer(r"a ![a \[red\] logo](img-0) b ![x](img-1)", images=[IMAGE])).pages
    assert page.markdown == "a ![img-0](img-0) b ![x](img-1)"
    (image,) = page.images
    assert (image.id, image.bbox) == ("img-0", {"x": 10, "y": 20, "width": 100, "height": 200})
    assert (image.extra["category"], image.extra["description"]) == ("logo", "a [red] logo")


def test_blocks_are_written_as_markdown() -> None:
    blocks = [
        {"type": "text", "text": {"content": "# Hi"}},
        {"type": "table", "table": {"html": "<table></table>"}},
        {"type": "image", "image": IMAGE},
    ]
    body = {**parse_answer(""), "pages": [{"type": "blocks", "index": 0, "blocks": blocks}]}
    (page,) = read(body, extra_body={"output_format": "blocks"}).pages
    assert page.markdown == "# Hi\n\n<table></table>\n\n![img-0](img-0)"
    assert (page.images[0].id, page.extra["blocks"]) == ("img-0", blocks)


def test_a_page_that_is_cut_short_is_an_error_and_no_page() -> None:
    response = read(parse_answer("half of", "MAX_TOKENS"))
    assert response.pages == ()
    assert "cut the page short (finish_reason is MAX_TOKENS)" in str(response.missing_pages[0])
    assert response.usage_info.pages_processed == 1


@pytest.mark.parametrize("body", [{}, {"pages": []}, {"pages": [3]}, {"pages": [{"markdown": {}}]}, [], "x"])
def test_another_shape_is_refused(body: Any) -> None:
    with pytest.raises(ResponseInvalid):
        read(body)


def test_an_invalid_token_is_an_authentication_that_failed() -> None:
    (sent,), _ = play(connect().exchange(asked()), answer(parse_answer("")))
    assert sent.refused is not None
    assert isinstance(sent.refused(HttpResponse(498, {}, b'{"message": "invalid token"}')), AuthenticationFailed)
    assert sent.refused(HttpResponse(400, {}, b"{}")) is None


def test_the_environments_key_goes_to_its_own_service() -> None:
    assert connect(None, COHERE_API_KEY="a", CO_API_KEY="b").api_key == "a"
    assert connect(None, CO_API_KEY="b").api_key == "b"
    assert connect(None, "https://example.com", COHERE_API_KEY="a").api_key is None
    assert connect(base="https://example.com/v2/parse").base_url == "https://example.com"
    with pytest.raises(ConfigurationError, match="COHERE_API_KEY"):
        connect(None)


@pytest.mark.parametrize("name", ["Cohere-parse-v5", "my-cohere-parse"])
def test_on_azure_the_name_says_that_it_is_cohere(name: str) -> None:
    base = "https://own.services.ai.azure.com"
    for given in (base, f"{base}/models", f"{base}/providers/cohere/v2/parse"):
        provider = connect(None, given, f"azure_ai/{name}", AZURE_AI_API_KEY=KEY)
        assert type(provider) is AzureCohere
        (sent,), _ = play(provider.exchange(asked()), answer(parse_answer("")))
        assert (sent.url, provider.facts.takes_urls) == (f"{base}/providers/cohere/v2/parse", False)
        assert sent.credentials == {"Authorization": f"Bearer {KEY}"}
    assert type(connect()) is Cohere


@pytest.mark.anyio
async def test_a_cut_page_is_missing_from_its_document_and_is_not_asked_for_again() -> None:
    service = Parse(cut=frozenset({1, 2, 3}))
    document = Bytes(data=text_pdf([PARAGRAPHS] * 4), name="a.pdf")
    async with upstream(default=service) as server:
        with pytest.raises(PagesMissing, match="cut the page short") as caught:
            await aocr(document, model="cohere/parse-v5.0", api_base=server.url, api_key=KEY)
        assert len(server.requests) == 4
    assert caught.value.response is not None
    assert [page.markdown for page in caught.value.response.pages] == [text_of(0)]
    assert len(caught.value.missing) == 3
    assert caught.value.response.usage_info.pages_processed == 4


@pytest.mark.anyio
async def test_the_address_of_a_picture_goes_to_cohere() -> None:
    async with upstream(default=Parse()) as server:
        document = {"type": "image_url", "image_url": "https://example.com/a.png"}
        response = await aocr(document, model="cohere/parse-v5.0", api_base=server.url, api_key=KEY)
        (request,) = server.requests
    assert request.json["document"]["image_url"] == "https://example.com/a.png"
    assert response.markdown == text_of(0)
