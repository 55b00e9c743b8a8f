"""What the reader of a text layer makes of a document in memory, and the fonts that it asks of pieces made by hand."""

from __future__ import annotations

import pypdfium2

from ocr_async.engine.page import Sheet
from ocr_async.engine.pdf import text_layer
from ocr_async.engine.pdf.char_fonts import CharFonts


def sheet_of(data: bytes) -> Sheet:
    """Return what the only page of the PDF *data* says."""
    (page,) = text_layer.parser().parse_bytes(data).pages
    return text_layer.sheet(page, (), CharFonts(pypdfium2.PdfDocument(data)[0]))


def bare() -> CharFonts:
    """Return the fonts of a page that has no letters, so that all that is known of them is what a test says."""
    return CharFonts(pypdfium2.PdfDocument.new().new_page(612, 792))
