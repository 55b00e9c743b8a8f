"""Paragraphs, lists and tables of RTF in the making."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

from attrs import evolve, field, frozen, mutable

from ..content import BREAK, Block, Field, Heading, Paragraph, Run, Table, seen
from ..lists import Labelled, listed
from ..xml.marks import Label


__all__ = ["Edge", "Flow", "with_whole_letters"]

_LABEL = re.compile(r"\s*(\(?\w{1,5}[.)]|[^\w\s])\s*\t\s*")
_INDENT = 360  # twips by which each level of a list is set in, where it says no level
_style = attrgetter("bold", "italic", "struck", "script", "link", "photo", "note")
_CLOSE = 60  # twips between edges of cells that are one


@frozen(slots=True)
class Edge:
    """The right edge of a cell, in twips; *merged* is "v" where it goes on with the one above, "h" with that before."""

    at: int
    merged: str = ""


@frozen(slots=True)
class _Row:
    left: int
    edges: tuple[Edge, ...]
    cells: tuple[tuple[Block, ...], ...]
    header: bool


@mutable(slots=True, eq=False, repr=False)
class Flow:
    """Blocks in the making: of the document, a note, a box or a running head."""

    blocks: list[Block | Labelled] = field(factory=list)
    runs: list[Run] = field(factory=list)
    cell: list[Block | Labelled] = field(factory=list)
    cells: list[tuple[Block, ...]] = field(factory=list)
    rows: list[_Row] = field(factory=list)
    in_table: bool = False
    level: int | None = None  # of a heading
    label: str | None = None
    depth: int | None = None  # of a list
    indent: int = 0
    hangs: bool = False

    def begin(self) -> None:
        """Take back what was said of paragraphs."""
        self.in_table, self.level, self.depth, self.indent, self.hangs = False, None, None, 0, False

    def end(self, *, in_table: bool = False) -> None:
        """End a paragraph."""
        within = in_table or self.in_table
        if not within:
            self.end_table()
        runs, self.runs = _joined(self.runs), []
        label, self.label = self.label, None
        if label is None and self.hangs and runs and (found := _LABEL.match(runs[0].text)):
            label, runs[0] = found[1], evolve(runs[0], text=runs[0].text[found.end() :])
        if not any(run.says for run in runs):
            return
        runs = [evolve(run, text=run.text.replace("\t", " ")) if "\t" in run.text else run for run in runs]
        said = "" if label is None else label.strip()
        counts = any(map(str.isalnum, said)) and said != "o"  # which is a bullet of typewriters
        block: Block | Labelled
        if self.level is not None:
            if all(run.italic or not run.text.strip() for run in runs):  # which its style is
                runs = [evolve(run, italic=False) for run in runs]
            block = Heading(self.level, (Run(f"{said} "), *runs) if counts else tuple(runs))
        elif label is not None:
            deep = max(0, self.indent // _INDENT - 1) if self.depth is None else self.depth
            block = Labelled(Label(min(deep, 8), said if counts else None), (Paragraph(tuple(runs)),))
        else:
            block = Paragraph(tuple(runs))
        self.put([block], in_table=in_table)

    def put(self, blocks: Iterable[Block | Labelled], *, in_table: bool = False) -> None:
        (self.cell if in_table or self.in_table else self.blocks).extend(blocks)

    def end_cell(self) -> None:
        self.end(in_table=True)
        self.cells.append(tuple(listed(self.cell)))
        self.cell = []

    def end_row(self, left: int, edges: Sequence[Edge], *, header: bool) -> None:
        self.end(in_table=True)
        if self.cell:
            self.end_cell()
        self.rows.append(_Row(left, tuple(edges), tuple(self.cells), header))
        self.cells = []

    def end_table(self) -> None:
        if self.cells or self.cell:  # the row was cut off
            self.end_row(0, (), header=False)
        if self.rows:
            self.blocks.append(Table(_fields(self.rows)))
            self.rows = []

    def read(self) -> tuple[Block, ...]:
        """Return all blocks, and begin anew."""
        self.end()
        self.end_table()
        blocks, self.blocks = tuple(listed(self.blocks)), []
        return blocks


def with_whole_letters(text: str) -> str:
    """Return *text* with the letters whole that RTF has in two halves."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _joined(runs: Iterable[Run]) -> list[Run]:
    """Return *runs* with neighbours of one style made one, and their letters whole."""
    joined: list[Run] = []
    for _, (first, *rest) in groupby(runs, key=lambda run: (run is BREAK, _style(run))):
        if first is BREAK or first.photo or first.note:
            joined += [first, *rest]
            continue
        text = "".join((first.text, *(run.text for run in rest)))
        text = seen(with_whole_letters(text))
        joined.append(first if text == first.text else evolve(first, text=text))
    return joined


def _fields(rows: Sequence[_Row]) -> tuple[Field, ...]:
    """Return the cells of *rows*: edges that lie one over the other are those of one column."""
    placed = all(len(row.edges) == len(row.cells) for row in rows)
    edges: list[int] = []
    for at in sorted({at for row in rows for at in (row.left, *(edge.at for edge in row.edges))} if placed else ()):
        if not edges or at - edges[-1] > _CLOSE:
            edges.append(at)
    fields: list[Field] = []
    above: dict[int, int] = {}  # which field reaches furthest down, by its column
    last: int | None
    for number, row in enumerate(rows):
        before: int | None = None  # which field is left of the next cell
        column = bisect_left(edges, row.left - _CLOSE)
        for count, blocks in enumerate(row.cells):
            edge = row.edges[count] if placed else Edge(0)
            end = max(column + 1, bisect_left(edges, edge.at - _CLOSE)) if placed else column + 1
            last = above.get(column) if edge.merged == "v" else before if edge.merged == "h" else None
            if last is None:
                last = above[column] = len(fields)
                fields.append(Field(number, column, blocks, 1, end - column, row.header))
            else:
                own = fields[last]
                fields[last] = evolve(
                    own,
                    blocks=(*own.blocks, *blocks),
                    row_span=max(own.row_span, number - own.row + 1),
                    column_span=max(own.column_span, end - own.column),
                )
            column, before = end, last
    return tuple(fields)
