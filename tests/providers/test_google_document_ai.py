"""Google Document AI: its processors, its documents, and how its pages are numbered."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from ocr_async.errors import (
    AuthenticationFailed,
    ConfigurationError,
    DocumentError,
    OCRError,
    RateLimited,
    ResponseInvalid,
)
from ocr_async.models import Bytes, OCRPage, OCRRequest, OCRResponse
from ocr_async.providers.google.document_ai import DocumentAI
from ocr_async.steps import Base64, HttpRequest

from .cases.google_document_ai import layout, page
from .play import answer, play


PDF = Bytes(data=b"%PDF-", mime="application/pdf")
PROJECT = {"GOOGLE_CLOUD_PROJECT": "a-project"}


def asked(
    body: Any = None, *, model: str = "3f9a17", mime: str = "application/pdf", environ: Any = PROJECT, **options: Any
) -> tuple[HttpRequest[Any], OCRResponse]:
    provider = DocumentAI.connect(model=model, api_key="token", api_base=None, headers={}, environ=environ)
    request = OCRRequest(model=model, document=Bytes(data=b"%PDF-", mime=mime), **options)
    blank = {"document": {"text": "", "pages": []}}
    (sent,), response = play(provider.exchange(request), answer(blank if body is None else body))
    return sent, response


def read(text: str, *sheets: dict[str, Any], **options: Any) -> tuple[OCRPage, ...]:
    return asked({"document": {"text": text, "pages": list(sheets)}}, **options)[1].pages


# --- the request --------------------------------------------------------------------------------------------------


def test_a_document_is_asked_about_in_googles_words() -> None:
    sent, _ = asked(pages=(0, 2), lang="de", extra_body={"processOptions": {"layoutConfig": {}}, "fieldMask": "text"})
    assert (
        sent.url == "https://us-documentai.googleapis.com/v1/projects/a-project/locations/us/processors/3f9a17:process"
    )
    assert sent.credentials == {"Authorization": "Bearer token"}
    assert sent.json == {
        "rawDocument": {"content": Base64(PDF), "mimeType": "application/pdf"},
        "skipHumanReview": True,
        "imagelessMode": True,
        "processOptions": {
            "individualPageSelector": {"pages": [1, 3]},
            "ocrConfig": {"hints": {"languageHints": ["de"]}},
            "layoutConfig": {},
        },
        "fieldMask": "text",
    }
    assert sent.pages == 2


def test_of_a_picture_no_pages_are_selected() -> None:
    sent, _ = asked(pages=(0,), mime="image/png")
    assert "processOptions" not in sent.json


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("abc", "https://us-documentai.googleapis.com/v1/projects/a-project/locations/us/processors/abc:process"),
        (
            "abc/pretrained-ocr-v2.0",
            "https://us-documentai.googleapis.com/v1/projects/a-project/locations/us/processors/abc"
            "/processorVersions/pretrained-ocr-v2.0:process",
        ),
        (
            "projects/123/locations/eu/processors/abc/processorVersions/rc",
            "https://eu-documentai.googleapis.com/v1/projects/123/locations/eu/processors/abc"
            "/processorVersions/rc:process",
        ),
    ],
)
def test_a_processor_is_named_by_its_id_its_version_or_its_whole_name(model: str, url: str) -> None:
    assert asked(model=model)[0].url == url


def test_the_location_comes_from_the_environment() -> None:
    sent, _ = asked(environ={"GOOGLE_PROJECT_ID": "p", "GOOGLE_LOCATION": "eu"})
    assert sent.url.startswith("https://eu-documentai.googleapis.com/v1/projects/p/locations/eu/")


@pytest.mark.parametrize("model", ["a b", "../x", "abc/", "abc:process", "projects/p/processors/abc"])
def test_what_names_no_processor_is_refused(model: str) -> None:
    with pytest.raises(ConfigurationError, match="names no processor"):
        DocumentAI.connect(model=model, api_key="t", api_base=None, headers={}, environ=PROJECT)


# --- which page is which ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "told", "indexes"),
    [
        (None, [1, 2], [0, 1]),
        ((4, 6), [5, 7], [4, 6]),  # the document's numbers
        ((4, 6), [1, 2], [4, 6]),  # those of the selection
        ((0, 2), [1, 2], [0, 2]),
        ((0, 2), [1, 2, 3], [0, 2]),  # more than were asked for
        ((4, 6), [5], [4]),  # one did not come
        ((0, 1), [1], [0]),
    ],
)
def test_pages_come_under_the_documents_numbers(
    wanted: tuple[int, ...] | None, told: list[int], indexes: list[int]
) -> None:
    sheets = [page(number, f"No {at}", 5 * at) for at, number in enumerate(told)]
    pages = read("".join(f"No {at}\n" for at in range(len(told))), *sheets, pages=wanted)
    assert [one.index for one in pages] == indexes
    assert pages[-1].markdown == f"No {told.index(indexes[-1] + 1) if indexes[-1] + 1 in told else len(indexes) - 1}"


# --- what a page holds --------------------------------------------------------------------------------------------


def test_text_beyond_the_basic_plane_is_cut_in_code_points() -> None:
    (one,) = read("\U0001f600 smile\nnext\n", page(1, "\U0001f600 smile", 0), confidence_scores_granularity="word")
    assert one.markdown == "\U0001f600 smile"
    assert one.dimensions is not None
    assert (one.dimensions.width, one.dimensions.height) == (1000, 2000)
    assert one.elements is not None
    assert one.elements[0].bbox == {"x": 100, "y": 200, "width": 500, "height": 40}
    assert one.confidence_scores is not None
    words = one.confidence_scores.word_confidence_scores
    assert words is not None
    assert [(word.text, word.start_index, word.confidence) for word in words] == [
        ("\U0001f600", 0, 0.98),
        ("smile", 2, 0.98),
    ]


def cell(start: int, end: int, rows: int = 1, columns: int = 1) -> dict[str, Any]:
    return {"layout": layout(start, end, (0.1, 0.4, 0.2, 0.42)), "rowSpan": rows, "colSpan": columns}


def test_a_table_stands_once_where_its_words_begin() -> None:
    text = "Before\nSums\nTea\n3\nAfter\n"
    starts = [0, 7, 12, 16, 18]
    ends = [7, 12, 16, 18, 24]
    parts = [
        {"layout": layout(start, end, (0.1, 0.1 * n, 0.5, 0.1 * n + 0.05))}
        for n, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    sheet = page(1, "x", 0) | {
        "paragraphs": parts,
        "lines": parts,
        "tokens": parts,
        "tables": [
            {
                "layout": layout(7, 18, (0.1, 0.4, 0.3, 0.5)),
                "headerRows": [{"cells": [cell(7, 12, columns=2)]}],
                "bodyRows": [{"cells": [cell(12, 16), cell(16, 18)]}],
            }
        ],
        "formFields": [
            {"fieldName": layout(0, 7, (0, 0, 1, 1)), "fieldValue": layout(18, 24, (0, 0, 1, 1), 0.5)},
            {"fieldName": layout(0, 7, (0, 0, 1, 1)), "fieldValue": {}, "valueType": "filled_checkbox"},
        ],
        "visualElements": [{"type": "figure", "layout": layout(0, 0, (0.1, 0.6, 0.5, 0.7))}],
    }
    (one,) = read(text, sheet)
    assert one.markdown == ("Before\n\n| Sums |  |\n| --- | --- |\n| Tea | 3 |\n\nAfter\n\n![img-0.jpeg](img-0.jpeg)")
    assert one.extra["key_values"] == [
        {"key": "Before", "value": "After", "confidence": 0.5},
        {"key": "Before", "value": "☒", "confidence": 1.0},
    ]
    assert one.images[0].top_left_y == 1200


def test_cells_that_span_rows_push_those_below_aside() -> None:
    text = "A\nB\nC\n"
    table = {
        "layout": layout(0, 6, (0.1, 0.4, 0.3, 0.5)),
        "bodyRows": [{"cells": [cell(0, 2, rows=2), cell(2, 4)]}, {"cells": [cell(4, 6)]}],
    }
    (one,) = read(text, page(1, "x", 0) | {"paragraphs": [], "lines": [], "tokens": [], "tables": [table]})
    assert one.elements is not None
    data = one.elements[0].data
    assert data is not None
    assert [(each["text"], each["row"], each["column"]) for each in data["cells"]] == [
        ("A", 0, 0),
        ("B", 0, 1),
        ("C", 1, 1),
    ]


def test_entities_come_with_the_page_on_which_they_stand() -> None:
    document = {
        "text": "a\nb\n",
        "pages": [page(3, "a", 0), page(4, "b", 2)],
        "entities": [
            {
                "type": "total",
                "mentionText": "b",
                "normalizedValue": {"text": "2"},
                "confidence": 0.5,
                "pageAnchor": {"pageRefs": [{"page": "1"}]},
            }
        ],
    }
    first, second = asked({"document": document}, pages=(2, 3))[1].pages
    assert first.extra == {}
    assert second.extra["entities"] == [{"type": "total", "text": "b", "normalized": "2", "confidence": 0.5}]


def block(kind: str, text: str, page: int, *inner: dict[str, Any]) -> dict[str, Any]:
    told = {"text": text, "type": kind, "blocks": list(inner)}
    return {"blockId": "1", "textBlock": told, "pageSpan": {"pageStart": page, "pageEnd": page}}


def test_a_layout_parsers_blocks_become_pages() -> None:
    table = {
        "tableBlock": {
            "headerRows": [{"cells": [{"blocks": [block("paragraph", "Tea", 2)], "colSpan": 1}]}],
            "bodyRows": [{"cells": [{"blocks": [block("paragraph", "3", 2)]}]}],
        },
        "pageSpan": {"pageStart": 2, "pageEnd": 2},
    }
    listed = {
        "listBlock": {
            "type": "ordered",
            "listEntries": [{"blocks": [block("paragraph", each, 2)]} for each in ("one", "two")],
        },
        "pageSpan": {"pageStart": 2, "pageEnd": 2},
    }
    blocks = [
        block("header", "Running", 1),
        block("heading-1", "Title", 1, block("paragraph", "Words.", 1), block("heading-2", "Part", 2, table, listed)),
    ]
    response = asked({"document": {"documentLayout": {"blocks": blocks}}}, pages=(0, 1, 2))[1]
    assert [one.markdown for one in response.pages] == [
        "# Title\n\nWords.",
        "## Part\n\n| Tea |\n| --- |\n| 3 |\n\n1. one\n2. two",
        "",
    ]
    assert response.pages[0].header == "Running"
    assert response.usage_info.pages_processed == 3


# --- failures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"), [(3, DocumentError), (7, AuthenticationFailed), (8, RateLimited), (2, OCRError)]
)
def test_an_error_inside_of_a_document_is_one(code: int, expected: type[OCRError]) -> None:
    with pytest.raises(expected, match="could not read the document: Why"):
        asked({"document": {"error": {"code": code, "message": "Why."}}})


@pytest.mark.parametrize(
    "body", [[], {}, {"document": 3}, {"document": {"pages": [{"lines": [{}]}]}}, {"document": {"pages": [3]}}]
)
def test_an_answer_of_another_shape_is_refused(body: Any) -> None:
    with pytest.raises(ResponseInvalid):
        asked(body)


def test_a_table_of_impossible_size_is_refused_at_once() -> None:
    table = {"layout": layout(0, 1, (0, 0, 1, 1)), "bodyRows": [{"cells": [cell(0, 1, columns=2**40)]}]}
    with pytest.raises(ResponseInvalid):
        read("A\n", page(1, "A", 0) | {"tables": [table]})


def test_blocks_without_an_end_are_refused() -> None:
    deep = block("paragraph", "x", 1)
    for _ in range(80):
        deep = block("paragraph", "x", 1, deep)
    with pytest.raises(ResponseInvalid):
        asked({"document": {"documentLayout": {"blocks": [deep]}}})


def test_every_option_it_claims_is_a_field_of_the_request() -> None:
    assert DocumentAI.facts.options <= {one.name for one in attrs.fields(OCRRequest)}
