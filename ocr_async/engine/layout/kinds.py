"""Tells what each paragraph is: a heading and of which level, an item of a list, code, or text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from attrs import evolve, frozen

from ..page import Box, Line, Region, Ruling, union
from ..whole_document import TypeSizes
from . import headings
from .flow import Paragraph
from .listings import is_code, is_typed_prose
from .lists import ARROWS, BULLETS, SEVERAL, begins_text, follows, items_of, marker
from .measure import body_size, ems, ends_in_stop, length
from .numbering import is_bare, rank
from .texts import code_region, kind_of, region_of, text_region


__all__ = ["Draft", "classified", "levelled"]

ENOUGH = 100  # letters, from which the size of the running text can be told
RUNNING = 60  # letters: less may be a heading, a label, a cell
SET_IN = 0.7  # times the size: a heading of the next level
LOOSE = 0.7  # times the size: white above a line of a heading that begins in the middle of its sentence
MORE = 2.5  # times the text's size: white above a further paragraph of an item
NAME, NAME_LINES = 90, 2  # characters and lines of the name of a part
NAME_BELOW = 0.9  # times the size: white between the number of a part and its name
NO_SMALLER = 0.95  # times the size of the number of a part: its name
ABOVE_NAME = 3.0  # times the size: white between them, where both are headings
RUN = 3  # headings of one look that follow each other
DASHES = frozenset("—―")
LARGE, LARGER = 1.4, 1.08  # times the text's size: a headline; a heading by its size
WRAPPED = 0.35  # times the size: white between two lines of a heading


@frozen
class Draft:
    """
    A paragraph before it is known what it is.

    Args:
        usual: White above the paragraphs around it, in points.
    """

    paragraph: Paragraph
    usual: float


def classified(
    parts: Sequence[Region | Draft], em: float, exact: bool, rulings: Sequence[Ruling], known: TypeSizes | None
) -> list[Region]:
    """
    Return *parts* with each draft as what it is: a title, which has no level yet, an item of a list, code, or text.

    Args:
        exact: Whether sizes are those of a text layer, and not heights of what was recognised.
    """
    parts = _with_names(parts)
    texts = [part.paragraph for part in parts if isinstance(part, Draft)]
    letters = [sum(map(length, part.paragraph.lines)) if isinstance(part, Draft) else 0 for part in parts]
    chars = sum(letters) or 1
    bold_body = sum(length(line) for text in texts for line in text.lines if line.bold) > 0.5 * chars
    # The letters of a table, which may be most of a page's, are often smaller than those of its text.
    body = max(em, body_size(line for text in texts for line in text.lines)) if exact and chars > ENOUGH else em
    if known and chars <= ENOUGH:  # a cover, a chapter's title
        body = known.body
    level = [ruling.box for ruling in rulings if ruling.horizontal]
    out: list[Region] = []
    listed: list[Paragraph] = []
    more: dict[int, list[Sequence[Line]]] = {}  # of items with several paragraphs

    def close() -> None:
        if len(listed) == 1 and not more and (marker(listed[0].lines[0].text) or ".")[-1] in SEVERAL:
            out.append(text_region(listed.pop().lines, "text"))
        elif listed:
            items = [(each.lines, *more.get(id(each.lines), ())) for each in listed]
            lines = tuple(line for item in items for part in item for line in part)
            out.append(region_of(lines, "list", items=items_of([each.lines for each in listed], em, more)))
            listed.clear()
            more.clear()

    for index, part in enumerate(parts):
        if isinstance(part, Region):
            close()
            out.append(part)
            continue
        paragraph = part.paragraph
        lines = paragraph.lines
        kind = headings.kind_at(lines, known)
        # a heading is not the last line of its page; one of code is, where the listing goes on overleaf
        styled = kind == "heading" and not (is_code(lines) and index == len(parts) - 1)
        if is_code(lines) and not styled and not is_typed_prose(lines):
            close()
            if out and out[-1].type == "code" and paragraph.above < 2.5 * em:
                lines = (*out.pop().lines, *lines)
            out.append(code_region(lines))
            continue
        after = _size_after(parts, letters, index)
        score = headings.likelihood(
            paragraph,
            body,
            part.usual,
            after=after,
            goes_on=_goes_on(parts, index),
            followed=max(letters[index + 1 : index + 2], default=0) >= RUNNING and _mark_of(parts, index + 1) is None,
            underlined=_underlined(paragraph.box, level, em),
            bold_body=bold_body,
            exact=exact,
            known=known.headings if known else (),
            kind=kind,
        )
        if score >= headings.HEADING:
            close()
            if out and _goes_on_in(out[-1], paragraph, styled):
                lines = (*out.pop().lines, *lines)
            out.append(text_region(lines, "title"))
            continue
        mark = marker(lines[0].text)
        said_by = mark in DASHES and not listed and _mark_of(parts, index + 1) != mark  # below a quotation
        if mark is not None and not said_by and not ARROWS.issuperset(line.text.strip() for line in lines):
            listed.append(paragraph)
            continue
        if listed and _goes_on_below(listed, parts, index, em):
            more.setdefault(id(listed[-1].lines), []).append(lines)
            continue
        close()
        out.append(text_region(lines, kind_of(lines), right=paragraph.column[1]))
    close()
    return _without_runs(_with_numbers(out), body)


def _mark_of(parts: Sequence[Region | Draft], index: int) -> str | None:
    """Return the mark with which the part at *index* begins, if it is text."""
    part = parts[index] if index < len(parts) else None
    return marker(part.paragraph.lines[0].text) if isinstance(part, Draft) else None


def _with_numbers(regions: Sequence[Region]) -> list[Region]:
    """Return *regions*, the number of a part, as "Chapter 1", joined with the name that stands below it, no smaller."""
    out: list[Region] = []
    for region in regions:
        before = out[-1] if out else None
        if before is not None and region.type == "title" and _heads(before, region):
            out[-1] = text_region((*before.lines, *region.lines), "title", before.level or region.level)
        else:
            out.append(region)
    return out


def _without_runs(regions: Sequence[Region], body: float) -> list[Region]:
    """Return *regions*, where headings that follow each other with no text between, as entries do, are none."""
    out = list(regions)
    for look, run in groupby(range(len(out)), lambda index: _look_in_run(out[index], body)):
        found = list(run)
        if look is not None and len(found) >= RUN:
            for index in found:
                out[index] = evolve(out[index], type="text")
    return out


def _look_in_run(region: Region, body: float) -> tuple[object, ...] | None:
    """Return how the heading *region* looks; None of another kind, of a headline, and of one numbered and set off."""
    line = region.lines[0] if region.lines else None
    if region.type != "title" or region.level is not None or line is None or ems(line) > LARGE * body:
        return None
    set_off = line.bold or ems(line) > LARGER * body
    numbered = headings.SECTION.match(region.text) is not None or rank(region.text) is not None
    return None if set_off and numbered else (line.bold, *headings.look_of(line, region.text))


def _heads(number: Region, name: Region) -> bool:
    """Whether *number* is that of a part, and *name*, which follows it, may be that part's."""
    if number.type not in {"title", "text"}:
        return False
    size, white = max(map(ems, name.lines)), name.box.top - number.box.bottom
    named = number.type == "title" and is_bare(number.text) and rank(name.text) is None
    return (
        ((named and not name.text[:1].isdecimal()) or is_bare(f"{number.text} {name.text}"))  # "Chapter" above "One"
        and size > NO_SMALLER * max(map(ems, number.lines))
        and 0 < white < ABOVE_NAME * size
    )


def _goes_on_below(listed: Sequence[Paragraph], parts: Sequence[Region | Draft], index: int, em: float) -> bool:
    """
    Whether the part at *index* is a further paragraph of the last item *listed*: it begins where that one's text does.

    That tells where the next item follows.
    """
    part, before = parts[index], parts[index - 1]
    if not isinstance(part, Draft) or not begins_text(listed[-1].lines, left := part.paragraph.box.left, em):
        return False
    if not (isinstance(before, Draft) and 0 < part.paragraph.box.top - before.paragraph.box.bottom < MORE * em):
        return False
    for following in parts[index + 1 : index + 4]:
        if not isinstance(following, Draft):
            break
        first = following.paragraph.lines[0]
        if (mark := marker(first.text)) is not None:
            return any(follows(mark, marker(each.lines[0].text) or "") for each in listed) or mark in BULLETS
        if abs(first.box.left - left) > SET_IN * em:
            break
    return False


def _with_names(parts: Sequence[Region | Draft]) -> list[Region | Draft]:
    """Return *parts*, the number of a part of a law or a report joined with the name that stands below it."""
    out: list[Region | Draft] = []
    for part in parts:
        before = out[-1] if out else None
        if isinstance(before, Draft) and isinstance(part, Draft) and _names(before.paragraph, part.paragraph):
            number, name = before.paragraph, part.paragraph
            box = union([number.box, name.box])
            joined = Paragraph((*number.lines, *name.lines), box, number.above, name.below, number.column)
            out[-1] = Draft(joined, before.usual)
        else:
            out.append(part)
    return out


def _names(number: Paragraph, name: Paragraph) -> bool:
    """Whether *name*, right below the *number* of a part and set as it is, is the name of that part."""
    first, last, said = number.lines[-1], name.lines[-1], sum(map(length, name.lines))
    size = ems(first)
    return (
        len(number.lines) == 1
        and is_bare(first.text)
        and len(name.lines) <= NAME_LINES
        and said < NAME
        and rank(name.lines[0].text) is None
        and marker(name.lines[0].text) is None
        and not ends_in_stop(last)
        and name.above < NAME_BELOW * size
        and all(line.bold == first.bold and abs(ems(line) - size) < 0.1 * size for line in name.lines)
        and (abs(name.box.left - number.box.left) < 0.3 * size or abs(name.box.middle - number.box.middle) < 0.6 * size)
    )


def _goes_on_in(before: Region, paragraph: Paragraph, styled: bool) -> bool:
    """Whether *paragraph* is more of the heading *before* it, after a break or in another type, as options are."""
    if before.type != "title" or before.level is not None:
        return False
    last, first = before.lines[-1], paragraph.lines[0]
    size, set_in = ems(first), paragraph.box.left - before.box.left
    alike = last.bold == first.bold and (bool(first.bold) or abs(ems(last) - size) < 0.1 * size)
    if alike and first.text[:1].islower() and before.box.shift(paragraph.box) < SET_IN * size:
        return paragraph.above < LOOSE * size
    return styled and paragraph.above < WRAPPED * size and not SET_IN * size < set_in < before.box.width


def _underlined(box: Box, level: Sequence[Box], em: float) -> bool:
    """Whether a ruling wider than *box*, of those that are *level*, runs right below it."""
    return any(
        -0.3 * em < ruling.top - box.bottom < 1.2 * em and ruling.left < box.left + em and ruling.right > box.right + em
        for ruling in level
    )


def _goes_on(parts: Sequence[Region | Draft], index: int) -> bool:
    """Whether the part after this one begins with a small letter."""
    following = parts[index + 1] if index + 1 < len(parts) else None
    return isinstance(following, Draft) and following.paragraph.lines[0].text[:1].islower()


def _size_after(parts: Sequence[Region | Draft], letters: Sequence[int], index: int) -> float | None:
    """Size of the next running text within a few parts, None where a table or a picture comes first."""
    for part, chars in zip(parts[index + 1 : index + 4], letters[index + 1 : index + 4], strict=True):
        if isinstance(part, Region):
            return None
        if chars >= RUNNING:
            return sum(ems(line) * length(line) for line in part.paragraph.lines) / chars
    return None


def levelled(regions: Sequence[Region], em: float, known: TypeSizes | None) -> list[Region]:
    """Return *regions* with a level for each title that has none."""
    titles = [region for region in regions if region.type == "title" and not region.level]
    sizes = [(max(map(ems, region.lines)), region.text) for region in titles]
    body, larger = (known.body, known.headings) if known else (em, ())
    looks = [headings.look_of(region.lines[-1], region.text) for region in titles]
    found = iter(headings.levels(sizes, body, larger, looks=looks, ordered=known.styles.looks if known else ()))
    return [
        evolve(region, level=region.level or next(found)) if region.type == "title" else region for region in regions
    ]
