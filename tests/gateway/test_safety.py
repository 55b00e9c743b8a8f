"""What hostile clients and broken upstreams send, and what must come of it."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import pytest

from tests import faults
from tests.gateway.conftest import Start, configured, mistral_at
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

MASTER = "sk-master-0123456789"
KEYED = {"general_settings": {"master_key": MASTER}}
ASKED = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": "https://example.com/a.pdf"}}
CANARIES = ("sk-upstream-canary", "cookie-canary", "sk-leaked-canary")


def head(body: bytes = b"", *fields: bytes, path: bytes = b"/v1/ocr") -> bytes:
    lines = (b"POST %b HTTP/1.1" % path, b"Host: localhost", b"Authorization: Bearer x", *fields)
    return b"\r\n".join((*lines, b"", body))


# --- what a request may say ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["api_base", "base_url", "api_key", "headers", "extra_headers", "extra_body", "metadata"]
)
async def test_a_request_cannot_choose_the_upstream(
    start: Start, upstream: Upstream, tmp_path: Path, name: str
) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        status, body = await gateway.post("/v1/ocr", {**ASKED, name: {"api_base": "http://evil.example"}})
        assert (status, body["detail"][0]["type"]) == (422, "extra_forbidden")
        opper = {**ASKED, name: "http://evil.example", "mistral_extra": {name: "x"}}
        assert (await gateway.post("/v2/ocr", opper))[0] == 422
        await gateway.post("/v2/ocr", {**ASKED, name: "http://evil.example"})
    (received,) = upstream.requests
    assert received.json == {"model": "mistral-ocr-latest", "document": ASKED["document"]}
    assert received.headers["host"] == upstream.url.removeprefix("http://")


async def test_a_form_cannot_choose_the_upstream_either(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    form = aiohttp.FormData({"model": "mistral-ocr", "api_base": "http://evil.example", "document": '{"file_id": "x"}'})
    form.add_field("file", b"%PDF-1.7 x", filename="a.pdf")
    async with (
        start(await configured(tmp_path, mistral_at(upstream))) as gateway,
        gateway.client.post(f"{gateway.url}/v1/ocr", data=form) as answer,
    ):
        assert answer.status == 200
    assert set(upstream.requests[0].json) == {"model", "document"}


NESTED = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
BAD_JSON = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "not UTF-8": b'{"model":"\xff"}',
    "nested": NESTED,
    "a little nested": b'{"a":' + b"[" * 70 + b"]" * 70 + b"}",
    "many keys": b"{" + b",".join(b'"%d":1' % number for number in range(1_000_000)) + b"}",
    "as many values as there may be": b'{"model":[' + b",".join([b'"a"'] * 60_000) + b"]}",
    "a long integer": b'{"model":' + b"9" * 100_000 + b"}",
    "NaN": b'{"model":NaN}',
    "infinite": b'{"model":1e999}',
    "twice": b'{"model":"a","model":"b"}',
    "a bad form": b"--x\r\n",
}


@asynccontextmanager
async def quick() -> AsyncIterator[None]:
    """Assert that the block takes less than a second, and the loop is never late by more than a tenth of one."""
    late, began = 0.0, time.perf_counter()

    async def look() -> None:
        nonlocal late
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0)
            late = max(late, time.perf_counter() - before)

    looking = asyncio.create_task(look())
    yield
    took = time.perf_counter() - began
    await asyncio.sleep(0)
    looking.cancel()
    assert took < 1
    assert late < 0.1


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON)
async def test_bad_json_is_refused_quickly(start: Start, body: bytes) -> None:
    async def refused() -> None:
        async with quick(), gateway.client.post(f"{gateway.url}/v1/ocr", data=io.BytesIO(body)) as answer:
            told = await answer.json()
        assert answer.status in {400, 422}
        assert told["object"] == "error"
        assert len(json.dumps(told)) < 5000

    async with start() as gateway:
        await once_in_a_while(refused)


async def once_in_a_while(refused: Callable[[], Awaitable[None]]) -> None:
    """Have *refused* hold in one of five tries: a busy machine takes a second for nothing."""
    for _ in range(4):
        with suppress(AssertionError):
            return await refused()
    return await refused()


@pytest.mark.parametrize("path", ["/v1/ocr", "/v1/ocr/jobs", "/v1/files"])
async def test_a_form_with_control_characters_in_a_heading_is_refused(start: Start, path: str) -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="a\x13"\r\n\r\n1\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with (
        start() as gateway,
        gateway.client.post(gateway.url + path, data=form, headers=headers) as answer,
    ):
        assert (answer.status, (await answer.json())["object"]) == (400, "error")


async def test_another_method_is_told_which_ones_there_are(start: Start) -> None:
    async with start() as gateway, gateway.client.put(f"{gateway.url}/v1/files") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")


async def test_what_is_expected_beyond_100_continue_is_refused_in_our_words(start: Start) -> None:
    async with start() as gateway:
        received = await gateway.raw(head(b"", b"Expect: <the worst>", b"Content-Length: 0", b"Connection: close"))
        assert received.startswith(b"HTTP/1.1 417 ")
        assert json.loads(received.partition(b"\r\n\r\n")[2])["object"] == "error"
        assert b"worst" not in received
        asked = head(b"{}", b"Expect: 100-continue", b"Content-Length: 2", b"Connection: close")
        assert (await gateway.raw(asked)).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 422 ")


async def test_a_parameter_that_stands_twice_is_refused(start: Start) -> None:
    async with start() as gateway:
        status, body = await gateway.get("/v1/files?page_size=1&page_size=2")
        assert (status, body["detail"][0]["msg"]) == (422, "Input should be given once")


async def test_bodies_of_any_disguise_are_limited(start: Start) -> None:
    most = 1024 * 1024
    async with start(max_request_bytes=most) as gateway:
        plain = head(b"x" * 1000, b"Content-Length: 99999999")
        assert b" 413 " in (await gateway.raw(plain))[:20]
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        chunked = [head(b"", b"Transfer-Encoding: chunked"), *[chunk] * 17]
        assert b" 413 " in (await gateway.raw(*chunked))[:20]
        bomb = gzip.compress(b" " * (8 * most))

        async def refused() -> None:
            packed = {"Content-Encoding": "gzip"}
            async with quick(), gateway.client.post(f"{gateway.url}/v1/ocr", data=bomb, headers=packed) as answer:
                assert (answer.status, (await answer.json())["code"]) == (413, "request_too_large")

        await once_in_a_while(refused)


@pytest.mark.parametrize("encoding", ["foo", "x-gzip", "gzip, gzip", "identity, br", "*", "br", "zstd"])
async def test_a_body_that_is_not_unpacked_is_not_taken_for_a_plain_one(start: Start, encoding: str) -> None:
    refused = {b"415", b"400"} if encoding in {"br", "zstd"} else {b"415"}  # these are unpacked where that is installed
    async with start() as gateway:
        for path in (b"/v1/ocr", b"/v2/ocr", b"/v1/ocr/jobs", b"/v1/files", b"/v1/batch/jobs", b"/v1/keys"):
            fields = b"Content-Length: 2", b"Content-Encoding: " + encoding.encode(), b"Connection: close"
            told = await gateway.raw(head(b"{}", *fields, path=path))
            assert told[9:12] in refused, path
        told = await gateway.raw(head(b"", b"Content-Encoding: foo", b"Connection: close", path=b"/v1/ocr/jobs"))
        assert told[9:12] == b"400"  # of no body


SMUGGLED = {
    "both lengths": (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    "two lengths": (b"Content-Length: 5", b"Content-Length: 6"),
    "plus": (b"Content-Length: +5",),
    "underline": (b"Content-Length: 1_0",),
    "negative": (b"Content-Length: -1",),
    "xchunked": (b"Transfer-Encoding: xchunked",),
    "two hosts": (b"Host: other", b"Content-Length: 0"),
    "folded": (b"X-A: b\r\n c", b"Content-Length: 0"),
    "a space": (b"Content-Length : 5",),
    "bare newline": (b"X-A: b\nContent-Length: 5",),
    "no number": (b"Content-Length: five",),
}


@pytest.mark.parametrize("fields", SMUGGLED.values(), ids=SMUGGLED)
async def test_smuggled_requests_end_the_connection(
    start: Start, upstream: Upstream, tmp_path: Path, fields: tuple[bytes, ...]
) -> None:
    hidden = head(json.dumps(ASKED).encode(), b"Content-Length: %d" % len(json.dumps(ASKED)))
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        received = await gateway.raw(head(b"0\r\n\r\n", *fields) + hidden)
    assert received[:7] + received[8:13] == b"HTTP/1. 400 "
    assert received.count(b"HTTP/1.") == 1
    assert b"chunked" not in received
    assert upstream.requests == []


# --- who may ask ---------------------------------------------------------------------------------------------------

# What anyone may ask for; every other address wants a key.
OPEN = {
    "/health", "/health/liveliness", "/health/liveness", "/health/readiness",
    "/", "/page/keys", "/page/page.css", "/page/view.css", "/page/view.js", "/docs", "/openapi.json",
    *(f"/page/{name}.js" for name in (
        "finding", "gateway", "keys", "page", "pages", "problems", "queue", "reading", "saving")),
    "/v1/files/{file_id}/signed",
}  # fmt: skip


async def test_every_route_that_is_not_open_wants_a_key(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    tricks = [
        {},
        {"Host": "localhost/health"},
        {"X-Original-URL": "/health"},
        {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost", "X-Forwarded-Prefix": "/health"},
        {"Authorization": "Basic c2stbWFzdGVyOg=="},
        {"Authorization": "Bearer "},
        {"x-api-key": ""},
    ]
    async with start(await configured(tmp_path, mistral_at(upstream), **KEYED)) as gateway:
        routes = {
            (route.method, re.sub(r"{\w+}", "1", route.resource.canonical))
            for route in gateway.app.router.routes()
            if route.resource is not None and route.method != "HEAD" and route.resource.canonical not in OPEN
        }
        assert {("POST", "/v1/ocr"), ("PUT", "/process"), ("GET", "/v1/ocr/jobs/1"), ("POST", "/page/read")} <= routes
        assert {("POST", "/page/render"), ("GET", "/page/offers")} <= routes
        async with aiohttp.ClientSession() as stranger:
            for method, path in sorted(routes):
                for headers in tricks:
                    async with stranger.request(method, gateway.url + path, headers=headers) as answer:
                        assert answer.status in {400, 401}, (method, path, headers)
            for path in ("//v1/ocr", "/v1/ocr%2f..", "/v1/ocr/", "/v1//ocr", "/V1/OCR", "/health/../v1/ocr"):
                received = await gateway.raw(
                    b"POST %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode()
                )
                assert received[9:12] in {b"401", b"404"}, path
    assert upstream.requests == []


async def test_strangers_are_all_told_the_same(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    chance = random.Random(1)
    keys = [bytes(chance.choices([*range(33, 127), *range(128, 256)], k=chance.randint(1, 80))) for _ in range(200)]
    keys += [b"'", b"' OR 1=1 --", b"sk-" + b"a" * 65_000, MASTER.encode() + b"\xff", MASTER[:-1].encode()]
    async with start(await configured(tmp_path, mistral_at(upstream), **KEYED)) as gateway:
        answers = set()
        for key in keys:
            received = await gateway.raw(
                b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: same\r\nConnection: close\r\n"
                b"Authorization: Bearer " + key + b"\r\n\r\n"
            )  # fmt: skip
            kept = [line for line in received.split(b"\r\n") if not line.startswith(b"Date")]
            answers.add(b"\r\n".join(kept))
    assert len(answers) == 1, answers
    (answer,) = answers
    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_without_a_key_only_names_of_this_machine_are_answered(start: Start) -> None:
    async with start() as gateway:
        own = ("localhost", "localhost:4000", "127.0.0.1", "127.8.9.1:80", "[::1]:4000", "LOCALHOST", "0.0.0.0:4000")
        for host in own:
            assert (await gateway.get("/v1/models", Host=host))[0] == 200, host
        for host in (
            "evil.example",
            "evil.example:4000",
            "10.0.0.1",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
        ):
            status, body = await gateway.get("/v1/models", Host=host)
            assert (status, body["code"]) == (403, "foreign_host"), host


async def test_limits_of_one_key_leave_the_others_alone(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    from ocr_async.gateway.access.control import Key, digest

    upstream.default = faults.late(0.3)
    slow = Key(id="1", alias="slow", digest=digest("sk-slow"), max_concurrency=2)
    other = Key(id="2", alias="other", digest=digest("sk-other"))
    async with start(await configured(tmp_path, mistral_at(upstream), **KEYED)) as gateway:
        gateway.gateway.access.agree([slow, other], {})
        statuses: dict[str, list[tuple[int, str | None]]] = {"sk-slow": [], "sk-other": []}

        async def ask(key: str) -> None:
            headers = {"Authorization": f"Bearer {key}"}
            async with gateway.client.post(f"{gateway.url}/v1/ocr", json=ASKED, headers=headers) as answer:
                statuses[key].append((answer.status, answer.headers.get("Retry-After")))

        async with anyio.create_task_group() as tasks:
            for _ in range(30):
                tasks.start_soon(ask, "sk-slow")
            tasks.start_soon(ask, "sk-other")
    assert statuses["sk-other"] == [(200, None)]
    assert statuses["sk-slow"].count((200, None)) == 2
    assert statuses["sk-slow"].count((429, "1")) == 28


async def test_a_full_queue_says_so(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.default = faults.late(0.5)
    async with start(await configured(tmp_path, mistral_at(upstream)), max_queue=1) as gateway:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gateway.post, "/v1/ocr", ASKED)
            while not gateway.gateway.load.working:
                await anyio.sleep(0.01)
            async with gateway.client.post(f"{gateway.url}/v1/ocr", json=ASKED) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
                assert (await answer.json())["code"] == "queue_full"
            assert (await gateway.get("/health/readiness"))[0] == 503
        assert (await gateway.get("/health/readiness"))[0] == 200


# --- what an upstream says -----------------------------------------------------------------------------------------

LEAKS = {
    "401": (faults.status(401, {"message": "bad key sk-upstream-canary"}), 502, "upstream_auth"),
    "403": (faults.status(403, {"message": "bad key sk-upstream-canary"}), 502, "upstream_auth"),
    "400": (faults.status(400, {"message": "you sent Bearer sk-upstream-canary"}), 400, "upstream_rejected"),
    "500": (faults.status(500, {"message": "sk-upstream-canary"}), 503, "upstream_unavailable"),
    "HTML": (faults.html(), 502, "upstream_invalid_response"),
    "redirect": (faults.redirect("http://127.0.0.1:1/"), 400, "upstream_rejected"),
    "error object": (faults.error_object(), 502, "upstream_invalid_response"),
    "cookie": (
        faults.status(429, {}, {"Set-Cookie": "a=cookie-canary", "Retry-After": "7", "Server": "cookie-canary"}),
        429,
        "upstream_rate_limited",
    ),
}


@pytest.mark.parametrize(("behaviour", "status", "code"), LEAKS.values(), ids=LEAKS)
async def test_what_an_upstream_leaks_stays_here(
    start: Start,
    upstream: Upstream,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    behaviour: Any,
    status: int,
    code: str,
) -> None:
    caplog.set_level("DEBUG")
    upstream.default = behaviour
    config = await configured(tmp_path, mistral_at(upstream), router_settings={"num_retries": 0})
    async with start(config) as gateway, gateway.client.post(f"{gateway.url}/v1/ocr", json=ASKED) as answer:
        text = await answer.text() + str(answer.headers)
        assert (answer.status, (await answer.json())["code"]) == (status, code)
    assert not [canary for canary in CANARIES if canary in text]
    assert not [canary for canary in CANARIES if canary in caplog.text]


async def test_a_good_answer_brings_no_headers_of_the_upstream(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    body = json.dumps(
        {
            "pages": [{"index": 0, "markdown": "x", "images": [], "dimensions": None}],
            "model": "m",
            "usage_info": {"pages_processed": 1},
        }
    ).encode()
    upstream.default = faults.answer(body, {"Set-Cookie": "a=cookie-canary", "X-Internal": "cookie-canary"})
    async with (
        start(await configured(tmp_path, mistral_at(upstream))) as gateway,
        gateway.client.post(f"{gateway.url}/v1/ocr", json=ASKED) as answer,
    ):
        assert await answer.read() == body
        names = {name.lower() for name in answer.headers}
    assert names == {"content-type", "content-length", "date", "server", "x-request-id", "x-ocr-cost"}


@pytest.mark.parametrize(
    "behaviour",
    [faults.missing_page(1), faults.duplicate_page(different=True), faults.cut_json(), faults.wrong_shape()],
    ids=["missing page", "duplicate page", "cut", "wrong shape"],
)
async def test_an_answer_that_is_not_whole_is_not_passed_on(
    start: Start, upstream: Upstream, tmp_path: Path, behaviour: Any
) -> None:
    upstream.script.append(behaviour)
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        status, body = await gateway.post("/v1/ocr", {**ASKED, "pages": [0, 1, 2]})
    assert status == 200
    assert [page["index"] for page in body["pages"]] == [0, 1, 2]
    assert all(page["markdown"].startswith("# Page") for page in body["pages"])
    assert len(upstream.requests) == 2


async def test_request_ids_of_clients_come_back_if_they_are_any(start: Start) -> None:
    async with start() as gateway:
        for given, kept in (("abc-1.2_3", True), ("a b", False), ("x" * 129, False), ("<script>", False)):
            async with gateway.client.get(f"{gateway.url}/health", headers={"X-Request-Id": given}) as answer:
                assert (answer.headers["X-Request-Id"] == given) is kept
                assert len(answer.headers["X-Request-Id"]) in {9, 36}
