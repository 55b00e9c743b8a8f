"""Mistral's models on Azure: https://docs.mistral.ai (notebook third_party-microsoft), read 2026-11."""

from __future__ import annotations

from typing import Any

import pytest

from ocr_async.errors import ConfigurationError
from ocr_async.models import Bytes, OCRRequest
from ocr_async.providers import Provider, resolve
from ocr_async.providers.azure import AzureAI
from ocr_async.steps import Base64
from tests.formats.samples import MISTRAL

from .play import answer, play


KEY = "sk-planted-3f9a"
BASE = "https://own.services.ai.azure.com"
PDF = Bytes(data=b"%PDF-1.7", mime="application/pdf")


def connect(key: str | None = KEY, base: str | None = BASE, **environ: str) -> Provider:
    return resolve("azure_ai/my-ocr", api_key=key, api_base=base, headers={}, environ=environ)[0]


def test_the_document_goes_along_and_the_model_is_the_deployments_name() -> None:
    provider = connect()
    assert isinstance(provider, AzureAI)
    request = OCRRequest(model="my-ocr", document=PDF, pages=(0, 2), table_format="html")
    (sent,), response = play(provider.exchange(request), answer(MISTRAL))
    assert (sent.method, sent.url) == ("POST", f"{BASE}/providers/mistral/azure/ocr")
    assert sent.credentials == {"Authorization": f"Bearer {KEY}"}
    assert sent.json == {
        "model": "my-ocr",
        "document": {"type": "document_url", "document_url": Base64(PDF, "data:application/pdf;base64,")},
        "pages": [0, 2],
        "table_format": "html",
    }
    assert (provider.facts.takes_urls, provider.facts.takes_file_ids) == (False, False)
    assert response.provider == "azure_ai"


@pytest.mark.parametrize("given", [f"{BASE}/", f"{BASE}/models", f"{BASE}/providers/mistral/azure/ocr"])
def test_an_address_is_accepted_with_and_without_its_end(given: str) -> None:
    assert connect(base=given).account[0] == BASE
    assert connect(base=None, AZURE_AI_API_BASE=given).account[0] == BASE


@pytest.mark.parametrize(
    ("base", "sent"),
    [(BASE, True), ("http://127.0.0.1:1", True), ("https://ocr.example.com", False), (f"http{BASE[5:]}", False)],
)
def test_the_environments_key_goes_to_microsoft_and_this_machine(base: str, sent: bool) -> None:
    provider: Any = connect(key=None, base=base, AZURE_AI_API_KEY=KEY)
    assert (provider.api_key == KEY) is sent


def test_an_address_and_a_key_are_needed() -> None:
    with pytest.raises(ConfigurationError, match="AZURE_AI_API_BASE"):
        connect(base=None)
    with pytest.raises(ConfigurationError, match="AZURE_AI_API_KEY"):
        connect(key=None)


def test_a_version_at_the_end_of_the_address_goes_along() -> None:
    provider = connect(base=f"{BASE}?api-version=2024-05-01-preview")
    (sent,), _ = play(provider.exchange(OCRRequest(model="my-ocr", document=PDF)), answer(MISTRAL))
    assert sent.url == f"{BASE}/providers/mistral/azure/ocr?api-version=2024-05-01-preview"
