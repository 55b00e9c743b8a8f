"""
One worker process of the engine: its start, the tasks that it is busy with, and every way in which it ends.

It is started by a thread and spoken to over a socket that the loop watches: asyncio's own subprocesses need a child
watcher, which on Python 3.11 a loop outside of the main thread may not have.
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
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

from .._shared import Decoder, Shared, encode, read_some, write_some
from ..errors import EngineCrashed, EngineError, OCRError
from ..steps import Compute


__all__ = ["Kind", "Worker", "WorkerLost"]

P = ParamSpec("P")
T = TypeVar("T")
Kind = Literal["parser", "recogniser"]
_logger = logging.getLogger(__name__)
_numbers = itertools.count(1)


class WorkerLost(Exception):
    """
    A worker died during a task.

    Attributes:
        at_fault: Whether this task is known to be the cause, so that a second try would end alike.
    """

    def __init__(self, error: EngineError | EngineCrashed, *, at_fault: bool) -> None:
        super().__init__(str(error))
        self._error = error
        self.at_fault = at_fault

    def take(self) -> EngineError | EngineCrashed:
        """
        Return what the task comes to if it has no second try: `EngineCrashed` where nothing from outside ended the
        worker.

        Only once: whoever raises it has this error as its context, and both would keep each other, and the document.
        """
        error = self._error
        del self._error
        return error


class _Job:
    __slots__ = ("answer", "parts", "seconds", "timer")

    def __init__(self, answer: asyncio.Future[Any], seconds: float) -> None:
        self.answer = answer
        self.seconds = seconds
        self.parts: list[Any] = []
        self.timer: asyncio.TimerHandle | None = None


class Worker:
    """One process and the tasks that it is busy with."""

    def __init__(self, kind: Kind, process: subprocess.Popen[bytes], connection: socket.socket) -> None:
        self.kind = kind
        self.process = process
        self.last: object = None
        self.jobs: dict[int, _Job] = {}
        self.ended = False
        self.memory = 0  # bytes, as it says itself after a task; a parser alone does
        self.idle: asyncio.TimerHandle | None = None
        self._given_up = False
        self._heard = False
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._decoder = Decoder()
        self._sending = asyncio.Lock()
        self._overdue: int | None = None
        self._confused: EngineError | None = None
        # Whatever happens to the loop, the process goes and is waited for: at the latest when the interpreter exits.
        self._end = weakref.finalize(self, _end, process, connection, os.getpid())
        _connections.add(connection)
        self._loop.add_reader(connection, self._readable)

    @classmethod
    async def start(cls, kind: Kind) -> Worker:
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
            WorkerLost: The process ended meanwhile.
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
                self._given_up = True
                self.end()
            raise
        finally:
            del self.jobs[number]
            if job.timer is not None:
                job.timer.cancel()
            del job  # or the error's traceback would hold itself, and with it the picture of the page

    def fate(self) -> str:
        """Return in a word why it ended: cancelled, overdue, killed, processor_time or crashed."""
        if self._given_up:
            return "cancelled"
        if self._overdue is not None:
            return "overdue"
        status = self.process.poll()
        if status is not None and status in _FROM_OUTSIDE:
            return "killed"
        return "processor_time" if status == -signal.SIGXCPU else "crashed"

    def end(self) -> None:
        """Kill the process; the tasks that it is busy with are lost."""
        if self.process.returncode is None:
            self.process.kill()
        self._gone()

    async def close(self) -> None:
        """Kill the process and wait until it is gone."""
        self._forget()
        await _aside(self._end)

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
            self._confused = error
            self.end()
            return
        for number, what, value in messages:
            if what == "refused":
                self._report(value)
            self._heard = True
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
        elif what == "memory":
            self.memory = value if isinstance(value, int) else 0
        elif job.answer.done():
            return
        elif what == "failed":
            if isinstance(value, (EngineError, EngineCrashed)):
                value.partial = tuple(job.parts)
            job.answer.set_exception(
                value if isinstance(value, OCRError) else EngineError("the embedded engine failed without saying why")
            )
        else:
            job.answer.set_result(job.parts if job.parts and value is None else value)

    def _report(self, refused: Any) -> None:
        """Tell in the log, once, what the system does not keep from workers. They may say it as their first word."""
        if not self._heard and isinstance(refused, str) and refused.isprintable():
            _tell_once(refused[:500])

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
        status = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = await _aside(self.process.wait, 5.0)
        await _aside(self._end)
        for number, job in list(self.jobs.items()):
            if job.answer.done():
                continue
            job.answer.set_exception(self._lost(number, job, status))
        if self.jobs:
            _logger.warning("a %s %s in the middle of %d task(s)", self.kind, _how(status), len(self.jobs))

    def _lost(self, number: int, job: _Job, status: int | None) -> WorkerLost:
        partial = tuple(job.parts)
        alone = self.kind == "parser"
        if self._confused is not None:
            return WorkerLost(EngineCrashed(f"{self._confused}{_BLAME}", partial=partial), at_fault=alone)
        if self._overdue == number:
            # Perhaps it was the machine that was slow, or somebody stopped the process.
            silence = f"the worker gave no sign for {job.seconds:g} s and was killed"
            return WorkerLost(EngineCrashed(f"{silence}{_BLAME}", partial=partial), at_fault=False)
        if self._overdue is not None or status in _FROM_OUTSIDE:
            # Killed beside the culprit, or by the kernel's out-of-memory killer, or by an operator.
            return WorkerLost(EngineError(f"the worker {_how(status)}", partial=partial), at_fault=False)
        return WorkerLost(EngineCrashed(f"the worker {_how(status)}{_BLAME}", partial=partial), at_fault=alone)


_FROM_OUTSIDE = {None, -signal.SIGKILL, -signal.SIGTERM}
_BLAME = ": the document is damaged, or asks for more than a page gets"
_settling: set[asyncio.Task[None]] = set()


@cache
def _tell_once(refused: str) -> None:
    _logger.info("workers are less confined here than they could be: %s", refused)


async def _aside(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Do *work* on another thread; here, where the loop or the interpreter is ending and gives no more threads."""
    try:
        return await asyncio.to_thread(work, *arguments, **named)
    except RuntimeError:
        return work(*arguments, **named)


def _how(status: int | None) -> str:
    if status is None or status in _FROM_OUTSIDE:
        return "was killed"
    if status >= 0:
        return f"crashed with exit code {status}"
    if status == -signal.SIGXCPU:
        return "used up its processor time and was ended"
    with contextlib.suppress(ValueError):
        return f"crashed with signal {signal.Signals(-status).name}"
    return f"crashed with signal {-status}"


def _start(kind: Kind) -> tuple[subprocess.Popen[bytes], socket.socket]:
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
