"""
Models on Azure, behind one prefix: the model's name says which dialect is spoken, with facts and keys of its own.

Sources read 2026-11: learn.microsoft.com/azure/ai-services/document-intelligence, Mistral's notebook on Azure
(docs.mistral.ai, third_party-microsoft), and what LiteLLM 1.110.2 sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from ...models import OCRRequest, OCRResponse
from ...steps import Exchange
from .. import Facts, Provider, _account
from ..mistral import Mistral
from .accounts import SCOPE, deployment, versioned
from .cohere import AzureCohere
from .document_intelligence import DocumentIntelligence, Layout, model_id


__all__ = ["AzureAI"]

_PATH = "/providers/mistral/azure/ocr"


@frozen(kw_only=True)
class AzureAI(_account.Hosted):
    """
    A deployment of one of Mistral's models; `connect` returns other classes for models that are not Mistral's.

    It speaks Mistral's dialect with two differences: the model is the deployment's name, and addresses of documents
    are not followed, so that each document goes along.

    Attributes:
        api_key: A key, or an access token of Entra.

        base_url: Such as ``https://NAME.services.ai.azure.com``.

        api_version: None sends none, as Mistral's notebook does; its client for Azure sends ``2024-05-01-preview``.
    """

    name: ClassVar[str] = "azure_ai"
    facts: ClassVar[Facts] = evolve(
        Mistral.facts,
        models=(
            "doc-intelligence/prebuilt-layout",
            "doc-intelligence/prebuilt-read",
            "mistral-document-ai-2512",  # retires 2027-02-15
            "mistral-ocr-4-0",
            "Cohere-parse-v5",  # retires 2026-12-15
        ),
        takes_urls=False,
        takes_file_ids=False,
        variables=("AZURE_AI_API_KEY", "AZURE_DOCUMENT_INTELLIGENCE_API_KEY"),
        request_ids=("apim-request-id",),
        scope=SCOPE,
        batch=None,
    )

    api_version: str | None = None

    @classmethod
    def connect(
        cls,
        *,
        model: str = "",
        api_key: str | None,
        api_base: str | None,
        headers: Mapping[str, str],
        environ: Mapping[str, str],
    ) -> Provider:
        """
        Return the provider of *model*.

        Names with ``doc-intelligence`` or ``documentintelligence`` are Document Intelligence's, those with ``cohere``
        and ``parse`` Cohere's; others are deployments of Mistral's models at *api_base* or ``AZURE_AI_API_BASE``. The
        environment's key goes to Microsoft's domains, to this machine and to the environment's own address.

        Raises:
            ConfigurationError: No address, no key for one of Microsoft's, or no such model.
        """
        if "doc-intelligence" in model or "documentintelligence" in model:
            kind = Layout if model_id(model) == "prebuilt-layout" else DocumentIntelligence
            return kind.connect(model=model, api_key=api_key, api_base=api_base, headers=headers, environ=environ)
        if "cohere" in model.lower() and "parse" in model.lower():
            return AzureCohere.connect(
                model=model, api_key=api_key, api_base=api_base, headers=headers, environ=environ
            )
        version = None
        if api_base is not None:
            api_base, version = versioned(api_base)
        account = deployment(api_key=api_key, api_base=api_base, headers=headers, environ=environ, path=_PATH)
        return cls(**account, api_version=version)

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages in one request."""
        query = "" if self.api_version is None else f"?api-version={self.api_version}"
        return self.ask(f"{_PATH}{query}", request, "mistral")
