"""Puts the steps of reading a page together; `read` is what `layout` offers."""

from __future__ import annotations

from collections.abc import Sequence

from ..page import Box, Line, Picture, Region, Ruling, Sheet, TypeSizes, union
from . import headings, tagged
from .columns.beside import Piece, pieces_of
from .columns.blocks import ordered, parted_at
from .columns.justified import levels_of, whole
from .columns.narrow import regrouped
from .columns.order import columns
from .figures import figures, labels
from .flow import Paragraph, paragraphs
from .join import right_to_left
from .listings import is_code, listings, may_have_listings, wide_listings
from .lists import attached, items_of, marker
from .measure import body_size, ems, length, recognised
from .notes import footnotes, notes_beside, references, ruled_foot, with_notes
from .running_heads import outer
from .starts import parted
from .tables.aligned import aligned
from .tables.drawn import drawn
from .tables.fill_in import Field, fields, with_blanks, with_choices
from .tables.price_lists import priced
from .tables.standing import laid_down
from .tables.turned import with_turned_heads
from .texts import asides, captioned, code_region, confidence_of, kind_of, running_head, text_region


__all__ = ["read"]

DASHES = frozenset("-—")
RUNNING = 60  # letters: less may be a heading, a label, a cell
SET_IN = 0.7  # times the size: a heading of the next level
LOOSE = 0.7  # times the size: white above a line of a heading that begins in the middle of its sentence
WRAPPED = 0.35  # times the size: white between two lines of a heading
TURNED = 20.0  # degrees: a line that leans more is no part of the running text


def read(sheet: Sheet, running: frozenset[str] = frozenset()) -> tuple[Region, ...]:
    """
    Return the regions of *sheet* in reading order.

    Args:
        running: What `layout.running` found to repeat over the pages of the document.
    """
    level = [line for line in sheet.lines if abs(line.angle) < TURNED and line.text.strip()]
    level = _without_dirt(level) if sheet.source == "ocr" else _whole_lines(level)
    turned = [line for line in sheet.lines if abs(line.angle) >= TURNED and line.text.strip()]
    em = body_size(level)

    head, foot = outer(level, sheet, running)
    level = _without(level, [*head, *foot])

    pictures = figures(sheet, em)
    pictures, grounds = _grounds(sheet, pictures, [*level, *turned])
    if (told := tagged.regions(sheet, level)) is not None:
        # Tags name a figure's text, if anything of it, but not where the figure stands.
        tables = [region for region in told[0] if region.type == "table"]
        shown, outside, turned = _shown(pictures, tables, level, turned, em)
        named, strays = (tagged.regions(sheet, outside) if shown else None) or told
        body = _with_strays(named, strays, shown, em, right_to_left(level))
        body, turned = with_turned_heads(_with_strays(body, [], grounds, em, False), turned)
        return (*running_head(head, "header"), *body, *asides(turned), *running_head(foot, "footer"))

    regions, turned = _with_standing_heads(sheet, level, turned, pictures, em)
    return (
        *running_head(head, "header"),
        *_with_strays(regions, [], grounds, em, right_to_left(level)),
        *asides(turned),
        *running_head(foot, "footer"),
    )


def _with_standing_heads(
    sheet: Sheet, level: list[Line], turned: list[Line], pictures: Sequence[Picture], em: float
) -> tuple[list[Region], list[Line]]:
    """Return the regions of *sheet*, heads that are written upwards in their tables, and the turned lines outside."""
    if (laid := laid_down(level, turned)) is not None:
        regions, rest = _untagged(sheet, laid.lines, laid.turned, pictures, em)
        if laid.whole(regions):
            return [laid.back(region) for region in regions], rest
    regions, turned = _untagged(sheet, level, turned, pictures, em)
    return with_turned_heads(regions, turned)


def _untagged(
    sheet: Sheet, level: list[Line], turned: list[Line], pictures: Sequence[Picture], em: float
) -> tuple[list[Region], list[Line]]:
    """Return the regions that no tags name, in their order, and the turned lines that no picture holds."""
    page = Box(0.0, 0.0, sheet.width, sheet.height)
    typed = may_have_listings(sheet)
    heads = headings.marked(level, sheet.outline, em)
    named = [line for head in heads for line in head.lines]
    level = _without(level, named)
    foot, level = ruled_foot(level, sheet.rulings, em)
    if sheet.source == "ocr":
        # Pictures that were guessed from ink hold no rulings: their lettering must not be taken for a table's.
        ruled = [ruling for ruling in sheet.rulings if not any(ruling.box.share(each.box) > 0.9 for each in pictures)]
        shown, level, turned = _shown(pictures, [], level, turned, em)
        tables, level = drawn(level, ruled, em, page)
    else:
        tables, level = drawn(level, sheet.rulings, em, page, listings=typed)
        shown, level, turned = _shown(pictures, tables, level, turned, em)
    level = with_choices(with_blanks(priced(attached(level, em), em), sheet.rulings, em), em)
    level.extend(named)
    blank = fields(level, sheet.rulings, em)
    notes, level = notes_beside(level, sheet.rulings, em)
    from_right = right_to_left(level)
    exact = sheet.source == "text"
    out: list[Region | _Draft] = []
    if typed:
        text = [line for line in level if not line.mono]
        told = [wide_listings(band, text, em) for band in _bands(_without(level, named), [*shown, *tables, *heads])]
        level = [*(line for _, rest in told for line in rest), *named]
        shown = [*shown, *(listing for found, _ in told for listing in found)]
    pieces = pieces_of(level, [*tables, *shown])
    sections = columns(pieces, em, right_to_left=from_right, rulings=sheet.rulings)
    for section in headings.placed(sections, heads):
        out.extend(_section(section, em, from_right, typed, blank))
    regions = _classified(out, em, exact, sheet.rulings, sheet.sizes)
    regions = captioned(headings.without_authors(regions, em), em)
    regions = footnotes(references(regions), sheet.rulings, em, sheet.height)
    return with_notes(_levelled(regions, em, sheet.sizes), [*notes, *foot], em), turned


def _whole_lines(lines: Sequence[Line]) -> list[Line]:
    """Return the *lines* of a text layer as they were printed, which the parser joined and tore by gaps alone."""
    if len(levels_of(lines)) == len(lines):  # none was torn
        return parted(lines)
    in_columns, others = regrouped(lines)
    return [*in_columns, *parted(whole(others))]


def _grounds(sheet: Sheet, pictures: Sequence[Picture], lines: Sequence[Line]) -> tuple[list[Picture], list[Region]]:
    """
    Return the *pictures* that nothing is printed on, and those that others are printed over.

    Text of a text layer is no part of a raster: what stands over one is printed on a decoration, and stays text.
    """
    if sheet.source != "text":
        return list(pictures), []
    under = [
        picture for picture in pictures if picture.certain and any(line.box.share(picture.box) > 0.6 for line in lines)
    ]
    shown = [Region(type="image", box=picture.box, picture=picture) for picture in under]
    return [picture for picture in pictures if picture not in under], shown


def _with_strays(
    regions: Sequence[Region], strays: Sequence[Line], shown: Sequence[Region], em: float, from_right: bool
) -> list[Region]:
    """Put lines that no tag names, and pictures, before the first region that stands below them."""
    out = list(regions)
    texts = (text_region(paragraph.lines, "text") for paragraph in paragraphs(strays, em, right_to_left=from_right))
    for stray in (*texts, *shown):
        edge = stray.box.bottom - em
        place = next((index for index, region in enumerate(out) if region.box.top >= edge), len(out))
        out.insert(place, stray)
    return out


def _shown(
    pictures: Sequence[Picture], tables: Sequence[Region], level: list[Line], turned: list[Line], em: float
) -> tuple[list[Region], list[Line], list[Line]]:
    """The pictures that are figures, and the level and turned lines that do not belong to them."""
    out: list[Region] = []
    for picture in pictures:
        box = picture.box
        if any(box.share(table.box) > 0.5 or table.box.share(box) > 0.5 for table in tables):
            continue
        inside = labels(picture, level, em)
        if inside is None:
            continue
        level = _without(level, inside)
        # The names of its axes run up its sides.
        near = Box(box.left - 3 * em, box.top - em, box.right + 3 * em, box.bottom + em)
        turned = _without(turned, [line for line in turned if line.box.share(near) > 0.5])
        out.append(Region(type="image", box=box, lines=tuple(inside), picture=picture))
    return out, level, turned


def _without_dirt(lines: list[Line]) -> list[Line]:
    """*lines* without lone dashes that cannot be empty cells: alone in their row, or pieces of a dashed rule."""
    dashes = [line for line in lines if line.text in DASHES and recognised(line)]
    if not dashes:
        return lines
    said = [line.box for line in lines if line.text not in DASHES]
    dirt = [
        line
        for line in dashes
        if not any(line.box.down(box) > 0.5 * min(line.box.height, box.height) for box in said)
        or any(
            other is not line and line.box.down(other.box) > 0 and line.box.across(other.box) > -1.5 * line.box.height
            for other in dashes
        )
    ]
    return _without(lines, dirt)


def _without(lines: Sequence[Line], taken: Sequence[Line]) -> list[Line]:
    gone = set(map(id, taken))
    return [line for line in lines if id(line) not in gone]


class _Draft:
    """A paragraph before it is known what it is."""

    __slots__ = ("bold_body", "paragraph", "usual")

    def __init__(self, paragraph: Paragraph, usual: float) -> None:
        self.paragraph = paragraph
        self.usual = usual


def _section(
    section: Sequence[Piece], em: float, from_right: bool, typed: bool, blank: Sequence[Field]
) -> list[Region | _Draft]:
    """Tables, pictures, listings and paragraphs of one column from the top down."""
    lines = [piece.thing for piece in section if isinstance(piece.thing, Line)]
    regions = [piece.thing for piece in section if isinstance(piece.thing, Region)]
    # Regions part the column: neither a listing nor a table may hold lines above and below a picture, or a heading.
    regions.sort(key=lambda region: region.box.top)
    if typed:
        told = [listings(band, em) for band in _bands(lines, regions)]
        lines = [line for _, rest in told for line in rest]
        regions.extend(listing for code, _ in told for listing in code)
        regions.sort(key=lambda region: region.box.top)
    out: list[Region | _Draft] = []
    for index, band in enumerate(_bands(lines, regions)):
        for part, alone in parted_at(band, blank):
            if alone:
                out.append(text_region(part, "text"))
                continue
            found, rest = aligned(part, em)
            # Lone dashes on a scan are the empty cells of tables, or dirt.
            rest = [line for line in rest if line.text not in DASHES or not recognised(line)]
            out.extend(_drafts(rest, found, em, from_right))
        if index < len(regions):
            out.append(regions[index])
    return out


def _bands(lines: list[Line], regions: Sequence[Region]) -> list[list[Line]]:
    """*lines* above, between and below *regions*, which come from the top down."""
    if not regions:
        return [lines]
    bands: list[list[Line]] = [[] for _ in range(len(regions) + 1)]
    for line in lines:
        centre = line.box.centre
        bands[sum(1 for region in regions if region.box.centre < centre)].append(line)
    return bands


def _drafts(lines: list[Line], found: list[Region], em: float, from_right: bool) -> list[Region | _Draft]:
    out: list[Region | _Draft] = []
    found.sort(key=lambda region: region.box.top)
    for index, band in enumerate(_bands(lines, found)):
        typed = bool(band) and all(line.mono for line in band)
        for group in [band] if typed else ordered(band, em, right_to_left=from_right):
            parts = paragraphs(group, em, right_to_left=from_right)
            gaps = [part.above for part in parts if part.above < 1e5]
            usual = sorted(gaps)[len(gaps) // 3] if gaps else 0.6 * em
            out.extend(_Draft(part, usual) for part in parts)
        if index < len(found):
            out.append(found[index])
    return out


ENOUGH = 100  # letters, from which the size of the running text can be told


def _classified(
    parts: Sequence[Region | _Draft], em: float, exact: bool, rulings: Sequence[Ruling], known: TypeSizes | None
) -> list[Region]:
    texts = [part.paragraph for part in parts if isinstance(part, _Draft)]
    chars = sum(length(line) for text in texts for line in text.lines) or 1
    bold_body = sum(length(line) for text in texts for line in text.lines if line.bold) > 0.5 * chars
    # The letters of a table, which may be most of a page's, are often smaller than those of its text.
    body = max(em, body_size(line for text in texts for line in text.lines)) if exact and chars > ENOUGH else em
    if known and chars <= ENOUGH:  # a cover, a chapter's title
        body = known.body
    out: list[Region] = []
    listed: list[Paragraph] = []

    def close() -> None:
        if len(listed) == 1 and (marker(listed[0].lines[0].text) or "")[-1:] in ".)":
            out.append(text_region(listed.pop().lines, "text"))
        elif listed:
            lines = tuple(line for paragraph in listed for line in paragraph.lines)
            out.append(
                Region(
                    type="list",
                    box=union([paragraph.box for paragraph in listed]),
                    items=items_of([paragraph.lines for paragraph in listed], em),
                    lines=lines,
                    confidence=confidence_of(lines),
                )
            )
            listed.clear()

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
        if is_code(lines) and not styled:
            close()
            if out and out[-1].type == "code" and paragraph.above < 2.5 * em:
                lines = (*out.pop().lines, *lines)
            out.append(code_region(lines))
            continue
        after = _size_after(parts, index)
        score = headings.likelihood(
            paragraph,
            body,
            part.usual,
            after=after,
            goes_on=_goes_on(parts, index),
            followed=_followed(parts, index),
            underlined=_underlined(paragraph.box, rulings, em),
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
        if marker(lines[0].text) is not None:
            listed.append(paragraph)
            continue
        close()
        out.append(text_region(lines, kind_of(lines), right=paragraph.column[1]))
    close()
    return out


def _goes_on_in(before: Region, paragraph: Paragraph, styled: bool) -> bool:
    """
    Whether *paragraph* is more of the heading *before* it, in another type, such as the name of an option.

    Args:
        styled: Whether the document sets its headings so.
    """
    first = paragraph.lines[0]
    size, set_in = ems(first), paragraph.box.left - before.box.left
    if before.type != "title" or before.level is not None or SET_IN * size < set_in < before.box.width:
        return False
    reads_on = first.text[:1].islower() and abs(set_in) < SET_IN * size and bool(before.lines[-1].bold and first.bold)
    return (reads_on and paragraph.above < LOOSE * size) or (styled and paragraph.above < WRAPPED * size)


def _underlined(box: Box, rulings: Sequence[Ruling], em: float) -> bool:
    """Whether a ruling wider than *box* runs right below it."""
    return any(
        ruling.horizontal
        and -0.3 * em < ruling.box.top - box.bottom < 1.2 * em
        and ruling.box.left < box.left + em
        and ruling.box.right > box.right + em
        for ruling in rulings
    )


def _goes_on(parts: Sequence[Region | _Draft], index: int) -> bool:
    """Whether the part after this one begins with a small letter."""
    following = parts[index + 1] if index + 1 < len(parts) else None
    return isinstance(following, _Draft) and following.paragraph.lines[0].text[:1].islower()


def _followed(parts: Sequence[Region | _Draft], index: int) -> bool:
    """Whether the part after this one is a paragraph of running text."""
    following = parts[index + 1] if index + 1 < len(parts) else None
    if not isinstance(following, _Draft):
        return False
    lines = following.paragraph.lines
    return marker(lines[0].text) is None and sum(map(length, lines)) >= RUNNING


def _size_after(parts: Sequence[Region | _Draft], index: int) -> float | None:
    """Size of the next running text within a few parts, None where a table or a picture comes first."""
    for part in parts[index + 1 : index + 4]:
        if isinstance(part, Region):
            return None
        chars = sum(map(length, part.paragraph.lines))
        if chars >= RUNNING:
            return sum(ems(line) * length(line) for line in part.paragraph.lines) / chars
    return None


def _levelled(regions: Sequence[Region], em: float, known: TypeSizes | None) -> list[Region]:
    titles = [region for region in regions if region.type == "title" and not region.level]
    sizes = [(max(map(ems, region.lines)), region.text) for region in titles]
    body, larger = (known.body, known.headings) if known else (em, ())
    found = iter(headings.levels(sizes, body, larger))
    return [
        Region(
            type="title",
            box=region.box,
            text=region.text,
            level=region.level or next(found),
            lines=region.lines,
            confidence=region.confidence,
        )
        if region.type == "title"
        else region
        for region in regions
    ]
