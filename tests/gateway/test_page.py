"""The web page's routes; `test_page_browser` has the page itself."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from ocr_async.gateway.state import ROUTES
from tests import faults
from tests.documents import PARAGRAPHS, drawn_page, png, text_pdf
from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.offices import docx, paragraph
from tests.upstream import Exchange, Upstream


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PARTS = ".css", ".js"
PDF = text_pdf([PARAGRAPHS[:2], PARAGRAPHS[2:]])


def asking(document: bytes, model: str) -> dict[str, Any]:
    """Return the request of Mistral's route for *document*."""
    uri = f"data:{DOCX};base64,{base64.b64encode(document).decode()}"
    return {"model": model, "document": {"type": "document_url", "document_url": uri}}


async def read(
    gateway: Running, body: bytes, model: str = "local", name: str = "a.pdf", asking: str = "", **headers: str
) -> tuple[int, list[Any]]:
    """Return the status, and what came but for what is told ahead of the pages."""
    status, came = await all_of(gateway, body, model, name, asking, **headers)
    return status, [line for line in came if line.get("event") not in {"count", "picture"}]


async def all_of(
    gateway: Running, body: bytes, model: str = "local", name: str = "a.pdf", asking: str = "", **headers: str
) -> tuple[int, list[Any]]:
    address = f"{gateway.url}/page/read?model={model}&name={name}{asking}"
    async with gateway.client.post(address, data=body, headers=headers) as answer:
        return answer.status, [json.loads(line) async for line in answer.content]


@pytest.mark.anyio
async def test_the_page_and_its_parts_need_no_key_and_may_load_nothing_else(start: Start) -> None:
    async with start(master_key="sk-secret") as gateway:
        parts = {each.resource.canonical for each in gateway.app[ROUTES] if each.resource.canonical.endswith(PARTS)}
        assert parts >= {"/page/page.css", "/page/page.js", "/page/view.css", "/page/view.js"}
        for path in ("/", *parts):
            async with gateway.client.get(gateway.url + path, headers={"Authorization": ""}) as answer:
                assert answer.status == 200
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
                text = await answer.text()
                assert "http" not in text.replace("https?:", "").replace('https://"', ""), path
        status, (said,) = await read(gateway, PDF, Authorization="Bearer wrong")
        assert (status, said["code"]) == (401, "invalid_api_key")


@pytest.mark.anyio
async def test_pages_come_as_html_with_their_pictures(start: Start) -> None:
    async with start() as gateway:
        status, came = await all_of(gateway, PDF)
    assert status == 200
    first, second, done = (line for line in came if line["event"] not in {"count", "picture"})
    assert [(line["event"], line["index"]) for line in (first, second)] == [("page", 0), ("page", 1)]
    # with the page, or ahead of it, whichever was there first, and never twice
    told = [line for line in came if line["event"] in {"page", "picture"} and line["index"] == 0]
    pictures = [line.get("jpeg") or line.get("html", "").partition("jpeg;base64,")[2] for line in told]
    assert sum(each.startswith("/9j/") for each in pictures) == 1
    assert "<p id=" in second["html"]
    assert done["event"] == "done"
    assert PARAGRAPHS[0] in done["markdown"]
    assert [page["index"] for page in done["response"]["pages"]] == [0, 1]


@pytest.mark.anyio
async def test_pages_are_counted_and_shown_before_they_are_read(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    shown = anyio.Event()

    async def read_late(exchange: Exchange) -> None:
        await shown.wait()
        await faults.late(0)(exchange)

    upstream.default = read_late
    came: list[Any] = []
    async with start(await configured(tmp_path, mistral_at(upstream, "far"))) as gateway:
        address = f"{gateway.url}/page/read?model=far&name=a.pdf&pages=0-1,7"
        asking = gateway.client.post(address, data=PDF, headers={"Accept": "text/event-stream"})
        async with asking as answer:
            assert answer.content_type == "text/event-stream"
            async for line in answer.content:
                if line.startswith(b"data: "):
                    came.append(json.loads(line[6:]))
                    if len(came) == 3:
                        shown.set()
    assert [line["event"] for line in came] == ["count", "picture", "picture", "page", "page", "done"]
    assert came[0]["pages"] == 2
    assert [line["index"] for line in came[1:5]] == [0, 1, 0, 1]
    assert base64.b64decode(came[1]["jpeg"]).startswith(b"\xff\xd8\xff")
    # the picture is not sent twice: the page leaves its place
    assert 'href="data:image/jpeg;base64,"' in came[3]["html"] or 'src="data:image/jpeg;base64,"' in came[3]["html"]


@pytest.mark.anyio
async def test_a_turned_page_comes_with_a_picture_that_is_turned(start: Start) -> None:
    async with start() as gateway:
        _, (page, _) = await read(gateway, png(drawn_page().rotate(90, expand=True)), name="a.png")
    assert 'viewBox="0 0 1240 700"' in page["html"]
    assert '"data:image/jpeg;base64,/9j/' in page["html"]


@pytest.mark.anyio
async def test_pages_and_languages_are_asked_for(start: Start) -> None:
    async with start() as gateway:
        _, lines = await read(gateway, PDF, asking="&pages=1&lang=en&lang=de")
        assert [line.get("index") for line in lines] == [1, None]
        assert lines[1]["response"]["usage_info"]["applied_settings"]["languages"] == ["eng", "deu"]
        status, (said,) = await read(gateway, PDF, asking="&pages=x")
        assert (status, said["code"], said["param"]) == (422, "invalid_request", "pages")
        status, (said,) = await read(gateway, PDF, asking="&pages=7")
        assert (status, said["message"]) == (422, "page 8 does not exist: the document has 2 pages")
        _, (said,) = await read(gateway, PDF, asking="&lang=tessract")
        said = said.get("error", said)  # in the stream where the pages were counted first
        assert said["code"] == "invalid_request"
        assert "tessract" in said["message"]


@pytest.mark.anyio
async def test_nothing_is_drawn_of_what_is_not_read(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream, "far"))) as gateway:
        status, said = await gateway.post("/page/read?model=near", {})
    assert (status, said["code"]) == (404, "model_not_found")


@pytest.mark.anyio
async def test_what_goes_wrong_is_said_in_words_of_the_page(start: Start) -> None:
    report = docx(paragraph("no picture"))
    async with start() as gateway:
        _, (unknown,) = await read(gateway, b"\xd0\xcf\x11\xe0 nothing that is known", model="local", name="Thumbs.db")
        _, (wrong,) = await read(gateway, report, model="local/ocr", name="a.docx")
        async with gateway.client.post(f"{gateway.url}/v1/ocr", json=asking(report, "local/ocr")) as answer:
            on_the_wire = (await answer.json())["message"]
    assert unknown["message"] == "Thumbs.db is of no type that its bytes or its name would tell"
    what = "of this document is no picture to recognise; the model local reads what it says"
    assert wrong["message"] == f"page 1 {what}"
    assert on_the_wire == f"page 0 (from 0) {what}"


@pytest.mark.anyio
async def test_a_link_goes_to_a_provider_that_takes_it(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream, "local"))) as gateway:
        link = {"Content-Type": "text/uri-list"}
        _, lines = await read(gateway, b"https://example.com/a.pdf", **link)
        assert [line["event"] for line in lines] == ["page", "page", "page", "done"]
        assert "<svg" not in lines[0]["html"]
        status, (said,) = await read(gateway, b"file:///etc/passwd", **link)
    assert (status, said["code"]) == (400, "invalid_request")


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/page/read?model=local", "/v1/ocr", "/v1/files"])
async def test_without_a_key_a_foreign_page_can_send_nothing(start: Start, path: str) -> None:
    async with start() as gateway:
        for origin in ("https://example.com", "http://localhost:1", "null", f"http://x{gateway.url[7:]}"):
            status, said = await gateway.post(path, {}, Origin=origin)
            assert (status, said["code"]) == (403, "foreign_page"), origin
        status, _ = await read(gateway, PDF, Origin=gateway.url)
        assert status == 200


@pytest.mark.anyio
async def test_what_cannot_be_read_is_a_status(start: Start) -> None:
    async with start() as gateway:
        status, (said,) = await read(gateway, b"PK\x03\x04 no document")
    assert (status, said["code"]) == (422, "invalid_document")
