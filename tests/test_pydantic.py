"""Answers in pydantic's world: models, adapters, routes; and the service of docs/how-to/use-in-a-service.md."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import anyio
import httpx
import jsonschema
import pytest
from fastapi import Body, FastAPI
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, TypeAdapter, ValidationError

from ocr_async.models import (
    OCRBlock,
    OCRCost,
    OCRDimensions,
    OCRElement,
    OCRImage,
    OCRPage,
    OCRPageConfidence,
    OCRResponse,
    OCRTable,
    OCRWordConfidence,
)
from ocr_async.testing import FakeProvider, use
from tests.documents import text_pdf


pytestmark = pytest.mark.anyio

PDF = text_pdf([["A page."]])
GUIDE = Path(__file__).parent.parent / "docs" / "how-to" / "use-in-a-service.md"
PAGE = OCRPage(
    index=0,
    markdown="# A",
    images=(OCRImage(id="img-0.jpeg", top_left_x=1, top_left_y=2, bottom_right_x=3, bottom_right_y=4),),
    dimensions=OCRDimensions(dpi=72, height=10, width=20),
    tables=(OCRTable(id="tbl-0.md", content="|a|", format="markdown"),),
    hyperlinks=("https://example.org",),
    blocks=(
        OCRBlock(type="text", content="A", top_left_x=0, top_left_y=0, bottom_right_x=1, bottom_right_y=1),
    ),
    confidence_scores=OCRPageConfidence(
        average_page_confidence_score=1,
        minimum_page_confidence_score=0.5,
        word_confidence_scores=(OCRWordConfidence(text="A", confidence=0.5, start_index=2),),
    ),
    elements=(OCRElement(type="text", text="A", bbox={"x": 0.5}),),
    extra={"warnings": ["faint"]},
)  # fmt: skip
RESPONSE = OCRResponse(pages=(PAGE, OCRPage(index=1, markdown="")), model="m", cost=OCRCost(generation=0.1, total=0.1))


def test_an_adapter_writes_and_reads_what_to_dict_does() -> None:
    adapter = TypeAdapter(OCRResponse)
    assert adapter.dump_python(RESPONSE) == RESPONSE.to_dict()
    assert json.loads(adapter.dump_json(RESPONSE)) == RESPONSE.to_dict()
    assert adapter.validate_json(RESPONSE.to_json()) == RESPONSE
    assert adapter.validate_python(RESPONSE) is RESPONSE
    assert jsonable_encoder(RESPONSE) == dict(RESPONSE) == RESPONSE.to_dict()
    assert TypeAdapter(OCRPage).dump_python(PAGE) == RESPONSE.to_dict()["pages"][0] == dict(PAGE)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_its_json_schema_is_that_of_what_is_written(mode: Any) -> None:
    schema = TypeAdapter(OCRResponse).json_schema(mode=mode)
    jsonschema.validate(RESPONSE.to_dict(), schema)
    assert {"OCRPage", "OCRImage", "OCRTable"} <= schema["$defs"].keys()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"pages": [{"index": "x"}], "model": "m"}, schema)


def test_a_wrong_shape_is_told_by_its_path() -> None:
    with pytest.raises(ValidationError, match=r"\$\.pages\[0\]\.index"):
        TypeAdapter(OCRResponse).validate_python({"pages": [{"index": [], "markdown": ""}], "model": "m"})


def test_a_model_has_parts_of_an_answer_as_fields() -> None:
    class Receipt(BaseModel):
        page: OCRPage
        image: OCRImage | None = None

    receipt = Receipt(page=PAGE, image=PAGE.images[0])
    again = Receipt.model_validate_json(receipt.model_dump_json())
    assert again == receipt
    assert {"OCRPage", "OCRImage"} <= Receipt.model_json_schema()["$defs"].keys()


async def test_a_route_answers_with_it_and_takes_it() -> None:
    app = FastAPI()

    @app.get("/pages")
    async def pages() -> list[OCRPage]:
        return list(RESPONSE.pages)

    @app.post("/count")
    async def count(response: Annotated[OCRResponse, Body()]) -> int:
        return len(response.pages)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        assert (await client.get("/pages")).json() == RESPONSE.to_dict()["pages"]
        assert (await client.post("/count", json=RESPONSE.to_dict())).json() == 2
        assert (await client.post("/count", json={"pages": 3})).status_code == 422
        described = (await client.get("/openapi.json")).json()
    assert {"OCRPage", "OCRResponse"} <= described["components"]["schemas"].keys()


# --- the guide's service ------------------------------------------------------------------------------------------


@pytest.fixture
def app() -> FastAPI:
    names: dict[str, Any] = {"__name__": "guide"}
    for source in re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL):
        exec(compile(source, str(GUIDE), "exec"), names)
    found: FastAPI = names["app"]
    return found


@pytest.fixture
async def service(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        yield client


async def test_the_guides_service_reads_an_upload(service: httpx.AsyncClient) -> None:
    with use(FakeProvider("# Read")) as fake:
        answer = await service.post("/read", files={"file": ("scan.pdf", PDF, "application/pdf")})
    assert answer.json()["pages"][0]["markdown"] == "# Read"
    assert getattr(fake.requests[0].document, "name", None) == "scan.pdf"


async def test_the_guides_service_tells_errors_by_their_status(service: httpx.AsyncClient) -> None:
    answer = await service.post("/read", files={"file": ("a.pdf", b"no document at all", "application/pdf")})
    assert answer.status_code == 422
    assert "a.pdf" in answer.json()["detail"]


async def test_the_guides_service_cancels_what_a_client_left(app: FastAPI) -> None:
    boundary = b"--x\r\nContent-Disposition: form-data; name=file; filename=a.pdf\r\n\r\n" + PDF + b"\r\n--x--\r\n"
    messages = [{"type": "http.request", "body": boundary}]
    sent: list[Any] = []

    async def receive() -> Any:
        if messages:
            return messages.pop()
        if not fake.requests:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/read", "raw_path": b"/read", "query_string": b"", "root_path": "",
        "headers": [(b"content-type", b"multipart/form-data; boundary=x")], "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    with use(FakeProvider("late", delay=30)) as fake, anyio.fail_after(20):
        await app(scope, receive, send)
    assert len(fake.requests) == 1
    assert sent[0]["status"] == 499
