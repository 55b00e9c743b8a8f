"""LlamaParse v2: answers made by hand after the types of its client llama-cloud 2.19.0, read 2026-11."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from ocr_async.errors import ConfigurationError, OCRError, ProviderUnavailable, RequestRejected, ResponseInvalid
from ocr_async.models import Bytes, FileId, OCRRequest, OCRResponse, Url
from ocr_async.providers.llamaparse import LlamaParse
from ocr_async.steps import HttpResponse, Multipart

from .play import answer, play


DOCUMENT = Bytes(data=b"%PDF-1.7", mime="application/pdf", name="a.pdf")
REQUEST = OCRRequest(model="agentic", document=DOCUMENT)
LLAMAPARSE = LlamaParse(api_key="k-planted-1234")
JOB = {"id": "pjb-1", "project_id": "p", "status": "PENDING"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


def item(kind: str, md: str, x: float = 72, y: float = 72, **facts: Any) -> dict[str, Any]:
    return {"type": kind, "md": md, "bbox": [{"x": x, "y": y, "w": 144, "h": 36, "confidence": 0.8}], **facts}


def page(number: int, *items: dict[str, Any]) -> dict[str, Any]:
    return {"page_number": number, "page_width": 612.0, "page_height": 792.0, "items": list(items), "success": True}


def text(number: int, words: str) -> dict[str, Any]:
    return page(number, item("text", words, value=words))


def lost(number: int, why: str) -> dict[str, Any]:
    return {"page_number": number, "success": False, "error": why}


def result(*items: dict[str, Any], markdown: Any = None, **facts: Any) -> dict[str, Any]:
    told = markdown or [
        each if each.get("success") is False else {"page_number": each["page_number"], "markdown": "", "success": True}
        for each in items
    ]
    job = {**JOB, "status": "COMPLETED", "usage": facts.pop("usage", None)}
    return {"job": job, "markdown": {"pages": told}, "items": {"pages": list(items)}, **facts}


def ask(request: OCRRequest, body: Any, *more: HttpResponse, state: Any = None) -> tuple[list[Any], OCRResponse]:
    states = [{"job": {**JOB, "status": "RUNNING"}}, {"job": {**JOB, **(state or {"status": "COMPLETED"})}}]
    return play(LLAMAPARSE.exchange(request), answer(JOB), *map(answer, states), answer(body), *more)


def test_items_become_a_page_in_their_order() -> None:
    table = "<table><thead><tr><th>Year</th></tr></thead><tr><td>2026</td></tr></table>"
    entries = [{"type": "text", "value": "first", "md": "first"}, {"type": "text", "value": "second", "md": "second"}]
    body = result(
        page(
            1,
            item("header", "Annual report", items=[]),
            item("heading", "## Results", value="Results", level=2),
            item("text", "See **here**.", value="See here."),
            item("list", "1. first\n2. second", ordered=True, items=entries),
            item("table", "| Year |\n| --- |\n| 2026 |", html=table, rows=[["Year"], [2026]], csv=""),
            item("image", "![x](image_0.png)", url="image_0.png", caption="A rising line."),
            item("code", "```python\nx = 1\n```", value="x = 1", language="python"),
            item("link", "[ours](https://example.com/)", text="ours", url="https://example.com/"),
            item("footer", "page 1", items=[]),
        ),
        metadata={"pages": [{"page_number": 1, "confidence": 0.93}]},
        usage={"credits": 10.0},
    )
    requests, response = ask(REQUEST, body)
    (first,) = response.pages
    assert first.markdown == (
        "## Results\n\nSee **here**.\n\n1. first\n2. second\n\n| Year |\n| --- |\n| 2026 |\n\n"
        "![img-0.jpeg](img-0.jpeg)\n\nA rising line.\n\n```python\nx = 1\n```\n\n[ours](https://example.com/)"
    )
    assert (first.header, first.footer, first.hyperlinks) == ("Annual report", "page 1", ("https://example.com/",))
    assert first.dimensions is not None
    assert (first.dimensions.width, first.dimensions.height, first.dimensions.dpi) == (1700, 2200, 200)
    assert first.images[0].bbox == {"x": 200, "y": 200, "width": 400, "height": 100}
    assert first.elements is not None
    assert first.elements[4].data is not None
    assert first.elements[4].data["cells"][1]["text"] == "2026"
    assert first.confidence_scores is not None
    assert first.confidence_scores.average_page_confidence_score == 0.93
    assert response.cost is not None
    assert response.cost.total == pytest.approx(0.0125)
    assert [
        (each.method, each.url.removeprefix("https://api.cloud.llamaindex.ai/api/v2/parse")) for each in requests
    ] == [
        ("POST", "/upload"),
        ("GET", "/pjb-1"),
        ("GET", "/pjb-1"),
        ("GET", "/pjb-1?expand=markdown&expand=items&expand=metadata&expand=usage"),
        ("DELETE", "/pjb-1"),
    ]


def test_what_is_asked_is_what_llamaparse_takes() -> None:
    asked = evolve(
        REQUEST,
        pages=(0, 2, 3),
        lang="de",
        include_image_base64=True,
        extra_body={"version": "2026-06-15", "processing_options": {"cost_optimizer": {"enable": True}}},
    )
    requests, _ = ask(asked, result(text(1, "a"), text(3, "b"), text(4, "c")))
    assert isinstance(requests[0].body, Multipart)
    (name, configuration), file = requests[0].body.fields
    assert (name, file) == ("configuration", ("file", DOCUMENT))
    assert isinstance(configuration, str)
    assert json.loads(configuration) == {
        "tier": "agentic",
        "version": "2026-06-15",
        "page_ranges": {"target_pages": "1,3-4"},
        "output_options": {"images_to_save": ["layout"]},
        "processing_options": {"ocr_parameters": {"languages": ["de"]}, "cost_optimizer": {"enable": True}},
    }
    assert requests[-2].url.endswith("&expand=images_content_metadata")


def test_a_page_that_fails_alone_is_an_error_of_that_page_alone() -> None:
    _, response = ask(REQUEST, result(text(1, "a"), lost(2, "the page is too dense"), text(3, "c")))
    assert [each.index for each in response.pages] == [0, 2]
    assert list(response.missing_pages) == [1]
    assert str(response.missing_pages[1]) == "page 1 (from 0) failed at llamaparse: the page is too dense"
    assert response.usage_info.pages_processed == 2


def test_a_page_whose_structure_alone_failed_comes_as_its_markdown() -> None:
    markdown = [{"page_number": 1, "markdown": "# Whole", "success": True, "header": "head", "footer": None}]
    _, response = ask(REQUEST, result(lost(1, "no structure"), markdown=markdown))
    assert (response.pages[0].markdown, response.pages[0].header) == ("# Whole", "head")
    assert response.missing_pages == {}


def test_the_tier_that_takes_text_out_of_files_gives_text() -> None:
    body = {"job": {**JOB, "status": "COMPLETED"}, "text": {"pages": [{"page_number": 2, "text": "plain"}]}}
    requests, response = ask(evolve(REQUEST, model="fast", pages=(1,)), body)
    assert requests[-2].url.endswith("/pjb-1?expand=text&expand=metadata&expand=usage")
    assert [(each.index, each.markdown) for each in response.pages] == [(1, "plain")]
    assert response.cost is None


@pytest.mark.parametrize("numbers", [(5, 10), (1, 2)], ids=["of the document", "of the selection"])
def test_numbers_of_pages_are_the_documents_however_they_are_counted(numbers: tuple[int, int]) -> None:
    _, response = ask(evolve(REQUEST, pages=(4, 9)), result(*(text(number, "x") for number in numbers)))
    assert [each.index for each in response.pages] == [4, 9]


def test_pictures_are_fetched_where_they_lie_and_one_that_is_lost_costs_nothing_else() -> None:
    images = [
        {"filename": "image_0.png", "index": 0, "presigned_url": "https://s3.example.com/0?sig=s", "bbox": None},
        {"filename": "other.png", "index": 1, "presigned_url": "https://s3.example.com/1?sig=s",
         "bbox": {"x": 73, "y": 400, "w": 144, "h": 36}},
        {"filename": "gone.png", "index": 2, "presigned_url": "https://s3.example.com/2?sig=s", "bbox": None},
    ]  # fmt: skip
    body = result(
        page(
            1,
            item("image", "", url="https://api.cloud.llamaindex.ai/x/image_0.png?a=b", caption=""),
            item("image", "", y=400, url="", caption=""),
            item("image", "", y=500, url="gone.png", caption=""),
        ),
        images_content_metadata={"images": images, "total_count": 3},
    )
    pictures = [HttpResponse(200, {}, data) for data in (PNG, b"\xff\xd8\xffjpeg", b"<Error>")]
    _, response = ask(evolve(REQUEST, include_image_base64=True), body, *pictures)
    shown = [image.image_base64 for image in response.pages[0].images]
    assert shown == ["data:image/png;base64,iVBORw0KGgoAAAAAAAAAAA==", "data:image/jpeg;base64,/9j/anBlZw==", None]


@pytest.mark.parametrize(
    ("document", "source"),
    [
        (Url(url="https://example.com/a.pdf"), {"source_url": "https://example.com/a.pdf"}),
        (FileId(file_id="dfl-1"), {"file_id": "dfl-1"}),
    ],
)
def test_what_lies_elsewhere_is_not_uploaded(document: Any, source: dict[str, str]) -> None:
    requests, _ = ask(evolve(REQUEST, document=document), result(text(1, "a")))
    assert requests[0].url.endswith("/api/v2/parse")
    assert requests[0].json == {"tier": "agentic", "version": "latest", **source}


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"status": "FAILED", "error_message": "the file is damaged"}, RequestRejected),
        ({"status": "CANCELLED"}, ProviderUnavailable),
        ({"status": "LOST"}, ResponseInvalid),
    ],
)
def test_a_job_that_failed_says_why(state: Any, error: type[OCRError]) -> None:
    with pytest.raises(error, match=state.get("error_message") or "llamaparse"):
        ask(REQUEST, {}, state=state)


@pytest.mark.parametrize(
    "body",
    [
        {"markdown": {"pages": []}},
        result(page(1), images_content_metadata={"images": [{"presigned_url": "https://s3.example.com/0"}]}),
        {**result(), "markdown": {"pages": "none"}},
    ],
)
def test_what_is_no_answer_of_llamaparse_is_refused(body: Any) -> None:
    with pytest.raises(ResponseInvalid):
        ask(REQUEST, body)


def test_a_tier_that_llamaparse_has_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no tier"):
        LlamaParse.connect(model="premium", api_key="k", api_base=None, headers={}, environ={})


@pytest.mark.parametrize("variable", ["LLAMA_CLOUD_API_KEY", "LLAMA_PARSE_API_KEY"])
def test_keys_and_addresses_come_from_the_environment(variable: str) -> None:
    environ = {"LLAMA_CLOUD_BASE_URL": "https://api.cloud.eu.llamaindex.ai", variable: "k-1234567"}
    found = LlamaParse.connect(api_key=None, api_base=None, headers={}, environ=environ)
    assert (found.base_url, found.api_key) == ("https://api.cloud.eu.llamaindex.ai", "k-1234567")
    other = LlamaParse.connect(api_key=None, api_base="https://o.example.com", headers={}, environ=environ)
    assert other.api_key is None
