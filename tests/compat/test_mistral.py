"""Mistral's official client, any major version of it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests import faults
from tests.compat.conftest import ROOT, Serve
from tests.upstream import Upstream


mistralai = pytest.importorskip("mistralai", reason="the official client of Mistral is not installed")

URL = {"type": "document_url", "document_url": "https://arxiv.org/pdf/2201.04234"}
SCAN = ROOT / "samples" / "scan.pdf"


def client(url: str, key: str = "sk-any") -> Any:
    try:
        from mistralai import Mistral
    except ImportError:  # 2.x and 3.x keep it there
        from mistralai.client import Mistral
    return Mistral(api_key=key, server_url=url)


def inline(path: Path) -> dict[str, str]:
    data = base64.b64encode(path.read_bytes()).decode()
    return {"type": "document_url", "document_url": f"data:application/pdf;base64,{data}"}


def test_its_documented_call(serve: Serve, server: Upstream) -> None:
    with serve(server) as url, client(url) as mistral:
        response = mistral.ocr.process(model="mistral-ocr-latest", document=URL, include_image_base64=True)
    assert [page.index for page in response.pages] == [0, 1, 2]
    assert response.pages[0].images[0].image_base64.startswith("data:image/jpeg;base64,")
    assert response.usage_info.pages_processed == 3
    assert server.requests[0].json["document"] == URL


def test_its_asynchronous_call_and_its_nulls(serve: Serve, server: Upstream) -> None:
    async def ask(url: str) -> Any:
        async with client(url) as mistral:
            return await mistral.ocr.process_async(
                model="mistral-ocr-latest",
                document=URL,
                pages=[0, 2],
                image_limit=None,
                document_annotation_format=None,
            )

    with serve(server) as url:
        response = anyio.run(ask, url)
    assert [page.index for page in response.pages] == [0, 2]


@pytest.mark.parametrize("image", ["https://example.com/a.png", {"url": "https://example.com/a.png"}])
def test_both_forms_of_an_image(serve: Serve, server: Upstream, image: Any) -> None:
    with serve(server) as url, client(url) as mistral:
        mistral.ocr.process(model="mistral-ocr-latest", document={"type": "image_url", "image_url": image})
    assert server.requests[0].json["document"]["type"] == "image_url"


def test_a_scan_through_the_embedded_engine(serve: Serve) -> None:
    with serve() as url, client(url) as mistral:
        response = mistral.ocr.process(model="mistral-ocr-latest", document=inline(SCAN), table_format="html")
    (page,) = response.pages
    assert "# Harbour Report" in page.markdown
    assert page.tables[0].format_ == "html" if hasattr(page.tables[0], "format_") else page.tables[0].format == "html"
    assert response.model == "local/auto"


def test_mistakes_are_its_validation_error(serve: Serve, server: Upstream) -> None:
    with serve(server) as url, client(url) as mistral, pytest.raises(Exception, match="image_limit") as caught:
        mistral.ocr.process(model="mistral-ocr-latest", document=URL, image_limit=-1)
    error: Any = caught.value
    assert type(error).__name__ == "HTTPValidationError"
    assert error.data.detail[0].loc[1] == "image_limit"


def test_a_damaged_document_is_its_validation_error(serve: Serve) -> None:
    data = base64.b64encode(SCAN.read_bytes()[:300]).decode()
    document = {"type": "document_url", "document_url": f"data:application/pdf;base64,{data}"}
    with serve() as url, client(url) as mistral, pytest.raises(Exception, match="damaged or cut off") as caught:
        mistral.ocr.process(model="mistral-ocr-latest", document=document)
    error: Any = caught.value
    assert (type(error).__name__, error.data.detail[0].loc) == ("HTTPValidationError", ["body", "document"])


@pytest.mark.parametrize(("upstream_status", "status"), [(401, 502), (400, 400), (429, 429)])
def test_other_failures_are_its_sdk_error(serve: Serve, server: Upstream, upstream_status: int, status: int) -> None:
    server.default = faults.status(upstream_status, {}, {"Retry-After": "100"})
    with serve(server) as url, client(url) as mistral, pytest.raises(Exception, match=str(status)) as caught:
        mistral.ocr.process(model="mistral-ocr-latest", document=URL)
    error: Any = caught.value
    assert type(error).__name__ == "SDKError"
    assert json.loads(error.body)["object"] == "error"


def test_a_wrong_key(serve: Serve, server: Upstream) -> None:
    with serve(server, key="sk-master-0123456789") as url:
        with client(url) as mistral, pytest.raises(Exception, match="401"):
            mistral.ocr.process(model="mistral-ocr-latest", document=URL)
        with client(url, "sk-master-0123456789") as mistral:
            assert len(mistral.ocr.process(model="mistral-ocr-latest", document=URL).pages) == 3


def test_its_list_of_models(serve: Serve, server: Upstream) -> None:
    with serve(server) as url, client(url) as mistral:
        assert [model.id for model in mistral.models.list().data] == ["mistral-ocr-latest"]
        assert mistral.models.retrieve(model_id="mistral-ocr-latest").capabilities.ocr
        with pytest.raises(Exception, match="there is no model"):
            mistral.models.retrieve(model_id="other")
