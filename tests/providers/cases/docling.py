"""docling-serve 1.38.2: its routes, options and answers as its source has them, read 2026-11."""

from __future__ import annotations

import base64
from typing import Any

from attrs import define, field

from tests.upstream import Exchange, Received

from .base import KEY, Case, Service, text_of


OPTIONS = {
    "to_formats", "image_export_mode", "include_images", "images_scale", "pipeline", "force_ocr", "table_mode",
    "ocr_preset", "ocr_engine", "ocr_lang", "page_range",
}  # fmt: skip


def document(first: int, last: int, *, picture: bool = False) -> dict[str, Any]:
    """Return a DoclingDocument of the pages *first* to *last* (from 1), a paragraph on each."""
    texts = [
        {
            "self_ref": f"#/texts/{number}",
            "label": "text",
            "content_layer": "body",
            "text": text_of(page - 1),
            "prov": [{"page_no": page, "bbox": {"l": 72, "t": 720, "r": 300, "b": 700, "coord_origin": "BOTTOMLEFT"}}],
        }
        for number, page in enumerate(range(first, last + 1))
    ]
    size = {"width": 600.0, "height": 800.0} if picture else {"width": 612.0, "height": 792.0}
    return {
        "schema_name": "DoclingDocument",
        "version": "1.10.0",
        "origin": {"mimetype": "image/png" if picture else "application/pdf"},
        "body": {"self_ref": "#/body", "children": [{"$ref": text["self_ref"]} for text in texts]},
        "groups": [],
        "texts": texts,
        "pictures": [],
        "tables": [],
        "pages": {str(page): {"page_no": page, "size": size} for page in range(first, last + 1)},
    }


@define(eq=False)
class Docling(Service):
    jobs: dict[str, dict[str, Any]] = field(factory=dict)
    polls: dict[str, int] = field(factory=dict)

    def authorized(self, received: Received) -> bool:
        assert "authorization" not in received.headers  # a Bearer is refused
        return received.headers.get("x-api-key") == KEY

    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"detail": "Unauthorized"}, 401)

    async def throttle(self, exchange: Exchange) -> None:
        await exchange.json({"detail": "Redis is busy"}, 503, {"Retry-After": "1"})

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        if (received.method, received.path) == ("POST", "/v1/convert/source/async"):
            await self.document()
            name = f"task-{len(self.jobs)}"
            self.jobs[name] = self.convert(received.json)
            await exchange.json({"task_id": name, "task_type": "convert", "task_status": "pending"})
            return
        assert received.method == "GET"
        kind, _, name = received.path.removeprefix("/v1/").rpartition("/")
        assert name in self.jobs
        if kind == "status/poll":
            self.polls[name] = self.polls.get(name, 0) + 1
            status = "started" if self.polls[name] < 3 else "success"
            await exchange.json({"task_id": name, "task_type": "convert", "task_status": status})
            return
        assert kind == "result"
        assert self.polls.get(name, 0) >= 3, "the result was asked for before the job was done"
        await exchange.json(self.jobs[name])

    def convert(self, body: Any) -> dict[str, Any]:
        options = body["options"]
        assert set(options) <= OPTIONS, "an unknown option would be passed over in silence"
        assert "json" in options["to_formats"]
        assert options["pipeline"] == "standard"
        assert body["target"] == {"kind": "inbody"}
        (source,) = body["sources"]
        picture = False
        if source["kind"] == "file":
            data = base64.b64decode(source["base64_string"], validate=True)
            picture = data.startswith(b"\x89PNG")
            assert source["filename"].endswith(".png" if picture else ".pdf")
        else:
            assert source == {"kind": "http", "url": source["url"]}
        first, last = options.get("page_range", [1, self.pages])
        assert 1 <= first <= last
        if self.broken:
            errors = [{"component_type": "document_backend", "error_message": "the file is damaged", "page_no": None}]
            return {"document": {}, "status": "failure", "errors": errors, "processing_time": 0.1}
        content = document(first, min(last, self.pages), picture=picture)
        return {"document": {"json_content": content}, "status": "success", "errors": [], "processing_time": 0.5}


CASE = Case(model="docling/standard", service=Docling, jobs=True, price=0.0)
