"""
Reads what a digital PDF says itself: its text layer, rulings, pictures, links and tags, as one `Sheet` a page.

liteparse (Rust over PDFium) takes the file apart; `lines` puts its words together, and `layout` finds out what
they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..check_boxes import frames_text, with_check_boxes
from ..page import Box, Link, Picture, Ruling, Sheet
from .char_fonts import CharFonts
from .letters.beyond import with_letters
from .letters.exponents import with_raised
from .letters.lost import with_lost
from .letters.pieces import box_of
from .letters.right_to_left import mostly_from_right
from .letters.typographic import with_signs
from .letters.unknown import with_unknown
from .lines import lines
from .objects import cut_off
from .paths.check_boxes import MOST_DRAWN, Drawn, check_boxes, may_be_of_check_box
from .paths.outlined import outlined
from .paths.vectors import Segment, Shape, bulleted, drawings, off_grounds, panels, rulings
from .structure import cells_of, parted, tags
from .unseen.pale import without_hidden, without_unseen


if TYPE_CHECKING:
    import pypdfium2


__all__ = ["parser", "sheet"]

ON = 0.5  # of a line, or a shape: it stands on a drawing
FRAME = 4.0  # times the area of a box to tick: its frame, which may be drawn larger, is not
SAME = 3.0  # points: by how much what two libraries tell of one shape may differ


def parser(*, password: str | None = None, pages: Sequence[int] | None = None) -> Any:
    """
    Return a liteparse parser set for `sheet`.

    Args:
        pages: Indexes from 0; None reads all.
    """
    from liteparse._liteparse import LiteParse  # type: ignore[import-not-found, unused-ignore]

    options: dict[str, Any] = {"password": password} if password is not None else {}
    if pages is not None:
        options["target_pages"] = ",".join(str(page + 1) for page in pages)
    return LiteParse(
        ocr_enabled=False,  # its OCR fetches models from the network
        quiet=True,
        num_workers=1,
        emit_word_boxes=True,
        extract_text_metadata=True,
        extract_vector_graphics=True,
        extract_structure_tree=True,
        extract_annotations=True,
        extract_images=False,
        output_format="json",
        max_pages=1_000_000_000,
        crop_box=(-1.0,) * 4,  # a letter further out than a page's size would make its rows gigabytes of spaces
        **options,
    )


def sheet(page: Any, pictures: Sequence[Picture], fonts: CharFonts) -> Sheet:
    """
    Return one of the pages that a liteparse `parser` returned, of 72 dots an inch.

    Args:
        pictures: Its raster images, in points from the top left.
    """
    width, height = float(page.width), float(page.height)
    graphics = page.vector_graphics
    segments = [(line.x1, line.y1, line.x2, line.y2, line.stroke_width or 0.5) for line in graphics.lines]
    fields = fonts.fields
    shapes, filled, squares = _shapes(graphics.shapes, [field.box for field in fields])
    items = with_unknown(with_lost(without_hidden(page.text_items, fonts), fonts), fonts)
    items = with_raised(without_unseen(items, graphics.shapes, pictures, fonts), fonts)
    if fonts.has_beyond:
        items = with_letters(items, fonts)
    tree = page.structure_tree
    tagged = tags(tree) if tree is not None else ()
    cells = cells_of(tagged)
    if cells:
        items = parted(items, cells, fonts)
    read = tuple(lines(items, fonts, cells))
    drawn = check_boxes(squares, segments, [line.box for line in read])
    drawn = [each for each in drawn if not frames_text(each.box, read)]
    ticks = [*fields, *(each for each in drawn if not any(each.box.share(field.box) > 0 for field in fields))]
    if ticks:  # what they are drawn of is no bullet, and no ruling of a table
        sides = [tick.box for tick in (*fields, *drawn)]
        segments = [segment for segment in segments if not _is_beside_one(segment, sides)]
        shapes = [shape for shape in shapes if not _is_on_one(Box(*shape[:4]), sides)]
    marks = [*shapes, *((box.left, box.top, box.right, box.bottom, True) for box in fonts.shadings)]
    said = with_check_boxes(bulleted(with_signs(read, fonts), marks, from_right=mostly_from_right(read)), ticks)
    ruled = rulings(off_grounds(segments, filled, width * height), shapes)
    lettering = [line.box for line in said]
    grounds = panels(shapes, segments, lettering, width * height)
    charts = drawings(segments, shapes, lettering, width, height, grounds)
    if any(box.share(chart) > ON for box in lettering for chart in charts):
        charts = drawings(segments, _as_cut_off(shapes, fonts.page), lettering, width, height, grounds)
    links = tuple(
        Link(box_of(rect), note.uri) for note in page.annotations or () if note.uri and (rect := note.rect) is not None
    )
    return Sheet(
        width=width,
        height=height,
        lines=said,
        pictures=(*pictures, *(Picture(box, certain=False) for box in charts)),
        rulings=tuple(Ruling(Box(*box)) for box in ruled),
        links=links,
        outlined=outlined(filled, lettering),
        panels=grounds,
        tags=tagged,
    )


def _as_cut_off(shapes: Sequence[Shape], page: pypdfium2.PdfPage) -> list[Shape]:
    """Return *shapes*, those of which a part is cut off as people see them; the parser tells the whole ones."""
    paths: dict[tuple[int, int], list[tuple[Box, Box | None]]] = {}
    for whole, shown in cut_off(page):
        paths.setdefault((int(whole.middle), int(whole.centre)), []).append((whole, shown))
    out: list[Shape] = []
    for left, top, right, bottom, curved in shapes:
        x, y = int((left + right) / 2), int((top + bottom) / 2)
        box: Box | None = Box(left, top, right, bottom)
        for key in itertools.product((x - 1, x, x + 1), (y - 1, y, y + 1)):
            for whole, shown in paths.get(key, ()):
                if max(abs(whole.width - (right - left)), abs(whole.height - (bottom - top))) < SAME:
                    box = shown
        if box is not None:
            out.append((box.left, box.top, box.right, box.bottom, curved))
    return out


def _shapes(told: Sequence[Any], but: Sequence[Box]) -> tuple[list[Shape], list[Shape], list[Drawn]]:
    """Return all shapes that are *told* outside of *but*, those that are filled, and those that may be check boxes."""
    shapes: list[Shape] = []
    filled: list[Shape] = []
    squares: list[Drawn] = []
    few = len(told) <= MOST_DRAWN
    for shape in told:
        box = shape.bbox
        left, top, wide, high, fill = box.x, box.y, box.width, box.height, shape.fill
        corners = left, top, left + wide, top + high, shape.has_curve
        if but and any(_is_of(Box(*corners[:4]), each) for each in but):
            continue
        shapes.append(corners)
        if fill:
            filled.append(corners)
        if few and may_be_of_check_box(wide, high):
            stroke = _colour(shape.stroke_color) if shape.stroke else None
            inside = _colour(shape.fill_color) if fill else None
            squares.append(Drawn(Box(*corners[:4]), stroke, inside, round=shape.has_curve))
    return shapes, filled, squares


def _is_of(shape: Box, box: Box) -> bool:
    """Whether *shape* is the frame of *box*, or what is drawn in it."""
    return shape.share(box) > ON or (box.share(shape) > ON and shape.area < FRAME * box.area)


def _colour(said: str | None) -> int:
    return int(said, 16) if said else 0


def _is_beside_one(segment: Segment, boxes: Sequence[Box]) -> bool:
    """Whether *segment* lies in one of *boxes* or along its sides."""
    x1, y1, x2, y2, _ = segment
    left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    return any(
        box.left - 1 < left and right < box.right + 1 and box.top - 1 < top and bottom < box.bottom + 1 for box in boxes
    )


def _is_on_one(shape: Box, boxes: Sequence[Box]) -> bool:
    return any(shape.share(box) > ON for box in boxes)
