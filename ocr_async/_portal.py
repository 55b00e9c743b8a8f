"""
The one event-loop thread behind the synchronous API.

`PORTAL` starts its thread on the first synchronous call, keeps it (and the connection pool on it) for the life of the
process, and stops it at exit and before a fork. Nothing else in the package knows about threads of callers.

A plain call goes to the loop by a lock and a task of its own, which takes a third of the time that anyio's portal
takes with a future and a cancel scope; streams, which enter and leave a context manager, go by the portal.

Not built on `anyio.from_thread.start_blocking_portal()`: that is a generator-based context manager, and one which is
still open when the interpreter tears modules down waits for ever on a thread that no longer runs.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import os
import sys
import threading
import warnings
import weakref
from collections.abc import Awaitable, Callable, Generator, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from contextvars import copy_context
from functools import partial
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

import anyio
from anyio.abc import ObjectReceiveStream
from anyio.from_thread import BlockingPortal

from ._iterating import Iterated
from ._platform import forks


__all__ = ["PORTAL", "Portal"]

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# What asyncio and anyio import when they first need it, which on the loop's thread nobody would keep from a fork.
_LATE = ("anyio._backends._asyncio", "encodings.idna", "importlib.util")
_EXIT_GRACE = 5.0  # seconds that open connections get to close at exit
_LOOK = 0.02  # seconds between two looks whether the last call has ended


class PagesLike(Protocol[T_co]):
    """An asynchronous iterator that can be closed."""

    def __anext__(self) -> Awaitable[T_co]: ...

    def aclose(self) -> Awaitable[None]: ...


def _iterated_of(arguments: tuple[object, ...]) -> Iterated[Any] | None:
    return next((each for each in arguments if isinstance(each, Iterated)), None)


class _Trip(Generic[T]):
    """One plain call: begun and ended on the loop's thread, waited for in the caller's."""

    __slots__ = ("_arrived", "_failure", "_func", "_iterated", "_result", "_task", "_under_way")

    def __init__(
        self, func: Callable[[], Awaitable[T]], under_way: set[_Trip[Any]], iterated: Iterated[Any] | None
    ) -> None:
        self._func = func
        self._iterated = iterated
        self._under_way = under_way
        self._task: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._arrived = threading.Lock()
        self._arrived.acquire()

    def wait(self) -> T:
        if self._iterated is not None:
            self._iterated.serve()
        self._arrived.acquire()
        if self._failure is None:
            return self._result
        try:
            raise self._failure
        finally:
            self._failure = None  # its traceback leads here, and so to what was read

    # on the loop's thread

    def depart(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    def cancel(self) -> None:
        if self._task is None:
            self.end(CancelledError())
        else:
            self._task.cancel()

    def end(self, failure: BaseException | None) -> None:
        if self in self._under_way:
            self._under_way.discard(self)
            self._failure = failure
            self._arrived.release()
            if self._iterated is not None:
                self._iterated.release()

    async def _run(self) -> None:
        failure: BaseException | None = None
        try:
            self._result = await self._func()
        except asyncio.CancelledError:
            failure = CancelledError()
            raise
        except BaseException as error:
            failure = error
            if not isinstance(error, Exception):
                raise
        finally:
            self.end(failure)
            failure = None


class _Threads(ThreadPoolExecutor):
    """The loop's threads, which a call has after the main thread's end too, when Python's pools take nothing more."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        try:
            return super().submit(fn, *args, **kwargs)
        except RuntimeError:
            done: Future[T] = Future()
            threading.Thread(target=_fulfil, args=(done, partial(fn, *args, **kwargs)), daemon=True).start()
            return done


def _fulfil(done: Future[T], call: Callable[[], T]) -> None:
    if not done.set_running_or_notify_cancel():  # from here on nobody cancels it
        return
    try:
        done.set_result(call())
    except BaseException as error:  # noqa: BLE001 - whatever it is, who waits must hear of it
        done.set_exception(error)


class _Loop:
    """A running loop: its portal, and the plain calls under way on it."""

    def __init__(self, portal: BlockingPortal) -> None:
        self.portal = portal
        self.trips: set[_Trip[Any]] = set()
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(_Threads(thread_name_prefix="ocr_async"))

    def call(self, func: Callable[[], Awaitable[T]], iterated: Iterated[Any] | None = None) -> T:
        trip = _Trip(func, self.trips, iterated)
        try:
            self.trips.add(trip)
            if self._ended:  # looked at after the trip was noted, as `end` notes its end before it looks at the trips
                raise RuntimeError("the event loop has stopped")
            self._loop.call_soon_threadsafe(trip.depart, context=copy_context())
            return trip.wait()
        except BaseException:
            if trip in self.trips:
                # Ctrl-C interrupts only this thread; take the task down with us.
                with suppress(RuntimeError):  # the loop has stopped, and the call with it
                    self._loop.call_soon_threadsafe(trip.cancel)
            raise

    async def serve(self) -> None:
        await self.portal.sleep_until_stopped()
        while self.trips:  # noqa: ASYNC110 - only while calls end, of other threads
            await asyncio.sleep(_LOOK)

    def end(self) -> None:
        """Let go whoever still waits, after the loop has stopped."""
        self._ended = True
        for trip in list(self.trips):
            trip.end(CancelledError())


class Portal:
    """Runs coroutine functions on a lazily started event-loop thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: _Loop | None = None
        self._thread: threading.Thread | None = None
        self._in_flight = 0
        self._forking = False
        self._process = os.getpid()

    def call(self, func: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Run *func* on the loop thread and block until it has finished.

        Raises:
            RuntimeError: Called from the loop thread itself, where it would wait for itself.
        """
        loop = self._lease()
        try:
            return loop.call(partial(func, *args, **kwargs), _iterated_of(args))
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
        loop = self._lease()
        portal = loop.portal
        try:
            with portal.wrap_async_context_manager(func(*args, **kwargs)) as receive:
                yield _items(portal, receive, _iterated_of(args))
        except RuntimeError as error:
            # a stream that nobody left, collected at exit, when the loop that it would close on has stopped
            if loop is self._loop or not isinstance(error.__context__, GeneratorExit):
                raise
        finally:
            self._release()

    def iterate(
        self, func: Callable[P, PagesLike[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Generator[T, None, None]:
        """Yield what the asynchronous iterator that *func* returns gives; closing the generator closes it."""
        portal = self._lease().portal
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

    def _lease(self) -> _Loop:
        if threading.current_thread() is self._thread:
            raise RuntimeError("called from the event loop that would serve the call; await the coroutine instead")
        _warn_if_blocking_a_loop()
        if self._process != os.getpid():
            with _noticing:
                if self._process != os.getpid():
                    self.after_fork_in_child()
        with self._lock:
            loop = self._loop
            if loop is None or self._thread is None or not self._thread.is_alive():
                loop = self._start_locked()
            self._in_flight += 1
            return loop

    def _release(self) -> None:
        with self._lock:
            self._in_flight -= 1

    def _start_locked(self) -> _Loop:
        started: Future[_Loop] = Future()
        with forks.loading:
            for name in _LATE:
                importlib.import_module(name)

        async def main() -> None:
            async with BlockingPortal() as portal:
                loop = _Loop(portal)
                started.set_result(loop)
                await loop.serve()

        def run() -> None:
            try:
                anyio.run(main)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the thread that waits must hear of it
                if not started.done():
                    started.set_exception(error)
            finally:
                if started.done() and not started.exception():
                    started.result().end()

        self._thread = threading.Thread(target=run, name="ocr_async", daemon=True)
        self._thread.start()
        self._loop = started.result()
        return self._loop

    def _stop_locked(self, *, cancel: bool) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is not None and thread is not None and thread is not threading.current_thread():
            with suppress(RuntimeError):  # its loop has already ended
                loop.portal.call(loop.portal.stop, cancel)
            thread.join(_EXIT_GRACE)

    # Fork: the child has no loop thread, and shares the parent's epoll and sockets. Merely dropping the inherited
    # session there removes its sockets from the parent's epoll, so the parent's next request hangs. An idle portal is
    # therefore stopped before the fork and restarted lazily on either side. A busy one cannot be; the child then
    # abandons it. Servers written in C, as uWSGI, fork without a word to Python: the child finds out at its first call.

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
        _abandon(self._loop, self._thread)
        self._lock = threading.Lock()
        self._loop = self._thread = None
        self._in_flight = 0
        self._forking = False
        self._process = os.getpid()


def _warn_if_blocking_a_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    if "ipykernel" not in sys.modules:  # in a notebook the blocked loop is the cell's own
        warnings.warn("a synchronous call blocks the running event loop; await its coroutine", RuntimeWarning, 5)


def _items(portal: BlockingPortal, receive: ObjectReceiveStream[T], iterated: Iterated[Any] | None) -> Iterator[T]:
    with suppress(anyio.EndOfStream):
        while True:
            received = portal.start_task_soon(receive.receive)
            if iterated is not None:
                received.add_done_callback(iterated.release)
                iterated.serve()
            yield received.result()


def _abandon(*objects: object) -> None:
    """Make *objects* immortal, so that no finaliser of theirs ever runs in this process."""
    for each in objects:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(each))


_noticing = threading.Lock()
PORTAL = Portal()

# Finalisers run together, and the first one that is made says when: the engine's processes last as long as functions
# that were registered after this import may need them.
weakref.finalize(PORTAL, PORTAL.stop, cancel=True)
forks.around(PORTAL.before_fork, PORTAL.after_fork_in_parent, PORTAL.after_fork_in_child)
