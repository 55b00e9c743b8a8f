"""Opper."""

from __future__ import annotations

import attrs
import pytest

from ocr_async.errors import ConfigurationError, RequestRejected
from ocr_async.models import Bytes, OCRCost, OCRRequest, Url
from ocr_async.providers import resolve
from ocr_async.providers.opper import Opper
from ocr_async.steps import Base64
from tests.formats.samples import OPPER

from .play import answer, play


KEY = "op-planted-3f9a"
REQUEST = OCRRequest(model="mistral/mistral-ocr-latest", document=Url(url="https://example.com/sample.pdf"))


def connect(
    api_key: str | None = None, api_base: str | None = None, headers: dict[str, str] | None = None, **environ: str
) -> Opper:
    return Opper.connect(api_key=api_key, api_base=api_base, headers=headers or {}, environ=environ)


def test_the_published_call_and_its_answer() -> None:
    (request,), response = play(connect(KEY).exchange(REQUEST), answer(OPPER))
    assert (request.method, request.url) == ("POST", "https://api.opper.ai/v2/ocr")
    assert request.headers == {"Accept": "application/json"}
    assert request.credentials == {"Authorization": f"Bearer {KEY}"}
    assert request.json == {
        "model": "mistral/mistral-ocr-latest",
        "document": {"type": "document_url", "document_url": "https://example.com/sample.pdf"},
    }
    assert (response.provider, response.id) == ("opper", "ocr_1")
    assert response.cost == OCRCost(generation=0.004, platform=0.0002, total=0.0042)
    assert response.to_dict("opper") == OPPER


def test_a_document_in_memory_goes_as_bare_base64() -> None:
    document = Bytes(data=b"%PDF", mime="application/pdf", name="a.pdf")
    (request,), _ = play(connect(KEY).exchange(attrs.evolve(REQUEST, document=document, pages=(1,))), answer(OPPER))
    assert request.json["document"] == {"type": "base64", "content": Base64(document, ""), "document_name": "a.pdf"}
    assert (request.pages, request.json["pages"]) == (1, [1])


def test_a_model_keeps_the_name_of_its_own_provider() -> None:
    provider, model = resolve("opper/mistral/mistral-ocr-latest", api_key=KEY, api_base=None, headers={}, environ={})
    assert (provider, model) == (Opper(api_key=KEY), "mistral/mistral-ocr-latest")


def test_an_error_in_a_good_status_has_its_class() -> None:
    with pytest.raises(RequestRejected, match="opper answered with error 422: no such page"):
        play(connect(KEY).exchange(REQUEST), answer({"error": {"message": "no such page", "status": 422}}))


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://api.opper.ai", "https://api.opper.ai/v2"),
        ("https://api.opper.ai/v2", "https://api.opper.ai/v2"),
        ("https://api.opper.ai/v2/", "https://api.opper.ai/v2"),
        ("https://api.opper.ai/v2/ocr", "https://api.opper.ai/v2"),
        ("http://localhost:4000", "http://localhost:4000/v2"),
    ],
)
def test_an_address_is_accepted_with_and_without_its_end(given: str, base: str) -> None:
    assert connect(KEY, given).base_url == base


def test_the_key_comes_from_the_environment_and_stays_with_opper() -> None:
    assert connect(OPPER_API_KEY=KEY).api_key == KEY
    assert connect(api_base="https://elsewhere.example.com", OPPER_API_KEY=KEY).api_key is None
    with pytest.raises(ConfigurationError, match="OPPER_API_KEY"):
        connect(MISTRAL_API_KEY=KEY)


def test_the_key_shows_nowhere() -> None:
    (request,), response = play(connect(KEY).exchange(REQUEST), answer(OPPER))
    assert KEY not in f"{connect(KEY)!r} {connect(KEY).account} {request!r} {response!r}"


def test_what_opper_has_not_is_not_claimed() -> None:
    fields = {one.name for one in attrs.fields(OCRRequest)} - {"never_bill_twice"}  # a rule, no option
    assert fields - Opper.facts.options == {
        "model",
        "document",
        "include_blocks",
        "confidence_scores_granularity",
        "document_annotation_prompt",
        "lang",
    }
    assert not Opper.facts.takes_file_ids
