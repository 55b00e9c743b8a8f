"""LiteLLM's proxy 1.110.2, as seen answering on the loopback, read 2026-11."""

from __future__ import annotations

from typing import Any

from tests.upstream import Exchange

from .base import Case, Service, text_of


FIELDS = {
    "model", "document", "pages", "include_image_base64", "image_limit", "image_min_size", "bbox_annotation_format",
    "document_annotation_format", "document_annotation_prompt", "extract_header", "extract_footer", "table_format",
    "confidence_scores_granularity", "include_blocks", "id",
}  # fmt: skip


class Proxy(Service):
    async def unauthorized(self, exchange: Exchange) -> None:
        error = {"message": "No connected db.", "type": "no_db_connection", "param": None, "code": "400"}
        await exchange.json({"error": error}, 400)

    async def throttle(self, exchange: Exchange) -> None:
        error = {"message": "litellm.RateLimitError: slow", "type": "throttling_error", "param": None, "code": "429"}
        await exchange.json({"error": error}, 429, {"llm_provider-retry-after": "1"})

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert (received.method, received.path) == ("POST", "/v1/ocr")
        body = received.json
        assert set(body) <= FIELDS, "it drops what it does not know"
        assert body["model"] == "my-ocr"
        document = body["document"]
        assert document["type"] in {"document_url", "image_url"}
        assert isinstance(document[document["type"]], str)
        await self.document()
        if self.broken:
            message = "litellm.BadRequestError: MistralException - the document is damaged"
            error = {"message": message, "type": "invalid_request_error", "param": None, "code": "400"}
            await exchange.json({"error": error}, 400)
            return
        count = 1 if document["type"] == "image_url" else self.pages
        asked: list[int] = body.get("pages") or list(range(count))
        pages: list[dict[str, Any]] = [
            {"index": page, "markdown": text_of(page), "images": None, "dimensions": None} for page in asked
        ]
        answer = {
            "pages": pages,
            "model": "my-ocr",
            "document_annotation": None,
            "usage_info": {"pages_processed": len(pages), "pages_processed_annotation": None, "credits": None},
            "content": None,
            "tables": None,
            "keyValuePairs": None,
            "object": "ocr",
        }
        cost = str(0.004 * len(pages))
        await exchange.json(answer, headers={"x-litellm-response-cost": cost, "x-litellm-call-id": "call-1"})


CASE = Case(model="litellm_proxy/my-ocr", service=Proxy, price=0.004)
