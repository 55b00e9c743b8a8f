"""Jobs of the OCR route, in every storage that processes share."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from attrs import evolve, frozen

from ocr_async.gateway.storage import local, postgres
from ocr_async.gateway.storage.failures import LeaseLost
from ocr_async.gateway.storage.ocr_jobs import KEPT, OCRJob, TakenJob
from ocr_async.gateway.storage.port import Storage
from tests.gateway.storage.test_postgres import silent


pytestmark = pytest.mark.anyio


@frozen
class Processes:
    """
    Attributes:
        storages: One as each process has it open.

        lose: Has one of them be gone for the others.

        blobs: Counts documents and results.
    """

    storages: list[Any]
    lose: Callable[[Any], Awaitable[None]]
    blobs: Callable[[], Awaitable[int]]


@pytest.fixture(params=["local", "postgres", "objects"])
async def processes(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Processes]:
    async with AsyncExitStack() as stack:

        async def opened(storage: Awaitable[Any]) -> Any:
            stack.push_async_callback((one := await storage).close)
            return one

        if request.param == "local":
            data = tmp_path / "data"
            main = await opened(local.open_storage(data))
            guests = [await opened(local.open_storage(data, guest=f"{number}-")) for number in range(3)]

            async def count() -> int:
                return await anyio.to_thread.run_sync(lambda: len(list((data / "ocr_jobs").glob("*/*"))))

            yield Processes(guests, lambda one: main.release(one.folder.id), count)
        else:
            url = await anyio.to_thread.run_sync(request.getfixturevalue("postgres_server").new)
            objects = request.getfixturevalue("objects") if request.param == "objects" else None
            storages = [
                await opened(postgres.open_storage(url, objects=objects, lease=1.0, connections=3)) for _ in range(3)
            ]

            async def count() -> int:
                (found,) = await storages[0].database.row("SELECT count(*) FROM ocr_async.blobs")
                return int(found)

            yield Processes(storages, silent, count)


def ocr_job(owner: str = "key") -> OCRJob:
    return OCRJob(id=os.urandom(8).hex(), owner=owner, asked="what")


async def result(storage: Storage, of: OCRJob) -> list[bytes]:
    """Return the pieces in which the result of a job comes."""
    async with aclosing(await storage.ocr_jobs.result(of.id, "key")) as pieces:
        return [piece async for piece in pieces]


@pytest.mark.parametrize("where", ["memory", "file"])
async def test_the_result_of_a_job_goes_and_comes_in_pieces(processes: Processes, tmp_path: Path, where: str) -> None:
    storage = processes.storages[0]
    one, data = ocr_job(), os.urandom(9_000_000)
    assert await storage.ocr_jobs.create(one, b"{}", None) is None
    await anyio.Path(tmp_path / "result").write_bytes(data)
    given = memoryview(data) if where == "memory" else tmp_path / "result"
    assert await storage.ocr_jobs.end(evolve(one, status="succeeded"), given)
    pieces = await result(storage, one)
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= 8 * 1024 * 1024


async def test_a_job_of_a_process_that_is_gone_is_taken_by_one_of_the_others_with_its_document(
    processes: Processes,
) -> None:
    document = bytes(range(256)) * 5000
    gone, *others = processes.storages
    jobs = [ocr_job() for _ in range(20)]
    for one in jobs:
        assert await gone.ocr_jobs.create(one, b"{}", memoryview(document)) is None
    assert [await other.ocr_jobs.take([], 50) for other in others] == [[], []]
    await processes.lose(gone)
    taken: list[TakenJob] = []

    async def take(storage: Storage) -> None:
        taken.extend(await storage.ocr_jobs.take([], 50))

    async with anyio.create_task_group() as tasks:
        for other in others:
            tasks.start_soon(take, other)
    assert sorted(one.id for one in taken) == sorted(one.id for one in jobs)
    assert {(one.tries, one.sent, one.request) for one in taken} == {(2, False, b"{}")}
    async with others[0].ocr_jobs.on_disk(taken[0]) as path:
        assert path is not None
        assert await anyio.Path(path).read_bytes() == document


async def test_a_job_that_others_took_is_neither_sent_nor_ended_by_who_had_it(processes: Processes) -> None:
    slow, other, _ = processes.storages
    one = ocr_job()
    await slow.ocr_jobs.create(one, b"{}", memoryview(b"document"))
    await processes.lose(slow)
    (taken,) = await other.ocr_jobs.take([], 8)
    with pytest.raises(LeaseLost):
        await slow.ocr_jobs.send(one.id)
    assert await slow.ocr_jobs.progress({one.id: 1}) == set()
    assert not await slow.ocr_jobs.end(evolve(one, status="succeeded"), memoryview(b"mine"))
    await other.ocr_jobs.send(one.id)
    assert await other.ocr_jobs.progress({one.id: 2}) == {one.id}
    assert await slow.ocr_jobs.get(one.id, "key") == evolve(one, pages_done=2)
    assert await other.ocr_jobs.end(evolve(one, status="succeeded", pages_done=3), memoryview(b"theirs"))
    assert await result(slow, one) == [b"theirs"]
    assert await slow.ocr_jobs.take([], 8) == []
    assert taken.id == one.id


async def test_jobs_that_a_process_works_on_are_none_to_be_taken(processes: Processes) -> None:
    storage = processes.storages[0]
    jobs = [ocr_job() for _ in range(5)]
    for one in jobs:
        await storage.ocr_jobs.create(one, b"{}", None)
    assert await storage.ocr_jobs.take([one.id for one in jobs], 8) == []
    taken = await storage.ocr_jobs.take([jobs[0].id], 2)
    assert len(taken) == 2
    assert jobs[0].id not in {one.id for one in taken}


async def test_a_job_leaves_no_bytes_behind_when_it_is_deleted_or_its_hour_is_over(processes: Processes) -> None:
    storage = processes.storages[0]
    jobs = [ocr_job(), ocr_job(), ocr_job("another key")]
    for one in jobs:
        await storage.ocr_jobs.create(one, b"{}", memoryview(b"document"))
    for one in jobs[1:]:
        await storage.ocr_jobs.end(evolve(one, status="succeeded"), memoryview(b"result"))
    assert await processes.blobs() == 3  # a document and two results
    assert await storage.ocr_jobs.count("key", "") == 2
    assert await storage.ocr_jobs.delete(jobs[0].id, "another key") is None
    assert await storage.ocr_jobs.delete(jobs[0].id, "key") == jobs[0]
    await storage.sweep(int(time.time()) + KEPT - 60)
    assert await result(storage, jobs[1]) == [b"result"]
    await storage.sweep(int(time.time()) + KEPT + 60)
    assert await storage.ocr_jobs.get(jobs[1].id, "key") is None
    assert await processes.blobs() == 0


async def test_a_job_that_failed_gives_its_place_to_the_next_and_one_that_did_not_keeps_it(
    processes: Processes,
) -> None:
    storage = processes.storages[0]
    one = ocr_job()
    assert await storage.ocr_jobs.create(one, b"{}", None) is None
    assert await storage.ocr_jobs.create(one, b"{}", memoryview(b"not needed")) == one
    await storage.ocr_jobs.end(evolve(one, status="failed"), memoryview(b"error"))
    assert await storage.ocr_jobs.create(one, b"{}", None) is None
    assert await storage.ocr_jobs.get(one.id, "key") == one
    with pytest.raises(FileNotFoundError):
        await result(storage, one)
    assert await processes.blobs() == 0


async def test_an_id_may_be_anything_that_stands_in_an_address(processes: Processes) -> None:
    jobs = processes.storages[0].ocr_jobs
    assert await jobs.get("a\0b", "key") is None
    assert await jobs.delete("a\0b", "key") is None
