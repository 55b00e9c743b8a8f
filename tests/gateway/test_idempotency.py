"""Idempotency-Key: one call, one bill, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import anyio.to_thread
import pytest

from ocr_async.gateway.keys import KeyStore
from tests import faults
from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.gateway.test_files import MASTER, PDF
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

ASKED = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": "https://example.com/a.pdf"}}


async def ask(gateway: Running, key: str, body: Any = ASKED, **headers: str) -> tuple[int, Any, str | None]:
    given = {"Idempotency-Key": key, **headers}
    async with gateway.client.post(f"{gateway.url}/v1/ocr", json=body, headers=given) as answer:
        return answer.status, await answer.json(), answer.headers.get("Idempotent-Replayed")


async def test_a_repeated_request_gets_the_same_answer_and_asks_nobody(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    config = await configured(tmp_path, mistral_at(upstream, ocr_cost_per_page=0.5))
    async with start(config) as gateway:
        first = await ask(gateway, "k")
        assert (first[0], first[2]) == (200, None)
        assert await ask(gateway, "k") == (200, first[1], "true")
        assert (await ask(gateway, "another"))[2] is None
    async with start(config) as gateway:  # and after a restart
        assert await ask(gateway, "k") == (200, first[1], "true")
    assert len(upstream.requests) == 2


async def test_the_same_key_for_something_else_is_refused(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        await ask(gateway, "k")
        for other in (
            {**ASKED, "pages": [1]},
            {**ASKED, "document": {"type": "document_url", "document_url": "https://b.c"}},
        ):
            status, body, _ = await ask(gateway, "k", other)
            assert (status, body["code"]) == (422, "idempotency_mismatch")
    assert len(upstream.requests) == 1


async def test_a_duplicate_waits_for_the_first(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script.append(faults.late(0.3))
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        answers = await asyncio.gather(
            *(ask(gateway, "k") for _ in range(5)), ask(gateway, "k", {**ASKED, "pages": [0]})
        )
    assert sorted(answer[2] or "" for answer in answers[:5]) == ["", "true", "true", "true", "true"]
    assert all(answer[:2] == answers[0][:2] for answer in answers[:5])
    assert answers[5][1]["code"] == "idempotency_mismatch"
    assert len(upstream.requests) == 1


async def test_a_client_that_left_gets_its_answer_when_it_comes_back(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script.append(faults.late(0.5))
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        with anyio.move_on_after(0.2):
            await ask(gateway, "k")
        status, body, replayed = await ask(gateway, "k")
    assert (status, len(body["pages"]), replayed) == (200, 3, "true")
    assert len(upstream.requests) == 1


async def test_an_error_is_not_kept(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script.append(faults.status(422))
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        assert (await ask(gateway, "k"))[0] == 400
        assert (await ask(gateway, "k"))[::2] == (200, None)


async def test_another_key_of_ours_has_keys_of_its_own(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    def make(alias: str) -> str:
        return KeyStore.open(tmp_path / "data").create(alias, time.time())

    keys = [await anyio.to_thread.run_sync(make, alias) for alias in ("a", "b")]
    settings = {"general_settings": {"master_key": MASTER}}
    async with start(await configured(tmp_path, mistral_at(upstream), **settings)) as gateway:
        for key in keys:
            assert (await ask(gateway, "k", Authorization=f"Bearer {key}"))[::2] == (200, None)
    assert len(upstream.requests) == 2


async def test_a_form_sent_again_is_known_whatever_its_boundary(start: Start) -> None:
    async with start() as gateway:
        replays = []
        for _ in range(2):
            form = aiohttp.FormData()
            form.add_field("file", PDF, filename="a.pdf", content_type="application/pdf")
            form.add_field("model", "ocr")
            headers = {"Idempotency-Key": "k"}
            async with gateway.client.post(f"{gateway.url}/ocr", data=form, headers=headers) as answer:
                replays.append((answer.status, answer.headers.get("Idempotent-Replayed")))
    assert replays == [(200, None), (200, "true")]
