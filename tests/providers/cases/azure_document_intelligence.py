"""
Azure Document Intelligence, REST version 2024-11-30.

Made by hand from learn.microsoft.com/rest/api/aiservices and the models of azure-ai-documentintelligence 1.0.2, read
2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import define, field

from tests.upstream import Exchange, Received

from .base import KEY, Case, Service, text_of


MODELS = "/documentintelligence/documentModels/"
QUERY = {
    "api-version", "pages", "locale", "stringIndexType", "features", "queryFields", "outputContentFormat", "output",
}  # fmt: skip
BODIES = (b"%PDF", b"\x89PNG", b"\xff\xd8")


def page_numbers(text: str) -> list[int]:
    """Return the page numbers (from 1) of ``1-3,5``."""
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    assert numbers == sorted(set(numbers))
    assert numbers[0] >= 1
    return numbers


def analysis(numbers: Sequence[int], *, markdown: bool, picture: bool = False) -> dict[str, Any]:
    """Return an analyzeResult of the pages *numbers* (from 1), a paragraph on each, with a flag of two code points."""
    content, pages, paragraphs = "", [], []
    for number in numbers:
        start = len(content)
        if markdown:
            content += '<!-- PageHeader="Ann\u0065\u0301e \U0001f1ea\U0001f1fa" -->\n\n'
        text = text_of(number - 1)
        at = len(content)
        content += text
        polygon = [1, 1, 3, 1, 3, 1.2, 1, 1.2] if not picture else [60, 80, 300, 80, 300, 100, 60, 100]
        words, place = [], at
        for word in text.split():
            span = {"offset": content.index(word, place), "length": len(word)}
            words.append({"content": word, "polygon": polygon, "confidence": 0.99, "span": span})
            place = span["offset"] + len(word)
        span = {"offset": at, "length": len(text)}
        paragraphs.append(
            {"content": text, "spans": [span], "boundingRegions": [{"pageNumber": number, "polygon": polygon}]}
        )
        pixels, inches = {"width": 600, "height": 800, "unit": "pixel"}, {"width": 8.5, "height": 11, "unit": "inch"}
        pages.append(
            {
                "pageNumber": number,
                "angle": 0,
                **(pixels if picture else inches),
                "spans": [{"offset": start, "length": len(content) - start}],
                "words": words,
                "lines": [{"content": text, "polygon": polygon, "spans": [span]}],
            }
        )
        content += "\n\n<!-- PageBreak -->\n\n" if markdown else "\n"
    return {
        "apiVersion": "2024-11-30",
        "modelId": "prebuilt-layout" if markdown else "prebuilt-read",
        "stringIndexType": "unicodeCodePoint",
        "contentFormat": "markdown" if markdown else "text",
        "content": content,
        "pages": pages,
        "paragraphs": paragraphs,
        "tables": [],
        "styles": [],
    }


@define(eq=False)
class DocumentIntelligence(Service):
    """
    One resource.

    Attributes:
        free: Whether it is of the tier F0, which reads two pages of a document.

        operations: What each operation will answer, by its id.

        polls: How often each was asked for.

        due: When each may be asked for again, on the loop's clock.
    """

    free: bool = False
    operations: dict[str, dict[str, Any]] = field(factory=dict)
    polls: dict[str, int] = field(factory=dict)
    due: dict[str, float] = field(factory=dict)

    def authorized(self, received: Received) -> bool:
        key = received.headers.get("ocp-apim-subscription-key")
        return key == KEY or received.headers.get("authorization") == "Bearer entra-token"

    async def unauthorized(self, exchange: Exchange) -> None:
        message = "Access denied due to invalid subscription key or wrong API endpoint."
        await exchange.json({"error": {"code": "401", "message": message}}, 401)

    async def throttle(self, exchange: Exchange) -> None:
        body = {"error": {"code": "429", "message": "Requests have exceeded rate limit."}}
        await exchange.json(body, 429, {"Retry-After": "1"})

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        parts = urlsplit(received.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert query.pop("api-version") == "2024-11-30"
        if received.method == "GET":
            await self.poll(exchange, parts.path, query)
        else:
            await self.submit(exchange, parts.path, query)

    async def submit(self, exchange: Exchange, path: str, query: dict[str, str]) -> None:
        received = exchange.received
        assert received.method == "POST"
        assert path.startswith(MODELS)
        assert path.endswith(":analyze")
        model = path.removeprefix(MODELS).removesuffix(":analyze")
        assert model in {"prebuilt-layout", "prebuilt-read"}
        assert set(query) <= QUERY
        assert query["stringIndexType"] == "unicodeCodePoint"
        assert query.get("outputContentFormat") == ("markdown" if model == "prebuilt-layout" else None)
        kind = received.headers["content-type"]
        if kind == "application/json":
            body = json.loads(received.body)
            assert set(body) == {"urlSource"}
        else:
            assert kind in {"application/pdf", "image/png", "image/jpeg", "application/octet-stream"}
            assert received.body.startswith(BODIES)
        await self.document()
        if self.broken:
            inner = {"code": "InvalidContent", "message": "The file is damaged or its format is unsupported."}
            error = {"code": "InvalidRequest", "message": "Invalid request.", "innererror": inner}
            await exchange.json({"error": error}, 400)
            return
        picture = kind.startswith("image/")
        numbers = page_numbers(query["pages"]) if "pages" in query else list(range(1, self.pages + 1))
        if self.free:
            numbers = [number for number in numbers if number <= 2]
        result = analysis(numbers, markdown=model == "prebuilt-layout", picture=picture)
        operation = f"0000-{len(self.operations)}"
        self.operations[operation] = result
        self.due[operation] = received.at
        where = f"{exchange.server.url}{MODELS}{model}/analyzeResults/{operation}?api-version=2024-11-30"
        await exchange.answer(b"", 202, {"Operation-Location": where, "Retry-After": "0", "apim-request-id": "r-1"})

    async def poll(self, exchange: Exchange, path: str, query: dict[str, str]) -> None:
        received = exchange.received
        assert query == {}
        assert received.body == b""
        operation = path.rpartition("/")[2]
        result = self.operations[operation]
        assert received.at >= self.due[operation] - 0.01, "asked before Retry-After was over"
        self.polls[operation] = self.polls.get(operation, 0) + 1
        dates = {"createdDateTime": "2026-11-28T10:00:00Z", "lastUpdatedDateTime": "2026-11-28T10:00:01Z"}
        if self.polls[operation] == 1:
            self.due[operation] = received.at + 1
            await exchange.json({"status": "running", **dates}, headers={"Retry-After": "1"})
        else:
            await exchange.json({"status": "succeeded", **dates, "analyzeResult": result})


CASE = Case(
    model="azure_ai/doc-intelligence/prebuilt-layout",
    service=DocumentIntelligence,
    jobs=True,
    price=0.01,
)
