"""docling-serve: options, documents and failures as docling-core 2.104 and docling-serve 1.38.2 write them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from ocr_async.errors import ConfigurationError, DocumentError, OCRError, RateLimited, ResponseInvalid
from ocr_async.models import Bytes, FileOnDisk, OCRRequest, OCRResponse, Url
from ocr_async.providers.docling import Docling
from ocr_async.providers.docling.document import pages_of
from ocr_async.steps import Exchange, HttpRequest

from .play import answer
from .play import play as played


DOCUMENT = Bytes(data=b"%PDF-1.7", mime="application/pdf", name="a.pdf")
REQUEST = OCRRequest(model="standard", document=DOCUMENT)
DOCLING = Docling(api_key="k-planted-1234")


def placed(page: int, left: float, top: float, right: float, bottom: float, origin: str = "BOTTOMLEFT") -> Any:
    bbox = {"l": left, "t": top, "r": right, "b": bottom, "coord_origin": origin}
    return [{"page_no": page, "bbox": bbox, "charspan": [0, 1]}]


def refs(*names: str) -> list[dict[str, str]]:
    return [{"$ref": f"#/{name}"} for name in names]


def cell(text: str, row: int, column: int, **facts: Any) -> dict[str, Any]:
    return {
        "text": text,
        "start_row_offset_idx": row,
        "end_row_offset_idx": row + facts.pop("row_span", 1),
        "start_col_offset_idx": column,
        "end_col_offset_idx": column + facts.pop("col_span", 1),
        "bbox": {"l": 72, "t": 100 + 10 * row, "r": 140, "b": 110 + 10 * row, "coord_origin": "TOPLEFT"},
        **facts,
    }


REPORT: dict[str, Any] = {
    "schema_name": "DoclingDocument",
    "version": "1.10.0",
    "origin": {"mimetype": "application/pdf"},
    "furniture": {"children": []},
    "body": {
        "children": refs(
            "texts/0", "texts/1", "groups/0", "tables/0", "pictures/0", "texts/6", "groups/2", "texts/9", "texts/10"
        )
    },
    "groups": [
        {"label": "ordered_list", "children": refs("texts/2", "texts/3")},
        {"label": "list", "children": refs("texts/4")},
        {"label": "inline", "children": refs("texts/7", "texts/8")},
    ],
    "texts": [
        {"label": "page_header", "content_layer": "furniture", "text": "Annual report",
         "prov": placed(1, 72, 780, 200, 770)},
        {"label": "section_header", "level": 1, "text": "Results", "prov": placed(1, 72, 720, 200, 700)},
        {"label": "list_item", "text": "first", "marker": "1.", "prov": placed(1, 72, 690, 200, 680)},
        {"label": "list_item", "text": "second", "marker": "2.", "children": refs("groups/1"),
         "prov": placed(1, 72, 670, 200, 660)},
        {"label": "list_item", "text": "inner", "marker": "-", "prov": placed(1, 90, 650, 200, 640)},
        {"label": "caption", "text": "Table 1: sums", "prov": placed(1, 72, 600, 200, 590)},
        {"label": "formula", "text": "a_1 = b^2", "prov": placed(3, 72, 600, 200, 590)},
        {"label": "text", "text": "See", "prov": placed(3, 72, 500, 90, 490)},
        {"label": "text", "text": "here", "hyperlink": "https://example.com/", "prov": placed(3, 95, 500, 120, 490)},
        {"label": "code", "text": "x = 1", "code_language": "Python", "prov": placed(3, 72, 400, 120, 390)},
        {"label": "page_footer", "content_layer": "furniture", "text": "page 3", "prov": placed(3, 300, 30, 340, 20)},
    ],
    "tables": [
        {
            "label": "table",
            "captions": refs("texts/5"),
            "children": refs("texts/5"),
            "prov": placed(1, 72, 692, 300, 660),
            "data": {
                "num_rows": 2,
                "num_cols": 2,
                "table_cells": [
                    cell("Year", 0, 0, column_header=True),
                    cell("Sum", 0, 1, column_header=True),
                    cell("both | 7", 1, 0, col_span=2),
                ],
            },
        }
    ],
    "pictures": [
        {"label": "picture", "prov": placed(1, 72, 500, 172, 400), "captions": [], "children": [],
         "image": {"mimetype": "image/png", "uri": "data:image/png;base64,iVBOR"}}
    ],
    "pages": {
        "1": {"page_no": 1, "size": {"width": 612.0, "height": 792.0}},
        "2": {"page_no": 2, "size": {"width": 612.0, "height": 792.0}},
        "3": {"page_no": 3, "size": {"width": 612.0, "height": 792.0}},
    },
}  # fmt: skip


def done(document: Mapping[str, Any] | None = None, status: str = "success", **facts: Any) -> dict[str, Any]:
    return {"document": {"json_content": document}, "status": status, "errors": [], "processing_time": 1.25, **facts}


def play(exchange: Exchange[OCRResponse], results: list[Any], state: Any = None) -> tuple[list[HttpRequest[Any]], Any]:
    """Answer each job with the next of *results*, a poll in between; return the requests and the response."""
    ended = state or {"task_status": "success"}
    jobs = [({"task_id": f"t-{number}"}, ended, result) for number, result in enumerate(results or [None], 1)]
    return played(exchange, *(answer(body) for job in jobs for body in job))


def test_a_document_becomes_pages_in_its_reading_order() -> None:
    asked = attrs.evolve(REQUEST, include_image_base64=True)
    _, response = play(DOCLING.exchange(asked), [done(REPORT)])
    first, second, third = response.pages
    assert [page.index for page in response.pages] == [0, 1, 2]
    assert first.markdown == (
        "## Results\n\n1. first\n2. second\n   - inner\n\n| Year | Sum |\n| --- | --- |\n| both \\| 7 |  |\n\n"
        "Table 1: sums\n\n![img-0.jpeg](img-0.jpeg)"
    )
    assert second.markdown == ""  # a break in docling's Markdown would not have told it
    assert third.markdown == "$$a_1 = b^2$$\n\nSee here\n\n```python\nx = 1\n```"
    assert (first.header, first.footer, third.footer) == ("Annual report", None, "page 3")
    assert first.images[0].image_base64 == "data:image/png;base64,iVBOR"
    assert response.usage_info.processing_time_seconds == 1.25


def test_boxes_are_pixels_from_the_top_whichever_origin_they_had() -> None:
    (first, _, _) = play(DOCLING.exchange(REQUEST), [done(REPORT)])[1].pages
    assert first.dimensions is not None
    assert (first.dimensions.width, first.dimensions.height, first.dimensions.dpi) == (1224, 1584, 144)
    elements = {element.type: element for element in first.elements or ()}
    assert elements["title"].bbox == {"x": 144, "y": 144, "width": 256, "height": 40}
    assert elements["table"].bbox == {"x": 144, "y": 200, "width": 456, "height": 64}
    assert elements["table"].data is not None
    assert elements["table"].data["cells"][0]["bbox"] == {"x": 144, "y": 200, "width": 136, "height": 20}
    assert elements["table"].data["cells"][2]["column_span"] == 2


def test_a_pictures_size_is_pixels_already() -> None:
    picture = {**REPORT, "origin": {"mimetype": "image/png"}}
    pages = play(DOCLING.exchange(REQUEST), [done(picture)])[1].pages
    assert pages[0].dimensions is not None
    assert (pages[0].dimensions.width, pages[0].dimensions.dpi) == (612, None)


def test_an_office_file_without_places_is_one_page_without_boxes() -> None:
    document = {"body": {"children": refs("texts/0")}, "texts": [{"label": "text", "text": "Dear all"}], "pages": {}}
    (page,) = play(DOCLING.exchange(REQUEST), [done(document)])[1].pages
    assert (page.index, page.markdown, page.dimensions) == (0, "Dear all", None)
    assert page.elements is not None
    assert page.elements[0].bbox is None


def test_what_is_asked_is_what_docling_serve_understands() -> None:
    asked = attrs.evolve(
        REQUEST,
        pages=(0, 1, 4),
        lang=["de", "fr"],
        docling_extra={"force_ocr": True, "table_mode": "fast", "ocr_engine": "easyocr", "output_format": "md"},
    )
    results = [done({**REPORT, "pages": {}, "body": {"children": []}}) for _ in range(2)]
    requests, _ = play(DOCLING.exchange(asked), results)
    posts = [request for request in requests if request.method == "POST"]
    assert [post.url for post in posts] == ["http://localhost:5001/v1/convert/source/async"] * 2
    assert [post.json["options"]["page_range"] for post in posts] == [[1, 2], [5, 5]]
    assert posts[0].credentials == {"X-Api-Key": "k-planted-1234"}
    options = posts[0].json["options"]
    assert (options["force_ocr"], options["table_mode"], options["ocr_lang"]) == (True, "fast", ["de", "fr"])
    assert options["ocr_preset"] == options["ocr_engine"] == "easyocr"
    assert (options["to_formats"], options["image_export_mode"]) == (["json"], "placeholder")


@pytest.mark.parametrize(
    ("document", "source"),
    [
        (Url(url="https://example.com/a.pdf"), {"kind": "http", "url": "https://example.com/a.pdf"}),
        (FileOnDisk(path=Path("x"), mime="image/png", size=3, name="scan"), "scan.png"),
        (Bytes(data=b"x", mime="application/pdf", name="A.PDF"), "A.PDF"),
    ],
)
def test_a_file_has_the_ending_by_which_docling_tells_its_type(document: Any, source: Any) -> None:
    requests, _ = play(DOCLING.exchange(attrs.evolve(REQUEST, document=document)), [done(REPORT)])
    (sent,) = requests[0].json["sources"]
    assert (sent["filename"] if isinstance(source, str) else sent) == source


@pytest.mark.parametrize("extra", [{"ocr": "x"}, {"ocr_engine": "abbyy"}, {"table_mode": "best"}, {"force_ocr": "yes"}])
def test_an_option_that_docling_would_pass_over_is_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="docling"):
        play(DOCLING.exchange(attrs.evolve(REQUEST, docling_extra=extra)), [])


def test_failed_pages_are_asked_for_once_more_each_alone() -> None:
    errors = [{"component_type": "model", "error_message": "out of memory", "page_no": page} for page in (2, 3)]
    partial = done(REPORT, "partial_success", errors=errors)
    second = {
        **REPORT,
        "texts": [*REPORT["texts"], {"label": "text", "text": "At last.", "prov": placed(2, 1, 9, 2, 8)}],
    }
    second["body"] = {"children": refs("texts/11")}
    third = done({"body": {"children": []}, "pages": {}}, "partial_success", errors=errors[1:])
    requests, response = play(DOCLING.exchange(REQUEST), [partial, done(second), third])
    ranges = [each.json["options"].get("page_range") for each in requests if each.method == "POST"]
    assert ranges == [None, [2, 2], [3, 3]]
    assert [page.index for page in response.pages] == [0, 1]
    assert response.pages[1].markdown == "At last."
    assert list(response.missing_pages) == [2]
    assert "out of memory" in str(response.missing_pages[2])


def test_a_failure_with_status_200_is_one() -> None:
    errors = [{"component_type": "document_backend", "error_message": "Input document is not valid."}]
    with pytest.raises(DocumentError, match="Input document is not valid"):
        play(DOCLING.exchange(REQUEST), [done(None, "failure", errors=errors)])


@pytest.mark.parametrize(
    ("category", "error"), [("policy", DocumentError), ("capacity", RateLimited), ("unknown", OCRError)]
)
def test_a_job_that_failed_says_why(category: str, error: type[OCRError]) -> None:
    state = {"task_status": "failure", "failure": {"category": category, "message": "URL is not allowed"}}
    with pytest.raises(error, match="URL is not allowed"):
        play(DOCLING.exchange(REQUEST), [], state)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"body": {}, "pages": {"1": {}}},
        {"body": {"children": [{"$ref": "#/texts/9"}]}, "texts": [], "pages": {}},
        {"body": {"children": [{"$ref": "#/groups/0"}]}, "groups": [{"label": "group", "children": refs("groups/0")}]},
        {"pages": {}},
    ],
)
def test_what_is_no_document_is_refused_in_bounded_time(spoilt: dict[str, Any]) -> None:
    with pytest.raises(ResponseInvalid):
        pages_of(spoilt, 144, pixels=False)


def test_a_place_that_no_page_has_is_no_answer() -> None:
    picture = {**REPORT["pictures"][0], "prov": placed(1, 1e308, 700, 500, 600)}
    with pytest.raises(ResponseInvalid, match="OverflowError"):
        play(DOCLING.exchange(REQUEST), [done({**REPORT, "pictures": [picture]})])


def test_a_pipeline_that_docling_has_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no pipeline"):
        Docling.connect(model="turbo", api_key=None, api_base=None, headers={}, environ={})


def test_keys_and_addresses_come_from_the_environment() -> None:
    environ = {"DOCLING_API_BASE": "https://docling.example.com/v1", "DOCLING_API_KEY": "k-1234567"}
    found = Docling.connect(model="", api_key=None, api_base=None, headers={}, environ=environ)
    assert (found.base_url, found.api_key) == ("https://docling.example.com", "k-1234567")
    other = Docling.connect(model="", api_key=None, api_base="https://o.example.com", headers={}, environ=environ)
    assert other.api_key is None
