"""Jobs in a storage, as one gateway works on them: none is begun twice, whatever it does when it looks for others'."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from attrs import define, evolve, field

from ocr_async._tasks import beside
from ocr_async.gateway.intake.bodies import Spool
from ocr_async.gateway.jobs.requests import document_of, read_back, written_down
from ocr_async.gateway.jobs.stored import NewJob, StoredJobs
from ocr_async.gateway.storage.postgres import PostgresStorage, open_storage
from ocr_async.models import Bytes, Document, FileId, FileOnDisk, OCRRequest, Url
from tests.postgres import Server


pytestmark = pytest.mark.anyio


@define
class Jobs:
    """The jobs of a gateway that does nothing, and those that it took."""

    storage: PostgresStorage
    taken: list[str] = field(factory=list)
    known: StoredJobs = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.known = StoredJobs(self.storage.ocr_jobs, self.cancel, self.take, lambda: 1000, lambda: None)

    async def cancel(self, job_id: str) -> None:
        pass

    def take(self, job: NewJob, document: AsyncExitStack) -> None:
        self.taken.append(job.id)


@asynccontextmanager
async def jobs(postgres_server: Server) -> AsyncIterator[Jobs]:
    storage = await open_storage(await anyio.to_thread.run_sync(postgres_server.new), lease=1.5)
    try:
        yield Jobs(storage)
    finally:
        await storage.close()


def new() -> NewJob:
    request = OCRRequest(model="ocr", document=Bytes(data=b"%PDF-1.4 document"))
    return NewJob(id=os.urandom(8).hex(), owner="key", key=None, asked=None, request=request)


async def test_what_begins_and_ends_here_is_never_taken_for_what_nobody_works_on(postgres_server: Server) -> None:
    async with jobs(postgres_server) as here, beside(here.known.run()):

        async def one() -> None:
            job = new()
            assert await here.known.begin(job) is None
            await anyio.sleep(0.1)
            await here.known.end(evolve(job, status="succeeded"), Spool(memory=bytearray(b"{}")))
            assert (await here.known.get(job.id, "key")).status == "succeeded"

        with anyio.move_on_after(3):  # six looks
            while True:
                async with anyio.create_task_group() as tasks:
                    for _ in range(8):
                        tasks.start_soon(one)
        assert here.taken == []


async def test_what_is_held_here_and_not_worked_on_is_taken_up(postgres_server: Server) -> None:
    async with jobs(postgres_server) as here, beside(here.known.run()):
        job = new()
        assert await here.known.begin(job) is None
        await here.known.end(evolve(job, status="cancelled"), Spool())
        with anyio.fail_after(10):
            while not here.taken:
                await anyio.sleep(0.05)
        assert here.taken == [job.id]


DOCUMENTS = {
    "address": Url(url="https://example.com/a.pdf", image=True, name="a", detail="high"),
    "data": Url(url="data:application/pdf;base64," + "JVBERi0x" * 1000, name="ü"),
    "broken data": Url(url="DATA:,\ud800"),
    "id": FileId(file_id="1"),
    "bytes": Bytes(data=b"%PDF-1.4", mime="application/pdf", name="a.pdf", password="p"),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_what_a_job_was_asked_is_read_back_as_it_was(document: Document, tmp_path: Path) -> None:
    asked = OCRRequest(model="ocr", document=document, pages=(0, 2), include_image_base64=True)
    text, path = written_down(asked), None
    assert len(text) < 1000  # a document is not in it
    if (data := document_of(asked)) is not None:
        path = tmp_path / "document"
        assert isinstance(data, memoryview)
        path.write_bytes(data)
    read = read_back(text, path)
    if isinstance(document, Bytes):
        assert isinstance(read.document, FileOnDisk)
        assert (read.document.mime, read.document.name, read.document.password) == ("application/pdf", "a.pdf", "p")
        read = evolve(read, document=document)
    assert read == asked
