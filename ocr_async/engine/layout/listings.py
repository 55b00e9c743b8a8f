"""
Finds listings: programs, commands and what they print, set in even type between texts that are not.

They are taken out before tables are looked for, as their columns are typed, and before paragraphs are: a line of code
is no sentence, and the line of text after it no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from attrs import evolve

from ..groups import in_runs
from ..page import Line, Region, Sheet
from .lists import BULLETS
from .measure import ems, first_word, length, median, recognised, rows
from .tables.aligned import aligned
from .tables.fields import by_row, numeric
from .texts import code_region


__all__ = ["is_code", "is_proportional", "is_typed_prose", "listings", "may_have_listings", "numbered", "wide_listings"]

LEAST = 2  # rows; one alone may be a name between two lines of its sentence
APART = 4.0  # times the font size: more white than blank lines make
TABLE = 0.6  # of its rows that line up as those of a table do
PROSE_LINES = 3
FLUSH = 0.2  # of the font size
WORDY = 0.97  # of its signs are letters, spaces and stops
NUMBERS = 0.7  # of these rows, those that end in a number
ACROSS = 0.5  # of the lines of running text
CODED = 0.5  # of the numbered lines hold code: the others are blank
NEAR = 1.0  # point
SMALLER = 0.95  # than the code beside them, the numbers of its lines are
TEXT = 20  # letters of a line in the type of the running text


def may_have_listings(sheet: Sheet) -> bool:
    """Whether *sheet* is set in even type beside another, here or on other pages; a typewriter has but one."""
    return any(line.mono and is_code([line]) for line in sheet.lines) and (sheet.proportional or is_proportional(sheet))


def is_proportional(sheet: Sheet) -> bool:
    """Whether *sheet* holds text in letters of different widths."""
    return any(line.mono is False and length(line) >= TEXT for line in sheet.lines)


def is_code(lines: Sequence[Line]) -> bool:
    """Whether all of *lines* are in even type, and no item of a list."""
    return all(line.mono for line in lines) and lines[0].text.lstrip()[:1] not in BULLETS


def is_typed_prose(lines: Sequence[Line]) -> bool:
    """Whether *lines* in even type are a typewritten paragraph: sentences, broken where the next word did not fit."""
    text = " ".join(line.text for line in lines)
    left, right = lines[0].box.left, max(line.box.right for line in lines)
    return (
        len(lines) >= PROSE_LINES
        and text[0].isupper()
        and text[-1] in ".?!"
        and all(abs(line.box.left - left) < FLUSH * ems(line) for line in lines)
        and all(line.box.right + first_word(following) > right for line, following in pairwise(lines))
        and sum(letter.isalpha() or letter in " .,;:'-" for letter in text) >= WORDY * len(text)
    )


def numbered(lines: Sequence[Line]) -> list[Line]:
    """
    Return *lines* with the numbers of a listing's lines in even type as its code, though they are set in another.

    Such numbers are smaller, end or begin at one place, and go on by one from line to line; one whose line of code is
    blank stands alone.
    """
    counted = [line for line in lines if line.text.isdecimal() and not line.mono and line.words]
    if not counted:
        return list(lines)
    beside = {id(row[0]): row[1] for row in rows(lines) if len(row) > 1 and is_code(row[1:])}
    typed = [line for line in lines if line.mono and not recognised(line) and line.words[0].text.isdecimal()]
    known: set[int] = set()
    for side in ("right", "left"):
        for run in _counting([*counted, *typed], side):
            code = [beside.get(id(line), line) for line in run]
            if sum(1 for line in code if line.mono) < max(LEAST, CODED * len(run)):
                continue
            em = median([ems(line) for line in code if line.mono])
            known.update(id(line) for line in run if ems(line) < SMALLER * em)
    return [evolve(line, mono=True) if id(line) in known else line for line in lines]


def _counting(lines: Sequence[Line], side: str) -> Iterator[list[Line]]:
    """Yield those of *lines* whose first words are numbers that go on by one down the page, at one place."""

    def place(line: Line) -> float:
        return float(getattr(line.words[0].box, side))

    for column in in_runs(sorted(lines, key=place), lambda near, line: place(line) - place(near[-1]) < NEAR):
        column.sort(key=lambda line: line.box.top)
        yield from in_runs(column, lambda run, line: int(line.words[0].text) == int(run[-1].words[0].text) + 1)


def listings(lines: Sequence[Line], em: float) -> tuple[list[Region], list[Line]]:
    """Return the listings among the *lines* of one column, and the other lines."""
    found: list[Region] = []
    rest: list[Line] = []
    for code, group in groupby(rows(lines), key=is_code):
        for run in _runs(list(group), em):
            own = [line for row in run for line in row]
            if code and len(run) >= LEAST and not _is_table(run, own, em) and not is_typed_prose(own):
                found.append(code_region(own))
            else:
                rest.extend(own)
    return found, rest


def wide_listings(lines: Sequence[Line], text: Sequence[Line], em: float) -> tuple[list[Region], list[Line]]:
    """
    Return those listings among *lines* whose rows are torn by wide gaps, as before comments, and the other lines.

    Such gaps are no gutter between columns of the page where *text*, all that is running, goes across them.
    """
    if not any(len(row) > 1 and is_code(row) for row in rows(lines)):
        return [], list(lines)
    wide: list[Region] = []
    found, rest = listings(lines, em)
    for region in found:
        if _is_torn(region, text):
            wide.append(region)
        else:
            rest.extend(region.lines)
    return wide, rest


def _is_torn(region: Region, text: Sequence[Line]) -> bool:
    middles = [(one.box.right + other.box.left) / 2 for row in rows(region.lines) for one, other in pairwise(row)]
    across = [sum(1 for line in text if line.box.left < middle < line.box.right) for middle in middles]
    return bool(across) and median(across) >= ACROSS * len(text)


def _runs(text_rows: Sequence[list[Line]], em: float) -> Iterator[list[list[Line]]]:
    """Divide *text_rows* where white parts them."""
    run: list[list[Line]] = []
    for row in text_rows:
        if run and row[0].box.top - run[-1][0].box.bottom > APART * em:
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def _is_table(run: Sequence[Sequence[Line]], own: Sequence[Line], em: float) -> bool:
    """Whether *run* is a table that ends in numbers, as the statements and bills of some programs are typed."""
    tables, _ = aligned(own, em)
    filled = (by_row(cell for cell in table.cells if cell.text) for table in tables)
    several = [row for table_rows in filled for row in table_rows.values() if len(row) > 1]
    last = [max(row, key=lambda cell: cell.column) for row in several]
    return len(last) >= TABLE * len(run) and sum(numeric(cell.text) for cell in last) >= NUMBERS * len(last)
