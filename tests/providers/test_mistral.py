"""Mistral, and the servers that speak its API."""

from __future__ import annotations

import attrs
import pytest

from ocr_async.errors import ConfigurationError, ResponseInvalid
from ocr_async.models import OCRRequest, Url
from ocr_async.providers import Provider, resolve
from ocr_async.providers.mistral import Mistral
from ocr_async.steps import HttpResponse
from tests.formats.samples import MISTRAL

from .play import answer, play


KEY = "sk-planted-3f9a"
REQUEST = OCRRequest(model="mistral-ocr-latest", document=Url(url="https://example.com/a.pdf"))


def connect(
    api_key: str | None = None,
    api_base: str | None = None,
    headers: dict[str, str] | None = None,
    **environ: str,
) -> Mistral:
    return Mistral.connect(api_key=api_key, api_base=api_base, headers=headers or {}, environ=environ)


def test_one_request_and_its_answer() -> None:
    requests, response = play(connect(KEY).exchange(REQUEST), answer(MISTRAL))
    (request,) = requests
    assert (request.method, request.url) == ("POST", "https://api.mistral.ai/v1/ocr")
    assert request.headers == {"Accept": "application/json"}
    assert request.credentials == {"Authorization": f"Bearer {KEY}"}
    assert request.json == {
        "model": "mistral-ocr-latest",
        "document": {"type": "document_url", "document_url": "https://example.com/a.pdf"},
    }
    assert (request.pages, request.repeatable) == (None, True)
    assert response.provider == "mistral"
    assert response.to_dict() == MISTRAL


def test_the_request_says_how_many_pages_it_asks_for() -> None:
    requests, _ = play(connect(KEY).exchange(attrs.evolve(REQUEST, pages=(3, 5))), answer(MISTRAL))
    assert (requests[0].pages, requests[0].json["pages"]) == (2, [3, 5])


def test_a_server_that_names_no_model_serves_the_one_asked_for() -> None:
    body = {name: value for name, value in MISTRAL.items() if name != "model"}
    _, response = play(connect(KEY).exchange(REQUEST), answer(body))
    assert response.model == "mistral-ocr-latest"


def test_a_page_that_is_no_answer_is_refused() -> None:
    with pytest.raises(ResponseInvalid, match="mistral answered an HTML page"):
        play(connect(KEY).exchange(REQUEST), HttpResponse(200, {}, b"<html>"))


def test_it_is_found_by_its_name_and_for_any_server() -> None:
    provider, model = resolve("mistral/mistral-ocr-latest", api_key=KEY, api_base=None, headers={}, environ={})
    assert (provider, model) == (Mistral(api_key=KEY), "mistral-ocr-latest")
    provider, model = resolve("own/model", api_key=None, api_base="http://ocr.lan:8000/v1", headers={}, environ={})
    assert (provider, model) == (Mistral(base_url="http://ocr.lan:8000"), "own/model")
    protocol: Provider = provider
    assert protocol.facts.takes_file_ids


# --- addresses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://api.eu.mistral.ai", "https://api.eu.mistral.ai"),
        ("https://api.mistral.ai/", "https://api.mistral.ai"),
        ("https://api.mistral.ai/v1", "https://api.mistral.ai"),
        ("https://api.mistral.ai/v1///", "https://api.mistral.ai"),
        ("https://api.mistral.ai/v1/ocr", "https://api.mistral.ai"),
        (" HTTP://Example.com:80/team/v1/ocr/ ", "http://example.com:80/team"),
        ("http://[::1]:4000/v1", "http://[::1]:4000"),
        ("https://example.com/v12", "https://example.com/v12"),
    ],
)
def test_an_address_is_accepted_with_and_without_its_end(given: str, base: str) -> None:
    assert connect(KEY, given).base_url == base
    assert connect(KEY, MISTRAL_API_BASE=given).base_url == base


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("api.mistral.ai", "no http or https address"),
        ("ftp://example.com", "no http or https address"),
        ("https://", "no http or https address"),
        ("https://example.com and more", "no http or https address"),
        ("https://example.com:port", "no http or https address"),
        ("https://[::1", "no http or https address"),
        ("https://user:sk-planted-3f9a@example.com", "a user name or a password"),
        ("https://example.com/v1?key=sk-planted-3f9a", "a query or a fragment"),
        ("https://example.com/v1#sk-planted-3f9a", "a query or a fragment"),
    ],
)
def test_an_address_that_cannot_serve_or_holds_secrets_is_refused(given: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        connect(KEY, given)
    assert "planted" not in str(caught.value)


# --- keys -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api_base", "environ", "sent"),
    [
        (None, {"MISTRAL_API_KEY": KEY}, True),
        ("https://api.eu.mistral.ai", {"MISTRAL_API_KEY": KEY}, True),
        ("http://localhost:4000", {"MISTRAL_API_KEY": KEY}, True),
        ("http://127.0.0.1:4000", {"MISTRAL_API_KEY": KEY}, True),
        (None, {"MISTRAL_API_KEY": KEY, "MISTRAL_API_BASE": "https://proxy.example.com"}, True),
        ("https://ocr.example.com", {"MISTRAL_API_KEY": KEY}, False),
        ("https://notmistral.ai", {"MISTRAL_API_KEY": KEY}, False),
        ("https://mistral.ai.example.com", {"MISTRAL_API_KEY": KEY}, False),
        ("https://127.example.com", {"MISTRAL_API_KEY": KEY}, False),
        ("http://[::1]:4000", {"MISTRAL_API_KEY": KEY}, True),
        ("http://api.mistral.ai", {"MISTRAL_API_KEY": KEY}, False),
        ("https://ocr.example.com", {}, False),
        ("https://ocr.example.com", {"MISTRAL_API_KEY": KEY, "MISTRAL_API_BASE": "https://proxy.example.com"}, False),
    ],
)
def test_the_environments_key_goes_only_where_it_belongs(
    api_base: str | None, environ: dict[str, str], sent: bool
) -> None:
    provider = Mistral.connect(api_key=None, api_base=api_base, headers={}, environ=environ)
    assert (provider.api_key == KEY) is sent


def test_a_key_in_the_call_goes_wherever_the_caller_says() -> None:
    assert connect(KEY, "https://ocr.example.com", MISTRAL_API_KEY="another").api_key == KEY


def test_without_a_key_no_authorization_is_sent() -> None:
    requests, _ = play(connect(None, "https://ocr.example.com").exchange(REQUEST), answer(MISTRAL))
    assert requests[0].credentials == {}


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_a_callers_own_authorization_needs_no_key_and_wins(name: str) -> None:
    headers = {name: "Bearer own", "X-Team": "a"}
    assert connect(None, headers=headers).api_key is None
    requests, _ = play(connect(KEY, headers=headers).exchange(REQUEST), answer(MISTRAL))
    assert requests[0].credentials == {name: "Bearer own", "X-Team": "a"}


@pytest.mark.parametrize("environ", [{}, {"MISTRAL_API_KEY": ""}])
def test_a_missing_key_is_named_with_its_variable(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="MISTRAL_API_KEY"):
        Mistral.connect(api_key=None, api_base=None, headers={}, environ=environ)


def test_the_key_shows_nowhere() -> None:
    secret_header = {"X-Api-Key": KEY}
    for provider in (connect(KEY), connect(None, headers={"Authorization": KEY}), connect(KEY, headers=secret_header)):
        (request,), response = play(provider.exchange(REQUEST), answer(MISTRAL))
        shown = f"{provider!r} {provider} {provider.account} {request!r} {response!r}"
        assert KEY not in shown
        assert "planted" not in shown


def test_an_account_is_its_address_and_its_key() -> None:
    one, same, other = connect("a").account, connect("a").account, connect("b").account
    assert one == same
    assert one != other
    assert connect(None, headers={"authorization": "Bearer a"}).account == one
    assert connect("a", headers={"X-Trace": "1"}).account == one
    assert connect("a", "https://api.eu.mistral.ai").account != one
    assert connect(None, "https://ocr.example.com").account == ("https://ocr.example.com", "")


def test_a_provider_is_a_value() -> None:
    assert connect(KEY, headers={"A": "b"}) == connect(KEY, headers={"A": "b"})
    assert hash(connect(KEY, headers={"A": "b"})) == hash(connect(KEY, headers={"A": "b"}))


def test_every_option_it_claims_is_a_field_of_the_request() -> None:
    fields = {one.name for one in attrs.fields(OCRRequest)} - {"never_bill_twice"}  # a rule, no option
    assert Mistral.facts.options <= fields
    assert fields - Mistral.facts.options == {"model", "document", "docling_extra", "lang"}
