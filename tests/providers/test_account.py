"""Accounts: which credentials tell them apart, and providers whose models have facts of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from attrs import frozen

from ocr_async import aocr
from ocr_async.errors import ConfigurationError
from ocr_async.models import OCRRequest, OCRResponse
from ocr_async.providers import Facts, Provider, _account, resolve
from ocr_async.steps import Exchange, is_secret
from tests.plugins import plugin
from tests.upstream import Upstream


SAMPLES = Path(__file__).parent.parent.parent / "samples"


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "x-api-key",
        "api-key",
        "Ocp-Apim-Subscription-Key",
        "x-goog-api-key",
        "app_key",
        "X-Amz-Security-Token",
        "Cookie",
        "unstructured-api-key",
    ],
)
def test_two_accounts_never_share_a_digest(name: str) -> None:
    one, other = _account.digest({name: "secret-of-one"}), _account.digest({name.upper(): "secret-of-another"})
    assert is_secret(name)
    assert one != other
    assert one == _account.digest({name.lower(): "secret-of-one", "X-Trace": "1", "Accept": "text/plain"})
    assert "secret" not in one


def test_an_idempotency_key_is_no_credential() -> None:
    assert not is_secret("Idempotency-Key")
    assert _account.digest({"Idempotency-Key": "a", "X-Request-Id": "b"}) == ""


@frozen(kw_only=True)
class Documents(_account.Hosted):
    """Speaks the dialect of models that take documents of up to 100 bytes."""

    name: ClassVar[str] = "twofold"
    facts: ClassVar[Facts] = Facts(options=frozenset({"pages"}), takes_urls=False, max_bytes=100)

    @classmethod
    def connect(
        cls, *, model: str = "", api_key: Any, api_base: Any, headers: Mapping[str, str], environ: Mapping[str, str]
    ) -> Provider:
        kind = Mistralish if model.startswith("mistral") else cls
        return kind(api_key=api_key, base_url=api_base, headers=headers)

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        return self.ask("/documents", request, "mistral")


@frozen(kw_only=True)
class Mistralish(_account.Hosted):
    """Speaks Mistral's dialect, without a limit."""

    name: ClassVar[str] = "twofold"
    facts: ClassVar[Facts] = Facts(options=frozenset({"pages", "table_format"}))

    @classmethod
    def connect(
        cls, *, model: str = "", api_key: Any, api_base: Any, headers: Mapping[str, str], environ: Mapping[str, str]
    ) -> Self:
        return cls(api_key=api_key, base_url=api_base, headers=headers)

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        return self.ask("/v1/ocr", request, "mistral")


@pytest.mark.anyio
async def test_facts_belong_to_the_model(upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with plugin("twofold", f"{__name__}:Documents", tmp_path, monkeypatch):
        await aocr(SAMPLES / "scan.pdf", model="twofold/mistral-ocr", api_base=upstream.url, table_format="html")
        assert upstream.requests[0].path == "/v1/ocr"
        with pytest.raises(ConfigurationError, match="no option table_format"):
            await aocr(SAMPLES / "scan.pdf", model="twofold/reader", api_base=upstream.url, table_format="html")
        with pytest.raises(Exception, match="takes at most"):
            await aocr(SAMPLES / "scan.pdf", model="twofold/reader", api_base=upstream.url)
        assert len(upstream.requests) == 1
        provider, bare = resolve("twofold/mistral-ocr", api_key=None, api_base=upstream.url, headers={}, environ={})
        assert (type(provider), bare) == (Mistralish, "mistral-ocr")


@pytest.mark.anyio
async def test_a_fallback_of_the_same_prefix_keeps_the_account_whatever_dialect_its_model_speaks(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with plugin("twofold", f"{__name__}:Documents", tmp_path, monkeypatch):
        response = await aocr(
            SAMPLES / "scan.pdf",
            model="twofold/reader",
            fallbacks=["twofold/mistral-ocr"],
            api_base=upstream.url,
            api_key="sk-own-12345",
        )
    assert response.pages
    assert upstream.requests[0].headers["authorization"] == "Bearer sk-own-12345"
