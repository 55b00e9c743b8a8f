"""
The loop of a worker process: take a task, do it, send what it gives.

Messages to a worker are ``(number, task, arguments, seconds)``; a recogniser is told by the task ``stop`` that nobody
waits for the one of that number any more, which fails then at its next sign. A worker answers
``(number, "part", value)`` for each value that a task yields, then ``(number, "done", value)`` or
``(number, "failed", error)``. A recogniser says now and then that a task goes on, ``(number, "sign", None)``; a parser
says before its answer how many bytes of memory it has by then, ``(number, "memory", bytes)``. Before all,
``(0, "refused", text)`` says what of its confinement the system refused, if anything.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import inspect
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .._ipc.messages import Decoder
from .._ipc.sockets import receive, send
from .._platform import limits
from ..errors import ConfigurationError, EngineCrashed, EngineError, OCRError
from . import sandbox
from .fallbacks import where


__all__ = ["run", "serve"]

_TASKS = {
    "count": "reading:count",
    "crop": "preview:crop",
    "cut": "reading:cut",
    "draw": "preview:draw",
    "picture": "preview:picture",
    "raster": "reading:raster",
    "read": "reading:read",
    "recognise": "ocr.recognition:recognise",
    "searchable": "searchable.writing:searchable",
    "sizes": "reading:sizes",
}
_SIGNING = {"recognise"}
"""The tasks that take a function to call after each step, to show that they go on."""

_SIGNS = 1.0  # seconds between two
_PARSER_MEMORY = 2 << 30
_MUCH = 512 << 20  # bytes; to ask the system for all of it anew takes as long as a tenth of a small page
_BUSY = 0.4  # of the wall time that a task is given may be processor time: on a busy machine the rest is waiting


def run(task: str, arguments: Mapping[str, Any]) -> Any:
    """
    Do *task* in this process: what it returns, or an iterator over what it yields.

    Raises:
        OCRError: As the task does; what libraries raise is translated.
    """
    module, _, function = _TASKS[task].partition(":")
    try:
        work: Callable[..., Any] = getattr(importlib.import_module(f".{module}", __package__), function)
        return work(**arguments)
    except OCRError:
        raise
    except Exception as error:
        raise translated(error) from error


class _Stopped(BaseException):
    """Nobody waits for the task any more. No error of a stage, which would cost that stage alone."""


def _now_and_then(sign: Callable[[], None]) -> Callable[[], None]:
    """Return a function, for any thread, that does *sign* if the last time is long enough ago."""
    last = time.monotonic()

    def signed() -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= _SIGNS:
            last = now
            sign()

    return signed


def _warm_up() -> None:
    with contextlib.suppress(Exception):  # the first page meets the same error, and tells it
        importlib.import_module(".ocr.networks", __package__).warm_up()
        importlib.import_module(".ocr.recognition", __package__)


def _where_it_grew() -> Callable[[], None]:
    """Return a function, for any thread, that gives memory back where this process has grown."""
    kept, turn = 0, threading.Lock()

    def given_back() -> None:
        nonlocal kept
        if limits.resident() < kept + _MUCH or not turn.acquire(blocking=False):
            return
        try:
            importlib.import_module(".ocr.networks", __package__).give_back()
            kept = limits.resident()
        finally:
            turn.release()

    return given_back


def translated(error: BaseException) -> OCRError:
    """Return *error* as one of ours. Texts of other libraries may carry addresses and document text: they stay here."""
    match error:
        case OCRError():
            return error
        case ImportError():
            return ConfigurationError(
                f"the embedded engine needs the package {error.name!r}: pip install 'ocr_async[local]'"
            )
        case MemoryError():
            return EngineCrashed("the page needs more memory than a worker of the engine may use")
        case _:
            return EngineError(f"the embedded engine failed: {where(error)}")


def serve(connection: socket.socket, kind: str) -> None:
    """
    Do the tasks that come over *connection* until its other end closes.

    Args:
        kind: ``parser`` does one task after another within tight limits; ``recogniser`` does as many at once as
            there are processors, on one shared model.
    """
    refused = sandbox.confine(memory=_PARSER_MEMORY if kind == "parser" else None)
    sandbox.leave_with(connection)
    gc.set_threshold(50_000, 20, 20)  # a page is thousands of small values without cycles: a tenth of the time
    if kind == "recogniser":
        threading.Thread(target=_warm_up, name="ocr_async.warm_up", daemon=True).start()
    decoder = Decoder(trusted=True)
    lock = threading.Lock()
    under_way: set[int] = set()
    give_back = _where_it_grew()

    def answer(*message: Any) -> None:
        with lock:
            send(connection, message)

    def signing(number: int) -> Callable[[], None]:
        signed = _now_and_then(partial(answer, number, "sign", None))

        def sign() -> None:
            if number not in under_way:
                raise _Stopped
            signed()

        return sign

    def work(number: int, task: str, arguments: Mapping[str, Any], seconds: float) -> None:
        try:
            if kind == "parser":
                limits.grant_seconds(seconds * _BUSY)
            if task in _SIGNING:
                arguments = {**arguments, "sign": signing(number)}
            value = run(task, arguments)
            if inspect.isgenerator(value):
                for part in value:
                    answer(number, "part", part)
                    if kind == "parser":
                        limits.grant_seconds(seconds * _BUSY)
                value = None
            if kind == "parser":
                answer(number, "memory", limits.resident())
            answer(number, "done", value)
        except (Exception, _Stopped) as error:  # noqa: BLE001 - all of it is translated and answered
            answer(number, "failed", translated(error))
        if kind == "recogniser":
            under_way.discard(number)
            give_back()

    if refused:
        answer(0, "refused", "; ".join(refused))
    while messages := receive(connection, decoder):
        for message in messages:
            if kind == "parser":
                work(*message)
            elif message[1] == "stop":
                under_way.discard(message[0])
            else:
                under_way.add(message[0])
                threading.Thread(target=work, args=message, daemon=True).start()
    os._exit(0)  # running threads must not hold a worker that nobody listens to
