"""Bodies that clients send: what is understood, and how mistakes are reported."""

from __future__ import annotations

import base64
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.errors import ConfigurationError
from ocr_async.formats import RequestInvalid, dumps, read_request, request_body
from ocr_async.models import Bytes, Dialect, FileId, OCRRequest, Url

from .strategies import json_values, words


ADDRESS = "https://example.com/a.pdf"
CHUNK = {"type": "document_url", "document_url": ADDRESS}
SMALL = {"model": "mistral-ocr-latest", "document": CHUNK}


def mistakes(body: Any, dialect: Dialect = "mistral") -> list[tuple[str, tuple[Any, ...]]]:
    with pytest.raises(RequestInvalid) as caught:
        read_request(body, dialect)
    return [(error["type"], tuple(error["loc"])) for error in caught.value.errors]


# --- what is understood -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["mistral", "opper", "litellm"])
def test_the_smallest_request(dialect: Dialect) -> None:
    assert read_request(SMALL, dialect) == OCRRequest(model="mistral-ocr-latest", document=Url(url=ADDRESS))


def test_what_the_official_client_sends() -> None:
    body = {**SMALL, "pages": [0, 2], "include_image_base64": None, "include_blocks": True, "id": "x"}
    expected = OCRRequest(model="mistral-ocr-latest", document=Url(url=ADDRESS), pages=(0, 2), include_blocks=True)
    assert read_request(body, "mistral") == expected


@pytest.mark.parametrize(
    ("chunk", "document"),
    [
        ({"document_url": ADDRESS, "document_name": "a.pdf"}, Url(url=ADDRESS, name="a.pdf")),
        ({"type": None, "image_url": ADDRESS}, Url(url=ADDRESS, image=True)),
        ({"type": "image_url", "image_url": {"url": ADDRESS}}, Url(url=ADDRESS, image=True)),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}},
            Url(url="data:image/png;base64,AA==", image=True, detail="low"),
        ),
        ({"type": "file", "file_id": "f-1"}, FileId(file_id="f-1")),
        ({"file_id": "f-1"}, FileId(file_id="f-1")),
    ],
)
def test_each_of_mistrals_chunks_with_and_without_its_type(chunk: Any, document: Any) -> None:
    assert read_request({**SMALL, "document": chunk}, "mistral").document == document


@pytest.mark.parametrize(
    ("given_document", "document"),
    [
        ({"type": "image_url", "image_url": ADDRESS, "document_url": None}, Url(url=ADDRESS, image=True)),
        (
            {"type": "base64", "content": base64.b64encode(b"%PDF").decode(), "document_name": "a.pdf"},
            Bytes(data=b"%PDF", name="a.pdf"),
        ),
        ({"type": "file", "file_id": "f-1"}, FileId(file_id="f-1")),
    ],
)
def test_each_of_oppers_documents(given_document: Any, document: Any) -> None:
    assert read_request({**SMALL, "document": given_document}, "opper").document == document


@pytest.mark.parametrize(
    ("sent", "pages"),
    [
        ([2, 0, 2], (0, 2)),
        (["1"], (1,)),
        ([], ()),
        ("0,2-4", (0, 2, 3, 4)),
        (" 7 , 5 - 5", (5, 7)),
        (None, None),
    ],
)
def test_pages_are_ascending_and_distinct(sent: Any, pages: Any) -> None:
    assert read_request({**SMALL, "pages": sent}, "mistral").pages == pages


def test_litellm_passes_over_what_it_does_not_know() -> None:
    assert read_request({**SMALL, "foo": 1, "document": {**CHUNK, "bar": 2}}, "litellm").document == Url(url=ADDRESS)


def test_opper_passes_over_it_too_and_keeps_both_extra_objects() -> None:
    body = {**SMALL, "foo": 1, "mistral_extra": {"table_format": "html"}, "docling_extra": {"force_ocr": True}}
    request = read_request(body, "opper")
    assert (request.mistral_extra, request.docling_extra) == ({"table_format": "html"}, {"force_ocr": True})


requests = st.builds(
    OCRRequest,
    model=words,
    document=st.builds(Url, url=st.just(ADDRESS), name=st.none() | words)
    | st.builds(Url, url=st.just(ADDRESS), image=st.just(True), detail=st.none() | words)
    | st.builds(FileId, file_id=words),
    pages=st.none() | st.sets(st.integers(0, 999), max_size=5).map(lambda pages: tuple(sorted(pages))),
    include_image_base64=st.none() | st.booleans(),
    image_limit=st.none() | st.integers(0, 99),
    image_min_size=st.none() | st.integers(0, 99),
    table_format=st.sampled_from([None, "markdown", "html"]),
    extract_header=st.none() | st.booleans(),
    extract_footer=st.none() | st.booleans(),
    include_blocks=st.none() | st.booleans(),
    confidence_scores_granularity=st.sampled_from([None, "word", "page", "block"]),
    document_annotation_format=st.none() | st.just({"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}),
    document_annotation_prompt=st.none() | words,
)


@given(requests)
def test_what_we_send_to_mistral_we_read_again(request: OCRRequest) -> None:
    assert read_request(request_body(request, "mistral"), "mistral") == request


# --- mistakes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"model": ...}, [("missing", ("body", "model"))]),
        ({"model": None}, [("string_type", ("body", "model"))]),
        ({"model": 4}, [("string_type", ("body", "model"))]),
        ({"document": ...}, [("missing", ("body", "document"))]),
        ({"document": "https://a"}, [("dict_type", ("body", "document"))]),
        ({"document": {}}, [("missing", ("body", "document", "DocumentURLChunk", "document_url"))]),
        ({"document": {"type": "pdf"}}, [("literal_error", ("body", "document", "type"))]),
        (
            {"document": {"type": "document_url", "document_url": "/etc/passwd"}},
            [("value_error", ("body", "document", "DocumentURLChunk", "document_url"))],
        ),
        (
            {"document": {"type": "image_url", "image_url": {"url": 3}}},
            [("string_type", ("body", "document", "ImageURLChunk", "image_url", "url"))],
        ),
        (
            {"document": {**CHUNK, "colour": "red"}},
            [("extra_forbidden", ("body", "document", "DocumentURLChunk", "colour"))],
        ),
        ({"pages": [0, -1]}, [("greater_than_equal", ("body", "pages"))]),
        ({"pages": [True]}, [("int_type", ("body", "pages"))]),
        ({"pages": 3}, [("list_type", ("body", "pages"))]),
        ({"pages": "3-1"}, [("value_error", ("body", "pages"))]),
        ({"pages": "0-999999999"}, [("value_error", ("body", "pages"))]),
        ({"pages": "-1"}, [("value_error", ("body", "pages"))]),
        ({"image_limit": -1}, [("greater_than_equal", ("body", "image_limit"))]),
        ({"image_limit": 1 << 63}, [("less_than_equal", ("body", "image_limit"))]),
        ({"image_min_size": 1e19}, [("less_than_equal", ("body", "image_min_size"))]),
        ({"include_image_base64": "yes"}, [("bool_type", ("body", "include_image_base64"))]),
        ({"table_format": "csv"}, [("literal_error", ("body", "table_format"))]),
        ({"document_annotation_format": []}, [("dict_type", ("body", "document_annotation_format"))]),
        ({"foo": 1}, [("extra_forbidden", ("body", "foo"))]),
        (
            {"model": ..., "document": None, "pages": {}, "foo": 1},
            [
                ("missing", ("body", "model")),
                ("missing", ("body", "document")),
                ("list_type", ("body", "pages")),
                ("extra_forbidden", ("body", "foo")),
            ],
        ),
    ],
)
def test_every_mistake_is_named_where_mistral_names_it(change: dict[str, Any], expected: Any) -> None:
    body = {name: value for name, value in {**SMALL, **change}.items() if value is not ...}
    assert mistakes(body) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"document": {"document_url": ADDRESS}}, [("missing", ("body", "document", "type"))]),
        ({"document": {"type": "base64", "content": "%%%"}}, [("value_error", ("body", "document", "content"))]),
        ({"document": {"type": "document_url"}}, [("missing", ("body", "document", "document_url"))]),
        ({"image_limit": 0}, [("greater_than_equal", ("body", "image_limit"))]),
        ({"pages": "0-3"}, [("list_type", ("body", "pages"))]),
        ({"docling_extra": 3}, [("dict_type", ("body", "docling_extra"))]),
    ],
)
def test_oppers_mistakes(change: dict[str, Any], expected: Any) -> None:
    assert mistakes({**SMALL, **change}, "opper") == expected


@pytest.mark.parametrize("body", [None, [], "x", 3])
@pytest.mark.parametrize("dialect", ["mistral", "opper", "litellm"])
def test_a_body_that_is_no_object(body: Any, dialect: Dialect) -> None:
    assert mistakes(body, dialect) == [("dict_type", ("body",))]


def test_a_mistake_reads_like_fastapis_and_is_cut() -> None:
    with pytest.raises(RequestInvalid) as caught:
        read_request({**SMALL, "table_format": "x" * 10_000}, "mistral")
    assert caught.value.errors == [
        {
            "type": "literal_error",
            "loc": ["body", "table_format"],
            "msg": "Input should be 'markdown' or 'html'",
            "input": "x" * 200 + "…",
        }
    ]
    assert isinstance(caught.value, ConfigurationError)
    assert caught.value.http_status == 422
    assert pickle.loads(pickle.dumps(caught.value)).errors == caught.value.errors


@given(st.dictionaries(st.sampled_from(["model", "document", "pages", "image_limit", "x"]), json_values))
def test_any_body_is_read_or_refused_with_errors_that_are_json(body: dict[str, Any]) -> None:
    for dialect in ("mistral", "opper", "litellm"):
        try:
            read_request(body, dialect)
        except RequestInvalid as error:
            assert error.errors  # noqa: PT017
            dumps(error.errors)
