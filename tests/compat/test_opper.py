"""Opper's client 1.7, the last one with OCR."""

from __future__ import annotations

import base64
from typing import Any

import anyio
import pytest

from tests.compat.conftest import ROOT, Serve
from tests.upstream import Upstream


opperai = pytest.importorskip("opperai", reason="Opper's client is not installed")

SCAN = base64.b64encode((ROOT / "samples" / "scan.pdf").read_bytes()).decode()


def client(url: str) -> Any:
    return opperai.Opper(http_bearer="sk-any", server_url=f"{url}/v2")


def test_a_scan_through_the_embedded_engine(serve: Serve) -> None:
    document = {"type": "base64", "content": SCAN, "document_name": "scan.pdf"}
    with serve() as url, client(url) as opper:
        response = opper.ocr.process_ocr_ocr_post(
            model="docling/docling-latest", document=document, pages=[0], mistral_extra={"table_format": "html"}
        )
    assert "# Harbour Report" in response.pages[0].markdown
    assert (response.cost.generation, response.cost.platform, response.cost.total) == (0, 0, 0)
    assert response.usage_info.pages_processed == 1


def test_its_asynchronous_call_through_a_hosted_model(serve: Serve, server: Upstream) -> None:
    async def ask(url: str) -> Any:
        async with client(url) as opper:
            document = {"type": "document_url", "document_url": "https://example.com/a.pdf"}
            return await opper.ocr.process_ocr_ocr_post_async(model="mistral-ocr-latest", document=document)

    with serve(server) as url:
        response = anyio.run(ask, url)
    assert [page.index for page in response.pages] == [0, 1, 2]
    assert response.cost.total == pytest.approx(0.012)


def test_mistakes_are_its_errors(serve: Serve, server: Upstream) -> None:
    from opperai.errors import NotFoundError, RequestValidationError

    with serve(server) as url, client(url) as opper:
        with pytest.raises(RequestValidationError):
            opper.ocr.process_ocr_ocr_post(model="mistral-ocr-latest", document={"type": "document_url"})
        with pytest.raises(NotFoundError):
            opper.ocr.process_ocr_ocr_post(
                model="other", document={"type": "document_url", "document_url": "https://example.com/a.pdf"}
            )


def test_its_list_of_models(serve: Serve, server: Upstream) -> None:
    with serve(server) as url, client(url) as opper:
        (model,) = opper.ocr.list_ocr_models_ocr_models_get().data
    assert (model.name, model.hosting_provider, model.cost_per_page) == ("mistral-ocr-latest", "mistral", 0.004)
