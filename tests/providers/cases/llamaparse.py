"""LlamaParse v2 as its client llama-cloud 2.19.0 speaks to it, read 2026-11."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from attrs import define, field

from tests.providers.forms import form_of
from tests.upstream import Exchange

from .base import Case, Service, text_of


def page_of(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the Markdown and the items of page *number* (from 1)."""
    text = text_of(number - 1)
    item = {"type": "text", "value": text, "md": text, "bbox": [{"x": 72, "y": 72, "w": 144, "h": 12}]}
    return (
        {"page_number": number, "markdown": text, "success": True, "header": None, "footer": None},
        {"page_number": number, "page_width": 612, "page_height": 792, "items": [item], "success": True},
    )


@define(eq=False)
class LlamaParse(Service):
    """
    The service.

    Attributes:
        kept: Ids of jobs that were not deleted; one can only be deleted once it has ended.
    """

    kept: set[str] = field(factory=set)
    jobs: dict[str, dict[str, Any]] = field(factory=dict)
    polls: dict[str, int] = field(factory=dict)

    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"detail": "Invalid authentication token"}, 401)

    async def throttle(self, exchange: Exchange) -> None:
        await exchange.json({"detail": "Rate limit exceeded"}, 429, {"Retry-After": "1"})

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        path = urlsplit(received.path).path
        assert path.startswith("/api/v2/parse")
        match received.method, path.removeprefix("/api/v2/parse").split("/")[1:]:
            case "POST", ["upload"]:
                form = form_of(received)
                assert set(form) == {"file", "configuration"}
                picture = form["file"].data.startswith(b"\x89PNG")
                assert form["file"].mime == ("image/png" if picture else "application/pdf")
                await self.begin(exchange, json.loads(form["configuration"].text), 1 if picture else self.pages)
            case "POST", []:
                body = received.json
                assert body.pop("source_url").startswith("https://example.com/")
                await self.begin(exchange, body, self.pages)
            case "GET", [name]:
                assert name in self.kept
                await exchange.json(self.state(name, parse_qsl(urlsplit(received.path).query)))
            case "POST", [name, "cancel"]:
                assert self.jobs[name]["status"] in {"PENDING", "RUNNING"}
                self.jobs[name]["status"] = "CANCELLED"
                await exchange.json(self.jobs[name])
            case "DELETE", [name]:
                assert self.jobs[name]["status"] in {"COMPLETED", "FAILED", "CANCELLED"}
                self.kept.remove(name)
                await exchange.json({"id": name, "project_id": "p"})
            case _:
                raise AssertionError("no such route")

    async def begin(self, exchange: Exchange, configuration: dict[str, Any], count: int) -> None:
        assert set(configuration) <= {"tier", "version", "page_ranges", "output_options"}
        assert (configuration["tier"], configuration["version"]) == ("cost_effective", "latest")
        asked = configuration.get("page_ranges", {"target_pages": f"1-{count}"})["target_pages"]
        numbers: list[int] = []
        for part in asked.split(","):
            first, _, last = part.partition("-")
            numbers += range(int(first), min(int(last or first), count) + 1)
        assert len(set(numbers)) == len(numbers), "pages that stand twice are an error"
        name = f"job-{len(self.jobs)}"
        self.uploads += 1
        self.kept.add(name)
        self.jobs[name] = {"id": name, "project_id": "p", "status": "PENDING", "numbers": numbers}
        await exchange.json({key: value for key, value in self.jobs[name].items() if key != "numbers"})

    def state(self, name: str, query: list[tuple[str, str]]) -> dict[str, Any]:
        job = self.jobs[name]
        self.polls[name] = self.polls.get(name, 0) + 1
        self.hanging = self.hangs
        if job["status"] == "PENDING" and self.polls[name] >= 2 and not self.hangs:
            job["status"] = "FAILED" if self.broken else "COMPLETED"
            job["error_message"] = "The document is damaged" if self.broken else None
        body: dict[str, Any] = {"job": {key: value for key, value in job.items() if key != "numbers"}}
        if not query:
            return body
        assert job["status"] == "COMPLETED"
        expanded = {value for key, value in query if key == "expand"}
        assert expanded == {"markdown", "items", "metadata", "usage"}
        body["job"]["usage"] = {"credits": 3.0 * len(job["numbers"])}
        told = [page_of(number) for number in job["numbers"]]
        body["markdown"] = {"pages": [markdown for markdown, _ in told]}
        body["items"] = {"pages": [items for _, items in told]}
        body["metadata"] = {"pages": [{"page_number": number, "confidence": 0.9} for number in job["numbers"]]}
        return body


CASE = Case(model="llamaparse/cost_effective", service=LlamaParse, jobs=True, price=0.00375, deletes=True)
