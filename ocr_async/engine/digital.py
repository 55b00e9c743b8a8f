"""
Reads the text layer of a PDF's pages, and tells which of them have none worth reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import DocumentError, OCRError
from ..models import OCRPage
from .page import Box, Line, Sheet
from .pdf import Pdf
from .result import Wanted, page_of


__all__ = ["read"]


def read(
    pdf: Pdf, pages: Sequence[int], *, always: bool, wanted: Wanted
) -> Iterator[tuple[int, OCRPage | OCRError | None]]:
    """
    Yield for each of *pages* the page, None where it has to be recognised, or its error.

    Args:
        always: Take what the text layer says, however bad it looks.
    """
    from liteparse import LiteParse, ParseError

    scans: frozenset[int] = frozenset() if always else pdf.scans
    digital = [index for index in pages if index not in scans]
    found: dict[int, OCRPage | OCRError] = {}
    if digital:
        parser = LiteParse(
            ocr_enabled=False,  # its OCR fetches models from the network
            quiet=True,
            num_workers=1,
            output_format="json",
            target_pages=",".join(str(index + 1) for index in digital),
            password=pdf.document.password,
            max_pages=1_000_000,
            continue_on_page_error=True,
        )
        try:
            result = parser.parse(pdf.data)
        except ParseError:
            raise DocumentError("the PDF's text layer cannot be read: it is damaged") from None
        for page in result.pages:
            lines = tuple(
                Line(
                    item.text.strip(),
                    Box(item.x, item.y, item.x + item.width, item.y + item.height),
                    size=item.font_size,
                )
                for item in page.text_items
                if item.text.strip()
            )
            sheet = Sheet(width=page.width, height=page.height, lines=lines)
            found[page.page_num - 1] = page_of(page.page_num - 1, sheet, wanted)
        for failure in result.page_errors:
            found[failure.page_num - 1] = DocumentError(f"page {failure.page_num - 1} cannot be read: it is damaged")
    for index in pages:
        if index in scans:
            yield index, None
        else:
            yield index, found.get(index) or DocumentError(f"page {index} cannot be read: it is damaged")
