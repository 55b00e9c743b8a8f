"""What comes out of a call: the response, its pages, and what is on them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import field, frozen

from .._platform.forks import loading


__all__ = [
    "Dialect",
    "Escalation",
    "OCRBlock",
    "OCRBlockConfidence",
    "OCRCell",
    "OCRCost",
    "OCRDimensions",
    "OCRElement",
    "OCRImage",
    "OCRPage",
    "OCRPageConfidence",
    "OCRResponse",
    "OCRTable",
    "OCRUsageInfo",
    "OCRWordConfidence",
]

Dialect = Literal["mistral", "opper", "litellm"]


class _Answered:
    """What the parts of an answer have in common: pydantic, and so FastAPI, takes each for a model of its own."""

    __slots__ = ()

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield names and JSON-ready values in Mistral's words, as a pydantic model does: for ``dict(page)``."""
        with loading:
            from ..formats import _dialect, mistral

        yield from _dialect.writer(mistral.RESPONSE, type(self))(self).items()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        with loading:
            from ..formats import _pydantic  # pydantic is no dependency; who calls this has it

        return _pydantic.core_schema_of(cls, handler)


@frozen(kw_only=True)
class OCRDimensions(_Answered):
    """Size of a page's picture in pixels, and its dots per inch."""

    dpi: int | None = None
    height: int | None = None
    width: int | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class OCRWordConfidence(_Answered):
    """
    How sure the recogniser is of one word.

    Attributes:
        text: The word.

        confidence: 0 to 1.

        start_index: Where it begins in the page's Markdown (or in the table's content), in characters.
    """

    text: str
    confidence: float
    start_index: int
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class OCRPageConfidence(_Answered):
    """Confidence over one page, 0 to 1; the words only where asked for."""

    average_page_confidence_score: float
    minimum_page_confidence_score: float
    word_confidence_scores: tuple[OCRWordConfidence, ...] | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class OCRBlockConfidence(_Answered):
    """Confidence over one block, 0 to 1."""

    average_content_confidence_score: float | None = None
    minimum_content_confidence_score: float | None = None
    block_type_confidence_score: float | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class OCRBlock(_Answered):
    """
    One block of a page, in reading order.

    Attributes:
        type: ``text``, ``title``, ``list``, ``table``, ``image``, ``equation``, ``caption``, ``code``,
            ``references``, ``aside_text``, ``header``, ``footer``, ``signature``; a server may send others.

        content: Its Markdown.

        image_id: Of the page's image, for type ``image``.

        table_id: Of the page's table, for type ``table``.
    """

    type: str
    content: str
    top_left_x: int
    top_left_y: int
    bottom_right_x: int
    bottom_right_y: int
    image_id: str | None = None
    table_id: str | None = None
    confidence_scores: OCRBlockConfidence | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class OCRImage(_Answered):
    """
    A picture found on a page.

    Attributes:
        id: Its name in the page's Markdown, such as ``img-0.jpeg``; None where a provider names none.

        image_base64: The cut-out as a data URI, where asked for.

        image_annotation: JSON text after `bbox_annotation_format`.

        parsed: The annotation as an object of the class given as `bbox_annotation_format`; not part of any dialect.
    """

    id: str | None = None
    top_left_x: int | None = None
    top_left_y: int | None = None
    bottom_right_x: int | None = None
    bottom_right_y: int | None = None
    image_base64: str | None = field(default=None, repr=False)
    image_annotation: str | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)
    parsed: Any = field(default=None, repr=False)

    @property
    def bbox(self) -> dict[str, int] | None:
        """LiteLLM's view of the corners: ``{x, y, width, height}``; None where a corner is unknown."""
        x, y, right, bottom = self.top_left_x, self.top_left_y, self.bottom_right_x, self.bottom_right_y
        if x is None or y is None or right is None or bottom is None:
            return None
        return {"x": x, "y": y, "width": right - x, "height": bottom - y}


@frozen(kw_only=True)
class OCRCell:
    """
    One cell of a table; `row` and `column` count from 0 and are those of its upper left field.

    Attributes:
        text: As printed, on one line.

        row_span: How many rows it fills; 1 for most.

        column_span: Likewise.

        header: Whether it is a heading of a column or row.
    """

    text: str
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    header: bool = False


@frozen(kw_only=True)
class OCRTable(_Answered):
    """
    A table: taken out of the Markdown, for a non-null `table_format`, or one of `OCRResponse.tables`.

    Attributes:
        id: Its placeholder in the Markdown, such as ``tbl-0.md``.

        content: Markdown or HTML, as `format` says.

        parsed: Its cells where more is known of them than `content` says; not part of any dialect.

        pages: Indexes of the pages that it goes over, in `OCRResponse.tables`; not part of any dialect.
    """

    id: str
    content: str
    format: str
    word_confidence_scores: tuple[OCRWordConfidence, ...] | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)
    parsed: tuple[OCRCell, ...] | None = field(default=None, repr=False)
    pages: tuple[int, ...] = ()

    @property
    def cells(self) -> tuple[OCRCell, ...]:
        """
        Its cells, by row and then column.

        Raises:
            ConfigurationError: Markdown is parsed by markdown-it-py, of the extra ``tables``.
        """
        if self.parsed is not None:
            return self.parsed
        with loading:
            from .. import tables

        return tables.cells_of(self.content, self.format)

    @property
    def rows(self) -> tuple[tuple[OCRCell, ...], ...]:
        """
        The cells that begin in each row, by column; a cell that spans stands once, in the first of its rows.

        Raises:
            ConfigurationError: As `cells`.
        """
        with loading:
            from ..tables import fields

        return fields.rows(self.cells)

    def to_csv(self, *, verbatim: bool = False) -> str:
        """
        Return the table as CSV: commas, line feeds, the text of a cell that spans in the first of its fields.

        Args:
            verbatim: Write each cell as it is. Otherwise one that a spreadsheet would take for a formula begins with
                an apostrophe; numbers such as -5 are none.

        Raises:
            ConfigurationError: As `cells`.
        """
        with loading:
            from ..tables import fields

        return fields.csv_text(self.cells, verbatim=verbatim)

    def to_dataframe(self) -> Any:
        """
        Return the table as a pandas DataFrame of text.

        A cell that spans stands in each of its fields. Rows of headings name the columns, several of them joined by
        " / "; without any, columns are numbered.

        Raises:
            ConfigurationError: pandas is not installed; or as `cells`.
        """
        with loading:
            from ..tables import fields

        return fields.dataframe(self.cells)


@frozen(kw_only=True)
class OCRElement(_Answered):
    """
    One piece of a page as Opper reports it.

    Attributes:
        bbox: ``{x, y, width, height}`` from the embedded engine; Opper publishes no fixed keys.

        data: More about it, such as a heading's level or a table's cells.
    """

    type: str | None = None
    label: str | None = None
    text: str | None = None
    bbox: Mapping[str, Any] | None = None
    data: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class OCRPage(_Answered):
    """
    One page.

    Attributes:
        index: Of the page in the whole document, from 0.

        markdown: Its text, with ``![img-0.jpeg](img-0.jpeg)`` and ``[tbl-0.md](tbl-0.md)`` as placeholders.
    """

    index: int
    markdown: str = field(repr=False)
    images: tuple[OCRImage, ...] = ()
    dimensions: OCRDimensions | None = None
    tables: tuple[OCRTable, ...] = ()
    hyperlinks: tuple[str, ...] = ()
    header: str | None = None
    footer: str | None = None
    blocks: tuple[OCRBlock, ...] | None = field(default=None, repr=False)
    confidence_scores: OCRPageConfidence | None = field(default=None, repr=False)
    elements: tuple[OCRElement, ...] | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class OCRUsageInfo(_Answered):
    """What the call used; `credits` and `pages_processed_annotation` are what some providers bill by."""

    pages_processed: int = 0
    doc_size_bytes: int | None = None
    processing_time_seconds: float | None = None
    time_per_page_seconds: float | None = None
    applied_settings: Mapping[str, Any] | None = None
    pages_processed_annotation: int | None = None
    credits: float | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class OCRCost(_Answered):
    """US dollars: what the engine costs, what the platform adds, and both together."""

    generation: float
    platform: float = 0.0
    total: float
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True)
class Escalation(_Answered):
    """
    Why a page was read by another model than the others.

    Attributes:
        model: As the caller named it.

        reason: ``confidence 0.62``, ``warning: …``, or ``error: …`` with the class of the error.
    """

    model: str
    reason: str


@frozen(kw_only=True)
class OCRResponse(_Answered):
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

    def save(self, path: os.PathLike[str] | str, *, document: Any = None) -> None:
        """
        Write the response into a file, in the form that its ending names: ``.md``, ``.json``, ``.jsonl``, ``.txt``,
        ``.html``, ``.csv`` (its tables) or ``.xlsx`` (a sheet a table). An earlier file is replaced whole or not at
        all. Blocks.

        Args:
            path: Its folder is there.

            document: What was read, as `ocr` takes it: ``.html`` then shows its pages beside the text.

        Raises:
            ConfigurationError: No form has that ending, or the form needs a package that is not installed.

            DocumentError: *document* cannot be read.

            OSError: The file cannot be written; an earlier one is as it was.
        """
        with loading:
            from ..export import saving

        saving.save(self, path, document)

    def _repr_markdown_(self) -> str:
        return self.markdown
