"""Folders and prefixes that fill up while a bulk job reads them: looked at again and again, which works everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

import anyio.to_thread
from attrs import define, field

from ...bulk.inputs import Named
from ...bulk.ledger import Ledger
from ...bulk.pausing import Paused
from ...bulk.store.port import Facts
from ...errors import AuthenticationFailed, ConfigurationError, OCRError
from ..messages import BULK_WORDS, say
from .inputs import Sources


__all__ = ["Folder"]

_AT_ONCE = 1000  # documents


@define(eq=False)
class Folder:
    """
    What *inputs* stand for, time after time; a document is taken when two looks found it the same.

    Attributes:
        add: Notes documents in the ledger; it runs on the ledger's thread.

        added: Called with how many.
    """

    ledger: Ledger
    sources: Sources
    inputs: Sequence[str]
    add: Callable[[Ledger, Sequence[Named]], int]
    added: Callable[[int], object] = lambda count: None
    _moving: dict[str, Facts] = field(factory=dict)  # what differed from the look before
    _taken: dict[str, Facts] = field(factory=dict)
    _looked: bool = False

    async def look(self) -> None:
        """
        Look once.

        Raises:
            ConfigurationError: What is named cannot be looked at, the first time.
            Paused: It may not be looked at.
        """
        moving: dict[str, Facts] = {}
        found = self.sources.named(self.sources.expanded(self.inputs))
        try:
            while some := await anyio.to_thread.run_sync(lambda: list(islice(found, _AT_ONCE))):
                still = []
                for one, facts in await self.ledger.run(Ledger.fresh, some):
                    if self._taken.get(one.path) == facts:
                        continue
                    if self._moving.get(one.path) == facts:
                        still.append(one)
                        self._taken[one.path] = facts
                    else:
                        moving[one.path] = facts
                if still:
                    self.added(await self.ledger.run(self.add, still))
        except AuthenticationFailed as error:
            raise Paused(error.worded(BULK_WORDS)) from error
        except OCRError as error:
            if isinstance(error, ConfigurationError) and not self._looked:
                raise
            say(f"ocr-async: {error.worded(BULK_WORDS)}")  # such as a network folder that is away for a while
        self._moving = moving
        self._looked = True
