"""Words that a parser took for a formula, as beside three dots in a font of mathematics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ocr_async.engine.page import Box
from ocr_async.engine.pdf.items import Item
from ocr_async.engine.pdf.letters.fonts import HEAVY
from ocr_async.engine.pdf.letters.pieces import Piece, Word
from ocr_async.engine.pdf.letters.tex.formulas import formula_or_words
from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.engine.pdf.runs import parts_of
from ocr_async.models import FileOnDisk

from ....documents import shown_pdf, typeset_pdf
from ..told import bare


LINE = "break . . . if expr break conditionally on nonzero expr"


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (r"$_{break}\ldots _{ifexprbreakconditionallyonnonzeroexpr}$", LINE),
        (r"$_{break}\ldots $", LINE),
        (r"$_{inforeg}[_{rn}]\ldots $", LINE),
        (r"$x_{i}^{2}\leq \alpha$", None),
        (r"$_{i}\in A$", None),
        (r"$Attention(Q,K,V)=softmax(\frac{QK^{T}}{\sqrt{d}})$", None),
    ],
)
def test_words_are_given_back(tmp_path: Path, formula: str, words: str | None) -> None:
    path = tmp_path / "page.pdf"
    lines = [(72, 792 - 92, [("Times-Roman", 10.0, LINE)]), (72, 792 - 106, [("Times-Roman", 10.0, "below")])]
    path.write_bytes(typeset_pdf(lines, page=b"/MediaBox [0 0 612 792]"))
    pdf = Pdf(FileOnDisk(path=path))
    try:
        fonts = pdf.fonts(0)
        flat, tall = Box(72, 91, 300, 92), Box(72, 84, 300, 94)
        for box in (flat, tall):
            assert formula_or_words(formula, box, fonts) == (words or formula)
        assert formula_or_words(formula, Box(72, 300, 300, 310), fonts) == formula  # where nothing stands
    finally:
        pdf.close()


@pytest.mark.parametrize("title", ["FUNDAMENTALS", "FIRST STEPS", "A NEW HOPE OF ALL"])
@pytest.mark.parametrize("tracking", [3.5, 4.5])
def test_words_of_spaced_capitals_are_whole(tmp_path: Path, title: str, tracking: float) -> None:
    path = tmp_path / "page.pdf"
    shown = f"/F1 40 Tf 72 400 Td (1) Tj /F1 14 Tf {tracking} Tc 40 0 Td ({title}) Tj".encode()
    path.write_bytes(shown_pdf(shown, b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>"))
    pdf = Pdf(FileOnDisk(path=path))
    try:
        formula = f"$1_{{{title.replace(' ', '')}}}$"
        assert formula_or_words(formula, Box(72, 60, 400, 110), pdf.fonts(0)) == f"1 {title}"
    finally:
        pdf.close()


def test_the_line_below_is_none_of_the_words(tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    lines = [
        (72, 700, [("Times-Roman", 10.0, "hyphens <- = *true")]),
        (72, 688, [("Times-Roman", 10.0, "According to")]),
    ]
    path.write_bytes(typeset_pdf(lines, page=b"/MediaBox [0 0 612 792]"))
    pdf = Pdf(FileOnDisk(path=path))
    try:
        box = Box(72, 84, 150, 105)  # as high as the arrow's font, and into the line below
        assert formula_or_words(r"$_{hyphens}\leftarrow _{=*true}$", box, pdf.fonts(0)) == "hyphens <- = *true"
    finally:
        pdf.close()


def words_of(said: str, words: Sequence[tuple[str, float, float]]) -> list[str]:
    """Return the words of what the parser has *said* of a line of words, with the left and the width of each."""
    told = [Word(text, left, 100, width, 10) for text, left, width in words]
    line = Piece(said, told, 72, 100, 300, 10, "Times-Roman", 400, 10, None)
    return [text for text, _, _, _ in parts_of(Item(line, said, (), bare(), HEAVY))]


def test_a_formula_is_whole_though_the_next_word_is_said_within_it_too() -> None:
    said = r"papers $x=mc^{2},x_{i}^{2}\leq 10^{-3}$, and"
    found = words_of(said, [("papers", 72, 30), (",", 240, 3), ("and", 246, 15)])
    assert found == ["papers", r"$x=mc^{2},x_{i}^{2}\leq 10^{-3}$", ",", "and"]


@pytest.mark.parametrize(("said", "found"), [("it$,x^{2}$", [",", "$x^{2}$"]), ("it$.5^{2}$", ["$.5^{2}$"])])
def test_the_stop_before_a_formula_is_none_of_it(said: str, found: list[str]) -> None:
    assert words_of(f"of {said} to", [("of", 72, 10), ("it", 85, 7), ("to", 120, 9)]) == ["of", "it", *found, "to"]
