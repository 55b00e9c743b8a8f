"""
Mistral's models on Google's Vertex AI.

Sources: https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral/mistral-ocr (limits), and what
litellm 1.110.2 sends; read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self
from urllib.parse import quote

from attrs import frozen

from ...errors import ConfigurationError
from ...models import OCRRequest, OCRResponse
from ...steps import Exchange
from .. import Facts
from ..mistral import Mistral
from .account import InProject, connected


__all__ = ["VertexAI"]


@frozen(kw_only=True)
class VertexAI(InProject):
    """One project at Vertex AI, in one location."""

    name: ClassVar[str] = "vertex_ai"
    facts: ClassVar[Facts] = Facts(
        options=Mistral.facts.options,
        models=("mistral-ocr-2505",),
        takes_urls=False,  # litellm fetches them too
        max_pages=30,
        # a request has at most 10 MB, and base64 takes four bytes for three
        max_bytes=10 * 1024**2 * 3 // 4 - 4096,
        variables=("VERTEX_AI_API_KEY", "VERTEXAI_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS"),
        reads_files=True,
        relays="mistral",
    )

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
        Return the provider for *api_key* (a token, or the JSON of credentials), the environment's or the machine's.

        These go to googleapis.com, to this machine and to the environment's own address only.

        Raises:
            ConfigurationError: No project, nothing that gives tokens, or a model that is not served so.
        """
        if "deepseek" in model.lower():
            raise ConfigurationError("vertex_ai serves Mistral's models alone here: its DeepSeek-OCR was retired")
        place, source = connected(
            "aiplatform",
            api_key=api_key,
            api_base=api_base,
            headers=headers,
            environ=environ,
            tokens=("VERTEX_AI_API_KEY", "VERTEXAI_API_KEY"),
            accounts=("VERTEXAI_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS"),
            addresses=("VERTEXAI_API_BASE",),
            projects=("VERTEXAI_PROJECT", "GOOGLE_CLOUD_PROJECT"),
            locations=("VERTEXAI_LOCATION", "VERTEX_LOCATION"),
            location="us-central1",
        )
        return cls(base_url=place.base, headers=dict(headers), place=place, source=source)

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages in one request, with a token that is good now."""
        signed = yield from self.signed()
        path = f"{self.place.path}/publishers/mistralai/models/{quote(request.model, safe='')}:rawPredict"
        return (yield from signed.ask(path, request, "mistral"))
