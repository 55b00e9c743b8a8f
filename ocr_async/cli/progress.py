"""What a person sees meanwhile: on stderr, on a terminal only, and only where rich is installed (extra `cli`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING

from attrs import define

from ..events import (
    DocumentDone,
    DocumentStarted,
    Event,
    FallbackTaken,
    PageDone,
    ProviderPaused,
    ProviderResumed,
    RetryScheduled,
)
from .messages import printable


if TYPE_CHECKING:
    from rich.progress import Progress as Bars

__all__ = ["Progress", "has_bars", "progress"]


class Progress:
    """Shows nothing; `_Shown` shows a bar."""

    def observe(self, event: Event) -> None:
        """Take one event of a call."""

    def advance(self) -> None:
        """One more document is finished."""

    def paused(self) -> AbstractContextManager[None]:
        """Keep the bar off the screen while something else is printed."""
        return nullcontext()


@define
class _Reading:
    """The documents of one name that are being read, and how many of their pages have come."""

    documents: int = 0
    pages: int = 0
    done: int = 0


class _Shown(Progress):
    """One bar over all documents, which the pages of those being read move on by parts."""

    def __init__(self, bars: Bars, total: int) -> None:
        self._bars = bars
        self._total = total
        self._finished = 0
        self._reading: dict[str, _Reading] = {}
        self._bar = bars.add_task("", total=total, what="starting", count=f"0/{total}")

    def observe(self, event: Event) -> None:
        match event:
            case DocumentStarted(document=document, pages=pages):
                reading = self._reading.setdefault(document, _Reading())
                reading.documents += 1
                reading.pages += pages or 1
            case PageDone(document=document) if document in self._reading:
                self._reading[document].done += 1
            case DocumentDone(document=document) if document in self._reading:
                self._end(document)
            case RetryScheduled(provider=provider, delay=delay, error=error):
                self._print(f"{provider}: {error}, again in {delay:.1f} s")
            case ProviderPaused(provider=provider, error=error, patience=patience):
                self._print(f"{provider} is down ({error}): waiting for it, {patience:g} s at most")
            case ProviderResumed(provider=provider, seconds=seconds):
                self._print(f"{provider} is back after {seconds:.0f} s")
            case FallbackTaken(model=model, next_model=following, error=error):
                self._print(f"{model}: {error}, asking {following}")
            case _:
                return
        self._draw()

    def advance(self) -> None:
        self._finished += 1
        self._draw()

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._bars.stop()
        try:
            yield
        finally:
            self._bars.start()

    def _end(self, document: str) -> None:
        reading = self._reading[document]
        reading.documents -= 1
        if not reading.documents:
            del self._reading[document]

    def _draw(self) -> None:
        parts = sum(min(each.done / max(each.pages, 1), 1.0) * each.documents for each in list(self._reading.values()))
        names = list(self._reading)
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        count = f"{self._finished}/{self._total}"
        if self._total == 1 and names:
            count = f"page {self._reading[names[0]].done}/{self._reading[names[0]].pages}"
        what = printable(names[-1])[-40:] + others if names else ""
        self._bars.update(self._bar, completed=min(self._finished + parts, self._total), what=what, count=count)

    def _print(self, text: str) -> None:
        self._bars.console.print(printable(text), style="dim", markup=False, highlight=False)


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Progress]:
    """Show the progress of *total* documents, unless *quiet* or nobody looks."""
    if quiet or not total or not has_bars():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        BarColumn(),
        TextColumn("{task.fields[count]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("ETA"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[what]}", markup=False),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Shown(bars, total)


def has_bars() -> bool:
    """Whether somebody looks at a terminal that can show bars, and rich is installed, which does."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and find_spec("rich") is not None
