"""The OCR routes, as the clients of Mistral, LiteLLM and Opper use them."""

from __future__ import annotations

import base64
from pathlib import Path

import aiohttp
import pytest

from tests.documents import PARAGRAPHS, text_pdf
from tests.gateway.conftest import Start, configured, mistral_at
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

ARXIV = {"type": "document_url", "document_url": "https://arxiv.org/pdf/2201.04234"}
PDF = text_pdf([PARAGRAPHS[:2], PARAGRAPHS[2:]])
DATA = base64.b64encode(PDF).decode()
INLINE = {"type": "document_url", "document_url": f"data:application/octet-stream;base64,{DATA}"}


async def test_without_configuration_any_model_name_is_the_embedded_engine(start: Start) -> None:
    async with start() as gateway:
        status, body = await gateway.post("/v1/ocr", {"model": "mistral-ocr-latest", "document": INLINE})
    assert (status, body["model"]) == (200, "local/auto")
    assert [page["index"] for page in body["pages"]] == [0, 1]
    assert PARAGRAPHS[0] in body["pages"][0]["markdown"]


async def test_the_documented_call_passes_its_url_on(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        status, body = await gateway.post("/v1/ocr", {"model": "mistral-ocr", "document": ARXIV})
    assert status == 200
    assert [page["index"] for page in body["pages"]] == [0, 1, 2]
    (received,) = upstream.requests
    assert received.headers["authorization"] == "Bearer sk-upstream-canary"
    assert received.json == {"model": "mistral-ocr-latest", "document": ARXIV}


async def test_a_form_with_a_file_is_litellms_way(start: Start) -> None:
    form = aiohttp.FormData()
    form.add_field("file", PDF, filename="a.pdf", content_type="application/pdf")
    form.add_field("model", "ocr")
    form.add_field("pages", "[1]")
    async with start() as gateway, gateway.client.post(f"{gateway.url}/ocr", data=form) as answer:
        assert answer.status == 200
        assert [page["index"] for page in (await answer.json())["pages"]] == [1]


async def test_opper_2_gets_elements_timings_settings_and_cost(start: Start) -> None:
    asked = {"model": "docling/docling-latest", "document": {"type": "base64", "content": DATA}, "pages": [0]}
    async with start() as gateway:
        status, body = await gateway.post("/v2/ocr", asked)
    assert status == 200
    assert body["cost"] == {"generation": 0.0, "platform": 0.0, "total": 0.0}
    assert body["usage_info"]["pages_processed"] == 1
    assert body["usage_info"]["processing_time_seconds"] > 0
    assert body["usage_info"]["applied_settings"]["mode"] == "auto"
    assert body["pages"][0]["elements"][0]["text"]
    assert body["id"]


async def test_opper_3_gets_its_own_usage(start: Start) -> None:
    asked = {"model": "any", "document": {"type": "base64", "content": DATA}, "parameters": {"table_format": "html"}}
    async with start() as gateway:
        status, body = await gateway.post("/v3/ocr", asked)
    assert (status, body["usage"]) == (200, {"cost": 0.0, "pages_processed": 2})
    assert body["id"].startswith("ocr_")


async def test_the_embedded_engine_fetches_no_url_unless_told_to(start: Start) -> None:
    async with start() as gateway:
        status, body = await gateway.post("/v1/ocr", {"model": "any", "document": ARXIV})
    assert (status, body["code"]) == (400, "invalid_document_url")
