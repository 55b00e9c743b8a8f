"""
Azure Document Intelligence without I/O, and what only a server can show.

JSON made by hand from learn.microsoft.com (REST 2024-11-30, markdown-elements, v3-error-guide) and the models of
azure-ai-documentintelligence 1.0.2, read 2026-11.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pypdfium2
import pytest
from attrs import define

from ocr_async import aocr, pricing
from ocr_async.errors import (
    AuthenticationFailed,
    ConfigurationError,
    DocumentError,
    DocumentUnreachable,
    OCRError,
    PagesMissing,
    ProviderUnavailable,
    RequestRejected,
    ResponseInvalid,
)
from ocr_async.models import Bytes, OCRRequest, OCRResponse, Url
from ocr_async.providers import resolve
from ocr_async.providers.azure.document_intelligence import DocumentIntelligence
from ocr_async.providers.azure.refusals import failure, refused
from ocr_async.steps import HttpRequest, HttpResponse, Raw
from tests.documents import PARAGRAPHS, text_pdf
from tests.upstream import Exchange as Served
from tests.upstream import Upstream, upstream

from .cases.azure_document_intelligence import DocumentIntelligence as Service
from .cases.azure_document_intelligence import analysis
from .cases.base import KEY
from .play import answer, play


BASE = "https://own.cognitiveservices.azure.com"
OPERATION = f"{BASE}/documentintelligence/documentModels/m/analyzeResults/0f-1?api-version=2024-11-30"
PDF = Bytes(data=b"%PDF-1.7", mime="application/pdf")
LAYOUT = "doc-intelligence/prebuilt-layout"


def connect(
    model: str = LAYOUT, key: str | None = KEY, base: str | None = BASE, **environ: str
) -> DocumentIntelligence:
    provider, _ = resolve(f"azure_ai/{model}", api_key=key, api_base=base, headers={}, environ=environ)
    assert isinstance(provider, DocumentIntelligence)
    return provider


def asked(model: str = LAYOUT, **options: Any) -> OCRRequest:
    return OCRRequest(**{"model": model, "document": PDF, **options})


def accepted(url: str = OPERATION, **headers: str) -> HttpResponse:
    return HttpResponse(202, {"operation-location": url, **headers}, b"")


def done(result: dict[str, Any]) -> HttpResponse:
    return answer({"status": "succeeded", "analyzeResult": result})


def read(result: dict[str, Any], model: str = LAYOUT, **options: Any) -> OCRResponse:
    provider = connect(model)
    return play(provider.exchange(asked(model, **options)), accepted(), done(result))[1]


def query_of(request: HttpRequest[Any]) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


# --- what goes out ----------------------------------------------------------------------------------------------


def test_a_document_is_submitted_as_its_bytes_and_then_asked_for() -> None:
    pauses: list[float] = []
    (submit, *polls), response = play(
        connect().exchange(asked(pages=(0, 1, 2, 4))),
        accepted(),
        answer({"status": "notStarted"}),
        answer({"status": "running"}, retry_after="3"),
        done(analysis([1, 2, 3, 5], markdown=True)),
        pauses=pauses,
    )
    assert (submit.method, urlsplit(submit.url).path) == (
        "POST",
        "/documentintelligence/documentModels/prebuilt-layout:analyze",
    )
    assert query_of(submit) == {
        "api-version": "2024-11-30",
        "stringIndexType": "unicodeCodePoint",
        "pages": "1-3,5",
        "outputContentFormat": "markdown",
    }
    assert (submit.json, submit.body) == (None, Raw(PDF, "application/pdf"))
    assert submit.credentials == {"Ocp-Apim-Subscription-Key": KEY}
    assert {(poll.method, poll.url, poll.json, poll.body) for poll in polls} == {("GET", OPERATION, None, None)}
    assert pauses == [1.0, 1.0, 3.0]
    assert [page.index for page in response.pages] == [0, 1, 2, 4]
    assert (response.id, response.model) == ("0f-1", LAYOUT)


def test_the_first_poll_waits_as_long_as_the_submission_says() -> None:
    pauses: list[float] = []
    play(
        connect().exchange(asked()), accepted(**{"retry-after": "7"}), done(analysis([1], markdown=True)), pauses=pauses
    )
    assert pauses == [7.0]


def test_an_address_goes_out_as_it_is() -> None:
    url = Url(url="https://example.com/a.pdf?x=1&y=2")
    steps, _ = play(connect().exchange(asked(document=url)), accepted(), done(analysis([1], markdown=True)))
    assert (steps[0].json, steps[0].body) == ({"urlSource": url.url}, None)


def test_only_layout_is_asked_for_markdown() -> None:
    for model in ("doc-intelligence/prebuilt-read", "documentintelligence/my.model_1"):
        steps, _ = play(connect(model).exchange(asked(model)), accepted(), done(analysis([1], markdown=False)))
        assert set(query_of(steps[0])) == {"api-version", "stringIndexType"}
    assert "/documentModels/my.model_1:analyze?" in steps[0].url


def test_azures_own_options_stand_in_extra_body_and_others_are_refused() -> None:
    extra = {"features": ["keyValuePairs", "barcodes"], "query_fields": "Total", "output": "pdf"}
    request = asked(extra_body=extra, lang="de", include_image_base64=True)
    steps, _ = play(connect().exchange(request), accepted(), done(analysis([1], markdown=True)))
    query = query_of(steps[0])
    assert (query["features"], query["queryFields"], query["locale"]) == ("keyValuePairs,barcodes", "Total", "de")
    assert query["output"] == "pdf,figures"
    mistakes: list[dict[str, Any]] = [{"stringIndexType": "textElements"}, {"features": 3}, {"features": []}]
    for wrong in mistakes:
        with pytest.raises(ConfigurationError, match="extra_body"):
            next(connect().exchange(asked(extra_body=wrong)))
    with pytest.raises(ConfigurationError, match="one language"):
        next(connect().exchange(asked(lang=["de", "en"])))


def test_pages_of_an_office_file_are_refused_before_it_is_sent() -> None:
    mime = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    with pytest.raises(ConfigurationError, match="as a whole"):
        next(connect().exchange(asked(document=Bytes(data=b"PK", mime=mime), pages=(1,))))


@pytest.mark.parametrize(
    "model", ["doc-intelligence", "doc-intelligence/", "doc-intelligence/a b", "doc-intelligence/.."]
)
def test_a_name_without_a_models_id_is_refused(model: str) -> None:
    with pytest.raises(ConfigurationError, match="names no model of Document Intelligence"):
        connect(model)


# --- where it is asked ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["https://evil.example.com/x", "http://own.cognitiveservices.azure.com/x", "", "/x"])
def test_an_operation_elsewhere_is_not_asked_for(url: str) -> None:
    with pytest.raises(ResponseInvalid):
        play(connect().exchange(asked()), accepted(url))


def test_the_environment_names_address_key_version_and_dots() -> None:
    provider = connect(
        key=None,
        base=None,
        AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT=f"{BASE}/",
        AZURE_DOCUMENT_INTELLIGENCE_API_KEY=KEY,
        AZURE_DOCUMENT_INTELLIGENCE_API_VERSION="2025-01-01",
        AZURE_DOCUMENT_INTELLIGENCE_DEFAULT_DPI="96",
    )
    assert (provider.base_url, provider.api_version, provider.dpi) == (BASE, "2025-01-01", 96)
    assert provider.credentials == {"Ocp-Apim-Subscription-Key": KEY}
    assert KEY not in f"{provider!r} {provider.account}"
    elsewhere = connect(key=None, base="https://example.com", AZURE_DOCUMENT_INTELLIGENCE_API_KEY=KEY)
    assert elsewhere.credentials == {}
    with pytest.raises(ConfigurationError, match="AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT"):
        connect(base=None)
    with pytest.raises(ConfigurationError, match="AZURE_DOCUMENT_INTELLIGENCE_API_KEY"):
        connect(key=None)


def test_a_token_is_told_from_a_key_by_its_form() -> None:
    assert connect(key="eyJhbGciOi.eyJhdWQi.c2ln").credentials == {"Authorization": "Bearer eyJhbGciOi.eyJhdWQi.c2ln"}
    assert connect(key="0" * 32).credentials == {"Ocp-Apim-Subscription-Key": "0" * 32}


# --- what comes back --------------------------------------------------------------------------------------------


RICH = (
    '<!-- PageHeader="Contoso & Söhne" -->\n'
    '<!-- PageNumber="7" -->\n\n\n'
    "# Bericht \U0001f1ea\U0001f1fa e\u0301\n\n"
    "Ein Absatz.\n\n\n"
    "<table>\n<caption>Table 1</caption>\n<tr><th>A</th><th>B</th></tr>\n<tr><td>1</td><td>2</td></tr>\n</table>\n\n\n"
    "<figure>\n<figcaption>Figure 1</figcaption>\n\nAchse\n\n</figure>\n\n\n"
    "Ende\n\n"
    '<!-- PageFooter="Seite sieben" -->\n'
    "<!-- PageBreak -->\n\n"
)
TABLE = RICH[RICH.index("<table>") : RICH.index("</table>") + 8]
FIGURE = RICH[RICH.index("<figure>") : RICH.index("</figure>") + 9]


def at(text: str, after: int = 0) -> dict[str, int]:
    return {"offset": RICH.index(text, after), "length": len(text)}


def box(left: float, top: float, right: float, bottom: float) -> list[dict[str, Any]]:
    polygon = [left, top, right, top, right, bottom, left, bottom]
    return [{"pageNumber": 1, "polygon": polygon}]


def paragraph(text: str, regions: list[dict[str, Any]], role: str | None = None, after: int = 0) -> dict[str, Any]:
    told = {"content": text, "spans": [at(text, after)], "boundingRegions": regions}
    return told if role is None else {**told, "role": role}


def rich() -> dict[str, Any]:
    """Return a page with everything, as layout tells it."""
    inside = RICH.index("<tr>")
    cells: list[dict[str, Any]] = [
        {
            "rowIndex": row,
            "columnIndex": column,
            "content": text,
            "spans": [at(text, RICH.index(f">{text}<", inside))],
            "boundingRegions": box(1 + column, 3 + row, 2 + column, 4 + row),
            **({"kind": "columnHeader"} if row == 0 else {}),
        }
        for text, row, column in (("A", 0, 0), ("B", 0, 1), ("1", 1, 0), ("2", 1, 1))
    ]
    words = ["Bericht", "\U0001f1ea\U0001f1fa", "e\u0301", "Ein", "Absatz.", "Achse", "Ende"]
    told = [
        {"content": word, "polygon": [1, 1, 2, 1, 2, 2, 1, 2], "confidence": 0.9, "span": at(word)} for word in words
    ]
    told += [
        {"content": cell["content"], "polygon": [1, 3, 2, 3, 2, 4, 1, 4], "confidence": 0.5, "span": cell["spans"][0]}
        for cell in cells
    ]
    return {
        "contentFormat": "markdown",
        "content": RICH,
        "pages": [
            {
                "pageNumber": 1,
                "angle": 0,
                "width": 8.5,
                "height": 11,
                "unit": "inch",
                "spans": [{"offset": 0, "length": len(RICH)}],
                "words": told,
                "lines": [],
            }
        ],
        "paragraphs": [
            paragraph("Contoso & Söhne", box(1, 0.2, 3, 0.4), "pageHeader"),
            paragraph("7", box(7, 0.2, 7.2, 0.4), "pageNumber"),
            paragraph("Bericht \U0001f1ea\U0001f1fa e\u0301", box(1, 1, 4, 1.5), "title"),
            paragraph("Ein Absatz.", box(1, 2, 7, 2.5)),
            paragraph("A", box(1, 3, 2, 4), after=inside),
            paragraph("Figure 1", box(1, 8, 3, 8.3)),
            paragraph("Achse", box(2, 6, 3, 6.3)),
            paragraph("Ende", box(1, 9, 2, 9.5)),
            paragraph("Seite sieben", box(1, 10.5, 3, 10.8), "pageFooter"),
        ],
        "tables": [
            {
                "rowCount": 2,
                "columnCount": 2,
                "cells": cells,
                "boundingRegions": box(1, 3, 3, 5),
                "spans": [at(TABLE)],
                "caption": {"content": "Table 1", "spans": [at("Table 1")], "boundingRegions": box(1, 2.7, 3, 3)},
            }
        ],
        "figures": [
            {
                "id": "1.1",
                "boundingRegions": box(1, 5, 4, 8),
                "spans": [at(FIGURE)],
                "caption": {"content": "Figure 1", "spans": [at("Figure 1")], "boundingRegions": box(1, 8, 3, 8.3)},
            }
        ],
        "keyValuePairs": [
            {
                "key": {"content": "Total:", "spans": [at("Ende")], "boundingRegions": box(1, 9, 2, 9.5)},
                "value": {"content": "5 €", "spans": [at("Ende")], "boundingRegions": box(3, 9, 4, 9.5)},
                "confidence": 0.8,
            }
        ],
    }


def test_markdown_is_cut_by_spans_and_comments_become_head_and_foot() -> None:
    (page,) = read(rich()).pages
    assert (page.header, page.footer) == ("Contoso & Söhne", "Seite sieben")
    assert page.extra["page_number"] == "7"
    picture = "![figure-1.1.png](figure-1.1.png)\n\nFigure 1\n\nAchse"
    assert page.markdown == (
        f"# Bericht \U0001f1ea\U0001f1fa e\u0301\n\nEin Absatz.\n\n\n{TABLE}\n\n\n{picture}\n\nEnde"
    )
    assert page.tables == ()


def test_running_heads_stay_in_the_text_where_that_is_asked_for() -> None:
    (page,) = read(rich(), extract_header=False).pages
    assert page.markdown.startswith("Contoso & Söhne\n7\n")
    assert page.markdown.endswith("Seite sieben")
    assert (page.header, page.footer) == (None, None)


def test_places_are_pixels_of_the_dimensions() -> None:
    (page,) = read(rich(), include_blocks=True).pages
    assert page.dimensions is not None
    assert (page.dimensions.width, page.dimensions.height, page.dimensions.dpi) == (1700, 2200, 200)
    assert page.elements is not None
    told = {element.type: element for element in page.elements}
    assert told["title"].bbox == {"x": 200, "y": 200, "width": 600, "height": 100}
    assert told["title"].data == {"level": 1}
    assert told["image"].bbox == {"x": 200, "y": 1000, "width": 600, "height": 600}
    assert told["caption"].text == "Figure 1"
    assert told["key_value"].bbox == {"x": 200, "y": 1800, "width": 600, "height": 100}
    assert told["key_value"].data == {"key": "Total:", "value": "5 €", "confidence": 0.8}
    assert told["table"].data is not None
    assert told["table"].data["cells"][3] == {
        "text": "2", "row": 1, "column": 1, "bbox": {"x": 400, "y": 800, "width": 200, "height": 200},
    }  # fmt: skip
    assert "Achse" not in {element.text for element in page.elements}
    (image,) = page.images
    assert (image.id, image.bbox) == ("figure-1.1.png", {"x": 200, "y": 1000, "width": 600, "height": 600})
    assert page.blocks is not None
    (block,) = [block for block in page.blocks if block.type == "image"]
    assert (block.image_id, block.content) == ("figure-1.1.png", "![figure-1.1.png](figure-1.1.png)")


def test_tables_are_taken_out_where_a_form_is_asked_for() -> None:
    (page,) = read(rich(), table_format="html", confidence_scores_granularity="word").pages
    (table,) = page.tables
    assert (table.id, table.format) == ("tbl-0.html", "html")
    assert "<th>A</th>" in table.content
    assert "[tbl-0.html](tbl-0.html)" in page.markdown
    assert "<table>" not in page.markdown
    assert table.word_confidence_scores is not None
    assert {table.content[word.start_index] for word in table.word_confidence_scores} == {"A", "B", "1", "2"}


def test_words_are_found_in_the_pages_own_markdown() -> None:
    (page,) = read(rich(), confidence_scores_granularity="word").pages
    scores = page.confidence_scores
    assert scores is not None
    assert scores.minimum_page_confidence_score == 0.5
    assert scores.word_confidence_scores is not None
    assert len(scores.word_confidence_scores) == 11
    for word in scores.word_confidence_scores:
        assert page.markdown.startswith(word.text, word.start_index)


@pytest.mark.parametrize(("told", "sure"), [(1e308, 1.0), (-1e308, 0.0)])
def test_confidences_beyond_one_and_zero_are_these(told: float, sure: float) -> None:
    result = rich()
    for word in result["pages"][0]["words"]:
        word["confidence"] = told
    scores = read(result, confidence_scores_granularity="word").pages[0].confidence_scores
    assert scores is not None
    assert {word.confidence for word in scores.word_confidence_scores or ()} == {sure}
    assert (scores.average_page_confidence_score, scores.minimum_page_confidence_score) == (sure, sure)


def test_pictures_that_are_not_wanted_leave_their_text_alone() -> None:
    (page,) = read(rich(), image_limit=0).pages
    assert page.images == ()
    assert "![" not in page.markdown
    assert "Figure 1\n\nAchse" in page.markdown
    assert read(rich(), image_min_size=601).pages[0].images == ()


def test_pictures_are_fetched_where_they_are_asked_for_and_a_lost_one_costs_a_warning() -> None:
    request = asked(include_image_base64=True)
    png = HttpResponse(200, {"content-type": "image/png"}, b"\x89PNG\r\n\x1a\n")
    steps, response = play(connect().exchange(request), accepted(), done(rich()), png)
    assert steps[-1].url == OPERATION.replace("?", "/figures/1.1?")
    assert steps[-1].credentials == {"Ocp-Apim-Subscription-Key": KEY}
    assert response.pages[0].images[0].image_base64 == "data:image/png;base64,iVBORw0KGgo="
    lost = RequestRejected("azure_ai answered 404", provider="azure_ai", status=404)
    _, response = play(connect().exchange(request), accepted(), done(rich()), lost)
    assert response.pages[0].images[0].image_base64 is None
    assert response.pages[0].extra["warnings"] == ["the picture figure-1.1.png did not come: azure_ai answered 404"]


def test_what_goes_over_two_pages_is_on_each_what_is_there() -> None:
    content = "ein Satz der\n\nweitergeht\n\n<table>\n<tr><td>oben</td></tr>\n<tr><td>unten</td></tr>\n</table>"
    second = content.index("weitergeht")

    def span(text: str) -> dict[str, int]:
        return {"offset": content.index(text), "length": len(text)}

    def on(page: int, top: float) -> list[dict[str, Any]]:
        return [{"pageNumber": page, "polygon": [1, top, 2, top, 2, top + 1, 1, top + 1]}]

    def sheet(number: int, start: int, end: int, words: list[str]) -> dict[str, Any]:
        told = [{"content": word, "polygon": [1, 1, 2, 1, 2, 2, 1, 2], "span": span(word)} for word in words]
        spans = [{"offset": start, "length": end - start}]
        return {"pageNumber": number, "width": 8, "height": 10, "unit": "inch", "spans": spans, "words": told}

    cells = [
        {"rowIndex": row, "columnIndex": 0, "content": text, "spans": [span(text)], "boundingRegions": on(row + 1, 3)}
        for row, text in enumerate(("oben", "unten"))
    ]
    table = {
        "cells": cells,
        "boundingRegions": [*on(1, 3), *on(2, 3)],
        "spans": [span(content[content.index("<table>") :])],
    }
    joined = {
        "content": "ein Satz der weitergeht",
        "spans": [span("ein Satz der"), span("weitergeht")],
        "boundingRegions": [*on(1, 8), *on(2, 1)],
    }
    pages = [sheet(1, 0, second, ["ein", "Satz", "der"]), sheet(2, second, len(content), ["weitergeht", "oben"])]
    result = {
        "contentFormat": "markdown", "content": content, "pages": pages, "paragraphs": [joined], "tables": [table],
    }  # fmt: skip
    response = read(result)
    assert [page.markdown for page in response.pages] == ["ein Satz der", content[second:]]
    told = [[(one.type, one.text) for one in page.elements or ()] for page in response.pages]
    assert sorted(told[0]) == [("table", "| oben |\n| --- |"), ("text", "ein Satz der")]
    assert sorted(told[1]) == [("table", "| unten |\n| --- |"), ("text", "weitergeht")]


def test_read_gives_its_lines() -> None:
    model = "doc-intelligence/prebuilt-read"
    response = read(analysis([2], markdown=False), model, confidence_scores_granularity="word")
    (page,) = response.pages
    assert (page.index, page.markdown, response.model) == (1, "Text of page 2.", model)
    assert page.confidence_scores is not None
    assert [word.start_index for word in page.confidence_scores.word_confidence_scores or ()] == [0, 5, 8, 13]


def test_a_document_without_places_has_text_and_elements_without_boxes() -> None:
    result = {
        "contentFormat": "markdown",
        "content": "# Eins\n\nzwei",
        "pages": [{"pageNumber": 1, "spans": [{"offset": 0, "length": 12}], "words": []}],
        "paragraphs": [{"content": "zwei", "spans": [{"offset": 8, "length": 4}]}],
    }
    (page,) = read(result, include_blocks=True).pages
    assert (page.markdown, page.dimensions, page.blocks) == ("# Eins\n\nzwei", None, None)
    assert [(element.text, element.bbox) for element in page.elements or ()] == [("zwei", None)]


def test_two_pages_of_an_address_may_not_be_all() -> None:
    url = Url(url="https://example.com/a.pdf")
    assert "F0" in read(analysis([1, 2], markdown=True), document=url).pages[1].extra["warnings"][0]
    assert "warnings" not in read(analysis([1, 2, 3], markdown=True), document=url).pages[2].extra
    assert "warnings" not in read(analysis([1, 2], markdown=True), document=url, pages=(0, 1)).pages[1].extra


@pytest.mark.parametrize("result", [{"pages": [{}]}, {"pages": 3}, {"pages": [{"pageNumber": 1, "words": [{}]}]}, []])
def test_another_shape_is_refused(result: Any) -> None:
    with pytest.raises(ResponseInvalid):
        read(result)


def test_with_features_that_may_cost_extra_the_cost_is_unknown() -> None:
    plain = read(analysis([1], markdown=True))
    known = pricing.cost("azure_ai", plain.model, plain.usage_info)
    assert known is not None
    assert known.total == 0.01
    dearer = read(analysis([1], markdown=True), extra_body={"features": "formulas"})
    assert dearer.usage_info.applied_settings == {"features": "formulas"}
    assert pricing.cost("azure_ai", dearer.model, dearer.usage_info) is None


# --- errors -----------------------------------------------------------------------------------------------------


def nested(code: str, message: str, top: str = "InvalidRequest") -> dict[str, Any]:
    return {"code": top, "message": "Invalid request.", "innererror": {"code": code, "message": message}}


@pytest.mark.parametrize(
    ("status", "error", "kind", "says"),
    [
        (400, nested("InvalidContent", "The file is corrupted."), DocumentError, r"corrupted\. \(InvalidContent\)"),
        (400, nested("ParameterInvalid", "pages is wrong", "InvalidArgument"), RequestRejected, "pages is wrong"),
        (400, nested("ContentSourceNotAccessible", "no blob"), DocumentUnreachable, "no blob"),
        (404, nested("ModelNotFound", "no such model", "NotFound"), RequestRejected, "no such model"),
        (403, {"code": "403", "message": "out of quota"}, AuthenticationFailed, "out of quota"),
        (500, nested("Unknown", "it broke", "InternalServerError"), ProviderUnavailable, "it broke"),
    ],
)
def test_the_innermost_words_of_a_refusal_are_told(status: int, error: Any, kind: type[OCRError], says: str) -> None:
    told = refused(answer({"error": error}, status))
    assert type(told) is kind
    assert told is not None
    with pytest.raises(kind, match=says):
        raise told


def test_a_document_that_is_too_large_for_the_free_tier_is_a_413() -> None:
    told = failure(nested("InvalidContentLength", "The input image is too large."), 400)
    assert isinstance(told, RequestRejected)
    assert told.status == 413


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"error": "x"}', b'{"error": {}}'])
def test_what_says_nothing_is_left_to_its_status(body: bytes) -> None:
    assert refused(HttpResponse(400, {}, body)) is None


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        ({"status": "failed", "error": nested("InvalidContent", "damaged")}, DocumentError, "damaged"),
        (
            {
                "status": "failed",
                "error": {
                    "code": "InternalServerError",
                    "message": "An unexpected error occurred.",
                    "details": [{"code": "InvalidContentDimensions", "message": "too small", "target": "2"}],
                },
            },
            DocumentError,
            "too small",
        ),
        ({"status": "failed", "error": {"code": "InternalServerError", "message": "oh"}}, ProviderUnavailable, "oh"),
        ({"status": "canceled"}, RequestRejected, "canceled"),
        ({"status": "who knows"}, ResponseInvalid, "no status"),
        ([], ResponseInvalid, "no object"),
    ],
)
def test_a_failed_operation_is_an_error_although_its_status_is_200(body: Any, kind: type[OCRError], says: str) -> None:
    with pytest.raises(kind, match=says):
        play(connect().exchange(asked()), accepted(), answer(body))


# --- before a server --------------------------------------------------------------------------------------------


async def at_server(server: Upstream, data: bytes | None = None, **options: Any) -> OCRResponse:
    document = Bytes(data=text_pdf([PARAGRAPHS] * 3) if data is None else data, name="a.pdf")
    return await aocr(document, model=f"azure_ai/{LAYOUT}", api_base=server.url, **options)


@pytest.mark.anyio
async def test_the_free_tiers_two_pages_are_missed_not_passed_over() -> None:
    service = Service(free=True)
    async with upstream(default=service) as server:
        with pytest.raises(PagesMissing) as caught:
            await at_server(server, api_key=KEY)
    assert caught.value.missing == (2,)
    assert caught.value.response is not None
    assert [page.index for page in caught.value.response.pages] == [0, 1]
    assert service.problems == []


@pytest.mark.anyio
async def test_a_document_whose_pages_cannot_be_counted_here_is_the_services_to_judge() -> None:
    async with upstream(default=Service()) as server:
        response = await at_server(server, b"%PDF-1.7 nothing", api_key=KEY)
    assert [page.index for page in response.pages] == [0, 1, 2]


@define(eq=False)
class Narrow(Service):
    """Takes documents of half the bytes that it is first sent; reads as many pages as a document has."""

    most: int = 0
    too_large: int = 0

    async def submit(self, exchange: Served, path: str, query: dict[str, str]) -> None:
        body = exchange.received.body
        self.most = self.most or len(body) // 2 + 500
        if len(body) > self.most:
            self.too_large += 1
            error = nested("InvalidContentLength", "The input image is too large.")
            await exchange.json({"error": error}, 400)
            return
        with pypdfium2.PdfDocument(body) as document:
            self.pages = len(document)
        await super().submit(exchange, path, query)


@pytest.mark.anyio
async def test_a_document_that_is_too_large_for_the_free_tier_is_cut() -> None:
    service = Narrow()
    async with upstream(default=service) as server:
        response = await at_server(server, text_pdf([PARAGRAPHS] * 4), api_key=KEY)
    assert [page.index for page in response.pages] == [0, 1, 2, 3]
    assert service.too_large >= 1
    assert service.problems == []


class Credential:
    """What azure-identity's credentials look like."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        assert scopes == ("https://cognitiveservices.azure.com/.default",)
        return type("AccessToken", (), {"token": "entra-token", "expires_on": 0})()


class AsyncCredential:
    async def get_token(self, *scopes: str) -> Any:
        return Credential().get_token(*scopes)


async def renewed() -> str:
    return "entra-token"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "key",
    [Credential(), AsyncCredential(), lambda: "entra-token", renewed],
    ids=["object", "async", "callable", "both"],
)
async def test_tokens_of_entra_come_from_callables_and_credentials(key: Any) -> None:
    async with upstream(default=Service()) as server:
        response = await at_server(server, api_key=key, pages=[0])
        assert {request.headers.get("authorization") for request in server.requests} == {"Bearer entra-token"}
        assert not any("ocp-apim-subscription-key" in request.headers for request in server.requests)
    assert [page.index for page in response.pages] == [0]


@pytest.mark.anyio
async def test_a_credential_is_refused_where_keys_alone_are_taken(upstream: Upstream) -> None:
    with pytest.raises(ConfigurationError, match="mistral takes no credential object"):
        await aocr(PDF, model="mistral/m", api_base=upstream.url, api_key=Credential())
    with pytest.raises(ConfigurationError, match="gave int"):
        await aocr(PDF, model="mistral/m", api_base=upstream.url, api_key=lambda: 3)  # type: ignore[arg-type]
    assert upstream.requests == []
