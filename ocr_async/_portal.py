"""
The one event-loop thread behind the synchronous API.

`PORTAL` starts its thread on the first synchronous call, keeps it (and the connection pool on it) for the life of the
process, and stops it at exit and before a fork. Nothing else in the package knows about threads of callers.

Not built on `anyio.from_thread.start_blocking_portal()`: that is a generator-based context manager, and one which is
still open when the interpreter tears modules down waits for ever on a thread that no longer runs.
"""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import importlib
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

import anyio
from anyio.abc import ObjectReceiveStream
from anyio.from_thread import BlockingPortal

from ._platform import forks


__all__ = ["PORTAL", "Portal"]

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# What asyncio and anyio import when they first need it, which on the loop's thread nobody would keep from a fork.
_LATE = ("anyio._backends._asyncio", "concurrent.futures.thread", "encodings.idna", "queue", "importlib.util")
_EXIT_GRACE = 5.0  # seconds that open connections get to close at exit


class PagesLike(Protocol[T_co]):
    """An asynchronous iterator that can be closed."""

    def __anext__(self) -> Awaitable[T_co]: ...

    def aclose(self) -> Awaitable[None]: ...


class Portal:
    """Runs coroutine functions on a lazily started event-loop thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._portal: BlockingPortal | None = None
        self._thread: threading.Thread | None = None
        self._in_flight = 0
        self._forking = False

    def call(self, func: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Run *func* on the loop thread and block until it has finished.

        Raises:
            RuntimeError: Called from the loop thread itself, where it would wait for itself.
        """
        portal = self._lease()
        try:
            future: Future[T] = portal.start_task_soon(partial(func, *args, **kwargs))
            try:
                return future.result()
            except BaseException:
                # Ctrl-C interrupts only this thread; take the task down with us.
                future.cancel()
                raise
        finally:
            self._release()

    @contextmanager
    def stream(
        self,
        func: Callable[P, AbstractAsyncContextManager[ObjectReceiveStream[T]]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Iterator[Iterator[T]]:
        """
        Enter the context manager that *func* returns; yield an iterator over its stream.

        One task on the loop thread enters and leaves the context manager, so it may hold task groups and cancel
        scopes.
        """
        portal = self._lease()
        try:
            with portal.wrap_async_context_manager(func(*args, **kwargs)) as receive:
                yield _items(portal, receive)
        except RuntimeError as error:
            # a stream that nobody left, collected at exit, when the loop that it would close on has stopped
            if portal is self._portal or not isinstance(error.__context__, GeneratorExit):
                raise
        finally:
            self._release()

    def iterate(
        self, func: Callable[P, PagesLike[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Generator[T, None, None]:
        """Yield what the asynchronous iterator that *func* returns gives; closing the generator closes it."""
        portal = self._lease()
        try:

            async def begin() -> PagesLike[T]:
                return func(*args, **kwargs)

            items = portal.call(begin)
            try:
                while True:
                    try:
                        item = portal.call(items.__anext__)
                    except StopAsyncIteration:
                        return
                    yield item
            finally:
                with suppress(RuntimeError):  # collected at exit, when the loop has stopped
                    portal.call(items.aclose)
        finally:
            self._release()

    def stop(self, *, cancel: bool = False) -> None:
        """Stop the loop thread; with *cancel*, without waiting for running calls."""
        with self._lock:
            self._stop_locked(cancel=cancel)

    def _lease(self) -> BlockingPortal:
        if threading.current_thread() is self._thread:
            raise RuntimeError("called from the event loop that would serve the call; await the coroutine instead")
        _warn_if_blocking_a_loop()
        with self._lock:
            portal = self._portal
            if portal is None or self._thread is None or not self._thread.is_alive():
                portal = self._start_locked()
            self._in_flight += 1
            return portal

    def _release(self) -> None:
        with self._lock:
            self._in_flight -= 1

    def _start_locked(self) -> BlockingPortal:
        started: Future[BlockingPortal] = Future()
        with forks.loading:
            for name in _LATE:
                importlib.import_module(name)

        async def main() -> None:
            async with BlockingPortal() as portal:
                started.set_result(portal)
                await portal.sleep_until_stopped()

        def run() -> None:
            try:
                anyio.run(main)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the thread that waits must hear of it
                if not started.done():
                    started.set_exception(error)

        self._thread = threading.Thread(target=run, name="ocr_async", daemon=True)
        self._thread.start()
        self._portal = started.result()
        return self._portal

    def _stop_locked(self, *, cancel: bool) -> None:
        portal, thread = self._portal, self._thread
        self._portal = self._thread = None
        if portal is not None and thread is not None and thread is not threading.current_thread():
            with suppress(RuntimeError):  # its loop has already ended
                portal.call(portal.stop, cancel)
            thread.join(_EXIT_GRACE)

    # Fork: the child has no loop thread, and shares the parent's epoll and sockets. Merely dropping the inherited
    # session there removes its sockets from the parent's epoll, so the parent's next request hangs. An idle portal is
    # therefore stopped before the fork and restarted lazily on either side. A busy one cannot be; the child then
    # abandons it.

    def before_fork(self) -> None:
        self._lock.acquire()
        self._forking = True
        if not self._in_flight and threading.current_thread() is not self._thread:
            self._stop_locked(cancel=False)

    def after_fork_in_parent(self) -> None:
        if self._forking:  # not where this module came while the fork waited for its import
            self._forking = False
            self._lock.release()

    def after_fork_in_child(self) -> None:
        _abandon(self._portal, self._thread)
        self._lock = threading.Lock()
        self._portal = self._thread = None
        self._in_flight = 0
        self._forking = False


def _warn_if_blocking_a_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    if "ipykernel" not in sys.modules:  # in a notebook the blocked loop is the cell's own
        warnings.warn("a synchronous call blocks the running event loop; await its coroutine", RuntimeWarning, 5)


def _items(portal: BlockingPortal, receive: ObjectReceiveStream[T]) -> Iterator[T]:
    with suppress(anyio.EndOfStream):
        while True:
            yield portal.call(receive.receive)


def _abandon(*objects: object) -> None:
    """Make *objects* immortal, so that no finaliser of theirs ever runs in this process."""
    for each in objects:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(each))


PORTAL = Portal()

atexit.register(PORTAL.stop, cancel=True)
forks.around(PORTAL.before_fork, PORTAL.after_fork_in_parent, PORTAL.after_fork_in_child)
