"""
What can go wrong with an HTTP exchange, one behaviour of `tests.upstream` for each kind.

A function here returns a behaviour. Those that say *worked* have counted the pages as billed before they fail, as a
provider may have.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Mapping
from typing import Any

from tests.upstream import Behaviour, Exchange, mistral_answer


__all__ = [
    "answer",
    "bad_gzip",
    "cut_json",
    "deep_json",
    "drip",
    "duplicate_page",
    "empty",
    "endless",
    "error_object",
    "html",
    "invalid_utf8",
    "missing_last_chunk",
    "missing_page",
    "negative_index",
    "not_a_number",
    "not_http",
    "oversize",
    "redirect",
    "reset",
    "short_body",
    "silence",
    "status",
    "surplus",
    "unrequested_page",
    "wrong_shape",
    "zip_bomb",
]


# --- before an answer -------------------------------------------------------------------------------------------


def reset(*, after: int | None = None, worked: bool = True) -> Behaviour:
    """Break the connection without an answer: after the whole request, or after *after* bytes of its body."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read(after)
        if worked and exchange.received.complete:
            exchange.work()
        exchange.reset()

    return behave


def closed_while_idle() -> Behaviour:
    """The idle-close race: the connection is gone when the next request arrives, of which nothing is looked at."""

    async def behave(exchange: Exchange) -> None:
        assert exchange.received.position > 0, "this is about a reused connection"
        exchange.reset()

    return behave


def silence(seconds: float = 60.0) -> Behaviour:
    """Work, but say nothing for *seconds*, then close."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        exchange.work()
        await _until_gone(exchange, seconds)

    return behave


def late(seconds: float) -> Behaviour:
    """Answer well, after *seconds*; a client that leaves meanwhile is noticed."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        pages = exchange.work()
        await _until_gone(exchange, seconds)
        if exchange.keep:
            await exchange.json(mistral_answer(exchange.received.json, pages))

    return behave


def not_http() -> Behaviour:
    """Answer in another protocol."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
        exchange.close()

    return behave


def early(code: int, *, after: int = 0) -> Behaviour:
    """Answer *code* before the body was read, then close, as servers do when a request is too large."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read(after)
        await exchange.answer(b'{"message":"too large"}', code, {"Connection": "close"})
        exchange.close()

    return behave


# --- statuses ---------------------------------------------------------------------------------------------------


def status(
    code: int, body: Any = None, headers: Mapping[str, str] | None = None, *, worked: bool | None = None
) -> Behaviour:
    """Answer *code*; *body* is JSON, or bytes as they are. None for *worked*: a 500, 502 and 504 may have."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        if worked or (worked is None and code in {500, 502, 504}):
            exchange.work()
        if isinstance(body, bytes):
            await exchange.answer(body, code, headers)
        else:
            await exchange.json({"message": "because"} if body is None else body, code, headers)

    return behave


# Bodies as the services send them.
FASTAPI_422 = {
    "detail": [{"type": "missing", "loc": ["body", "document"], "msg": "Field required", "input": {"model": "m"}}]
}
MISTRAL_400 = {
    "object": "error",
    "message": "Document is not a valid PDF.",
    "type": "document_parser_invalid_file",
    "param": None,
    "code": "3740",
    "raw_status_code": 400,
}


def redirect(to: str, code: int = 307) -> Behaviour:
    """Send the client elsewhere."""
    return status(code, b"", {"Location": to})


# --- a 200 whose bytes are damaged ------------------------------------------------------------------------------


def answer(body: bytes, headers: Mapping[str, str] | None = None, *, length: int | None = None) -> Behaviour:
    """Work, then answer 200 with these bytes."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        if exchange.received.method == "POST":
            exchange.work()
        await exchange.answer(body, 200, headers, length=length)
        if length is not None:
            exchange.close()

    return behave


def short_body() -> Behaviour:
    """Announce more bytes than come."""
    return answer(b'{"pages": []}', length=1000)


def surplus(more: bytes, *, after: float | None = None, chunked: bool = False) -> Behaviour:
    """Answer well and send *more* than that: in the same write, or *after* so many seconds."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        body = json.dumps(mistral_answer(exchange.received.json, exchange.work())).encode()
        if chunked:
            framing, body = "Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        else:
            framing = f"Content-Length: {len(body)}"
        whole = f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode() + body
        if after is None:
            await exchange.write(whole + more)
            return
        await exchange.write(whole)
        await asyncio.sleep(after)
        await exchange.write(more)

    return behave


def missing_last_chunk() -> Behaviour:
    """Chunked, and closed before the last chunk."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        exchange.work()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        await exchange.write(head + b"d\r\n" + b'{"pages": []}' + b"\r\n")
        exchange.close()

    return behave


def bad_chunk() -> Behaviour:
    """Answer with half of a body in chunks, and then with something that is none."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        exchange.work()
        await exchange.write(b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{ \r\n")
        await asyncio.sleep(0.05)
        await exchange.write(b"no chunk\r\n")
        await _until_gone(exchange, 60.0)

    return behave


def bad_gzip() -> Behaviour:
    """Say gzip, send something else."""
    return answer(b"\x1f\x8b\x08\x00 this is not deflate", {"Content-Encoding": "gzip"})


def zip_bomb(size: int) -> Behaviour:
    """Send *size* bytes as a small gzip."""
    return answer(gzip.compress(bytes(size)), {"Content-Encoding": "gzip"})


def drip(interval: float = 0.05) -> Behaviour:
    """Send one byte each *interval* seconds, forever: no silence is long enough for a read time-out."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        exchange.work()
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            await exchange.write(b" ")
            await asyncio.sleep(interval)

    return behave


def endless() -> Behaviour:
    """Send a body without end, as fast as it is taken."""

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        exchange.work()
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            await exchange.write(b" " * 65536)

    return behave


def oversize(size: int) -> Behaviour:
    """Send a valid JSON text of *size* bytes, its length announced."""
    return answer(b'"' + b"x" * (size - 2) + b'"')


# --- a 200 whose text is no use ---------------------------------------------------------------------------------


def cut_json() -> Behaviour:
    return answer(b'{"pages": [{"index": 0, "mark')


def html() -> Behaviour:
    return answer(b"<html><body>Sign in</body></html>", {"Content-Type": "text/html"})


def empty() -> Behaviour:
    return answer(b"")


def invalid_utf8() -> Behaviour:
    return answer(b'{"pages": [{"index": 0, "markdown": "\xff\xfe"}]}')


def wrong_shape() -> Behaviour:
    return answer(b'{"pages": {"0": "text"}, "model": 3}')


def error_object(code: int | str | None = None) -> Behaviour:
    """Answer 200 with an error inside, as some proxies do."""
    return answer(json.dumps({"error": {"message": "overloaded", "code": code}}).encode())


def not_a_number() -> Behaviour:
    return answer(b'{"pages": [], "model": "m", "usage_info": {"pages_processed": NaN}}')


def deep_json(depth: int = 100_000) -> Behaviour:
    return answer(b"[" * depth + b"]" * depth)


# --- a 200 with the wrong pages ---------------------------------------------------------------------------------


def duplicate_page(*, different: bool = False) -> Behaviour:
    """Send the first page twice, the second time with another text if *different*."""

    def spoil(pages: list[dict[str, Any]]) -> None:
        pages.append({**pages[0], "markdown": "another text"} if different else dict(pages[0]))

    return _spoilt(spoil)


def missing_page(index: int | None = None) -> Behaviour:
    """Leave out the page *index*, or the last one."""

    def spoil(pages: list[dict[str, Any]]) -> None:
        pages[:] = pages[:-1] if index is None else [page for page in pages if page["index"] != index]

    return _spoilt(spoil)


def negative_index() -> Behaviour:
    return _spoilt(lambda pages: pages[0].update(index=-1))


def unrequested_page(index: int = 999) -> Behaviour:
    return _spoilt(lambda pages: pages.append({**pages[0], "index": index}))


def _spoilt(spoil: Any) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        value = mistral_answer(exchange.received.json, exchange.work())
        spoil(value["pages"])
        await exchange.json(value)

    return behave


async def _until_gone(exchange: Exchange, seconds: float) -> None:
    """Wait *seconds*, or until the client closes the connection."""
    try:
        async with asyncio.timeout(seconds):
            more = await exchange.reader.read(1)
    except TimeoutError:
        return
    assert not more, "a request was sent before the answer to the one before"
    exchange.server.left_early.set()
    exchange.close()
