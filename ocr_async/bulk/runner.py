"""
One run of a job: the inputs that are left, as many at once as the window lets in, each page kept when it is there.

Documents that a worker died of are read at the end, one alone at a time: only what dies alone is to blame itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup
from attrs import define, field

from .._api import OCR
from .._tasks import shielded, task_group
from ..errors import ConfigurationError, OCRError, is_of_the_key
from ..events import Event, ResponseReceived
from ..models import FileOnDisk
from .budget import Budget
from .disks import Disks
from .documents import CRASHES, Document
from .executors.port import Changed, Executor, ReaderDied
from .inputs import Input
from .ledger import DEATHS, Claim, Ledger, PageRow
from .outage import Outage
from .pausing import Paused
from .reaching import Reach, Unreadable
from .reporting.sampling import Sampling
from .results import Results, on_disk
from .stopping import Stopped, Stopping
from .store.held import Held
from .store.places import Places
from .store.port import Store
from .window import Window


if TYPE_CHECKING:
    from .sharing.sharing import Sharing

__all__ = ["Change", "Runner"]

Change = Callable[[str, str, str], None]  # the state that a document came into, its path, and why

_INPUTS = 512  # that are asked of the ledger at once
_TOGETHER = 0.05  # seconds for which pages that come share a commit
_GRACE = 8.0  # seconds for what is under way to end by itself, once the job is to stop
_LOOKS = 5  # at a document that changes while it is read, or whose readers die
_REFUSED = {401, 402, 403}
_SLOWER = {429, 529}


@define(eq=False)
class Runner:
    """
    Reads what *ledger* says is left of this run.

    Attributes:
        folder: Of the ledger.

        copies: Where what lies in buckets is copied to while it is read; workers see it too.

        places: Where documents lie.

        out: Where results go.

        client: What documents are read with, ``on_error="partial"`` too.

        executor: Where they are read.

        form: What is written beside each JSON.

        max_cost: US dollars that the whole job may cost.

        patience: Seconds for which the provider, or a store, may be out of service.

        price_share: Of the estimated price, that a page really costs.

        window: How much is under way at once.

        worded: Words an error.

        more: Looks for more documents, once all are read; None for once and for all.

        every: Seconds between two looks.

        sharing: What it has to do with other machines that work on the job; None for one that is its own.

        changed: Called with what becomes of each document.
    """

    ledger: Ledger
    folder: Path
    copies: Path
    places: Places
    out: Store
    client: OCR
    executor: Executor
    form: str
    max_cost: float | None
    patience: float
    worded: Callable[[OCRError], str]
    changed: Change
    more: Callable[[], Awaitable[None]] | None = None
    every: float = 5.0
    sharing: Sharing | None = None
    price_share: float = 1.0
    window: Window = field(factory=lambda: Window(1))
    reason: str | None = None  # why it is paused
    wrong: ConfigurationError | None = None
    interrupted: bool = False
    pages: int = 0  # that came in this run
    throttled: int = 0  # answers
    _stopping: Stopping = field(factory=Stopping)
    _interrupt: asyncio.Event = field(factory=asyncio.Event)
    _kept: list[PageRow] = field(factory=list)
    _budget: Budget = field(init=False)
    _disks: Disks = field(init=False)
    _outage: Outage = field(init=False)
    _reach: Reach = field(init=False)
    _sampling: Sampling = field(init=False)
    _results: Results = field(init=False)
    _reading: TaskGroup | None = None

    def __attrs_post_init__(self) -> None:
        self._budget = Budget(self.max_cost, self.client.model)
        self._disks = Disks(self.out, self.folder, self.copies)
        self._outage = Outage(self.patience, self._stopping.sleep)
        self._reach = Reach(Outage(self.patience, self._stopping.sleep), self.worded)
        self._sampling = Sampling(self)
        mine = (lambda given: True) if self.sharing is None else self.sharing.holds
        self._results = Results(self.ledger, self.out, self.form, self._reach.write, mine)
        if self.sharing is not None:
            self.sharing.begin(self._results, self.changed)

    @property
    def spent(self) -> float:
        """US dollars, over all runs of the job."""
        return self._budget.spent

    # from outside

    async def run(self) -> None:
        """Read until nothing is left, or `stop`, `reason` or `wrong` says that it cannot go on."""
        await anyio.to_thread.run_sync(self._disks.sweep)
        self._budget.spent = (await self.ledger.run(Ledger.spend))[0]
        try:
            async with self.executor, task_group() as beside:
                self.window.most = self.executor.documents
                beside.start_soon(self._keep_regularly)
                beside.start_soon(self._end_after_grace)
                beside.start_soon(self._or_pause, self._sampling.regularly)
                if self.sharing is not None:
                    self.window.most = min(self.window.most, self.sharing.documents)
                    beside.start_soon(self.sharing.renew_regularly)
                await self._all()
                while self.sharing is not None and self.more is None and self.sharing.elsewhere():
                    with suppress(Stopped):
                        await self._stopping.sleep(self.sharing.pause)
                        await self._all()
                while self.more is not None and not self._stopping.is_set():
                    await self.more()
                    await self._all()
                    with suppress(Stopped):
                        await self._stopping.sleep(self.every)
                beside.cancel_scope.cancel()
        except Paused as pause:  # there is nobody to read
            self._pause(str(pause))
        except ConfigurationError as error:
            self.wrong = self.wrong or error
        finally:
            await shielded(self._or_pause(self._put_away))

    async def _all(self) -> None:
        """Read what waits, and then alone what others may have to be kept from."""
        async with task_group() as self._reading:
            async for given, size in self._waiting():
                await self.window.enter(size)
                self._reading.start_soon(self._together, given, size)
        async with task_group() as self._reading:
            async for given, _ in self._waiting():
                await self._guarded(given, alone=True)

    def stop(self) -> None:
        """Begin nothing more; a second time, end at once."""
        if self.interrupted and self._reading is not None:
            self._reading.cancel_scope.cancel()
        self.interrupted = True
        self._interrupt.set()
        self._stopping.set()

    # what documents ask for

    async def room(self, pages: int, price: float | None) -> None:
        """
        Look whether there is what a document needs, before anything is paid.

        Raises:
            Paused: There is not.
        """
        self._stopping.check()
        await self._disks.look(pages, self.window.pages)
        self._budget.allow(price)

    @asynccontextmanager
    async def under_way(self, item: int, pages: int, price: float | None) -> AsyncIterator[None]:
        """Count a document's pages and price as under way, once there is room for them in the window."""
        await self.window.add(pages)
        try:
            await self.room(0, price)  # others may have used it up meanwhile; no await until it is reserved
            with self._budget.reserved(item, price):
                yield
        finally:
            with anyio.CancelScope(shield=True):
                await self.window.remove(pages)

    def keep(self, row: PageRow) -> None:
        """Have a page kept, in a moment."""
        self._kept.append(row)
        self.count(row)

    def count(self, row: PageRow) -> None:
        """Count a page, and what it costs, as come."""
        self.pages += 1
        self._budget.pay(row.item, row.cost)

    def observe(self, event: Event) -> None:
        """Count what asks to slow down, and begin nothing more once a key is refused."""
        if isinstance(event, ResponseReceived):
            self.throttled += event.status in _SLOWER
            if event.status in _REFUSED:
                self._stopping.set()

    async def flush(self) -> None:
        """Keep the pages that came, now."""
        rows, self._kept = self._kept, []
        if rows:
            await self.ledger.run_first(Ledger.add_pages, rows)

    # inside

    def _pause(self, reason: str) -> None:
        self.reason = self.reason or reason
        self._stopping.set()

    async def _waiting(self) -> AsyncIterator[tuple[Input, int]]:
        """Yield what is left, and the bytes that each has now."""
        after = -1
        while not self._stopping.is_set() and (found := await self.ledger.run(Ledger.waiting, after, _INPUTS)):
            sizes = await self.places.sizes([(each.path, each.size) for each in found])
            for each, size in zip(found, sizes, strict=True):
                if self._stopping.is_set():
                    return
                after = each.position
                yield each, size

    async def _or_pause(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Paused as pause:
            self._pause(str(pause))

    async def _keep_regularly(self) -> None:
        while True:
            await anyio.sleep(_TOGETHER)
            await self._or_pause(self.flush)

    async def _end_after_grace(self) -> None:
        await self._interrupt.wait()
        await anyio.sleep(_GRACE)
        if self._reading is not None:
            self._reading.cancel_scope.cancel()

    async def _put_away(self) -> None:
        await self._sampling.keep()
        await self.flush()
        if self.sharing is not None:
            await self.sharing.release()
        await self.ledger.run(Ledger.release)

    async def _together(self, given: Input, size: int) -> None:
        try:
            await self._guarded(given, alone=False)
        finally:
            with anyio.CancelScope(shield=True):
                await self.window.leave(size)

    async def _guarded(self, given: Input, *, alone: bool) -> None:
        try:
            if self.sharing is None:
                await self._one(given, alone=alone)
            else:
                await self.sharing.one(given, self._one, alone=alone)
        except Stopped:
            pass  # it waits in the ledger
        except Paused as pause:
            self._pause(str(pause))
        except ConfigurationError as error:  # it is the call that is wrong, and all others are called alike
            self.wrong = self.wrong or error
            self._stopping.set()

    async def _one(self, given: Input, *, alone: bool) -> None:
        store, name = self.places.find(given.path)
        for _ in range(_LOOKS):
            try:
                facts = await self._reach.read(partial(store.look, name))
                async with Held(store, name, facts, self.copies) as held:
                    if await self._held(given, held, alone=alone):
                        return
            except Unreadable as error:
                await self._fail_input(given, str(error))
                return
        await self._fail_input(given, "it changes while it is read")

    async def _held(self, given: Input, held: Held, *, alone: bool) -> bool:
        """Do what is to be done about a document; return whether it was the same all the time."""
        facts = held.facts
        file = partial(self._reach.read, partial(on_disk, held))
        known = given.item is not None and (facts.size, facts.stamp) == (given.size, given.mtime)
        try:
            digest = None if known else await self._reach.read(held.digest)
            claim = await self.ledger.run(Ledger.claim, given, facts, digest, alone=alone)
            given = Input(given.position, given.path, given.stem, facts.size, facts.stamp, claim.item)
            if claim.verdict == "publish" and not await self._results.repeat(claim.item, file):
                await self.ledger.run(Ledger.restart, claim.item)
                claim = await self.ledger.run(Ledger.claim, given, facts, None, alone=alone)
            if claim.verdict != "read":
                if claim.verdict == "publish":
                    self.changed("done", given.path, "")
                return True
            return await self._read(given, claim, held, file, alone=alone)
        except Changed:
            return False

    async def _read(
        self, given: Input, claim: Claim, held: Held, file: Callable[[], Awaitable[FileOnDisk]], *, alone: bool
    ) -> bool:
        """Read one document to its end; return False where it has to be looked at again."""
        try:
            document = Document(self, claim, await file(), held.there, alone=alone)
        except (Unreadable, Changed):
            await self.ledger.run(Ledger.release, claim.item)
            raise
        item = claim.item
        deaths = 0
        while True:
            try:
                response = await self._outage.patiently(document.attempt)
            except Changed:
                await self.ledger.run(Ledger.forget, given, item)
                return False
            except CRASHES as error:
                await self.flush()
                known = not isinstance(error, ReaderDied)
                deaths = await self.ledger.run(Ledger.crashed, item, self.worded(error), alone=alone, known=known)
                if not alone:
                    return known
                if deaths < DEATHS:
                    continue
                if not document.there:
                    self.changed("dead", given.path, self.worded(error))
                    return True
                response = document.nothing(error)
            except (Paused, Stopped, ConfigurationError):
                await self.ledger.run(Ledger.release, item)
                raise
            except OCRError as error:
                if is_of_the_key(error):
                    await self.ledger.run(Ledger.release, item)
                    raise Paused(self.worded(error)) from error
                await self.ledger.run(Ledger.fail, item, self.worded(error))
                self.changed("failed", given.path, self.worded(error))
                return True
            break
        await self.flush()
        if await held.has_changed():
            await self.ledger.run(Ledger.forget, given, item)
            return False
        cause = next(iter(response.missing_pages.values()), None)
        words = self.worded(cause) if isinstance(cause, OCRError) else ""
        await self._results.finish(file, item, response, words)
        self.changed("partial" if response.missing_pages else "done", given.path, words)
        return True

    async def _fail_input(self, given: Input, why: str) -> None:
        await self.ledger.run(Ledger.fail_input, given.position, why)
        self.changed("failed", given.path, why)
