"""
What Word writes before its numbered paragraphs: "1.1", "(a)", "Article IV".

Source: ECMA-376 part 1, 17.9 (read 2026-11). Numbers are no part of a document's text, but counted from definitions
(`word/numbering.xml`) that its paragraphs, or their styles, name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from attrs import evolve, field, frozen, mutable

from ..numerals import numeral, whole


__all__ = ["Counter", "Numbering"]

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_LONGEST = 60  # characters of what stands before a paragraph
_BULLET = "bullet"
_DEEPEST = 20  # styles that are based on each other


@frozen(slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    restarts: int | None = None  # the level, from 1, behind which it begins anew; 0 is never
    legal: bool = False  # all of its numbers are decimal
    style: str = ""


@frozen(slots=True)
class _List:
    """A list that paragraphs name: lists of one *family* go on with each other's numbers."""

    family: str
    levels: Mapping[int, _Level]
    starts: Mapping[int, int] = field(factory=dict)


@frozen(slots=True)
class _Style:
    based_on: str = ""
    list: str | None = None
    level: int | None = None


class Numbering:
    """The lists and styles of a document."""

    def __init__(self, numbering: bytes | None, styles: bytes | None) -> None:
        self._styles: dict[str, _Style] = {}
        self._lists: dict[str, _List] = {}
        try:
            # what has a document type was refused before, and so there are no entities
            self._read_styles(ElementTree.fromstring(styles) if styles else None)  # noqa: S314
            self._read_lists(ElementTree.fromstring(numbering) if numbering else None)  # noqa: S314
        except (ElementTree.ParseError, ValueError):
            self._lists = {}

    def _read_styles(self, root: ElementTree.Element | None) -> None:
        for style in root if root is not None else ():
            if _tag(style) == "style":
                said = _children(style)
                facts = _children(_children(said.get("pPr")).get("numPr"))
                level = _value(facts.get("ilvl"))
                self._styles[_attribute(style, "styleId")] = _Style(
                    _value(said.get("basedOn")), _value(facts.get("numId")) or None, whole(level) if level else None
                )

    def _read_lists(self, root: ElementTree.Element | None) -> None:
        families: dict[str, dict[int, _Level]] = {}
        linked: dict[str, str] = {}
        for each in root if root is not None else ():
            if _tag(each) == "abstractNum":
                name = _attribute(each, "abstractNumId")
                families[name] = dict(map(_level, _named(each, "lvl")))
                if link := _value(_children(each).get("numStyleLink")):
                    linked[name] = link
        for each in root if root is not None else ():
            if _tag(each) == "num":
                family = _value(_children(each).get("abstractNumId"))
                levels, starts = dict(families.get(family, {})), {}
                for changed in _named(each, "lvlOverride"):
                    said = _children(changed)
                    number = whole(_attribute(changed, "ilvl"))
                    if "lvl" in said:
                        levels[number] = _level(said["lvl"])[1]
                    if "startOverride" in said:
                        starts[number] = whole(_value(said["startOverride"]), 1)
                self._lists[_attribute(each, "numId")] = _List(family, levels, starts)
        for name, found in self._lists.items():
            style = self._styles.get(linked.get(found.family, ""))
            meant = self._lists.get(style.list or "") if style else None
            if meant is not None and not found.levels:
                self._lists[name] = evolve(found, levels=meant.levels)

    def place(self, style: str, name: str | None, level: int | None) -> tuple[_List, str, int] | None:
        """
        Return the list, its name and the level of a paragraph; None if it is in none.

        Args:
            style: The paragraph's.

            name: That of a list which the paragraph itself names, and so is the *level*.
        """
        styled: int | None = None
        for _ in range(_DEEPEST):
            if name is not None or style not in self._styles:
                break
            facts = self._styles[style]
            name, styled = facts.list, facts.level
            if name is not None and styled is None and name in self._lists:
                levels = self._lists[name].levels
                styled = next((number for number, each in levels.items() if each.style == style), None)
            style = facts.based_on
        found = self._lists.get(name or "")
        if found is None or name is None:
            return None
        return found, name, min(max(0, level if level is not None else styled or 0), _LEVELS - 1)


@mutable(slots=True)
class Counter:
    """Counts the paragraphs of a document as they come."""

    numbering: Numbering
    _counts: dict[str, list[int | None]] = field(factory=dict)
    _begun: set[tuple[str, int]] = field(factory=set)

    def label(self, style: str, name: str | None, level: int | None) -> tuple[int, str | None] | None:
        """
        Return the level of the next paragraph and what stands before it, None for a bullet; None if it is in no list.

        For the arguments see `Numbering.place`.
        """
        found = self.numbering.place(style, name, level)
        if found is None:
            return None
        members, name, number = found
        own = members.levels.get(number)
        if own is None:
            return None
        counts = self._counts.setdefault(members.family, [None] * _LEVELS)
        first = members.starts.get(number)
        if first is not None and (name, number) not in self._begun:
            counts[number] = first
        else:
            last = counts[number]
            counts[number] = own.start if last is None else last + 1
        self._begun.add((name, number))
        for deeper in range(number + 1, _LEVELS):
            restarts = members.levels.get(deeper, _Level()).restarts
            if restarts is None or number < restarts:
                counts[deeper] = None
        if own.form == _BULLET:
            return number, None if own.text.strip() else ""  # a bullet that is a space sets in what goes on
        return number, _PLACE.sub(lambda place: _said(members, counts, int(place[1]) - 1, own), own.text)[
            :_LONGEST
        ].strip()


def _said(members: _List, counts: list[int | None], number: int, shown: _Level) -> str:
    level = members.levels.get(number, _Level())
    if level.form == _BULLET:
        return ""
    count = counts[number]
    return numeral(level.start if count is None else count, "decimal" if shown.legal else level.form)


def _level(found: ElementTree.Element) -> tuple[int, _Level]:
    said = _children(found)
    restarts = _value(said.get("lvlRestart"))
    return whole(_attribute(found, "ilvl")), _Level(
        start=whole(_value(said.get("start")), 1),
        form=_value(said.get("numFmt")) or "decimal",
        text=_value(said.get("lvlText")),
        restarts=whole(restarts) if restarts else None,
        legal="isLgl" in said and _value(said["isLgl"]) not in ("0", "false", "off"),
        style=_value(said.get("pStyle")),
    )


# --- elements, whatever their namespace ---------------------------------------------------------------------------


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: ElementTree.Element | None) -> dict[str, ElementTree.Element]:
    return {_tag(child): child for child in element} if element is not None else {}


def _named(element: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    return [child for child in element if _tag(child) == tag]


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _value(element: ElementTree.Element | None) -> str:
    return _attribute(element, "val") if element is not None else ""
