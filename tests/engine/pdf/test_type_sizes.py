"""Headings have the level that they have in the document, whichever of its pages are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ocr_async.engine.layout import type_sizes
from ocr_async.engine.pdf import typography
from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.engine.reading import read
from ocr_async.engine.values import PageOptions
from ocr_async.engine.whole_document import TypeSizes
from ocr_async.models import FileOnDisk, OCRPage

from ...documents import PARAGRAPHS, pdf, stream


Texts = Sequence[tuple[int, str]]
BODY = [(10, line) for line in PARAGRAPHS[:8]]
PAGES: Sequence[Texts] = (
    [(26, "The harbours of the north")],
    [(18, "Stone and water"), *BODY, (14, "Tides"), *BODY],
    [*BODY, (14, "Walls"), *BODY],
    [(18, "Ships"), *BODY],
)
HEADINGS = ["# The harbours of the north", "## Stone and water", "### Tides", "### Walls", "## Ships"]


def set_in(pages: Sequence[Texts], spoilt: int | None = None) -> bytes:
    """Return a PDF of lines in their sizes; page *spoilt* is none."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for number, lines in enumerate(pages):
        y, drawing = 740, []
        for size, text in lines:
            y -= 2 * size if size > 10 else 14
            drawing.append(b"BT /F1 1 Tf %d 0 0 %d 72 %d Tm (%b) Tj ET" % (size, size, y, text.encode("latin-1")))
        objects.append(stream(b"\n".join(drawing)))
        kind = b"Font" if number == spoilt else b"Page"
        objects.append(
            b"<< /Type /%b /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (kind, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), b" ".join(kids))
    return pdf(objects)


def saved(folder: Path, content: bytes) -> FileOnDisk:
    path = folder / "made.pdf"
    path.write_bytes(content)
    return FileOnDisk(path=path)


def headings(document: FileOnDisk, pages: Sequence[int] | None, *, careful: bool = False) -> list[str]:
    answers = [answer for _, answer in read(document, pages, "text", PageOptions(), careful)]
    lines = [line for answer in answers if isinstance(answer, OCRPage) for line in answer.markdown.splitlines()]
    return [line for line in lines if line.startswith("#")]


def test_a_heading_has_one_level_on_all_pages_of_a_document(tmp_path: Path) -> None:
    assert headings(saved(tmp_path, set_in(PAGES)), None) == HEADINGS


def test_pages_that_come_in_parts_have_the_levels_of_the_whole(tmp_path: Path) -> None:
    document = saved(tmp_path, set_in(PAGES))
    assert [*headings(document, [0, 1]), *headings(document, [2, 3])] == HEADINGS


def test_a_page_that_may_end_its_process_is_read_without_looking_at_others(tmp_path: Path) -> None:
    assert headings(saved(tmp_path, set_in(PAGES)), [2], careful=True) == ["# Walls"]


def test_a_page_that_cannot_be_opened_costs_the_others_nothing(tmp_path: Path) -> None:
    document = saved(tmp_path, set_in([*PAGES, PAGES[1]], spoilt=4))
    assert headings(document, [0, 1, 2, 3]) == HEADINGS


def test_of_a_long_document_few_pages_are_looked_at(tmp_path: Path) -> None:
    source = Pdf(saved(tmp_path, set_in([*PAGES, *([BODY] * 400)])))
    assert typography.sizes_of(source) == TypeSizes(body=10.0, headings=(26.0,))
    assert not source.worn  # as after fifty pages
    source.close()


def test_sizes_of_numbers_and_of_much_text_are_no_headings() -> None:
    pieces = [(10.0, 600), (12.0, 300), (40.0, 0), (16.0, 7)]
    assert type_sizes(pieces) == TypeSizes(body=10.0, headings=(16.0,))


def test_large_numbers_do_not_lower_the_headings_of_batches(tmp_path: Path) -> None:
    document = saved(tmp_path, set_in([*PAGES, [(40, "12.5 %"), *BODY]]))
    assert [*headings(document, [0, 1]), *headings(document, [2, 3])] == HEADINGS


def test_of_a_document_without_letters_nothing_is_told() -> None:
    assert type_sizes([(10.0, 0), (20.0, 0)]) is None
