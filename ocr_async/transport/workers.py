"""
The engine's worker processes, as seen from an event loop.

Documents are hostile and their parsers crash, so they are looked at in processes that can be killed: several parsers,
one task each, and one recogniser with its models loaded, which takes several pages at once. Workers belong to the
running loop: they start when the first task comes, stay warm for a minute, and go when the loop closes. They also
leave by themselves when this process is gone, however it ended.

The processes are started by a thread and spoken to over sockets that the loop watches: asyncio's own subprocesses
need a child watcher, which on Python 3.11 a loop outside of the main thread may not have.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import socket
import subprocess
import sys
import weakref
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from anyio.lowlevel import RunVar

from .._shared import Decoder, Shared, encode, read_some, write_some
from ..errors import EngineError, OCRError
from ..models import Bytes, FileOnDisk
from ..steps import Compute


__all__ = ["IDLE_SECONDS", "processes", "run"]

IDLE_SECONDS = 60.0
"""How long a worker without work stays."""

_Kind = Literal["parser", "recogniser"]
_logger = logging.getLogger(__name__)
_numbers = itertools.count(1)


async def run(step: Compute) -> Any:
    """
    Do *step* in a worker of the running loop; return what it gives, a list where it gives several values.

    Cancelling is safe: a parser that is busy with the task is killed, a recogniser finishes the page for nobody.

    Raises:
        EngineError: The worker crashed, or gave no sign for ``step.seconds`` and was killed. `partial` holds what
            the task had given before.

        OCRError: What the task itself raised.
    """
    return await (await _team()).run(step)


def processes() -> list[int]:
    """Return the process ids of the running loop's workers."""
    team = _TEAM.get(None)
    return [worker.process.pid for crew in team.crews.values() for worker in crew.workers] if team is not None else []


# --- one process ------------------------------------------------------------------------------------------------


class _Lost(Exception):
    """
    A worker died during a task.

    Attributes:
        guilty: Whether this task is known to be the cause.
    """

    def __init__(self, error: EngineError, *, guilty: bool) -> None:
        super().__init__(error)
        self.error = error
        self.guilty = guilty


class _Job:
    __slots__ = ("answer", "parts", "seconds", "timer")

    def __init__(self, answer: asyncio.Future[Any], seconds: float) -> None:
        self.answer = answer
        self.seconds = seconds
        self.parts: list[Any] = []
        self.timer: asyncio.TimerHandle | None = None


class _Worker:
    """One process and the tasks that it is busy with."""

    def __init__(self, kind: _Kind, process: subprocess.Popen[bytes], connection: socket.socket) -> None:
        self.kind = kind
        self.process = process
        self.last: object = None
        self.jobs: dict[int, _Job] = {}
        self.ended = False
        self.idle: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._decoder = Decoder()
        self._sending = asyncio.Lock()
        self._overdue: int | None = None
        # Whatever happens to the loop, the process goes and is waited for: at the latest when the interpreter exits.
        self._end = weakref.finalize(self, _end, process, connection, os.getpid())
        _connections.add(connection)
        self._loop.add_reader(connection, self._readable)

    @classmethod
    async def start(cls, kind: _Kind) -> _Worker:
        """Start a process; it is ready when it takes its first task."""
        starting = asyncio.ensure_future(asyncio.to_thread(_start, kind))
        try:
            process, connection = await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(_discard)
            raise
        return cls(kind, process, connection)

    async def do(self, step: Compute, arguments: Mapping[str, Any], documents: Mapping[int, Shared]) -> Any:
        """
        Do *step* with *arguments*; return what it gives.

        Raises:
            _Lost: The process ended meanwhile.
        """
        number = next(_numbers)
        job = self.jobs[number] = _Job(self._loop.create_future(), step.seconds)
        if self.idle is not None:
            self.idle.cancel()
        try:
            job.timer = self._loop.call_later(step.seconds, self._late, number)
            await self._send((number, step.task, dict(arguments), step.seconds), documents)
            return await job.answer
        except asyncio.CancelledError:
            if self.kind == "parser":
                self.end()
            raise
        finally:
            del self.jobs[number]
            if job.timer is not None:
                job.timer.cancel()

    def end(self) -> None:
        """Kill the process; the tasks that it is busy with are lost."""
        if self.process.returncode is None:
            self.process.kill()
        self._gone()

    async def close(self) -> None:
        """Kill the process and wait until it is gone."""
        self._forget()
        try:
            await asyncio.to_thread(self._end)
        except RuntimeError:  # the interpreter is ending and gives no more threads; nobody waits for this one
            self._end()

    async def _send(self, message: tuple[Any, ...], documents: Mapping[int, Shared]) -> None:
        data, beside = encode(message, lambda document: documents[id(document)])
        rest = memoryview(data)
        async with self._sending:
            while rest:
                try:
                    rest = rest[write_some(self._connection, rest, beside) :]
                    beside = []
                except BlockingIOError:
                    await self._writable()
                except OSError:
                    self._gone()
                    return

    async def _writable(self) -> None:
        ready: asyncio.Future[None] = self._loop.create_future()

        def can_write() -> None:
            if not ready.done():
                ready.set_result(None)

        self._loop.add_writer(self._connection, can_write)
        try:
            await ready
        finally:
            if not self.ended:
                self._loop.remove_writer(self._connection)

    def _readable(self) -> None:
        try:
            data, descriptors = read_some(self._connection)
            messages = self._decoder.feed(data, descriptors)
        except BlockingIOError:
            return
        except OSError:
            data, messages = b"", []
        except EngineError as error:
            _logger.warning("a %s was ended: %s", self.kind, error)
            self.end()
            return
        for number, what, value in messages:
            if (job := self.jobs.get(number)) is not None:
                self._take(number, job, what, value)
        if not data:
            self._gone()

    def _take(self, number: int, job: _Job, what: str, value: Any) -> None:
        if what == "part":
            job.parts.append(value)
            if job.timer is not None:
                job.timer.cancel()
            job.timer = self._loop.call_later(job.seconds, self._late, number)
        elif job.answer.done():
            return
        elif what == "failed":
            if isinstance(value, EngineError):
                value.partial = tuple(job.parts)
            job.answer.set_exception(
                value if isinstance(value, OCRError) else EngineError("the embedded engine failed without saying why")
            )
        else:
            job.answer.set_result(job.parts if job.parts and value is None else value)

    def _late(self, number: int) -> None:
        self._overdue = number
        self.end()

    def _gone(self) -> None:
        """The process is dead or dying: tell whoever waits for it, once it is known how it ended."""
        if self.ended:
            return
        self._forget()
        ending = self._loop.create_task(self._settle(), name="ocr_async.worker.settle")
        _settling.add(ending)
        ending.add_done_callback(_settling.discard)

    def _forget(self) -> None:
        self.ended = True
        if self.idle is not None:
            self.idle.cancel()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.remove_reader(self._connection)
        self._decoder.close()

    async def _settle(self) -> None:
        killed = self._overdue is not None
        status = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = await asyncio.to_thread(self.process.wait, 0.5)
        await asyncio.to_thread(self._end)
        for number, job in list(self.jobs.items()):
            if job.answer.done():
                continue
            if number == self._overdue:
                error, guilty = EngineError(f"the worker gave no sign for {job.seconds:g} s and was killed"), True
            else:
                error = EngineError(f"the worker crashed{_how(status)}" if not killed else "the worker was killed")
                # Killed from outside (the kernel's out-of-memory killer, an operator), or beside the culprit.
                guilty = not killed and status != -signal.SIGKILL and self.kind == "parser"
            error.partial = tuple(job.parts)
            job.answer.set_exception(_Lost(error, guilty=guilty))
        if self.jobs:
            _logger.warning("a %s ended in the middle of %d task(s)%s", self.kind, len(self.jobs), _how(status))


_settling: set[asyncio.Task[None]] = set()


def _how(status: int | None) -> str:
    if status is None:
        return ""
    if status >= 0:
        return f" (exit code {status})"
    with contextlib.suppress(ValueError):
        return f" with signal {signal.Signals(-status).name}"
    return f" with signal {-status}"


def _start(kind: _Kind) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603
                # -S, -P: nothing in the site or the current directory changes what a worker imports; it gets our path
                [sys.executable, "-S", "-P", "-m", "ocr_async.engine", kind],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is ours to answer
            )
        except BaseException:
            ours.close()
            raise
    ours.setblocking(False)
    return process, ours


def _environment() -> dict[str, str]:
    """Keys and tokens stay here; what the interpreter needs to start goes along."""
    kept = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "TMPDIR", "TESSDATA_PREFIX")
    package = str(Path(__file__).resolve().parents[2])
    path = dict.fromkeys([package, *(os.path.abspath(entry) for entry in sys.path if entry)])
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
    }


def _end(process: subprocess.Popen[bytes], connection: socket.socket, owner: int) -> None:
    if os.getpid() != owner:
        return
    connection.close()
    if process.returncode is None:
        process.kill()
        process.wait()


def _discard(starting: asyncio.Future[tuple[subprocess.Popen[bytes], socket.socket]]) -> None:
    if not starting.cancelled() and starting.exception() is None:
        _end(*starting.result(), os.getpid())


_connections: weakref.WeakSet[socket.socket] = weakref.WeakSet()


def _after_fork() -> None:
    # A copy of the socket here would keep the parent's workers alive after the parent. The selector that watches it
    # is shared with the parent, so nothing is unregistered: the descriptor alone is closed.
    for connection in list(_connections):
        connection.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


# --- all of a loop ----------------------------------------------------------------------------------------------


class _Crew:
    """The workers of one kind."""

    def __init__(self, team: _Team, kind: _Kind, *, most: int, tasks: int) -> None:
        self.workers: list[_Worker] = []
        self._team = team
        self._kind = kind
        self._tasks = tasks
        self._count = most * tasks
        self._slots = asyncio.Semaphore(self._count)
        self._starting = asyncio.Lock()
        self._alone = asyncio.Lock()

    async def run(self, step: Compute) -> Any:
        async with self._slots:
            arguments = {
                name: await self._team.run(value) if isinstance(value, Compute) else value
                for name, value in step.arguments.items()
            }
            try:
                return await self._once(step, arguments)
            except _Lost as lost:
                if lost.guilty:
                    raise lost.error from None
        # Nobody knows which task ended the worker, or whether any did: each has a second try, with nothing beside it.
        async with self._alone, _all_of(self._slots, self._count):
            try:
                return await self._once(step, arguments)
            except _Lost as lost:
                raise lost.error from None

    async def _once(self, step: Compute, arguments: Mapping[str, Any]) -> Any:
        documents = await self._team.placed(arguments.values())
        worker = await self._worker(arguments.get("document"))
        try:
            return await worker.do(step, arguments, documents)
        finally:
            self._rest(worker)

    async def _worker(self, document: object) -> _Worker:
        key = document.path if isinstance(document, FileOnDisk) else id(document)
        async with self._starting:
            free = [worker for worker in self.workers if not worker.ended and len(worker.jobs) < self._tasks]
            # The one that has the document open already, else the one that worked last.
            same = [worker for worker in free if worker.last == key]
            if same or free:
                worker = (same or free)[-1]
            else:
                worker = await _Worker.start(self._kind)
                self.workers.append(worker)
            worker.last = key
            return worker

    def _rest(self, worker: _Worker) -> None:
        if worker.ended:
            if worker in self.workers:
                self.workers.remove(worker)
        elif not worker.jobs:
            worker.idle = asyncio.get_running_loop().call_later(self._team.idle_seconds, self._dismiss, worker)

    def _dismiss(self, worker: _Worker) -> None:
        if not worker.jobs:
            self.workers.remove(worker)
            worker.end()


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


class _Team:
    """All workers of one loop."""

    def __init__(self) -> None:
        self.idle_seconds = IDLE_SECONDS
        self.owner = os.getpid()
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.crews: dict[_Kind, _Crew] = {
            "parser": _Crew(self, "parser", most=processors, tasks=1),
            # One page more than processors: its picture is drawn while the others are read.
            "recogniser": _Crew(self, "recogniser", most=1, tasks=processors + 1),
        }
        self._documents: dict[int, tuple[weakref.ref[Bytes], Shared]] = {}
        self._placing = asyncio.Lock()

    async def run(self, step: Compute) -> Any:
        return await self.crews[step.worker].run(step)

    async def placed(self, arguments: Any) -> dict[int, Shared]:
        """Return shared memory for each document in memory among *arguments*, written once in its life."""
        documents = {}
        for value in arguments:
            if isinstance(value, Bytes):
                async with self._placing:
                    known = self._documents.get(id(value))
                    if known is None or known[0]() is not value:
                        memory = await asyncio.to_thread(Shared.holding, value.data)
                        known = self._documents[id(value)] = (weakref.ref(value, self._forget(id(value))), memory)
                documents[id(value)] = known[1]
        return documents

    def _forget(self, key: int) -> Callable[[object], None]:
        def forget(_: object) -> None:
            self._documents.pop(key, None)

        return forget

    async def close(self) -> None:
        for crew in self.crews.values():
            while crew.workers:
                await crew.workers.pop().close()


_TEAM: RunVar[_Team] = RunVar("_TEAM")
_KEEPER: RunVar[AsyncGenerator[_Team, None]] = RunVar("_KEEPER")


async def _team() -> _Team:
    team = _TEAM.get(None)
    if team is None or team.owner != os.getpid():
        # The loop finalises suspended asynchronous generators when it ends: this one owns the workers.
        keeper = _keep()
        team = await anext(keeper)
        _TEAM.set(team)
        _KEEPER.set(keeper)
    return team


async def _keep() -> AsyncGenerator[_Team, None]:
    team = _Team()
    try:
        yield team
    finally:
        await team.close()
