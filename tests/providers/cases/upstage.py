"""Upstage Document Parse as langchain-upstage 0.7.7 calls it and console.upstage.ai describes it, read 2026-11."""

from __future__ import annotations

import io
from typing import Any

import pypdf

from tests.providers.forms import form_of
from tests.upstream import Exchange

from .base import Case, Service, text_of


def element(page: int, category: str, markdown: str, top: float = 0.1, **facts: Any) -> dict[str, Any]:
    """Return an element on *page* (from 1)."""
    corners = [(0.1, top), (0.5, top), (0.5, top + 0.1), (0.1, top + 0.1)]
    return {
        "id": 0,
        "category": category,
        "page": page,
        "content": {"html": facts.pop("html", ""), "markdown": markdown, "text": ""},
        "coordinates": [{"x": x, "y": y} for x, y in corners],
        **facts,
    }


class Upstage(Service):
    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"error": {"message": "API key is invalid", "code": "invalid_api_key"}}, 401)

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert (received.method, received.path) == ("POST", "/v1/document-digitization")
        form = form_of(received)
        document = form.pop("document")
        picture = document.data.startswith(b"\x89PNG")
        assert document.mime == ("image/png" if picture else "application/pdf")
        assert {name: part.text for name, part in form.items()} == {
            "model": "document-parse",
            "ocr": "force" if picture else "auto",
            "output_formats": "['markdown','html']",
            "coordinates": "true",
        }
        await self.document()
        if self.broken:
            await exchange.json({"error": {"message": "The document is damaged", "code": "invalid_request_body"}}, 400)
            return
        count = 1 if picture else len(pypdf.PdfReader(io.BytesIO(document.data)).pages)
        elements = [element(page, "paragraph", text_of(page - 1)) for page in range(1, count + 1)]
        content = {"html": "", "markdown": "", "text": ""}
        usage = {"pages": count}
        body = {"api": "2.0", "model": "document-parse-251217", "content": content, "elements": elements}
        await exchange.json({**body, "usage": usage})


CASE = Case(model="upstage/document-parse", service=Upstage, urls=False, cut=True, price=None)
