"""
Datalab: answers made by hand after datalab-python-sdk 0.5.0, documentation.datalab.to and Marker's JSON, read 2026-11.
"""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ocr_async.errors import (
    AuthenticationFailed,
    ConfigurationError,
    OCRError,
    ProviderUnavailable,
    RequestRejected,
    ResponseInvalid,
)
from ocr_async.models import Bytes, OCRRequest, OCRResponse, Url
from ocr_async.providers.datalab import Datalab
from ocr_async.steps import HttpResponse, Multipart

from .cases.datalab import block, page_of
from .play import answer, play


DOCUMENT = Bytes(data=b"%PDF-1.7", mime="application/pdf", name="a.pdf")
REQUEST = OCRRequest(model="accurate", document=DOCUMENT)
DATALAB = Datalab(api_key="k-planted-1234")
ADDRESS = "https://www.datalab.to/api/v1/convert/abc"
PNG = "iVBORw0KGgoAAAAAAAAAAA=="


def complete(markdown: str, *pages: dict[str, Any], **facts: Any) -> dict[str, Any]:
    json = {"children": list(pages), "block_type": "Document", "metadata": {}}
    return {"status": "complete", "success": True, "error": None, "markdown": markdown, "json": json, **facts}


def paged(*texts: tuple[int, str]) -> str:
    return "".join(f"\n\n{{{number}}}{'-' * 48}\n\n{text}" for number, text in texts)


def ask(request: OCRRequest, *states: Any) -> tuple[list[Any], OCRResponse]:
    begun = {"success": True, "error": None, "request_id": "abc", "request_check_url": ADDRESS}
    return play(DATALAB.exchange(request), answer(begun), *map(answer, states))


def form_of(request: Any) -> dict[str, Any]:
    assert isinstance(request.body, Multipart)
    return dict(request.body.fields)


REPORT = page_of(
    0,
    block(0, 1, "PageHeader", "<p>Annual report</p>", [72, 20, 200, 30]),
    block(0, 2, "SectionHeader", "<h2>Results &amp; sums</h2>", [72, 72, 216, 90]),
    block(0, 3, "TableGroup", "", [72, 100, 300, 200], children=[
        block(0, 4, "Table", "<table><tr><th>Year</th></tr><tr><td>2026</td></tr></table>", [72, 100, 300, 180]),
        block(0, 5, "Caption", "<p>Table 1</p>", [72, 180, 300, 200]),
    ]),
    block(0, 6, "Figure", "<p>a line</p>", [72, 300, 172, 400]),
)  # fmt: skip
MARKDOWN = "## Results & sums\n\n| Year |\n|---|\n| 2026 |\n\nTable 1\n\n![a line](_page_0_Figure_6.jpeg)"


def test_the_services_own_markdown_comes_with_what_its_blocks_tell() -> None:
    state = complete(
        paged((0, MARKDOWN)),
        REPORT,
        images={"_page_0_Figure_6.jpeg": PNG},
        page_count=1,
        runtime=2.5,
        parse_quality_score=4.5,
        cost_breakdown={"total_cents": 1.5},
    )
    requests, response = ask(evolve(REQUEST, include_image_base64=True), {"status": "processing"}, state)
    (page,) = response.pages
    assert page.markdown == MARKDOWN.replace("![a line](_page_0_Figure_6.jpeg)", "![img-0.jpeg](img-0.jpeg)")
    assert (page.header, page.footer) == ("Annual report", None)
    assert page.dimensions is not None
    assert (page.dimensions.width, page.dimensions.height, page.dimensions.dpi) == (612, 792, None)
    (image,) = page.images
    assert image.bbox == {"x": 72, "y": 300, "width": 100, "height": 100}
    assert image.image_base64 == f"data:image/png;base64,{PNG}"
    assert page.elements is not None
    assert [element.type for element in page.elements] == ["header", "title", "table", "caption", "image"]
    assert page.elements[1].text == "Results & sums"
    assert response.cost is not None
    assert response.cost.total == 0.015
    assert (response.id, response.usage_info.processing_time_seconds) == ("abc", 2.5)
    assert response.usage_info.extra == {"parse_quality_score": 4.5}
    assert [(each.method, each.url) for each in requests] == [
        ("POST", "https://www.datalab.to/api/v1/convert"),
        ("GET", ADDRESS),
        ("GET", ADDRESS),
    ]
    assert requests[1].credentials == {"X-API-Key": "k-planted-1234"}


def test_tables_are_taken_out_of_the_text_where_that_is_wanted() -> None:
    state = complete(paged((0, MARKDOWN)), REPORT, images={})
    (page,) = ask(evolve(REQUEST, table_format="html"), state)[1].pages
    assert "[tbl-0.html](tbl-0.html)" in page.markdown
    assert page.tables[0].content == "<table><tr><th>Year</th></tr><tr><td>2026</td></tr></table>"


def test_running_heads_are_part_of_the_text_where_they_are_not_to_be_taken_out() -> None:
    (page,) = ask(evolve(REQUEST, extract_header=False), complete(paged((0, "Body.")), REPORT, images={}))[1].pages
    assert (page.header, page.markdown) == (None, "Annual report\n\nBody.")


def test_pages_are_asked_for_from_0_and_an_option_of_datalabs_own_goes_beside() -> None:
    request = evolve(REQUEST, pages=(0, 2, 3), extra_body={"additional_config": {"a": 1}, "skip_cache": True})
    requests, response = ask(request, complete(paged((0, "a"), (2, "b"), (3, "c"))))
    assert form_of(requests[0]) == {
        "output_format": "markdown,json",
        "mode": "accurate",
        "paginate": "true",
        "disable_image_extraction": "true",
        "page_range": "0,2-3",
        "additional_config": '{"a":1}',
        "skip_cache": "true",
        "file": DOCUMENT,
    }
    assert [(page.index, page.markdown) for page in response.pages] == [(0, "a"), (2, "b"), (3, "c")]


@pytest.mark.parametrize("delimiter", ["{%d}" + "-" * 48, "%d\n" + "-" * 48, "{%d}\n" + "-" * 48])
def test_either_form_of_the_line_between_pages_is_known(delimiter: str) -> None:
    markdown = f"\n\n{delimiter % 4}\n\nfirst\n\n7\n---\n\n\n\n{delimiter % 5}\n\n"
    _, response = ask(evolve(REQUEST, pages=(4, 5)), complete(markdown))
    assert [(page.index, page.markdown) for page in response.pages] == [(4, "first\n\n7\n---"), (5, "")]


def test_numbers_within_the_selection_become_the_documents() -> None:
    _, response = ask(evolve(REQUEST, pages=(4, 9)), complete(paged((0, "a"), (1, "b"))))
    assert [(page.index, page.markdown) for page in response.pages] == [(4, "a"), (9, "b")]


def test_of_more_pages_than_were_asked_for_those_stay_that_were() -> None:
    _, response = ask(evolve(REQUEST, pages=(0, 2)), complete(paged((0, "a"), (1, "b"), (2, "c"))))
    assert [(page.index, page.markdown) for page in response.pages] == [(0, "a"), (2, "c")]


def test_a_page_that_did_not_come_is_missing() -> None:
    _, response = ask(evolve(REQUEST, pages=(4, 9)), complete(paged((9, "b"))))
    assert [page.index for page in response.pages] == [9]


def test_pictures_without_a_place_are_told_all_the_same() -> None:
    state = complete(paged((0, "![](a.png) ![](b.png)")), REPORT, images={"a.png": PNG, "b.png": "?"})
    (page,) = ask(evolve(REQUEST, include_image_base64=True), state)[1].pages
    assert page.markdown == "![img-0.jpeg](img-0.jpeg) ![img-1.jpeg](img-1.jpeg)"
    assert [image.image_base64 is None for image in page.images] == [False, True]
    assert page.images[0].bbox is None


def test_an_address_is_not_uploaded() -> None:
    requests, _ = ask(evolve(REQUEST, document=Url(url="https://example.com/a.pdf")), complete("x", page_count=1))
    assert form_of(requests[0])["file_url"] == "https://example.com/a.pdf"


@pytest.mark.parametrize(
    ("where", "error"),
    [("VALIDATION", RequestRejected), ("INFERENCE", ProviderUnavailable), ("OTHER", ProviderUnavailable)],
)
def test_a_job_that_failed_says_why(where: str, error: type[OCRError]) -> None:
    with pytest.raises(error, match="the file is damaged"):
        ask(REQUEST, {"status": "complete", "success": False, "error": "the file is damaged", "error_in": where})


def test_a_plan_that_does_not_pay_is_no_wrong_key() -> None:
    body = {"detail": "You need an active, paid subscription"}
    assert isinstance(DATALAB.refused(answer(body, 403)), RequestRejected)
    assert DATALAB.refused(answer({"detail": "Invalid API key"}, 403)) is None
    assert not isinstance(DATALAB.refused(answer(body, 403)), AuthenticationFailed)


@pytest.mark.parametrize(
    "state",
    [
        {"status": "complete", "success": True},
        {"status": "lost", "success": True},
        complete("two pages in one", page_count=2),
        {**complete(paged((0, "a"))), "json": {"children": 7}},
    ],
)
def test_what_is_no_answer_of_datalab_is_refused(state: Any) -> None:
    with pytest.raises(ResponseInvalid):
        ask(REQUEST, state)


def test_a_document_that_is_refused_at_once_says_why() -> None:
    with pytest.raises(RequestRejected, match="no such type"):
        play(DATALAB.exchange(REQUEST), HttpResponse(200, {}, b'{"success": false, "error": "no such type"}'))


def test_a_mode_that_datalab_has_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no mode"):
        Datalab.connect(model="turbo", api_key="k", api_base=None, headers={}, environ={})


def test_keys_and_addresses_come_from_the_environment() -> None:
    environ = {"DATALAB_HOST": "https://eu.datalab.to/", "DATALAB_API_KEY": "k-1234567"}
    found = Datalab.connect(api_key=None, api_base=None, headers={}, environ=environ)
    assert (found.base_url, found.api_key) == ("https://eu.datalab.to", "k-1234567")
    other = Datalab.connect(api_key=None, api_base="https://o.example.com", headers={}, environ=environ)
    assert other.api_key is None
