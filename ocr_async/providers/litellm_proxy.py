"""
LiteLLM's proxy: https://docs.litellm.ai/docs/ocr (litellm 1.110.2, read 2026-11).

It speaks Mistral's API with names of its own for models, tells what a request cost in a header, and passes headers of
the provider behind it on under ``llm_provider-…``.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import evolve, frozen

from .. import formats
from ..errors import AuthenticationFailed, OCRError
from ..models import OCRRequest, OCRResponse
from ..steps import Exchange, HttpResponse, http
from . import Facts, _account
from ._service import inner, refusal
from .mistral import Mistral


__all__ = ["LiteLLMProxy"]


@frozen(kw_only=True)
class LiteLLMProxy(_account.AtHome):
    """
    One key at one proxy of LiteLLM's; models are the names of its configuration.

    Attributes:
        api_key: None sends no Authorization header.

        base_url: Without ``/v1/ocr``.
    """

    name: ClassVar[str] = "litellm_proxy"
    facts: ClassVar[Facts] = Facts(
        options=Mistral.facts.options - {"mistral_extra"},
        variables=("LITELLM_PROXY_API_KEY",),
        request_ids=("x-litellm-call-id",),
        retry_after=("llm_provider-retry-after",),
    )
    home: ClassVar[_account.Home] = _account.Home(
        base=None,
        variables=("LITELLM_PROXY_API_BASE",),
        domain=(),
        ends=("/v1/ocr", "/ocr", "/v1"),
    )

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages in one request."""

        def parse(answer: HttpResponse) -> OCRResponse:
            response = formats.parse(answer, "litellm", provider=self.name, model=request.model)
            extra = {name: value for name, value in response.extra.items() if value is not None}
            told = formats.cost_of(answer.headers, "x-litellm-response-cost")
            # 0 is also what it says of a model whose price it does not know
            cost = told if told is not None and told.total else None
            return evolve(response, extra=extra, cost=response.cost or cost)

        body = formats.request_body(request, "litellm")
        return (yield from http(self.request("POST", "/v1/ocr", parse, json=body, pages=request.count)))

    def refused(self, answer: HttpResponse) -> OCRError | None:
        """A proxy without a database calls a key that it does not know a wrong request."""
        if inner(refusal(answer), "error", "type") != "no_db_connection":
            return None
        return AuthenticationFailed(
            "litellm_proxy does not accept the key: it is not its master key, and it has no database of others",
            provider=self.name,
            status=answer.status,
        )
