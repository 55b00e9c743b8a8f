"""
One worker process of the engine: its start, the tasks that it is busy with, and every way in which it ends.

It is started by a thread and spoken to over a socket (`channel`): asyncio's own subprocesses need a child watcher,
which on Python 3.11 a loop outside of the main thread may not have.
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
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

from .._ipc import starting, values
from .._ipc.memory import Shared
from .._ipc.messages import Decoder, encode
from .._platform import processor_time, processors
from ..errors import EngineCrashed, EngineError, OCRError
from ..steps import Compute
from .channel import Channel, open_channel


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
    __slots__ = ("answer", "checked", "judging", "parts", "seconds", "streamed", "timer")

    def __init__(self, answer: asyncio.Future[Any], step: Compute) -> None:
        self.answer = answer
        self.seconds = step.seconds
        self.checked = values.answer(step.task)
        self.streamed = step.task in values.STREAMED
        self.parts: list[Any] = []
        self.timer: asyncio.TimerHandle | None = None
        self.judging: asyncio.Task[None] | None = None

    def rest(self) -> None:
        """Wait no longer for a sign."""
        if self.timer is not None:
            self.timer.cancel()
        if self.judging is not None:
            self.judging.cancel()


class Worker:
    """One process and the tasks that it is busy with."""

    def __init__(self, kind: Kind, process: subprocess.Popen[bytes], connection: socket.socket) -> None:
        self.kind = kind
        self.process = process
        self.last: object = None
        self.jobs: dict[int, _Job] = {}
        self.left: dict[int, _Job] = {}  # that nobody waits for any more, and which the process has not ended yet
        self.memory = 0  # bytes, as it says itself after a task; a parser alone does
        self.idle: asyncio.TimerHandle | None = None
        self._forgotten = False
        self._given_up = False
        self._heard = False
        self._loop = asyncio.get_running_loop()
        self._channel: Channel | None = None
        self._decoder = Decoder()
        self._sending = asyncio.Lock()
        self._less = asyncio.Event()
        self._overdue: int | None = None
        self._confused: EngineError | None = None
        # Whatever happens to the loop, the process goes and is waited for: at the latest when the interpreter exits.
        self._end = weakref.finalize(self, _end, process, connection, os.getpid())

    @classmethod
    async def start(cls, kind: Kind) -> Worker:
        """Start a process; it is ready when it takes its first task."""
        started = await asyncio.to_thread(_Started, kind)
        process, connection = started.taken()
        worker = cls(kind, process, connection)
        worker._channel = await open_channel(connection, worker._arrived)
        return worker

    async def do(self, step: Compute, arguments: Mapping[str, Any], documents: Mapping[int, Shared]) -> Any:
        """
        Do *step* with *arguments*; return what it gives.

        Raises:
            WorkerLost: The process ended meanwhile.
        """
        number = next(_numbers)
        job = self.jobs[number] = _Job(self._loop.create_future(), step)
        if self.idle is not None:
            self.idle.cancel()
        try:
            self._await_sign(number, job)
            await self._send((number, step.task, dict(arguments), step.seconds), documents)
            return await job.answer
        except asyncio.CancelledError:
            if self.kind == "parser":
                self._given_up = True
                self.end()
            elif job.answer.cancelled() and not self.ended:  # it was sent, and not answered
                self.left[number] = job
                _in_background(self._send((number, "stop", {}, 0.0), {}))
            raise
        finally:
            del self.jobs[number]
            if number not in self.left:
                job.rest()
            del job  # or the error's traceback would hold itself, and with it the picture of the page

    @property
    def ended(self) -> bool:
        """Whether it takes no more tasks: its process is dead or dying."""
        if not self._end.alive:  # the interpreter ends, and functions that it calls then may read on
            self._gone()
        return self._forgotten

    async def less(self) -> None:
        """Wait until one of the tasks that are `left` has ended, as the process may have."""
        self._less.clear()
        await self._less.wait()

    def fate(self) -> str:
        """Return in a word why it ended: cancelled, overdue, killed, processor_time or crashed."""
        if self._given_up:
            return "cancelled"
        if self._overdue is not None:
            return "overdue"
        status = self.process.poll()
        if status is not None and status in _FROM_OUTSIDE:
            return "killed"
        return "processor_time" if status == _OUT_OF_TIME else "crashed"

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
        assert self._channel is not None
        data, beside = encode(message, lambda document: documents[id(document)])
        async with self._sending:
            try:
                await self._channel.send(data, beside)
            except OSError:
                self._gone()

    def _arrived(self, data: bytes, descriptors: Sequence[int]) -> None:
        try:
            for message in self._decoder.feed(data, descriptors):
                self._take(message)
                self._heard = True
        except EngineError as error:
            _logger.warning("a %s was ended: %s", self.kind, error)
            self._confused = error
            self.end()
            return
        if not data:
            self._gone()

    def _take(self, message: tuple[Any, ...]) -> None:
        """
        Heed what the worker says.

        Raises:
            EngineError: It makes no sense.
        """
        match message:
            case (0, "refused", str(refused)) if not self._heard:
                return self._report(refused)
            case (int(number), str(what), value):
                job = self.jobs.get(number) or self.left.get(number)
            case _:
                raise EngineError("a worker sent something that is no message")
        if job is None:
            return None
        if what in {"done", "failed"} and self.left.pop(number, None) is not None:
            job.rest()
            self._less.set()
            return None
        try:
            match what:
                case "part" if job.streamed:
                    job.parts.append(job.checked(value))
                    self._await_sign(number, job)
                case "sign" if self.kind == "recogniser":
                    self._await_sign(number, job)
                case "memory":
                    self.memory = value if isinstance(value, int) else 0
                case "failed":
                    self._failed(job, value)
                case "done":
                    if not job.answer.done():
                        job.answer.set_result(job.parts if job.streamed else job.checked(value))
                case _:
                    raise ValueError(f"{what[:10]!r} is not expected")
        except ValueError as error:
            raise EngineError(f"a worker sent a wrong answer ({error})") from error

    def _failed(self, job: _Job, error: Any) -> None:
        if job.answer.done():
            return
        if isinstance(error, (EngineError, EngineCrashed)):
            error.partial = tuple(job.parts)
        job.answer.set_exception(
            error if isinstance(error, OCRError) else EngineError("the embedded engine failed without saying why")
        )

    def _report(self, refused: str) -> None:
        """Tell in the log, once, what the system does not keep from workers. They may say it as their first word."""
        if refused.isprintable():
            _tell_once(refused[:500])

    def _await_sign(self, number: int, job: _Job) -> None:
        job.rest()
        job.timer = self._loop.call_later(job.seconds, self._late, number, job)

    def _late(self, number: int, job: _Job) -> None:
        job.judging = self._loop.create_task(self._judge(number, job), name="ocr_async.worker.judge")

    async def _judge(self, number: int, job: _Job) -> None:
        """
        End a worker that is silent and uses no processor, or more than it was given; a busy machine is not its fault.

        A parser is ended by the kernel when it has used up its processor time.
        """
        window = max(_SHORTEST_LOOK, min(job.seconds / 4, _LONGEST_LOOK))
        most = job.seconds * processors.usable()
        first = used = await _aside(processor_time.of_process, self.process.pid)
        while first is not None and used is not None and used - first < most:
            await asyncio.sleep(window)
            before, used = used, await _aside(processor_time.of_process, self.process.pid)
            if used is None or used - before < _ALIVE * window:
                break
        if not self.ended:
            self._overdue = number
            self.end()

    def _gone(self) -> None:
        """The process is dead or dying: tell whoever waits for it, once it is known how it ended."""
        if self._forgotten:
            return
        self._forget()
        _in_background(self._settle())

    def _forget(self) -> None:
        self._forgotten = True
        if self.idle is not None:
            self.idle.cancel()
        if self._channel is not None:
            self._channel.close()
        self._decoder.close()
        for job in self.left.values():
            job.rest()
        self.left.clear()
        self._less.set()

    async def _settle(self) -> None:
        by_exit = not self._end.alive  # the interpreter's
        status = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = await _aside(self.process.wait, 5.0)
        await _aside(self._end)
        for number, job in list(self.jobs.items()):
            if job.answer.done():
                continue
            job.answer.set_exception(self._lost(number, job, status))
        if self.jobs and not by_exit:
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


# Ends that others cause; where there are no signals, nobody tells whether it was so.
_FROM_OUTSIDE = {None, *(-getattr(signal, name) for name in ("SIGKILL", "SIGTERM") if hasattr(signal, name))}
_OUT_OF_TIME = -getattr(signal, "SIGXCPU", 1 << 16)
_BLAME = ": the document is damaged, or asks for more than a page gets"
_SHORTEST_LOOK, _LONGEST_LOOK = 1.0, 10.0  # seconds over which it is seen whether a worker uses the processor
_ALIVE = 0.01  # of those; a process among a hundred that want the same processor has as much
_background: set[asyncio.Task[None]] = set()


@cache
def _tell_once(refused: str) -> None:
    _logger.info("workers are less confined here than they could be: %s", refused)


def _in_background(work: Coroutine[Any, Any, None]) -> None:
    doing = asyncio.get_running_loop().create_task(work, name="ocr_async.worker.background")
    _background.add(doing)
    doing.add_done_callback(_background.discard)


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
    if status == _OUT_OF_TIME:
        return "used up its processor time and was ended"
    with contextlib.suppress(ValueError):
        return f"crashed with signal {signal.Signals(-status).name}"
    return f"crashed with signal {-status}"


class _Started:
    """A process that was started on another thread; it ends where nobody takes it, as when its loop has closed."""

    def __init__(self, kind: Kind) -> None:
        self._parts = starting.start("ocr_async.engine", kind, _environment())
        self._end = weakref.finalize(self, _end, *self._parts, os.getpid())

    def taken(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """Return the process and the socket to it, for the caller to end."""
        self._end.detach()
        return self._parts


def _environment() -> dict[str, str]:
    """Keys and tokens stay here; what the interpreter needs to start goes along."""
    of_windows = ("SYSTEMROOT", "TEMP", "TMP", "PATH", "USERPROFILE")
    kept = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "TMPDIR", "TESSDATA_PREFIX"]
    kept += of_windows if os.name == "nt" else ()
    package = str(Path(__file__).resolve().parents[2])
    path = dict.fromkeys([package, *(os.path.abspath(entry) for entry in sys.path if entry)])
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",  # of glibc, which otherwise keeps what pages freed in a heap for each thread
    }


def _end(process: subprocess.Popen[bytes], connection: socket.socket, owner: int) -> None:
    if os.getpid() != owner:
        return
    connection.close()
    if process.returncode is None:
        process.kill()
        process.wait()
