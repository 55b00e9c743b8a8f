"""
The gateway's log: one JSON object a line, and never a key, a document's text or an address beyond its host.

Lines are made of named facts. What a library writes itself goes through the same formatter, which strikes out whatever
looks like a key.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import math
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ...engine.legible import legible_text
from ...formats import dumps


__all__ = ["Formatter", "LoopErrors", "event", "to_stderr"]

_SECRETS = re.compile(
    r"(?i)(bearer\s+|\b(?:sk|key)-|(?:api[_-]?key|token|secret|password)[\"']?\s*[=:]\s*[\"']?)[^\s\"',;]{4,}"
)
_SUSPICIOUS = ("://", "data:", "bearer", "sk-", "key", "token", "secret", "password")
_SUSPECT = re.compile("|".join(_SUSPICIOUS), re.IGNORECASE)
_LONGEST = 2000  # characters of a fact
_URLS = re.compile(r"(?i)\b(https?://)(?:[^/\s@]*@)?([^/\s?#\"'<>]+)[^\s\"'<>]*")
_DATA = re.compile(r"(?i)\bdata:[a-z0-9.+/-]*[;,][^\s\"'<>]*")


def event(logger: logging.Logger, level: int, name: str, /, **facts: Any) -> None:
    """Log the event *name* with *facts*; those that are None are left out."""
    if logger.isEnabledFor(level):
        # not by `log`, which looks first for the line that it was called from
        record = logging.LogRecord(logger.name, level, "", 0, name, None, None)
        record.__dict__["facts"] = facts
        logger.handle(record)


class Formatter(logging.Formatter):
    """
    Writes a record as one line of JSON.

    Args:
        always: Facts of each line.
    """

    def __init__(self, **always: object) -> None:
        super().__init__()
        self._always = always

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "ts": f"{_second(int(record.created))}.{int(record.msecs):03d}+00:00",
            "level": record.levelname.lower(),
            **self._always,
        }
        facts = getattr(record, "facts", None)
        if facts is None:
            line |= {"event": "log", "logger": record.name, "message": redacted(record.getMessage())[:_LONGEST]}
            if record.exc_info and record.exc_info[0] is not None:
                # A traceback shows source lines and an exception's text, which may hold anything.
                line["error_type"] = record.exc_info[0].__name__
        else:
            line["event"] = record.getMessage()
            facts = {name: value for name, value in facts.items() if value is not None}
            line |= facts if _is_safe(facts.values()) else {name: _safe(value) for name, value in facts.items()}
        try:
            written = dumps(line)
        except ValueError:
            return json.dumps(line, default=str)
        # the control characters of ASCII but the last are escaped in JSON
        return written.decode() if written.isascii() and b"\x7f" not in written else legible_text(written.decode())


@lru_cache(4)
def _second(time: int) -> str:
    """Return a time without its offset, UTC; a second has many lines."""
    return datetime.fromtimestamp(time, UTC).isoformat()[:19]


def _is_safe(values: Iterable[Any]) -> bool:
    """Whether there is nothing to redact in any of *values*, which is so of most lines: all are looked at at once."""
    text = " ".join([value for value in values if isinstance(value, str)])
    if len(text) > _LONGEST or not text.isascii() or not text.isprintable():
        return False
    text = text.lower()
    return not any(map(text.__contains__, _SUSPICIOUS))


def _safe(value: Any) -> Any:
    return redacted(value)[:_LONGEST] if isinstance(value, str) else value


def redacted(text: str) -> str:
    """Return *text* without control characters and what looks like a key, and with addresses cut to their hosts."""
    text = legible_text(text)
    if _SUSPECT.search(text) is None:
        return text
    return _URLS.sub(r"\1\2", _SECRETS.sub(r"\1…", _DATA.sub("data:…", text)))


class LoopErrors:
    """
    Handles what an event loop cannot raise to anybody.

    Without a descriptor left to accept a connection with, asyncio says so a thousand times a second (once for each
    connection that may wait): here it is one line.
    """

    def __init__(self) -> None:
        self._told = -math.inf

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in {errno.EMFILE, errno.ENFILE}:
            loop.default_exception_handler(context)
        elif loop.time() - self._told >= 1:
            self._told = loop.time()
            event(logging.getLogger("ocr_async.gateway"), logging.ERROR, "out_of_descriptors")


def to_stderr(level: int = logging.INFO, **always: object) -> None:
    """Write everything that this process logs to standard error, as JSON lines with the facts *always* in each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter(**always))
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line says where it was written
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("ocr_async").setLevel(level)
    # The gateway logs retries and fallbacks itself, under its requests' ids; names of documents are its clients'.
    logging.getLogger("ocr_async.call").setLevel(logging.WARNING)
