"""What a person sees meanwhile: on stderr, on a terminal only, and only where rich is installed (extra `cli`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from ..events import DocumentDone, DocumentStarted, Event, FallbackTaken, PageDone, RetryScheduled


if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["Progress", "progress"]


class Progress:
    """Shows nothing; `_Shown` shows bars."""

    def observe(self, event: Event) -> None:
        """Take one event of a call."""

    def advance(self) -> None:
        """One more document is written."""

    def paused(self) -> AbstractContextManager[None]:
        """Keep the bars off the screen while something else is printed."""
        return nullcontext()


class _Shown(Progress):
    def __init__(self, bars: Bars, total: int) -> None:
        self._bars = bars
        self._all: TaskID | None = bars.add_task("documents", total=total) if total > 1 else None
        self._tasks: dict[str, TaskID] = {}

    def observe(self, event: Event) -> None:
        match event:
            case DocumentStarted(call=call, document=document, pages=pages) if call not in self._tasks:
                self._tasks[call] = self._bars.add_task(document, total=pages)
            case PageDone(call=call) if call in self._tasks:
                self._bars.advance(self._tasks[call])
            case DocumentDone(call=call) if call in self._tasks:
                self._bars.remove_task(self._tasks.pop(call))
            case RetryScheduled(provider=provider, delay=delay, error=error):
                self._bars.console.print(f"{provider}: {error}, again in {delay:.1f} s", style="dim")
            case FallbackTaken(model=model, next_model=following, error=error):
                self._bars.console.print(f"{model}: {error}, asking {following}", style="dim")
            case _:
                pass

    def advance(self) -> None:
        if self._all is not None:
            self._bars.advance(self._all)

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._bars.stop()
        try:
            yield
        finally:
            self._bars.start()


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Progress]:
    """Show the progress of *total* documents, unless *quiet* or nobody looks."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Progress()
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars
    except ImportError:
        yield Progress()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Shown(bars, total)
