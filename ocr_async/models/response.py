"""What comes out of a call: the pages of a document, what they cost, and how they came."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

from .._platform.forks import loading
from ._answered import Answered
from .page import OCRPage, OCRTable


__all__ = [
    "Dialect",
    "Escalation",
    "OCRCost",
    "OCRResponse",
    "OCRUsageInfo",
]

Dialect = Literal["mistral", "opper", "litellm"]


@frozen(kw_only=True, eq=False, repr=False)
class OCRUsageInfo(Answered):
    """What the call used; `credits` and `pages_processed_annotation` are what some providers bill by."""

    pages_processed: int = 0
    doc_size_bytes: int | None = None
    processing_time_seconds: float | None = None
    time_per_page_seconds: float | None = None
    applied_settings: Mapping[str, Any] | None = None
    pages_processed_annotation: int | None = None
    credits: float | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True, eq=False, repr=False)
class OCRCost(Answered):
    """US dollars: what the engine costs, what the platform adds, and both together."""

    generation: float
    platform: float = 0.0
    total: float
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True, eq=False, repr=False)
class Escalation(Answered):
    """
    Why a page was read by another model than the others.

    Attributes:
        model: As the caller named it.

        reason: ``confidence 0.62``, ``warning: …``, or ``error: …`` with the class of the error.
    """

    model: str
    reason: str


@frozen(kw_only=True, eq=False, repr=False)
class OCRResponse(Answered):
    """
    The pages of one document.

    Attributes:
        pages: Ascending by index.

        model: As the provider reports it, which may differ from the one asked for.

        document_annotation: JSON text after `document_annotation_format`.

        parsed: The annotation as an object of the class given as `document_annotation_format`.

        id: The provider's id of this answer.

        cost: US dollars; None where the price is unknown.

        missing_pages: The error of each page that did not come, by index, with ``on_error="partial"``.

        escalated: Of the pages that `escalate_to` read, by index: by which model, and why.

        dropped_options: Names of the options that the model which served has not, and which were left out for it.

        provider: Who served, such as ``mistral``.

        request_id: The provider's id of the (last) request.

        attempts: HTTP requests that it took, repeats included.
    """

    pages: tuple[OCRPage, ...]
    model: str
    usage_info: OCRUsageInfo = field(factory=OCRUsageInfo)
    document_annotation: str | None = None
    id: str | None = None
    cost: OCRCost | None = None
    object: str = "ocr"
    extra: Mapping[str, Any] = field(factory=dict, repr=False)
    # where it comes from; not part of any dialect
    parsed: Any = field(default=None, repr=False)
    missing_pages: Mapping[int, Exception] = field(factory=dict)
    escalated: Mapping[int, Escalation] = field(factory=dict)
    dropped_options: tuple[str, ...] = ()
    provider: str | None = field(default=None, eq=False)
    request_id: str | None = field(default=None, eq=False)
    attempts: int = field(default=0, eq=False)

    @property
    def markdown(self) -> str:
        """The Markdown of all pages, a blank line between two."""
        return "\n\n".join(page.markdown for page in self.pages)

    @property
    def tables(self) -> tuple[OCRTable, ...]:
        """
        The tables of all pages, in reading order; one that goes on over pages is one table.

        They come from the pages' `tables`, the cells of their `elements`, or their Markdown, whichever says most.

        Raises:
            ConfigurationError: Markdown is parsed by markdown-it-py, of the extra ``tables``.
        """
        with loading:
            from ..tables import over_pages

        return over_pages.tables_of(self.pages)

    @property
    def annotation_pages(self) -> tuple[int, ...]:
        """Indexes of the pages that `annotate_with` found the document's annotation on."""
        return tuple(self.extra.get("document_annotation_pages") or ())

    # The JSON forms live in `formats`, a layer above these values; it is imported only when asked for.

    def to_dict(self, dialect: Dialect = "mistral") -> dict[str, Any]:
        """Return the response as JSON-ready builtins, in the words of *dialect*."""
        with loading:
            from .. import formats

        return formats.unstructure(self, dialect)

    def to_json(self, dialect: Dialect = "mistral") -> bytes:
        """Return the response as UTF-8 JSON, in the words of *dialect*."""
        with loading:
            from .. import formats

        return formats.dumps(self.to_dict(dialect))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], dialect: Dialect = "mistral") -> OCRResponse:
        """
        Read a response that *dialect* wrote.

        Raises:
            ResponseInvalid: *data* has not that shape; `path` says where.
        """
        with loading:
            from .. import formats

        return formats.structure(data, dialect)

    def save(self, path: os.PathLike[str] | str, *, document: Any = None, form: str | None = None) -> None:
        """
        Write the response into a file, in the form that its ending names: ``.md``, ``.json``, ``.jsonl``, ``.txt``,
        ``.html``, ``.csv`` (its tables), ``.xlsx`` (a sheet a table), ``.pdf`` (searchable), ``.hocr`` or ``.xml``
        (ALTO). An earlier file is replaced whole or not at all. Blocks.

        Args:
            path: Its folder is there.

            document: What was read, as `ocr` takes it: ``.html`` then shows its pages beside the text, and ``.pdf``
                has the text under them. The places of words, which hOCR and ALTO have too, are those of the embedded
                engine where ``confidence_scores_granularity="word"`` was asked of it.

            form: By name, for a path without an ending, or one that several forms have: ``"pdfa"`` is a searchable
                PDF for archives, PDF/A-2b. What has to be taken out of *document* for that is logged as a warning.

        Raises:
            ConfigurationError: No form has that name or ending, or it needs a package that is not installed.

            DocumentError: *document* cannot be read, or no searchable PDF, or PDF/A, can be made of it.

            OSError: The file cannot be written; an earlier one is as it was.
        """
        with loading:
            from ..export import saving

        saving.save(self, path, document, form)

    def to_html(self, *, document: Any = None) -> str:
        """
        Return the response as an HTML document: with *document*, the picture of each page with boxes beside its text.

        Args:
            document: What `aocr` takes, at hand as a file or bytes; the extra ``local`` draws its pages.

        Raises:
            ConfigurationError: Markdown is parsed by markdown-it-py, of the extra ``cli``.
            DocumentError: *document* cannot be read.
        """
        with loading:
            from ..export import saving

        return str(saving.written(self, "html", document))

    def show(self, *, document: Any = None) -> None:
        """Show what `to_html` returns: within a notebook, or else in the browser."""
        with loading:
            from ..export import notebook

        notebook.show(self.to_html(document=document))

    def _repr_markdown_(self) -> str:
        return self.markdown

    def _repr_html_(self) -> str | None:
        with loading:
            from ..export import notebook

        return notebook.of_response(self)
