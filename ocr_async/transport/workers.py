"""
The engine's worker processes, as seen from an event loop.

Documents are hostile and their parsers crash, so they are looked at in processes that can be killed: several parsers,
one task each, and one recogniser with its models loaded, which takes several pages at once. Workers belong to the
running loop: they start when the first task comes, stay warm for a minute, and go when the loop closes. They also
leave by themselves when this process is gone, however it ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import weakref
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

from attrs import evolve, field, frozen

from .._ipc.memory import NAMED, Shared
from .._platform import processors
from .._platform.files import open_to_read
from ..errors import EngineError
from ..models import Bytes, FileOnDisk
from ..steps import Compute
from .loops import LoopVar
from .process import Kind, Worker, WorkerLost


__all__ = ["Recognise", "WorkersState", "keep_warm", "processes", "run", "state", "use"]

Recognise = Callable[[Compute, Mapping[str, Any]], Awaitable[Any]]
"""Does a step for which a recogniser is needed, whose arguments are computed already."""

_IDLE_SECONDS = 60.0
_MOST_MEMORY = 512 << 20  # bytes with which a parser waits for its next task: most have a tenth of it


async def run(step: Compute) -> Any:
    """
    Do *step* in a worker of the running loop; return what it gives, a list where it gives several values.

    Cancelling is safe: a parser that is busy with the task is killed, a recogniser leaves the page at its next line.

    Raises:
        EngineCrashed: The worker crashed on it, ran out of its memory or processor time, or gave no sign and used no
            processor for ``step.seconds``, twice. `partial` holds what the task had given before.

        EngineError: The worker was killed from outside, twice, `partial` as above; or the system gives no more
            processes, memory or files.

        OCRError: What the task itself raised.
    """
    try:
        return await (await _workers()).run(step)
    except OSError as error:
        raise EngineError(f"the system does not let the embedded engine work: {error.strerror or error}") from error


async def keep_warm(seconds: float, *, memory: int = _MOST_MEMORY) -> None:
    """
    Let the running loop's workers stay for *seconds* without work; it is a minute where nothing is said.

    Args:
        memory: Bytes; a parser that has more after a task is replaced by a fresh one.
    """
    team = await _workers()
    team.idle_seconds, team.most_memory = seconds, memory


async def use(recognise: Recognise, *, parsers: int) -> None:
    """Let the running loop have no recogniser of its own, and at most so many *parsers*."""
    team = await _workers()
    team.pools["parser"] = _Pool(team, "parser", most=parsers, tasks=1)
    team.pools["recogniser"] = _Borrowing(team, recognise)


@frozen(kw_only=True)
class WorkersState:
    """
    How the workers are doing.

    Attributes:
        waiting: Tasks that wait for their turn.

        replaced: How many workers ended before their time, by why: cancelled, overdue, killed, processor_time,
            crashed or grown.
    """

    waiting: int = 0
    replaced: Mapping[str, int] = field(factory=dict)


def state() -> WorkersState:
    """Return how the running loop's workers are doing."""
    team = _WORKERS.get()
    if team is None:
        return WorkersState()
    return WorkersState(waiting=sum(pool.waiting for pool in team.pools.values()), replaced=dict(team.replaced))


def processes() -> list[int]:
    """Return the process ids of the running loop's workers."""
    team = _WORKERS.get()
    return [worker.process.pid for pool in team.pools.values() for worker in pool.workers] if team is not None else []


class _Pool:
    """The workers of one kind."""

    def __init__(self, team: _Workers, kind: Kind, *, most: int, tasks: int) -> None:
        self.workers: list[Worker] = []
        self._workers = team
        self._kind: Kind = kind
        self._tasks = tasks
        self._count = most * tasks
        self.waiting = 0
        self._slots = asyncio.Semaphore(self._count)
        self._starting = asyncio.Lock()
        self._alone = asyncio.Lock()

    async def run(self, step: Compute) -> Any:
        async with self._turn():
            arguments = await self._computed(step.arguments)
            try:
                return await self._once(step, arguments)
            except WorkerLost as lost:
                if lost.at_fault:
                    raise lost.take() from None
        # Nobody knows which task ended the worker, or whether any did: each has a second try, with nothing beside it.
        async with self._alone, _all_of(self._slots, self._count):
            try:
                return await self._once(step, arguments)
            except WorkerLost as lost:
                raise lost.take() from None

    async def close(self) -> None:
        """End all workers."""
        while self.workers:
            await self.workers.pop().close()

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None, None]:
        """Hold a slot, and count who waits for one."""
        self.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._slots.release()

    async def _computed(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return *arguments* with what other workers compute of them; meanwhile a first worker here gets ready."""
        if not any(isinstance(value, Compute) for value in arguments.values()):
            return dict(arguments)
        warming = asyncio.create_task(self._prepare(), name="ocr_async.workers.prepare")
        try:
            return {
                name: await self._workers.run(value) if isinstance(value, Compute) else value
                for name, value in arguments.items()
            }
        finally:
            await warming

    async def _prepare(self) -> None:
        if not self.workers:
            self._rest(await self._worker(None))

    async def _once(self, step: Compute, arguments: Mapping[str, Any]) -> Any:
        documents = await self._workers.placed(arguments.values())
        opened = await _opened(arguments)
        # Nothing is waited for between the two: a worker counts as free until it has the task.
        worker = await self._worker(arguments.get("document"))
        try:
            return await worker.do(step, opened, documents)
        finally:
            self._rest(worker)

    async def _worker(self, document: object) -> Worker:
        key = document.path if isinstance(document, FileOnDisk) else id(document)
        async with self._starting:
            while True:
                for worker in [worker for worker in self.workers if worker.ended]:
                    self._drop(worker)
                free = [worker for worker in self.workers if len(worker.jobs) + len(worker.left) < self._tasks]
                # The one that has the document open already, else the one that worked last.
                same = [worker for worker in free if worker.last == key]
                if same or free:
                    worker = (same or free)[-1]
                    break
                if leaving := [worker for worker in self.workers if worker.left]:
                    await leaving[0].less()
                else:
                    self.workers.append(worker := await Worker.start(self._kind))
                    break
            worker.last = key
            return worker

    def _rest(self, worker: Worker) -> None:
        if worker.ended:
            self._drop(worker)
        elif worker.memory > self._workers.most_memory:
            self._workers.replaced["grown"] += 1
            self._dismiss(worker)
        elif not worker.jobs:
            if worker.idle is not None:  # it was got ready by several, and rests already
                worker.idle.cancel()
            worker.idle = asyncio.get_running_loop().call_later(self._workers.idle_seconds, self._dismiss, worker)

    def _drop(self, worker: Worker) -> None:
        if worker in self.workers:
            self.workers.remove(worker)
            self._workers.replaced[worker.fate()] += 1

    def _dismiss(self, worker: Worker) -> None:
        if not worker.jobs:
            self.workers.remove(worker)
            worker.end()


class _Borrowing(_Pool):
    """The recogniser of another process."""

    def __init__(self, team: _Workers, recognise: Recognise) -> None:
        super().__init__(team, "recogniser", most=1, tasks=processors.usable() + 1)
        self._recognise = recognise

    async def run(self, step: Compute) -> Any:
        async with self._turn():
            return await self._recognise(step, await self._computed(step.arguments))

    async def _prepare(self) -> None:
        """The other process does."""


async def _opened(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return *arguments* with their files open, as a confined worker opens none."""
    return {
        name: await asyncio.to_thread(_open, value) if isinstance(value, FileOnDisk) else value
        for name, value in arguments.items()
    }


def _open(document: FileOnDisk) -> FileOnDisk:
    if NAMED or isinstance(document.path, Shared):
        return document
    try:
        with open_to_read(document.path) as file:
            facts = os.fstat(file.fileno())
            if stat.S_ISREG(facts.st_mode):
                return evolve(document, path=Shared(os.dup(file.fileno()), facts.st_size))
    except OSError:  # the worker meets the same error, and tells it
        pass
    return document


@contextlib.asynccontextmanager
async def _all_of(slots: asyncio.Semaphore, count: int) -> AsyncGenerator[None, None]:
    held = 0
    try:
        while held < count:
            await slots.acquire()
            held += 1
        yield
    finally:
        for _ in range(held):
            slots.release()


class _Workers:
    """All workers of one loop."""

    def __init__(self) -> None:
        self.idle_seconds = _IDLE_SECONDS
        self.most_memory = _MOST_MEMORY
        self.owner = os.getpid()
        most = processors.usable()
        self.pools: dict[Kind, _Pool] = {
            "parser": _Pool(self, "parser", most=most, tasks=1),
            # One page more than processors: its picture is drawn while the others are read.
            "recogniser": _Pool(self, "recogniser", most=1, tasks=most + 1),
        }
        self.replaced: Counter[str] = Counter()
        self._documents: dict[int, tuple[weakref.ref[Bytes], Shared]] = {}
        self._placing = asyncio.Lock()

    async def run(self, step: Compute) -> Any:
        return await self.pools[step.worker].run(step)

    async def placed(self, arguments: Any) -> dict[int, Shared]:
        """Return shared memory for each document in memory among *arguments*, written once in its life."""
        documents = {}
        for value in arguments:
            if isinstance(value, Bytes):
                async with self._placing:
                    known = self._documents.get(id(value))
                    if known is None or known[0]() is not value:
                        memory = await asyncio.to_thread(lambda document: Shared.holding(document.data), value)
                        known = self._documents[id(value)] = (weakref.ref(value, self._forget(id(value))), memory)
                documents[id(value)] = known[1]
        return documents

    def _forget(self, key: int) -> Callable[[object], None]:
        def forget(_: object) -> None:
            self._documents.pop(key, None)

        return forget

    async def close(self) -> None:
        for pool in self.pools.values():
            await pool.close()


_WORKERS: LoopVar[_Workers] = LoopVar()
_KEEPER: LoopVar[AsyncGenerator[_Workers, None]] = LoopVar()


async def _workers() -> _Workers:
    team = _WORKERS.get()
    if team is None or team.owner != os.getpid():
        # The loop finalises suspended asynchronous generators when it ends: this one owns the workers.
        keeper = _keep()
        team = await anext(keeper)
        _WORKERS.set(team)
        _KEEPER.set(keeper)
    return team


async def _keep() -> AsyncGenerator[_Workers, None]:
    team = _Workers()
    try:
        yield team
    finally:
        # A team knows its loop, so one that stayed here would keep the loop for ever.
        _WORKERS.clear()
        _KEEPER.clear()
        await team.close()
