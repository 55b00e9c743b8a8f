"""
What happens to a job, as lines of JSON for machines: a line is whole and written at once, or not written at all.

Who reads slowly, has gone, or has a full disk harms no job: lines go out on a thread of their own, a bounded number of
them waits, and what cannot be written is counted and told by the next line that can.

Each line has ``schema`` (1), ``event`` and ``time`` (UTC). Fields are added, never changed; the reference of the
command line lists them.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from ...errors import ConfigurationError


__all__ = ["EventLog"]

_SCHEMA = 1
_WAITING = 10_000  # lines
_LAST = 3.0  # seconds that the end of a run waits for a slow reader


class EventLog:
    """
    Writes to *target*: a file, to whose end it adds, or ``-`` for standard output.

    Raises:
        ConfigurationError: The file cannot be opened.
    """

    def __init__(self, target: str) -> None:
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._file = sys.stdout.fileno() if target == "-" else os.open(target, flags, 0o644)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ConfigurationError(f"--events {target} cannot be written to: {reason}") from error
        self._own = target != "-"
        self.lost = 0  # lines
        self.failure: str | None = None
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue(_WAITING)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._write, name="ocr_async-events", daemon=True)
        self._thread.start()

    def __call__(self, event: str, **facts: Any) -> None:
        """Have a line written, soon."""
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        try:
            self._lines.put_nowait({"schema": _SCHEMA, "event": event, "time": time, **facts})
        except queue.Full:
            self._lose()

    def close(self) -> None:
        """Write what waits, as long as somebody reads it."""
        try:
            self._lines.put(None, timeout=_LAST)
        except queue.Full:
            return
        self._thread.join(_LAST)
        if self._own and not self._thread.is_alive():
            os.close(self._file)

    def _lose(self) -> None:
        with self._lock:
            self.lost += 1

    def _write(self) -> None:
        told = 0
        rest = b""  # of a line that was written in part, and is ended by the next one that can be
        while (line := self._lines.get()) is not None:
            lost = self.lost
            if lost > told:
                line["lines_lost_before"] = lost - told
            data = (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
            rest = self._put(rest)
            left = data if rest else self._put(data)
            if len(left) == len(data):
                self._lose()
            else:
                rest, told = left, lost

    def _put(self, data: bytes) -> bytes:
        """Write *data*; return what of it could not be."""
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            self.failure = self.failure or error.strerror
        return data
