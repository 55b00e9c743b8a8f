"""Mistral: https://docs.mistral.ai/api/endpoint/ocr, read 2026-08."""

from __future__ import annotations

from typing import Any

from tests.upstream import Exchange

from .base import Case, Service, text_of


class Mistral(Service):
    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert (received.method, received.path) == ("POST", "/v1/ocr")
        body = received.json
        assert body["model"] == "mistral-ocr-latest"
        assert body["document"]["type"] in {"document_url", "image_url"}
        await self.document()
        if self.broken:
            sentence = "Document is not a valid PDF: it is damaged"
            await exchange.json({"object": "error", "message": sentence, "code": "3740"}, 400)
            return
        count = 1 if body["document"]["type"] == "image_url" else self.pages
        asked: list[int] = body.get("pages") or list(range(count))
        pages: list[dict[str, Any]] = [
            {"index": page, "markdown": text_of(page), "images": [], "dimensions": None} for page in asked
        ]
        usage = {"pages_processed": len(pages), "doc_size_bytes": None}
        await exchange.json({"pages": pages, "model": "mistral-ocr-latest", "usage_info": usage})


CASE = Case(model="mistral/mistral-ocr-latest", service=Mistral, price=0.004)
