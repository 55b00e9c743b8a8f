"""
What one page holds, before and after its layout is understood.

A reader (`text_layer` for digital pages, recognition for scans) fills a `Sheet` with lines of text, pictures and
rulings; `layout.read` turns it into `Region`s in reading order; `markdown.write` writes those. All coordinates are
pixels of the page's upright picture, origin at the top left, x to the right and y down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from attrs import define, evolve

from .whole_document import Bookmark, TypeSizes


if TYPE_CHECKING:
    from attrs import frozen as value
else:
    # A page is thousands of these. Type checkers see that nobody changes them; what would see it at run time makes a
    # line take four times as long.
    value = partial(define, unsafe_hash=True)

__all__ = [
    "BOX_TO_EM",
    "FORMULA",
    "Box",
    "Cell",
    "Item",
    "Line",
    "Link",
    "Picture",
    "Region",
    "RegionType",
    "Ruling",
    "Sheet",
    "Tag",
    "Word",
    "narrowed",
    "union",
]

# A detector draws its boxes around the ink with a margin; the font size is this part of their height (measured on
# pages that exist both as text layer and as picture).
BOX_TO_EM = 0.8

FORMULA = re.compile(r"(\$[^$\n]*?(?:[_^]\{|\\[A-Za-z])[^$\n]*\$)")
"""A formula in a line's text: LaTeX between dollar signs, with a raised part or a command, unlike sums of money."""

RegionType = Literal[
    "title",  # a heading of any level; `Region.level` says which
    "text",
    "list",
    "table",
    "image",
    "caption",
    "code",
    "equation",
    "header",
    "footer",
    "references",
    "aside_text",
    "footnote",
    "signature",  # told by services alone; it says nothing
]


@value(slots=True)
class Box:
    """An upright rectangle in pixels; `right` and `bottom` lie outside it."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    @property
    def middle(self) -> float:
        """Half-way between left and right."""
        return (self.left + self.right) / 2

    @property
    def centre(self) -> float:
        """Half-way between top and bottom."""
        return (self.top + self.bottom) / 2

    def across(self, other: Box) -> float:
        """How many pixels of width both share; negative: the gap between them."""
        # asked a thousand times a page: calls would take twice as long
        right = self.right if self.right < other.right else other.right  # noqa: FURB136
        return right - (self.left if self.left > other.left else other.left)  # noqa: FURB136

    def down(self, other: Box) -> float:
        """How many pixels of height both share; negative: the gap between them."""
        bottom = self.bottom if self.bottom < other.bottom else other.bottom  # noqa: FURB136
        return bottom - (self.top if self.top > other.top else other.top)  # noqa: FURB136

    def is_level_with(self, other: Box) -> bool:
        """Whether both share more than half the height of the lower one."""
        return (down := self.down(other)) > 0 and down > 0.5 * min(self.height, other.height)

    def shift(self, other: Box) -> float:
        """How many pixels both are from beginning at one x, ending at one, or being centred on one."""
        return min(abs(self.left - other.left), abs(self.right - other.right), abs(self.middle - other.middle))

    def share(self, other: Box) -> float:
        """Which part of this box's area lies in *other*, 0 to 1."""
        if (across := self.across(other)) <= 0 or (down := self.down(other)) <= 0:  # as nearly always
            return 0.0
        return across * down / area if (area := self.area) else 0.0


def union(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around all of *boxes*, of which there is at least one."""
    every = list(boxes)
    first = every[0]
    if len(every) == 1:
        return first
    left, top, right, bottom = first.left, first.top, first.right, first.bottom
    for box in every:
        if box.left < left:
            left = box.left
        if box.top < top:
            top = box.top
        if box.right > right:
            right = box.right
        if box.bottom > bottom:
            bottom = box.bottom
    return Box(left, top, right, bottom)


def of_words(line: Line, words: Sequence[Word]) -> Line:
    """Return *line* with other *words* in the place of its own."""
    return evolve(line, text=" ".join(word.text for word in words), words=tuple(words))


def narrowed(line: Line, words: Sequence[Word]) -> Line:
    """Return *line* with these *words* of it alone, in their box."""
    return evolve(of_words(line, words), box=union(word.box for word in words))


@value(slots=True)
class Word:
    """One word as printed; `confidence` is 0 to 1, and 1 where the text was read from a text layer."""

    text: str
    box: Box
    confidence: float = 1.0


@value(slots=True)
class Line:
    """
    A run of text on one baseline: a detector's box, or the words of a text layer up to the next wide gap.

    What a source cannot know is None. The order of `Sheet.lines` needs not be the reading order.

    Attributes:
        text: In logical order (right-to-left text reads from its first word), spaces between words.

        confidence: 0 to 1; 1 from a text layer.

        angle: Degrees that the baseline rises against the page's, counter-clockwise; 90 reads upwards.

        words: In the order of `text`; empty where the source gives no word boxes.

        size: Font size in pixels.

        font: The name of most of its characters' font.

        marks: The marked-content ids of a tagged PDF that its characters carry, for `Sheet.tags`.

        look: What sets it off besides its type: its colour, or where it stands; see `layout.with_looks`.

        vertical: Whether its letters stand upright below one another, as Chinese and Japanese may be written.
    """

    text: str
    box: Box
    confidence: float = 1.0
    angle: float = 0.0
    words: Sequence[Word] = ()
    size: float | None = None
    bold: bool | None = None
    italic: bool | None = None
    mono: bool | None = None
    font: str | None = None
    marks: tuple[int, ...] = ()
    look: str = ""
    vertical: bool = False


@value(slots=True)
class Picture:
    """
    A photograph, drawing or chart.

    Attributes:
        certain: Whether it is known to be one (a PDF's image object), rather than guessed from ink.

        name: What its source calls it, so that its bytes are found again.
    """

    box: Box
    certain: bool = True
    name: str | None = None


@value(slots=True)
class Ruling:
    """A straight drawn line; the longer side of its box is its direction, the shorter one its thickness."""

    box: Box

    @property
    def horizontal(self) -> bool:
        return self.box.width >= self.box.height


@value(slots=True)
class Link:
    """A place on the page that leads to *url*."""

    box: Box
    url: str


@value(slots=True)
class Tag:
    """
    One element of a tagged PDF's structure tree, in the author's reading order.

    Attributes:
        role: The standard structure type, such as ``P``, ``H1``, ``Table``, ``TR``, ``TD``, ``L``, ``Figure``.

        marks: The marked-content ids directly under it.

        row_span: Of a cell.

        column_span: Of a cell.
    """

    role: str
    marks: tuple[int, ...] = ()
    children: tuple[Tag, ...] = ()
    alternate: str | None = None
    row_span: int = 1
    column_span: int = 1


@value(slots=True)
class Sheet:
    """
    One page as its source gives it.

    Attributes:
        width: Of the upright page, in pixels.

        height: Likewise.

        dpi: Pixels an inch.

        panels: Tinted boxes with text in them, as far as they are known.

        source: ``text`` from a PDF's text layer, ``ocr`` from recognition.

        tags: Of a tagged PDF; empty where there are none.

        outlined: Letters that are drawn and not written, and so in none of `lines`.

        sizes: Of the type of the document that the page is of, where they are known.

        outline: What names headings of the page.

        proportional: Whether that document, unlike a typewriter's, is set in letters of different widths; or may be,
            as the page is dark, and nobody types on such paper.
    """

    width: float
    height: float
    dpi: float = 72.0
    lines: tuple[Line, ...] = ()
    pictures: tuple[Picture, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    panels: tuple[Box, ...] = ()
    links: tuple[Link, ...] = ()
    source: Literal["text", "ocr"] = "text"
    tags: tuple[Tag, ...] = ()
    outlined: int = 0
    sizes: TypeSizes | None = None
    outline: tuple[Bookmark, ...] = ()
    proportional: bool = False


@value(slots=True)
class Cell:
    """
    One cell of a table.

    Attributes:
        row: From 0.

        column: From 0.

        words: Those that have a confidence worth telling; empty otherwise.
    """

    text: str
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    header: bool = False
    box: Box | None = None
    words: tuple[Word, ...] = ()


@value(slots=True)
class Item:
    """
    One item of a list.

    Attributes:
        text: Without its marker.

        level: From 0, the depth of nesting.

        marker: As printed: a bullet, ``3.``, ``(a)``.
    """

    text: str
    level: int = 0
    marker: str = "-"
    box: Box | None = None
    words: tuple[Word, ...] = ()


@value(slots=True)
class Region:
    """
    One piece of a page: what kind it is, where it stands, and what it says.

    Attributes:
        text: Plain text: a paragraph joined over its lines, code with its line breaks; empty for a table or an image.

        level: Of a heading, 1 to 6.

        cells: Of a table, by row and then column.

        items: Of a list.

        lines: The lines it was made of.

        confidence: The mean of its characters' confidence, 0 to 1.

        picture: The picture it shows, for ``image``.

        language: Of code, where known.

        markdown: Its Markdown, where its source wrote it so; None has it written from the rest.
    """

    type: RegionType
    box: Box
    text: str = ""
    level: int | None = None
    cells: tuple[Cell, ...] = ()
    items: tuple[Item, ...] = ()
    lines: tuple[Line, ...] = ()
    confidence: float = 1.0
    picture: Picture | None = None
    language: str | None = None
    markdown: str | None = None
