"""A stand-in for Mistral's files and batch jobs, as strict as the service, that bills a page when a job has read it."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import define, field

from tests.providers.forms import form_of
from tests.upstream import Exchange, asked_pages, mistral_answer


__all__ = ["BatchServer", "Failing"]

Failing = Callable[[bytes], tuple[int, Any] | None]
# lines that nobody asked for, and that no line may be mistaken for
_STRAY = (
    '{"custom_id": "stray", "response": {"status_code": 200, "body": {}}}',
    '{"custom_id": "7.0", "error": {}}',
    "{",
)
_FIELDS = {"pages", "include_image_base64", "table_format", "document"}


@define(eq=False)
class BatchServer:
    """
    A behaviour: https://docs.mistral.ai/api, read 2026-08.

    Attributes:
        seconds: That a job takes.

        pages: Of each document.

        failing: Says of a document's bytes with what its request fails.

        ends: How jobs end.

        silent: Documents that no answer comes for.

        refused: Documents whose upload is refused.

        down: Answers 503 that are still to come, to questions about jobs.

        unheard: Jobs that are made, and whose answer is lost.
    """

    seconds: float = 0.2
    pages: int = 2
    failing: Failing = lambda data: None
    ends: str = "SUCCESS"
    silent: set[bytes] = field(factory=set)
    refused: set[bytes] = field(factory=set)
    down: int = 0
    unheard: int = 0
    files: dict[str, bytes] = field(factory=dict)
    names: dict[str, str] = field(factory=dict)
    jobs: dict[str, dict[str, Any]] = field(factory=dict)
    billed: Counter[bytes] = field(factory=Counter)
    problems: list[str] = field(factory=list)
    _ready: dict[str, float] = field(factory=dict)
    _numbers: itertools.count[int] = field(factory=lambda: itertools.count(1))

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.read()
        try:
            await self.serve(exchange)
        except AssertionError as error:
            self.problems.append(f"{exchange.received.method} {exchange.received.path}: {error!r}")
            await exchange.json({"detail": "wrong request"}, 422)

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert received.headers["authorization"].startswith("Bearer sk-")
        parts = urlsplit(received.path)
        query = {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        match received.method, parts.path.strip("/").split("/"):
            case "POST", ["v1", "files"]:
                await self.upload(exchange)
            case "GET", ["v1", "files"]:
                found = [name for name, file in self.names.items() if query["search"] in file]
                data = [{"id": name, "filename": self.names[name]} for name in found]
                await exchange.json({"data": data, "object": "list", "total": len(data)})
            case "GET", ["v1", "files", name, "content"]:
                await exchange.answer(self.files[name], headers={"Content-Type": "application/octet-stream"})
            case "DELETE", ["v1", "files", name]:
                if name not in self.files:
                    await exchange.json({"detail": "Not Found"}, 404)
                    return
                del self.files[name], self.names[name]
                await exchange.json({"id": name, "object": "file", "deleted": True})
            case "POST", ["v1", "batch", "jobs"]:
                job = self.make(received.json)
                if self.unheard:
                    self.unheard -= 1
                    exchange.reset()
                    return
                await exchange.json(job)
            case "GET", ["v1", "batch", "jobs"]:
                query.pop("page_size")
                data = [job for job in self.jobs.values() if query.items() <= job["metadata"].items()]
                await exchange.json({"data": data, "object": "list", "total": len(data)})
            case "GET", ["v1", "batch", "jobs", name]:
                if self.down:
                    self.down -= 1
                    await exchange.json({"message": "overloaded"}, 503, {"Retry-After": "0"})
                elif name not in self.jobs:
                    await exchange.json({"detail": "Not Found"}, 404)
                else:
                    await exchange.json(self.look(name))
            case "POST", ["v1", "batch", "jobs", name, "cancel"]:
                assert self.jobs[name]["status"] in {"QUEUED", "RUNNING"}
                self.jobs[name]["status"] = "CANCELLED"
                await exchange.json(self.jobs[name])
            case _:
                raise AssertionError("no such route")

    def store(self, data: bytes, name: str) -> str:
        file = f"00000000-0000-0000-0000-{next(self._numbers):012}"
        self.files[file], self.names[file] = data, name
        return file

    async def upload(self, exchange: Exchange) -> None:
        form = form_of(exchange.received)
        assert list(form) == ["visibility", "purpose", "file"]
        assert form["visibility"].text == "user"
        assert form["purpose"].text in {"ocr", "batch"}
        data, name = form["file"].data, form["file"].file_name
        assert name
        if form["purpose"].text == "ocr" and data in self.refused:
            await exchange.json({"detail": "Invalid file format.", "message": "Received file with mimetype x"}, 422)
            return
        assert form["purpose"].text == "ocr" or name.endswith(".jsonl")
        await exchange.json({"id": self.store(data, name), "object": "file", "purpose": form["purpose"].text})

    def make(self, body: dict[str, Any]) -> dict[str, Any]:
        assert set(body) == {"endpoint", "model", "input_files", "metadata", "timeout_hours"}
        assert (body["endpoint"], body["model"]) == ("/v1/ocr", "mistral-ocr-latest")
        assert 1 <= body["timeout_hours"] <= 168
        lines = self.lines(body)
        assert lines
        assert len({line["custom_id"] for line in lines}) == len(lines)
        for line in lines:
            assert set(line) == {"custom_id", "body"}
            assert set(line["body"]) <= _FIELDS
            document = line["body"]["document"]
            assert "file_id" not in document or document["file_id"] in self.files
        name = f"10000000-0000-0000-0000-{next(self._numbers):012}"
        self.jobs[name] = {
            "id": name, "object": "batch", "metadata": body["metadata"], "input_files": body["input_files"],
            "status": "QUEUED", "errors": [], "output_file": None, "error_file": None, "outputs": None,
            "total_requests": len(lines), "completed_requests": 0, "succeeded_requests": 0, "failed_requests": 0,
        }  # fmt: skip
        self._ready[name] = asyncio.get_running_loop().time() + self.seconds
        return self.jobs[name]

    def lines(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        return [json.loads(line) for file in job["input_files"] for line in self.files[file].splitlines()]

    def look(self, name: str) -> dict[str, Any]:
        job = self.jobs[name]
        if job["status"] in {"QUEUED", "RUNNING"}:
            job["status"] = "RUNNING"
            if asyncio.get_running_loop().time() >= self._ready[name]:
                self.work(job)
        return job

    def work(self, job: dict[str, Any]) -> None:
        """Do a job at once; results come in an order of their own."""
        good, bad = [], []
        for line in reversed(self.lines(job)):
            document = line["body"]["document"]
            data = self.files[document["file_id"]] if "file_id" in document else document["document_url"].encode()
            if data in self.silent:
                continue
            result: dict[str, Any] = {"id": "batch-1", "custom_id": line["custom_id"], "error": None}
            if (failure := self.failing(data)) is not None:
                result["response"] = {"status_code": failure[0], "body": failure[1]}
                bad.append(result)
                continue
            pages = asked_pages(line["body"], self.pages)
            self.billed[data] += len(pages)
            result["response"] = {"status_code": 200, "body": mistral_answer(line["body"], pages)}
            good.append(result)
        for name, results in (("output_file", good), ("error_file", bad)):
            if results:
                text = "\n".join([*map(json.dumps, results), *_STRAY])
                job[name] = self.store(text.encode(), f"{name}.jsonl")
        job["status"] = self.ends
        job["errors"] = [{"message": "it went wrong", "count": 1}] if self.ends == "FAILED" else []
        job["completed_requests"], job["failed_requests"] = len(good) + len(bad), len(bad)
