"""Streamed bodies: exactly the JSON that was meant, and its length, again for each attempt."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from aiohttp.abc import AbstractStreamWriter
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_async.errors import ConfigurationError, DocumentError, RequestRejected
from ocr_async.models import Bytes, FileOnDisk
from ocr_async.models.document import EncodedBytes
from ocr_async.steps import Base64, Raw
from ocr_async.transport.body import PIECE, Body, prepare
from tests import faults
from tests.transport.calls import ocr, send
from tests.upstream import Exchange, Upstream


pytestmark = pytest.mark.anyio


class Collected(AbstractStreamWriter):
    """Takes what a payload writes."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    async def write(self, chunk: Any) -> None:
        self.pieces.append(bytes(chunk))

    async def write_eof(self, chunk: bytes = b"") -> None: ...

    async def drain(self) -> None: ...

    def enable_compression(self, encoding: str = "deflate", strategy: int | None = None) -> None: ...

    def enable_chunking(self) -> None: ...

    async def write_headers(self, status_line: str, headers: Any) -> None: ...


async def prepared(value: Any) -> Body:
    """Return JSON as a body."""
    body = await prepare(ocr("http://127.0.0.1", json=value))
    assert body is not None
    return body


async def written(body: Body) -> bytes:
    payload = body.payload()
    if isinstance(payload, bytes):
        return payload
    writer = Collected()
    await payload.write(writer)
    assert payload.unsent == 0
    assert payload.size == body.size
    return b"".join(writer.pieces)


def inline(data: bytes) -> Base64:
    return Base64(Bytes(data=data), "data:x;base64,")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.binary(max_size=40).map(inline),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def plain(value: Any) -> Any:
    """Return *value* as the server should read it."""
    if isinstance(value, Base64):
        document = value.document
        data = bytes(document.data) if isinstance(document, Bytes) else Path(document.path).read_bytes()
        return value.prefix + base64.b64encode(data).decode()
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


@given(value=json_values.filter(lambda value: value is not None))  # None stands for no body
@settings(max_examples=60)
def test_any_json_with_documents_anywhere_is_written_exactly(value: Any) -> None:
    async def check() -> None:
        body = await prepared(value)
        for _ in range(2):
            data = await written(body)
            assert len(data) == body.size
            assert json.loads(data) == plain(value)

    anyio.run(check)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 2])
@pytest.mark.parametrize("kind", ["file", "bytes", "bytearray", "memoryview", "array", "base64"])
async def test_documents_of_any_size_and_kind_arrive_whole(
    upstream: Upstream, tmp_path: Path, size: int, kind: str
) -> None:
    data = os.urandom(size)
    document: FileOnDisk | Bytes
    if kind == "file":
        path = tmp_path / "a.pdf"
        await anyio.Path(path).write_bytes(data)
        document = FileOnDisk(path=path)
    elif kind == "array":
        # Items of two bytes: lengths are bytes all the same.
        padded = data + b"\0" * (size % 2)
        data = padded
        document = Bytes(data=memoryview(bytearray(padded)).cast("H") if padded else b"")
    elif kind == "base64":
        document = EncodedBytes(text=f"data:,{base64.b64encode(data).decode()}", start=6)
        assert document.size == size
    else:
        document = Bytes(data={"bytes": bytes, "bytearray": bytearray, "memoryview": memoryview}[kind](data))
    body = {"document": {"document_url": Base64(document, 'data:"é";base64,')}, "model": "é", "pages": (0,)}
    await send(upstream, ocr(upstream, json=body))
    (received,) = upstream.requests
    assert int(received.headers["content-length"]) == len(received.body)
    assert received.headers["content-type"] == "application/json"
    assert "transfer-encoding" not in received.headers
    expected = 'data:"é";base64,' + base64.b64encode(data).decode()
    assert received.json == {"document": {"document_url": expected}, "model": "é", "pages": [0]}


async def test_what_came_as_base64_goes_as_it_came_and_decoded_where_bytes_are_wanted() -> None:
    data = os.urandom(3 * PIECE + 1)
    document = EncodedBytes(text=base64.b64encode(data).decode(), mime="application/pdf", name="a.pdf")
    body = await prepared({"document": Base64(document)})
    sent = await written(body)
    assert hashlib.sha256(sent).hexdigest() == body.sha256()
    assert json.loads(sent) == {"document": document.text}
    raw = await prepare(evolve(ocr("http://127.0.0.1"), json=None, body=Raw(document)))
    assert raw is not None
    assert await written(raw) == data
    for other in (pickle.loads(pickle.dumps(document)), evolve(document, name="b.pdf")):
        assert (bytes(other.data), other.size, other.mime) == (data, len(data), "application/pdf")
    assert (document.head(5), evolve(document).head(5)) == (data[:5], data[:5])


async def test_it_is_rebuilt_for_each_attempt(upstream: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    await anyio.Path(path).write_bytes(os.urandom(3 * PIECE))
    upstream.script += [faults.status(503), faults.reset(after=PIECE), faults.cut_json()]
    await send(upstream, ocr(upstream, json={"document": Base64(FileOnDisk(path=path, size=3 * PIECE))}))
    first, broken, third, fourth = upstream.requests
    assert len(first.body) == int(first.headers["content-length"])
    assert not broken.complete
    assert first.body == third.body == fourth.body


async def test_a_large_plain_json_is_streamed_too(upstream: Upstream) -> None:
    body = {"document": "x" * (3 << 20), "pages": []}
    await send(upstream, ocr(upstream, json=body))
    assert upstream.requests[0].json == body


async def test_a_file_that_changed_or_went_is_an_error_of_the_document(upstream: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "invoice.pdf"
    request = ocr(upstream, json={"document": Base64(FileOnDisk(path=path, size=1000))})
    with pytest.raises(DocumentError, match=r"cannot read invoice.pdf: No such file"):
        await send(upstream, request)
    await anyio.Path(path).write_bytes(b"x" * 999)
    with pytest.raises(DocumentError, match=r"invoice.pdf changed while it was being sent: it had 1000 bytes"):
        await send(upstream, request)
    unlooked = ocr(upstream, json={"document": Base64(FileOnDisk(path=tmp_path / "none.pdf"))})
    with pytest.raises(DocumentError, match=r"cannot read none.pdf"):
        await send(upstream, unlooked)
    assert len(upstream.requests) <= 2
    assert not any(received.complete for received in upstream.requests)


async def test_a_file_cut_while_it_is_sent_is_noticed(upstream: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    size = 64 * PIECE
    await anyio.Path(path).write_bytes(b"x" * size)

    async def cut_then_read(exchange: Exchange) -> None:
        await exchange.read(1000)
        await anyio.to_thread.run_sync(os.truncate, path, 1000)
        await exchange.read()

    upstream.script.append(cut_then_read)
    with pytest.raises(DocumentError, match="changed while it was being sent"):
        await send(upstream, ocr(upstream, json={"document": Base64(FileOnDisk(path=path, size=size))}))
    assert len(upstream.requests) == 1


async def test_a_pipe_in_the_files_place_does_not_hang(upstream: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with anyio.fail_after(5), pytest.raises(DocumentError, match="changed"):
        await send(upstream, ocr(upstream, json={"document": Base64(FileOnDisk(path=path, size=10))}))


async def test_an_early_413_stays_one_whether_it_is_read_or_lost_in_the_reset(upstream: Upstream) -> None:
    upstream.script += [faults.early(413, after=PIECE)] * 2
    document = Base64(Bytes(data=bytes(30 << 20)))
    with pytest.raises(RequestRejected) as caught:
        await send(upstream, ocr(upstream, json={"document": document}))
    assert caught.value.status == 413
    assert not any(received.complete for received in upstream.requests)


async def test_an_upload_that_breaks_off_twice_is_too_large(upstream: Upstream) -> None:
    upstream.script += [faults.reset(after=PIECE)] * 4
    document = Base64(Bytes(data=bytes(30 << 20)))
    with pytest.raises(RequestRejected, match="most likely the request is too large") as caught:
        await send(upstream, ocr(upstream, json={"document": document}))
    assert caught.value.status == 413
    assert len(upstream.requests) == 2
    assert upstream.billed == {}


async def test_a_break_in_a_small_upload_is_not(upstream: Upstream) -> None:
    upstream.script += [faults.reset(after=100)] * 2
    document = Base64(Bytes(data=bytes(PIECE)))
    assert (await send(upstream, ocr(upstream, json={"document": document, "pages": [0]})))["pages"]


@pytest.mark.parametrize("value", [object(), {1}, "\ud800"])
async def test_what_is_not_json_is_the_callers_mistake(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written as JSON"):
        await prepared({"x": value})


def test_the_standard_library_writes_the_same() -> None:
    # What runs without the extra `fast`, in a process that cannot import it.
    code = """
import sys
sys.modules["orjson"] = sys.modules["pybase64"] = None
import anyio, base64, json
from ocr_async.models import Bytes
from ocr_async.models.document import EncodedBytes
from ocr_async.steps import Base64, Raw
from ocr_async.transport.body import PIECE
from tests.transport.test_body import prepared, written
data = bytes(range(256)) * 2000
body = anyio.run(prepared, {"é": Base64(Bytes(data=data), "data:,"), "n": [1.5, None]})
sent = anyio.run(written, body)
assert len(sent) == body.size
assert json.loads(sent) == {"é": "data:," + base64.b64encode(data).decode(), "n": [1.5, None]}
"""
    subprocess.run([sys.executable, "-c", code], check=True)
