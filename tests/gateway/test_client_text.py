"""Text of clients goes into logs, storage, upstream requests and headers: what is no text is refused or left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ocr_async.gateway.routes.nearest import nearest
from tests.gateway.conftest import Start, configured, mistral_at
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

HALF = "\ud800"
URL = "https://example.com/a.pdf"


def asked(**changes: Any) -> dict[str, Any]:
    return {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": URL}, **changes}


def job(**changes: Any) -> dict[str, Any]:
    return {"endpoint": "/v1/ocr", "requests": [{"custom_id": "1", "body": asked()}], **changes}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *(
            (path, body)
            for path in ("/v1/ocr", "/ocr", "/v2/ocr", "/v3/ocr", "/v1/ocr/jobs")
            for body in (
                asked(model=HALF),
                asked(document={"type": "document_url", "document_url": URL + HALF}),
                asked(document={"type": "document_url", "document_url": URL, "document_name": f"a{HALF}.pdf"}),
                asked(**{HALF: 1}),
            )
        ),
        ("/v1/ocr", asked(document_annotation_prompt=HALF)),
        ("/v3/ocr", asked(parameters={"ocr_engine": HALF})),
        ("/v1/batch/jobs", job(metadata={"a": HALF})),
        ("/v1/batch/jobs", job(model=HALF)),
        ("/v1/batch/jobs", job(requests=[{"custom_id": HALF, "body": asked()}])),
    ],
)
async def test_half_a_surrogate_pair_is_refused(start: Start, path: str, body: Any) -> None:
    async with start() as gateway:
        status, answer = await gateway.post(path, body)
    assert status == 400
    assert "half of a surrogate pair" in answer["message"]


async def test_a_whole_surrogate_pair_is_a_character(start: Start, upstream: Upstream, tmp_path: Any) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        status, _ = await gateway.post("/v1/ocr", asked(document_annotation_prompt="\U0001f600 \\ud800"))
        assert status == 200


@pytest.mark.parametrize(
    "body",
    ['{"endpoint": "/v1/ocr", "endpoint": "/v1/ocr"}', "[" * 80 + "]" * 80, '{"timeout_hours": NaN}', '{"a": 1e999}',
     '{"a": ' + "1" * 30 + "}"],
)  # fmt: skip
async def test_a_batch_is_read_as_strictly_as_a_request(start: Start, body: str) -> None:
    kind = {"Content-Type": "application/json"}
    async with start() as gateway:
        for path in ("/v1/ocr", "/v1/batch/jobs"):
            async with gateway.client.post(gateway.url + path, data=body, headers=kind) as answer:
                assert (answer.status, (await answer.json())["code"]) == (400, "invalid_json")


@pytest.mark.parametrize("target", [b"/v1/models/\xff", b"/v1/batch/jobs?model=\xed\xa0\x80", b"/\xff"])
async def test_an_address_that_is_no_text_is_refused(start: Start, target: bytes) -> None:
    async with start() as gateway:
        answer = await gateway.raw(b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % target)
    assert b" 400 " in answer[:20]


@pytest.mark.parametrize("target", [b"/v1/models/%ED%A0%80", b"/v1/batch/jobs?model=%ff&a%ff=%ff&created_after=%ff"])
async def test_an_encoded_address_that_is_no_text_finds_nothing(start: Start, target: bytes) -> None:
    async with start() as gateway:
        answer = await gateway.raw(b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % target)
    assert int(answer.split()[1]) < 500


@pytest.mark.parametrize("name", [b"\xff\x1b[2J\x9b.txt", "\x1b[31m\x9d.txt".encode(), b"%ED%A0%80%1B.txt"])
async def test_headers_that_are_no_text_are_left_out(start: Start, name: bytes) -> None:
    page = b"<html><p>Text</p></html>"
    lines = [b"PUT /process HTTP/1.1", b"Host: localhost", b"X-Filename: " + name, b"Content-Type: text/html\xff",
             b"X-Api-Key: \xff\xfe", b"X-Request-Id: \xff", b"User-Agent: \xff", b"Connection: close",
             b"Content-Length: %d" % len(page)]  # fmt: skip
    async with start() as gateway:
        answer = await gateway.raw(b"\r\n".join(lines) + b"\r\n\r\n" + page)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 400 " in head[:20] or (b" 200 " in head[:20] and json.loads(body)[0]["page_content"] == "Text")
    assert not any(sign in answer for sign in (b"\x1b", b"\xc2\x9b", b"\xff"))


async def test_names_in_forms_that_are_no_text_are_left_out(start: Start) -> None:
    form = b"--x\r\nContent-Disposition: form-data; name=file; filename*=UTF-8''a%1B%C2%9B.jsonl\r\n" \
           b"Content-Type: te\xff/x\r\n\r\n{}\r\n--x--\r\n"  # fmt: skip
    odd = b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n{}\r\n--x--\r\n'
    kind = b"Content-Type: multipart/form-data; boundary=x"
    async with start() as gateway:
        for path in (b"/v1/files", b"/v1/ocr"):
            for body in (form, odd):
                lines = [b"POST %b HTTP/1.1" % path, b"Host: localhost", kind, b"Connection: close",
                         b"Content-Length: %d" % len(body)]  # fmt: skip
                answer = await gateway.raw(b"\r\n".join(lines) + b"\r\n\r\n" + body)
                assert int(answer.split()[1]) < 500
        status, listed = await gateway.get("/v1/files")
    assert (status, [file["filename"] for file in listed["data"]]) == (200, ["a.jsonl"])


@pytest.mark.parametrize("path", ["/v1/ocr", "/v2/ocr"])
@pytest.mark.parametrize(
    "body",
    [
        {f"unknown{number}": "x" * 90 for number in range(1_000)},
        {"model": {f"{one}": {f"{two}" * 50: "x" * 200 for two in range(20)} for one in range(20)}},
        {"model": 1, "pages": [["x" * 300] * 20] * 20, "x" * 90_000: 1},
    ],
)
async def test_what_is_wrong_with_a_request_is_told_in_few_words(start: Start, path: str, body: Any) -> None:
    async with start() as gateway:
        status, answer = await gateway.post(path, body)
    assert status == 422
    assert 1 < len(answer["detail"]) <= 20
    assert len(json.dumps(answer)) < 10_000


async def test_a_query_with_a_thousand_mistakes_is_told_in_few_words(start: Start) -> None:
    async with start() as gateway:
        status, answer = await gateway.get("/v1/batch/jobs?" + "&".join(["page=x", "page_size=y"] * 100))
    assert status == 422
    assert len(answer["detail"]) <= 20


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/ocr/process", "POST /v1/ocr"),
        ("/v1/ocr/", "POST /v1/ocr"),
        ("/api/v1/ocr", "POST /v1/ocr"),
        ("//v1/ocr", "POST /v1/ocr"),
        ("/V1/OCR", "POST /v1/ocr"),
        ("/v1/orc", "POST /v1/ocr"),
        ("/process/", "PUT /process"),
        ("/v1/file", "POST or GET /v1/files"),
    ],
)
async def test_a_near_miss_is_told_the_route(start: Start, path: str, route: str) -> None:
    async with start() as gateway, gateway.client.post(gateway.url + path) as answer:
        body = await answer.json()
    assert answer.status == 404
    assert body["message"] == f"there is nothing at this address; the nearest is {route}"


async def test_what_is_like_no_route_is_told_none(start: Start) -> None:
    async with start() as gateway:
        status, body = await gateway.get("/wp-login.php")
    assert (status, body["message"]) == (404, "there is nothing at this address")
    assert nearest("/x" * 50, ("/v1/ocr",)) is None
