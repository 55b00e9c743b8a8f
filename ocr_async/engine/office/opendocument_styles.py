"""
What the styles of an OpenDocument file say: of its text, its pages, and the numbers before its paragraphs.

Source: OpenDocument 1.3 part 3, 16 (styles), 19.880 (numbers); https://docs.oasis-open.org/office/OpenDocument/v1.3/
(read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal
from xml.etree.ElementTree import Element

from attrs import evolve, field, frozen, mutable

from .content import Run
from .numerals import numeral, whole


__all__ = ["Counts", "Level", "Styles"]

_LEVELS = 10
_DEEPEST = 20  # styles that are based on each other
_LOOKS = ("font-weight", "font-style", "text-line-through-style", "text-position")
_BOLD = frozenset({"bold", "600", "700", "800", "900"})
_CODES = ("Source_20_Text", "Source_Text", "Source_5f_Text")  # the last two are pandoc's
_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "": "none"}


@frozen(slots=True)
class Level:
    """How one level of a list is numbered; *form* is None where it has bullets."""

    form: str | None = None
    before: str = ""
    after: str = ""
    shown: int = 1
    start: int = 1


@mutable(slots=True)
class Counts:
    """How far a list has counted, level by level."""

    levels: Mapping[int, Level]
    reached: dict[int, int] = field(factory=dict)

    def label(self, level: int, start: int | None = None) -> str | None:
        """
        Count one more at *level*, from 0, and return what stands before it, which may be nothing; None is a bullet.

        Args:
            start: Its number, where it has one of its own.
        """
        own = self.levels.get(level, Level())
        self.reached[level] = start if start is not None else self.reached.get(level, own.start - 1) + 1
        for deeper in [each for each in self.reached if each > level]:
            del self.reached[deeper]
        if own.form is None:
            return None
        numbers = []
        for each in range(max(0, level + 1 - own.shown), level + 1):
            found = self.levels.get(each, Level())
            numbers.append(numeral(self.reached.get(each, found.start), found.form or "none"))
        said = ".".join(filter(None, numbers))
        return f"{own.before}{said}{own.after}".strip() if said else ""


class Styles:
    """
    The styles of a document.

    Attributes:
        outline: How its headings are numbered.

        masters: Its kinds of pages, with their heads and feet, by their names.
    """

    def __init__(self, *roots: Element) -> None:
        self._facts: dict[tuple[str, str], dict[str, str]] = {}
        self._lists: dict[str, dict[int, Level]] = {}
        self.outline: dict[int, Level] = {}
        self.masters: dict[str, Element] = {}
        for each in (each for root in roots for part in root if "styles" in part.tag for each in part):
            match each.tag:
                case "style":
                    facts = dict(each.attrib)
                    for properties in each:
                        facts.update(properties.attrib)
                    self._facts[each.get("family", ""), each.get("name", "")] = facts
                case "list-style":
                    self._lists[each.get("name", "")] = dict(map(_level, each))
                case "outline-style":
                    self.outline = dict(map(_level, each))
                case "master-page":
                    self.masters[each.get("name", "")] = each

    def fact(self, family: str, name: str, key: str) -> str:
        """Return what the style *name*, or the first one that it is based on, says of *key*; nothing if none does."""
        return next((facts[key] for facts in self._chain(family, name) if key in facts), "")

    def is_based_on(self, family: str, name: str, *known: str) -> bool:
        """Whether the style *name* is one of *known*, or comes from one."""
        return name in known or any(facts.get("parent-style-name") in known for facts in self._chain(family, name))

    def styled(self, family: str, name: str, style: Run) -> Run:
        """Return *style* with what the style *name* of a paragraph or of text says."""
        if not name:
            return style
        weight, slant, line, place = (self.fact(family, name, key) for key in _LOOKS)
        return evolve(
            style,
            bold=weight in _BOLD if weight else style.bold,
            italic=slant in ("italic", "oblique") if slant else style.italic,
            struck=line != "none" if line else style.struck,
            script=_script(place) if place else style.script,
            code=style.code or self.is_based_on(family, name, *_CODES),
        )

    def levels(self, name: str) -> Mapping[int, Level]:
        """Return how the list style *name* numbers."""
        return self._lists.get(name, {})

    def _chain(self, family: str, name: str) -> Iterator[dict[str, str]]:
        for _ in range(_DEEPEST):
            facts = self._facts.get((family, name))
            if facts is None:
                return
            yield facts
            name = facts.get("parent-style-name", "")


def _script(place: str) -> Literal["sup", "sub"] | None:
    """Return where text of a *place* stands: "super 58%", "sub 58%" or a part of its height, such as "-33% 58%"."""
    raised = place.partition(" ")[0]
    if raised in ("", "0%", "0"):
        return None
    return "sub" if raised == "sub" or raised.startswith("-") else "sup"


def _level(found: Element) -> tuple[int, Level]:
    form: str | None = _FORMS.get(found.get("num-format", ""), "decimal")
    if found.tag == "list-level-style-bullet" and found.get("bullet-char", "•").strip():
        form = None  # a bullet that is a space sets in what goes on
    return whole(found.get("level"), 1) - 1, Level(
        form=form,
        before=found.get("num-prefix", ""),
        after=found.get("num-suffix", ""),
        shown=min(whole(found.get("display-levels"), 1), _LEVELS),
        start=whole(found.get("start-value"), 1),
    )
