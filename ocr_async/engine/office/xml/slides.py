"""
Presentations with what PowerPoint shows beyond their text written into it: numbers of paragraphs, formulas, charts.

office-oxide counts lists by 1, 2, 3 whatever they say, and leaves formulas out.

Source: ECMA-376 part 1, 20.1.10.61 (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import TreeBuilder
from xml.sax.saxutils import escape

from attrs import define

from ..formulas import latex
from ..numerals import numeral, whole
from .charts import marked_charts
from .marks import Label, formula_mark, label_mark
from .parts import LARGEST, Edit, element_end, opened, part, scan, with_edits, with_parts


__all__ = ["with_shown"]

_SLIDE = re.compile(r"ppt/slides/[^/]+\.xml")
_NUMBERED = re.compile(r"(alphaLc|alphaUc|arabic|romanLc|romanUc|circleNum|ea1)\w*?(ParenBoth|ParenR|Period|Plain)?")
_FORMS = {"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman",
          "circleNum": "decimalEnclosedCircle", "ea1": "chineseCounting"}  # fmt: skip
_MATHS = frozenset({"oMath", "oMathPara"})
_AROUND = {"ParenBoth": "({})", "ParenR": "{})", "Plain": "{}"}


def with_shown(data: bytes) -> bytes:
    """Return a presentation that says in its text what PowerPoint shows around it."""
    archive = opened(data)
    if archive is None:
        return data
    parts = marked_charts(archive)
    left = LARGEST
    for name in filter(_SLIDE.fullmatch, archive.namelist()):
        content = part(archive, name)
        if content is None or (b"buAutoNum" not in content and b"oMath" not in content):
            continue
        left -= len(content)
        if left < 0:
            break
        found = _Slide(content)
        if found.is_known and found.edits:
            parts[name] = with_edits(content, found.edits)
    return with_parts(data, parts)


@define(slots=True)
class _Counting:
    """A list that is open at one level."""

    kind: str
    start: int
    count: int


class _Slide:
    """What is to be written into one slide."""

    def __init__(self, data: bytes) -> None:
        self.edits: list[Edit] = []
        self._data = data
        self._open: list[tuple[str, int]] = []
        self._level = 0
        self._numbered: tuple[str, int] | None = None
        self._lists: dict[int, _Counting] = {}
        self._tree: TreeBuilder | None = None
        self._formulas: list[str] = []
        self._maths = 0
        self.is_known = scan(data, self._starts, self._ends, self._text)

    def _starts(self, name: str, attributes: Mapping[str, str], place: int) -> None:
        self._open.append((name, place))
        if name in _MATHS:
            self._tree = self._tree or TreeBuilder()
            self._maths += 1
        if self._tree is not None:
            self._tree.start(name, dict(attributes))
        elif name == "txBody":
            self._lists = {}
        elif name == "p":
            self._numbered, self._level = None, 0
        elif name == "pPr":
            self._level = min(whole(attributes.get("lvl")), 8)
        elif name == "buAutoNum":
            self._numbered = attributes.get("type", ""), whole(attributes.get("startAt"), 1)

    def _ends(self, name: str, place: int) -> None:
        _, start = self._open.pop()
        if self._tree is not None:
            self._tree.end(name)
            self._maths -= name in _MATHS
            if not self._maths:
                self._formulas.append(latex(self._tree.close()))
                self._tree = None
        elif self._formulas and (name == "AlternateContent" or self._open[-1:] == [] or self._open[-1][0] == "p"):
            said = "".join(map(formula_mark, filter(None, self._formulas)))
            self._formulas = []
            self._write(start, element_end(self._data, start, place), said)
        elif name == "pPr" and self._numbered is not None:
            end = element_end(self._data, start, place)
            self._write(end, end, label_mark(Label(self._level, self._label(*self._numbered))))
        elif name == "p":
            # deeper paragraphs belong to those before, others begin anew
            for level in [*self._lists]:
                if level > self._level or (level == self._level and self._numbered is None):
                    del self._lists[level]

    def _text(self, text: str) -> None:
        if self._tree is not None and self._open[-1][0] == "t":
            self._tree.data(text)

    def _label(self, kind: str, start: int) -> str:
        last = self._lists.get(self._level)
        if last is None or (last.kind, last.start) != (kind, start):
            last = self._lists[self._level] = _Counting(kind, start, start - 1)
        last.count += 1
        found = _NUMBERED.fullmatch(kind)
        form, around = (found[1], found[2]) if found else ("arabic", "Period")
        return _AROUND.get(around or "Plain", "{}.").format(numeral(last.count, _FORMS.get(form, "decimal")))

    def _write(self, start: int, end: int, text: str) -> None:
        said = f'<a:r xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:t>{escape(text)}</a:t></a:r>'
        self.edits.append(Edit(start, end, said.encode()))
