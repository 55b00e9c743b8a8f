"""The executor that the command line names."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import Executor as Futures
from pathlib import Path

from ..._api import OCR
from ..._platform.processors import usable
from ...errors import ConfigurationError
from .local import HOSTED, Local, embedded
from .port import Executor


__all__ = ["choose"]

_THREADS = 64  # of a process, each with a document that waits for its provider


def choose(name: str, client: OCR, *, workers: int | None, scheduler: str | None, folder: Path) -> Executor:
    """
    Return the executor *name*: one of ours, or ``MODULE:FUNCTION``, which makes one of `concurrent.futures`.

    Args:
        workers: Worker processes; None for one a processor.

        scheduler: The address of a cluster's; None to start one here.

        folder: For receipts.

    Raises:
        ConfigurationError: There is none, or it lacks an extra.
    """
    if scheduler is not None and name != "dask":
        raise ConfigurationError(f"--scheduler is the address of a scheduler of Dask: say --executor dask, not {name}")
    if name == "local":
        return Local.of(client)
    from .distant import Distant, Pool
    from .processes import AnyPool, Processes

    count = workers or usable()
    if client.max_concurrency is not None:
        count = min(count, client.max_concurrency)
    pool: Pool
    if name == "processes":
        pool = Processes(count)
    elif name == "dask":
        from .dask import Dask

        pool = Dask(scheduler, count, _threads(client, count))
    elif ":" in name:
        pool = AnyPool(_named(name, count), count)
    else:
        raise ConfigurationError(f'there is no executor "{name}": name local, processes, dask or MODULE:FUNCTION')
    return Distant(pool, folder, client.max_concurrency)


def _threads(client: OCR, workers: int) -> int:
    """Return how many documents each of some *workers* of this machine shall read at once."""
    if embedded(client):
        return usable() // workers + 1
    most = HOSTED if client.max_concurrency is None else 2 * client.max_concurrency
    return min(max(most // workers, 1), _THREADS)


def _named(name: str, workers: int) -> Callable[[], Futures]:
    module, _, function = name.partition(":")
    try:
        make = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f"the executor {name} cannot be found: {error}") from error
    return lambda: make(max_workers=workers)
