"""
Leases in an object store: who of several machines reads a document, until when, and what became of it.

Each document of a shared job has one object, which is only ever replaced by whoever knows its newest version. It is
*leased*, *free* again, or says in which state the document ended. Its holder writes it anew all the time, so that the
store dates it; when that date is too long ago by the store's own clock, the holder is dead, and another machine takes
over. Machines' clocks are compared to nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

import anyio
from attrs import asdict, define, evolve, field, fields_dict, frozen

from ...errors import ConfigurationError
from ..schema import FOLDER
from ..store.conditional import Conditional, Found, Version


__all__ = ["FINAL", "Lease", "Leases", "Record"]

FINAL = frozenset({"done", "partial", "failed", "dead"})
_JOB, _CLOCK = f"{FOLDER}/job", f"{FOLDER}/clock"
_TRIES = 3
_DATES = timedelta(seconds=1)  # to which stores round them
_CLOCK_LASTS = 60.0  # seconds for which this machine may measure how the time of the store goes on


@frozen
class Record:
    """
    What the object of a document says.

    Attributes:
        document: Its address, or its name where it is a file.

        token: Of whoever wrote it last.

        machine: The same for people.

        seconds: After which a lease that was not renewed is over.

        beat: Another one at each renewal, as a store's ETag may follow from the bytes.

        alone: Whether the holder reads nothing else.

        deaths: Of holders that read nothing else; *shared_deaths* of others.

        before: The version of the result that was there before; None for none.

        size: Of the document, and *stamp* its `Facts.stamp`.

        missing: JSON of the pages that never came.
    """

    document: str
    state: str
    token: str
    machine: str
    seconds: float
    beat: int = 0
    alone: bool = False
    deaths: int = 0
    shared_deaths: int = 0
    before: tuple[str | None, str | None] | None = None
    size: int | None = None
    stamp: int | str | None = None
    pages: int | None = None
    cost: float | None = None
    missing: str | None = None
    cause: str | None = None

    def to_bytes(self) -> bytes:
        """Return it as it is written."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of(cls, found: Found, shown: str) -> Self:
        """
        Return what the object *shown* says.

        Raises:
            ConfigurationError: It is none.
        """
        try:
            said = json.loads(found.data)
            return cls(**{name: value for name, value in said.items() if name in fields_dict(cls)})
        except (ValueError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"{shown} is no lease of a bulk job; delete it, or name another --out") from error

    @property
    def result(self) -> Version | None:
        """The version of the result that was there before."""
        return None if self.before is None else Version(*self.before)


@define(eq=False)
class Lease:
    """
    One that this machine holds, or held.

    Attributes:
        name: Of its object.

        lost: Whether somebody else has taken it over.
    """

    name: str
    record: Record
    version: Version
    lost: bool = False
    lock: anyio.Lock = field(factory=anyio.Lock)


@define(eq=False)
class Leases:
    """
    Those of one job, as one process sees them.

    Attributes:
        seconds: For which one of this machine lasts unless it is renewed.
    """

    store: Conditional
    seconds: float
    token: str = field(factory=lambda: str(uuid4()))
    machine: str = field(factory=lambda: f"process {os.getpid()} on {platform.node()}")
    _clock: tuple[datetime, float] | None = None

    # the job

    async def joined(self, settings: Mapping[str, Any]) -> bool:
        """
        Return whether a machine has begun this job already.

        Raises:
            ConfigurationError: It did so with other *settings*.
        """
        if (found := await self.store.get(_JOB)) is None:
            return False
        try:
            known = json.loads(found.data)
        except ValueError:
            known = None
        wanted = json.loads(json.dumps(settings))
        if known != wanted:
            where = self.store.objects.shown("")
            differing = [name for name in wanted if not isinstance(known, dict) or known.get(name) != wanted[name]]
            raise ConfigurationError(
                f"machines share the job of {where} with another {', '.join(differing) or 'setting'}: give this one "
                "the same, or another --out"
            )
        return True

    async def begin(self, settings: Mapping[str, Any]) -> None:
        """Tell other machines that the job has begun, and with which *settings*."""
        if await self.store.put(_JOB, json.dumps(settings).encode(), None) is None:
            await self.joined(settings)

    async def require(self) -> None:
        """
        Look whether the store can be shared at all.

        Raises:
            ConfigurationError: It cannot.
        """
        await self.store.require(FOLDER)

    # the documents

    @staticmethod
    def name(stem: str) -> str:
        """Return the name of the object of the document whose results are called *stem*."""
        return f"{FOLDER}/leases/{hashlib.sha256(os.fsencode(stem)).hexdigest()}"

    def record(self, document: str, **more: Any) -> Record:
        """Return one by which this machine reads *document*."""
        return Record(document, "leased", self.token, self.machine, self.seconds, **more)

    async def create(self, name: str, record: Record) -> Lease | None:
        """Return a new lease; None if there is an object already."""
        version = await self.store.put(name, record.to_bytes(), None)
        return None if version is None else Lease(name, record, version)

    async def look(self, name: str) -> tuple[Record, Found] | None:
        """Return what is known of a document; None if nothing is."""
        found = await self.store.get(name)
        return None if found is None else (Record.of(found, self.store.objects.shown(name)), found)

    async def over(self, record: Record, found: Found) -> bool:
        """Whether the holder of a lease is dead."""
        if self._clock is None or time.monotonic() - self._clock[1] > _CLOCK_LASTS:
            now = await self.store.now(_CLOCK)
            self._clock = (now, time.monotonic())  # not before it was asked: rather late than early
        now = self._clock[0] + timedelta(seconds=time.monotonic() - self._clock[1])
        return now - found.modified > timedelta(seconds=record.seconds) + _DATES

    async def replace(self, lease: Lease, record: Record) -> bool:
        """Have the object of *lease* say *record*; return whether it is still held."""
        async with lease.lock:
            return await self._replace(lease, record)

    async def renew(self, lease: Lease) -> bool:
        """Have *lease* last from now on; return whether it is still held."""
        async with lease.lock:
            if lease.record.state != "leased":
                return True
            return await self._replace(lease, evolve(lease.record, beat=lease.record.beat + 1))

    async def _replace(self, lease: Lease, record: Record) -> bool:
        for _ in range(_TRIES):
            if lease.lost:
                return False
            data = record.to_bytes()
            version = await self.store.put(lease.name, data, lease.version)
            if version is None:  # its own writing may have come there although its answer did not come here
                seen = await self.look(lease.name)
                if seen is None or seen[0].token != self.token:
                    break
                lease.version = seen[1].version
                if seen[1].data != data:
                    continue
                version = lease.version
            lease.version, lease.record = version, record
            return True
        lease.lost = True
        return False
