"""
The storage in PostgreSQL, for several gateways at once (`config.database`), by asyncpg.

    connection  the pool, time-outs, errors      migrate   brings a database up to date by the `migrations`
    process     the lease of this gateway        settings  what signs addresses
    accounts    keys and spend                   limits    reservations, for all gateways together
    blobs       bytes, in pieces                 objects   pieces in an object store (`config.objects`)
    files       uploads and results              batches   jobs, requests, results
    ocr_jobs    jobs of ``/v1/ocr/jobs``         leases    what one gateway holds of batches and jobs
    answers     for repeated requests            moving    takes over the keys of a folder
    permits     parts of limits of deployments

What a gateway holds (reservations, jobs, answers being made, drafts) is its own as long as it renews its lease; then it
is anybody's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from attrs import define

from ...._tasks import beside
from .accounts import PostgresAccounts
from .answers import PostgresAnswers
from .batches import PostgresBatches
from .blobs import Blobs
from .connection import Database, connected
from .files import PostgresFiles
from .limits import Ledger
from .migrate import migrate
from .ocr_jobs import PostgresJobs
from .permits import PostgresPermits
from .process import LEASE, Process
from .settings import place_of_objects, prepare


__all__ = ["PostgresStorage", "open_accounts", "open_storage"]


@define(eq=False)
class PostgresStorage:
    """See `storage.Storage`."""

    database: Database
    process: Process
    blobs: Blobs
    files: PostgresFiles
    batches: PostgresBatches
    answers: PostgresAnswers
    ocr_jobs: PostgresJobs
    accounts: PostgresAccounts
    permits: PostgresPermits
    opened: AsyncExitStack

    async def look(self) -> None:
        await self.database.fetch("SELECT version FROM ocr_async.changes")
        if self.blobs.objects is not None:
            await self.blobs.objects.look()

    async def sweep(self, now: int) -> int:
        gone = sum([await room.sweep(now) for room in (self.files, self.batches, self.answers, self.ocr_jobs)])
        await self.process.bury()
        await self.blobs.sweep()
        return gone

    async def close(self) -> None:
        await self.opened.aclose()


async def open_storage(
    url: str, *, objects: str | None = None, lease: float = LEASE, connections: int = 10
) -> PostgresStorage:
    """
    Open the storage at *url*, whose tables are made if need be.

    Args:
        objects: Where bytes go, such as ``s3://bucket/prefix``; None: into the database, too.

        lease: Seconds after which a gateway that is not heard of is taken for gone.

        connections: That this gateway has at most.

    Raises:
        ConfigurationError: It cannot be reached or used, a newer version of this program has been there, or its bytes
            are in another object store.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(connected(url, connections))
        await migrate(database)
        signing = await prepare(database)
        shelf = await place_of_objects(database, objects, signing.mark)
        process = Process(database, lease)
        await process.begin()
        stack.push_async_callback(process.end)
        await stack.enter_async_context(beside(process.run()))
        blobs = Blobs(database, process, shelf)
        await stack.enter_async_context(beside(blobs.run()))
        files = PostgresFiles(database, blobs, signing)
        ledger = Ledger(database, process)
        stack.push_async_callback(ledger.close)
        look_every = max(lease / 3, 0.5)
        return PostgresStorage(
            database=database,
            process=process,
            blobs=blobs,
            files=files,
            batches=PostgresBatches(database, blobs, process, look_every=look_every),
            answers=PostgresAnswers(database, blobs, process),
            ocr_jobs=PostgresJobs(database, blobs, process, look_every=look_every),
            accounts=PostgresAccounts(database, ledger, files),
            permits=PostgresPermits(database, process),
            opened=stack.pop_all(),
        )
    raise AssertionError("the stack suppresses nothing")


@asynccontextmanager
async def open_accounts(url: str) -> AsyncIterator[PostgresAccounts]:
    """
    Open the keys at *url* alone.

    Raises:
        ConfigurationError: See `open_storage`.
    """
    async with connected(url, 1) as database:
        await migrate(database)
        await prepare(database)
        yield PostgresAccounts(database, None, None)
