"""
One page as HTML: its picture with boxes beside its text, each box and what it became pointing at each other.

The command's HTML files and the gateway's web page show the same sections, with the same `view.css` and `view.js`.
What a document says is never run: its HTML is shown as text, and nothing is fetched for it.
Nor does it take long: a text that would is shown as it is written, by a count of the parser's steps.
"""

from __future__ import annotations

import base64
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

from attrs import frozen
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ..models import OCRPage


__all__ = ["asset", "section"]

_LONG = 12  # letters that hardly stand twice on a page
_KINDS = {"picture": "image", "page_header": "header", "page_footer": "footer", "section_header": "title"}
_LINKS = ("http:", "https:", "mailto:")
_PAGE_LEVEL = 2  # of the heading over each page
_MOST_STEPS = 30_000  # of the parser for one page, some 20 µs each; a page of a dense book takes 2,000
_MOST_TEXT = 1_000_000  # characters of a page's Markdown
_MOST_SEARCHED = 500_000_000  # characters of the text looked through for a page's boxes


def asset(name: str) -> str:
    """Return the text of ``view.css`` or ``view.js``."""
    return files("ocr_async.export").joinpath(name).read_text(encoding="utf-8")


def section(page: OCRPage, picture: bytes | None = None) -> str:
    """
    Return *page* as a ``<section>``.

    Args:
        picture: The page as a JPEG, turned as ``page.extra["rotation"]`` says; without one the text stands alone. Empty
            where whoever shows the section has it, and puts it in.
    """
    name = f"page-{page.index + 1}"
    parser = _BoundedParser()
    text = _Text(page, name, parser)
    size = page.dimensions
    pointed: dict[int, list[str]] = {}
    sheet = ""
    if picture is not None and size is not None and size.width and size.height:
        drawn = []
        for number, (box, parts) in enumerate(text.found(list(_boxes(page, parser)))):
            own = f"{name}-box-{number}"
            for part in parts:
                pointed.setdefault(part, []).append(own)
            drawn.append(_drawn(box, own, [text.name(part) for part in parts]))
        sheet = _SHEET.format(
            number=page.index + 1,
            width=size.width,
            height=size.height,
            source=_data_uri(base64.b64encode(picture).decode("ascii")),
            boxes="".join(drawn),
        )
    elif picture is not None:
        source = _data_uri(base64.b64encode(picture).decode("ascii"))
        sheet = f'<figure class="sheet"><img src="{source}" alt="Picture of page {page.index + 1}"></figure>\n'
    return _SECTION.format(name=name, number=page.index + 1, sheet=sheet, text=text.written(pointed))


# An SVG takes its measures as attributes, so that no style has to be allowed; and it scales as one.
_SHEET = """\
<figure class="sheet">
<svg viewBox="0 0 {width} {height}" role="group" aria-label="Picture of page {number}">
<image href="{source}" width="{width}" height="{height}" preserveAspectRatio="none"/>
{boxes}</svg>
</figure>
"""
_SECTION = """\
<section id="{name}" class="page" aria-label="Page {number}">
<h2 class="number">Page {number}</h2>
{sheet}<div class="text">
{text}</div>
</section>
"""


# --- boxes ------------------------------------------------------------------------------------------------------


@frozen
class _Box:
    """
    Attributes:
        place: Left, top, width and height.

        says: Its text, for people.

        letters: The letters and digits of its text, by which it is found.

        image: The id of the image that it is.
    """

    kind: str
    place: tuple[float, float, float, float]
    says: str = ""
    letters: str = ""
    image: str | None = None


def _boxes(page: OCRPage, parser: _BoundedParser) -> Iterator[_Box]:
    """Yield the boxes of *page*: its elements, or else its blocks, and its images."""
    found = [box for element in page.elements or () if (box := _of_element(element.type, element.text, element.bbox))]
    if not found:
        found = [
            _Box(
                block.type,
                (
                    block.top_left_x,
                    block.top_left_y,
                    block.bottom_right_x - block.top_left_x,
                    block.bottom_right_y - block.top_left_y,
                ),
                block.content,
                _letters_of(parser.parse(block.content)),
            )
            for block in page.blocks or ()
        ]
    yield from (box for box in found if box.kind != "image")
    for image in page.images:
        if place := image.bbox:
            yield _Box("image", (place["x"], place["y"], place["width"], place["height"]), image.id or "", "", image.id)


def _of_element(kind: str | None, text: str | None, place: Mapping[str, Any] | None) -> _Box | None:
    """Return an element's box; None where its place is not told in a way that is known here."""
    sides = [(place or {}).get(side) for side in ("x", "y", "width", "height")]
    match [side for side in sides if isinstance(side, (int, float))]:
        case [x, y, width, height]:
            kind = _KINDS.get(kind or "", kind or "text")
            return _Box(kind, (x, y, width, height), text or "", _letters(text or ""))
    return None


def _drawn(box: _Box, name: str, targets: list[str]) -> str:
    kind = escape(box.kind)
    says = "" if box.kind == "table" else " ".join(box.says.split())
    label = escape(f"{box.kind}: {says[:80]}{'…' if len(says) > 80 else ''}" if says else box.kind)
    left, top, width, height = box.place
    shape = f'<rect x="{left}" y="{top}" width="{width}" height="{height}"/><title>{label}</title>'
    if not targets:
        return f'<g id="{name}" class="box" data-kind="{kind}">{shape}</g>\n'
    return (
        f'<a id="{name}" class="box" data-kind="{kind}" href="#{targets[0]}" data-for="{" ".join(targets)}" '
        f'aria-label="{label}">{shape}</a>\n'
    )


# --- text -------------------------------------------------------------------------------------------------------


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: url.startswith(_LINKS) or ":" not in url  # type: ignore[method-assign]
    for ruler in (parser.block.ruler, parser.inline.ruler):
        ruler.before(ruler.get_all_rules()[0], "step", _step)
    return parser


class _TooManySteps(Exception):
    pass


def _step(state: StateBlock | StateInline, *_: Any) -> bool:
    """Count one more step of the parser, as a rule of its own that never matches."""
    count: list[int] = state.env["count"]
    count[0] += 1
    if count[0] > _MOST_STEPS:
        raise _TooManySteps
    return False


_PARSER = _parser()


class _BoundedParser:
    """Parses the Markdown of one page, all its texts together in so many steps."""

    def __init__(self) -> None:
        self._count = [0]

    def parse(self, text: str) -> list[Token]:
        """Return the tokens of *text*; of what takes too long, one that shows it as it is."""
        if len(text) <= _MOST_TEXT:
            with suppress(_TooManySteps):
                return _PARSER.parse(text, {"count": self._count})
        return [Token("code_block", "code", 0, content=text)]


class _Text:
    """The Markdown of a page, parsed: its parts are what stands at the top level."""

    def __init__(self, page: OCRPage, name: str, parser: _BoundedParser) -> None:
        self._page = page
        self._prefix = f"{name}-part-"
        self._tokens = parser.parse(_with_tables(page))
        _outline(self._tokens)
        _heads(self._tokens)
        self._parts: list[Token] = []
        self._starts: list[int] = []
        self._images: dict[str, int] = {}
        sources = {image.id: image.image_base64 for image in page.images if image.id and image.image_base64}
        pieces: list[str] = []
        length = 0
        for token in self._tokens:
            if token.level == 0 and token.nesting >= 0:
                self._parts.append(token)
                self._starts.append(length)
            pieces.append(_letters_of([token]))
            length += len(pieces[-1])
            token.children = [self._child(child, sources) for child in token.children or ()]
        self._letters = "".join(pieces)
        self._left = _MOST_SEARCHED
        self._begins: dict[str, list[int]] = {}
        for start in self._starts:
            for end in range(start + 1, min(start + _LONG, length + 1)):
                self._begins.setdefault(self._letters[start:end], []).append(start)

    def name(self, part: int) -> str:
        """Return the id of a part's element."""
        return f"{self._prefix}{part}"

    def found(self, boxes: list[_Box]) -> Iterator[tuple[_Box, list[int]]]:
        """Yield each of *boxes*, in reading order, with the parts that say what stands in it."""
        reached = 0
        for box in boxes:
            if box.image is not None:
                yield box, [self._images[box.image]] if box.image in self._images else []
                continue
            # what was taken out of the text is not looked for in it
            outside = {"header": self._page.header, "footer": self._page.footer}.get(box.kind)
            place = None if outside or not box.letters else self._place(box.letters, reached)
            if place is None:
                yield box, []
                continue
            start, reached = place
            overlapping = range(bisect_right(self._starts, start) - 1, bisect_left(self._starts, reached))
            yield box, [part for part in overlapping if self._end(part) > start]

    def written(self, pointed: Mapping[int, list[str]]) -> str:
        """Return the text as HTML; *pointed*: by part, the ids of its boxes."""
        for number, boxes in pointed.items():
            token = self._parts[number]
            token.attrSet("id", self.name(number))
            token.attrSet("data-for", " ".join(boxes))
            token.attrSet("tabindex", "0")
        html: str = _PARSER.renderer.render(self._tokens, _PARSER.options, {})
        return html

    def _end(self, part: int) -> int:
        return self._starts[part + 1] if part + 1 < len(self._starts) else len(self._letters)

    def _place(self, letters: str, reached: int) -> tuple[int, int] | None:
        """Return where *letters* begin and end, at best after *reached*; None where they do not stand together."""
        if len(letters) < _LONG:  # it may stand anywhere, and means what begins with it
            if self._letters.startswith(letters, reached):
                return reached, reached + len(letters)
            begins = self._begins.get(letters, [])
            after = bisect_left(begins, reached)
            return next(((place, place + len(letters)) for place in begins[after:] or begins), None)
        for start in (reached, 0):
            self._left -= len(self._letters)
            place = self._letters.find(letters, start) if self._left >= 0 else -1
            if place >= 0:
                return place, place + len(letters)
        # such as a table whose cells another writer put in another order: its beginning will do
        return self._place(letters[:_LONG], reached) if len(letters) > _LONG else None

    def _child(self, token: Token, sources: Mapping[str, str]) -> Token:
        if token.type == "link_open":
            token.attrSet("rel", "noopener noreferrer")
            token.attrSet("target", "_blank")
        elif token.type == "image":
            name = unquote(str(token.attrGet("src")))
            self._images.setdefault(name, len(self._parts) - 1)
            if name in sources:
                token.attrSet("src", _data_uri(sources[name]))
            else:  # nothing is fetched for a document
                return Token("text", "", 0, content=f"[{token.content or name}]")
        return token


def _outline(tokens: list[Token]) -> None:
    """Have headings say at which level they stand under their page's, without gaps, whatever they are called."""
    above: list[str] = []
    for token in tokens:
        if token.type == "heading_open":
            above = [tag for tag in above if tag < token.tag]
            above.append(token.tag)
            token.attrSet("aria-level", str(_PAGE_LEVEL + len(above)))


def _heads(tokens: list[Token]) -> None:
    """Have tables be reached by keyboard, which may have to be scrolled; and an empty head be no head of anything."""
    for opened, inside, closed in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opened.type == "table_open":
            opened.attrSet("tabindex", "0")
        elif opened.type == "th_open" and not inside.content.strip():
            opened.tag = closed.tag = "td"


def _with_tables(page: OCRPage) -> str:
    """Return the Markdown of *page* with its tables back in their places; those in HTML are shown as text."""
    markdown = page.markdown
    for table in page.tables:
        html = table.format == "html"
        content = f"\n```html\n{table.content}\n```\n" if html else f"\n{table.content}\n"
        markdown = markdown.replace(f"[{table.id}]({table.id})", content)
    return markdown


def _letters_of(tokens: list[Token]) -> str:
    pieces = []
    for token in tokens:
        if token.type in {"fence", "code_block"}:
            pieces.append(token.content)
        pieces += [child.content for child in token.children or () if child.type in {"text", "code_inline"}]
    return _letters("".join(pieces))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _data_uri(source: str) -> str:
    return source if source.startswith("data:image/") else f"data:image/jpeg;base64,{source}"
