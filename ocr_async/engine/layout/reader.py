"""Puts the steps of reading a page together; `read` is what `layout` offers."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from ..page import Box, Line, Picture, Region, Sheet
from ..whole_document import ALONE, Running
from . import headings, tagged
from .columns.beside import Piece, pieces_of
from .columns.blocks import ordered, parted_at
from .columns.justified import levels_of, whole
from .columns.narrow import regrouped
from .columns.order import columns
from .columns.torn import mended
from .figures import figures, labels, with_bars
from .flow import paragraphs
from .initials import with_initials
from .join import right_to_left
from .kinds import Draft, classified, levelled
from .line_numbers import without_line_numbers
from .listings import listings, may_have_listings, numbered, wide_listings
from .lone_marks import attached, with_circles, with_numbers
from .measure import are_stacked, body_size, recognised, without
from .mirror import from_right, in_mirror
from .notes import footnotes, notes_beside, references, ruled_foot, with_notes
from .running_heads import outer
from .starts import parted
from .tables.aligned import aligned, side_by_side
from .tables.drawn.combs import with_combs
from .tables.drawn.tables import drawn
from .tables.fill_in import Field, captioned, fields, lines_to_write_on, with_blanks, with_choices
from .tables.headed import headed
from .tables.leaders import reaching, with_whole_leaders
from .tables.price_lists import priced
from .tables.standing import laid_down
from .tables.turned import with_turned_heads
from .texts import asides, running_head, text_region
from .vertical import with_columns


__all__ = ["read"]

DASHES = frozenset("-—")
BLEED = 0.01  # of the page's width: a figure keeps its distance from the edge
TURNED = 20.0  # degrees: a line that leans more is no part of the running text


def read(sheet: Sheet, running: Running = ALONE) -> tuple[Region, ...]:
    """
    Return the regions of *sheet* in reading order.

    Args:
        running: What `layout.running` found to repeat over the pages of the document.
    """
    if any(line.vertical for line in sheet.lines):
        return with_columns(sheet, lambda part: read(part, running))
    if right_to_left(sheet.lines):
        return in_mirror(sheet, lambda seen: _read(seen, running))
    regions = _read(sheet, running)
    return regions if sheet.tags else tuple(map(from_right, regions))  # tags are in the order of reading


def _read(sheet: Sheet, running: Running) -> tuple[Region, ...]:
    """Return the regions of *sheet*, whose lines run from the left."""
    # a file may have them in any order
    every = sorted(sheet.lines, key=lambda line: (line.box.bottom, line.box.left))
    every = [line for line in every if line.text.strip()]
    level = [line for line in every if abs(line.angle) < TURNED]
    turned = [line for line in every if abs(line.angle) >= TURNED]
    # recognition tells of no other line how it leans
    stamped = [line for line in level if line.angle and recognised(line)]
    level, rulings = with_combs(without(level, stamped), sheet.rulings, body_size(level))
    level = (
        mended(with_whole_leaders(_without_dirt(level)))
        if sheet.source == "ocr"
        else _whole_lines(with_initials(with_circles(level)))
    )
    em = body_size(level)
    sheet = evolve(sheet, rulings=headings.without_underlines(rulings, level))

    level = without_line_numbers(level)
    head, foot = outer(level, sheet, running)
    level = without(level, [*head, *foot])

    bars = with_bars(sheet.rulings, level, em)
    pictures = figures(sheet, em, bars)
    # Pictures that were guessed from ink hold no rulings, nor do charts: their lettering is no table's.
    none = [each.box for each in pictures] if sheet.source == "ocr" else bars
    if none:
        kept = (ruling for ruling in sheet.rulings if not any(ruling.box.share(box) > 0.9 for box in none))
        sheet = evolve(sheet, rulings=tuple(kept))
    pictures, grounds = _grounds(sheet, pictures, [*level, *turned], em)
    if (told := tagged.regions(sheet, level)) is not None:
        # Tags name a figure's text, if anything of it, but not where the figure stands.
        tables = [region for region in told[0] if region.type == "table"]
        shown, outside, turned = _shown(pictures, tables, level, turned, em)
        named, strays = (tagged.regions(sheet, outside) if shown else None) or told
        body = _with_strays(named, strays, shown, em)
        body, turned = with_turned_heads(_with_grounds(body, grounds, em), turned)
        aside = asides([*turned, *stamped])
        return (*running_head(head, "header"), *body, *aside, *running_head(foot, "footer"))

    regions, turned = _with_standing_heads(sheet, level, turned, pictures, em)
    return (
        *running_head(head, "header"),
        *_with_grounds(regions, grounds, em),
        *asides([*turned, *stamped]),
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
    if typed:
        level = numbered(level)
    level = with_numbers(level, em)
    heads = headings.marked(level, sheet.outline, em)
    named = [line for head in heads for line in head.lines]
    level = without(level, named)
    foot, level = ruled_foot(level, sheet.rulings, em)
    places = lines_to_write_on(sheet.rulings, em)
    level = with_blanks(level, places, em)
    signed = captioned(level, places, em)
    on_lines = [line for field in signed for line in field.lines]
    level = without(level, on_lines)
    if sheet.source == "ocr":
        shown, level, turned = _shown(pictures, [], level, turned, em)
        tables, level = drawn(level, sheet.rulings, em, page)
    else:
        tables, level = drawn(level, sheet.rulings, em, page, listings=typed)
        shown, level, turned = _shown(pictures, tables, level, turned, em)
    open_tables, level = headed(level, sheet.rulings, em)
    beside, level = side_by_side(level, sheet.rulings, em)
    tables = [*tables, *open_tables, *beside]
    level = with_choices(reaching(priced(attached(level, em), em)), em)
    level.extend(named)
    blank = [*signed, *fields(level, places, sheet.rulings, em)]
    level.extend(on_lines)
    if typed:  # but no listing is filled in
        plain = {id(line): evolve(line, mono=False) for field in blank for line in field.value}
        level = [plain.get(id(line), line) for line in level]
        blank = [evolve(field, value=tuple(plain[id(line)] for line in field.value)) for field in blank]
    notes, level = notes_beside(level, sheet.rulings, sheet.panels, em)
    exact = sheet.source == "text"
    out: list[Region | Draft] = []
    if typed:
        text = [line for line in level if not line.mono]
        told = [wide_listings(band, text, em) for band in _bands(without(level, named), [*shown, *tables, *heads])]
        level = [*(line for _, rest in told for line in rest), *named]
        shown = [*shown, *(listing for found, _ in told for listing in found)]
    sections = columns(
        pieces_of(level, [*tables, *shown]),
        em,
        rulings=sheet.rulings,
        grounds=sheet.panels,
    )
    for section in headings.placed(sections, heads):
        out.extend(_section(section, em, typed, blank))
    regions = classified(out, em, exact, sheet.rulings, sheet.sizes)
    regions = headings.without_authors(regions, sheet.sizes.body if sheet.sizes else em)
    regions = footnotes(references(regions), sheet.rulings, em, sheet.height)
    return with_notes(levelled(regions, em, sheet.sizes), [*notes, *foot], em), turned


def _whole_lines(lines: Sequence[Line]) -> list[Line]:
    """Return the *lines* of a text layer as they were printed, which the parser joined and tore by gaps alone."""
    if are_stacked(lines) or len(levels_of(lines)) == len(lines):  # none was torn
        return parted(lines)
    in_columns, others = regrouped(lines)
    return [*in_columns, *parted(whole(others))]


def _grounds(
    sheet: Sheet, pictures: Sequence[Picture], lines: list[Line], em: float
) -> tuple[list[Picture], list[Region]]:
    """
    Return the *pictures* that nothing is printed on, and those that others are printed over.

    Text of a text layer is no part of a raster: what stands over one is printed on a decoration, and stays text. So is
    a drawing that reaches the edge of the page, such as the head of a first page.
    """
    if sheet.source != "text":
        return list(pictures), []
    edge = BLEED * min(sheet.width, sheet.height)
    under = [
        picture
        for picture in pictures
        if (
            any(line.box.share(picture.box) > 0.6 for line in lines)
            if picture.certain
            else _reaches_edge(picture.box, sheet, edge) and labels(picture.box, lines, em)
        )
    ]
    shown = [Region(type="image", box=picture.box, picture=picture) for picture in under]
    return [picture for picture in pictures if picture not in under], shown


def _with_grounds(regions: Sequence[Region], grounds: Sequence[Region], em: float) -> list[Region]:
    """Put *grounds* where they begin, without what turned out to be the rules of a table."""
    tables = [region.box for region in regions if region.type == "table"]
    shown = [
        ground
        for ground in grounds
        if (ground.picture and ground.picture.certain) or not any(_overlap(ground.box, table) for table in tables)
    ]
    return _with_strays(regions, [], shown, em)


def _overlap(one: Box, other: Box) -> bool:
    return one.share(other) > 0.5 or other.share(one) > 0.5


def _reaches_edge(box: Box, sheet: Sheet, edge: float) -> bool:
    return box.left < edge or box.top < edge or box.right > sheet.width - edge or box.bottom > sheet.height - edge


def _with_strays(regions: Sequence[Region], strays: Sequence[Line], shown: Sequence[Region], em: float) -> list[Region]:
    """Put lines that no tag names, and pictures, before the first region that stands below them."""
    out = list(regions)
    texts = (text_region(paragraph.lines, "text") for paragraph in paragraphs(strays, em))
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
        if any(_overlap(box, table.box) for table in tables):
            continue
        # what is printed over a raster made it a ground, and stays text
        inside = [] if picture.certain else labels(box, level, em)
        if inside is None:
            continue
        level = without(level, inside)
        # The names of its axes run up its sides.
        near = Box(box.left - 3 * em, box.top - em, box.right + 3 * em, box.bottom + em)
        turned = without(turned, [line for line in turned if line.box.share(near) > 0.5])
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
        if not any(line.box.is_level_with(box) for box in said)
        or any(
            other is not line and line.box.down(other.box) > 0 and line.box.across(other.box) > -1.5 * line.box.height
            for other in dashes
        )
    ]
    return without(lines, dirt)


def _section(section: Sequence[Piece], em: float, typed: bool, blank: Sequence[Field]) -> list[Region | Draft]:
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
    out: list[Region | Draft] = []
    for index, band in enumerate(_bands(lines, regions)):
        for part, alone in parted_at(band, blank):
            if alone:
                out.append(text_region(part, "text", as_set=True))
                continue
            found, rest = aligned(part, em)
            # Lone dashes on a scan are the empty cells of tables, or dirt.
            rest = [line for line in rest if line.text not in DASHES or not recognised(line)]
            out.extend(_drafts(rest, found, em))
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


def _drafts(lines: list[Line], found: list[Region], em: float) -> list[Region | Draft]:
    out: list[Region | Draft] = []
    found.sort(key=lambda region: region.box.top)
    for index, band in enumerate(_bands(lines, found)):
        typed = bool(band) and all(line.mono for line in band)
        for group in [band] if typed else ordered(band, em):
            parts = paragraphs(group, em)
            gaps = [part.above for part in parts if part.above < 1e5]
            usual = sorted(gaps)[len(gaps) // 3] if gaps else 0.6 * em
            out.extend(Draft(part, usual) for part in parts)
        if index < len(found):
            out.append(found[index])
    return out
