"""Reducto: answers made by hand after the types of its client reductoai 0.25.0, read 2026-11."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ocr_async.errors import (
    ConfigurationError,
    DocumentError,
    OCRError,
    PasswordRequired,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
    ResponseInvalid,
)
from ocr_async.models import Bytes, FileId, OCRRequest, OCRResponse, Url
from ocr_async.providers.reducto import Reducto
from ocr_async.steps import Compute, HttpResponse, Multipart

from .play import answer, play


DOCUMENT = Bytes(data=b"%PDF-1.7", mime="application/pdf", name="a.pdf")
REQUEST = OCRRequest(model="parse-v3", document=DOCUMENT)
REDUCTO = Reducto(api_key="k-planted-1234")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


def block(kind: str, content: str, page: int = 1, top: float = 0.5, **facts: Any) -> dict[str, Any]:
    bbox = {"left": 0.1, "top": top, "width": 0.5, "height": 0.1, "page": page, "original_page": None}
    bbox["original_page"] = facts.pop("original", None)
    return {"type": kind, "content": content, "bbox": bbox, "confidence": "high", **facts}


def completed(*blocks: dict[str, Any], count: int = 1, **usage: Any) -> dict[str, Any]:
    result = {
        "response_type": "parse",
        "job_id": "j-1",
        "duration": 2.5,
        "usage": {"num_pages": count, **usage},
        "result": {"type": "full", "chunks": [{"content": "", "embed": "", "blocks": list(blocks)}]},
    }
    return {"status": "Completed", "reason": None, "error": None, "result": result}


def failed(name: str, code: int) -> dict[str, Any]:
    error = {"code": code, "name": name, "message": "what went wrong"}
    return {"status": "Failed", "reason": None, "error": error, "result": None}


def sizes(step: Compute) -> Any:
    assert step.task == "sizes"
    return ((1000, 2000, 200),) * (3 if step.arguments["pages"] is None else len(step.arguments["pages"]))


def ask(request: OCRRequest, *states: Any, more: tuple[HttpResponse, ...] = ()) -> tuple[list[Any], OCRResponse]:
    upload = [answer({"file_id": "reducto://f/1.pdf", "presigned_url": None})]
    if not isinstance(request.document, Bytes):
        upload = []
    job = answer({"job_id": "j-1"})
    return play(REDUCTO.exchange(request), *upload, job, *map(answer, states), *more, compute=sizes)


def test_blocks_become_a_page_in_their_order() -> None:
    table = "<table><tr><th>Year</th><th>Sum</th></tr><tr><td colspan=2>both</td></tr></table>"
    state = completed(
        block("Header", "Annual report", top=0.01),
        block("Title", "Results"),
        block("Text", "See **here**."),
        block("List Item", "- first"),
        block("List Item", "2. second"),
        block("Table", table, top=0.3),
        block("Figure", "A rising line.", top=0.6),
        block("Page Number", "7", top=0.95),
        credits=2.0,
    )
    requests, response = ask(REQUEST, {"status": "Idle"}, state)
    (page,) = response.pages
    assert page.markdown == (
        "# Results\n\nSee **here**.\n\n- first\n2. second\n\n| Year | Sum |\n| --- | --- |\n| both |  |\n\n"
        "![img-0.jpeg](img-0.jpeg)\n\nA rising line."
    )
    assert (page.header, page.footer) == ("Annual report", "7")
    assert page.dimensions is not None
    assert (page.dimensions.width, page.dimensions.height, page.dimensions.dpi) == (1000, 2000, 200)
    assert page.images[0].bbox == {"x": 100, "y": 1200, "width": 500, "height": 200}
    assert page.elements is not None
    assert page.elements[3].type == "list"
    assert page.elements[4].bbox == {"x": 100, "y": 600, "width": 500, "height": 200}
    assert response.id == "j-1"
    assert response.cost is not None
    assert response.cost.total == pytest.approx(0.03)
    assert (response.usage_info.credits, response.usage_info.processing_time_seconds) == (2.0, 2.5)
    assert [(each.method, each.url.removeprefix("https://platform.reducto.ai")) for each in requests] == [
        ("POST", "/upload"),
        ("POST", "/parse_async"),
        ("GET", "/job/j-1"),
        ("GET", "/job/j-1"),
        ("DELETE", "/upload/reducto:%2F%2Ff%2F1.pdf"),
    ]
    assert isinstance(requests[0].body, Multipart)
    assert list(requests[0].body.fields) == [("file", DOCUMENT)]
    assert requests[1].json == {"input": "reducto://f/1.pdf", "formatting": {"table_output_format": "html"}}


def test_accounts_without_credits_have_no_cost_but_say_what_was_used() -> None:
    used = {"parse_model": "R-1", "tier": "Default", "parse_pages": 1}
    _, response = ask(REQUEST, completed(block("Text", "x"), usage_breakdown=used))
    assert response.cost is None
    assert response.usage_info.extra == {"usage_breakdown": used}


def test_blank_pages_are_pages() -> None:
    _, response = ask(REQUEST, completed(block("Text", "x", page=2), count=3))
    assert [(page.index, page.markdown) for page in response.pages] == [(0, ""), (1, "x"), (2, "")]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [((4, 9), {"start": 5, "end": 10}), ((4, 5, 6), {"start": 5, "end": 7})],
    ids=["sparse", "one run"],
)
def test_pages_are_asked_for_from_1_in_runs(pages: tuple[int, ...], expected: dict[str, int]) -> None:
    requests, _ = ask(evolve(REQUEST, pages=pages), completed(block("Text", "x"), count=len(pages)))
    asked = requests[1].json["settings"]["page_range"]
    assert asked == (expected if len(pages) == 3 else [{"start": 5, "end": 5}, {"start": 10, "end": 10}])


@pytest.mark.parametrize(
    "places",
    [
        [{"page": 1}, {"page": 2}],  # within the selection
        [{"page": 5}, {"page": 10}],  # of the document
        [{"page": 1, "original": 5}, {"page": 2, "original": 10}],
    ],
)
def test_numbers_of_pages_are_the_documents_however_they_are_counted(places: list[dict[str, int]]) -> None:
    blocks = [block("Text", str(number), **place) for number, place in enumerate(places)]
    _, response = ask(evolve(REQUEST, pages=(4, 9)), completed(*blocks, count=2))
    assert [(page.index, page.markdown) for page in response.pages] == [(4, "0"), (9, "1")]


def test_pages_that_were_not_read_are_missing_and_not_blank() -> None:
    _, response = ask(evolve(REQUEST, pages=(4, 9)), completed(block("Text", "x", page=1, original=5), count=1))
    assert [page.index for page in response.pages] == [4]


def test_pictures_are_fetched_where_they_lie_and_one_that_is_lost_costs_nothing_else() -> None:
    address = "https://bucket.s3.amazonaws.com/1.png?X-Amz-Signature=s"
    gone = "https://bucket.s3.amazonaws.com/2.png?X-Amz-Signature=s"
    state = completed(block("Figure", "", image_url=address), block("Figure", "", top=0.7, image_url=gone))
    requests, response = ask(
        evolve(REQUEST, include_image_base64=True),
        state,
        more=(HttpResponse(200, {}, PNG), HttpResponse(200, {}, b"<Error>")),
    )
    assert requests[1].json["settings"] == {"return_images": ["figure"]}
    assert [each.url for each in requests if each.method == "GET"][-2:] == [address, gone]
    assert response.pages[0].images[0].image_base64 == "data:image/png;base64,iVBORw0KGgoAAAAAAAAAAA=="
    assert response.pages[0].images[1].image_base64 is None


@pytest.mark.parametrize("document", [Url(url="https://example.com/a.pdf"), FileId(file_id="reducto://mine.pdf")])
def test_what_lies_elsewhere_is_neither_uploaded_nor_deleted(document: Any) -> None:
    requests, response = ask(evolve(REQUEST, document=document), completed(block("Text", "x")))
    assert [each.method for each in requests] == ["POST", "GET"]
    assert requests[0].json["input"] in {"https://example.com/a.pdf", "reducto://mine.pdf"}
    assert response.pages[0].dimensions is None
    assert response.pages[0].elements is not None
    assert response.pages[0].elements[0].bbox is None


def test_options_of_reductos_own_go_beside_ours_and_a_password_with_them() -> None:
    request = OCRRequest(
        model="parse-legacy",
        document=evolve(DOCUMENT, password="open sesame"),
        extra_body={"settings": {"ocr_system": "legacy"}, "enhance": {"agentic": []}},
    )
    requests, _ = ask(request, completed(block("Text", "x")))
    settings = {"model": "legacy", "document_password": "open sesame", "ocr_system": "legacy"}
    assert requests[1].json["settings"] == settings
    assert requests[1].json["enhance"] == {"agentic": []}


@pytest.mark.parametrize(
    ("name", "code", "error"),
    [
        ("DOCUMENT_CORRUPT", 400, DocumentError),
        ("DOCUMENT_PASSWORD_PROTECTED", 400, PasswordRequired),
        ("QUEUE_FULL", 429, RateLimited),
        ("INTERNAL_ERROR", 500, ProviderUnavailable),
        ("INVALID_CONFIG", 422, RequestRejected),
    ],
)
def test_a_job_that_failed_says_why(name: str, code: int, error: type[OCRError]) -> None:
    with pytest.raises(error, match="what went wrong"):
        ask(REQUEST, failed(name, code))


@pytest.mark.parametrize(
    "state",
    [
        {"status": "Exploded"},
        {"status": "Completed", "result": None},
        {"status": "Completed", "result": {"result": {"type": "url", "url": "file"}}},
        {"status": "Completed", "result": {"result": {"type": "full"}}},
        {"status": "Completed", "result": {"result": {"type": "full", "chunks": [{"blocks": [{"type": "Text"}]}]}}},
        [],
    ],
)
def test_what_is_no_answer_of_reducto_is_refused(state: Any) -> None:
    with pytest.raises(ResponseInvalid):
        ask(REQUEST, state)


def test_a_model_that_reducto_has_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no model"):
        Reducto.connect(model="parse-v9", api_key="k", api_base=None, headers={}, environ={})


def test_keys_and_addresses_come_from_the_environment() -> None:
    environ = {"REDUCTO_BASE_URL": "https://eu.platform.reducto.ai/", "REDUCTO_API_KEY": "k-1234567"}
    found = Reducto.connect(api_key=None, api_base=None, headers={}, environ=environ)
    assert (found.base_url, found.api_key) == ("https://eu.platform.reducto.ai", "k-1234567")
    other = Reducto.connect(api_key=None, api_base="https://o.example.com", headers={}, environ=environ)
    assert other.api_key is None
    with pytest.raises(ConfigurationError, match="REDUCTO_API_KEY"):
        Reducto.connect(api_key=None, api_base=None, headers={}, environ={})
