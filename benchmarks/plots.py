"""
The plots of docs/explanation, drawn from the tables of its pages: so that no figure stands in two places.

    python -m benchmarks.plots

Each is an SVG that needs nothing else, and is dark where the reader's system is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from attrs import frozen


__all__ = ["PLOTS", "Plot", "drawn", "rows_of"]

DOCS = Path(__file__).parent.parent / "docs" / "explanation"
_LEFT, _WIDTH, _BAR, _GAP, _RIGHT = 210, 380, 16, 12, 90
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.bar{fill:#8b949e}.ours{fill:#0969da}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}.ours{fill:#58a6ff}}"
)


@frozen
class Plot:
    """
    One plot: the bars of one column of a table.

    Attributes:
        table: The head of its first column and the heading of the section, which find it.

        column: Its head; numbers in its cells are the bars, and the cells are written beside them.

        skipped: Rows that are left out.

        page: Where the table stands.
    """

    title: str
    section: str
    table: str
    column: str
    skipped: frozenset[str] = frozenset({"aim"})
    page: str = "figures.md"


PLOTS: Mapping[str, Plot] = {
    "scans": Plot("Scans: similarity to what is printed (1 is best)", "How well it reads", "scans", "similarity"),
    "scan-tables": Plot("Scans: cells of tables found, F1", "How well it reads", "scans", "cells"),
    "digital": Plot("Digital PDFs: similarity (1 is best)", "How well it reads", "digital PDFs", "similarity"),
    "digital-tables": Plot("Digital PDFs: cells of tables found, F1", "How well it reads", "digital PDFs", "cells"),
    "digital-headings": Plot("Digital PDFs: headings found, F1", "How well it reads", "digital PDFs", "headings"),
    "call": Plot("CPU of a call, µs, one after the other (less is better)", "What a call costs", "", "sequential"),
    "uploads": Plot("60 uploads of 8 MB at once: peak memory, MB", "Uploads", "", "60 × 8 MB"),
    **{
        f"growth-{name}": Plot(title, section, "size", "CPU each", page="growth.md")
        for name, title, section in (
            ("calls", "Processor time of a call, by calls at once", "Calls at once"),
            ("documents", "Processor time of a document, by documents", "Documents of a stream"),
            ("pages", "Processor time of a page, by pages of an answer", "Pages of one answer"),
            ("text", "Processor time of a page, by pages of a digital PDF", "Pages that the embedded engine reads"),
            ("keys", "Processor time of finding a key, by keys", "Keys of a gateway"),
            ("lines", "Processor time of a line, by lines of a batch job", "Lines of a batch job"),
            ("processes", "Processor time of a request, by processes", "Processes of a gateway"),
        )
    },
}


def rows_of(text: str, plot: Plot) -> list[tuple[str, str]]:
    """
    Return the names and cells that *plot* shows of *text*, its page.

    Raises:
        LookupError: There is no such table or column.
    """
    section = re.search(rf"^#+ {re.escape(plot.section)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    if section is None:
        raise LookupError(f'no section "{plot.section}"')
    for block in re.findall(r"(?:^\|.*\n)+", section[1], re.MULTILINE):
        head, _, *lines = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines())
        place = next((n for n, name in enumerate(head) if n and plot.column in name), None)
        if head[0] == plot.table and place is not None:
            return [(line[0], line[place]) for line in lines if line[0] not in plot.skipped and line[place]]
    raise LookupError(f'no table "{plot.table}" with a column "{plot.column}" in "{plot.section}"')


def drawn(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """Return the SVG of a bar for each row; ours is marked among others'."""
    values = [_number(cell) for _, cell in rows]
    scale = _WIDTH / (max(filter(None, values), default=0) or 1)
    height = 34 + len(rows) * (_BAR + _GAP)
    theirs = any(name.startswith("ocr_async") for name, _ in rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + _RIGHT} {height}" role="img" '
        f'aria-label="{escape(title)}"><style>{_STYLE}</style><text class="title" x="0" y="14">{escape(title)}</text>'
    ]
    for number, ((name, cell), value) in enumerate(zip(rows, values, strict=True)):
        top = 30 + number * (_BAR + _GAP)
        width = 0.0 if value is None else value * scale
        parts.append(
            f'<text x="{_LEFT - 8}" y="{top + 12}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="{"bar" if theirs and not name.startswith("ocr_async") else "ours"}" x="{_LEFT}" y="{top}" '
            f'width="{width:.1f}" height="{_BAR}" rx="2"/>'
            f'<text x="{_LEFT + width + 6:.1f}" y="{top + 12}">{escape(cell.partition(", ")[0])}</text>'
        )
    return "".join([*parts, "</svg>\n"])


def _number(cell: str) -> float | None:
    found = re.match(r"[\d,]*\.?\d+", cell)
    return float(found[0].replace(",", "")) if found else None


def main() -> None:
    """Write all plots."""
    for name, plot in PLOTS.items():
        text = (DOCS / plot.page).read_text(encoding="utf-8")
        path = DOCS / "plots" / f"{name}.svg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn(plot.title, rows_of(text, plot)), encoding="utf-8")


if __name__ == "__main__":
    main()
