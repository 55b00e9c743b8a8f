"""How far a run is, in the numbers that terminals, events and metrics show alike."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from ...wording import counted


if TYPE_CHECKING:
    from ..runner import Runner

__all__ = ["Pace", "Progress"]


@frozen(kw_only=True)
class Pace:
    """
    A moment of a run.

    Attributes:
        finished: Documents of the job that need nothing more, `failed` ones included.

        documents: That the job has.

        failed: Documents that failed, came in part or ended their readers, in this run.

        pages: That came in this run.

        spent: US dollars, of all runs.

        throttled: Answers that asked to slow down.

        under_way: Pages that were asked for and are not there yet.

        seconds_left: Until the end, if it goes on so; None where nothing was finished yet.
    """

    finished: int
    documents: int
    failed: int
    pages: int
    pages_per_second: float
    spent: float
    throttled: int
    under_way: int
    seconds_left: float | None

    def words(self) -> str:
        """Return it in one line."""
        parts = [f"{self.finished:,}/{counted(self.documents, 'document')}", counted(self.pages, "page")]
        parts += [f"{self.pages_per_second:.1f} pages/s", f"{self.spent:.4f} USD"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [] if self.seconds_left is None else [f"about {self.seconds_left / 60:.0f} min left"]
        return ", ".join(parts)


@define(eq=False)
class Progress:
    """
    Counts what becomes of documents.

    Attributes:
        documents: That the job has.

        before: Of them, those that were finished before this run.

        states: That documents came into, in this run.
    """

    documents: int = 0
    before: int = 0
    states: Counter[str] = field(factory=Counter)
    started: float = field(factory=time.monotonic)

    def pace(self, runner: Runner) -> Pace:
        """Return how far *runner* is; any thread may ask."""
        seconds = max(time.monotonic() - self.started, 1e-3)
        done = self.states.total()
        left = max(self.documents - self.before - done, 0)
        return Pace(
            finished=self.before + done,
            documents=self.documents,
            failed=done - self.states["done"],
            pages=runner.pages,
            pages_per_second=runner.pages / seconds,
            spent=runner.spent,
            throttled=runner.throttled,
            under_way=runner.window.pages,
            seconds_left=seconds / done * left if done else None,
        )
