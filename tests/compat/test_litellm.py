"""LiteLLM's SDK as a client, with the calls of its documentation."""

from __future__ import annotations

import base64
import os
from typing import Any

import anyio
import pytest

from tests.compat.conftest import ROOT, Serve
from tests.upstream import Upstream


os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it fetches its prices when it is imported otherwise
pytest.importorskip("litellm", reason="LiteLLM is not installed")
pytestmark = pytest.mark.filterwarnings("default")

SCAN = ROOT / "samples" / "scan.pdf"


def test_its_documented_call(serve: Serve, server: Upstream) -> None:
    from litellm import ocr

    with serve(server) as url:
        response = ocr(
            model="mistral/mistral-ocr-latest",
            document={"type": "document_url", "document_url": "https://arxiv.org/pdf/2201.04234"},
            pages=[0, 1, 2], include_image_base64=True, image_limit=10, image_min_size=100,
            api_base=url, api_key="sk-1234",
        )  # fmt: skip
    assert [page.index for page in response.pages] == [0, 1, 2]
    assert response.object == "ocr"


def test_base64_through_the_embedded_engine(serve: Serve) -> None:
    from litellm import aocr

    async def ask(url: str) -> Any:
        data = base64.b64encode(SCAN.read_bytes()).decode()
        document = {"type": "document_url", "document_url": f"data:application/pdf;base64,{data}"}
        return await aocr(model="mistral/mistral-ocr-latest", document=document, api_base=url, api_key="sk-1234")

    with serve() as url:
        response = anyio.run(ask, url)
    assert "# Harbour Report" in response.pages[0].markdown


def test_bytes_that_it_calls_an_octet_stream(serve: Serve) -> None:
    from litellm import ocr

    with serve() as url:
        response = ocr(
            model="mistral/mistral-ocr-latest", document={"type": "file", "file": SCAN.read_bytes()},
            api_base=url, api_key="sk-1234",
        )  # fmt: skip
    assert "# Harbour Report" in response.pages[0].markdown


def test_a_full_gateway_is_its_rate_limit_error(serve: Serve, server: Upstream) -> None:
    from litellm import ocr
    from litellm.exceptions import RateLimitError

    from tests import faults

    server.default = faults.status(429, {}, {"Retry-After": "100"})
    with serve(server) as url, pytest.raises(RateLimitError):
        ocr(
            model="mistral/mistral-ocr-latest",
            document={"type": "document_url", "document_url": "https://arxiv.org/pdf/2201.04234"},
            api_base=url, api_key="sk-1234",
        )  # fmt: skip
