"""Batches: their requests, and each result once, in every storage."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest

from ocr_async.gateway.storage.batches import Job, JobFilter, Line
from ocr_async.gateway.storage.files import StoredFile
from ocr_async.gateway.storage.port import Storage
from tests.gateway.storage.test_files import put, read, stored


pytestmark = pytest.mark.anyio

ALL = JobFilter()


def job(number: int, **facts: Any) -> Job:
    given = {"owner": "o", "endpoint": "/v1/ocr", "created": number, "deadline": 10**10, "total": 3, **facts}
    return Job(id=f"{number:036}", **given)


async def inline(storage: Storage, made: Job, text: bytes) -> None:
    async with storage.files.receive(len(text)) as incoming:
        await incoming.write(text)
        await incoming.finish()
        await storage.batches.create(made, incoming)


async def requests(storage: Storage, of: Job, most: int = 1000) -> list[tuple[int, bytes | None, bool]]:
    async with aclosing(await storage.batches.requests(of, most)) as lines:
        return [line async for line in lines]


async def started(storage: Storage, made: Job) -> Job:
    assert await storage.batches.claim(made.id)
    moved = await storage.batches.move(made.id, "RUNNING", "QUEUED", at=50)
    assert moved is not None
    return moved


async def test_requests_come_from_the_files_that_were_there_when_the_job_was_made(storage: Storage) -> None:
    await put(storage, stored(1, purpose="batch"), b'{"a":1}\n\n  {"b":2}\r\n')
    await put(storage, stored(2, purpose="batch"), b"c" * 2000 + b"\n" + b'{"d":4}')
    made = job(1, inputs=(stored(1).id, stored(2).id), total=4)
    await storage.batches.create(made, None)
    assert await storage.files.delete(stored(1).id, "o")
    await started(storage, made)
    expected = [(0, b'{"a":1}', False), (1, b'{"b":2}', False), (2, None, False), (3, b'{"d":4}', False)]
    assert await requests(storage, made) == expected
    assert (await requests(storage, made, most=2000))[2] == (2, b"c" * 2000, False)


async def test_a_job_is_known_to_its_owner_with_all_that_was_said_of_it(storage: Storage) -> None:
    made = job(1, model="ocr", metadata={"a": "ü"}, retained=5)
    await inline(storage, made, b"{}\n" * 3)
    assert await storage.batches.get(made.id, "o") == made
    assert await storage.batches.get(made.id, "other") is None
    assert not await storage.batches.delete(made.id, "other")
    assert await storage.batches.unfinished() == [made]


async def test_a_list_has_what_was_chosen_in_the_order_that_was_asked_for(storage: Storage) -> None:
    for number in range(1, 5):
        await inline(storage, job(number, model=f"m{number % 2}", metadata={"n": str(number % 2), "x": "y"}), b"{}")
    await started(storage, job(4))

    async def numbers(first: int = 0, count: int = 10, **chosen: Any) -> tuple[int, list[int]]:
        total, found = await storage.batches.select("o", JobFilter(**chosen), first, count)
        return total, [one.created for one in found]

    assert await numbers() == (4, [4, 3, 2, 1])
    assert await numbers(1, 2, newest_first=False) == (4, [2, 3])
    assert await numbers(model="m1") == (2, [3, 1])
    assert await numbers(statuses=["RUNNING", "SUCCESS"]) == (1, [4])
    assert await numbers(created_after=2.5) == (2, [4, 3])
    assert await numbers(metadata={"n": "0", "x": "y"}) == (2, [4, 2])
    assert await numbers(metadata={"n": "0", "x": "z"}) == (0, [])


async def test_each_result_is_once_in_the_file_it_belongs_to(storage: Storage) -> None:
    batches, made = storage.batches, job(1, total=4, retained=100)
    await inline(storage, made, b"{}\n" * 4)
    await started(storage, made)
    await batches.add(made, Line(number=2, text=b"two"))
    await batches.add(made, Line(number=0, text=b"zero", error="no"))
    assert [done for _, _, done in await requests(storage, made)] == [True, False, True, False]
    await batches.add(made, Line(number=1, text=b"one", error="no"))
    await batches.add(made, Line(number=3, text=b"three"))
    running = await batches.get(made.id, "o")
    assert running is not None
    assert (running.status, running.started, running.succeeded, running.failed) == ("RUNNING", 50, 2, 2)
    ended = await batches.finish(made, "SUCCESS", 60, "late")
    assert (ended.status, ended.completed, ended.errors) == ("SUCCESS", 60, {"no": 2, "late": 1})
    assert ended.output_file is not None
    assert ended.error_file is not None
    assert await read(storage, ended.output_file) == b"two\nthree\n"
    assert await read(storage, ended.error_file) == b"zero\none\n"
    file = await storage.files.get(ended.output_file, "o")
    assert file is None  # its 100 seconds after second 60 are long over
    assert await batches.unfinished() == []
    assert await batches.get(made.id, "o") == ended


async def test_the_output_is_a_file_like_others(storage: Storage) -> None:
    made = job(1, total=1)
    await inline(storage, made, b"{}")
    await started(storage, made)
    await storage.batches.add(made, Line(number=0, text=b"{}"))
    ended = await storage.batches.finish(made, "SUCCESS", 60)
    assert ended.error_file is None
    file = await storage.files.get(ended.output_file or "", "o")
    assert isinstance(file, StoredFile)
    assert (file.name, file.size, file.lines, file.purpose, file.sample_type, file.source, file.mime) == (
        f"{made.id}_output.jsonl", 3, 1, "batch", "batch_result", "mistral", "application/jsonl",
    )  # fmt: skip


async def test_a_job_moves_only_from_where_it_may(storage: Storage) -> None:
    made = job(1)
    await inline(storage, made, b"{}")
    moved = await storage.batches.move(made.id, "CANCELLATION_REQUESTED", "QUEUED", "RUNNING", at=5)
    assert moved is not None
    assert (moved.status, moved.started) == ("CANCELLATION_REQUESTED", None)
    moved = await storage.batches.move(made.id, "RUNNING", "QUEUED", at=6)
    assert moved is not None
    assert moved.status == "CANCELLATION_REQUESTED"
    assert await storage.batches.move("unknown", "RUNNING", "QUEUED", at=6) is None


async def test_an_ended_job_is_forgotten_when_it_is_deleted_or_its_time_is_over(storage: Storage) -> None:
    for number in (1, 2):
        await inline(storage, job(number, total=1, retained=10), b"{}")
        await started(storage, job(number))
        await storage.batches.finish(job(number), "FAILED", 60)
    assert await storage.batches.delete(job(1).id, "o")
    assert await storage.sweep(69) == 0
    assert await storage.sweep(70) == 1
    assert await storage.batches.select("o", ALL, 0, 10) == (0, [])


async def test_what_may_have_been_sent_is_known_until_the_job_ends(storage: Storage) -> None:
    made = job(1)
    await inline(storage, made, b"{}\n" * 3)
    await started(storage, made)
    for number in (0, 2, 0):
        await storage.batches.send(made, number)
    await storage.batches.send(made, 2, sent=False)
    assert await storage.batches.sent(made) == {0}
    assert await storage.batches.sent(job(2)) == set()
    await storage.batches.add(made, Line(number=0, text=b"{}"))
    await storage.batches.finish(made, "SUCCESS", at=60)
    assert await storage.batches.sent(made) == set()
