"""Unstructured's partition endpoint as its client unstructured-client 0.46.4 speaks to it, read 2026-11."""

from __future__ import annotations

import io
from typing import Any

import pypdf

from tests.providers.forms import form_of
from tests.upstream import Exchange, Received

from .base import KEY, Case, Service, text_of


def element(page: int, kind: str, text: str, top: int = 100, **metadata: Any) -> dict[str, Any]:
    """Return an element on *page* (from 1)."""
    points = [[170, top], [170, top + 50], [850, top + 50], [850, top]]
    place = {"points": points, "system": "PixelSpace", "layout_width": 1700, "layout_height": 2200}
    return {
        "type": kind,
        "element_id": "e",
        "text": text,
        "metadata": {"page_number": page, "coordinates": place, **metadata},
    }


class Unstructured(Service):
    def authorized(self, received: Received) -> bool:
        return received.headers.get("unstructured-api-key") == KEY

    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"detail": "API key is malformed"}, 401)

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert (received.method, received.path) == ("POST", "/general/v0/general")
        form = form_of(received)
        document = form.pop("files")
        picture = document.data.startswith(b"\x89PNG")
        assert document.mime == ("image/png" if picture else "application/pdf")
        assert {name: part.text for name, part in form.items()} == {"strategy": "hi_res", "coordinates": "true"}
        await self.document()
        if self.broken:
            await exchange.json({"detail": "File is damaged and cannot be opened"}, 422)
            return
        count = 1 if picture else len(pypdf.PdfReader(io.BytesIO(document.data)).pages)
        await exchange.json([element(page, "NarrativeText", text_of(page - 1)) for page in range(1, count + 1)])


CASE = Case(model="unstructured/hi_res", service=Unstructured, urls=False, cut=True, price=None)
