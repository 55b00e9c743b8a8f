"""
How far two readings of a page agree: word by word, and cell by cell in tables.

Words are compared without Markdown's marks at their ends, so that `**total**` and `total` are the same. The diff is
difflib's (Ratcliff and Obershelp's gestalt pattern matching), which takes time by the number of equal pairs of words:
where there are too many of them, as in a long table of zeros, words are counted and not put in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from attrs import field, frozen

from ..._platform.forks import loading
from ...models import OCRPage


__all__ = ["Agreement", "Change", "Content", "Table", "agreement", "changes", "content_of", "pairs_of_cells"]

Table = Sequence[Sequence[str]]
Change = tuple[Literal["equal", "other"], Sequence[str], Sequence[str]]

_MOST_PAIRS = 300_000  # of equal words; a dense page of 5,000 words has as many
_MOST_CELLS = 20_000  # of a page's tables
_MARKS = "*_`#>|~\\"


@frozen
class Content:
    """
    What a page says.

    Attributes:
        words: Of its text, tables aside.

        tables: Rows of cells.
    """

    words: tuple[str, ...] = field(repr=False)
    tables: tuple[Table, ...] = field(repr=False)

    def all_words(self) -> list[str]:
        """Return the words of text and tables."""
        cells = (cell for table in self.tables for row in table for cell in row)
        return [*self.words, *(word for cell in cells for word in cell.split())]


@frozen(kw_only=True)
class Agreement:
    """
    Attributes:
        words: Words of both readings that have an equal in the other, and how many there are, 0 of 0 for two empty
            pages.

        cells: The same for places of cells in the tables.
    """

    words: tuple[int, int] = (0, 0)
    cells: tuple[int, int] = (0, 0)

    @property
    def share(self) -> float:
        """From 0 to 1, of the words in text and tables; two empty pages agree."""
        return self.words[0] / self.words[1] if self.words[1] else 1.0

    @property
    def share_of_cells(self) -> float | None:
        """From 0 to 1; None where neither has a table."""
        return self.cells[0] / self.cells[1] if self.cells[1] else None

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(
            words=(self.words[0] + other.words[0], self.words[1] + other.words[1]),
            cells=(self.cells[0] + other.cells[0], self.cells[1] + other.cells[1]),
        )


def content_of(page: OCRPage | None) -> Content:
    """Return what *page* says; a page that did not come says nothing."""
    if page is None:
        return Content((), ())
    text = page.markdown
    taken = []
    for table in page.tables:
        text = text.replace(f"[{table.id}]({table.id})", "")
        taken.append(table.content)
    text, tables = _without_html_tables("\n\n".join(part for part in (page.header, text, page.footer) if part))
    words, piped = _without_pipe_tables(text)
    for content in taken:
        rest, found = _without_html_tables(content)
        tables += found or _without_pipe_tables(rest)[1]
    return Content(tuple(words), _bounded([*tables, *piped]))


def agreement(one: Content, other: Content) -> Agreement:
    """Return how far two readings of a page agree."""
    first, second = ([key for word in each.all_words() if (key := _key(word))] for each in (one, other))
    if _pairs(first, second) > _MOST_PAIRS:
        equal = (Counter(first) & Counter(second)).total()
    else:
        equal = sum(block.size for block in _matcher(first, second).get_matching_blocks())
    cells = [_key(a or "") == _key(b or "") for tables in pairs_of_tables(one, other) for _, _, a, b in tables]
    return Agreement(words=(2 * equal, len(first) + len(second)), cells=(sum(cells), len(cells)))


def changes(one: Content, other: Content) -> list[Change] | None:
    """Return the words of both texts in order, equal or not; None where there are too many to compare."""
    first, second = ([word for word in each.words if _key(word)] for each in (one, other))
    keys = [_key(word) for word in first], [_key(word) for word in second]
    if _pairs(*keys) > _MOST_PAIRS:
        return None
    return [
        ("equal" if kind == "equal" else "other", first[a:b], second[c:d])
        for kind, a, b, c, d in _matcher(*keys).get_opcodes()
    ]


def pairs_of_tables(one: Content, other: Content) -> Iterator[list[tuple[int, int, str | None, str | None]]]:
    """Yield the cells of the tables that stand at the same place in both; see `pairs_of_cells`."""
    for first, second in zip_longest(one.tables, other.tables, fillvalue=()):
        yield list(pairs_of_cells(first, second))


def pairs_of_cells(one: Table, other: Table) -> Iterator[tuple[int, int, str | None, str | None]]:
    """Yield row, column, and the cell of each table there; None where it has none."""
    for row, (cells, others) in enumerate(zip_longest(one, other, fillvalue=())):
        for column, (cell, its) in enumerate(zip_longest(cells, others)):
            yield row, column, cell, its


def _matcher(first: Sequence[str], second: Sequence[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, first, second, autojunk=False)


def _pairs(first: Sequence[str], second: Sequence[str]) -> int:
    counted = Counter(second)
    return sum(count * counted[word] for word, count in Counter(first).items())


def _key(text: str) -> str:
    """Return what of a word or a cell is compared."""
    return " ".join(word for part in text.split() if (word := part.strip(_MARKS)))


def _without_html_tables(text: str) -> tuple[str, list[Table]]:
    lower, start, left, tables = text.lower(), 0, [], list[Table]()
    if "<table" not in lower:
        return text, tables
    with loading:
        from ...providers._html_tables import cells_of  # and with it the engine's assembly, which no call needs

    while (begin := lower.find("<table", start)) >= 0 and (end := lower.find("</table>", begin)) >= 0:
        left.append(text[start:begin])
        start = end + len("</table>")
        cells = cells_of(text[begin:start])
        rows: list[list[str]] = [[] for _ in range(1 + max((cell.row for cell in cells), default=-1))]
        for cell in cells:
            rows[cell.row].append(" ".join(cell.text.split()))
        tables.append(rows)
    return "\n".join([*left, text[start:]]), tables


def _without_pipe_tables(text: str) -> tuple[list[str], list[Table]]:
    words, tables, rows = list[str](), list[Table](), list[list[str]]()
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if rows and "|" in line:
            if not (len(rows) == 1 and _divides(line)):
                rows.append(_cells(line))
            continue
        if rows:
            tables.append(rows)
            rows = []
        if "|" in line and number + 1 < len(lines) and _divides(lines[number + 1]):
            rows = [_cells(line)]
        else:
            words += line.split()
    return words, [*tables, rows] if rows else tables


def _divides(line: str) -> bool:
    """Whether *line* stands between a table's head and its rows."""
    return "-" in line and not line.strip("|-: \t\r")


def _cells(line: str) -> list[str]:
    line = line.strip().removeprefix("|").removesuffix("|").replace("\\|", "\x00")
    return [" ".join(cell.replace("\x00", "|").split()) for cell in line.split("|")]


def _bounded(tables: list[Table]) -> tuple[Table, ...]:
    """Return *tables* as far as their cells are not too many to be shown."""
    kept, left = [], _MOST_CELLS
    for table in tables:
        left -= sum(map(len, table))
        if left < 0:
            break
        kept.append(table)
    return tuple(kept)
