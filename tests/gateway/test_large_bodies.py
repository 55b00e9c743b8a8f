"""What goes on while large documents and answers pass: told by counting, as clocks say little on a busy machine."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from attrs import define

from tests import faults
from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.upstream import Upstream, upstream


pytestmark = pytest.mark.anyio


@define
class Health:
    """How often /health was answered, and how often of that while a large body was being read."""

    answers: int = 0
    reading: int = 0

    async def watch(self, gateway: Running) -> None:
        while True:
            async with gateway.client.get(f"{gateway.url}/health") as answer:
                assert answer.status == 200
            self.answers += 1
            self.reading += gateway.gateway.uploads.slots.borrowed_tokens


@asynccontextmanager
async def watched(gateway: Running) -> AsyncIterator[Health]:
    """Ask for its health, one time after the other, within the block."""
    health = Health()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(health.watch, gateway)
        yield health
        tasks.cancel_scope.cancel()


async def test_health_is_answered_while_a_large_body_is_read(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    # The last character is no base64, so the answer comes when all has been parsed and decoded, and nothing else done.
    document = base64.b64encode(b"%PDF-1.7\n" + bytes(30_000_000)).decode() + "!"
    asked = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": f"data:;base64,{document}"}}
    body = json.dumps(asked).encode()
    head = f"POST /v1/ocr HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with (
        start(await configured(tmp_path, mistral_at(upstream))) as gateway,
        watched(gateway) as health,
        await anyio.connect_tcp("127.0.0.1", gateway.port) as stream,
    ):
        await stream.send(head + body)
        answer = await stream.receive()
    assert answer.startswith(b"HTTP/1.1 422 ")
    assert upstream.requests == []
    assert health.reading >= 3  # none, if it were read on the loop


async def test_health_is_answered_between_large_answers(start: Start, tmp_path: Path) -> None:
    page = {"index": 0, "markdown": "… " * 2_500_000, "images": [], "dimensions": None}
    answer = {"pages": [page], "model": "m", "usage_info": {"pages_processed": 1}}
    body = json.dumps(answer, ensure_ascii=False).encode()
    asked = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": "https://example.com/a.pdf"}}
    answers = 12
    seen: list[int] = []
    async with (
        upstream(*[faults.answer(body)] * answers) as server,
        start(await configured(tmp_path, mistral_at(server))) as gateway,
        watched(gateway) as health,
    ):

        async def ask() -> None:
            async with gateway.client.post(f"{gateway.url}/v1/ocr", json=asked) as response:
                assert response.status == 200
                assert await response.read() == body
            seen.append(health.answers)

        async with anyio.create_task_group() as tasks:
            for _ in range(answers):
                tasks.start_soon(ask)
    assert len(set(seen)) > answers * 2 / 3, seen
