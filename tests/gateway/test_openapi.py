"""The gateway's description of itself: whole, and true of real answers."""

from __future__ import annotations

import base64
from typing import Any, Literal

import jsonschema
import pytest
from attrs import fields
from hypothesis import given

from ocr_async import formats
from ocr_async.formats import schemas
from ocr_async.gateway.routes.operations import OPERATIONS
from ocr_async.gateway.state import ROUTES
from ocr_async.models import OCRRequest, OCRResponse
from tests.documents import PARAGRAPHS, drawn_page, image_pdf, text_pdf
from tests.formats.strategies import responses
from tests.gateway.conftest import Running, Start


DATA = base64.b64encode(text_pdf([PARAGRAPHS[:2], PARAGRAPHS[2:]])).decode()
INLINE = {"type": "document_url", "document_url": f"data:application/pdf;base64,{DATA}"}
PARTS = ".css", ".js"  # of the page


def hold(described: Any, method: str, path: str, status: int, body: Any) -> None:
    """Hold *body* against what is said of the answer *status* of a route."""
    schema = described["paths"][path][method]["responses"][str(status)]["content"]["application/json"]["schema"]
    jsonschema.validate(body, {**schema, "components": described["components"]})


async def described(gateway: Running) -> Any:
    status, body = await gateway.get("/openapi.json", Authorization="")
    assert status == 200
    return body


@pytest.mark.anyio
async def test_every_route_is_described(start: Start) -> None:
    async with start() as gateway:
        routes = {(route.method, route.resource.canonical) for route in gateway.app[ROUTES]}
        assert {route for route in routes if not route[1].endswith(PARTS)} <= OPERATIONS.keys()
        told = await described(gateway)
    assert told["paths"]["/v1/ocr"]["post"]["security"]
    assert "security" not in told["paths"]["/health"]["get"]
    assert "master key" not in told["paths"]["/v1/models"]["get"]["summary"]


@pytest.mark.anyio
async def test_real_answers_are_as_described(start: Start) -> None:
    async with start() as gateway:
        told = await described(gateway)
        options = {"include_image_base64": True, "include_blocks": True, "confidence_scores_granularity": "word"}
        asked = {"model": "any", "document": INLINE, "table_format": "html", **options}
        hold(told, "post", "/v1/ocr", *await gateway.post("/v1/ocr", asked))
        scan = base64.b64encode(image_pdf([drawn_page()])).decode()
        asked = {"model": "any", "document": {"type": "base64", "content": scan}}
        for path in ("/v2/ocr", "/v3/ocr"):
            hold(told, "post", path, *await gateway.post(path, asked))
            hold(told, "post", path, *await gateway.post(path, {"model": 1}))
        hold(told, "post", "/v1/ocr", *await gateway.post("/v1/ocr", {"document": {"type": "x"}}))
        for path in ("/v1/models", "/v2/ocr/models", "/v1/files", "/health", "/health/readiness"):
            hold(told, "get", path, *await gateway.get(path))
        hold(told, "get", "/v1/ocr/jobs/{id}", *await gateway.get("/v1/ocr/jobs/none"))
        status, job = await gateway.post("/v1/ocr/jobs", {"model": "any", "document": INLINE})
        hold(told, "post", "/v1/ocr/jobs", status, job)
        hold(told, "get", "/v1/ocr/jobs/{id}", *await gateway.get(f"/v1/ocr/jobs/{job['id']}"))


@pytest.mark.anyio
async def test_the_page_for_people_shows_every_route(start: Start) -> None:
    async with start() as gateway:
        told = await described(gateway)
        async with gateway.client.get(gateway.url + "/docs") as answer:
            assert answer.status == 200
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            text = await answer.text()
    assert "<script" not in text
    assert all(f" {path}</code>" in text for path in told["paths"])
    assert all(f'id="{name}"' in text for name in told["components"]["schemas"])


@given(responses)
def test_whatever_is_written_is_as_described(response: OCRResponse) -> None:
    dialects: tuple[Literal["mistral", "opper"], ...] = ("mistral", "opper")
    for dialect in dialects:
        components = {"schemas": schemas.responses(dialect, "")}
        written = formats.loads(formats.dumps(formats.unstructure(response, dialect)))
        jsonschema.validate(written, {"$ref": "#/components/schemas/OCRResponse", "components": components})


def test_the_request_has_every_option_that_is_read() -> None:
    not_read = {"mistral_extra", "docling_extra", "extra_body", "lang", "never_bill_twice"}  # the last is our own rule
    ours = {one.name for one in fields(OCRRequest)} - not_read
    assert schemas.request("mistral")["properties"].keys() == ours | {"id"}


@pytest.mark.parametrize("name", sorted(schemas.request("mistral")["properties"].keys() - {"model", "document", "id"}))
def test_null_and_what_is_wrong_are_read_as_described(name: str) -> None:
    body = {"model": "m", "document": {"type": "file", "file_id": "f"}}
    values: list[Any] = [None, {}, [], [0, 2], "0,2-4", "word", "html", True, 0, -1, 10**12]
    for value in values:
        accepted = jsonschema.Draft202012Validator(schemas.request("mistral")).is_valid({**body, name: value})
        if accepted:
            formats.read_request({**body, name: value}, "mistral")
