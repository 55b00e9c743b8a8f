"""Requests spoilt by chance, on raw sockets: each is answered in the gateway's own words, and the gateway lives on."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
import yaml

from tests.documents import text_pdf
from tests.gateway.test_batches import process
from tests.gateway.test_documents import inline


pytestmark = pytest.mark.anyio

COUNT, AT_ONCE = 600, 400  # the gateway gives a body or a head that does not come five or ten seconds
SECONDS = 20.0  # for one of them
PDF = text_pdf([["fuzz"]])
ANSWERS = {200, 202, 400, 401, 403, 404, 405, 408, 413, 415, 417, 422, 429}
ODD = [
    b"\x00",
    b"\r\n",
    b"\xff",
    b"%0d%0aX-Injected:1",
    b"\r\nX-Injected: 1",
    b"'",
    b"\\",
    b"../",
    b"\x1b[31m",
    b"{" * 500,
]


def boundaries(*parts: tuple[bytes, bytes]) -> bytes:
    """Return a form of *parts*: what stands in their heads, and their content."""
    written = b"".join(
        b"--xyz\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (head, content) for head, content in parts
    )
    return written + b"--xyz--\r\n"


FORM = boundaries((b'name="model"', b"local"), (b'name="file"; filename="a.pdf"', PDF), (b'name="pages"', b"[0]"))
UPLOAD = boundaries((b'name="purpose"', b"ocr"), (b'name="file"; filename="../../a\\"b.pdf"', PDF))
OCR = json.dumps({"model": "local", "document": inline(PDF), "pages": [0], "include_blocks": True}).encode()
OPPER = json.dumps({"model": "local", "document": inline(PDF), "docling_extra": {"force_ocr": False}}).encode()
BATCH = json.dumps({"endpoint": "/v1/ocr", "model": "local", "requests": [{"custom_id": "1", "body": {}}]}).encode()
NESTED = b'{"model":' * 3000 + b"1" + b"}" * 3000
ASKED: list[tuple[bytes, bytes, bytes, bytes]] = [
    (b"POST", b"/v1/ocr", b"application/json", OCR),
    (b"POST", b"/v1/ocr", b"multipart/form-data; boundary=xyz", FORM),
    (b"POST", b"/v1/ocr", b"application/json", NESTED),
    (b"POST", b"/ocr", b"application/json", OCR),
    (b"POST", b"/v2/ocr", b"application/json", OPPER),
    (b"POST", b"/v3/ocr", b"application/json", OPPER),
    (b"POST", b"/v1/files", b"multipart/form-data; boundary=xyz", UPLOAD),
    (b"POST", b"/v1/batch/jobs", b"application/json", BATCH),
    (b"PUT", b"/process", b"application/pdf", PDF),
    (b"POST", b"/page/read?model=local&name=a.pdf", b"application/octet-stream", PDF),
    (b"GET", b"/v1/files?page=0&page_size=3", b"", b""),
    (b"GET", b"/v1/files/1/url?expiry=3", b"", b""),
    (b"GET", b"/v1/files/%2e%2e%2f/content", b"", b""),
    (b"GET", b"/v1/batch/jobs?created_after=2026-01-01T00:00:00Z", b"", b""),
    (b"DELETE", b"/v1/ocr/jobs/1", b"", b""),
]
KINDS = [b"", b"text/plain", b"application/json; charset=utf-7", b"multipart/form-data", b"; " * 50,
         b"multipart/form-data; boundary=", b"multipart/mixed; boundary=xyz",
         b"multipart/form-data; boundary=" + b"x" * 99]  # fmt: skip
HEADERS = [
    b"X-Request-Id: a b", b"X-Request-Id: " + b"x" * 200, b"Idempotency-Key: " + b"k" * 300, b"Idempotency-Key: \x01",
    b"Accept: text/event-stream", b"Accept: " + b"a/b," * 300, b"X-Big: " + b"x" * 60_000,
    b"X-Too-Big: " + b"x" * 90_000,
    b"Expect: 100-continue", b"Expect: the worst", b"Range: bytes=0-1,2-3", b"Cookie: " + b"a=b;" * 200,
    b"Content-Encoding: br", b"Content-Encoding: gzip, gzip", b"Content-Encoding: \xff", b"Upgrade: websocket",
    b"Authorization: Basic \xff\xfe", b"Authorization: Bearer " + b"\xc3\xa9" * 50, b"X-Injected : 1", b"Origin: null",
]  # fmt: skip


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """Return *data* cut off, with parts twice or missing, bits flipped, or odd bytes put in."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(out) + 1)
        match chance.randrange(5):
            case 0:
                del out[at:]
            case 1:
                out[at:at] = out[at : at + chance.randint(1, 200)] * chance.randint(1, 3)
            case 2:
                del out[at : at + chance.randint(1, 100)]
            case 3:
                out[at:at] = chance.choice(ODD)
            case 4 if at < len(out):
                out[at] ^= 1 << chance.randrange(8)
    return bytes(out)


def chunked(body: bytes, chance: random.Random) -> bytes:
    """Return *body* in chunks, of which the lengths or the ends may be wrong."""
    out, size = b"", chance.choice([1, 7, 1000, 70_000]) if len(body) < 5000 else 1000
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        out += b"%x\r\n%b\r\n" % (len(piece), piece)
    out += b"0\r\n\r\n"
    match chance.randrange(4):
        case 0:
            out = chance.choice([b"-1", b"FFFFFFFFFFFFFFFFF", b"0x5", b"", b"5;" + b"e" * 9000, b"zz"]) + b"\r\n" + out
        case 1:
            out = out[:-5]
        case 2:
            out = spoilt(out, chance)
    return out


def framed(body: bytes, chance: random.Random) -> tuple[list[bytes], bytes]:
    """Return headers that say how *body* comes, and how it does."""
    packers: list[tuple[bytes, Callable[[bytes], bytes]]] = [(b"gzip", gzip.compress), (b"deflate", zlib.compress)]
    fields = []
    if chance.random() < 0.2:
        name, pack = chance.choice(packers)
        body = pack(body) if chance.random() < 0.6 else spoilt(pack(body), chance)
        fields.append(b"Content-Encoding: " + name)
    match chance.randrange(6):
        case 0 | 1:
            return [*fields, b"Transfer-Encoding: chunked"], chunked(body, chance)
        case 2:
            wrong = len(body) + chance.choice([-5, 5, 10**6, 10**12])
            return [*fields, b"Content-Length: %d" % wrong], body
    return [*fields, b"Content-Length: %d" % len(body)], body


def spoilt_request(chance: random.Random) -> bytes:
    method, path, kind, body = chance.choice(ASKED)
    if chance.random() < 0.6:
        body = spoilt(body, chance)
    if chance.random() < 0.2:
        kind = chance.choice(KINDS)
    if chance.random() < 0.1:
        path = spoilt(path, chance)
    if chance.random() < 0.1:
        method = chance.choice([b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PATCH", b"CONNECT", b"get", b"P\xc3\x96ST"])
    framing, body = framed(body, chance)
    fields = [b"Host: localhost", b"Authorization: Bearer sk-any", b"Connection: close", b"Content-Type: " + kind]
    head = [b"%b %b HTTP/1.1" % (method, path), *fields, *framing, *chance.sample(HEADERS, chance.choice([0, 0, 1, 2]))]
    request = b"\r\n".join((*head, b"", body))
    return spoilt(request, chance) if chance.random() < 0.15 else request


async def answer_to(port: int, request: bytes) -> bytes:
    """Return what comes back for *request*, whose sender then says no more, until it is an answer or the end."""
    received = b""
    with anyio.move_on_after(SECONDS) as waiting:
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            with suppress(anyio.BrokenResourceError, anyio.EndOfStream):
                await stream.send(request)
                while not whole(received):
                    received += await stream.receive()
    assert not waiting.cancelled_caught, (request, received)
    return received


def whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])


def check(request: bytes, received: bytes) -> int:
    """Assert that *received* is an answer in the gateway's words; return its status, 0 for none."""
    if not received:
        return 0
    head, _, body = received.partition(b"\r\n\r\n")
    first, *fields = head.split(b"\r\n")
    found = re.fullmatch(rb"HTTP/(?:0\.9|1\.[01]) (\d{3}) [\w ()-]+", first)
    assert found is not None, (request, first)
    status = int(found[1])
    names = {field.partition(b":")[0].lower() for field in fields}
    assert b"x-injected" not in names
    if status == 100:
        return check(request, body)
    assert status in ANSWERS, (request, received)
    if status >= 400 and status not in {408, 417} and body and not request.startswith(b"HEAD"):
        told: Any = json.loads(body)
        assert told["message"]
        assert told.keys() >= ({"object", "code"} if "object" in told else {"type", "detail"}), (request, told)
        assert len(body) < 5000
    return status


def resident(pid: int) -> float:
    """Return the MiB that process *pid* holds."""
    return int(re.search(r"VmRSS:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024  # type: ignore[index]


def files_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


async def test_whatever_comes_is_answered_and_the_gateway_lives_on(tmp_path: Path) -> None:
    chance = random.Random(20_261_120)
    requests = [spoilt_request(chance) for _ in range(COUNT)]
    models = [{"model_name": "local", "litellm_params": {"model": "local/text"}}]
    config = yaml.safe_dump({"model_list": models})
    await anyio.to_thread.run_sync((tmp_path / "config.yaml").write_text, config)
    statuses: Counter[int] = Counter()
    async with process(tmp_path) as (running, url):
        port = int(url.rpartition(":")[2])

        async def send(some: list[bytes]) -> None:
            for request in some:
                statuses[check(request, await answer_to(port, request))] += 1

        async def send_all(some: list[bytes]) -> None:
            async with anyio.create_task_group() as tasks:
                for lane in range(AT_ONCE):
                    tasks.start_soon(send, some[lane::AT_ONCE])

        await send_all(requests[: COUNT // 3])
        memory, files = resident(running.pid), files_of(running.pid)
        await send_all(requests[COUNT // 3 :])
        assert running.poll() is None
        assert resident(running.pid) < memory + 40
        assert files_of(running.pid) <= files + 20
        alive = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        assert (await answer_to(port, alive)).startswith(b"HTTP/1.1 200 OK")
    assert {200, 400, 404, 405, 413, 415, 422} <= statuses.keys(), statuses
    assert statuses[0] < COUNT / 10
    logged = (await anyio.to_thread.run_sync((tmp_path / "serve.log").read_bytes)).decode().split("\n")
    lines = [json.loads(line) for line in logged if line.startswith("{")]
    assert [line for line in logged if line and not line.startswith(("{", "ocr-async serves", "There is no"))] == []
    assert [line for line in lines if line["level"] == "error"] == []
    assert len(lines) > COUNT / 2
