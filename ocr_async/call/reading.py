"""One document before one provider: what is known of it, how it is asked for, and what becomes of the answers."""

from __future__ import annotations

import copy
import logging
import shutil
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import anyio
import anyio.to_thread
from attrs import evolve

from .. import document as documents
from .. import pages, pricing
from .._platform.temporary import temporary_folder
from ..errors import AuthenticationFailed, ConfigurationError, DocumentError, OCRError, PagesMissing
from ..models import Bytes, Document, FileId, FileOnDisk, OCRRequest, OCRResponse, Url
from ..models._drafts import changer, maker
from ..steps import Compute, HttpRequest, HttpResponse
from ..transport.drive import Send
from ..wording import counted
from . import prepare
from .annotations import parsed, with_parsed_images
from .batches import PageBatch, Reader, TooLarge
from .candidate import Candidate
from .progress import Relay
from .sending import Sending


__all__ = ["Reading", "raise_missing"]

T = TypeVar("T")

_logger = logging.getLogger(__name__)

_FINISHED = ("model", "cost", "parsed", "provider", "request_id", "attempts", "dropped_options")
_DRAWN_AT_ONCE = 32  # pictures of pages in memory: a book's would be gigabytes


class Reading:
    """
    One document before one provider: what is known of it, and the means to ask.

    Attributes:
        sending: By which it is asked for.

        stack: Holds what is open until the end of the call.
    """

    def __init__(self, document: Document, sending: Sending, stack: AsyncExitStack, relay: Relay | None = None) -> None:
        self.document = document
        self.sending = sending
        self.stack = stack
        self.relay = relay
        self.options = sending.options
        self.emit = sending.emit
        self.exchanges = 0  # so far
        self.batch = False  # whether it is asked by a batch job, which costs less
        self.selection = pages.parse(self.options.pages)
        self.folder: Path | None = None
        pictures = self.candidate.provider.facts.pictures
        # Whether the provider takes one picture at a time, so that pages are drawn for it.
        self.drawn = pictures is not None and not prepare.is_picture(document, pictures)
        self.drawing = anyio.CapacityLimiter(_DRAWN_AT_ONCE) if self.drawn else None

    @classmethod
    async def open(
        cls, given: documents.Given, sending: Sending, stack: AsyncExitStack, relay: Relay | None = None
    ) -> Reading:
        provider = sending.candidate.provider
        facts = provider.facts
        if isinstance(given, FileId) and not facts.takes_file_ids:
            raise ConfigurationError(f"{provider.name} keeps no files; give the document instead of a file id")
        if isinstance(given, Url) and not (facts.takes_urls and (facts.pictures is None or given.image)):
            given = await prepare.download(given, sending.deadline, stack)
        return cls(await prepare.inspected(given), sending, stack, relay)

    @property
    def candidate(self) -> Candidate:
        """Who is asked."""
        return self.sending.candidate

    async def read(self) -> OCRResponse:
        """Ask for the selected pages in batches; return them merged, priced and complete."""
        indexes = await self.selected(counted=self.drawn)
        if indexes is None and self._may_lose_pages():
            indexes = await self._known_pages()
        if indexes is None:
            indexes = await self._too_many()
        if self.emit.listening:
            self.emit(
                "DocumentStarted",
                provider=self.candidate.provider.name,
                pages=None if indexes is None else len(indexes),
                size=None if isinstance(self.document, (Url, FileId)) else self.document.size,
            )
        with self.emit.ending("ReadingDone", provider=self.candidate.provider.name) as facts:
            response = await self._read(indexes)
            facts |= {"pages": len(response.pages), "answered_by": response.model}
            return response

    async def _read(self, indexes: tuple[int, ...] | None) -> OCRResponse:
        provider, policy = self.candidate.provider, self.options.policy
        reader: Reader = maker(Reader)(
            ask=self._ask_drawn if self.drawn else self.ask,
            cut=self.cut,
            count=self.count,
            repeats=0 if policy.never_bill_twice else policy.ambiguous,
            most_pages=provider.facts.max_pages,
            partial=self.options.on_error == "partial",
            # the pages of an answer that goes on as it came have nothing in them to be told
            arrived=self.emit.arrived if self.relay is None else _unheard,
        )
        batches = self.planned(indexes)
        if len(batches) > 1 or (self.relay is not None and self.relay.dialect != provider.facts.relays):
            self.relay = None
        answers = await reader.read_all([await self._batch(indexes, len(batches)) for indexes in batches])
        response = self.finished(pages.merge(answers))
        if response.missing_pages:
            if not response.pages:
                # A copy, because the traceback leads to *response*, and so would lead back to the error.
                raise copy.copy(next(iter(response.missing_pages.values())))
            if self.options.on_error == "raise":
                raise_missing(response, self.emit.name)
        return response

    def planned(self, indexes: tuple[int, ...] | None) -> list[tuple[int, ...] | None]:
        """Return the pages of each request that is to be sent."""
        facts, size = self.candidate.provider.facts, self._batch_size()
        if indexes is None:
            return [None]
        sizes = [each for each in (size, facts.max_pages, self.drawn or None) if each is not None]
        return pages.plan(indexes, min(sizes, default=None), contiguous=facts.contiguous)

    async def _batch(self, indexes: tuple[int, ...] | None, of: int) -> PageBatch:
        """Return one *of* so many batches; where the provider cannot select pages, a document of those pages alone."""
        whole = PageBatch(document=self.document, indexes=indexes)
        if self.candidate.provider.facts.selects_pages or indexes is None or (self.selection is None and of == 1):
            return whole
        part = await self.cut(indexes)
        return whole if part is None else PageBatch(document=part, indexes=indexes, numbers=indexes)

    # what the reader needs

    async def ask(self, document: Document, wanted: tuple[int, ...] | None) -> OCRResponse:
        self.refuse_too_large(document)
        try:
            return await self._exchange(document, wanted)
        except AuthenticationFailed:
            if isinstance(self.options.api_key, str | None) or not self.candidate.ours:
                raise
        # what gives the key may have renewed it meanwhile: ask for it once more
        self.sending.renew(await Candidate.connect(self.candidate.named, self.options))
        return await self._exchange(document, wanted)

    async def _ask_drawn(self, document: Document, wanted: tuple[int, ...] | None) -> OCRResponse:
        """Ask for one page as a picture; the index that the answer gives it is put right."""
        facts = self.candidate.provider.facts
        assert facts.pictures is not None
        assert self.drawing is not None
        assert isinstance(document, (FileOnDisk, Bytes))
        assert wanted is not None
        (index,) = wanted
        async with self.drawing:
            picture, dimensions = await prepare.draw(document, index, facts.pictures, facts.max_bytes)
            response = await self.ask(picture, None)
        return evolve(
            response,
            pages=tuple(evolve(page, index=index, dimensions=dimensions) for page in response.pages),
            missing_pages=dict(zip((index,), response.missing_pages.values(), strict=False)),
        )

    async def _exchange(self, document: Document, wanted: tuple[int, ...] | None) -> OCRResponse:
        changed = changer(OCRRequest, "document", "pages", "never_bill_twice")
        request: OCRRequest = changed(
            self.candidate.request,
            document=document,
            pages=wanted,
            never_bill_twice=self.options.policy.never_bill_twice,
        )
        provider = self.candidate.provider
        send = None if self.relay is None else self._relaying(self.relay, wanted)
        batch, self.exchanges = self.exchanges, self.exchanges + 1
        if self.emit.listening:
            count = 1 if self.drawn else None if wanted is None else len(wanted)
            self.emit("PageBatchStarted", provider=provider.name, batch=batch, pages=count)
        with self.emit.ending("PageBatchDone", provider=provider.name, batch=batch, pages=0) as facts:
            response = await self.sending.run(provider.exchange(request), send)
            facts["pages"] = len(response.pages)
            return response

    def _relaying(self, relay: Relay, wanted: tuple[int, ...] | None) -> Send:
        provider = self.candidate.provider.name
        self.relay = None  # what is asked for again after the first answer completes it, and cannot go on alone

        async def send(step: HttpRequest[Any]) -> Any:
            def parse(answer: HttpResponse) -> Any:
                response = relay.read(answer, wanted, provider)
                if response is None:
                    return step.parse(answer)
                relay.body = answer.body
                return response

            return await self.sending.send(changer(HttpRequest, "parse")(step, parse=parse))

        return send

    async def count(self, document: Document) -> int | None:
        """Return the number of pages of *document*, or None where only a provider can tell."""
        if isinstance(document, FileId):
            return None
        if isinstance(document, Url):
            document = await prepare.inspected(await prepare.download(document, self.sending.deadline, self.stack))
        assert isinstance(document, (Bytes, FileOnDisk))
        return await prepare.count(document, drawn=self.drawn or self.candidate.provider.facts.local)

    async def cut(self, wanted: tuple[int, ...]) -> Document | None:
        """Return a document of the *wanted* pages alone, in a folder that goes with the call."""
        document = self.document
        if isinstance(document, (Url, FileId)) or document.mime != "application/pdf":
            return None
        if self.folder is None:
            folder = await anyio.to_thread.run_sync(temporary_folder)
            self.stack.push_async_callback(anyio.to_thread.run_sync, partial(shutil.rmtree, folder, ignore_errors=True))
            self.folder = folder
        path = self.folder / f"{wanted[0]}-{wanted[-1]}.pdf"
        try:
            part = await prepare.compute(
                Compute(task="cut", arguments={"document": document, "pages": wanted}, seconds=120)
            )
            await anyio.to_thread.run_sync(path.write_bytes, part.map())
        except OCRError as error:
            _logger.info("%s cannot be cut: %s", self.emit.name, error)
            return None
        return await prepare.inspected(FileOnDisk(path=path, name=document.name))

    # the plan

    async def selected(self, *, counted: bool = False) -> tuple[int, ...] | None:
        """
        Return the pages to read; None for all of a document whose length nobody had to know.

        Args:
            counted: Whether it has to be known.
        """
        capped = self.options.max_pages is not None or self.options.max_cost is not None
        open_ended = self.selection is None and (counted or capped or self._batch_size() is not None)
        if self.selection is None and not open_ended:
            return None
        counting = open_ended or pages.needs_count(self.selection) or self._spans_batches()
        count = await self.count(self.document) if counting else None
        if count is None and (pages.needs_count(self.selection) or (self.selection is None and (counted or capped))):
            raise DocumentError(
                f"the page count of {self.emit.name} cannot be told before it is read", hint="name_pages"
            )
        indexes = pages.select(self.selection, count)
        if indexes is not None and capped:
            self._refuse_above_caps(len(indexes))
        return indexes

    def _may_lose_pages(self) -> bool:
        return self.candidate.provider.facts.stops_early and isinstance(self.document, (FileOnDisk, Bytes))

    async def _known_pages(self) -> tuple[int, ...] | None:
        """Return all pages; None where they cannot be counted here, as without the extra ``local``."""
        try:
            count = await self.count(self.document)
        except OCRError as error:
            _logger.info("the pages of %s cannot be counted: %s", self.emit.name, error)
            return None
        return None if count is None else tuple(range(count))

    async def _too_many(self) -> tuple[int, ...] | None:
        """
        Return all pages of a document that has more than a provider takes that reads whole documents only; else None.

        It is cut then. Where nobody here can count them, the provider says what it thinks of it.
        """
        facts = self.candidate.provider.facts
        if facts.selects_pages or facts.max_pages is None or not isinstance(self.document, (FileOnDisk, Bytes)):
            return None
        known = await self._known_pages()
        return None if known is None or len(known) <= facts.max_pages else known

    def _spans_batches(self) -> bool:
        """Whether so many pages are asked for that some would be read before it is known that others do not exist."""
        if self.selection is None or not self.candidate.provider.facts.local:
            return False
        size = self._batch_size()
        return size is not None and sum(last - first for first, last in self.selection) >= size

    def _batch_size(self) -> int | None:
        facts, asked = self.candidate.provider.facts, self.options.pages_per_request
        if self.options.document_annotation_format is not None:
            if asked is not None:
                raise ConfigurationError(
                    "document_annotation_format reads the document as a whole; leave out pages_per_request"
                )
            return None
        return asked or facts.batch_pages

    def _refuse_above_caps(self, count: int) -> None:
        options = self.options
        if options.max_pages is not None and count > options.max_pages:
            raise DocumentError(f"{self.emit.name} has {count} pages to read, more than max_pages={options.max_pages}")
        if options.max_cost is None:
            return
        price = self.price(count)
        if price is None:
            raise ConfigurationError(f'max_cost is set, but the price of "{self.candidate.named}" is unknown')
        if price > options.max_cost:
            cost = f"{price:.4f} USD ({counted(count, 'page')})"
            raise DocumentError(f"{self.emit.name} would cost {cost}, more than max_cost={options.max_cost}")

    def price(self, count: int) -> float | None:
        """Return the US dollars that *count* pages will cost, by `annotate_with` too; None where it is unknown."""
        provider, model, prices = self.candidate.provider.name, self.candidate.model, self.options.prices
        read = pricing.estimate(provider, model, count, annotated=self._annotated(), batch=self.batch, prices=prices)
        if self.options.annotate_with is None:
            return read
        provider, _, model = self.options.annotate_with.partition("/")
        annotated = pricing.estimate(provider, model, count, prices=prices)
        return None if read is None or annotated is None else read + annotated

    def refuse_too_large(self, document: Document) -> None:
        """Raise what a *document* comes to that the provider does not take in one request."""
        most = self.candidate.provider.facts.max_bytes
        if most is None or isinstance(document, (Url, FileId)) or document.size is None or document.size <= most:
            return
        raise TooLarge(
            f"{self.emit.name} has {document.size / 1e6:.1f} MB; {self.candidate.provider.name} takes at most "
            f"{most / 1e6:.0f} MB in one request"
        )

    def _annotated(self) -> bool:
        options = self.options
        return options.bbox_annotation_format is not None or options.document_annotation_format is not None

    # the end

    def finished(self, response: OCRResponse) -> OCRResponse:
        """Return *response* with what it cost, and what else is known of it here."""
        provider = self.candidate.provider
        options = self.options
        form = options.document_annotation_format
        finished: OCRResponse = changer(OCRResponse, *_FINISHED)(
            with_parsed_images(response, options.bbox_annotation_format),
            model=response.model or self.candidate.model,
            cost=response.cost
            or pricing.cost(
                provider.name,
                (response.model, self.candidate.model),
                response.usage_info,
                annotated=self._annotated(),
                batch=self.batch,
                prices=options.prices,
            ),
            parsed=parsed(form, response.document_annotation),
            provider=provider.name,
            request_id=self.sending.tally.request_id,
            attempts=self.sending.tally.attempts,
            dropped_options=self.candidate.dropped,
        )
        return finished


def _unheard(_: OCRResponse) -> None:
    pass


def raise_missing(response: OCRResponse, name: str) -> NoReturn:
    """Raise what *response*, of the document called *name*, lacks."""
    missing = tuple(sorted(response.missing_pages))
    first = response.missing_pages[missing[0]]
    raise PagesMissing(
        f"{len(missing)} of {counted(len(missing) + len(response.pages), 'page')} of {name} did not come: "
        f"{_listed(missing)} (from 0); the first: {first.args[0]}",
        missing=missing,
        response=response,
        request_id=response.request_id,
    ) from first


def _listed(indexes: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, indexes[:8]))
    return f"{shown} …" if len(indexes) > 8 else shown
