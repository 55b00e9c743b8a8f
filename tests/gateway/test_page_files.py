"""``POST /page/render``: files of what the page has read."""

from __future__ import annotations

import io
import json
from typing import Any

import aiohttp
import pytest
from openpyxl import load_workbook

from ocr_async.models import OCRElement, OCRPage, OCRResponse
from tests.documents import PARAGRAPHS, drawn_page, image_pdf, text_pdf
from tests.gateway.conftest import Running, Start


pytestmark = pytest.mark.anyio

PDF = text_pdf([PARAGRAPHS[:2], PARAGRAPHS[2:]])
TABLE = "| Quay | Ships |\n|---|---|\n| North | 41 |"
READ = OCRResponse(pages=(OCRPage(index=0, markdown=f"# Harbour\n\nFog delayed nine.\n\n{TABLE}"),), model="m")


async def rendered(
    gateway: Running, form: str, response: Any, document: bytes | None = None, key: str = "sk-any"
) -> tuple[int, bytes]:
    data = aiohttp.FormData()
    text = response if isinstance(response, str) else json.dumps(response)
    data.add_field("response", text, content_type="application/json")
    if document is not None:
        data.add_field("file", io.BytesIO(document), filename="a.pdf", content_type="application/pdf")
    async with gateway.client.post(
        f"{gateway.url}/page/render?form={form}", data=data, headers={"Authorization": f"Bearer {key}"}
    ) as answer:
        return answer.status, await answer.read()


async def test_what_was_read_is_made_into_files_of_every_form(start: Start) -> None:
    told = READ.to_dict()
    async with start() as gateway:
        _, offers = await gateway.get("/page/offers")
        files = {form: await rendered(gateway, form, told, PDF) for form in offers["forms"]}
    assert {form: status for form, (status, _) in files.items()} == dict.fromkeys(
        ("md", "json", "text", "html", "csv", "xlsx", "pdf", "hocr", "alto"), 200
    )
    made = {form: body for form, (_, body) in files.items()}
    assert made["md"].startswith(b"# Harbour\n")
    assert OCRResponse.from_dict(json.loads(made["json"])) == READ
    assert b"Fog delayed nine." in made["text"]
    assert b"|" not in made["text"]
    assert b"data:image/jpeg;base64,/9j/" in made["html"]
    assert made["csv"] == b"Quay,Ships\nNorth,41\n"
    assert load_workbook(io.BytesIO(made["xlsx"])).worksheets[0]["B2"].value == 41
    assert made["pdf"].startswith(b"%PDF-")
    assert b"ocr_page" in made["hocr"]
    assert b"<alto" in made["alto"]


async def test_a_scan_becomes_a_pdf_that_can_be_searched(start: Start) -> None:
    import pypdfium2

    scan = image_pdf([drawn_page(PARAGRAPHS[:1])])
    async with start() as gateway:
        async with gateway.client.post(f"{gateway.url}/page/read?model=local&name=a.pdf", data=scan) as answer:
            done = json.loads((await answer.read()).splitlines()[-1])
        assert done["response"]["pages"][0]["confidence_scores"]["word_confidence_scores"]
        status, body = await rendered(gateway, "pdf", done["response"], scan)
    assert status == 200
    document = pypdfium2.PdfDocument(body)
    assert "every vessel" in " ".join(document[0].get_textpage().get_text_range().split())
    document.close()


async def test_what_no_file_can_be_made_of_is_refused_in_words(start: Start) -> None:
    plain = OCRResponse(pages=(OCRPage(index=0, markdown="no table"),), model="m").to_dict()
    async with start(max_request_bytes=100_000) as gateway:
        for form, response, document, expected in (
            ("csv", plain, None, (422, "no_table")),
            ("xlsx", plain, None, (422, "no_table")),
            ("pdf", plain, None, (422, "no_document")),
            ("pdf", plain, b"PK\x03\x04 no document", (422, "invalid_document")),
            ("md", "{", None, (400, "invalid_json")),
            ("md", {"pages": 1}, None, (422, "invalid_request")),
            ("docx", plain, None, (422, "invalid_request")),
            ("md", "9" * 100_001, None, (413, "request_too_large")),
            ("md", plain, b"9" * 100_001, (413, "request_too_large")),
        ):
            status, body = await rendered(gateway, form, response, document)
            assert (status, json.loads(body)["code"]) == expected, form
        status, said = await gateway.post("/page/render?form=md", {})
        assert (status, said["code"]) == (415, "invalid_form")


async def test_it_is_a_request_of_its_key_that_costs_nothing(start: Start) -> None:
    async with start(master_key="sk-the-master") as gateway:
        master = {"Authorization": "Bearer sk-the-master"}
        _, made = await gateway.post("/v1/keys", {"alias": "a", "rpm": 1, "budget_pages": 1}, **master)
        assert (await rendered(gateway, "md", READ.to_dict(), key="sk-wrong"))[0] == 401
        assert (await rendered(gateway, "md", READ.to_dict(), key=made["key"]))[0] == 200
        status, body = await rendered(gateway, "md", READ.to_dict(), key=made["key"])
        assert (status, json.loads(body)["code"]) == (429, "rate_limited")
        _, key = await gateway.get("/v1/keys/a", **master)
    assert key["spent"] == {"pages": 0, "usd": 0.0}


async def test_what_takes_its_renderer_too_long_is_given_up() -> None:
    from ocr_async.export.apart import rendered_apart

    cell = OCRElement(type="text", text="word " * 50)
    response = OCRResponse(
        pages=tuple(OCRPage(index=n, markdown="[" * 50_000, elements=(cell,)) for n in range(500)), model="m"
    )
    data = json.dumps(response.to_dict()).encode()
    with pytest.raises(TimeoutError):
        await rendered_apart(data, "html", name="a", pictures={}, seconds=1.0)
