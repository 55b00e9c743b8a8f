"""
Reads what a digital PDF says itself: its text layer, rulings, pictures, links and tags, as one `Sheet` a page.

liteparse (Rust over PDFium) takes the file apart; what it reports as runs of words is put together to lines here,
and `layout` finds out what they are. Its own objects are read directly: wrapping them in Python first costs as much
time again as all that is done here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from .page import Box, Line, Link, Picture, Ruling, Sheet, Tag, Word, union
from .vectors import drawings, rulings


__all__ = ["parser", "sheets"]

BOLD = re.compile(r"bold|black|heavy|semib|demi|-bd|cmbx|cmssbx|nimbus.*medi|[a-z]bl$", re.IGNORECASE)
ITALIC = re.compile(r"ital|obli|cmti|cmmi|-it\b|slanted", re.IGNORECASE)
MONO = re.compile(r"mono|courier|consol|menlo|typewriter|cmtt|sftt|inconsolata|lettergothic|\bcode", re.IGNORECASE)
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
SPACELESS = re.compile("[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
LAM_ALEF = re.compile("(?<=\u0627)([\u0622\u0623\u0625])(\u0644)")  # a ligature taken apart the wrong way round
INVISIBLE = re.compile("[\u00ad\u200b\ufeff\ufffe\uffff\x00-\x08\x0b-\x1f]")
DEEPEST = 60  # levels of a structure tree that are read: a hostile file nests without end

# The words of one line up to a gap of this many times the font size; tables' columns stand further apart, and the
# words of the widest justified lines nearer.
GAP = 1.0
# Runs nearer than this belong to one word: a ligature in another font, a raised index.
JOIN = 0.12


def parser(*, password: str | None = None, pages: Sequence[int] | None = None) -> Any:
    """
    Return a liteparse parser set for `sheets`.

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
        **options,
    )


def sheets(result: Any, pictures: dict[int, list[Picture]] | None = None) -> Iterator[tuple[int, Sheet]]:
    """
    Yield page index and sheet of each page in what a liteparse `parser` returned.

    Args:
        pictures: The raster images of each page, by index, in points from the top left.

    Returns:
        Sheets of 72 dots an inch.
    """
    for page in result.pages:
        index = page.page_num - 1
        yield index, _sheet(page, (pictures or {}).get(index, []))


def _sheet(page: Any, pictures: list[Picture]) -> Sheet:
    width, height = float(page.width), float(page.height)
    graphics = page.vector_graphics
    segments = [(line.x1, line.y1, line.x2, line.y2, line.stroke_width or 0.5) for line in graphics.lines]
    shapes = [
        (box.x, box.y, box.x + box.width, box.y + box.height, shape.has_curve)
        for shape in graphics.shapes
        for box in (shape.bbox,)
    ]
    lines = tuple(_lines(page.text_items))
    drawn = rulings(segments, shapes)
    boxes = [line.box for line in lines]
    charts = drawings(segments, shapes, boxes, width, height)
    links = tuple(
        Link(Box(rect.x, rect.y, rect.x + rect.width, rect.y + rect.height), note.uri)
        for note in page.annotations or ()
        if note.uri and (rect := note.rect) is not None
    )
    tree = page.structure_tree
    return Sheet(
        width=width,
        height=height,
        lines=lines,
        pictures=(*pictures, *(Picture(box, certain=False) for box in charts)),
        rulings=tuple(Ruling(Box(*box)) for box in drawn),
        links=links,
        tags=tuple(_tag(root, DEEPEST) for root in tree.roots) if tree is not None else (),
    )


def _tag(element: Any, depth: int) -> Tag:
    spans = {"RowSpan": 1, "ColSpan": 1}
    for attribute in element.attributes:
        if attribute.name in spans and attribute.number_value:
            spans[attribute.name] = max(1, min(1000, int(attribute.number_value)))
    return Tag(
        role=element.element_type,
        marks=tuple(element.marked_content_ids),
        children=tuple(_tag(child, depth - 1) for child in element.children) if depth else (),
        alternate=element.alt_text or element.actual_text or None,
        row_span=spans["RowSpan"],
        column_span=spans["ColSpan"],
    )


class _Run:
    """Words of one font that stand side by side; grows to a line."""

    __slots__ = ("angle", "bottom", "left", "parts", "right", "size", "top")

    def __init__(self, left: float, top: float, right: float, bottom: float, size: float, angle: float) -> None:
        self.left, self.top, self.right, self.bottom = left, top, right, bottom
        self.size = size
        self.angle = angle
        # words with the item (font, weight, mark) that each came from, and whether a space goes before
        self.parts: list[tuple[Any, Any, bool]] = []


def _lines(items: Sequence[Any]) -> Iterator[Line]:
    level: list[_Run] = []
    seen: set[tuple[str, int, int]] = set()
    for item in items:
        words = item.words
        if not words or not item.text.strip():
            continue
        # Fake bold and drop shadows print a run twice in (nearly) the same place.
        key = (item.text, round(item.x), round(item.y))
        if key in seen and len(item.text) > 1:
            continue
        seen.add(key)
        angle = float(item.rotation or 0.0) % 360
        if 2 < angle < 358:
            yield _turned(item, words, angle)
        else:
            level.extend(_runs(item, words))
    for run in _joined(level):
        yield _line(run)


def _runs(item: Any, words: Sequence[Any]) -> Iterator[_Run]:
    """Yield the words of *item* in runs without wide gaps between them."""
    size = float(item.font_height or item.height or 1.0)
    run: _Run | None = None
    said, cursor = item.text, 0
    for word in words:
        found = said.find(word.text, cursor)
        spaced = found > cursor and any(map(str.isspace, said[cursor:found]))
        cursor = max(cursor, found + len(word.text))
        left, top = word.x, word.y
        right, bottom = left + word.width, top + word.height
        if run is not None and -2 * size < left - run.right < GAP * size and top < run.bottom and bottom > run.top:
            run.left, run.right = min(run.left, left), max(run.right, right)
            run.top, run.bottom = min(run.top, top), max(run.bottom, bottom)
        else:
            if run is not None:
                yield run
            run = _Run(left, top, right, bottom, size, 0.0)
        run.parts.append((word, item, spaced))
    if run is not None:
        yield run


def _joined(runs: list[_Run]) -> list[_Run]:
    """Put runs together that follow each other on one line."""
    runs.sort(key=lambda run: run.left)
    rows: dict[int, list[_Run]] = {}
    out: list[_Run] = []
    for run in runs:
        centre = (run.top + run.bottom) / 2
        height = run.bottom - run.top
        best: _Run | None = None
        nearest = 1e9
        for row in range(int(centre - 8) >> 3, (int(centre + 8) >> 3) + 1):
            for line in rows.get(row, ()):
                gap = run.left - line.right
                size = max(line.size, run.size)
                if not -0.6 * size < gap < GAP * min(line.size, run.size):
                    continue
                overlap = min(run.bottom, line.bottom) - max(run.top, line.top)
                if overlap < 0.5 * min(height, line.bottom - line.top):
                    continue
                if abs(gap) < nearest:
                    best, nearest = line, abs(gap)
        if best is None:
            out.append(run)
            rows.setdefault(int(centre) >> 3, []).append(run)
        else:
            best.parts.extend(run.parts)
            best.right = max(best.right, run.right)
            # The body of the line decides its height, not a raised index.
            if run.size >= best.size * 0.8:
                best.top, best.bottom = min(best.top, run.top), max(best.bottom, run.bottom)
            best.size = max(best.size, run.size)
    return out


def _line(run: _Run) -> Line:
    parts = run.parts
    texts = [INVISIBLE.sub("", word.text) for word, _, _ in parts]
    from_right = sum(1 for text in texts if RIGHT_TO_LEFT.search(text)) * 2 > len(texts)
    if from_right:
        order = sorted(range(len(parts)), key=lambda index: -(parts[index][0].x + parts[index][0].width))
        parts = [parts[index] for index in order]
        texts = [LAM_ALEF.sub(r"\2\1", texts[index]) for index in order]
    words: list[Word] = []
    pieces: list[str] = []
    bold = italic = mono = total = 0
    sizes: dict[float, int] = {}
    fonts: dict[str, int] = {}
    before: Any = None
    for (word, item, spaced), text in zip(parts, texts, strict=True):
        if not text:
            continue
        left, top, count = word.x, word.y, len(text)
        box = Box(left, top, left + word.width, top + word.height)
        size = float(item.font_height or word.height)
        if words and _glued(words[-1], before, text, box, item, spaced, size, from_right):
            last = words[-1]
            pieces[-1] += text
            words[-1] = Word(last.text + text, union((last.box, box)))
        else:
            pieces.append(text)
            words.append(Word(text, box))
        before = item
        total += count
        name = item.font_name or ""
        sizes[size] = sizes.get(size, 0) + count
        fonts[name] = fonts.get(name, 0) + count
        if (item.font_weight or 0) >= 600 or BOLD.search(name):
            bold += count
        if ITALIC.search(name):
            italic += count
        if MONO.search(name):
            mono += count
    return Line(
        text=" ".join(pieces),
        box=Box(run.left, run.top, run.right, run.bottom),
        words=tuple(words),
        size=max(sizes, key=lambda size: sizes[size], default=run.size),
        bold=bold * 2 > total,
        italic=italic * 2 > total,
        mono=mono * 2 > total,
        font=max(fonts, key=lambda font: fonts[font], default=None),
        marks=tuple(dict.fromkeys(item.mcid for _, item, _ in parts if item.mcid is not None)),
    )


def _glued(
    last: Word, before: Any, text: str, box: Box, item: Any, spaced: bool, size: float, from_right: bool
) -> bool:
    """Whether *text* goes on with the *last* word rather than beginning one of its own."""
    gap = last.box.left - box.right if from_right else box.left - last.box.right
    if SPACELESS.match(text) and SPACELESS.match(last.text[-1]):
        return abs(gap) < 0.5 * size
    if item is before:
        # In right-to-left text the parser's order of words says nothing about spaces.
        return gap < JOIN * size and not text[0].isalnum() if from_right else not spaced
    if before.text[-1:].isspace() or item.text[:1].isspace():
        return False
    return abs(gap) < JOIN * size


def _turned(item: Any, words: Sequence[Any], angle: float) -> Line:
    """A run that is not level, such as the label of a chart's axis or a stamp in the margin."""
    boxes = [Box(word.x, word.y, word.x + word.width, word.y + word.height) for word in words]
    return Line(
        text=INVISIBLE.sub("", item.text).strip(),
        box=Box(item.x, item.y, item.x + item.width, item.y + item.height),
        angle=-angle if angle <= 180 else 360 - angle,
        words=tuple(Word(word.text, box) for word, box in zip(words, boxes, strict=True)),
        size=float(item.font_height or 0) or None,
        bold=bool(BOLD.search(item.font_name or "")),
        font=item.font_name,
        marks=(item.mcid,) if item.mcid is not None else (),
    )
