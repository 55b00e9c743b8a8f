"""Mistral's models on Azure, as Mistral's own notebook asks them (docs.mistral.ai, read 2026-11)."""

from __future__ import annotations

import re

from tests.upstream import Exchange

from .base import Case, Service, text_of


class AzureMistral(Service):
    async def throttle(self, exchange: Exchange) -> None:
        await exchange.json({"error": {"code": "429", "message": "slow down"}}, 429, {"Retry-After": "1"})

    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"error": {"code": "401", "message": "Access denied"}}, 401)

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        path, _, query = received.path.partition("?")
        assert (received.method, path) == ("POST", "/providers/mistral/azure/ocr")
        assert re.fullmatch(r"(api-version=[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?)?", query)  # Mistral's client has one
        body = received.json
        assert set(body) <= {"model", "document", "pages", "include_blocks"}  # of which the newer clients send the last
        assert body["model"] == "mistral-document-ai-2512"
        document = body["document"]
        address = document[document["type"]]
        assert address.startswith(("data:application/pdf;base64,", "data:image/png;base64,")), "no addresses"
        await self.document()
        if self.broken:
            await exchange.json({"error": {"code": "invalid_input", "message": "the document is damaged"}}, 422)
            return
        count = 1 if document["type"] == "image_url" else self.pages
        asked: list[int] = body.get("pages") or list(range(count))
        pages: list[dict[str, object]] = [
            {"index": page, "markdown": text_of(page), "images": [], "dimensions": None} for page in asked
        ]
        usage = {"pages_processed": len(pages), "doc_size_bytes": None}
        await exchange.json({"pages": pages, "model": "mistral-document-ai-2512", "usage_info": usage})


CASE = Case(model="azure_ai/mistral-document-ai-2512", service=AzureMistral, urls=False, price=0.003)
