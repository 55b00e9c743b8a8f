"""Text that is drawn as outlines of letters: no text layer has it, and people see no difference."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pypdfium2.raw as pdfium
import pytest

from ocr_async import ocr
from ocr_async.engine.page import Box
from ocr_async.engine.pdf.paths.outlined import FEW, outlined
from tests.documents import pdf, stream


SAID = [
    "The harbour office keeps a record of every vessel",
    "that enters or leaves with the height of the tide",
    "and the name of the pilot who was on duty that day",
]
WRITTEN = "Printed in the winter of the year by the press of the council"


def outlines(text: str, left: float, bottom: float, size: float) -> bytes:
    """Return the operators that draw *text* in outlines of Helvetica."""
    document = pdfium.FPDF_CreateNewDocument()
    font = pdfium.FPDFText_LoadStandardFont(document, b"Helvetica")
    out: list[str] = []
    for letter in text:
        path = pdfium.FPDFFont_GetGlyphPath(font, ord(letter), size)
        curve: list[str] = []
        for number in range(max(0, pdfium.FPDFGlyphPath_CountGlyphSegments(path))):
            segment = pdfium.FPDFGlyphPath_GetGlyphPathSegment(path, number)
            x, y = ctypes.c_float(), ctypes.c_float()
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            point = f"{left + size * x.value:.2f} {bottom + size * y.value:.2f}"
            match pdfium.FPDFPathSegment_GetType(segment):
                case pdfium.FPDF_SEGMENT_MOVETO:
                    out.append(f"{point} m")
                case pdfium.FPDF_SEGMENT_LINETO:
                    out.append(f"{point} l")
                case _:
                    curve.append(point)
                    if len(curve) == 3:
                        out.append(f"{' '.join(curve)} c")
                        curve = []
        width = ctypes.c_float()
        pdfium.FPDFFont_GetGlyphWidth(font, ord(letter), size, width)
        left += width.value
        out.append("f")
    pdfium.FPDFFont_Close(font)
    pdfium.FPDF_CloseDocument(document)
    return "\n".join(out).encode()


def page_of(folder: Path, drawn: list[str], written: list[str]) -> Path:
    content = [outlines(text, 72, 700 - 30 * number, 16) for number, text in enumerate(drawn)]
    content += [b"BT /F 12 Tf 72 %d Td (%s) Tj ET" % (500 - 20 * n, each.encode()) for n, each in enumerate(written)]
    path = folder / "page.pdf"
    path.write_bytes(
        pdf(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
                b" /Resources << /Font << /F 5 0 R >> >> >>",
                stream(b"\n".join(content)),
                b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            ]
        )
    )
    return path


def test_outlined_text_beside_written_text_is_read(tmp_path: Path) -> None:
    said = ocr(page_of(tmp_path, SAID, [WRITTEN])).markdown
    assert "The harbour office keeps a record of every vessel" in said
    assert WRITTEN in said


def test_who_asks_for_the_text_layer_alone_hears_that_it_is_not_all(tmp_path: Path) -> None:
    (page,) = ocr(page_of(tmp_path, SAID, [WRITTEN]), model="local/text").pages
    assert page.markdown.startswith(WRITTEN) or WRITTEN in page.markdown
    (warning,) = page.extra["warnings"]
    assert "letters are drawn as shapes" in warning


def test_a_logo_costs_no_recognition(tmp_path: Path) -> None:
    (page,) = ocr(page_of(tmp_path, ["Harbour Office"], [WRITTEN] * 3)).pages
    assert page.extra.get("source") != "ocr"
    assert "warnings" not in page.extra


LETTERS = [(10.0 * number, 0.0, 10.0 * number + 3 + number % 5, 8.0, True) for number in range(FEW)]


@pytest.mark.parametrize(
    ("shapes", "count"),
    [
        (LETTERS, FEW),
        (LETTERS[:-1], 0),
        ([(left, top, left + 5, bottom, True) for left, top, _, bottom, _ in LETTERS], 0),  # marks of a plot
        ([(*box, False) for *box, _ in LETTERS], 0),  # bars
        ([(left, 90.0 * n, right, 90.0 * n + 8, True) for n, (left, _, right, _, _) in enumerate(LETTERS)], 0),
    ],
    ids=["a row of letters", "few", "all as wide", "straight", "scattered"],
)
def test_letters_are_told_from_other_shapes(shapes: list[tuple[float, float, float, float, bool]], count: int) -> None:
    assert outlined(shapes, []) == count
    assert outlined(shapes, [Box(-1, -1, 2000, 9000)]) == 0  # what is written as well
