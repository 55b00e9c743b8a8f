"""
What a job has done, in one SQLite file beside its results: whoever kills it loses nothing that is written here.

An *input* is a file by its path, an *item* its content under the job's options: two files of one content are two inputs
of one item, which is read once. An item is pending, running, and then done, partial (some pages never came), failed or
dead (whoever read it died, again and again). Pages are kept as they come, until their document is published.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from attrs import frozen

from ..errors import ConfigurationError
from . import schema
from .inputs import Input, Inputs, as_input
from .reporting.samples import Samples
from .schema import storable
from .store.port import Facts


__all__ = ["DEATHS", "Claim", "Ledger", "PageRow"]

P = ParamSpec("P")
T = TypeVar("T")

DEATHS = 3  # of its readers, that an item gets while it is read alone
_SHARED = 2  # deaths together with others after which it is read alone: one says little, such as of a power cut
Verdict = Literal["read", "publish", "busy", "alone", "final"]


@frozen
class Claim:
    """
    What is to be done about an input.

    Attributes:
        verdict: ``read`` it; ``publish`` what is known of its content; nothing, because another input of the same
            content is ``busy``, it is to be read ``alone``, or the content's state is ``final``.

        there: The pages that are there already.

        pages: How many it has in all, if that is known.
    """

    item: int
    verdict: Verdict
    there: frozenset[int] = frozenset()
    pages: int | None = None


@frozen
class PageRow:
    """A page that came: `body` makes its JSON, where there is time for that."""

    item: int
    number: int
    body: Callable[[], bytes]
    cost: float | None


class Ledger(Inputs):
    """One job's; its methods block, and `run` calls them on the thread that the ledger has to itself."""

    def __init__(self, connection: sqlite3.Connection, lock: int | None) -> None:
        super().__init__(connection)
        self._lock = lock
        self._thread = ThreadPoolExecutor(1, "ocr_async-ledger")
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._options = ""  # of the job, as a part of its items' keys
        self.in_flight = 0  # pages that had not come when an earlier run died, and may have been billed

    @classmethod
    def open(cls, out: Path, left: Iterable[PageRow] = ()) -> Ledger:
        """
        Open and hold the job in *out*, made if need be, and put right what a dead process left of it.

        Args:
            left: Pages that came, and that it did not get to note.

        Raises:
            ConfigurationError: Another process holds it, or it is of a newer version.
            Paused: There is no room for it.
        """
        lock = schema.hold(out)
        try:
            ledger = cls(schema.connect(out, make=True), lock)
        except BaseException:
            os.close(lock)
            raise
        try:
            ledger._recover(left)
        except BaseException:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        """Let go of the job."""
        self._thread.shutdown()
        super().close()
        if self._lock is not None:
            os.close(self._lock)

    async def run(self, method: Callable[Concatenate[Ledger, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        """Return what *method* of this ledger does; calls are done in their order, whoever stops waiting."""
        return await self._do(self._waiting.append, partial(method, self, *arguments, **named))

    async def run_first(self, method: Callable[Concatenate[Ledger, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        """Do the same before all that waits: hundreds of documents may be begun while a page that came is kept."""
        return await self._do(self._waiting.appendleft, partial(method, self, *arguments, **named))

    async def _do(self, put: Callable[[tuple[Future[Any], Callable[[], Any]]], None], work: Callable[[], T]) -> T:
        done: Future[T] = Future()
        put((done, work))
        self._thread.submit(self._next)
        return await asyncio.wrap_future(done)

    def _next(self) -> None:
        done, work = self._waiting.popleft()
        if done.set_running_or_notify_cancel():
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 # it is whoever waits for it who is told
                done.set_exception(error)

    def settled(self) -> None:
        """Do nothing: whoever waited for it by `run` knows that all calls before it are done."""

    # the job

    def begin(self, settings: Mapping[str, Any]) -> None:
        """
        Begin another run of the job.

        Raises:
            ConfigurationError: It was begun with other settings.
        """
        known = self.settings()
        for name, value in settings.items():
            if known and known.get(name) != value:
                raise ConfigurationError(
                    f"this job was begun with {name} {known.get(name)!r}, and cannot go on with {value!r}: name "
                    "another folder after --out"
                )
        with self.transaction(safe=True) as connection:
            rows = [(name, json.dumps(value)) for name, value in settings.items()]
            connection.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", rows)
            self._options = json.dumps(self.settings(), sort_keys=True)
            self.number = 1 + connection.execute("SELECT coalesce(max(run), 0) FROM inputs").fetchone()[0]

    def _recover(self, left: Iterable[PageRow]) -> None:
        """Blame what was being read when its reader died, and let go of it."""
        with self.transaction(safe=True) as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO pages SELECT id, ?, ?, ? FROM items WHERE id = ? AND state != 'done'",
                ((row.number, row.body(), row.cost, row.item) for row in left),
            )
            running = connection.execute(
                "SELECT id, pages, (SELECT count(*) FROM pages WHERE item = id), begun FROM items "
                "WHERE state = 'running'"
            ).fetchall()
            query = "SELECT item FROM batch_items"  # what a job of the provider's reads had no reader that could die
            in_jobs = {item for (item,) in connection.execute(query)}
            alone = len({row[0] for row in running} - in_jobs) == 1
            for item, pages, there, begun in running:
                if item in in_jobs:
                    connection.execute("UPDATE items SET state = 'pending' WHERE id = ?", (item,))
                    continue
                self.in_flight += max((pages or 1) - there, 0)
                if there > begun:  # it was not stuck in this document
                    connection.execute("UPDATE items SET state = 'pending' WHERE id = ?", (item,))
                else:
                    self._blame(item, "the process that read it died", alone=alone)
            if self.in_flight:
                self._sum(deaths=1, in_flight_at_deaths=self.in_flight)

    def _sum(self, **more: float) -> None:
        """Add to what is noted of all runs."""
        self._connection.executemany(
            "INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            more.items(),
        )

    def keep_samples(self, samples: Samples) -> None:
        """Keep how fast it went until now."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO notes VALUES ('samples', ?)", (samples.to_text(),))

    def _blame(self, item: int, cause: str, *, alone: bool) -> None:
        column = "deaths" if alone else "shared_deaths"
        self._connection.execute(
            f"UPDATE items SET state = 'pending', {column} = {column} + 1, cause = ? WHERE id = ?",  # noqa: S608
            (storable(cause), item),
        )
        self._connection.execute(
            "UPDATE items SET state = 'dead', cause = cause || ', ' || deaths || ' times, while nothing else was read' "
            "WHERE id = ? AND deaths >= ? AND NOT EXISTS (SELECT 1 FROM pages WHERE item = id)",
            (item, DEATHS),
        )

    # items

    def claim(self, given: Input, facts: Facts, digest: str | None, *, alone: bool) -> Claim:
        """
        Say what is to be done about an input, and count its item as running where that is to read it.

        Args:
            digest: SHA-256 of its bytes; None if they are those of its item.

            alone: Whether nothing else is read meanwhile.
        """
        with self.transaction() as connection:
            item = given.item
            if digest is not None or item is None:
                key = hashlib.sha256(f"{digest} {self._options}".encode()).hexdigest()
                connection.execute("INSERT INTO items (key) VALUES (?) ON CONFLICT DO NOTHING", (key,))
                item = int(connection.execute("SELECT id FROM items WHERE key = ?", (key,)).fetchone()[0])
                connection.execute(
                    "UPDATE inputs SET published = published AND item = :item, item = :item, size = :size, "
                    "mtime = :mtime, stale = 0 WHERE position = :position",
                    {"item": item, "size": facts.size, "mtime": facts.stamp, "position": given.position},
                )
            else:
                connection.execute("UPDATE inputs SET stale = 0 WHERE position = ?", (given.position,))
            state, pages, shared, deaths = connection.execute(
                "SELECT state, pages, shared_deaths, deaths FROM items WHERE id = ?", (item,)
            ).fetchone()
            if state != "pending":
                query = "SELECT published FROM inputs WHERE position = ?"
                if connection.execute(query, (given.position,)).fetchone()[0]:
                    return Claim(item, "final")  # the same document, touched
                verdicts: Mapping[str, Verdict] = {"running": "busy", "done": "publish", "partial": "publish"}
                return Claim(item, verdicts.get(state, "final"))
            if (shared >= _SHARED or deaths) and not alone:
                return Claim(item, "alone")
            there = frozenset(n for (n,) in connection.execute("SELECT number FROM pages WHERE item = ?", (item,)))
            connection.execute("UPDATE items SET state = 'running', begun = ? WHERE id = ?", (len(there), item))
            return Claim(item, "read", there, pages)

    def counted(self, item: int, pages: int) -> None:
        """Note how many pages an item has."""
        with self.transaction() as connection:
            connection.execute("UPDATE items SET pages = ? WHERE id = ?", (pages, item))

    def add_pages(self, rows: Sequence[PageRow], whole: tuple[int, int] | None = None) -> None:
        """Keep pages that came; *whole* is an item that had not been counted, and how many pages it has."""
        with self.transaction() as connection:
            if whole is not None:
                connection.execute("UPDATE items SET pages = ? WHERE id = ?", whole[::-1])
            connection.executemany(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?)",
                [(row.item, row.number, row.body(), row.cost) for row in rows],
            )

    def to_publish(self, item: int) -> tuple[dict[int, tuple[bytes, float | None]], list[Input]]:
        """Return the pages of an item that were kept, with what each cost, and its inputs without results."""
        rows = self._connection.execute("SELECT number, body, cost FROM pages WHERE item = ? ORDER BY number", (item,))
        return {number: (body, cost) for number, body, cost in rows}, self.unpublished(item)

    def forget(self, given: Input, item: int) -> None:
        """Take back what was read of a file that changed meanwhile."""
        with self.transaction() as connection:
            query = "SELECT count(*), coalesce(sum(cost), 0) FROM pages WHERE item = ?"
            pages, cost = connection.execute(query, (item,)).fetchone()
            self._sum(forgotten_pages=pages, forgotten_cost=cost)
            connection.execute("DELETE FROM pages WHERE item = ?", (item,))
            connection.execute("UPDATE items SET state = 'pending' WHERE id = ?", (item,))
            connection.execute(
                "UPDATE inputs SET item = NULL, size = NULL, published = 0 WHERE position = ?", (given.position,)
            )

    def unpublished(self, item: int) -> list[Input]:
        """Return the inputs of an item without results."""
        rows = self._connection.execute(
            "SELECT position, path, stem, size, mtime, item FROM inputs WHERE item = ? AND NOT published", (item,)
        )
        return [as_input(*row) for row in rows]

    def published_stem(self, item: int) -> str | None:
        """Return where results of an item lie, if they do anywhere."""
        row = self._connection.execute("SELECT stem FROM inputs WHERE item = ? AND published", (item,)).fetchone()
        return None if row is None else os.fsdecode(row[0])

    def published(self, item: int, inputs: Sequence[Input]) -> None:
        """Note that the results of *inputs* lie in their places."""
        with self.transaction(safe=True) as connection:
            connection.executemany(
                "UPDATE inputs SET published = 1 WHERE position = ? AND item = ?", [(i.position, item) for i in inputs]
            )

    def finish(
        self, item: int, inputs: Sequence[Input], *, cost: float | None, pages: int, missing: Sequence[int], cause: str
    ) -> list[Input]:
        """
        Note that an item was read, as far as it could be, and its results lie in the places of *inputs*.

        Returns:
            Inputs that came meanwhile, found it busy, and have no results yet.
        """
        state = "partial" if missing else "done"
        pages_missing = json.dumps(list(missing)) if missing else None
        with self.transaction(safe=True) as connection:
            connection.execute(
                "UPDATE items SET state = ?, cost = ?, pages = ?, missing = ?, cause = ? WHERE id = ?",
                (state, cost, pages, pages_missing, storable(cause) or None, item),
            )
            connection.executemany(
                "UPDATE inputs SET published = 1 WHERE position = ? AND item = ?", [(i.position, item) for i in inputs]
            )
            if not missing:  # those of a partial one are wanted when the others are asked for again
                connection.execute("DELETE FROM pages WHERE item = ?", (item,))
        return self.unpublished(item)

    def fail(self, item: int, cause: str, state: str = "failed") -> None:
        """Note that an item cannot be read."""
        with self.transaction(safe=True) as connection:
            connection.execute("UPDATE items SET state = ?, cause = ? WHERE id = ?", (state, storable(cause), item))

    def crashed(self, item: int, cause: str, *, alone: bool, known: bool) -> int:
        """
        Note that a worker died of an item; return how often one did while nothing else was read.

        Args:
            known: Whether it was reading this item only.
        """
        with self.transaction() as connection:
            if known and not alone:  # why it died is not known yet
                connection.execute("UPDATE items SET shared_deaths = ? WHERE id = ?", (_SHARED, item))
            self._blame(item, cause, alone=alone)
            return int(connection.execute("SELECT deaths FROM items WHERE id = ?", (item,)).fetchone()[0])

    def restart(self, item: int) -> None:
        """Have an item read again whose results are gone."""
        with self.transaction() as connection:
            connection.execute("UPDATE items SET state = 'pending' WHERE id = ? AND state != 'running'", (item,))

    def release(self, item: int | None = None) -> None:
        """Count an item, or every one that is running, as waiting again."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE items SET state = 'pending' WHERE state = 'running' AND id = coalesce(?, id)", (item,)
            )

    def again(self, states: Sequence[str]) -> int:
        """Have the inputs in *states* read again; return how many there are."""
        marks = ", ".join("?" * len(states))
        with self.transaction(safe=True) as connection:
            query = f"SELECT position, item FROM documents WHERE state IN ({marks})"  # noqa: S608
            rows = connection.execute(query, states).fetchall()
            connection.executemany(
                "UPDATE inputs SET published = 0, error = NULL WHERE position = ?", [row[:1] for row in rows]
            )
            connection.executemany(
                "UPDATE items SET state = 'pending', deaths = 0, shared_deaths = 0, cause = NULL WHERE id = ?",
                [row[1:] for row in rows],
            )
        return len(rows)
