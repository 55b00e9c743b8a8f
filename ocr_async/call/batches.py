"""
One document's batches of pages, and what to do when one of them comes back short, too large or refused.

The HTTP rules (what is repeated, after how long) are `transport`'s; here it is about *pages*: missing ones are asked
for again, a batch that is too large is halved, and the page that makes a server refuse a batch is found and named.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Awaitable, Callable, Sequence

from attrs import define, evolve

from .._tasks import task_group
from ..document import describe
from ..errors import DocumentError, OCRError, PagesMissing, RequestRejected
from ..models import Bytes, Document, FileId, FileOnDisk, OCRResponse, Url
from ..pages import Settled, halves, merge, plan, settle


__all__ = ["PageBatch", "Reader", "TooLarge"]

_logger = logging.getLogger(__name__)

_PAGE_REFUSED = {400, 422}
_TOO_LARGE = 413
_MOST_NAMED = 8


class TooLarge(DocumentError):
    """Known before it is sent: the document has more bytes than the provider takes in one request."""

    status = _TOO_LARGE


@define(kw_only=True, eq=False, repr=False)
class PageBatch:
    """
    Some pages of the whole document.

    Attributes:
        document: The whole one, or one cut out of it.

        indexes: Of its pages in the whole document, ascending; None for all of a document of unknown length.

        numbers: For a document that was cut: which page of the whole each of its pages is. None if it was not.
    """

    document: Document
    indexes: tuple[int, ...] | None
    numbers: tuple[int, ...] | None = None

    @property
    def pages(self) -> tuple[int, ...] | None:
        """What to ask of `document`; None for all it has."""
        if self.numbers is None or self.indexes is None:
            return self.indexes
        if self.indexes == self.numbers:
            return None
        return tuple(self.numbers.index(index) for index in self.indexes)

    def only(self, indexes: tuple[int, ...]) -> PageBatch:
        return evolve(self, indexes=indexes)

    def place(self, response: OCRResponse) -> OCRResponse:
        """Return *response* with the page indexes of the whole document."""
        numbers = self.numbers
        if numbers is None:
            return response

        def place(index: int) -> int:
            return numbers[index] if 0 <= index < len(numbers) else -1

        return evolve(
            response,
            pages=tuple(evolve(page, index=place(page.index)) for page in response.pages),
            missing_pages={place(index): error for index, error in response.missing_pages.items()},
        )


@define(kw_only=True, eq=False, repr=False)
class Reader:
    """
    Reads the parts of one document.

    Attributes:
        ask: One exchange with the provider: some pages of a document; None for all.

        cut: Makes a smaller document of some pages of the whole, or returns None where that cannot be done.

        count: The page count of a document, or None where it cannot be told.

        repeats: How often missing pages are asked for again.

        most_pages: That the provider reads in one request; None for no limit.

        partial: Keep a failure as the value of its pages, rather than raise it.

        arrived: Told of each batch of pages that came.
    """

    ask: Callable[[Document, tuple[int, ...] | None], Awaitable[OCRResponse]]
    cut: Callable[[tuple[int, ...]], Awaitable[Document | None]]
    count: Callable[[Document], Awaitable[int | None]]
    repeats: int
    most_pages: int | None
    partial: bool
    arrived: Callable[[OCRResponse], None]

    async def read_all(self, parts: Sequence[PageBatch]) -> list[OCRResponse]:
        """Read *parts* at once; the first failure ends the others, unless `partial`."""
        if len(parts) == 1:  # the common case needs no task group
            return await self.read(parts[0])
        answers: list[OCRResponse] = []

        async def one(part: PageBatch) -> None:
            answers.extend(await self.read(part))

        async with task_group() as tasks:
            for part in parts:
                tasks.start_soon(one, part)
        return answers

    async def read(self, part: PageBatch) -> list[OCRResponse]:
        """Read *part*, in several requests if need be."""
        try:
            return await self._read(part)
        except OCRError as error:
            if not self.partial or part.indexes is None:
                raise
            return [_lost(part.indexes, error)]

    async def _read(self, part: PageBatch) -> list[OCRResponse]:
        try:
            return [await self._complete(part)]
        except (RequestRejected, TooLarge) as error:
            if error.status not in {_TOO_LARGE, *_PAGE_REFUSED}:
                raise
            if isinstance(error, RequestRejected) and error.status != _TOO_LARGE and part.indexes is not None:
                split = await self._split(part, cut=False)
                if split is None:
                    raise
                return await self._bisect(split, error)
            smaller = await self._smaller(part, error)
            if smaller is None:
                raise
            return await self.read_all(smaller)

    async def _complete(self, part: PageBatch) -> OCRResponse:
        """Ask for *part* once, and then for what is missing of it; what never comes is in `missing_pages`."""
        first = await self._ask(part)
        answers, missing = [first.response], first.missing
        cause: OCRError | None = None
        for _ in range(self.repeats):
            if not missing:
                break
            try:
                again = await self._ask(part.only(missing))
            except OCRError as error:
                cause = error  # the pages that did come are kept
                break
            answers.append(again.response)
            missing = again.missing
        whole = merge(answers)
        if not missing:
            return whole
        lost = {index: PagesMissing(f"page {index} (from 0) never came", missing=(index,)) for index in missing}
        for absence in lost.values():
            absence.__cause__ = cause
        return evolve(whole, missing_pages={**whole.missing_pages, **lost})

    async def _ask(self, part: PageBatch) -> Settled:
        settled = settle(part.place(await self.ask(part.document, part.pages)), part.indexes)
        if settled.unasked:
            came = ", ".join(map(str, settled.unasked[:_MOST_NAMED]))
            _logger.warning("%s: dropped what nobody asked for: page %s (from 0)", describe(part.document), came)
        self.arrived(settled.response)
        return settled

    async def _smaller(self, part: PageBatch, error: RequestRejected | TooLarge) -> Sequence[PageBatch] | None:
        """Return the halves of a part that is too large, or the runs of a document that has too many pages."""
        if part.indexes is not None:
            return await self._split(part, cut=True)
        if error.status != _TOO_LARGE and (self.most_pages is None or isinstance(part.document, (Url, FileId))):
            return None
        try:
            count = await self.count(part.document)
        except OCRError:
            return None  # the refusal says more than why the pages could not be counted
        if count is None:
            return None
        whole = part.only(tuple(range(count)))
        if error.status == _TOO_LARGE:
            return await self._split(whole, cut=True)
        if self.most_pages is None or count <= self.most_pages:
            return None
        return [whole.only(batch or ()) for batch in plan(whole.indexes, self.most_pages)]

    async def _split(self, part: PageBatch, *, cut: bool) -> tuple[PageBatch, PageBatch] | None:
        """Return the halves of *part*; with *cut*, as smaller documents where that can be done."""
        if part.indexes is None or len(part.indexes) < 2:
            return None
        first, second = halves(part.indexes)
        # The same document with fewer pages asked for is as large as before, so it has to be cut.
        if cut and isinstance(part.document, (Bytes, FileOnDisk)):
            one, other = await self.cut(first), await self.cut(second)
            if one is not None and other is not None:
                return (
                    PageBatch(document=one, indexes=first, numbers=first),
                    PageBatch(document=other, indexes=second, numbers=second),
                )
        return part.only(first), part.only(second)

    async def _bisect(self, split: tuple[PageBatch, PageBatch], error: RequestRejected) -> list[OCRResponse]:
        """Find the page for which a server refuses the whole batch; two refused halves mean that it is no page."""
        good: list[OCRResponse] = []
        refused: list[tuple[PageBatch, RequestRejected]] = []
        for half in split:
            try:
                good.append(await self._complete(half))
            except RequestRejected as refusal:
                refused.append((half, refusal))
        if len(refused) == len(split):
            raise error
        for half, why in refused:
            good += await self._isolate(half, why)
        return good

    async def _isolate(self, part: PageBatch, refusal: RequestRejected) -> list[OCRResponse]:
        indexes = part.indexes
        assert indexes, "a part is only bisected where its pages are known"
        try:
            deeper = await self._split(part, cut=False)
            if deeper is None:
                named = copy.copy(refusal)
                named.args = (f"page {indexes[0]} (from 0): {refusal.args[0]}",)
                raise named from refusal
            return await self._bisect(deeper, refusal)
        except RequestRejected as error:
            if not self.partial:
                raise
            return [_lost(indexes, error)]


def _lost(indexes: tuple[int, ...], error: OCRError) -> OCRResponse:
    return OCRResponse(pages=(), model="", missing_pages=dict.fromkeys(indexes, error))
