"""Landing AI's version 2 as its client landingai-ade 1.18.1 speaks to it, read 2026-11."""

from __future__ import annotations

import io
from typing import Any

import pypdf
from attrs import define, field

from tests.providers.forms import form_of
from tests.upstream import Exchange, Received

from .base import Case, Service, text_of


def grounded(page: int, start: int, end: int, **box: float) -> dict[str, Any]:
    """Return where something lies: page from 1, code points of the Markdown, parts of the page."""
    whole = {"xmin": 0.1, "ymin": 0.1, "xmax": 0.5, "ymax": 0.2, **box}
    return {"page": page, "range": {"start": start, "end": end}, "box": whole}


@define(eq=False)
class LandingAI(Service):
    """The service; it always reads whole documents, so it counts the pages of those that it is sent."""

    jobs: dict[str, dict[str, Any]] = field(factory=dict)
    polls: dict[str, int] = field(factory=dict)

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        if (received.method, received.path) == ("POST", "/v2/parse/jobs"):
            await self.document()
            name = f"job-{len(self.jobs)}"
            self.jobs[name] = {"job_id": name, "created_at": 1, **self.parse(received)}
            await exchange.json({"job_id": name, "status": "pending", "created_at": 1}, 202)
            return
        assert received.method == "GET"
        name = received.path.removeprefix("/v2/parse/jobs/")
        assert name in self.jobs
        self.polls[name] = self.polls.get(name, 0) + 1
        done = self.polls[name] >= 2
        await exchange.json(self.jobs[name] if done else {"job_id": name, "status": "processing", "progress": 0.5})

    def parse(self, received: Received) -> dict[str, Any]:
        form = form_of(received)
        assert form["model"].text == "dpt-3-pro-latest"
        if "document" in form:
            assert set(form) == {"model", "document"}
            data = form["document"].data
            picture = data.startswith(b"\x89PNG")
            assert form["document"].mime == ("image/png" if picture else "application/pdf")
            numbers = range(1 if picture else len(pypdf.PdfReader(io.BytesIO(data)).pages))
        else:
            assert set(form) == {"model", "document_url"}
            assert form["document_url"].text.startswith("https://example.com/")
            numbers = range(self.pages)
        if self.broken:
            return {"status": "failed", "error": {"code": "bad_document", "message": "The document is damaged"}}
        markdown, pages = "", []
        for number, page in enumerate(numbers, 1):
            start, text = len(markdown), text_of(page)
            markdown += f"{text}\n\n"
            grounding = grounded(number, start, start + len(text))
            element = {"type": "text", "id": f"e-{number}", "grounding": grounding}
            pages.append({"type": "page", "status": "ok", "grounding": grounding, "children": [element]})
        billing = {"service_tier": "standard", "total_credits": 1.5 * len(pages)}
        metadata = {"page_count": len(pages), "failed_pages": [], "duration_ms": 1500, "billing": billing}
        result = {"markdown": markdown, "structure": {"type": "document", "children": pages}, "metadata": metadata}
        return {"status": "completed", "result": result}


CASE = Case(model="landingai/dpt-3-pro-latest", service=LandingAI, jobs=True, cut=True, price=None)
