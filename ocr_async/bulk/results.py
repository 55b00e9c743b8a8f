"""What was read becomes files, for every input of one content, and then a fact of the ledger."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

import anyio.to_thread
from attrs import evolve, frozen

from .. import export
from ..document import file_name
from ..errors import OCRError
from ..export.forms import OF_DOCUMENT
from ..models import FileOnDisk, OCRCost, OCRResponse
from .inputs import Input
from .ledger import Ledger, PageRow
from .publish import assemble, names, published, rendered, saved, stored
from .store.held import Held
from .store.port import Store


__all__ = ["Results", "on_disk"]

T = TypeVar("T")
_logger = logging.getLogger(__name__)


class Patiently(Protocol):
    """Does what asks a store, again while that is out of service."""

    async def __call__(self, ask: Callable[[], Awaitable[T]]) -> T: ...


@frozen
class Results:
    """
    What a job writes.

    Attributes:
        out: Where results go.

        form: What is written beside each JSON.

        patiently: Does what asks `out`, again while that is out of service.

        mine: Whether the results of an input are this process's to write.
    """

    ledger: Ledger
    out: Store
    form: str
    patiently: Patiently
    mine: Callable[[Input], bool] = lambda given: True

    async def finish(
        self, document: Callable[[], Awaitable[FileOnDisk]], item: int, response: OCRResponse, cause: str
    ) -> None:
        """Publish what *response* and the pages that came before it make together."""
        kept, inputs = await self.ledger.run(Ledger.to_publish, item)
        fresh = {page.index for page in response.pages}
        earlier = {number: row for number, row in kept.items() if number not in fresh}
        whole = response
        if earlier:
            bodies = [body for body, _ in earlier.values()]
            whole = await anyio.to_thread.run_sync(lambda: assemble(stored(bodies), response))
        cost = None if response.cost is None else response.cost.total
        if cost is not None and fresh and response.missing_pages:  # of the pages that are kept, what they really cost
            rows = [PageRow(item, page.index, partial(saved, page), cost / len(fresh)) for page in response.pages]
            await self.ledger.run(Ledger.add_pages, rows)
        costs = [cost] if fresh else []
        costs += [price for _, price in earlier.values()]
        known = [each for each in costs if each is not None]
        total = sum(known) if len(known) == len(costs) else None
        missing = sorted(response.missing_pages)
        if missing:
            whole = evolve(whole, extra={**whole.extra, "status": "partial", "missing_pages": missing})
        if earlier:
            whole = evolve(whole, cost=None if total is None else OCRCost(generation=total, total=total))
        inputs = list(filter(self.mine, inputs))
        await self.publish(document, whole, inputs)
        count = len(whole.pages) + len(missing)
        late = await self.ledger.run(Ledger.finish, item, inputs, cost=total, pages=count, missing=missing, cause=cause)
        if late := list(filter(self.mine, late)):
            await self.publish(document, whole, late)
            await self.ledger.run(Ledger.published, item, late)

    async def repeat(self, item: int, document: Callable[[], Awaitable[FileOnDisk]]) -> bool:
        """
        Publish an item for the inputs that have no results yet; return whether its results are still there.

        Args:
            document: Returns one of the same content.
        """
        stem = await self.ledger.run(Ledger.published_stem, item)
        if stem is None:
            return False
        try:
            response = await self.patiently(lambda: anyio.to_thread.run_sync(published, self.out, stem))
        except (OSError, ValueError):
            return False
        if inputs := list(filter(self.mine, await self.ledger.run(Ledger.unpublished, item))):
            await self.publish(document, response, inputs)
            await self.ledger.run(Ledger.published, item, inputs)
        return True

    async def publish(
        self, document: Callable[[], Awaitable[FileOnDisk]], response: OCRResponse, inputs: Sequence[Input]
    ) -> None:
        """Write *response* in the places of *inputs*."""
        wanted, made = self.form, export.Made()
        if wanted in OF_DOCUMENT:
            try:
                made = await export.made_for(wanted, await document(), response)
            except OCRError as error:  # such as a searchable PDF of a signed one
                _logger.warning("%s has no result as %s: %s", inputs[0].path, wanted, error)
                wanted = "json"
            for warning in made.warnings:
                _logger.warning("%s: %s", inputs[0].path, warning)

        def results(each: Input) -> dict[str, bytes]:
            shown = file_name(each.path)
            places = names(each.stem, wanted)
            return {place: rendered(response, form, name=shown, made=made) for form, place in places.items()}

        for each in inputs:
            data = await anyio.to_thread.run_sync(results, each)
            await self.patiently(partial(self.out.put_all, data))


async def on_disk(held: Held) -> FileOnDisk:
    """
    Return the document *held* under the name that it has in its store.

    Raises:
        OSError: It is gone, or may not be read.
    """
    return FileOnDisk(path=await held.path(), name=file_name(held.name))
