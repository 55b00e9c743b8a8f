"""
Reads a tagged PDF as its author structured it: headings, paragraphs, lists and tables from the structure tree.

The tree names pieces of the page by marked-content ids; lines that carry none of them are running heads or decoration
and are left to the other modules. A tree that covers too little of the page, or says nothing but ``P`` and ``Span``
about it, is no better than the page's looks and is not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import groupby, pairwise

from attrs import evolve

from ..page import Item, Line, Region, Sheet, Tag, union
from .columns.beside import pieces_of
from .columns.order import columns
from .flow import paragraphs
from .join import flow
from .listings import is_code, may_have_listings
from .lists import marker
from .lone_marks import attached
from .measure import body_size, ems, length, median, row_by_row, rows, without
from .tables.aligned import aligned
from .tables.completing import disjoint
from .tables.fields import has_box
from .tables.placing import placed
from .tables.tagged_cells import cells_of, found, marks_of
from .texts import code_region, region_of, text_region


__all__ = ["regions"]

HEADINGS = {"H": 1, "Title": 1, "H1": 1, "H2": 2, "H3": 3, "H4": 4, "H5": 5, "H6": 6}
KINDS = {"Code": "code", "Caption": "caption", "Formula": "equation", "BibEntry": "references"}
NOTES = frozenset({"Note", "FENote"})
CONTAINERS = frozenset({"Document", "Part", "Art", "Sect", "Div", "NonStruct", "Private", "Root", "StructTreeRoot"})
ARTIFACTS = frozenset({"Artifact"})
FLUSH, CLOSE = 0.2, 0.5  # times the font size: lines of one block
CODE = 2.5  # times the font size: white above a line of code that goes on with it
PARTS = frozenset({"L", "Table"})  # of an item, which are read by themselves
UNMARKED = "-"
FAR = 4.0  # times the font size: of an item behind its number
LEAST_CELLS = 4  # of a table that no tag names
SIDE_BY_SIDE = 3  # rows of an element with several lines each, at least: perhaps it goes on in another column


def regions(sheet: Sheet, lines: Sequence[Line]) -> tuple[list[Region], list[Line]] | None:
    """
    Return what the tags of *sheet* say about *lines*, in the author's order, and the lines that no tag names.

    Returns:
        None where the tags are missing or too poor to be worth following.
    """
    if not sheet.tags:
        return None
    # What numbers an item may have a tag of its own, or none.
    tables = (each for tag in sheet.tags for each in ([tag] if tag.role == "Table" else found(tag, "Table")))
    in_cells = {mark for table in tables for mark in marks_of(table)}
    cells = [line for line in lines if not in_cells.isdisjoint(line.marks)]
    lines = [*attached(without(lines, cells), body_size(lines)), *cells]
    index: dict[int, list[Line]] = {}
    for line in lines:
        for mark in line.marks:
            index.setdefault(mark, []).append(line)
    reader = _Reader(index, typed=may_have_listings(sheet))
    for tag in sheet.tags:
        reader.visit(reader.without_notes(tag))
    for note in reader.notes:
        reader.add("footnote", reader.lines(note))
    chars = sum(map(length, lines)) or 1
    named = sum(length(line) for line in lines if id(line) in reader.taken)
    kinds = {region.type for region in reader.out}
    if named < 0.85 * chars or not kinds & {"title", "list", "table"}:
        return None
    strays = reader.without_numbers([line for line in lines if id(line) not in reader.taken])
    if any(_holds_boxes(region, strays) for region in reader.out):
        return None  # no tag names what is drawn, so that its rows and columns are lost
    # One tag for the whole page, or for each line of it, is no structure.
    texts = [region for region in reader.out if region.type == "text"]
    if any(len(region.lines) > 60 for region in texts):
        return None
    if len(texts) > 12 and sum(
        1 for region in texts if len(region.lines) == 1 and length(region.lines[0]) > 40
    ) > 0.6 * len(texts):
        return None
    return _with_tables(reader.out, reader.plain), strays


def _holds_boxes(region: Region, strays: Sequence[Line]) -> bool:
    """Whether *region* is a table in which check boxes among *strays* stand."""
    return (
        region.type == "table"
        and sum(1 for line in strays if has_box(line.text) and line.box.share(region.box) > 0.5) > 1
    )


def _with_tables(regions: Sequence[Region], plain: Set[int]) -> list[Region]:
    """
    Return *regions*, those in rows of cells as tables where the tags say nothing of them.

    A browser has no tag for what web pages lay out without a head of a table, such as names and their values.

    Args:
        plain: The ids of those that no element but a container holds.
    """
    out: list[Region] = []
    run: list[Region] = []
    for region in regions:
        if id(region) not in plain or (run and not _follows(region, run)):
            out.extend(_tabular(run))
            run = []
        if id(region) in plain:
            run.append(region)
        else:
            out.append(region)
    return [*out, *_tabular(run)]


def _follows(region: Region, run: Sequence[Region]) -> bool:
    """Whether *region* stands right of the last of *run*, level with it or the one before, or below it."""
    last = run[-1].box
    if any(region.box.is_level_with(each.box) for each in run[-2:]):
        return region.box.left >= last.right or region.box.centre > last.bottom
    return region.box.centre > last.centre


def _tabular(run: Sequence[Region]) -> list[Region]:
    """Return what is in *run*, whose texts follow each other row by row: as tables where they stand in columns."""
    lines = [line for region in run for line in region.lines]
    tables, rest = aligned(lines, median([ems(line) for line in lines])) if len(run) >= LEAST_CELLS else ([], lines)
    free = set(map(id, rest))
    out: list[Region] = []
    block: list[Region] = []
    for region in run:
        own = [line for line in region.lines if id(line) in free]
        if block and not (own and _goes_on(region, block[-1])):
            out.append(_in_lines(block))
            block = []
        if len(own) < len(region.lines):
            out.extend(table for table in tables if region.box.share(table.box) > 0.5 and table not in out)
            region = text_region(own, "text") if own else region
        if own:
            block.append(region)
    return [*out, _in_lines(block)] if block else out


def _goes_on(region: Region, before: Region) -> bool:
    """Whether *region* is one more line under *before*, in letters as large and flush with it."""
    size = ems(region.lines[0])
    gap = region.box.top - before.box.bottom
    flush = min(abs(region.box.left - before.box.left), abs(region.box.right - before.box.right)) < FLUSH * size
    return flush and -size < gap < CLOSE * size and abs(ems(before.lines[-1]) - size) < FLUSH * size


def _in_lines(block: Sequence[Region]) -> Region:
    """Return the texts of *block*, each of which a page ends a line after, as one."""
    if len(block) == 1:
        return block[0]
    whole = text_region([line for region in block for line in region.lines], "text")
    return evolve(whole, text="\n".join(region.text for region in block))


class _Reader:
    def __init__(self, index: dict[int, list[Line]], *, typed: bool) -> None:
        self.index = index
        self.typed = typed  # whether code may stand on the page: few programs have a tag for it
        self.taken: set[int] = set()
        self.out: list[Region] = []
        self.plain: set[int] = set()  # the ids of those that no element but a container holds
        self.notes: list[Tag] = []

    def without_notes(self, tag: Tag) -> Tag:
        """Return *tag* without the notes in lines of their own, which some programs put where their marks stand."""
        children = []
        for child in tag.children:
            own = set(marks_of(child)) if child.role in NOTES else None
            if own and all(own.issuperset(line.marks) for mark in own for line in self.index.get(mark, ())):
                self.notes.append(child)
            else:
                children.append(self.without_notes(child))
        return evolve(tag, children=tuple(children)) if tag.children else tag

    def visit(self, tag: Tag) -> None:
        role = tag.role
        if role in HEADINGS:
            self.add("title", self.lines(tag), level=HEADINGS[role])
        elif role == "Table":
            self.add_table(tag)
        elif role == "L":
            self.add_list(tag)
        elif role in KINDS:
            self.add(KINDS[role], self.lines(tag))
        elif role in CONTAINERS or role in ("TOC", "BlockQuote", "Index", "Figure") or _has_blocks(tag):
            if tag.marks:
                known = len(self.out)
                self.add("text", self.own(tag.marks))
                self.plain.update(map(id, self.out[known:]))
            for child in tag.children:
                self.visit(child)
        elif role not in ARTIFACTS:
            self.add("text", self.lines(tag))

    def own(self, marks: Sequence[int]) -> list[Line]:
        """The lines with *marks* that nothing took before; a line in which two tags meet belongs to the first."""
        out: list[Line] = []
        for mark in marks:
            for line in self.index.get(mark, ()):
                if id(line) not in self.taken:
                    self.taken.add(id(line))
                    out.append(line)
        return out

    def lines(self, tag: Tag) -> list[Line]:
        return self.own(marks_of(tag))

    def add(self, kind: str, lines: list[Line], level: int | None = None) -> None:
        if not lines:
            return
        if kind == "text" and self.typed and is_code(lines):
            kind = "code"
        if kind == "code" and self.out and _is_more_code(lines, self.out[-1]):
            lines = [*self.out.pop().lines, *lines]
        ordered = _ordered(lines)
        self.out.append(code_region(ordered) if kind == "code" else text_region(ordered, kind, level))

    def add_table(self, tag: Tag) -> None:
        cells, used = cells_of(tag, self.index)
        self.taken.update(map(id, used))
        if any(cell.text for cell in cells):
            cells = placed(cells)
            self.out.append(
                Region(type="table", box=union([line.box for line in used]), cells=disjoint(cells), lines=tuple(used))
            )

    def add_list(self, tag: Tag) -> None:
        items: list[Item] = []
        used: list[Line] = []
        self._collect(tag, 0, items, used)
        self._close(items, used)

    def without_numbers(self, strays: Sequence[Line]) -> list[Line]:
        """Return *strays* without those that number items, as a browser draws what a style sheet counts untagged."""
        out: list[Line] = []
        for line in strays:
            place = next(self._numbered(line), None) if line.text.isdecimal() else None
            if place is None:
                out.append(line)
                continue
            region, number = place
            items, item = self.out[region].items, self.out[region].items[number]
            box = union([line.box, *(word.box for word in item.words)])
            item = evolve(item, marker=line.text, box=box, words=(*line.words, *item.words))
            self.out[region] = evolve(self.out[region], items=(*items[:number], item, *items[number + 1 :]))
        return out

    def _numbered(self, line: Line) -> Iterator[tuple[int, int]]:
        """Yield the places of items without a mark whose first words stand right behind *line*."""
        for region, each in enumerate(self.out):
            for number, item in enumerate(each.items):
                if item.marker == UNMARKED and item.words:
                    first = item.words[0].box
                    if 0 < first.left - line.box.right < FAR * ems(line) and first.is_level_with(line.box):
                        yield region, number

    def _close(self, items: list[Item], used: list[Line]) -> None:
        if items:
            self.out.append(region_of(used, "list", items=tuple(items)))
            items.clear()
            used.clear()

    def _collect(self, tag: Tag, level: int, items: list[Item], used: list[Line]) -> None:
        for child in tag.children:
            if child.role == "L":
                self._collect(child, level + 1, items, used)
                continue
            further = [marks_of(part, PARTS) for part in found(child, "P", outside=PARTS)][1:]
            apart = {mark for part in further for mark in part}
            first = [mark for mark in marks_of(child, PARTS) if mark not in apart]
            parts = [part for marks in (first, *further) for part in self._parts(_ordered(self.own(marks)))]
            for number, lines in enumerate(parts):
                goes_on = not (self.out or items) and marker(lines[0].text) is None  # from the page before
                if (number or goes_on) and self.typed and is_code(lines):
                    self._close(items, used)
                    self.add("code", lines)
                    continue
                if number and not items:  # below code of the item
                    self.add("text", lines)
                    continue
                used.extend(lines)
                words = tuple(word for line in lines for word in line.words)
                text = flow(lines).strip()
                if number:
                    text, words = f"{items[-1].text}\n\n{text}", (*items[-1].words, *words)
                    items[-1] = evolve(items[-1], text=text, words=words)
                    continue
                mark = marker(text) or UNMARKED
                items.append(
                    Item(
                        text=text[len(mark) :].strip() if text.startswith(mark) else text,
                        level=min(level, 5),
                        marker=mark,
                        box=union([line.box for line in lines]),
                        words=words,
                    )
                )
            for inner in found(child, *PARTS):
                if inner.role == "L":
                    self._collect(inner, level + 1, items, used)
                else:
                    self._close(items, used)
                    self.add_table(inner)

    def _parts(self, lines: list[Line]) -> list[list[Line]]:
        """Return the *lines* of a paragraph of an item, those of code apart, which browsers tag as text of it."""
        if not lines or not self.typed or not any(line.mono for line in lines):
            return [lines] if lines else []
        found = paragraphs(lines, median([ems(line) for line in lines]))
        runs = (list(group) for _, group in groupby(found, key=lambda part: is_code(part.lines)))
        return [[line for part in run for line in part.lines] for run in runs]


def _is_more_code(lines: Sequence[Line], before: Region) -> bool:
    """
    Whether *lines* go on with the code of the region *before*: below it, as each line may be a paragraph, between its
    lines, some of which a parser joined with their numbers, or behind these.
    """
    box, last, size = union([line.box for line in lines]), before.lines[-1], ems(lines[0])
    behind = last.text.isdecimal() and box.left > last.box.right and box.top < last.box.bottom
    below = before.box.top < box.bottom and box.top - before.box.bottom < CODE * size
    level = (line.box.is_level_with(each.box) for line in lines for each in before.lines)
    under = below and box.left > before.box.left - size and box.across(before.box) > 0 and not any(level)
    return before.type == "code" and (behind or under)


def _ordered(lines: list[Line]) -> list[Line]:
    """Lines from the top down and in their rows, except where they go on in another column."""
    lines = [line for _, part in groupby(lines, key=lambda line: line.marks) for line in _down(list(part))]
    back = any(low.box.bottom < high.box.top - 3 * high.box.height for high, low in pairwise(lines))
    if back:
        return lines
    text_rows = rows(lines)
    if sum(1 for row in text_rows if len(row) > 1) >= SIDE_BY_SIDE:
        em = median([ems(line) for line in lines])
        parts = columns(pieces_of(lines, []), em)
        if len(parts) > 1:  # all columns have one mark
            found = [[piece.thing for piece in part if isinstance(piece.thing, Line)] for part in parts]
            return [line for part in found for line in row_by_row(part)]
    return [line for row in text_rows for line in row]


def _down(lines: list[Line]) -> list[Line]:
    """Return the *lines* of one mark from the top down, those that go on higher up in the next column behind them."""
    if len(lines) < 2:
        return lines
    size = ems(lines[0])
    left = min(line.box.left for line in lines)
    edge = max(line.box.right for line in lines if line.box.left < left + size)
    column = [line for line in lines if line.box.left < edge]
    following = without(lines, column)
    top = min(line.box.top for line in column)
    if following and min(line.box.bottom for line in following) < top - 3 * size:
        return [*_down(column), *_down(following)]
    return row_by_row(lines)


BLOCKS = frozenset({"P", "Table", "L", "Sect", "Div", "Part", "Art", *HEADINGS})


def _has_blocks(tag: Tag) -> bool:
    return any(child.role in BLOCKS or _has_blocks(child) for child in tag.children)
