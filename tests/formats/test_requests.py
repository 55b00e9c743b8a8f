"""Bodies that go out, to the letter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocr_async.errors import ConfigurationError
from ocr_async.formats import request_body
from ocr_async.models import Bytes, Dialect, Document, FileId, FileOnDisk, OCRRequest, Url
from ocr_async.steps import Base64


PAPER = Url(url="https://arxiv.org/pdf/2201.04234")
CHUNK = {"type": "document_url", "document_url": "https://arxiv.org/pdf/2201.04234"}
PDF = Bytes(data=b"%PDF-1.4", mime="application/pdf", name="a.pdf")
PNG = Bytes(data=b"\x89PNG", mime="image/png", name="a.png")
FILE = FileOnDisk(path=Path("a.docx"), size=3, mime="application/vnd.x", name="a.docx")
BARE = {"type": "object", "title": "Paper Facts", "properties": {"year": {"type": "integer"}}}
STRICT = {**BARE, "additionalProperties": False}
WHOLE = {"type": "json_schema", "json_schema": {"name": "facts", "schema": BARE}}


def asked(dialect: Dialect, document: Document = PAPER, model: str = "m", **options: Any) -> dict[str, Any]:
    return request_body(OCRRequest(model=model, document=document, **options), dialect)


# --- the requests of the two published pages --------------------------------------------------------------------


def test_litellms_first_call_as_mistral_gets_it() -> None:
    assert asked("mistral", model="mistral-ocr-latest") == {"model": "mistral-ocr-latest", "document": CHUNK}


def test_litellms_optional_parameters() -> None:
    document = Url(url="https://example.com/doc.pdf")
    options: dict[str, Any] = {"include_image_base64": True, "image_limit": 10, "image_min_size": 100}
    for dialect in ("mistral", "litellm"):
        body = asked(dialect, document, "mistral/mistral-ocr-latest", pages=(0, 1, 2), **options)
        assert body == {
            "model": "mistral/mistral-ocr-latest",
            "document": {"type": "document_url", "document_url": "https://example.com/doc.pdf"},
            "pages": [0, 1, 2],
            "include_image_base64": True,
            "image_limit": 10,
            "image_min_size": 100,
        }


def test_litellms_image_and_data_uri() -> None:
    image = Url(url="https://example.com/image.png", image=True)
    assert asked("mistral", image)["document"] == {"type": "image_url", "image_url": "https://example.com/image.png"}
    text = "data:application/pdf;base64,JVBERi0xLjQKJ"
    assert asked("mistral", Url(url=text))["document"] == {"type": "document_url", "document_url": text}


def test_oppers_published_call() -> None:
    body = asked("opper", Url(url="https://example.com/sample.pdf"), "mistral/mistral-ocr-latest")
    assert body == {
        "model": "mistral/mistral-ocr-latest",
        "document": {"type": "document_url", "document_url": "https://example.com/sample.pdf"},
    }


# --- documents --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "chunk"),
    [
        (
            PDF,
            {
                "type": "document_url",
                "document_url": Base64(PDF, "data:application/pdf;base64,"),
                "document_name": "a.pdf",
            },
        ),
        (PNG, {"type": "image_url", "image_url": Base64(PNG, "data:image/png;base64,")}),
        (
            FILE,
            {
                "type": "document_url",
                "document_url": Base64(FILE, "data:application/vnd.x;base64,"),
                "document_name": "a.docx",
            },
        ),
        (FileId(file_id="f-1"), {"type": "file", "file_id": "f-1"}),
        (
            Url(url="https://a/b", name="b.pdf"),
            {"type": "document_url", "document_url": "https://a/b", "document_name": "b.pdf"},
        ),
        (Url(url="https://a/b", image=True, name="b.png"), {"type": "image_url", "image_url": "https://a/b"}),
        (
            Url(url="https://a/b", image=True, detail="high"),
            {"type": "image_url", "image_url": {"url": "https://a/b", "detail": "high"}},
        ),
    ],
)
def test_mistrals_chunk_for_each_kind_of_document(document: Document, chunk: dict[str, Any]) -> None:
    assert asked("mistral", document)["document"] == chunk


@pytest.mark.parametrize(
    ("document", "written"),
    [
        (PDF, {"type": "base64", "content": Base64(PDF), "document_name": "a.pdf"}),
        (PNG, {"type": "base64", "content": Base64(PNG), "document_name": "a.png"}),
        (Bytes(data=b"x", mime="a/b"), {"type": "base64", "content": Base64(Bytes(data=b"x", mime="a/b"))}),
        (Url(url="https://a/b", image=True), {"type": "image_url", "image_url": "https://a/b"}),
        (Url(url="https://a/b", name="b.pdf"), {"type": "document_url", "document_url": "https://a/b"}),
    ],
)
def test_oppers_document_for_each_kind(document: Document, written: dict[str, Any]) -> None:
    assert asked("opper", document)["document"] == written


@pytest.mark.parametrize("dialect", ["opper", "litellm"])
def test_an_uploaded_file_is_refused_where_there_are_none(dialect: Dialect) -> None:
    with pytest.raises(ConfigurationError, match="uploaded file"):
        asked(dialect, FileId(file_id="f-1"))


def test_litellm_gets_an_images_address_as_plain_text() -> None:
    body = asked("litellm", Url(url="https://a/b", image=True, detail="low"))
    assert body["document"] == {"type": "image_url", "image_url": "https://a/b"}


# --- options ----------------------------------------------------------------------------------------------------


def test_opper_is_asked_for_no_pictures_without_a_0_which_it_refuses() -> None:
    options: dict[str, Any] = {"include_image_base64": True, "image_limit": 0, "image_min_size": 0}
    assert asked("opper", **options) == {"model": "m", "document": CHUNK}


def test_every_option_of_mistrals_in_the_order_of_its_schema() -> None:
    options: dict[str, Any] = {
        "pages": (0, 7),
        "include_image_base64": False,
        "image_limit": 0,
        "image_min_size": 1,
        "bbox_annotation_format": WHOLE,
        "document_annotation_format": WHOLE,
        "document_annotation_prompt": "Only what is printed.",
        "table_format": "html",
        "extract_header": False,
        "extract_footer": True,
        "include_blocks": False,
        "confidence_scores_granularity": "word",
    }
    body = asked("mistral", **options)
    assert body == {"model": "m", "document": CHUNK, **options, "pages": [0, 7]}
    assert list(body) == ["model", "document", *options]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (WHOLE, WHOLE),
        ({"type": "json_object"}, {"type": "json_object"}),
        (
            BARE,
            {"type": "json_schema", "json_schema": {"name": "Paper_Facts", "schema": BARE, "strict": False}},
        ),
        (
            STRICT,
            {"type": "json_schema", "json_schema": {"name": "Paper_Facts", "schema": STRICT, "strict": True}},
        ),
        (
            {"type": "object"},
            {
                "type": "json_schema",
                "json_schema": {"name": "document_annotation", "schema": {"type": "object"}, "strict": False},
            },
        ),
        (
            {"title": "¡!"},
            {
                "type": "json_schema",
                "json_schema": {"name": "document_annotation", "schema": {"title": "¡!"}, "strict": False},
            },
        ),
    ],
)
def test_a_bare_schema_is_wrapped_for_mistral_and_a_whole_format_passes(given: Any, sent: Any) -> None:
    assert asked("mistral", document_annotation_format=given)["document_annotation_format"] == sent
    extra = {"document_annotation_format": given}
    assert asked("mistral", mistral_extra=extra)["document_annotation_format"] == sent


def test_mistral_extra_is_unfolded_and_an_option_by_its_own_name_wins() -> None:
    extra = {"extract_header": True, "extract_footer": None, "table_format": "html", "brand_new": 1}
    assert asked("mistral", mistral_extra=extra, table_format="markdown") == {
        "model": "m",
        "document": CHUNK,
        "table_format": "markdown",
        "extract_header": True,
        "brand_new": 1,
    }


def test_oppers_options_go_into_mistral_extra_with_bare_schemas() -> None:
    body = asked(
        "opper",
        pages=(1,),
        include_image_base64=True,
        image_limit=3,
        image_min_size=9,
        table_format="html",
        extract_header=True,
        bbox_annotation_format=WHOLE,
        document_annotation_format=BARE,
        mistral_extra={"table_format": "markdown", "extract_footer": True},
        docling_extra={"force_ocr": True},
    )
    assert body == {
        "model": "m",
        "document": CHUNK,
        "pages": [1],
        "include_image_base64": True,
        "image_limit": 3,
        "image_min_size": 9,
        "mistral_extra": {
            "table_format": "html",
            "extract_footer": True,
            "extract_header": True,
            "bbox_annotation_format": BARE,
            "document_annotation_format": BARE,
        },
        "docling_extra": {"force_ocr": True},
    }


def test_opper_cannot_be_asked_for_a_format_without_a_schema() -> None:
    with pytest.raises(ConfigurationError, match="names no JSON schema"):
        asked("opper", document_annotation_format={"type": "json_object"})


@pytest.mark.parametrize("dialect", ["mistral", "opper", "litellm"])
def test_the_extra_body_has_the_last_word(dialect: Dialect) -> None:
    body = asked(dialect, image_limit=3, extra_body={"image_limit": 5, "brand_new": None})
    assert body == {"model": "m", "document": CHUNK, "image_limit": 5, "brand_new": None}


def test_what_was_given_is_not_changed() -> None:
    extra = {"document_annotation_format": WHOLE, "table_format": "html"}
    before = dict(extra)
    for dialect in ("mistral", "opper"):
        asked(dialect, mistral_extra=extra, extra_body={"a": 1})
    assert extra == before
