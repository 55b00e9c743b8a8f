"""Documents that hurt whoever reads them, through the gateway: they cost their sender a 422, and others nothing."""

from __future__ import annotations

import base64
import io
import re
import time
from pathlib import Path

import pypdf
import pytest

from tests import hostile
from tests.documents import drawn_page, png, text_pdf
from tests.gateway.conftest import Start, configured, mistral_at
from tests.offices import docx
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio


def inline(data: bytes) -> dict[str, str]:
    return {"type": "document_url", "document_url": "data:application/pdf;base64," + base64.b64encode(data).decode()}


def asked(data: bytes) -> dict[str, object]:
    return {"model": "local", "document": inline(data)}


def bound(*documents: bytes) -> bytes:
    """Return one PDF of the pages of *documents*."""
    writer = pypdf.PdfWriter()
    for data in documents:
        writer.append(pypdf.PdfReader(io.BytesIO(data)))
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def encrypted() -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(text_pdf([["secret"]])))
    writer.encrypt("a password", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


GOOD = asked(text_pdf([["A page like any other."]]))
INVALID = "invalid_document"


def documents() -> dict[str, tuple[bytes, str]]:
    """Return hostile documents, and what each is refused as."""
    return {
        "200,000 pages": (hostile.many_pages(), INVALID),
        "a gigabyte to draw": (hostile.content_bomb(), INVALID),
        "encrypted": (encrypted(), "password_required"),
        "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", INVALID),
        "300 MiB packed": (docx("", parts={"media/x.xml": " " * (300 << 20)}), INVALID),
        "XML": (b"<?xml version='1.0'?><a/>", INVALID),
        "one byte": (b"x", INVALID),
        "nothing": (b"", INVALID),
        "a polyglot": (b"<html><script>" + text_pdf([["inside"]]), INVALID),
        "truncated": (text_pdf([["a"]])[:200], INVALID),
        "zeroes": (b"%PDF-1.7\n" + bytes(1000), INVALID),
        "a cut picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), INVALID),
        "a spoilt JPEG 2000": (png(drawn_page(), "JPEG2000")[:300] + bytes(300), INVALID),
        "pixels": (hostile.pixel_bomb(), INVALID),
        "frames": (hostile.many_frames(), INVALID),
    }


async def test_a_hostile_document_costs_its_sender_a_422_and_others_and_its_model_nothing(
    start: Start, tmp_path: Path
) -> None:
    local = {"model_name": "local", "litellm_params": {"model": "local/auto"}}
    config = await configured(tmp_path, local, router_settings={"allowed_fails": 0, "cooldown_time": 600})
    hostile_ones, found = documents(), {}
    async with start(config) as gateway:
        for name, (data, _) in hostile_ones.items():
            began = time.perf_counter()
            status, body = await gateway.post("/v1/ocr", asked(data))
            assert time.perf_counter() - began < 90, name  # seconds; of its processor time a page has 10
            assert not re.search(r"0x[0-9a-f]{6,}|/tmp|\.py", body["message"]), name
            assert ("send a copy without a password" in body["message"]) == (name == "encrypted")
            beside, _ = await gateway.post("/v1/ocr", GOOD)
            found[name] = (status, body.get("code"), beside)
    assert found == {name: (422, code, 200) for name, (_, code) in hostile_ones.items()}


async def test_a_moving_picture_is_one_page(start: Start) -> None:
    moving = png(drawn_page(), "GIF", save_all=True, append_images=[drawn_page([]), drawn_page()] * 20)
    async with start() as gateway:
        status, body = await gateway.post("/v1/ocr", asked(moving))
    assert (status, len(body["pages"])) == (200, 1)


async def test_a_page_that_spoils_its_document_is_the_documents_fault(start: Start) -> None:
    document = bound(text_pdf([["first"]]), hostile.endless_forms(), text_pdf([["third"]]))
    async with start() as gateway:
        status, body = await gateway.post("/v1/ocr", asked(document))
    assert (status, body["code"], body["type"]) == (422, "pages_missing", "invalid_request_error")


TEXTS = [
    ("a.md", "text/markdown", b"# Head\n", "# Head\n"),
    ("a.py", "text/x-python", b"print()\n", "print()\n"),
    ("a.json", "application/octet-stream", b"{}", "{}"),
    ("a.log", "", "zwölf".encode(), "zwölf"),
    ("a.rtf", "application/rtf", rb"{\rtf1 text}", "text"),
    ("a.eml", "message/rfc822", b"Subject: a\n\ntext", "Subject: a\n\ntext"),
]


@pytest.mark.parametrize("hosted", [False, True])
async def test_open_webuis_text_files_come_back_as_they_are(
    start: Start, upstream: Upstream, tmp_path: Path, hosted: bool
) -> None:
    config = await configured(tmp_path, mistral_at(upstream)) if hosted else None
    came = []
    async with start(config) as gateway:
        for name, kind, data, _ in TEXTS:
            headers = {"X-Filename": name, "Content-Type": kind or "application/octet-stream"}
            async with gateway.client.put(f"{gateway.url}/process", data=data, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
                came.append([page["page_content"] for page in await answer.json()])
    assert came == [[said] for *_, said in TEXTS]
    assert upstream.requests == []  # no provider reads them better
