"""Answers for repeated requests, in every storage."""

from __future__ import annotations

import time

import anyio.to_thread
import pytest

from ocr_async.gateway.storage.answers import Answer
from ocr_async.gateway.storage.port import Storage


pytestmark = pytest.mark.anyio


async def body(storage: Storage, answer: Answer) -> bytes:
    async with storage.answers.on_disk(answer) as path:
        return await anyio.to_thread.run_sync(path.read_bytes)


async def test_an_answer_is_made_by_who_claims_it_and_then_there_for_all_of_its_owner(storage: Storage) -> None:
    answers, large = storage.answers, b"x" * 3_000_000
    assert await answers.claim("o", "key", "f") is None
    await answers.keep("o", "key", "f", 201, {"X-OCR-Pages": "3"}, memoryview(large))
    for found in (await answers.claim("o", "key", "f"), await answers.get("o", "key")):
        assert isinstance(found, Answer)
        assert (found.fingerprint, found.status, found.headers) == ("f", 201, {"X-OCR-Pages": "3"})
        assert await body(storage, found) == large
    assert await answers.get("other", "key") is None
    assert await answers.get("o", "other") is None


async def test_a_claim_that_came_to_nothing_can_be_made_again(storage: Storage) -> None:
    assert await storage.answers.claim("o", "key", "f") is None
    assert await storage.answers.get("o", "key") is None
    await storage.answers.release("o", "key")
    assert await storage.answers.claim("o", "key", "other") is None


async def test_a_later_answer_takes_the_place_of_an_earlier_one(storage: Storage) -> None:
    answers = storage.answers
    await answers.keep("o", "key\0", "f", 200, {}, b"first")
    await answers.keep("o", "key\0", "g", 200, {}, b"second")
    found = await answers.get("o", "key\0")
    assert found is not None
    assert (found.fingerprint, await body(storage, found)) == ("g", b"second")
    await answers.release("o", "key\0")
    assert await answers.get("o", "key\0") == found


async def test_an_answer_is_gone_when_it_is_forgotten_or_its_day_is_over(storage: Storage) -> None:
    answers = storage.answers
    await answers.keep("o", "a", "f", 200, {}, b"1")
    await answers.keep("o", "b", "f", 200, {}, b"2")
    await answers.forget("o", "a")
    await answers.forget("o", "a")
    assert await answers.get("o", "a") is None
    assert await storage.sweep(int(time.time()) + 25 * 3600) == 1
    assert await answers.get("o", "b") is None
