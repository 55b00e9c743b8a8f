"""
The calls and bodies of the two published pages that the project implements, after changing the import or the address.

LiteLLM's ``/ocr`` page: https://docs.litellm.ai/docs/ocr; Opper's: https://docs.opper.ai, ``POST /v2/ocr``.
"""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from ocr_async import OCRResponse, aocr, ocr
from tests.upstream import Upstream


ARXIV = {"type": "document_url", "document_url": "https://arxiv.org/pdf/2201.04234"}
DOC = {"type": "document_url", "document_url": "https://example.com/doc.pdf"}


def sent(hosted: Upstream) -> Any:
    assert hosted.requests[-1].headers["authorization"] == "Bearer sk-.."
    return hosted.requests[-1].json


def test_the_quick_start(hosted: Upstream) -> None:
    response = ocr(model="mistral/mistral-ocr-latest", document=ARXIV)
    assert next(f"Page {page.index}:\n{page.markdown}" for page in response.pages).startswith("Page 0:\n# Page 0")
    assert sent(hosted) == {"model": "mistral-ocr-latest", "document": ARXIV}


def test_the_asynchronous_call(hosted: Upstream) -> None:
    async def read() -> OCRResponse:
        return await aocr(model="mistral/mistral-ocr-latest", document=ARXIV)

    assert len(asyncio.run(read()).pages) == 3
    assert sent(hosted) == {"model": "mistral-ocr-latest", "document": ARXIV}


def test_a_base64_document(hosted: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "document.pdf"
    path.write_bytes(b"%PDF-1.4\n" + bytes(range(256)))
    with open(path, "rb") as file:
        encoded = base64.b64encode(file.read()).decode("utf-8")
    document = {"type": "document_url", "document_url": f"data:application/pdf;base64,{encoded}"}
    ocr(model="mistral/mistral-ocr-latest", document=document)
    assert sent(hosted) == {"model": "mistral-ocr-latest", "document": document}


def test_the_optional_parameters(hosted: Upstream) -> None:
    options: dict[str, Any] = {
        "pages": [0, 1, 2],
        "include_image_base64": True,
        "image_limit": 10,
        "image_min_size": 100,
    }
    ocr(model="mistral/mistral-ocr-latest", document=DOC, **options)
    assert sent(hosted) == {"model": "mistral-ocr-latest", "document": DOC, **options}


@pytest.mark.parametrize(
    "document",
    [
        {"type": "document_url", "document_url": "https://example.com/document.pdf"},
        {"type": "image_url", "image_url": "https://example.com/image.png"},
        {"type": "document_url", "document_url": "data:application/pdf;base64,JVBERi0xLjQKJeLjz9M="},
    ],
)
def test_each_form_of_a_document(hosted: Upstream, document: dict[str, str]) -> None:
    ocr(model="mistral/mistral-ocr-latest", document=document)
    assert sent(hosted)["document"] == document


def test_the_documented_answer_reads_and_writes_back() -> None:
    answer = {
        "pages": [
            {
                "index": 0,
                "markdown": "# Document Title\n\nExtracted text content...",
                "dimensions": {"dpi": 200, "height": 2200, "width": 1700},
                "images": [
                    {"image_base64": "base64string...", "bbox": {"x": 100, "y": 200, "width": 300, "height": 400}}
                ],
            }
        ],
        "model": "mistral-ocr-2505-completion",
        "usage_info": {"pages_processed": 29, "doc_size_bytes": 3002783},
        "document_annotation": None,
        "object": "ocr",
    }
    response = OCRResponse.from_dict(answer, "litellm")
    image = response.pages[0].images[0]
    assert (image.top_left_x, image.top_left_y, image.bottom_right_x, image.bottom_right_y) == (100, 200, 400, 600)
    assert response.usage_info.doc_size_bytes == 3002783
    written = response.to_dict("litellm")
    assert written["pages"][0]["images"][0]["bbox"] == {"x": 100, "y": 200, "width": 300, "height": 400}
    assert {name: written[name] for name in ("model", "object", "document_annotation")} == {
        name: answer[name] for name in ("model", "object", "document_annotation")
    }


def test_opper_s_request_is_the_documented_one(hosted: Upstream) -> None:
    document = {"type": "document_url", "document_url": "https://example.com/sample.pdf"}
    response = ocr(document, model="opper/mistral/mistral-ocr-latest")
    assert hosted.requests[-1].path == "/v2/ocr"
    assert hosted.requests[-1].headers["content-type"] == "application/json"
    assert sent(hosted) == {"model": "mistral/mistral-ocr-latest", "document": document}
    assert response.cost is not None
    assert response.cost.total == pytest.approx(0.003)


def test_opper_s_documented_answer_survives() -> None:
    answer = {
        "id": "<string>",
        "pages": [
            {
                "index": 123,
                "markdown": "<string>",
                "dimensions": {"dpi": 123, "height": 123, "width": 123},
                "images": [
                    {
                        "id": "<string>",
                        "top_left_x": 123,
                        "top_left_y": 123,
                        "bottom_right_x": 123,
                        "bottom_right_y": 123,
                        "image_base64": "<string>",
                    }
                ],
                "elements": [{"type": "<string>", "label": "<string>", "text": "<string>", "bbox": {}, "data": {}}],
            }
        ],
        "model": "<string>",
        "usage_info": {
            "pages_processed": 123,
            "doc_size_bytes": 123,
            "processing_time_seconds": 123,
            "time_per_page_seconds": 123,
            "applied_settings": {},
        },
        "cost": {"generation": 123, "platform": 123, "total": 123},
    }
    assert OCRResponse.from_dict(answer, "opper").to_dict("opper") == answer
