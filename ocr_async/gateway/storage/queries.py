"""
What is known of keys, files and batches, asked of either database in words that both have.

These are PostgreSQL's, with the schema ``ocr_async``; `local.sqlite` puts them into SQLite's. What the two say each in
its own words, and where bytes are, is in `local` and `postgres`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from uuid import uuid4

from attrs import define, fields

from .accounts import Key, SpendRow, digest, new_text
from .batches import Job, JobFilter, Status
from .files import FileFilter, StoredFile


__all__ = ["Database", "FileRows", "JobRows", "KeyRows", "storable", "tags"]


class Database(Protocol):
    """A database, in the words of this module."""

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """Return all rows of *query*, which changes nothing."""
        ...

    async def row(self, query: str, *values: Any) -> Any:
        """Return the first row of *query*, which changes nothing; None if there is none."""
        ...

    async def change(self, query: str, *values: Any) -> list[Any]:
        """Return all rows of a statement, committed."""
        ...


D = TypeVar("D", bound=Database)


def storable(text: str) -> str:
    """Return *text*, which a client may have made up, as PostgreSQL has a place for it."""
    return text.replace("\0", "\ufffd")


class _Where:
    """The conditions of a query, and the values of their parameters."""

    def __init__(self, condition: str, *values: Any) -> None:
        self.conditions, self.values = [condition], list(values)

    def add(self, condition: str, *values: Any) -> None:
        """Add *condition*, with ``{}`` for each of *values*."""
        places = range(len(self.values) + 1, len(self.values) + len(values) + 1)
        self.conditions.append(condition.format(*(f"${place}" for place in places)))
        self.values += values

    def among(self, column: str, allowed: Sequence[str]) -> None:
        """Add that *column* has one of the values *allowed*; nothing where there are none."""
        if allowed:
            self.add(f"{column} IN ({', '.join(['{}'] * len(allowed))})", *map(storable, allowed))

    def __str__(self) -> str:
        return " AND ".join(self.conditions)


# --- keys ---------------------------------------------------------------------------------------------------------


@define(eq=False)
class KeyRows(Generic[D]):
    """
    See `accounts.Accounts`.

    Attributes:
        ORDER: In which keys were made.

        FACTS: The limits of a new key, which are the JSON ``{}``, without those that are None.

        CHANGED_FACTS: Those of a key that is changed by it.
    """

    COLUMNS: ClassVar = "id, digest, alias, tail, facts, created"
    IN_USE: ClassVar = f"SELECT {COLUMNS} FROM ocr_async.keys WHERE revoked IS NULL"  # noqa: S608 - our own columns
    ORDER: ClassVar[str]
    FACTS: ClassVar[str]
    CHANGED_FACTS: ClassVar[str]
    database: D

    async def create(self, alias: str, now: float, **facts: Any) -> tuple[str, Key]:
        text = new_text()
        values = f"$1, $2, $3, $4, {self.FACTS.format('$5')}, $6"
        insert = f"INSERT INTO ocr_async.keys ({self.COLUMNS}) VALUES ({values})"  # noqa: S608 - our own columns
        limits = json.dumps(facts)
        return text, await self._write(alias, insert, uuid4().hex, digest(text), alias, text[-4:], limits, now)

    async def update(self, key_id: str, alias: str | None, **facts: Any) -> Key:
        change = f"alias = coalesce($2, alias), facts = {self.CHANGED_FACTS.format('$3')}"
        update = f"UPDATE ocr_async.keys SET {change} WHERE id = $1 AND revoked IS NULL"  # noqa: S608
        return await self._write(alias, update, key_id, alias, json.dumps(facts))

    async def _write(self, alias: str | None, statement: str, *values: Any) -> Key:
        """Return the key that *statement* writes; raises as `create` and `update` do."""
        raise NotImplementedError

    async def find(
        self, *, key_id: str | None = None, digest: bytes | None = None, alias: str | None = None
    ) -> Key | None:
        for column, value in (("id", key_id), ("digest", digest), ("alias", alias)):
            if value is None or (isinstance(value, str) and not value.isprintable()):
                continue  # no database has what a client made up of it
            if (row := await self.database.row(f"{self.IN_USE} AND {column} = $1", value)) is not None:
                return Key.of_row(*row)
        return None

    async def in_use(self) -> list[Key]:
        return [Key.of_row(*row) for row in await self.database.fetch(f"{self.IN_USE} ORDER BY {self.ORDER}")]

    async def select(self, first: int, count: int) -> tuple[int, list[Key]]:
        (total,) = await self.database.row("SELECT count(*) FROM ocr_async.keys WHERE revoked IS NULL")
        query = f"{self.IN_USE} ORDER BY {self.ORDER} LIMIT {count:d} OFFSET {first:d}"
        return int(total), [Key.of_row(*row) for row in await self.database.fetch(query)]

    async def spend(self) -> list[SpendRow]:
        names = ", ".join(one.name for one in fields(SpendRow))
        rows = await self.database.fetch(f"SELECT {names} FROM ocr_async.spend ORDER BY alias, day, model")  # noqa: S608
        return [SpendRow(*row) for row in rows]


# --- files --------------------------------------------------------------------------------------------------------

_FILE = [one.name for one in fields(StoredFile)]


@define(eq=False)
class FileRows(Generic[D]):
    """See `files.Files`."""

    database: D

    async def get(self, file_id: str, owner: str | None) -> StoredFile | None:
        where = "id = $1 AND owner = coalesce($2, owner) AND (expires IS NULL OR expires > $3)"
        found = await self._files(where, [storable(file_id), owner, time.time()])
        return found[0] if found else None

    async def select(self, owner: str, chosen: FileFilter, first: int, count: int) -> list[StoredFile]:
        where = _files_where(owner, chosen)
        return await self._files(f"{where} ORDER BY number DESC LIMIT {count:d} OFFSET {first:d}", where.values)

    async def count(self, owner: str, chosen: FileFilter) -> int:
        where = _files_where(owner, chosen)
        (found,) = await self.database.row(f"SELECT count(*) FROM ocr_async.files WHERE {where}", *where.values)  # noqa: S608
        return int(found)

    async def delete(self, file_id: str, owner: str) -> bool:
        return bool(await self._forget("id = $1 AND owner = $2", storable(file_id), owner))

    async def sweep(self, now: int) -> int:
        """Delete what has expired by *now*; return how many."""
        return await self._forget("expires <= $1", now)

    async def _forget(self, where: str, *values: Any) -> int:
        """Delete the files for which *where* holds; return how many."""
        raise NotImplementedError

    async def _files(self, where: str, values: Iterable[Any]) -> list[StoredFile]:
        query = f"SELECT {', '.join(_FILE)} FROM ocr_async.files WHERE {where}"  # noqa: S608 - names of our own fields
        return [StoredFile(**dict(zip(_FILE, row, strict=True))) for row in await self.database.fetch(query, *values)]


def _files_where(owner: str, chosen: FileFilter) -> _Where:
    where = _Where("owner = $1 AND (expires IS NULL OR expires > $2)", owner, time.time())
    if chosen.purpose is not None:
        where.add("purpose = {}", storable(chosen.purpose))
    where.among("sample_type", chosen.sample_types)
    where.among("source", chosen.sources)
    where.among("mime", chosen.mimes)
    if chosen.search:
        where.add("strpos(lower(name), lower({})) > 0", storable(chosen.search))
    return where


# --- batches ------------------------------------------------------------------------------------------------------


@define(eq=False)
class JobRows(Generic[D]):
    """
    See `batches.Batches`.

    Attributes:
        TAGGED: The condition that a job's metadata have those of the JSON ``{}``.
    """

    COLUMNS: ClassVar = [one.name for one in fields(Job)]
    SELECT: ClassVar = f"SELECT {', '.join(COLUMNS)} FROM ocr_async.jobs"  # noqa: S608 - names of our own fields
    TAGGED: ClassVar[str]
    database: D

    def job(self, row: Any) -> Job:
        """Return what a row with the `COLUMNS` says."""
        return Job.of_row(zip(self.COLUMNS, row, strict=True))

    async def get(self, job_id: str, owner: str) -> Job | None:
        row = await self.database.row(f"{self.SELECT} WHERE id = $1 AND owner = $2", storable(job_id), owner)
        return None if row is None else self.job(row)

    async def select(self, owner: str, chosen: JobFilter, first: int, count: int) -> tuple[int, list[Job]]:
        where = _Where("owner = $1", owner)
        if chosen.model is not None:
            where.add("model = {}", storable(chosen.model))
        where.among("status", chosen.statuses)
        if chosen.created_after is not None:
            where.add("created > CAST({} AS double precision)", chosen.created_after)
        if chosen.metadata:
            where.add(self.TAGGED, tags(chosen.metadata))
        direction = "DESC" if chosen.newest_first else "ASC"
        query = f"{self.SELECT} WHERE {where} ORDER BY number {direction} LIMIT {count:d} OFFSET {first:d}"
        (total,) = await self.database.row(f"SELECT count(*) FROM ocr_async.jobs WHERE {where}", *where.values)  # noqa: S608
        return int(total), [self.job(row) for row in await self.database.fetch(query, *where.values)]

    async def move(self, job_id: str, status: Status, *before: Status, at: int) -> Job | None:
        where = _Where("id = $1", job_id, status, at if status == "RUNNING" else None)
        where.among("status", before)
        change = f"UPDATE ocr_async.jobs SET status = $2, started = coalesce(started, $3) WHERE {where}"  # noqa: S608
        await self.database.change(change, *where.values)
        row = await self.database.row(f"{self.SELECT} WHERE id = $1", job_id)
        return None if row is None else self.job(row)

    async def delete(self, job_id: str, owner: str) -> bool:
        change = "DELETE FROM ocr_async.jobs WHERE id = $1 AND owner = $2 RETURNING id"
        return bool(await self.database.change(change, storable(job_id), owner))  # what it held went when it ended

    async def sweep(self, now: int) -> int:
        """Forget the jobs whose time is over; return how many."""
        return len(
            await self.database.change("DELETE FROM ocr_async.jobs WHERE completed + retained <= $1 RETURNING id", now)
        )

    async def sent(self, job: Job) -> set[int]:
        rows = await self.database.fetch("SELECT line FROM ocr_async.sent WHERE job = $1", job.id)
        return {line for (line,) in rows}


def tags(metadata: Mapping[str, str]) -> str:
    """Return *metadata* as JSON that can be searched."""
    return json.dumps(dict(metadata)).replace("\\u0000", "\\ufffd")  # which PostgreSQL has no place for
