"""Reducto as its client reductoai 0.25.0 speaks to it, read 2026-11."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from tests.providers.forms import form_of
from tests.upstream import Exchange, Received

from .base import Case, Service, text_of


def block(page: int, original: int, kind: str = "Text", content: str | None = None, **facts: Any) -> dict[str, Any]:
    """Return a block on *page* of the pages asked for, which is page *original* of the document; both from 1."""
    box = {"left": 0.1, "top": 0.1, "width": 0.5, "height": 0.05, "page": page, "original_page": original}
    return {"type": kind, "content": text_of(original - 1) if content is None else content, "bbox": box, **facts}


@define(eq=False)
class Reducto(Service):
    """
    The service; large results lie at an address that refuses a key, as S3 does.

    Attributes:
        kept: Ids of uploads that were not deleted.

        large: Whether results lie at an address of their own.
    """

    kept: set[str] = field(factory=set)
    large: bool = True
    uploaded: dict[str, int] = field(factory=dict)
    jobs: dict[str, dict[str, Any]] = field(factory=dict)
    polls: dict[str, int] = field(factory=dict)
    cancelled: set[str] = field(factory=set)

    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"detail": "Invalid API key"}, 401)

    async def throttle(self, exchange: Exchange) -> None:
        await exchange.json({"detail": "Too many requests"}, 429, {"Retry-After": "1"})

    def authorized(self, received: Received) -> bool:
        if received.path.startswith("/presigned/"):
            return True
        return super().authorized(received)

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        match received.method, received.path.split("/")[1:]:
            case "POST", ["upload"]:
                await exchange.json({"file_id": self.upload(received), "presigned_url": None})
            case "DELETE", ["upload", name]:
                file_id = name.replace("%2F", "/")
                self.kept.remove(file_id)
                await exchange.json({"file_id": file_id})
            case "POST", ["parse_async"]:
                await self.document()
                name = f"job-{len(self.jobs)}"
                self.jobs[name] = self.parse(received.json)
                await exchange.json({"job_id": name})
            case "GET", ["job", name]:
                self.polls[name] = self.polls.get(name, 0) + 1
                await exchange.json(self.state(name, exchange.server.url))
            case "POST", ["cancel", name]:
                self.cancelled.add(name)
                await exchange.json({})
            case "GET", ["presigned", name]:
                await exchange.json(self.jobs[name]["result"]["result"])
            case _:
                raise AssertionError("no such route")

    def upload(self, received: Received) -> str:
        (part,) = [form_of(received)["file"]]
        picture = part.data.startswith(b"\x89PNG")
        assert part.mime == ("image/png" if picture else "application/pdf")
        name = f"reducto://file-{len(self.uploaded)}.{'png' if picture else 'pdf'}"
        self.uploaded[name] = 1 if picture else self.pages
        self.kept.add(name)
        return name

    def parse(self, body: Any) -> dict[str, Any]:
        assert set(body) <= {"input", "formatting", "settings"}
        assert body["formatting"] == {"table_output_format": "html"}
        settings = body.get("settings", {})
        assert set(settings) <= {"model", "page_range", "return_images"}
        assert settings.get("model", "r-1") in {"r-1", "legacy"}
        source = body["input"]
        assert source in self.kept or source.startswith("https://example.com/")
        if self.broken:
            error = {"code": 400, "name": "DOCUMENT_CORRUPT", "message": "The document is damaged", "job_id": None}
            return {"status": "Failed", "progress": None, "reason": None, "error": error, "result": None}
        count = self.uploaded.get(source, self.pages)
        spans = settings.get("page_range", {"start": 1, "end": count})
        spans = spans if isinstance(spans, list) else [spans]
        pages = [page for span in spans for page in range(span["start"], min(span["end"], count) + 1)]
        blocks = [block(number, page) for number, page in enumerate(pages, 1)]
        chunk = {"content": "", "embed": "", "enriched": None, "blocks": blocks}
        result = {
            "response_type": "parse",
            "job_id": "j",
            "duration": 1.5,
            "pdf_url": None,
            "studio_link": None,
            "usage": {"num_pages": len(pages), "credits": float(len(pages))},
            "result": {"type": "full", "chunks": [chunk]},
        }
        return {"status": "Completed", "progress": 1.0, "reason": None, "error": None, "result": result}

    def state(self, name: str, url: str) -> dict[str, Any]:
        if self.polls[name] < 2:
            return {"status": "Pending", "progress": 0.5, "reason": None, "error": None, "result": None}
        job = self.jobs[name]
        if not self.large or job["result"] is None:
            return job
        # another name of this machine is another origin
        address = f"{url.replace('127.0.0.1', 'localhost')}/presigned/{name}"
        return {**job, "result": {**job["result"], "result": {"type": "url", "url": address, "result_id": name}}}

    async def __call__(self, exchange: Exchange) -> None:
        if exchange.received.path.startswith("/presigned/") and "authorization" in exchange.received.headers:
            self.problems.append("a presigned address was sent a key")
        await super().__call__(exchange)


CASE = Case(model="reducto/parse-v3", service=Reducto, jobs=True, price=0.015, deletes=True)
