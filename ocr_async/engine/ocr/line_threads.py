"""The threads that read the lines of all pages of the process, as many as there are processors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..._platform import processors
from ..._platform.once import once
from ...errors import OCRError
from .cascade import Each


__all__ = ["each_line", "line_readers"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def each_line(sign: Callable[[], None] = lambda: None) -> Each:
    """Return what spreads lines over the processors, and does *sign* after each."""

    def each(do: Callable[[Item], Result], items: Sequence[Item], failed: Result, /) -> list[Result]:
        failures: list[Exception] = []

        def one(item: Item) -> Result:
            try:
                result = do(item)
            except (OCRError, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001 - what is unread is told of the page
                failures.append(error)
                return failed
            sign()
            return result

        results = list(line_readers().map(one, items))
        if failures and len(failures) == len(results):
            raise failures[0]
        return results

    return each


@once
def line_readers() -> ThreadPoolExecutor:
    """Return the threads that read lines."""
    return ThreadPoolExecutor(processors.usable(), thread_name_prefix="ocr_async.line")
