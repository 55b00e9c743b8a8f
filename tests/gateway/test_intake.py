"""Bodies on their way in: clients that leave at any moment, and forms that are none."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import tempfile
from contextlib import suppress
from pathlib import Path

import aiohttp
import anyio
import anyio.to_thread
import pytest

from ocr_async.gateway.http_errors import HTTPError
from ocr_async.gateway.intake.bodies import IN_MEMORY, Spool, strict_json
from tests.gateway.conftest import Start


pytestmark = pytest.mark.anyio


@pytest.fixture
def spooled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which files of large bodies are, this test's alone."""
    folder = tmp_path / "spooled"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


async def names(folder: Path) -> list[str]:
    def look() -> list[str]:
        return [path.name for path in folder.glob("*/*") if path.name != "lock"]

    return await anyio.to_thread.run_sync(look)


async def test_whenever_a_client_leaves_the_file_of_its_body_goes(spooled: Path) -> None:
    """aiohttp ends the handler of a client that left with `Task.cancel`, at any await."""
    piece = bytes(2 * IN_MEMORY)

    async def take() -> None:
        spool = Spool()
        try:
            await spool.add(piece)
            await spool.add(piece)
        finally:
            await spool.close()

    ended = 0
    for number in range(120):
        task = asyncio.create_task(take())
        for _ in range(number % 20):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        ended += not task.cancelled()
    assert ended < 120
    await asyncio.sleep(0.1)  # a thread that nobody waits for would make its file about now
    assert await names(spooled) == []


async def test_a_client_that_leaves_while_its_document_is_read_leaves_no_file(start: Start, spooled: Path) -> None:
    url = "data:application/pdf;base64," + base64.b64encode(bytes(3_000_000)).decode()
    body = json.dumps({"model": "local", "document": {"type": "document_url", "document_url": url}}).encode()
    head = b"POST /v1/ocr HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    async with start() as gateway:
        for pause in (0.0, 0.005, 0.01, 0.02, 0.03, 0.05):
            stream = await anyio.connect_tcp("127.0.0.1", gateway.port)
            async with stream:
                await stream.send(head % len(body) + body)
                await anyio.sleep(pause)
        with anyio.fail_after(20):
            while await names(spooled):
                await anyio.sleep(0.02)


@pytest.mark.parametrize("path", ["/ocr", "/v1/files"])
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ([("file", b"a"), ("file", b"b")], 'two parts "file"'),
        ([("model", b"a"), ("model", b"b")], 'two parts "model"'),
        ([("purpose", b"\xff"), ("file", b"a"), ("model", b"\xff")], "is not UTF-8"),
        ([("model", bytes(300_000)), ("file", b"a")], 'field "model" is too long'),
        ([(f"n{number}", b"1") for number in range(60)], "too many parts"),
    ],
)
async def test_a_form_that_cannot_be_used_says_why(
    start: Start, path: str, fields: list[tuple[str, bytes]], reason: str
) -> None:
    form = aiohttp.FormData()
    for name, value in fields:
        form.add_field(name, io.BytesIO(value), content_type="application/octet-stream")
    async with start() as gateway, gateway.client.post(gateway.url + path, data=form) as answer:
        body = await answer.json()
    assert (answer.status, body["code"]) == (400, "invalid_form")
    assert reason in body["message"]


@pytest.mark.parametrize("path", ["/ocr", "/v1/files"])
@pytest.mark.parametrize(
    ("before", "head", "reason"),
    [
        (b"\r\n" * 200_000, b"", "no multipart/form-data that can be read"),
        (b"x\r\n" * 200_000, b"", "no multipart/form-data that can be read"),
        (b"", b"Content-Transfer-Encoding: base64\r\n", "its parts are not encoded"),
    ],
)
async def test_a_form_that_takes_long_to_walk_through_is_none(
    start: Start, path: str, before: bytes, head: bytes, reason: str
) -> None:
    part = b'--xyz\r\nContent-Disposition: form-data; name="%b"\r\n%b\r\n%b\r\n'
    form = before + part % (b"purpose", b"", b"ocr") + part % (b'file"; filename="a', head, b"abc") + b"--xyz--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=xyz"}
    async with (
        start() as gateway,
        gateway.client.post(gateway.url + path, data=io.BytesIO(form), headers=kind) as answer,
    ):
        body = await answer.json()
    assert (answer.status, body["code"]) == (400, "invalid_form")
    assert reason in body["message"]


async def test_a_little_before_the_first_part_is_passed_over(start: Start) -> None:
    part = b'--xyz\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    form = b"\r\nThis is a form.\r\n" + part % (b"file", b"abc") + b"--xyz--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=xyz"}
    async with (
        start() as gateway,
        gateway.client.post(f"{gateway.url}/ocr", data=io.BytesIO(form), headers=kind) as answer,
    ):
        assert (answer.status, (await answer.json())["param"]) == (422, "model")


@pytest.mark.parametrize("opening", ["", '"', "[", "x,"])
@pytest.mark.parametrize("most", [20, 2000])
async def test_values_are_counted_to_the_last_be_they_few_or_many(most: int, opening: str) -> None:
    text = json.dumps([opening, *[0] * (2 * most - 5 - len(opening))])  # what opens a value stands in a text as well
    counted = sum(map(text.count, '[{",'))
    assert len(strict_json(text, most_values=(counted + 1) // 2)) == 2 * most - 4 - len(opening)
    with pytest.raises(HTTPError, match="too many values"):
        strict_json(text, most_values=(counted - 1) // 2)
