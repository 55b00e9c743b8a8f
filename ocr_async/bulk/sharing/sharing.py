"""
A job that several machines share by `leases`: each has a ledger of its own, and learns from the store what others did.

A document is read by whoever holds its lease; the others come back to it when they have nothing else to do. Its result
is written only where the one that was there before the lease still is: who was taken for dead, and was not, writes
nothing over what another one published meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from attrs import define, evolve, field

from ..._buckets.connecting import remote
from ..._tasks import task_group
from ...document import file_name
from ...errors import OCRError, RequestRejected
from ...models import OCRResponse
from ..inputs import Input
from ..ledger import DEATHS, Ledger
from ..pausing import Paused
from ..publish import names, published
from ..results import Results, on_disk
from ..store.conditional import Version
from ..store.held import Held
from ..store.places import Places
from ..store.port import Facts
from .leases import FINAL, Lease, Leases, Record
from .notes import fates, note


__all__ = ["Sharing"]

_SUSPECT = 2  # deaths together with others after which a document is read alone, as in the ledger
_LONGEST = 3.0  # seconds between two looks at what others read

Read = Callable[..., Awaitable[None]]


@define(eq=False)
class Holding:
    """
    A document of which this machine has the lease.

    Attributes:
        before: The version of its result, as far as this machine knows.

        idle: Whether it waits for another one of the same content, which is being read.

        theirs: Whether the result that is there is another machine's, which did not get to say so.

        beside: Whether what is written beside it is made of that.
    """

    lease: Lease
    given: Input
    before: Version | None
    idle: bool = False
    theirs: bool = False
    beside: bool = False


@define(eq=False)
class Sharing:
    """
    What one run has to do with the others.

    Attributes:
        copies: Where documents are copied to.

        again: States in which a document is read again, although it ended.

        documents: That a machine holds at once; what it dies with waits until its leases are over.
    """

    leases: Leases
    places: Places
    copies: Path
    again: frozenset[str] = frozenset()
    documents: int = 64
    holdings: dict[int, Holding] = field(factory=dict)  # by position
    by_name: dict[str, Holding] = field(factory=dict)  # of their results
    _aside: set[int] = field(factory=set)  # to be read alone
    _elsewhere: int = 0
    _results: Results = field(init=False)
    _changed: Callable[[str, str, str], None] = field(init=False)

    def begin(self, results: Results, changed: Callable[[str, str, str], None]) -> None:
        """Take note of what a run publishes with, and whom it tells what becomes of documents."""
        self._results, self._changed = results, changed

    @property
    def pause(self) -> float:
        """Seconds between two looks at what others read."""
        return min(self.leases.seconds / 4, _LONGEST)

    def holds(self, given: Input) -> bool:
        """Whether the results of a document are this machine's to write."""
        return given.position in self.holdings

    def elsewhere(self) -> bool:
        """Whether others were reading documents that this machine looked at since it was last asked."""
        found, self._elsewhere = self._elsewhere, 0
        return found > 0

    async def renew_regularly(self) -> None:
        """Keep the leases of this machine."""
        while True:
            await anyio.sleep(self.leases.seconds / 3)
            async with task_group() as renewing:
                for holding in list(self.holdings.values()):
                    renewing.start_soon(self._quietly, partial(self.leases.renew, holding.lease))

    async def one(self, given: Input, read: Read, *, alone: bool) -> None:
        """Have *read* read a document, if nobody else does or did."""
        if alone and given.position not in self._aside:
            return  # others read it, or will
        self._aside.discard(given.position)
        try:
            holding = await self._results.patiently(partial(self._taken, given, alone=alone))
        except OSError as error:  # no object can have its name
            await self._fail(given, f"its results cannot be written: {error.strerror or error}")
            return
        if holding is None:
            return
        try:
            if holding.theirs:
                await self._adopt(holding)
            else:
                await read(given, alone=alone)
        finally:
            with anyio.CancelScope(shield=True):
                await self._settle(holding, alone=alone)

    async def release(self) -> None:
        """Let go of all leases, as far as the store can be reached; the others are over by themselves."""
        async with task_group() as releasing:
            for holding in list(self.holdings.values()):
                releasing.start_soon(self._quietly, partial(self._release, holding))

    # taking

    async def _taken(self, given: Input, *, alone: bool) -> Holding | None:
        """Return the lease of a document; None if there is nothing to be read of it, or not now."""
        if (known := self.holdings.get(given.position)) is not None:
            known.idle = False
            return known
        leases, name = self.leases, self.leases.name(given.stem)
        facts = await self._facts(given)
        record = leases.record(_named(given), alone=alone, **_of(facts))
        if (seen := await leases.look(name)) is None:
            return await self._taken_first(given, name, record)
        there, found = seen
        if there.document != record.document:
            await self._fail(given, f"its results would go where those of {there.document} belong")
            return None
        same = _same(there, facts, given)
        if there.state in FINAL and there.state not in self.again and same:
            await self._learn(given, there, facts)
            return None
        theirs_now = there.state == "leased" and there.token != leases.token
        if theirs_now and not await leases.over(there, found):
            return self._not_now()
        result = await leases.store.version(self.result(given))
        record = evolve(record, before=None if result is None else (result.tag, result.version))
        published = theirs_now and same and result is not None and result != there.result
        if there.state not in FINAL:
            record = evolve(record, deaths=there.deaths, shared_deaths=there.shared_deaths)
        if theirs_now and not published:
            record = _blamed(record, there)
        suspect = (record.deaths or record.shared_deaths >= _SUSPECT) and not alone and not published
        if suspect and record.state != "dead":
            record = evolve(record, state="free")
            if not theirs_now:
                self._aside.add(given.position)
                return None
        lease = Lease(name, there, found.version)
        if not await leases.replace(lease, record):
            return self._not_now()
        if record.state == "dead":
            await self._learn(given, record, facts)
            return None
        if record.state == "free":
            self._aside.add(given.position)
            return None
        return self._hold(Holding(lease, given, result, theirs=published))

    async def _taken_first(self, given: Input, name: str, record: Record) -> Holding | None:
        """Return the lease of a document that has had none."""
        if await self.leases.store.version(self.result(given)) is not None:
            if await self.leases.look(name) is not None:
                return self._not_now()
            await self._fail(given, "there is a file already where its results would go, and it is none of this job")
            return None
        lease = await self.leases.create(name, record)
        return self._not_now() if lease is None else self._hold(Holding(lease, given, None))

    def _hold(self, holding: Holding) -> Holding:
        self.holdings[holding.given.position] = holding
        for name in self._names(holding.given):
            self.by_name[name] = holding
        return holding

    def _not_now(self) -> Holding | None:
        self._elsewhere += 1
        return None

    async def _facts(self, given: Input) -> Facts | None:
        store, name = self.places.find(given.path)
        try:
            return await store.look(name)
        except (OSError, RequestRejected):  # who reads it says it better
            return None

    async def _fail(self, given: Input, why: str) -> None:
        await self._results.ledger.run(Ledger.fail_input, given.position, why)
        self._changed("failed", given.path, why)

    async def _learn(self, given: Input, record: Record, facts: Facts | None) -> None:
        """Take over from another machine what became of a document."""
        await self._results.ledger.run(note, given, record, facts)
        self._changed(record.state, given.path, record.cause or "")

    # letting go

    async def _settle(self, holding: Holding, *, alone: bool) -> None:
        """Tell the others what became of a document, and of those of the same content that waited for it."""
        holding.idle = True
        idle = {position for position, other in self.holdings.items() if other.idle}
        for row in await self._results.ledger.run(fates, holding.given.position):
            position, state = row.pop("position"), row["state"]
            other = self.holdings.get(position)
            if other is None or position not in idle or other.lease.record.state != "leased":
                continue
            if state in FINAL:
                if other.theirs and not other.beside and not other.lease.lost:
                    with suppress(OSError, ValueError):
                        await self._write_beside(other)
                record = evolve(other.lease.record, **row)
                await self._results.patiently(partial(self.leases.replace, other.lease, record))
                self._drop(other)
            elif state != "running":
                await self._results.patiently(partial(self._release, other))
                if not alone:
                    self._aside.add(position)

    async def _release(self, holding: Holding) -> None:
        await self.leases.replace(holding.lease, evolve(holding.lease.record, state="free"))
        self._drop(holding)

    def _drop(self, holding: Holding) -> None:
        self.holdings.pop(holding.given.position, None)
        for name in self._names(holding.given):
            self.by_name.pop(name, None)

    @staticmethod
    async def _quietly(ask: Callable[[], Awaitable[object]]) -> None:
        """Try what is tried again anyway, or may be left to the leases' end."""
        with suppress(OCRError, OSError, Paused):
            await ask()

    # what another machine published, and did not live to say

    async def _adopt(self, holding: Holding) -> None:
        given, record = holding.given, holding.lease.record
        try:
            response = await self._write_beside(holding)
        except (OSError, ValueError) as error:
            await self._fail(given, f"the result that another machine left cannot be read: {error}")
            return
        missing = response.extra.get("missing_pages") or []
        record = evolve(
            record,
            state="partial" if missing else "done",
            pages=len(response.pages) + len(missing),
            cost=None if response.cost is None else response.cost.total,
            missing=json.dumps(missing) if missing else None,
        )
        await self._learn(given, record, await self._results.patiently(partial(self._facts, given)))

    async def _write_beside(self, holding: Holding) -> OCRResponse:
        """Write the other forms of the result that is there; return it."""
        given = holding.given
        get = partial(published, self._results.out, given.stem)
        response = await self._results.patiently(lambda: anyio.to_thread.run_sync(get))
        store, name = self.places.find(given.path)
        facts = await self._results.patiently(partial(store.look, name))
        holding.beside = True
        async with Held(store, name, facts, self.copies) as held:
            await self._results.publish(partial(on_disk, held), response, [given])
        return response

    def result(self, given: Input) -> str:
        """Return the name of a document's JSON, by which others see that it is published."""
        return names(given.stem, "json")["json"]

    def _names(self, given: Input) -> Sequence[str]:
        return list(names(given.stem, self._results.form).values())


def _named(given: Input) -> str:
    """Return what tells a document from another one whose results have its name."""
    return given.path if remote(given.path) else file_name(given.path)


def _of(facts: Facts | None) -> dict[str, Any]:
    return {} if facts is None else {"size": facts.size, "stamp": facts.stamp}


def _same(there: Record, facts: Facts | None, given: Input) -> bool:
    """Whether a document is the one that a record tells of; copies of a file on other machines have other times."""
    if facts is None or there.size is None:
        return facts is None and there.size is None
    copied = given.item is None and not remote(given.path)
    return there.size == facts.size and (copied or there.stamp == facts.stamp)


def _blamed(record: Record, there: Record) -> Record:
    """Return *record*, knowing that whoever wrote *there* died."""
    if not there.alone:
        return evolve(record, shared_deaths=record.shared_deaths + 1)
    deaths = record.deaths + 1
    if deaths < DEATHS:
        return evolve(record, deaths=deaths)
    cause = f"the machine that read it died, {deaths} times, while it read nothing else"
    return evolve(record, deaths=deaths, state="dead", cause=cause)
