"""
Word files with what Word shows beyond their text written into it: numbers of paragraphs, signs of symbol fonts,
formulas, words with their reading above them, what rows of tables leave free, charts.

office-oxide takes numbered headings for items of lists, counts by 1, 2, 3 whatever the list says, writes formulas as
their letters in a row, c² as "c2", leaves out words that have a reading, begins each row in the first column, and
lets deleted rows stay, empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import TreeBuilder
from xml.sax.saxutils import escape

from attrs import define

from ...symbol_fonts import sign_of
from ..formulas import latex
from ..numerals import whole
from .charts import marked_charts
from .marks import Label, formula_mark, label_mark
from .numbering import Counter, Numbering
from .parts import Edit, element_end, opened, part, scan, tag_end, with_edits, with_parts


__all__ = ["with_shown"]

_DOCUMENTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
_STYLES = "word/styles.xml"
_NUMBERING = "word/numbering.xml"
_OFF = frozenset({"0", "false", "off"})
_BEFORE = frozenset({"pPrChange", "rPrChange", "trPrChange"})  # how it was before a change
_MATHS = frozenset({"oMath", "oMathPara"})
_MOST_FREE = 63  # columns, of which a table of Word has no more


def with_shown(data: bytes) -> bytes:
    """Return a Word file that says in its text what Word shows around it."""
    archive = opened(data)
    if archive is None:
        return data
    styles = part(archive, _STYLES)
    numbering = Numbering(part(archive, _NUMBERING), styles)
    parts: dict[str, bytes] = {}
    for name in _DOCUMENTS:
        if (content := part(archive, name)) is not None:
            document = _Document(content, Counter(numbering))
            if document.is_known and document.edits:
                parts[name] = with_edits(content, document.edits)
    if styles is not None and parts:
        lists = _Lists(styles)
        if lists.edits:
            parts[_STYLES] = with_edits(styles, lists.edits)
    return with_parts(data, {**parts, **marked_charts(archive)})


class _Lists:
    """The places where styles name a list."""

    def __init__(self, data: bytes) -> None:
        self.edits: list[Edit] = []
        start = 0

        def starts(name: str, attributes: Mapping[str, str], place: int) -> None:
            nonlocal start
            start = place if name == "numPr" else start

        def ends(name: str, place: int) -> None:
            if name == "numPr":
                self.edits.append(Edit(start, element_end(data, start, place)))

        scan(data, starts, ends)


@define(slots=True)
class _Paragraph:
    """One that is open; *prefix* is that of its namespace, such as "w:"."""

    prefix: str
    properties: int = 0
    list_at: int = 0
    style: str = ""
    list: str | None = None
    level: int | None = None
    unseen: bool = False


@define(slots=True)
class _Row:
    """One of a table, and open; *before* is how many columns it leaves free before its cells."""

    start: int
    before: int = 0
    is_deleted: bool = False


class _Document:
    """What is to be written into one document."""

    def __init__(self, data: bytes, counter: Counter) -> None:
        self.edits: list[Edit] = []
        self._data = data
        self._counter = counter
        self._paragraphs: list[_Paragraph] = []
        self._rows: list[_Row] = []
        self._path: list[str] = []
        self._before = 0  # how many elements are open that say how it was, or what old programs show
        self._maths = 0
        self._maths_at = 0
        self._sign: tuple[int, str] | None = None
        self._ruby: dict[str, str] = {}  # of words with their reading set above them, each of both
        self._ruby_at = 0
        self._tree: TreeBuilder | None = None
        self.is_known = scan(data, self._starts, self._ends, self._text)

    def _starts(self, name: str, attributes: Mapping[str, str], place: int) -> None:
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        if name in _BEFORE or name == "Fallback":
            self._before += 1
        if self._before:
            return
        if name in _MATHS:
            if not self._maths:
                self._maths_at = place
                self._tree = TreeBuilder()
            self._maths += 1
        if self._tree is not None:
            self._tree.start(name, dict(attributes))
        elif name == "p":
            self._paragraphs.append(_Paragraph(self._prefix(place)))
        elif name == "tr":
            self._rows.append(_Row(place))
        elif parent == "trPr" and self._rows:
            value = attributes.get("val", "")
            if name == "gridBefore":
                self._rows[-1].before = min(whole(value), _MOST_FREE)
            elif name == "del":
                self._rows[-1].is_deleted = True
        elif self._paragraphs:
            self._says(name, attributes, place, parent)

    def _says(self, name: str, attributes: Mapping[str, str], place: int, parent: str) -> None:
        """Take what an element within a paragraph says."""
        own = self._paragraphs[-1]
        value = attributes.get("val", "")
        match name:
            case "pPr" if parent == "p":
                own.properties = place
            case "pStyle":
                own.style = value
            case "numPr":
                own.list_at = place
            case "numId" if parent == "numPr":
                own.list = value
            case "ilvl" if parent == "numPr":
                own.level = whole(value)
            case "del" | "vanish" if self._path[-3:-1] == ["pPr", "rPr"]:
                own.unseen = own.unseen or value not in _OFF
            case "ruby":
                self._ruby, self._ruby_at = {"rt": "", "rubyBase": ""}, place
            case "sym":
                sign = sign_of(attributes.get("font", ""), attributes.get("char", ""))
                self._sign = (place, sign) if sign else None

    def _ends(self, name: str, place: int) -> None:
        self._path.pop()
        if self._before:
            self._before -= name in _BEFORE or name == "Fallback"
            return
        if self._tree is not None:
            self._tree.end(name)
            self._maths -= name in _MATHS
            if not self._maths:
                self._formula(place)
        elif name == "p":
            self._paragraphs.pop()
        elif name == "trPr" and self._rows and (columns := self._rows[-1].before):
            end, w = tag_end(self._data, place), self._prefix(self._rows[-1].start)
            cell = f'<{w}tc><{w}tcPr><{w}gridSpan {w}val="{columns}"/></{w}tcPr><{w}p/></{w}tc>'
            self.edits.append(Edit(end, end, cell.encode()))
        elif name == "tr" and (row := self._rows.pop()).is_deleted:
            self.edits.append(Edit(row.start, tag_end(self._data, place)))
        elif name == "sym" and self._paragraphs and self._sign is not None:
            start, sign = self._sign
            self._write(start, element_end(self._data, start, place), self._paragraphs[-1].prefix, sign, run=False)
        elif name == "ruby" and self._paragraphs:
            end, reading = element_end(self._data, self._ruby_at, place), self._ruby["rt"]
            said = self._ruby["rubyBase"] + (f"({reading})" if reading else "")
            self._write(self._ruby_at, end, self._paragraphs[-1].prefix, said, run=False)
        elif name == "numPr" and self._paragraphs:
            start = self._paragraphs[-1].list_at
            self.edits.append(Edit(start, element_end(self._data, start, place)))
        elif name == "pPr" and self._path[-1:] == ["p"] and self._paragraphs:
            self._label(place)

    def _text(self, text: str) -> None:
        if self._before or self._path[-1:] != ["t"]:
            return
        if self._tree is not None:
            self._tree.data(text)
        for name in self._ruby.keys() & self._path if self._ruby else ():
            self._ruby[name] += text

    def _label(self, place: int) -> None:
        own = self._paragraphs[-1]
        if own.unseen:
            return
        found = self._counter.label(own.style, own.list, own.level)
        if found is not None and found[1] != "":
            end = element_end(self._data, own.properties, place)
            self._write(end, end, own.prefix, label_mark(Label(*found)))

    def _formula(self, place: int) -> None:
        assert self._tree is not None
        said = latex(self._tree.close())
        self._tree = None
        prefix = self._paragraphs[-1].prefix if self._paragraphs else "w:"
        end = element_end(self._data, self._maths_at, place)
        self._write(self._maths_at, end, prefix, formula_mark(said) if said else "")

    def _prefix(self, place: int) -> str:
        tag = self._data[place + 1 : tag_end(self._data, place)].split()[0].strip(b"/>")
        return "".join(tag.decode().rpartition(":")[:2])

    def _write(self, start: int, end: int, prefix: str, text: str, *, run: bool = True) -> None:
        """Write *text* in the place of what stands from *start* to *end*, as a *run* of its own or within one."""
        said = f'<{prefix}t xml:space="preserve">{escape(text)}</{prefix}t>'
        self.edits.append(Edit(start, end, (f"<{prefix}r>{said}</{prefix}r>" if run else said).encode()))
