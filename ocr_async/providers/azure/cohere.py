"""Cohere Parse as a deployment on Azure AI; seen as LiteLLM 1.110.2 asks for it, 2026-11."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from attrs import evolve, frozen

from .. import Facts, cohere
from .accounts import SCOPE, deployment


__all__ = ["AzureCohere"]


@frozen(kw_only=True)
class AzureCohere(cohere.Cohere):
    """
    A deployment of Cohere Parse, which follows no addresses; Azure retires it on 2026-12-15.

    Attributes:
        api_key: A key, or an access token of Entra.

        base_url: Such as ``https://NAME.services.ai.azure.com``.
    """

    name: ClassVar[str] = "azure_ai"
    facts: ClassVar[Facts] = evolve(
        cohere.FACTS,
        models=("Cohere-parse-v5",),
        takes_urls=False,
        variables=("AZURE_AI_API_KEY",),
        request_ids=("apim-request-id",),
        scope=SCOPE,
    )
    path: ClassVar[str] = "/providers/cohere/v2/parse"

    @classmethod
    def connect(
        cls,
        *,
        model: str = "",
        api_key: str | None,
        api_base: str | None,
        headers: Mapping[str, str],
        environ: Mapping[str, str],
    ) -> Self:
        """
        Return the deployment at *api_base* or ``AZURE_AI_API_BASE``, with *api_key* or ``AZURE_AI_API_KEY``.

        Raises:
            ConfigurationError: No address, or no key for one of Microsoft's.
        """
        return cls(**deployment(api_key=api_key, api_base=api_base, headers=headers, environ=environ, path=cls.path))
