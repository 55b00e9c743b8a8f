"""
The process that starts the workers of a gateway, replaces those that die or no longer answer, and ends them.

It opens the sockets and the data, and keeps what all share (`coordinator`); it serves no request itself. SIGHUP
replaces the workers one after the other: the next takes connections before the last stops, and reads the configuration
anew.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import anyio.to_thread
from attrs import define, field

from ..._ipc import memory
from ..._platform.signals import on_stop
from ..._tasks import beside, shielded
from ...errors import ConfigurationError
from ..access.control import Access, digest
from ..access.sync import accounts
from ..config.config import Config
from ..config.startup import Startup, where
from ..operating.log import LoopErrors, event
from ..serve import announce, check_exposure, prepare_process
from ..storage.failures import StorageUnavailable
from ..storage.local import LocalStorage, open_storage
from ..storage.sweeper import sweep
from .board import Board
from .coordinator import Coordinator, Peer
from .heartbeat import until_silent
from .link import LinkLost, open_link
from .listening import open_sockets
from .recogniser import lend
from .totals import Family, Totals, of_process


__all__ = ["run"]

_LOG = logging.getLogger("ocr_async.gateway")

_START = 120.0  # seconds for a worker to begin to serve
_STARTS = 3  # times in a row that workers may die at their start while none serves
_SHORTEST, _LONGEST = 0.5, 30.0  # seconds before a worker is started again
_SETTLED = 10.0  # seconds that a worker has to live, to be replaced at once
_TO_END = 5.0  # seconds beyond the grace
_SCRAPE = 2.0  # seconds for a worker to tell its metrics


async def run(startup: Startup, config: Config, host: str, port: int, workers: int, say: Callable[[str], None]) -> None:
    """
    Serve with so many *workers* until SIGTERM or SIGINT; then let running requests end within the grace, and return.

    Args:
        startup: From which the workers read *config* again.

        port: 0 takes a free one.

        say: Tells people where it listens, and what they should know.

    Raises:
        ConfigurationError: See `serve.check_exposure`; or workers die at their start.

        OSError: The address cannot be listened to.
    """
    if os.name != "posix":
        raise ConfigurationError("--workers needs Linux or macOS: here start one gateway, without it")
    check_exposure(config, host)
    prepare_process()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(LoopErrors())
    stop, again = asyncio.Event(), asyncio.Event()
    on_stop(loop, stop.set)
    loop.add_signal_handler(signal.SIGHUP, again.set)
    sockets = await open_sockets(host, port)
    try:
        async with _supervisor(startup, config, sockets, workers) as supervisor:
            if await supervisor.until(stop, supervisor.start()):
                announce(config, host, sockets[0].getsockname()[1], say, workers=workers)
                await supervisor.until(stop, supervisor.serve(again))
            event(_LOG, logging.INFO, "stopping", grace_seconds=config.grace)
            for each in sockets:
                each.close()
            await supervisor.stop()
        event(_LOG, logging.INFO, "stopped")
    finally:
        for each in sockets:
            each.close()


@asynccontextmanager
async def _supervisor(
    startup: Startup, config: Config, sockets: list[socket.socket], workers: int
) -> AsyncIterator[_Supervisor]:
    access = Access(master=None if config.master_key is None else digest(config.master_key))
    async with AsyncExitStack() as stack:
        storage = keys = None
        if config.database is None:  # which counts for all, as for several gateways
            storage = await open_storage(config.data)
            stack.push_async_callback(storage.close)
            keys = await stack.enter_async_context(accounts(access, storage))
            await stack.enter_async_context(beside(sweep(storage)))
        supervisor = _Supervisor(startup, config, sockets, workers, storage, Coordinator(access, keys))
        try:
            yield supervisor
        finally:
            await shielded(supervisor.kill())


@define(eq=False)
class _Worker:
    """A process, from its start until it is waited for."""

    index: int
    place: int
    process: subprocess.Popen[bytes]
    peer: Peer = field(factory=Peer)
    lost: asyncio.Event = field(factory=asyncio.Event)
    gone: asyncio.Task[None] | None = None
    watched: asyncio.Task[None] | None = None
    began: float = 0.0
    ending: bool = False
    hung: bool = False


@define(eq=False)
class _Supervisor:
    startup: Startup
    config: Config
    sockets: list[socket.socket]
    count: int
    storage: LocalStorage | None
    coordinator: Coordinator
    board: Board = field(init=False)
    totals: Totals = field(factory=Totals)
    slots: list[_Worker | None] = field(init=False)
    alive: set[_Worker] = field(factory=set)
    fails: int = 0  # starts in a row that failed
    filling: list[asyncio.Lock] = field(init=False)  # a slot gets one worker at a time
    ends: dict[str, int] = field(factory=lambda: {"died": 0, "hung": 0, "replaced": 0})

    def __attrs_post_init__(self) -> None:
        self.board = Board.new(2 * self.count)  # while one is replaced, there are two
        self.slots = [None] * self.count
        self.filling = [asyncio.Lock() for _ in range(self.count)]

    async def until(self, stop: asyncio.Event, work: Any) -> bool:
        """Do *work* until *stop*; return whether it came to its end."""
        working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
                return True
            return False
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)

    async def start(self) -> None:
        """
        Start all workers.

        Raises:
            ConfigurationError: They die at their start.
        """
        await asyncio.gather(*map(self._fill, range(self.count)))

    async def serve(self, again: asyncio.Event) -> None:
        """Keep all workers going, and replace them when *again* is set."""
        keepers = [asyncio.ensure_future(self._keep(index)) for index in range(self.count)]
        try:
            renewing = asyncio.ensure_future(self._renew_again(again))
            keepers.append(renewing)
            await asyncio.gather(*keepers)
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)

    async def stop(self) -> None:
        """End all workers; those that take longer than the grace are killed."""
        for worker in list(self.alive):
            self._end(worker, replaced=False)
        waits = [worker.gone for worker in self.alive if worker.gone is not None]
        if waits:
            await asyncio.wait(waits, timeout=self.config.grace + _TO_END)

    async def kill(self) -> None:
        """Have no worker left."""
        for worker in list(self.alive):
            worker.process.kill()
        await asyncio.gather(*(worker.gone for worker in self.alive if worker.gone is not None))

    # --- one worker -------------------------------------------------------------------------------------------------

    async def _fill(self, index: int) -> None:
        """Have a worker serve at *index*, however often it has to be started."""
        while True:
            try:
                self.slots[index] = await self._started(index)
            except (OSError, RuntimeError, TimeoutError, ConfigurationError) as error:
                self.fails += 1
                event(_LOG, logging.ERROR, "worker_not_started", worker=index + 1, **_why(error))
                if self.fails >= _STARTS and not any(worker.peer.serves for worker in self.alive):
                    raise ConfigurationError(f"the workers of the gateway die at their start: {_text(error)}") from None
                await asyncio.sleep(_pause(self.fails))
            else:
                self.fails = 0
                return

    async def _keep(self, index: int) -> None:
        early = 0  # deaths in a row soon after the start
        while True:
            worker = self.slots[index]
            assert worker is not None, "all were started"
            assert worker.gone is not None, "it was spawned"
            await asyncio.wait([worker.gone])
            if self.slots[index] is not worker:
                continue  # it was replaced
            status = worker.process.returncode
            event(_LOG, logging.ERROR, "worker_died", worker=index + 1, pid=worker.process.pid, status=status)
            self.ends["hung" if worker.hung else "died"] += 1
            early = early + 1 if asyncio.get_running_loop().time() - worker.began < _SETTLED else 0
            await asyncio.sleep(_pause(early))
            async with self.filling[index]:
                if self.slots[index] is worker:
                    await self._fill(index)

    async def _renew_again(self, again: asyncio.Event) -> None:
        while True:
            await again.wait()
            again.clear()
            event(_LOG, logging.INFO, "replacing_workers")
            for index in range(self.count):
                async with self.filling[index]:
                    if not await self._renew(index):
                        break
            else:
                event(_LOG, logging.INFO, "workers_replaced")

    async def _renew(self, index: int) -> bool:
        """Replace the worker at *index* by a new one; return whether it could be."""
        while len(self.alive) > self.count and any(one.ending for one in self.alive):
            # one that was replaced before works on, as its requests take long
            await asyncio.wait([one.gone for one in self.alive if one.ending and one.gone is not None])
        try:
            new = await self._started(index)
        except (OSError, RuntimeError, TimeoutError, ConfigurationError) as error:
            event(_LOG, logging.ERROR, "worker_not_replaced", worker=index + 1, **_why(error))
            return False
        old, self.slots[index] = self.slots[index], new
        if old is not None and old in self.alive:
            self._end(old, replaced=True)
        self.ends["replaced"] += 1
        return True

    async def _started(self, index: int) -> _Worker:
        worker = await shielded(self._spawn(index))
        try:
            async with asyncio.timeout(_START):
                assert worker.peer.link is not None
                await worker.peer.link.call("start", {
                    "index": index,
                    "workers": self.count,
                    "place": worker.place,
                    "startup": self.startup.facts(),
                    "where": where(self.config),
                    "open": self.config.master_key is None,
                    "memory": str(memory.folder()) if memory.NAMED else "",
                })  # fmt: skip
        except BaseException:
            worker.process.kill()
            raise
        worker.began = asyncio.get_running_loop().time()
        worker.watched = asyncio.ensure_future(self._watch(worker))
        self.coordinator.start(worker.peer)
        event(_LOG, logging.INFO, "worker_started", worker=index + 1, pid=worker.process.pid)
        return worker

    async def _spawn(self, index: int) -> _Worker:
        link, links = socket.socketpair()
        try:
            with links:
                descriptors = [links.fileno(), self.board.descriptor, *(each.fileno() for each in self.sockets)]
                process = await anyio.to_thread.run_sync(_start, descriptors)
        except BaseException:
            link.close()
            raise
        worker = _Worker(index, self.board.take(), process)
        self.alive.add(worker)
        self.coordinator.peers.append(worker.peer)
        serves: Mapping[str, Callable[..., Any]] = {
            **self.coordinator.serves(worker.peer),
            "counters": lambda told: self.totals.tell(worker.peer.number, told),
            "metrics": self._metrics,
            "recognise": lend,
        }
        worker.peer.link = await open_link(link, serves, worker.lost.set)
        worker.gone = asyncio.ensure_future(self._until_gone(worker))
        return worker

    async def _watch(self, worker: _Worker) -> None:
        """Kill *worker* when its loop no longer answers."""
        assert worker.peer.link is not None, "it has started"
        with suppress(LinkLost):
            await until_silent(worker.peer.link, self.config.worker_timeout)
            facts = {"worker": worker.index + 1, "pid": worker.process.pid, "seconds": self.config.worker_timeout}
            event(_LOG, logging.ERROR, "worker_hung", **facts)
            worker.hung = True
            worker.process.kill()

    def _end(self, worker: _Worker, *, replaced: bool) -> None:
        worker.ending = True
        self.coordinator.retire(worker.peer)
        if worker.peer.link is not None:
            worker.peer.link.tell("stop", replaced)

    async def _until_gone(self, worker: _Worker) -> None:
        await worker.lost.wait()
        if worker.watched is not None:
            worker.watched.cancel()
        self.coordinator.lose(worker.peer)
        with suppress(subprocess.TimeoutExpired):
            await anyio.to_thread.run_sync(worker.process.wait, _TO_END if worker.ending else 0.5)
        worker.process.kill()
        await anyio.to_thread.run_sync(worker.process.wait)
        self.alive.discard(worker)
        self.board.clear(worker.place)
        self.totals.end(worker.peer.number)
        self.coordinator.drop(worker.peer)
        if self.storage is not None:
            with suppress(StorageUnavailable):  # then the next start does
                await self.storage.release(f"{worker.process.pid}-")

    # --- metrics ----------------------------------------------------------------------------------------------------

    async def _metrics(self) -> str:
        await asyncio.gather(*(self._ask(worker.peer) for worker in self.alive if worker.began))
        self.totals.tell(0, await anyio.to_thread.run_sync(of_process, "supervisor"))
        self.totals.tell(-1, self._own())
        return self.totals.written()

    async def _ask(self, peer: Peer) -> None:
        with suppress(LinkLost, TimeoutError, RuntimeError):
            async with asyncio.timeout(_SCRAPE):
                assert peer.link is not None
                self.totals.tell(peer.number, await peer.link.call("counters"))

    def _own(self) -> list[Family]:
        serving = sum(worker.peer.serves for worker in self.alive)
        ends = [["ocr_gateway_worker_ends_total", {"reason": why}, count] for why, count in self.ends.items()]
        return [
            ["ocr_gateway_workers", "gauge", "Processes that take requests.", [["ocr_gateway_workers", {}, serving]]],
            ["ocr_gateway_worker_ends", "counter", "Processes that were replaced, died, or hung.", ends],
        ]


def _start(descriptors: list[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", f"{__package__}", *map(str, descriptors)],
        stdin=subprocess.DEVNULL,
        pass_fds=descriptors,
        start_new_session=True,  # Ctrl-C is the supervisor's to answer
    )


def _pause(fails: int) -> float:
    """Return the seconds before a worker is started again, of which so many have died in a row."""
    return min(_SHORTEST * 2 ** (fails - 1), _LONGEST) if fails else 0.0


def _why(error: Exception) -> Mapping[str, str]:
    return {"error_type": type(error).__name__, "why": _text(error)}


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__
