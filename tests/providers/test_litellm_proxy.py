"""LiteLLM's proxy, played without I/O: its headers and errors as litellm 1.110.2 sends them, read 2026-11."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ocr_async.errors import AuthenticationFailed, ConfigurationError
from ocr_async.models import Bytes, OCRRequest, Url
from ocr_async.providers.litellm_proxy import LiteLLMProxy
from ocr_async.steps import Base64, HttpRequest

from .play import answer, play


DOCUMENT = Bytes(data=b"%PDF-1.7", mime="application/pdf", name="a.pdf")
PROXY = LiteLLMProxy(api_key="sk-own-12345", base_url="http://proxy:4000")
BODY = {
    "pages": [{"index": 0, "markdown": "text", "images": None, "dimensions": None}],
    "model": "ocr",
    "usage_info": {"pages_processed": 1, "credits": None, "pages_processed_annotation": None},
    "content": None,
    "tables": None,
    "keyValuePairs": None,
    "object": "ocr",
}


def connect(environ: Mapping[str, str], **given: Any) -> LiteLLMProxy:
    options: dict[str, Any] = {"model": "ocr", "api_key": None, "api_base": None, "headers": {}, **given}
    return LiteLLMProxy.connect(environ=environ, **options)


def test_the_body_is_mistrals_with_the_alias_as_model() -> None:
    request = OCRRequest(model="ocr", document=DOCUMENT, pages=(0, 2), include_image_base64=True)
    (sent,), response = play(PROXY.exchange(request), answer(BODY, x_litellm_response_cost="0.004"))
    assert (sent.method, sent.url) == ("POST", "http://proxy:4000/v1/ocr")
    assert sent.credentials == {"Authorization": "Bearer sk-own-12345"}
    assert sent.json == {
        "model": "ocr",
        "document": {
            "type": "document_url",
            "document_url": Base64(DOCUMENT, prefix="data:application/pdf;base64,"),
            "document_name": "a.pdf",
        },
        "pages": [0, 2],
        "include_image_base64": True,
    }
    assert response.cost is not None
    assert response.cost.total == 0.004
    assert response.extra == {}


@pytest.mark.parametrize("told", ["0.0", "None", "nan", ""])
def test_a_cost_that_it_does_not_know_is_none(told: str) -> None:
    request = OCRRequest(model="ocr", document=Url(url="https://example.com/a.pdf"))
    _, response = play(PROXY.exchange(request), answer(BODY, x_litellm_response_cost=told))
    assert response.cost is None


def test_its_address_and_key_come_from_the_environment() -> None:
    environ = {"LITELLM_PROXY_API_BASE": "http://proxy:4000/", "LITELLM_PROXY_API_KEY": "sk-1"}
    proxy = connect(environ)
    assert (proxy.base_url, proxy.api_key) == ("http://proxy:4000", "sk-1")
    assert connect(environ, api_base="http://other:4000/v1/ocr").base_url == "http://other:4000"
    assert connect(environ, api_base="http://other:4000").api_key is None
    with pytest.raises(ConfigurationError, match="LITELLM_PROXY_API_BASE"):
        connect({})


def test_a_key_that_a_proxy_without_a_database_does_not_know_is_a_wrong_key() -> None:
    step = next(PROXY.exchange(OCRRequest(model="ocr", document=DOCUMENT)))
    assert isinstance(step, HttpRequest)
    assert step.refused is not None
    error = {"message": "No connected db.", "type": "no_db_connection", "param": None, "code": "400"}
    assert isinstance(step.refused(answer({"error": error}, 400)), AuthenticationFailed)
    assert step.refused(answer({"error": {**error, "type": "invalid_request_error"}}, 400)) is None
    assert step.refused(answer("down", 502)) is None
    assert step.refused(answer([], 500)) is None
