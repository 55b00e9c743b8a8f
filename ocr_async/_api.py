"""The asynchronous public API; `ocr_async._sync` is generated from this module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Any, Self, Unpack

import attrs
from anyio.abc import ObjectReceiveStream

from .call import call as _call
from .call.on_demand import OCRComparison, OCREstimate, OCRPageDone, OCRResult, PageStream
from .call.on_demand import batch_documents as _batch
from .call.on_demand import comparing as _comparing
from .call.on_demand import estimating as _estimating
from .call.on_demand import many as _many
from .call.on_demand import page_stream as _page_stream
from .call.options import (
    AnnotationFormat,
    AnyDocuments,
    ApiKey,
    Cache,
    DocumentLike,
    Given,
    Observer,
    OnError,
    Options,
    PageSelection,
    Prices,
    options_of,
)
from .errors import OCRError
from .models import ConfidenceGranularity, Language, OCRResponse, TableFormat
from .settings import RetryPolicy


__all__ = [
    "OCR",
    "aocr",
    "aocr_batch",
    "aocr_compare",
    "aocr_many",
    "aocr_pages",
    "aocr_stream",
    "aocr_stream_pages",
]


async def aocr(
    document: DocumentLike,
    *,
    model: str | None = None,
    pages: PageSelection | None = None,
    include_image_base64: bool | None = None,
    image_limit: int | None = None,
    image_min_size: int | None = None,
    table_format: TableFormat | None = None,
    extract_header: bool | None = None,
    extract_footer: bool | None = None,
    include_blocks: bool | None = None,
    confidence_scores_granularity: ConfidenceGranularity | None = None,
    lang: Language | None = None,
    bbox_annotation_format: AnnotationFormat | None = None,
    document_annotation_format: AnnotationFormat | None = None,
    document_annotation_prompt: str | None = None,
    annotate_with: str | None = None,
    mistral_extra: Mapping[str, Any] | None = None,
    docling_extra: Mapping[str, Any] | None = None,
    api_key: ApiKey | None = None,
    api_base: str | None = None,
    extra_headers: Mapping[str, str] | None = None,
    extra_body: Mapping[str, Any] | None = None,
    proxy: str | None = None,
    trust_env: bool = True,
    ssl: SSLContext | None = None,
    timeout: float | None = 600.0,
    attempt_timeout: float | None = None,
    read_timeout: float | None = None,
    retries: RetryPolicy | int | None = None,
    pages_per_request: int | None = None,
    max_concurrency: int | None = None,
    requests_per_second: float | None = None,
    pages_per_minute: float | None = None,
    max_response_bytes: int | None = None,
    max_pages: int | None = None,
    max_cost: float | None = None,
    prices: Prices | None = None,
    on_error: OnError = "raise",
    on_event: Observer | None = None,
    fallbacks: Sequence[str] = (),
    escalate_to: str | None = None,
    min_confidence: float | None = None,
    strict: bool = False,
    cache: Cache | None = None,
) -> OCRResponse:
    """
    Read *document* and return its pages as Markdown.

    Args:
        document: A `pathlib.Path`, bytes, an open binary file, a PIL image, the text of a URL or data URI, or a
            mapping such as ``{"type": "document_url", "document_url": …}``. A bare string is never a path.

        model: ``provider/model``. None: ``$OCR_ASYNC_MODEL``, else ``local``, the embedded engine. With `api_base`
            and no known provider in front, any name that the server there knows.

        pages: Pages to read, from 0: ``3``, ``[0, 2]``, ``range(10)`` or ``"0-4,7,-1"``; None reads all.

        include_image_base64: Return the pictures as data URIs.

        image_limit: Most pictures to return; 0 for none.

        image_min_size: Smallest width and height of a picture, in pixels.

        table_format: Take tables out of the Markdown into `OCRPage.tables`; None leaves them in.

        extract_header: Take running heads out of the Markdown into `OCRPage.header`.

        extract_footer: Take running feet out of the Markdown into `OCRPage.footer`.

        include_blocks: Return `OCRPage.blocks`.

        confidence_scores_granularity: Return confidences by page, block or word.

        lang: The document's languages, for the embedded engine: ``"ru"``, ``"rus+eng"``, ``["ko", "en"]``. Needed
            where several share a script, or a page has few words; None looks what each page is written in.

        bbox_annotation_format: JSON schema, or a class, by which each picture is described.

        document_annotation_format: JSON schema, or an attrs, dataclass or pydantic class, by which the document is
            described; with a class `OCRResponse.parsed` is an object of it.

        document_annotation_prompt: What to look for meanwhile.

        annotate_with: Chat model that fills in `document_annotation_format` from the Markdown that was read, whoever
            read it, such as ``openai_compatible/…``; `OCRResponse.annotation_pages` tells on which pages it found it.

        mistral_extra: Opper's object of Mistral's options.

        docling_extra: ``output_format``, ``ocr_engine``, ``ocr_lang``, ``force_ocr``, ``table_mode`` for docling and
            the embedded engine.

        api_key: The provider's key, a callable that returns it, or an object with `get_token` for services that take
            access tokens; None takes the provider's environment variable.

        api_base: Address of a server that speaks the provider's API, with or without its ``/v1/ocr``.

        extra_headers: Added to each request, and stronger than ours.

        extra_body: Merged into each request's JSON last.

        proxy: Address of the proxy that requests to providers go by, ``http://user:password@host:port``.

        trust_env: Whether requests to providers heed ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY``, ``NO_PROXY``,
            ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``.

        ssl: What they trust instead of the system's authorities and the environment's.

        timeout: Seconds for the whole call: queue, attempts and pauses. None waits for ever.

        attempt_timeout: Seconds for one attempt; None reckons it from the number of pages.

        read_timeout: Seconds of silence on the socket; None reckons it from the number of pages.

        retries: A policy, or how often a failed request is repeated.

        pages_per_request: Pages of each concurrent request; None sends what the provider takes at once.

        max_concurrency: Requests in flight to the provider's key, of all calls in the loop; None adapts.

        requests_per_second: Requests started in a second; None adapts.

        pages_per_minute: Pages asked for in a minute; None for no limit.

        max_response_bytes: Largest decoded answer; None reckons it from the number of pages.

        max_pages: Refuse a document with more selected pages, before anything is sent.

        max_cost: Refuse a document that would cost more US dollars, before anything is sent.

        prices: US dollars for a page, or `ocr_async.pricing.Price` objects, by ``provider/model`` or by model, which
            come before the package's table and the file that ``OCR_ASYNC_PRICES`` names.

        on_error: ``"partial"`` returns what came, and the error of each other page in `OCRResponse.missing_pages`.

        on_event: Called with each event of `ocr_async.events`.

        fallbacks: Models to ask in turn when one fails for good.

        escalate_to: Model that is asked for the pages which the first one read below `min_confidence`, with a warning
            or not at all, and for none but those; `OCRResponse.escalated` tells which.

        min_confidence: The mean confidence of a page, 0 to 1, below which it is asked of `escalate_to`; None leaves it
            to warnings and errors. A page of which no confidence is told counts as sure.

        strict: Refuse a model of `fallbacks` or `escalate_to` that has not all the options; otherwise those that it
            has not are left out for it, and named in `OCRResponse.dropped_options`.

        cache: Where responses are kept; only for documents whose bytes are at hand.

    Raises:
        OCRError: Of the class that says what to do; see `ocr_async.errors`.

    Example:
        >>> response = await aocr(Path("scan.pdf"))  # doctest: +SKIP
    """
    options = options_of(  # in the order of `Options`; a dict of so many would take longer than to find them
        model, pages, include_image_base64, image_limit, image_min_size, table_format, extract_header, extract_footer,
        include_blocks, confidence_scores_granularity, lang, bbox_annotation_format, document_annotation_format,
        document_annotation_prompt, annotate_with, mistral_extra, docling_extra, api_key, api_base, extra_headers,
        extra_body, proxy, trust_env, ssl, timeout, attempt_timeout, read_timeout, retries, pages_per_request,
        max_concurrency, requests_per_second, pages_per_minute, max_response_bytes, max_pages, max_cost, prices,
        on_error, on_event, fallbacks, escalate_to, min_confidence, strict, cache,
    )  # fmt: skip
    return await _call.call(document, options)


def aocr_pages(document: DocumentLike, **options: Unpack[Given]) -> PageStream:
    """
    Read *document*; iterate over what is returned for each page when it is there, in no fixed order.

    Leaving the loop early cancels what is still under way. An error comes after the pages that came.

    Args:
        document: What `aocr` takes.

        options: Those of `aocr`.

    Example:
        >>> async for page in aocr_pages(Path("book.pdf")):  # doctest: +SKIP
        ...     print(page.index, page.markdown)
    """
    return _page_stream.PageStream(document, Options(**options))


async def aocr_many(
    documents: AnyDocuments,
    **options: Unpack[Given],
) -> list[OCRResponse | OCRError]:
    """
    Read *documents* at once; return a response or an error for each, in their order.

    Args:
        documents: What `aocr` takes, each. All share one limiter for each provider's key.

        options: Those of `aocr`.
    """
    return await _many.read_many(documents, Options(**options))


async def aocr_batch(
    documents: AnyDocuments,
    *,
    hours: int = 24,
    **options: Unpack[Given],
) -> list[OCRResponse | OCRError]:
    """
    Read *documents* by the provider's own batch jobs, which take hours and cost less; return a response or an error
    for each, in their order.

    What was uploaded is deleted at the end, also after an error or a cancellation, which cancels the jobs as well. For
    jobs that shall outlive the process there is ``ocr-async bulk run --batch-api``.

    Args:
        documents: What `aocr` takes, each.

        hours: In which the provider has to be done, 1 to 168; what is not read by then is a `DeadlineExceeded`.

        options: Those of `aocr`, but for `fallbacks`, `escalate_to` and `annotate_with`; `timeout` does not count.

    Raises:
        ConfigurationError: The provider has no batch jobs; those that have are named.

    Example:
        >>> await aocr_batch(paths, model="mistral/mistral-ocr-latest")  # doctest: +SKIP
    """
    return await _batch.read_batch(documents, Options(**options), hours=hours)


async def aocr_compare(
    document: DocumentLike,
    models: Sequence[str],
    **options: Unpack[Given],
) -> OCRComparison:
    """
    Read *document* by each of *models* at once; return what they read, and how far each two agree.

    Args:
        document: What `aocr` takes.

        models: 2 to 12 of them. Each costs what `aocr` would; what fails is in its place.

        options: Those of `aocr`, for each; but for `model`, `fallbacks` and `escalate_to`.

    Raises:
        ConfigurationError: A model is unknown, lacks its key or an option; nothing was read then.
    """
    return await _comparing.compare(document, models, Options(**options))


@asynccontextmanager
async def aocr_stream(
    documents: AnyDocuments,
    *,
    ordered: bool = False,
    **options: Unpack[Given],
) -> AsyncIterator[ObjectReceiveStream[OCRResult]]:
    """
    Read *documents* at once; yield a stream of results as they come.

    Leaving the block cancels what is still running. Memory stays bounded: a document is taken from *documents* only
    when an earlier one's result was taken from the stream, so they may be without end.

    Args:
        documents: What `aocr` takes, each.

        ordered: Yield the results in the order of *documents* instead.

        options: Those of `aocr`.
    """
    async with _many.read_stream(documents, Options(**options), ordered=ordered) as results:
        yield results


@asynccontextmanager
async def aocr_stream_pages(
    documents: AnyDocuments, **options: Unpack[Given]
) -> AsyncIterator[ObjectReceiveStream[OCRPageDone | OCRResult]]:
    """
    Read *documents* at once; yield a stream of their pages, each when it is there.

    What comes of a document are an `OCRPageDone` for each page, in no fixed order and among those of other documents,
    and last its `OCRDone` or `OCRFailed`, as of `aocr_stream`; a document that failed may have given pages before.

    Leaving the block cancels what is still running. Pages that are not taken hold back the next documents.

    Args:
        documents: What `aocr` takes, each.

        options: Those of `aocr`.

    Example:
        >>> async with aocr_stream_pages(paths) as pages:  # doctest: +SKIP
        ...     async for each in pages:
        ...         if isinstance(each, OCRPageDone):
        ...             print(each.document, each.page.index, each.page.markdown)
    """
    async with _many.read_page_stream(documents, Options(**options)) as pages:
        yield pages


class OCR(Options):
    """
    `aocr` and its kin with options of their own; one object serves coroutines, plain callers and threads at once.

    It holds nothing but the options: what belongs to an event loop is found when it is used. Its attributes are the
    options of `aocr`, and each method takes any of them again for one call.

    Example:
        >>> client = OCR(model="mistral/mistral-ocr-latest", max_concurrency=8)
        >>> response = await client.aocr(Path("scan.pdf"))  # doctest: +SKIP
    """

    __slots__ = ()

    async def aocr(self, document: DocumentLike, **options: Unpack[Given]) -> OCRResponse:
        """Read *document*; see `ocr_async.aocr`."""
        return await _call.call(document, self.with_options(**options))

    def aocr_pages(self, document: DocumentLike, **options: Unpack[Given]) -> PageStream:
        """Read *document*, each page when it is there; see `ocr_async.aocr_pages`."""
        return _page_stream.PageStream(document, self.with_options(**options))

    async def aocr_many(self, documents: AnyDocuments, **options: Unpack[Given]) -> list[OCRResponse | OCRError]:
        """Read *documents* at once; see `ocr_async.aocr_many`."""
        return await _many.read_many(documents, self.with_options(**options))

    async def aocr_batch(
        self, documents: AnyDocuments, *, hours: int = 24, **options: Unpack[Given]
    ) -> list[OCRResponse | OCRError]:
        """Read *documents* by the provider's own batch jobs; see `ocr_async.aocr_batch`."""
        return await _batch.read_batch(documents, self.with_options(**options), hours=hours)

    @asynccontextmanager
    async def aocr_stream(
        self,
        documents: AnyDocuments,
        *,
        ordered: bool = False,
        **options: Unpack[Given],
    ) -> AsyncIterator[ObjectReceiveStream[OCRResult]]:
        """Read *documents* at once, as a stream of results; see `ocr_async.aocr_stream`."""
        async with _many.read_stream(documents, self.with_options(**options), ordered=ordered) as results:
            yield results

    @asynccontextmanager
    async def aocr_stream_pages(
        self, documents: AnyDocuments, **options: Unpack[Given]
    ) -> AsyncIterator[ObjectReceiveStream[OCRPageDone | OCRResult]]:
        """Read *documents* at once, as a stream of their pages; see `ocr_async.aocr_stream_pages`."""
        async with _many.read_page_stream(documents, self.with_options(**options)) as pages:
            yield pages

    async def aocr_compare(
        self, document: DocumentLike, models: Sequence[str], **options: Unpack[Given]
    ) -> OCRComparison:
        """Read *document* by each of *models* at once; see `ocr_async.aocr_compare`."""
        return await _comparing.compare(document, models, self.with_options(**options))

    async def aestimate(self, document: DocumentLike, **options: Unpack[Given]) -> OCREstimate:
        """Return how many pages of *document* would be read, and for how much; nothing is sent to a provider."""
        return await _estimating.estimate(document, self.with_options(**options))

    def with_options(self, **options: Unpack[Given]) -> Self:
        """Return the same client with some options changed."""
        return attrs.evolve(self, **options) if options else self
