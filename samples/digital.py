"""
Writes `digital.pdf`: the text of `make.py`'s page as a word processor gives it, with a text layer.

    python samples/digital.py

Needs Pillow, which measures the lines.
"""

from __future__ import annotations

from pathlib import Path

from make import DECISIONS, INTRODUCTION, REMARKS, TABLE
from PIL import ImageFont


HERE = Path(__file__).parent
LEFT, RIGHT = 72, 523
COLUMN, ROW = 110.0, 20.0


class Page:
    """A page that is written from the top down, in PDF's drawing operators."""

    def __init__(self) -> None:
        self.drawing: list[str] = []
        self.y = 760.0

    def say(self, text: str, size: int, *, left: float = LEFT, bold: bool = False, after: float = 0) -> None:
        face, line = ImageFont.load_default(size), ""
        for word in [*text.split(), None]:
            longer = f"{line} {word}".strip()
            if word is not None and face.getlength(longer) <= RIGHT - left:
                line = longer
                continue
            self.put(line, size, left, self.y, bold=bold)
            self.y -= 1.35 * size
            line = word or ""
        self.y -= after

    def put(self, text: str, size: int, x: float, y: float, *, bold: bool = False) -> None:
        self.drawing.append(f"BT /F{2 if bold else 1} {size} Tf {x:g} {y:g} Td ({text}) Tj ET")

    def list(self, items: tuple[str, ...]) -> None:
        for item in items:
            self.put("\\225", 11, LEFT + 8, self.y)
            self.say(item, 11, left=LEFT + 22, after=2)

    def table(self, rows: tuple[tuple[str, ...], ...]) -> None:
        top, right = self.y + 14, LEFT + COLUMN * len(rows[0])
        bottom = top - len(rows) * ROW
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                self.put(cell, 11, LEFT + 6 + column * COLUMN, top - number * ROW - 14, bold=not number)
        for number in range(len(rows) + 1):
            self.drawing.append(f"0.5 w {LEFT} {top - number * ROW:g} m {right:g} {top - number * ROW:g} l S")
        for column in range(len(rows[0]) + 1):
            x = LEFT + column * COLUMN
            self.drawing.append(f"{x:g} {top:g} m {x:g} {bottom:g} l S")
        self.y = bottom - 30


def main() -> None:
    """Write the PDF beside this file."""
    page = Page()
    page.say("Harbour Report", 20, bold=True, after=8)
    page.say(INTRODUCTION, 11, after=14)
    page.say("Traffic by quay", 14, bold=True, after=10)
    page.table(TABLE)
    page.say("Decisions", 14, bold=True, after=4)
    page.list(DECISIONS)
    page.y -= 12
    page.say("Remarks", 14, bold=True, after=4)
    page.say(REMARKS, 11)
    content = "\n".join(page.drawing).encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    (HERE / "digital.pdf").write_bytes(out)


if __name__ == "__main__":
    main()
