"""Workers of Dask: a cluster of this machine for the time of the job, or one that a scheduler's address stands for."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import AsyncExitStack, ExitStack
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import anyio
from attrs import define, field

from ...errors import ConfigurationError, missing_extra
from ..pausing import Paused
from .distant import Lost
from .worker import Outcome, Task


if TYPE_CHECKING:
    from distributed import Client, LocalCluster

__all__ = ["Dask"]

_CONNECTING = 10.0  # seconds
_LOOPBACK = "127.0.0.1"


@define(eq=False)
class Dask:
    """
    A cluster of Dask.

    Attributes:
        address: Of its scheduler; None to start one here.

        count: Worker processes to start.

        threads: Documents at once in each of them.
    """

    address: str | None
    count: int
    threads: int
    _client: Client | None = None
    _stack: AsyncExitStack = field(factory=AsyncExitStack)

    @property
    def ours(self) -> bool:
        return self.address is None

    @property
    def workers(self) -> int:
        return self.count if self.ours else max(self._info("n_workers"), 1)

    @property
    def documents(self) -> int:
        return self.count * self.threads if self.ours else max(self._info("total_threads"), 1)

    async def __aenter__(self) -> Self:
        try:
            import distributed
        except ImportError as error:
            raise missing_extra("the executor dask", "dask") from error
        async with AsyncExitStack() as stack:
            where: Any = self.address
            if where is None:
                where = await stack.enter_async_context(self._cluster(stack))
            else:
                await _probe(where)
            client = distributed.Client(where, asynchronous=True, set_as_default=False)
            await stack.enter_async_context(client)
            if not await client.nthreads():
                raise ConfigurationError(f"the cluster of Dask at {self.address} has no workers")
            self._client, self._stack = client, stack.pop_all()
        return self

    def _cluster(self, stack: ExitStack | AsyncExitStack) -> LocalCluster:
        from dask.config import set as configured
        from distributed import LocalCluster

        # the ledger counts deaths: a task whose worker died comes back at once
        stack.enter_context(configured({"distributed.scheduler.allowed-failures": 0}))
        return LocalCluster(
            n_workers=self.count,
            threads_per_worker=self.threads,
            processes=True,
            host=_LOOPBACK,
            dashboard_address=f"{_LOOPBACK}:0",  # where its server for metrics listens; None is port 8787
            scheduler_kwargs={"dashboard": False},
            asynchronous=True,
            preload=__name__,
            silence_logs=logging.CRITICAL,
            memory_limit=0,  # the engine's memory is not Dask's to judge
            local_directory=stack.enter_context(TemporaryDirectory(prefix="ocr_async-dask-")),
        )

    async def __aexit__(self, *_: object) -> None:
        with anyio.CancelScope(shield=True):
            await self._stack.aclose()

    async def call(self, function: Callable[[Task], Outcome], task: Task) -> Outcome:
        """Return what *function* returns in a worker."""
        from distributed import KilledWorker

        assert self._client is not None, "it was entered"
        future = self._client.submit(function, task, pure=False)
        try:
            outcome: Outcome = await future
        except KilledWorker as error:
            raise Lost("its process ended") from error
        except CancelledError as error:  # not that of a task of ours, which asyncio has
            raise Paused(f"the scheduler of Dask is gone ({error})") from error
        except ImportError as error:
            raise ConfigurationError(f"a worker of Dask lacks what reads: {error}") from error
        finally:
            future.release()
        return outcome

    def _info(self, name: str) -> int:
        assert self._client is not None, "it was entered"
        return int(self._client.scheduler_info()[name])


async def _probe(address: str) -> None:
    """
    Look whether a scheduler is there; a client that does not find one leaves warnings behind.

    Raises:
        ConfigurationError: None answers.
    """
    from distributed.comm.core import connect

    try:
        await (await connect(address, timeout=_CONNECTING)).close()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"no scheduler of Dask answers at {address}: {error}") from error


def dask_setup(_: object) -> None:
    """Leave Ctrl-C to the main process. Dask calls it in each worker that was told to load this module."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
