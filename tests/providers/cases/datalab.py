"""Datalab as its client datalab-python-sdk 0.5.0 speaks to it, and as documentation.datalab.to has it, read 2026-11."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from tests.providers.forms import form_of
from tests.upstream import Exchange, Received

from .base import KEY, Case, Service, text_of


def block(page: int, number: int, kind: str, html: str, bbox: list[int], **facts: Any) -> dict[str, Any]:
    """Return a block of Marker's JSON on page *page* (from 0)."""
    return {"id": f"/page/{page}/{kind}/{number}", "block_type": kind, "html": html, "bbox": bbox, **facts}


def page_of(page: int, *blocks: dict[str, Any]) -> dict[str, Any]:
    """Return a page of Marker's JSON; *page* counts from 0."""
    return block(page, 0, "Page", "", [0, 0, 612, 792], children=list(blocks))


@define(eq=False)
class Datalab(Service):
    jobs: dict[str, dict[str, Any]] = field(factory=dict)
    polls: dict[str, int] = field(factory=dict)

    def authorized(self, received: Received) -> bool:
        return received.headers.get("x-api-key") == KEY

    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"detail": "Invalid API key"}, 401)

    async def throttle(self, exchange: Exchange) -> None:
        await exchange.json({"detail": "Rate limit exceeded"}, 429, {"Retry-After": "1"})

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        if (received.method, received.path) == ("POST", "/api/v1/convert"):
            await self.document()
            name = f"r{len(self.jobs)}"
            self.jobs[name] = self.convert(received)
            address = f"{exchange.server.url}/api/v1/convert/{name}"
            await exchange.json({"success": True, "error": None, "request_id": name, "request_check_url": address})
            return
        assert received.method == "GET"
        name = received.path.removeprefix("/api/v1/convert/")
        assert name in self.jobs
        self.polls[name] = self.polls.get(name, 0) + 1
        await exchange.json(self.jobs[name] if self.polls[name] >= 2 else {"status": "processing", "success": None})

    def convert(self, received: Received) -> dict[str, Any]:
        form = form_of(received)
        source = form.pop("file", None)
        if source is None:
            assert form.pop("file_url").text.startswith("https://example.com/")
        picture = source is not None and source.data.startswith(b"\x89PNG")
        assert source is None or source.mime == ("image/png" if picture else "application/pdf")
        told = {name: part.text for name, part in form.items()}
        # its own client writes Python's words, and all that is off
        told = {name: {"True": "true"}.get(value, value) for name, value in told.items() if value != "False"}
        count = 1 if picture else self.pages
        asked = told.pop("page_range", f"0-{count - 1}")
        assert told == {
            "output_format": "markdown,json",
            "mode": "balanced",
            "paginate": "true",
            "disable_image_extraction": "true",
        }
        if self.broken:
            return {"status": "complete", "success": False, "error": "The file is damaged", "error_in": "VALIDATION"}
        pages: list[int] = []
        for part in asked.split(","):
            first, _, last = part.partition("-")
            pages += range(int(first), min(int(last or first), count - 1) + 1)
        blocks = [page_of(page, block(page, 1, "Text", f"<p>{text_of(page)}</p>", [72, 72, 216, 84])) for page in pages]
        return {
            "status": "complete",
            "success": True,
            "error": None,
            "error_in": None,
            "markdown": "".join(f"\n\n{{{page}}}{'-' * 48}\n\n{text_of(page)}" for page in pages),
            "json": {"children": blocks, "block_type": "Document", "metadata": {}},
            "images": {},
            "page_count": len(pages),
            "cost_breakdown": {"total_cents": 0.6 * len(pages)},
            "parse_quality_score": 4.5,
            "runtime": 1.25,
        }


CASE = Case(model="datalab/balanced", service=Datalab, jobs=True, price=0.006)
