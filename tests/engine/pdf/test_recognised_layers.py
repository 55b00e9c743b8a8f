"""Text that Tesseract lays over a scan: it stretches each word, with the space behind it, to the word's place."""

from __future__ import annotations

from pathlib import Path

from ocr_async import ocr
from ocr_async.engine import searchable

from ...documents import shown_pdf, stream


FONT = (
    b"<< /Type /Font /Subtype /TrueType /BaseFont /GlyphLessFont /FirstChar 32 /LastChar 126 /Widths [%b] "
    b"/Encoding /WinAnsiEncoding /FontDescriptor << /Type /FontDescriptor /FontName /GlyphLessFont /Flags 5 "
    b"/FontBBox [0 0 500 1000] /Ascent 1000 /Descent -1 /CapHeight 1000 /ItalicAngle 0 /StemV 80 /FontFile2 6 0 R >> >>"
    % (b"500 " * 95)
)
FILE = stream(Path(searchable.__file__).with_name("glyphless.ttf").read_bytes())
SIZE = 10
LETTER, SPACE = 5.6, 3.4
"""Points that a letter and a space take on the page."""

COLUMNS = (
    ("The society was founded by nine", "friends of the river, who met in", "a room above the bakery on Mill", "Lane."),
    (
        "Today it has more than four",
        "hundred members and owns a",
        "boat house, two meadows and the",
        "old ferry landing.",
    ),
)
ROWS = (
    ("Item", "Place", "Value"),
    ("Lathe", "Hall 1", "18,350"),
    ("Forklift", "Yard 4", "900"),
    ("Saw", "Hall 2", "75"),
)


def laid(x: float, y: float, line: str) -> str:
    """Return the operators that lay a *line* over its picture."""
    out = []
    for word in line.split():
        wide = LETTER * len(word)
        out.append(f"1 0 0 1 {x} {y} Tm {200 * wide / SIZE / (len(word) + 1)} Tz ({word} ) Tj")
        x += wide + SPACE
    return " ".join(out)


def read(tmp_path: Path, *lines: tuple[float, float, str]) -> str:
    path = tmp_path / "scan.pdf"
    shown = f"3 Tr /F1 {SIZE} Tf " + " ".join(laid(*line) for line in lines)
    path.write_bytes(shown_pdf(shown.encode(), FONT, FILE))
    return ocr(path, model="local/text").pages[0].markdown


def test_columns_of_short_lines_are_no_table(tmp_path: Path) -> None:
    lines = [
        (36 + 220 * place, 450 - 14 * row, line)
        for place, column in enumerate(COLUMNS)
        for row, line in enumerate(column)
    ]
    assert read(tmp_path, *lines).split("\n\n") == [" ".join(column) for column in COLUMNS]


def test_words_of_a_cell_are_no_cells(tmp_path: Path) -> None:
    lines = [
        (72 + 150 * place, 450 - 18 * row, cell) for row, cells in enumerate(ROWS) for place, cell in enumerate(cells)
    ]
    rows = [f"| {' | '.join(row)} |" for row in ROWS]
    assert read(tmp_path, *lines).split("\n") == [rows[0], "| --- | --- | --- |", *rows[1:]]
