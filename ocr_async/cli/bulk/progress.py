"""What people and machines see of a bulk run meanwhile: a live line or plain ones, events, metrics."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import anyio
from attrs import define, field

from ...bulk.reporting.event_log import EventLog
from ...bulk.reporting.metrics import serving
from ...bulk.reporting.progress import Pace, Progress
from ...bulk.reporting.report import Report, report
from ...bulk.runner import Runner
from ...wording import counted
from ..messages import printable, say
from ..progress import has_bars


__all__ = ["Watch", "watching"]

_EVERY, _EVERY_ON_TERMINAL = 30.0, 5.0  # seconds between two lines of progress
_EVENTS = 5.0  # between two events of it
_TICK = 0.5

Show = Callable[[Pace], None]


@define(eq=False)
class Watch:
    """
    Watches one run.

    Attributes:
        show: Shows how far it is, as often as it is told.

        every: Seconds between two lines; None where there are none.
    """

    every: float | None
    show: Show | None = None
    events: EventLog | None = None
    progress: Progress = field(factory=Progress)
    runner: Runner | None = None

    def changed(self, state: str, path: str, why: str) -> None:
        """Count a document, and say what failed."""
        self.progress.states[state] += 1
        if self.events is not None:
            self.events("document", document=path, state=state, error=why or None)
        if state != "done":
            say(f"{state}: {path}: {why}")

    def more(self, count: int) -> None:
        """Take note of documents that came meanwhile, or changed."""
        self.progress.documents += count

    def pace(self) -> Pace | None:
        """Return how far it is; None before it has begun."""
        return None if self.runner is None else self.progress.pace(self.runner)

    async def begin(self, runner: Runner) -> None:
        """Look how much there is to be done."""
        found = await runner.ledger.run(report)
        self.progress.documents = found.inputs
        self.progress.before = found.inputs - found.counts["pending"] - found.counts["running"]
        self.runner = runner
        if self.events is not None:
            self.events(
                "started", model=runner.client.model, documents=found.inputs, finished=self.progress.before,
                pages_in_flight_at_death=runner.ledger.in_flight,
            )  # fmt: skip

    async def regularly(self) -> None:
        """Tell now and then how far it is."""
        told = noted = time.monotonic()
        while True:
            await anyio.sleep(_TICK)
            pace, now = self.pace(), time.monotonic()
            assert pace is not None, "begin has been called"
            if self.show is not None:
                self.show(pace)
            if self.every is not None and now - told >= self.every:
                told = now
                say(f"ocr-async: {pace.words()}")
            if self.events is not None and now - noted >= _EVENTS:
                noted = now
                self._note("progress", pace)

    def ended(self, runner: Runner, found: Report) -> None:
        """Tell how it ended."""
        pace = self.pace()
        if self.events is None or pace is None:
            return
        why = str(runner.wrong) if runner.wrong is not None else runner.reason
        ends = [("wrong", runner.wrong is not None), ("paused", runner.reason is not None)]
        ends += [("interrupted", runner.interrupted), ("done", found.whole), ("incomplete", True)]
        end = next(name for name, is_so in ends if is_so)
        self._note("ended", pace, end=end, why=why, states=found.counts)

    def _note(self, event: str, pace: Pace, **more: object) -> None:
        assert self.events is not None
        self.events(
            event,
            documents=pace.documents,
            finished=pace.finished,
            failed=pace.failed,
            pages=pace.pages,
            pages_per_second=round(pace.pages_per_second, 3),
            cost_usd=round(pace.spent, 9),
            throttled=pace.throttled,
            pages_under_way=pace.under_way,
            seconds_left=None if pace.seconds_left is None else round(pace.seconds_left, 1),
            **more,
        )


@contextmanager
def watching(arguments: argparse.Namespace, model: str) -> Iterator[Watch]:
    """
    Watch a run within the block, in the ways that *arguments* name.

    Raises:
        ConfigurationError: Events cannot be written, or metrics not be served.
    """
    with ExitStack() as stack:
        watch = Watch(None)
        if arguments.events is not None:
            watch.events = events = EventLog(arguments.events)
            stack.callback(_close, events, arguments.events)
        if arguments.metrics is not None:
            host, port = arguments.metrics
            port = stack.enter_context(serving(host, port, model, watch.progress, watch.pace))
            say(f"ocr-async: metrics at http://{f'[{host}]' if ':' in host else host}:{port}/metrics")
        if not arguments.quiet:
            watch.show = stack.enter_context(_live())
            if watch.show is None:
                watch.every = _EVERY_ON_TERMINAL if sys.stderr.isatty() else _EVERY
        yield watch


def _close(events: EventLog, target: str) -> None:
    events.close()
    if events.lost:
        lost, why = counted(events.lost, "event"), events.failure or "nobody took them"
        say(f"ocr-async: {lost} could not be written to {target}: {why}")


@contextmanager
def _live() -> Iterator[Show | None]:
    """Show one line that changes, on a terminal and where rich is installed (extra `cli`)."""
    if not has_bars():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(bar_width=20), TextColumn("{task.fields[words]}", markup=False))
    # what others print on standard error meanwhile comes above it
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("", total=None, words="starting")

        def show(pace: Pace) -> None:
            bars.update(bar, total=pace.documents, completed=pace.finished, words=printable(pace.words()))

        yield show
