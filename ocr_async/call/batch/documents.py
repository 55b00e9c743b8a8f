"""A call of many documents, read by the provider's own batch jobs."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress

import anyio
from attrs import define, field

from ... import document as documents
from ..._tasks import require_asyncio, task_group
from ...errors import DocumentError, OCRError
from ...models import OCRRequest, OCRResponse
from ...providers.batch_jobs import BatchAnswer, BatchOutcome
from .. import cache
from ..many import following_of
from ..options import AnyDocuments, DocumentLike, Options
from ..progress import EventEmitter
from ..reading import Reading, raise_missing
from ..sending import Sending
from .jobs import Jobs, Lines, joined, new_job


__all__ = ["read_batch"]

_AT_ONCE = 4  # jobs of one call
_BYTES = 1024**3  # of the documents of one job


async def read_batch(given: AnyDocuments, options: Options, *, hours: int) -> list[OCRResponse | OCRError]:
    """Read *given* by as few batch jobs as it takes; return a response or an error for each, in their order."""
    require_asyncio()
    following = following_of(given)
    jobs = await Jobs.connect(options, hours)
    results: dict[int, OCRResponse | OCRError] = {}
    running = anyio.Semaphore(_AT_ONCE)
    index = 0
    group = _Group(jobs, results)
    async with task_group() as tasks:

        async def begin(group: _Group) -> None:
            await running.acquire()  # so that no more is taken from *given* than is under way
            tasks.start_soon(end, group)

        async def end(group: _Group) -> None:
            try:
                await group.run()
            finally:
                running.release()

        with suppress(StopAsyncIteration):
            while True:
                document = await following()
                if group.is_full():
                    await begin(group)
                    group = _Group(jobs, results)
                await group.add(index, document)
                index += 1
        await begin(group)
    return [results[number] for number in range(index)]


@define(eq=False)
class _Document:
    """One document of a call, and what is known of its end."""

    index: int
    emit: EventEmitter
    started: float
    lines: Lines
    cache_key: str | None = None
    names: tuple[str, ...] = ()


@define(eq=False)
class _Group:
    """The documents of one job."""

    jobs: Jobs
    results: dict[int, OCRResponse | OCRError]
    documents: list[_Document] = field(factory=list)
    requests: list[tuple[str, OCRRequest]] = field(factory=list)
    bytes: int = 0
    stack: AsyncExitStack = field(factory=AsyncExitStack)

    def is_full(self) -> bool:
        return len(self.requests) >= self.jobs.most or self.bytes >= _BYTES

    async def add(self, index: int, document: DocumentLike) -> None:
        """Look at a document; one that cannot be asked for has failed."""
        options, candidate = self.jobs.options, self.jobs.candidate
        started = time.perf_counter()
        emit: EventEmitter | None = None
        try:
            given = documents.as_document(document)
            emit = EventEmitter(options.on_event, given)
            emit.model = candidate.named
            reading = await Reading.open(given, Sending(candidate, options, math.inf, emit), self.stack)
            key = await cache.key_to(reading)
            if key is not None and (kept := await cache.kept(reading, key)) is not None:
                emit("CacheHit")
                self._end(index, emit, started, kept)
                return
            lines = await Lines.of(reading)
            requests = lines.requests(str(index))
        except OCRError as failure:
            self._end(index, emit, started, failure)
            return
        if len(requests) > self.jobs.most:
            self._end(
                index, emit, started, DocumentError(f"{emit.name} takes {len(requests)} requests, too many for a job")
            )
            return
        pages = None if lines.wanted is None else len(lines.wanted)
        emit("DocumentStarted", provider=candidate.provider.name, pages=pages)
        names = tuple(name for name, _ in requests)
        self.documents.append(_Document(index, emit, started, lines, key, names))
        self.requests += requests
        self.bytes += getattr(reading.document, "size", 0) or 0

    async def run(self) -> None:
        """Have the job done; each document then has its result."""
        async with self.stack:
            if not self.documents:
                return
            job = new_job()
            try:
                refused = await self.jobs.submit(job, self.requests)
                if job.id is None:  # of nothing
                    outcome = BatchOutcome({}, next(iter(refused.values())), failed=False)
                else:
                    outcome = await self.jobs.collect(job, len(self.requests) - len(refused))
            except OCRError as error:
                for document in self.documents:
                    self._end(document.index, document.emit, document.started, error)
                return
            finally:
                await self.jobs.discard(job)
            for document in self.documents:
                await self._finish(document, outcome, refused)

    async def _finish(self, document: _Document, outcome: BatchOutcome, refused: Mapping[str, OCRError]) -> None:
        reading = document.lines.reading
        result: OCRResponse | OCRError
        found: dict[str, BatchAnswer | OCRError] = {**refused, **outcome.answers}
        answers = [found[name] for name in document.names if name in found]
        try:
            response = joined(answers, document.lines.wanted, outcome.lack, self.jobs.candidate)
            result = response = reading.finished(response)
            document.emit.arrived(response)
            if response.missing_pages and reading.options.on_error == "raise":
                raise_missing(response, document.emit.name)
            if document.cache_key is not None:
                await cache.keep(reading, document.cache_key, response)
        except OCRError as error:
            result = error
        self._end(document.index, document.emit, document.started, result)

    def _end(self, index: int, emit: EventEmitter | None, started: float, result: OCRResponse | OCRError) -> None:
        self.results[index] = result
        if emit is not None:
            failed = isinstance(result, OCRError)
            emit(
                "DocumentDone",
                provider=self.jobs.candidate.provider.name,
                pages=0 if isinstance(result, OCRError) else len(result.pages),
                seconds=time.perf_counter() - started,
                error=type(result).__name__ if failed else None,
                request_id=result.request_id,
            )
