"""Mistral's models on Vertex AI: the route as litellm 1.110.2 sends it, and Google's errors; read 2026-11."""

from __future__ import annotations

from typing import Any

from tests.upstream import Exchange

from .base import KEY, Case, Service, text_of


PLACE = "/v1/projects/a-project/locations/europe-west4"


class Google(Service):
    """What Google's services have in common: their errors."""

    async def refuse(self, exchange: Exchange, code: int, status: str, message: str, **headers: str) -> None:
        body = {"error": {"code": code, "message": message, "status": status, "details": []}}
        await exchange.json(body, code, {name.replace("_", "-"): value for name, value in headers.items()})

    async def unauthorized(self, exchange: Exchange) -> None:
        await self.refuse(exchange, 401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")

    async def throttle(self, exchange: Exchange) -> None:
        await self.refuse(exchange, 429, "RESOURCE_EXHAUSTED", "Quota exceeded.", Retry_After="1")


class Vertex(Google):
    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert received.method == "POST"
        assert received.path == f"{PLACE}/publishers/mistralai/models/mistral-ocr-2505:rawPredict"
        assert len(received.body) <= 10 * 1024**2
        body = received.json
        assert body["model"] == "mistral-ocr-2505"
        kind = body["document"]["type"]
        assert body["document"][kind].startswith("data:"), "Vertex fetches nothing"
        await self.document()
        if self.broken:
            await self.refuse(exchange, 400, "INVALID_ARGUMENT", "The document is damaged.")
            return
        count = 1 if kind == "image_url" else self.pages
        asked: list[int] = body.get("pages") or list(range(count))
        assert len(asked) <= 30
        pages: list[dict[str, Any]] = [
            {"index": page, "markdown": text_of(page), "images": [], "dimensions": None} for page in asked
        ]
        usage = {"pages_processed": len(pages), "doc_size_bytes": None}
        await exchange.json({"pages": pages, "model": "mistral-ocr-2505", "usage_info": usage})


CASE = Case(
    model="vertex_ai/mistral-ocr-2505",
    service=Vertex,
    options=lambda base: {"api_base": f"{base}{PLACE}", "api_key": KEY},
    urls=False,
    price=0.0005,
)
