"""
A real OCR server on the loopback that behaves, and misbehaves, as it is told.

    async with upstream(faults.status(503), faults.silence(), pages=12) as server:
        ...  # the first request gets a 503, the second one nothing, later ones the pages that they ask for
        assert server.billed_twice == {}

It speaks HTTP/1.1 over asyncio streams rather than through a framework, because most of what it has to do no framework
allows. A *behaviour* is a coroutine function that takes an `Exchange`; `tests.faults` has one for each kind of failure.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import ssl
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import Any

from attrs import define, field


__all__ = [
    "Behaviour",
    "Exchange",
    "Received",
    "Upstream",
    "asked_pages",
    "document_of",
    "mistral_answer",
    "opper_answer",
    "opper_v3_answer",
    "refused_url",
    "upstream",
]

Behaviour = Callable[["Exchange"], Awaitable[None]]


@define(slots=False, eq=False)
class Received:
    """
    One request as it arrived.

    Attributes:
        headers: Names in lower case.

        body: As far as it was read.

        complete: Whether it was read to its end.

        connection: Number of the connection, from 0.

        position: Number of the request on its connection, from 0.

        at: Time of arrival, on the loop's clock.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    connection: int
    position: int
    at: float
    body: bytes = b""
    complete: bool = False

    @cached_property
    def json(self) -> Any:
        return json.loads(self.body)


@define(eq=False)
class Exchange:
    """
    A request and the means to answer it, or not to.

    Attributes:
        body_left: Bytes of the body that were not read yet.
    """

    server: Upstream
    received: Received
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    body_left: int
    keep: bool = True

    async def read(self, most: int | None = None) -> bytes:
        """Read the rest of the body, or at most *most* bytes of it."""
        wanted = self.body_left if most is None else min(most, self.body_left)
        pieces = [self.received.body]
        while wanted:
            piece = await self.reader.read(min(wanted, 1 << 20))
            if not piece:
                break
            pieces.append(piece)
            wanted -= len(piece)
            self.body_left -= len(piece)
        self.received.body = b"".join(pieces)
        self.received.complete = self.body_left == 0
        if most is None and not self.received.complete:
            raise ConnectionResetError("the client left before its request was whole")
        return self.received.body

    def work(self) -> list[int]:
        """Do what a provider bills: count each page asked for, and return their indexes; a GET asks for none."""
        if self.received.method != "POST":
            return []
        pages = asked_pages(self.received.json, self.server.pages)
        digest = document_of(self.received.json)
        for page in pages:
            self.server.billed[digest, page] += 1
        return pages

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(
        self,
        body: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        length: int | None = None,
    ) -> None:
        """Send a whole answer; *length* lies about its Content-Length."""
        fields = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body) if length is None else length),
            **(headers or {}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        await self.write(f"HTTP/1.1 {status} Because\r\n{head}\r\n".encode() + body)

    async def json(self, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        await self.answer(json.dumps(value).encode(), status, headers)

    def close(self) -> None:
        """Close the connection in order (FIN)."""
        self.keep = False
        self.writer.close()

    def reset(self) -> None:
        """Break the connection (RST), dropping what is unsent and unread."""
        self.keep = False
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@define(eq=False)
class Upstream:
    """
    The running server.

    Attributes:
        url: Without a slash at its end.

        pages: Of every document.

        requests: In their order of arrival.

        billed: How often each page, by document and index, was worked on; a request that broke off after it had
            arrived counts, as the client cannot know better.

        script: Behaviours of the next requests.

        default: Behaviour once the script is through.

        connections: How many were accepted.

        open_connections: How many of them are open.

        left_early: Set when a client closed its connection before its answer.

        errors: Of behaviours; the first one is raised when the server ends.
    """

    pages: int
    default: Behaviour
    script: list[Behaviour]
    url: str = ""
    requests: list[Received] = field(factory=list)
    billed: Counter[tuple[str, int]] = field(factory=Counter)
    connections: int = 0
    open_connections: int = 0
    left_early: asyncio.Event = field(factory=asyncio.Event)
    errors: list[Exception] = field(factory=list)

    @property
    def billed_twice(self) -> dict[tuple[str, int], int]:
        return {page: count for page, count in self.billed.items() if count > 1}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, position = self.connections, 0
        self.connections += 1
        self.open_connections += 1
        try:
            while exchange := await self._next(reader, writer, number, position):
                position += 1
                behaviour = self.script.pop(0) if self.script else self.default
                await behaviour(exchange)
                if not exchange.keep:
                    break
                await exchange.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left_early.set()
        except Exception as error:  # noqa: BLE001 - raised when the server ends
            self.errors.append(error)
        finally:
            self.open_connections -= 1
            writer.close()
            with suppress(Exception):
                await writer.wait_closed()

    async def _next(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int, position: int
    ) -> Exchange | None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        received = Received(method, path, headers, connection, position, asyncio.get_running_loop().time())
        self.requests.append(received)
        return Exchange(self, received, reader, writer, int(headers.get("content-length", 0)))


@asynccontextmanager
async def upstream(
    *script: Behaviour,
    pages: int = 3,
    default: Behaviour | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Upstream]:
    """
    Serve on a port of the loopback.

    Args:
        script: One behaviour a request, in the order of arrival.

        pages: How many pages each document has.

        default: Behaviour once the script is through; None answers what the path stands for.

        host: Another address of the loopback, to be distinct from other servers by.

        port: One that it had before; 0 for a free one.

        tls: Makes it an https server.
    """
    server = Upstream(pages, default or _well, list(script))
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await server.serve(reader, writer)
        except asyncio.CancelledError:
            pass  # at the end of the test; asyncio would log it
        finally:
            tasks.discard(task)

    listener = await asyncio.start_server(serve, host, port, backlog=1024, limit=1 << 20, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"{'http' if tls is None else 'https'}://{host}:{port}"
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        if tasks:
            await asyncio.wait(list(tasks), timeout=5)
    if server.errors:
        raise server.errors[0]


def refused_url() -> str:
    """Return a URL of the loopback at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


# --- normal answers ---------------------------------------------------------------------------------------------


async def _well(exchange: Exchange) -> None:
    await exchange.read()
    received = exchange.received
    if received.method != "POST":
        await exchange.json({"ok": True})
        return
    pages = exchange.work()
    if received.path == "/v1/chat/completions":
        body = chat_answer(received.json)
    elif received.path.startswith("/v2/"):
        body = opper_answer(received.json, pages)
    elif received.path.startswith("/v3/"):
        body = opper_v3_answer(received.json, pages)
    else:
        body = mistral_answer(received.json, pages)
    await exchange.json(body, headers={"X-Request-Id": f"upstream-{len(exchange.server.requests)}"})


def chat_answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return OpenAI's answer with an object of the schema that *request* asks for, of empty values."""
    text = json.dumps(_of_schema(request["response_format"]["json_schema"]["schema"]))
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": request["model"],
        "choices": [choice],
        "usage": usage,
    }


def _of_schema(schema: Mapping[str, Any]) -> Any:
    empty = {"string": "", "integer": 0, "number": 0.0, "boolean": False, "array": [], "null": None}
    if "anyOf" in schema:
        return _of_schema(schema["anyOf"][0])
    if schema.get("type") == "object":
        return {name: _of_schema(each) for name, each in schema.get("properties", {}).items()}
    return empty.get(schema.get("type", "null"))


def asked_pages(request: Mapping[str, Any], count: int) -> list[int]:
    """Return the indexes that *request* asks for of a document of *count* pages: a list, ``"0,2-4"``, or all."""
    asked = request.get("pages") if isinstance(request, Mapping) else None
    if asked is None:
        return list(range(count))
    if isinstance(asked, str):
        pages: list[int] = []
        for part in asked.split(","):
            first, _, last = part.partition("-")
            pages.extend(range(int(first), int(last or first) + 1))
        asked = pages
    return [page for page in asked if 0 <= page < count]


def document_of(request: Any) -> str:
    """Return a short digest of the document that *request* carries, whatever its form."""
    document = request.get("document") if isinstance(request, Mapping) else request
    if isinstance(document, Mapping):
        document = {name: value for name, value in document.items() if name not in {"type", "document_name"}}
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:12]


def mistral_answer(request: Mapping[str, Any], pages: Sequence[int]) -> dict[str, Any]:
    """Return Mistral's `OCRResponse` for *pages*, with images where the request asks for them."""
    return {
        "pages": [_mistral_page(page, request) for page in pages],
        "model": request.get("model") or "mistral-ocr-latest",
        "usage_info": {"pages_processed": len(pages), "doc_size_bytes": 1000},
        "document_annotation": None,
    }


def opper_answer(request: Mapping[str, Any], pages: Sequence[int]) -> dict[str, Any]:
    """Return Opper's v2 answer for *pages*."""
    return {
        "id": "00000000-0000-4000-8000-000000000001",
        "pages": [
            {
                "index": page,
                "markdown": _text(page),
                "dimensions": {"dpi": 200, "height": 2200, "width": 1700},
                "images": [],
            }
            for page in pages
        ],
        "model": request.get("model") or "mistral/mistral-ocr-latest",
        "usage_info": {"pages_processed": len(pages), "doc_size_bytes": 1000},
        "cost": {"generation": 0.001 * len(pages), "platform": 0.0, "total": 0.001 * len(pages)},
    }


def opper_v3_answer(request: Mapping[str, Any], pages: Sequence[int]) -> dict[str, Any]:
    """Return Opper's v3 answer for *pages*."""
    return {
        "id": "ocr_1",
        "model": request.get("model") or "mistral/mistral-ocr-latest",
        "pages": [
            {"index": page, "markdown": _text(page), "dimensions": {"width": 1700, "height": 2200}} for page in pages
        ],
        "usage": {"cost": 0.001 * len(pages), "pages_processed": len(pages)},
    }


def _mistral_page(page: int, request: Mapping[str, Any]) -> dict[str, Any]:
    image = {"id": "img-0.jpeg", "top_left_x": 10, "top_left_y": 20, "bottom_right_x": 110, "bottom_right_y": 220}
    image_base64 = "data:image/jpeg;base64,/9j/2Q==" if request.get("include_image_base64") else None
    return {
        "index": page,
        "markdown": f"{_text(page)}\n\n![img-0.jpeg](img-0.jpeg)",
        "images": [{**image, "image_base64": image_base64, "image_annotation": None}],
        "dimensions": {"dpi": 200, "height": 2200, "width": 1700},
        "tables": [],
        "hyperlinks": [],
        "header": None,
        "footer": None,
    }


def _text(page: int) -> str:
    return f"# Page {page}\n\nText of page {page}."
