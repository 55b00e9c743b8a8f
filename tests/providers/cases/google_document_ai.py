"""Google Document AI: the messages of google-cloud-documentai 3.16.0, as JSON; read 2026-11."""

from __future__ import annotations

import base64
from typing import Any

from tests.upstream import Exchange

from .base import KEY, Case, text_of
from .vertex_ai import Google


PLACE = "/v1/projects/a-project/locations/eu"


def anchor(start: int, end: int) -> dict[str, Any]:
    """Return a range of the text: numbers are text, and a first one of 0 is left out."""
    segment = {"endIndex": str(end)} | ({"startIndex": str(start)} if start else {})
    return {"textSegments": [segment]}


def layout(start: int, end: int, box: tuple[float, float, float, float], confidence: float = 0.98) -> dict[str, Any]:
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    vertices = [{name: value for name, value in zip("xy", corner, strict=True) if value} for corner in corners]
    return {
        "textAnchor": anchor(start, end),
        "boundingPoly": {"normalizedVertices": vertices},
        "confidence": confidence,
        "orientation": "PAGE_UP",
    }


def page(number: int, text: str, start: int) -> dict[str, Any]:
    """Return a page of one line, of which the whole text of the document is told from *start* on."""
    tokens, at = [], start
    for word in text.split():
        tokens.append({"layout": layout(at, at + len(word) + 1, (0.1, 0.1, 0.2, 0.12))})
        at += len(word) + 1
    whole = {"layout": layout(start, start + len(text) + 1, (0.1, 0.1, 0.6, 0.12))}
    return {
        "pageNumber": number,
        "dimension": {"width": 1000, "height": 2000, "unit": "pixels"},
        "layout": whole["layout"],
        "blocks": [whole],
        "paragraphs": [whole],
        "lines": [whole],
        "tokens": tokens,
    }


class DocumentAI(Google):
    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        path, _, query = received.path.partition("?")
        assert (received.method, path) == ("POST", f"{PLACE}/processors/3f9a17:process")
        assert query in {"", "%24alt=json%3Benum-encoding%3Dint"}  # Google's client wants numbers for names
        body = received.json
        assert set(body) <= {"rawDocument", "skipHumanReview", "processOptions", "imagelessMode", "fieldMask"}
        assert set(body["rawDocument"]) == {"content", "mimeType"}
        data = base64.b64decode(body["rawDocument"]["content"], validate=True)
        picture = data.startswith(b"\x89PNG")
        assert body["rawDocument"]["mimeType"] == ("image/png" if picture else "application/pdf")
        await self.document()
        if self.broken:
            await self.refuse(exchange, 400, "INVALID_ARGUMENT", "Unsupported or damaged input file.")
            return
        count = 1 if picture else self.pages
        asked = body.get("processOptions", {}).get("individualPageSelector", {}).get("pages")
        assert asked is None or not picture
        numbers = asked or list(range(1, count + 1))
        assert numbers == sorted(set(numbers))
        assert len(numbers) <= (30 if body.get("imagelessMode") else 15)
        text, pages = "", []
        for number in numbers:
            said = text_of(number - 1)
            pages.append(page(number, said, len(text)))
            text += f"{said}\n"
        await exchange.json({"document": {"text": text, "pages": pages, "mimeType": "application/pdf"}})


CASE = Case(
    model="google_document_ai/3f9a17",
    service=DocumentAI,
    options=lambda base: {"api_base": f"{base}{PLACE}", "api_key": KEY},
    urls=False,
    price=None,
)
