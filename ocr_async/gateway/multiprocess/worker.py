"""
One worker of several: a gateway that accepts on sockets which it was given, and asks its coordinator for what all
share.

The process is started afresh, not forked, so it inherits nothing but descriptors: no thread, no loop, no session and no
worker of the engine. It ends with the process that started it, however that ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anyio.to_thread
from aiohttp import web

from ..._ipc import memory
from ..._platform import processors
from ..._platform.limits import raise_open_files
from ...errors import ConfigurationError
from ..app import create_app
from ..batch.runner import BATCHES
from ..config.startup import Startup, where
from ..intake.connections import MOST_CONNECTIONS
from ..operating.log import LoopErrors, to_stderr
from ..operating.memory import collect_seldom
from ..routes.health import snapshot
from ..serve import LAST_CALL, prepare_process
from ..state import GATEWAY, Gateway, Sharing
from .board import Board, Place, SharedLoad
from .link import Link, open_link
from .listening import SharedSite
from .permits import CoordinatedPermits
from .recogniser import borrow
from .shared import CoordinatedLimits, SharedClaims
from .totals import Family, families, of_process


__all__ = ["main"]

_TELL = 2.0  # seconds between two times that it tells its metrics
_IDLE = 10.0  # seconds for which connections of a worker that is replaced wait for their client's next request
_LOOK = 0.02  # seconds between two looks whether all connections are closed


def main() -> None:
    """Serve as ``python -m ocr_async.gateway.multiprocess LINK BOARD SOCKET …`` with descriptors says."""
    link, board, *sockets = map(int, sys.argv[1:])
    prepare_process()
    asyncio.run(_run(socket.socket(fileno=link), Board(board), sockets))


async def _run(link: socket.socket, board: Board, sockets: list[int]) -> None:
    asyncio.get_running_loop().set_exception_handler(LoopErrors())
    worker = _Worker(board, [socket.socket(fileno=each) for each in sockets])
    await worker.run(link)


class _Worker:
    def __init__(self, board: Board, sockets: list[socket.socket]) -> None:
        self._board = board
        self._sockets = sockets
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._serves: dict[str, Callable[..., Any]] = {}
        self._link: Link | None = None
        self._app: web.Application | None = None
        self._runner: web.AppRunner | None = None
        self._site: SharedSite | None = None
        self._ended = False
        self._name = ""

    @property
    def _serving(self) -> web.Application:
        assert self._app is not None, "it has started"
        return self._app

    @property
    def _gateway(self) -> Gateway:
        return self._serving[GATEWAY]

    @property
    def _up(self) -> Link:
        assert self._link is not None, "it is the first thing that there is"
        return self._link

    async def run(self, link: socket.socket) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stop, False)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._serves = {
            "start": self._start,
            "stop": self._stop,
            "answer": lambda: None,
            "counters": self._counters,
            "look_at_keys": self._look_at_keys,
        }
        self._link = await open_link(link, self._serves, self._orphaned)
        await self._stopping.wait()
        if self._runner is not None:
            telling = self._loop.create_task(self._free_batches())
            await self._end()
            telling.cancel()
            self._up.tell("counters", await self._counters())
        self._ended = True
        await self._up.close()

    def _orphaned(self) -> None:
        if not self._ended:
            os._exit(1)  # nobody would keep what requests come to

    # --- the start --------------------------------------------------------------------------------------------------

    async def _start(self, facts: Mapping[str, Any]) -> None:
        """
        Begin to serve.

        Raises:
            ConfigurationError: See `create_app`, and where the folder of data has changed.
        """
        index, workers, place = facts["index"], facts["workers"], Place(self._board, facts["place"])
        self._name = str(index + 1)
        to_stderr(worker=index + 1)
        config = await asyncio.to_thread(Startup(**facts["startup"]).load, os.environ, lambda _: None)
        if where(config) != facts["where"]:
            raise ConfigurationError(
                "the folder, database or object store of data is another one now: end the gateway, and start it again"
            )
        if (config.master_key is None) != facts["open"]:
            raise ConfigurationError(
                "whether there is a master key cannot change: stop the gateway, and start it again"
            )
        if memory.NAMED:
            memory.use_folder(Path(facts["memory"]))
        await borrow(self._up, parsers=-(-processors.usable() // workers))
        open_files = raise_open_files(4 * MOST_CONNECTIONS)
        app = await asyncio.to_thread(create_app, config)
        gateway = app[GATEWAY]
        gateway.sharing = Sharing(None if config.database else f"{os.getpid()}-", lambda: self._up.call("keys_changed"))
        gateway.load = SharedLoad(place=place)
        gateway.limits = CoordinatedLimits(self._up)
        gateway.permits = CoordinatedPermits(self._up)
        gateway.repeats.claims = SharedClaims(self._up)
        gateway.scrape = self._scrape
        app[BATCHES].elsewhere = self._look_elsewhere
        most = -(-min(MOST_CONNECTIONS, open_files // 2) // workers)
        self._app = app
        batches = app[BATCHES]
        self._serves |= {"run_batches": batches.start, "batches_look": batches.look_here}
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=config.grace)
        await runner.setup()
        await self._look_at_keys()  # what changed while they were read was told to nobody here
        site = SharedSite(runner, self._sockets, place, most=most)
        await site.start()
        self._runner, self._site = runner, site
        self._telling = self._loop.create_task(self._tell())
        collect_seldom()

    def _look_elsewhere(self, cancelled: str | None) -> None:
        self._up.tell("batches_look", cancelled)

    async def _look_at_keys(self) -> None:
        if self._app is not None and (keys := self._gateway.keys) is not None:
            await keys.look()

    # --- metrics ----------------------------------------------------------------------------------------------------

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_TELL)
            self._up.tell("counters", await self._counters())

    async def _counters(self) -> list[Family]:
        gateway = self._gateway
        counted = [one for each in gateway.metrics.present(snapshot(gateway)) for one in families(each)]
        name = f"{self._name} (ending)" if self._stopping.is_set() else self._name
        return counted + await anyio.to_thread.run_sync(of_process, name)

    async def _scrape(self) -> bytes:
        return str(await self._up.call("metrics")).encode()

    # --- the end ----------------------------------------------------------------------------------------------------

    def _stop(self, replaced: bool) -> None:
        """Take no more connections and end what runs: within the grace, or where others serve on, in its own time."""
        if self._runner is None:
            self._stopping.set()
            return
        gateway = self._gateway
        if replaced:
            gateway.replaced = True
            gateway.ends = self._loop.time() + max(gateway.config.grace, gateway.config.timeout)
        elif gateway.ends is None or gateway.replaced:
            gateway.replaced = False
            gateway.ends = self._loop.time() + gateway.config.grace
        self._stopping.set()

    async def _end(self) -> None:
        assert self._site is not None, "it has started"
        assert self._runner is not None, "it has started"
        gateway, site, began = self._gateway, self._site, self._loop.time()
        await site.stop()
        await asyncio.sleep(LAST_CALL)
        while gateway.replaced and site.opened.count and gateway.left():
            if self._loop.time() > began + _IDLE:
                site.opened.close_idle()
            await asyncio.sleep(_LOOK)
        await self._runner.cleanup()

    async def _free_batches(self) -> None:
        """Do no more batches, and let others do them as soon as no request of one is being worked on here."""
        batches = self._serving[BATCHES]
        batches.stop()
        batches.elsewhere = self._look_elsewhere
        await batches.stopped()
        self._up.tell("batches_free")
