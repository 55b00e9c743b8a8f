"""One document of a job: which of its pages are still wanted, and what one attempt at them comes to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import anyio
from attrs import evolve

from ..document import inspect
from ..errors import ConfigurationError, DocumentError, EngineCrashed, EngineError, OCRError, is_of_the_key
from ..events import Event
from ..models import FileOnDisk, OCRPage, OCRResponse
from .executors.local import embedded
from .executors.port import Again, Reading
from .ledger import Claim, Ledger, PageRow
from .outage import TRANSIENT
from .publish import saved
from .store.port import Facts


if TYPE_CHECKING:
    from .runner import Runner

__all__ = ["CRASHES", "Document"]

CRASHES = (EngineCrashed, EngineError)
_SMALL = 64 * 1024  # bytes of a document that is soon read again


class Document:
    """
    A document that *runner* reads.

    Attributes:
        file: Where it lies on the disk.

        facts: Of that file.

        there: The pages that need not be asked for.
    """

    def __init__(self, runner: Runner, claim: Claim, file: FileOnDisk, facts: Facts, *, alone: bool) -> None:
        self.file = file
        self.facts = facts
        self.there = set(claim.there)
        self._runner = runner
        self._item = claim.item
        self._total = claim.pages
        self._price: float | None = None  # of a page
        # Without counting its pages first, and with nothing kept before it is whole: the engine reads it again at no
        # cost. Of what readers die of each page counts.
        self._at_once = (
            facts.size <= _SMALL
            and self._total is None
            and not alone
            and runner.max_cost is None
            and embedded(runner.client)
        )
        self._planned = self._at_once

    def nothing(self, error: OCRError) -> OCRResponse:
        """Return the response of an attempt that got none of the pages that are wanted."""
        missing = self._wanted() or ()
        return self._empty(dict.fromkeys(missing, error))

    async def attempt(self) -> OCRResponse:
        """
        Ask for the pages that are wanted; what is missing of the response will never come.

        Raises:
            OCRError: It has to be asked for again, or cannot be read.
        """
        runner = self._runner
        if not self._planned:
            await self._plan()
        wanted = self._wanted()
        if wanted == []:
            return self._empty({})
        count = 1 if wanted is None else len(wanted)
        price = None if self._price is None else self._price * count
        try:
            async with runner.under_way(self._item, count, price):
                response = await self._ask(wanted)
        except Again:
            return await self.attempt()
        if self._total is None:
            rows = [self._row(page, response) for page in response.pages]
            numbers = [*(page.index for page in response.pages), *response.missing_pages]
            for row in rows:
                runner.count(row)
            if self._at_once and not response.missing_pages:
                return response
            await runner.ledger.run(Ledger.add_pages, rows, (self._item, max(numbers, default=-1) + 1))
            self._total = max(numbers, default=-1) + 1
            self.there |= {page.index for page in response.pages}
        errors = [error for error in response.missing_pages.values() if isinstance(error, OCRError)]
        for again in (is_of_the_key, lambda error: isinstance(error, (*TRANSIENT, *CRASHES))):
            for error in errors:
                if again(error):
                    raise error
        return response

    async def _plan(self) -> None:
        """Count its pages, as far as that can be done here, and look what they would cost."""
        runner = self._runner
        if self._total is None or runner.max_cost is not None:
            try:
                estimate = await runner.client.aestimate(self.file)
            except OCRError as error:  # whoever reads it says it better, or can read it
                await anyio.to_thread.run_sync(inspect, self.file)
                if runner.max_cost is not None:
                    if isinstance(error, ConfigurationError):
                        raise
                    raise DocumentError("its pages cannot be counted, so that --max-cost cannot be kept") from error
            else:
                if self._total is None:
                    self._total = estimate.pages
                    await runner.ledger.run(Ledger.counted, self._item, estimate.pages)
                if estimate.cost is not None:
                    self._price = estimate.cost / max(estimate.pages, 1) * runner.price_share
        wanted = self._wanted()
        count = 1 if wanted is None else len(wanted)
        await runner.room(count, None if self._price is None else self._price * count)
        self._planned = True

    def _wanted(self) -> list[int] | None:
        return None if self._total is None else [page for page in range(self._total) if page not in self.there]

    async def _ask(self, wanted: list[int] | None) -> OCRResponse:
        client = self._runner.client
        if wanted is None:  # who cannot count its pages cannot cut it into batches either
            client = client.with_options(pages_per_request=None)
        assert isinstance(self.facts.stamp, int), "it lies on a disk"
        pages = wanted if self.there else None
        reading = Reading(self._item, self.file, self.facts.size, self.facts.stamp, pages, self._price, client)
        return await self._runner.executor.read(reading, self)

    # what an executor tells

    def keep(self, number: int, body: Callable[[], bytes]) -> None:
        """Take a page that came."""
        if self._total is not None and number not in self.there:
            self.there.add(number)
            self._runner.keep(PageRow(self._item, number, body, self._price))

    async def flush(self) -> None:
        """Have the ledger keep what came; what somebody else has just given it, too."""
        await self._runner.flush()
        await self._runner.ledger.run(Ledger.settled)

    def observe(self, event: Event) -> None:
        """Pass on what happens."""
        self._runner.observe(event)

    def _row(self, page: OCRPage, response: OCRResponse) -> PageRow:
        price = self._price
        if response.cost is not None:
            price = response.cost.total / max(len(response.pages), 1)
        return PageRow(self._item, page.index, partial(saved, page), price)

    def _empty(self, missing: dict[int, OCRError]) -> OCRResponse:
        model = (self._runner.client.model or "").partition("/")[2]
        response = OCRResponse(pages=(), model=model, missing_pages=missing)
        return evolve(response, usage_info=evolve(response.usage_info, doc_size_bytes=self.facts.size))
