"""Cohere Parse: the client cohere 7.3.1 and https://docs.cohere.com/reference/parse, read 2026-11."""

from __future__ import annotations

from typing import Any

from attrs import define

from tests.upstream import Exchange

from .base import Case, Service, text_of


@define(eq=False)
class Parse(Service):
    """
    Parse, at Cohere or on Azure.

    Attributes:
        path: Of its one route.

        model: That it serves.

        cut: Numbers of the requests (from 1) whose answer ends before the page does.
    """

    path: str = "/v2/parse"
    model: str = "parse-v5.0"
    cut: frozenset[int] = frozenset()

    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"id": "1", "message": "invalid api token"}, 401)

    async def throttle(self, exchange: Exchange) -> None:
        await exchange.json({"id": "1", "message": "too many requests"}, 429, {"Retry-After": "1"})

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert (received.method, received.path) == ("POST", self.path)
        body = received.json
        assert set(body) == {"model", "document", "output_format"}
        assert body["model"] == self.model
        assert body["output_format"] == "markdown"
        document = body["document"]
        assert set(document) == {"type", "image_url"}
        assert document["type"] == "image_url"
        assert document["image_url"].startswith(("data:image/png;base64,", "data:image/jpeg;base64,", "https://"))
        await self.document()
        if self.broken:
            await exchange.json({"id": "1", "message": "the image is damaged"}, 400)
            return
        await exchange.json(parse_answer(text_of(0), "MAX_TOKENS" if self.uploads in self.cut else "COMPLETE"))


def parse_answer(content: str, reason: str = "COMPLETE", images: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return Parse's answer with one page."""
    return {
        "id": "5d0e-1",
        "pages": [{"type": "markdown", "index": 0, "markdown": {"content": content, "images": images or []}}],
        "meta": {"billed_units": {"pages": 1}},
        "finish_reason": reason,
    }


CASE = Case(model="cohere/parse-v5.0", service=Parse, pictures=True, urls=False, price=0.0015)
