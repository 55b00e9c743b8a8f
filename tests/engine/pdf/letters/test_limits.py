"""Limits of sums and integrals, which the parser leaves beside their formulas."""

from pathlib import Path

import pytest

from ocr_async.engine.page import Box, Line, Sheet, Word
from ocr_async.engine.pdf.letters.tex.limits import may_have_limits, with_limits
from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.models import FileOnDisk
from tests.documents import shown_pdf


EXTENSION = b"<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+CMEX10 >>"
HIGH = 500.0


def page(tmp_path: Path, *operators: tuple[str, float]) -> Pdf:
    """Return a page that shows *operators*, as codes of TeX's font, at these places of one line."""
    shown = " ".join(f"1 0 0 1 {left} 300 Tm ({code}) Tj" for code, left in operators)
    path = tmp_path / "page.pdf"
    path.write_bytes(shown_pdf(b"/F1 14 Tf %b" % shown.encode(), EXTENSION))
    return Pdf(FileOnDisk(path=path))


def small(text: str, left: float, top: float) -> Line:
    return Line(text, Box(left, top, left + 4 * len(text), top + 7), size=7.0)


def formula(text: str) -> Line:
    box = Box(40, 184, 360, 208)
    return Line(text, box, words=(Word(text, box),), size=10.0)


LOWER, UPPER = 202.0, 180.0  # where limits stand


@pytest.mark.parametrize(
    ("operators", "text", "limits", "told"),
    [
        ([("P", 100)], r"$\sum w_{i}$", [("i", 103, LOWER)], r"$\sum _{i} w_{i}$"),
        ([("X", 100)], r"$\sum x$", [("i=1", 99, LOWER), ("n", 103, UPPER)], r"$\sum _{i=1}^{n} x$"),
        ([("Z", 100)], r"$\int f$", [("0", 106, LOWER), ("t", 111, UPPER)], r"$\int _{0}^{t} f$"),
        (
            [("X", 100), ("X", 200)],
            r"$\sum x+\sum y$",
            [("j", 203, LOWER), ("i", 103, LOWER)],
            r"$\sum _{i} x+\sum _{j} y$",
        ),
        ([("Y", 100)], r"$\prod ^{n}x$", [("i", 103, LOWER)], r"$\prod _{i} ^{n}x$"),
        ([("X", 100)], r"$\sum x$", [(r"$i\in S$", 95, LOWER)], r"$\sum _{i\in S} x$"),
    ],
)
def test_limits_go_into_their_formula(
    tmp_path: Path,
    operators: list[tuple[str, float]],
    text: str,
    limits: list[tuple[str, float, float]],
    told: str,
) -> None:
    pdf = page(tmp_path, *operators)
    sheet = Sheet(width=HIGH, height=HIGH, lines=(formula(text), *(small(*each) for each in limits)))
    assert may_have_limits(sheet)
    (line,) = with_limits(sheet, pdf.fonts(0)).lines
    assert line.text == told
    assert [word.text for word in line.words] == [told]
    pdf.close()


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        (r"$\sum x$", small("i", 150, LOWER)),  # under no operator
        (r"$\sum x$", small("i", 103, LOWER + 40)),  # too far below
        (r"$\sum _{i}x$", small("k", 103, LOWER)),  # it has one
        (r"$\sum x$", small("m=1 n=1", 95, LOWER)),  # of two operators
        (r"$\sum x+\sum y$", small("i", 103, LOWER)),  # of which pdfium tells but one
    ],
)
def test_what_is_no_limit_stays(tmp_path: Path, text: str, beside: Line) -> None:
    pdf = page(tmp_path, ("X", 100))
    sheet = Sheet(width=HIGH, height=HIGH, lines=(formula(text), beside))
    assert with_limits(sheet, pdf.fonts(0)).lines == sheet.lines
    pdf.close()


def test_pages_without_operators_are_not_looked_at() -> None:
    plain = Line("the sum of all", Box(0, 0, 60, 10), size=10.0)
    assert not may_have_limits(Sheet(width=HIGH, height=HIGH, lines=(plain, formula(r"$\summit x_{i}$"))))
