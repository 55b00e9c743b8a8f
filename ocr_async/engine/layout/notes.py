"""
Tells a page's notes from its running text: footnotes, which go to its end, notes in the margin, which go behind the
paragraph that they stand beside, and its list of references.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

from attrs import evolve, frozen

from ..groups import in_groups
from ..page import Box, Line, Region, Ruling, union
from .columns.panels import boxes
from .lists import follows, marker
from .measure import are_stacked, ems, length, median, parted, pitch, recognised, row_by_row, without
from .tables.fields import has_box, numeric
from .tables.fill_in import standing_alone
from .texts import text_region


__all__ = ["footnotes", "notes_beside", "references", "ruled_foot", "with_notes"]

MARK = re.compile(
    r"\s*(?:(?:[*∗†‡§¶#]{1,3}|[¹²³⁰-⁹]+|\(?\d{1,2}\)?(?=\s*[^\W\d]))\s*\S|corresponding author|e-?mail(?: address)?:)",
    re.IGNORECASE,
)
STARS = frozenset("*∗")
SHORTEST = 25  # letters of a note that only a ruling tells; less is a label
SMALL = 0.93  # of the running text's size; notes are commonly set at 0.8
LOWER_PART = 0.5
MARGINAL = {False: 0.93, True: 0.85}  # of the running text's size, at most; on a scan, where sizes are estimated
LINES = 4  # of running text
FULL = 25  # letters of a line of running text that a note stands beside
MOST_LINES = 14  # of a note
TIGHT = 0.7  # times the font size: between the lines of a note
LEVEL = 0.6  # times the font size: how far off the first line of a note is from a line of the text
APART = 0.8  # times the running text's size: a small note further off may begin between two of its lines
NARROW = 0.45  # of the running text's width
FILLED = 0.8  # of the running text's width
MOST_FULL = 0.6  # of the letters from the first note to the last one are in lines that fill their column
FEWER = 0.7  # times the height of the lines beside them is that of all lines of notes, at most
MOST_NOTES = 0.4  # of the letters beside them
OWN_PITCH = 0.03  # of the distance from one line to the next: by how much that of a note differs
ACROSS = 0.7  # of the text's width: a rule above the foot of a letter
FOOT_APART = 1.0  # times the running text's size, from the last line above to that rule
FOOT_LINES = 4, 30
GUTTER = 0.5  # of the running text's size
LOW, HIGH = 1.5, 14.0  # times the font size: the height of a frame beside exercises
REFERENCES = re.compile(
    r"\W*(?:\d{0,2}\.?\s*)(?:references(?: and notes)?|bibliography|literature(?: cited)?|works cited|"
    r"literatur(?:verzeichnis)?|bibliographie|r[ée]f[ée]rences|bibliograf[íi]a|referencias)\W*",
    re.IGNORECASE,
)


def footnotes(regions: Sequence[Region], rulings: Sequence[Ruling], em: float, height: float) -> list[Region]:
    """
    Return *regions* with their footnotes last, so that a text is not interrupted at the foot of its first column.

    A footnote is set small at the foot of its column, and either a mark begins it or a short ruling parts it from the
    text above; what stands below it in the column belongs to it.

    Args:
        em: Size of the running text in pixels.

        height: Of the page in pixels.
    """
    body: list[Region] = []
    notes: list[Region] = []
    begun = False
    for index, region in enumerate(regions):
        # the same column goes on as long as the next region stands below this one
        begun = begun and _below(region.box, regions[index - 1].box)
        if not begun and _is_text(region) and region.box.top > LOWER_PART * height:
            begun = (
                MARK.match(region.lines[0].text) is not None
                or (len(region.text) >= SHORTEST and _parted(region.box, rulings, em))
            ) and _at_foot(regions, index, em)
        if begun:
            notes.append(_note(region))
        else:
            body.append(region)
    # Notes alone are no notes: the page's own text is then set small.
    return [*body, *notes] if any(region.type == "text" for region in body) else list(regions)


def _note(region: Region) -> Region:
    """*region* as a note; a star that begins one looks like a list's."""
    said = " ".join(f"{item.marker} {item.text}" for item in region.items) or region.text
    return evolve(region, type="footnote", text=said, items=())


def _at_foot(regions: Sequence[Region], index: int, em: float) -> bool:
    """Whether nothing stands below region *index* but small text that follows it in its column."""
    end = index + 1
    while end < len(regions) and _below(regions[end].box, regions[end - 1].box):
        end += 1
    rest, others = regions[index:end], (*regions[:index], *regions[end:])
    foot = rest[-1].box
    return _small(rest, em) and not any(_below(other.box, foot) for other in others)


def _below(box: Box, above: Box) -> bool:
    return box.centre > above.bottom - 0.5 * box.height and box.across(above) > 0


def _small(regions: Sequence[Region], em: float) -> bool:
    """Whether *regions* are text that is small on the whole, and nowhere as large as the running text."""
    whole = [line for region in regions for line in region.lines]
    return (
        all(map(_is_text, regions))
        and _size(whole) < SMALL * em
        and all(_size(region.lines) < em for region in regions)
    )


def _size(lines: Sequence[Line]) -> float:
    return sum(ems(line) * length(line) for line in lines) / max(1, sum(map(length, lines)))


def _is_text(region: Region) -> bool:
    return region.type == "text" or (region.type == "list" and all(item.marker in STARS for item in region.items))


def _parted(box: Box, rulings: Sequence[Ruling], em: float) -> bool:
    """Whether a ruling much shorter than a column stands above the beginning of *box*."""
    return any(
        ruling.horizontal
        and 2 * em < ruling.box.width < 15 * em
        and abs(ruling.box.left - box.left) < 2 * em
        and -0.3 * em < box.top - ruling.box.bottom < 1.5 * em
        for ruling in rulings
    )


def references(regions: Sequence[Region]) -> list[Region]:
    """Return *regions*, with the texts and lists under a heading such as "References" named so."""
    out: list[Region] = []
    under = False
    for region in regions:
        if region.type == "title":
            under = REFERENCES.fullmatch(region.text) is not None
        out.append(evolve(region, type="references") if under and region.type in ("text", "list") else region)
    return out


@frozen
class Note:
    """
    What stands beside a text.

    Attributes:
        place: How far down what it is read behind begins.

        right: The right edge of its column, where its lines end as they were set to end.
    """

    lines: Sequence[Line]
    place: float
    kind: Literal["aside_text", "text"] = "aside_text"
    right: float = 0.0


def notes_beside(
    lines: Sequence[Line], rulings: Sequence[Ruling], grounds: Sequence[Box], em: float
) -> tuple[list[Note], list[Line]]:
    """Return what stands beside running text in the margin, or beside exercises in a frame; and the other *lines*."""
    notes, rest = _in_margin(lines, boxes(rulings, grounds, em), em)
    framed, rest = _in_frames(rest, rulings, em)
    return [*notes, *framed], rest


def _in_margin(lines: Sequence[Line], panels: Sequence[Box], em: float) -> tuple[list[Note], list[Line]]:
    """
    Return the notes in the margin of one column of running text, and the other *lines*.

    They are set small, or have their own distance from line to line; each begins level with a line of the text, and
    nothing but the text stands level with it. What is on one of the *panels*, beside the text, is read by itself.
    """
    if are_stacked(lines):
        return [], list(lines)
    text = [line for line in lines if length(line) >= FULL and ems(line) > MARGINAL[recognised(line)] * em]
    if len(text) < LINES:
        return [], list(lines)
    panels = [box for box in panels if not any(line.box.share(box) > 0.5 for line in text)]
    alone = [line for line in lines if not any(line.box.share(box) > 0.5 for box in panels)]
    left, right = median([line.box.left for line in text]), sorted(line.box.right for line in text)[len(text) * 4 // 5]
    out: list[list[Line]] = []
    for outside in (
        [line for line in alone if line.box.right < left - 0.1 * em],
        [line for line in alone if line.box.left > right + 0.1 * em],
    ):
        close = in_groups(sorted(outside, key=lambda line: line.box.bottom), _goes_on_with)
        found = [note for note in close if _is_beside(note, text, lines, em)]
        said = sum(length(line) for note in found for line in note)
        if found and said < MOST_NOTES * sum(map(length, text)) and _are_marginal(found, lines, text, em):
            out.extend(found)
    if not out:
        return [], list(lines)
    notes = [Note(note, union([line.box for line in note]).top) for note in out]
    return notes, without(lines, (line for note in out for line in note))


def _goes_on_with(note: Sequence[Line], line: Line) -> bool:
    gap = line.box.top - note[-1].box.bottom
    return -0.5 * ems(line) < gap < TIGHT * ems(line) and line.box.across(note[-1].box) > 0


def _is_beside(note: Sequence[Line], text: Sequence[Line], lines: Sequence[Line], em: float) -> bool:
    """Whether *note* begins level with a line of the *text*, with no other of the *lines* beside it."""
    box = union([line.box for line in note])
    if len(note) > MOST_LINES or all(numeric(line.text) or has_box(line.text) for line in note):
        return False
    level = [line for line in without(lines, note) if line.box.down(box) > 0.3 * line.box.height]
    running = {id(line) for line in text}
    beside = [line for line in level if line.box.across(box) < 0]
    if len(beside) < len(level) or not beside:
        return False
    apart = _small_lines(note, em) and all(line.box.across(box) < -APART * em for line in beside)
    # a small note far off may begin level with a short line
    told = beside if apart else [line for line in beside if id(line) in running]
    first = min((abs(line.box.bottom - note[0].box.bottom) for line in told), default=1e6)
    return first < (1.0 if apart else LEVEL) * em


def _small_lines(lines: Sequence[Line], em: float) -> bool:
    return all(ems(line) <= MARGINAL[recognised(line)] * em for line in lines)


def _are_marginal(notes: Sequence[Sequence[Line]], lines: Sequence[Line], text: Sequence[Line], em: float) -> bool:
    """Whether *notes*, all on one side of the *text*, are set as such, and no column of a table."""
    own = [line for note in notes for line in note]
    span = union([line.box for line in own])
    beside = [line for line in lines if span.top < line.box.centre < span.bottom and line.box.across(span) < 0]
    width = median([line.box.width for line in text])
    full = sum(length(line) for line in beside if line.box.width > FILLED * width)
    if max(line.box.width for line in own) > NARROW * width or full < MOST_FULL * sum(map(length, beside)):
        return False
    if _small_lines(own, em):
        return len(own) > 1 and sum(line.box.height for line in own) < FEWER * sum(line.box.height for line in beside)
    one, other = pitch(text), median([pitch(note) for note in notes if len(note) > 2])
    return not recognised(own[0]) and OWN_PITCH * one < abs(one - other) < 0.5 * one


def _in_frames(lines: Sequence[Line], rulings: Sequence[Ruling], em: float) -> tuple[list[Note], list[Line]]:
    """
    Return what frames beside numbered exercises hold, such as the words for all of them, and the other *lines*.

    It goes behind the last of the exercises that are numbered on from those that stand beside it.
    """
    out: list[Note] = []
    rest = list(lines)
    for box in standing_alone(rulings, em, LOW, HIGH):
        inside = [line for line in rest if line.box.share(box) > 0.7]
        level = [line for line in rest if line.box.down(box) > 0.3 * line.box.height and line.box.share(box) <= 0.7]
        if not inside or not level or any(line.box.left > box.right for line in level):
            continue
        if (end := _end_of_run(level, [line for line in rest if line.box.right < box.left])) is not None:
            out.append(Note(row_by_row(inside), end.box.top, "text"))
            rest = without(rest, inside)
    return out, rest


def _end_of_run(level: Sequence[Line], lines: Iterable[Line]) -> Line | None:
    """Return the first line of the last item that is numbered on from the last one of *level*, None without such."""
    marks = {
        id(line): mark for line in level if (mark := marker(line.text)) is not None and any(map(str.isalnum, mark))
    }
    last = max((line for line in level if id(line) in marks), key=lambda line: line.box.top, default=None)
    if last is None:
        return None
    mark = marks[id(last)]
    for line in sorted(lines, key=lambda line: line.box.top):
        following = marker(line.text)
        if line.box.top <= last.box.top or following is None or abs(line.box.left - last.box.left) > ems(line):
            continue
        if not follows(following, mark):
            break  # the next exercise
        last, mark = line, following
    return last


def ruled_foot(lines: Sequence[Line], rulings: Sequence[Ruling], em: float) -> tuple[list[Note], list[Line]]:
    """
    Return the columns of a letter's foot, such as its bank's data and its directors, and the other *lines*.

    They stand small below a rule across the page, which parts them from all above, with nothing below them.
    """
    left, right = (
        min((line.box.left for line in lines), default=0.0),
        max((line.box.right for line in lines), default=0.0),
    )
    across = [ruling.box for ruling in rulings if ruling.horizontal and ruling.box.width > ACROSS * (right - left)]
    for rule in sorted(across, key=lambda box: -box.top):
        foot = [line for line in lines if line.box.centre > rule.bottom]
        above = max((line.box.bottom for line in lines if line.box.centre < rule.top), default=rule.top)
        if not foot:
            continue  # the edge of the foot, or of the page
        if rule.top - above < FOOT_APART * em or not FOOT_LINES[0] <= len(foot) <= FOOT_LINES[1]:
            break
        if not _small_lines(foot, em):
            break
        parts = parted([(line.box, line) for line in foot], level=False, slack=lambda _: -GUTTER * em)
        columns = [sorted((line for _, line in part), key=lambda line: line.box.bottom) for part in parts]
        if len(columns) < 2 or not all(_is_foot(column, em) for column in columns):
            break
        end = max(line.box.bottom for line in foot)
        edges = [*(min(line.box.left for line in column) for column in columns[1:]), rule.right]
        notes = [Note(column, end, "text", edge) for column, edge in zip(columns, edges, strict=True)]
        return notes, without(lines, foot)
    return [], list(lines)


def _is_foot(column: Sequence[Line], em: float) -> bool:
    """Whether *column* is phrases set closely one below the other, as the numbers of a table are not."""
    close = all(
        low.box.top - high.box.bottom < TIGHT * em and low.box.down(high.box) < 0.5 * low.box.height
        for high, low in pairwise(column)
    )
    return close and len(column) > 1 and not all(numeric(line.text) for line in column[1:])


def with_notes(regions: Sequence[Region], notes: Sequence[Note], em: float) -> list[Region]:
    """Return *regions* with each of *notes* behind the last one that begins above its place, or level with it."""
    out = list(regions)
    for note in sorted(notes, key=lambda note: note.place):
        place = max((index for index, region in enumerate(out) if region.box.top < note.place + 0.5 * em), default=-1)
        out.insert(place + 1, text_region(note.lines, note.kind, right=note.right))
    return out
