"""
A comparison of models as one HTML file that needs nothing else: their readings side by side, differences marked.

It has no script. What documents say is text here, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ..call.comparing import OCRComparison, OCRReading
from ..call.comparing.agreement import Agreement, Content, Table, changes, content_of, pairs_of_cells
from ..engine.legible import legible_text
from ..wording import counted
from .html import style_hash
from .view import asset


__all__ = ["document"]

_MOST_WORDS = 20_000  # of one page of one model that are shown
_FRAME = """<!doctype html>
<html lang="und">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{hash}'; base-uri 'none'; \
form-action 'none'">
<title>{title}</title>
<style>{style}</style>
<body>
<main>
<h1>{title}</h1>
{summary}{pairs}{pages}</main>
</body>
</html>
"""


def document(comparison: OCRComparison, *, title: str) -> str:
    """Return *comparison* as an HTML document; differences are those to the first model."""
    style = asset("comparison.css")
    return legible_text(
        _FRAME.format(
            title=escape(title),
            style=style,
            hash=style_hash(style),
            summary=_summary(comparison.readings),
            pairs=_pairs(comparison),
            pages="".join(_page(comparison, index) for index in comparison.pages),
        )
    )


def _summary(readings: Sequence[OCRReading]) -> str:
    rows = []
    for reading in readings:
        cost = "unknown" if reading.cost is None else f"{reading.cost:.4f}"
        error = "" if reading.error is None else escape(f"{type(reading.error).__name__}: {reading.error}")
        rows.append(
            f'<tr><th scope="row">{escape(reading.model)}<td>{len(reading.pages)}<td>{reading.seconds:.2f}<td>{cost}'
            f"<td>{error}"
        )
    head = "<tr><th>Model<th>Pages<th>Seconds<th>US dollars<th>Error"
    return f'<table class="numbers">\n{head}\n' + "\n".join(rows) + "\n</table>\n"


def _pairs(comparison: OCRComparison) -> str:
    rows = [
        f"<tr><td>{escape(comparison.readings[one].model)}<td>{escape(comparison.readings[other].model)}"
        f"<td>{agreed.share:.1%}<td>{_cells(agreed)}"
        for (one, other), agreed in comparison.pairs.items()
    ]
    head = "<tr><th>One<th>Other<th>Words that agree<th>Cells that agree"
    return f'<table class="numbers">\n{head}\n' + "\n".join(rows) + "\n</table>\n" if rows else ""


def _cells(agreed: Agreement) -> str:
    return "no table" if agreed.share_of_cells is None else f"{agreed.share_of_cells:.1%}"


def _page(comparison: OCRComparison, index: int) -> str:
    contents = [content_of(reading.pages.get(index)) for reading in comparison.readings]
    columns = []
    for place, (reading, content) in enumerate(zip(comparison.readings, contents, strict=True)):
        agreed = comparison.pages[index].get((0, place))
        share = "" if agreed is None else f" <small>{agreed.share:.1%}</small>"
        said = "".join(_reading(reading, index, contents[0], content if place else None))
        columns.append(f'<section class="reading">\n<h3>{escape(reading.model)}{share}</h3>\n{said}</section>\n')
    return f'<h2 id="page-{index + 1}">Page {index + 1}</h2>\n<div class="side">\n{"".join(columns)}</div>\n'


def _reading(reading: OCRReading, index: int, first: Content, other: Content | None) -> Iterator[str]:
    """Yield what *reading* has of a page: as it is for the *first* one, with its differences for any *other*."""
    if index not in reading.pages:
        missing = {} if reading.response is None else reading.response.missing_pages
        why = missing.get(index) or reading.error
        yield f'<p class="missing">{escape("not there" if why is None else f"{type(why).__name__}: {why}")}</p>\n'
        return
    if other is None:
        yield f"<p>{_shown(first.words)}</p>\n"
        for table in first.tables:
            yield _table((row, column, cell, cell) for row, column, cell, _ in pairs_of_cells(table, table))
        return
    found = changes(first, other)
    if found is None:
        yield '<p class="missing">too long to be compared word by word</p>\n'
    yield f"<p>{_shown(other.words) if found is None else ' '.join(_marked(found))}</p>\n"
    for place, table in enumerate(other.tables):
        its: Table = first.tables[place] if place < len(first.tables) else ()
        yield _table(pairs_of_cells(its, table))
    if len(first.tables) > len(other.tables):
        more = counted(len(first.tables) - len(other.tables), "table")
        yield f'<p class="missing">not here: {more} of the first model</p>\n'


def _shown(words: Sequence[str]) -> str:
    more = " …" if len(words) > _MOST_WORDS else ""
    return escape(" ".join(words[:_MOST_WORDS])) + more


def _marked(found: Sequence[tuple[str, Sequence[str], Sequence[str]]]) -> Iterator[str]:
    left = _MOST_WORDS
    for kind, before, after in found:
        if left <= 0:
            yield "…"
            return
        left -= max(len(before), len(after))
        if kind == "equal":
            yield escape(" ".join(after))
        else:
            yield from (f"<{tag}>{escape(' '.join(words))}</{tag}>" for tag, words in _both(before, after))


def _both(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    if before:
        yield "del", before
    if after:
        yield "ins", after


def _table(cells: Iterator[tuple[int, int, str | None, str | None]]) -> str:
    rows: dict[int, list[str]] = {}
    for row, _, before, after in cells:
        if before == after:
            shown = f"<td>{escape(after or '')}"
        else:
            marked = " ".join(f"<{tag}>{escape(text[0])}</{tag}>" for tag, text in _both(_given(before), _given(after)))
            shown = f'<td class="other">{marked}'
        rows.setdefault(row, []).append(shown)
    return '<table class="cells">\n' + "\n".join(f"<tr>{''.join(row)}" for row in rows.values()) + "\n</table>\n"


def _given(cell: str | None) -> Sequence[str]:
    return [cell] if cell else []
