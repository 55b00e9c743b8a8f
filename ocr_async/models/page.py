"""One page, and what is on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from .._platform.forks import loading
from ._answered import Answered


__all__ = [
    "OCRBlock",
    "OCRBlockConfidence",
    "OCRCell",
    "OCRDimensions",
    "OCRElement",
    "OCRImage",
    "OCRPage",
    "OCRPageConfidence",
    "OCRTable",
    "OCRWordConfidence",
]


@frozen(kw_only=True, eq=False, repr=False)
class OCRDimensions(Answered):
    """Size of a page's picture in pixels, and its dots per inch."""

    dpi: int | None = None
    height: int | None = None
    width: int | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True, eq=False, repr=False)
class OCRWordConfidence(Answered):
    """
    How sure the recogniser is of one word.

    Attributes:
        text: The word.

        confidence: 0 to 1; the embedded engine's of a number is that of its least sure figure.

        start_index: Where it begins in the page's Markdown (or in the table's content), in characters.
    """

    text: str
    confidence: float
    start_index: int
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True, eq=False, repr=False)
class OCRPageConfidence(Answered):
    """Confidence over one page, 0 to 1; the words only where asked for."""

    average_page_confidence_score: float
    minimum_page_confidence_score: float
    word_confidence_scores: tuple[OCRWordConfidence, ...] | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True, eq=False, repr=False)
class OCRBlockConfidence(Answered):
    """Confidence over one block, 0 to 1."""

    average_content_confidence_score: float | None = None
    minimum_content_confidence_score: float | None = None
    block_type_confidence_score: float | None = None
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


@frozen(kw_only=True, eq=False, repr=False)
class OCRBlock(Answered):
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


@frozen(kw_only=True, eq=False, repr=False)
class OCRImage(Answered):
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

    def _repr_html_(self) -> str | None:
        with loading:
            from ..export import notebook

        return notebook.of_image(self)


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


@frozen(kw_only=True, eq=False, repr=False)
class OCRTable(Answered):
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
        " / "; without any that is marked, a first row of words above figures; else columns are numbered.

        Raises:
            ConfigurationError: pandas is not installed; or as `cells`.
        """
        with loading:
            from ..tables import fields

        return fields.dataframe(self.cells)

    def _repr_html_(self) -> str:
        with loading:
            from ..export import notebook

        return notebook.of_table(self)


@frozen(kw_only=True, eq=False, repr=False)
class OCRElement(Answered):
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


@frozen(kw_only=True, eq=False, repr=False)
class OCRPage(Answered):
    """
    One page.

    Attributes:
        index: Of the page in the whole document, from 0.

        markdown: Its text, with ``![img-0.jpeg](img-0.jpeg)`` and ``[tbl-0.md](tbl-0.md)`` as placeholders.
    """

    index: int
    markdown: str
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

    def _repr_markdown_(self) -> str:
        return self.markdown

    def _repr_html_(self) -> str | None:
        with loading:
            from ..export import notebook

        return notebook.of_pages([self])
