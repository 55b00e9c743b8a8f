"""
What a worker asks the coordinator for instead of keeping it itself: the limits of keys, who works on a request with an
Idempotency-Key, and what is known of jobs.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import anyio.to_thread
from attrs import define, field, frozen

from ...models import OCRRequest
from ..access.control import ANYONE, Demand, Key, Reservation, Spent
from ..http_errors import HTTPError
from ..intake.bodies import Spool
from ..jobs.registry import NewJob
from ..jobs.requests import document_of, read_back, written_down
from ..storage.ocr_jobs import OCRJob
from ..storage.pieces import pieces_of
from .link import Link


__all__ = ["CoordinatedLimits", "SharedClaims", "SharedJobs", "document_at"]


@define(eq=False)
class CoordinatedLimits:
    """
    See `access.limits.Limits`.

    What a key without limits asks for is not asked about before, only told after. Requests are numbered here, so that
    one whose caller leaves while it is asked about can be counted out all the same: messages keep their order.
    """

    link: Link
    _numbers: Iterator[int] = field(factory=lambda: itertools.count(1), init=False)

    @asynccontextmanager
    async def admit(self, key: Key, model: str, demand: Demand) -> AsyncIterator[Reservation]:
        number = 0
        reservation = Reservation(pages=demand.pages or demand.most, usd=0.0, at=0.0, rate=0)
        try:
            if key.limited:
                number = next(self._numbers)
                pages, usd = await self.link.call(
                    "admit", number, key.id, model, demand.pages, demand.most, demand.price
                )
                reservation = Reservation(pages=pages, usd=usd, at=0.0, rate=0)
            yield reservation
        finally:
            came = reservation.charged
            if came is None:
                if number:
                    self.link.tell("end", number)
            elif key.id != ANYONE.id:
                # before the answer goes: what a client has is charged, whoever is killed
                await self.link.call("charge", number, key.id, key.alias, model, came.pages, came.usd)

    @asynccontextmanager
    async def counting(self, key: Key, price: float | None) -> AsyncIterator[None]:
        number = next(self._numbers)
        try:
            await self.link.call("count", number, key.id, price)
            yield
        finally:
            self.link.tell("end", number)

    async def spent(self, keys: Iterable[Key]) -> Mapping[str, Spent]:
        found = await self.link.call("spent", [key.id for key in keys])
        return {key_id: Spent(pages=pages, usd=usd) for key_id, (pages, usd) in found.items()}


@frozen(eq=False)
class SharedClaims:
    """See `idempotency.in_flight.Claims`."""

    link: Link

    async def take(self, owner: str, key: str, fingerprint: str) -> bool:
        return bool(await self.link.call("claim", owner, key, fingerprint))

    def give(self, owner: str, key: str, error: HTTPError | None = None) -> None:
        facts = None if error is None else (error.status, error.message, error.code, error.param, error.retry_after)
        self.link.tell("give", owner, key, facts)


@frozen(eq=False)
class SharedJobs:
    """
    See `jobs.registry.Jobs`; results and what is to be asked again are files, so that each process can read them.

    Attributes:
        folder: Of them; the coordinator deletes what is in it.
    """

    link: Link
    folder: Path
    outlive: bool = False

    async def check_room(self, job_id: str, owner: str) -> None:
        await self.link.call("job_room", job_id, owner)

    async def begin(self, job: NewJob) -> OCRJob | None:
        path = self.folder / uuid4().hex
        await anyio.to_thread.run_sync(_write_down, path, job.request)
        known = await self.link.call("job_begin", job.id, job.owner, job.key, job.asked, path.name)
        return None if known is None else OCRJob(**known)

    async def taken(
        self, job_id: str, owner: str, key: str | None, asked: str | None, name: str, tries: int, sent: bool
    ) -> NewJob:
        """Return a job of a process that is gone."""
        path = self.folder / name
        text = await anyio.to_thread.run_sync(path.read_bytes)
        request = await anyio.to_thread.run_sync(read_back, text, document_at(path))
        return NewJob(id=job_id, owner=owner, key=key, asked=asked, request=request, tries=tries, sent=sent)

    async def send(self, job_id: str) -> None:
        await self.link.call("job_sent", job_id)

    def page(self, job_id: str) -> None:
        self.link.tell("job_page", job_id)

    async def end(self, job_id: str, status: str, pages_done: int, result: Spool) -> None:
        path = self.folder / uuid4().hex
        try:
            await anyio.to_thread.run_sync(_write, path, result)
            await self.link.call("job_end", job_id, status, pages_done, path.name)
        finally:
            await result.close()

    async def get(self, job_id: str, owner: str) -> OCRJob:
        facts, _ = await self.link.call("job_get", job_id, owner)
        return OCRJob(**facts)

    async def result(self, job_id: str, owner: str) -> AsyncGenerator[bytes, None]:
        _, name = await self.link.call("job_get", job_id, owner)
        return pieces_of(self.folder / str(name))

    async def remove(self, job_id: str, owner: str) -> OCRJob:
        return OCRJob(**await self.link.call("job_remove", job_id, owner))


def document_at(path: Path) -> Path:
    """Return where the bytes are of the document of the request at *path*, if it has some."""
    return path.with_suffix(".document")


def _write_down(path: Path, request: OCRRequest) -> None:
    path.touch(mode=0o600)
    path.write_bytes(written_down(request))
    document, copy = document_of(request), document_at(path)
    if isinstance(document, Path):
        try:
            os.link(document, copy)
        except OSError:  # it is on another disk
            shutil.copyfile(document, copy)
    elif document is not None:
        copy.touch(mode=0o600)
        copy.write_bytes(document)


def _write(path: Path, result: Spool) -> None:
    with result.whole() as data:
        path.touch(mode=0o600)
        path.write_bytes(data)
