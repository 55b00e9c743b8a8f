"""
Puts the limits of sums, products and integrals into their formulas, above and below which the parser leaves them.

It tells "i", the next line, and "$\\sum x_{i}$" for what is shown as one sign: $\\sum _{i}x_{i}$.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve

from ....page import Box, Line, Sheet
from ...char_fonts import CharFonts, font_name
from ..places import said_on, sides_of


__all__ = ["may_have_limits", "with_limits"]

OPERATOR = re.compile(r"\\(?:sum|(?:co)?prod|o?int|big(?:cup|cap|sqcup|uplus|vee|wedge|odot|oplus|otimes))(?![A-Za-z])")
LIMITS = re.compile(r"(?:\s*[_^](?:\{(?:[^{}]|\{[^{}]*\})*\}|\w))*")  # that it has
SHOWN = frozenset("∑∏∐∫∮⋃⋂⨆⨄⋁⋀⨀⨁⨂")
# In TeX's extension fonts, the sum, the product and so on, as large as in a line and larger.
# Source: The TeXbook, appendix F, figure 5.
CODES = frozenset("FGHIJKLMNOPQRSTUVWXYZ[\\]^_`a")
EXTENSION = re.compile(r"(?:EX|[tp]xex|Extension)[^+]*$")  # and not before its name
SMALLER = 0.85  # of the size of the formula
LONGEST = 16  # letters
NEAR = 0.7  # of the formula's size: between an operator and its limits, and how far right of an integral they stand


def may_have_limits(sheet: Sheet) -> bool:
    """Whether there are operators on *sheet* whose limits may stand apart."""
    return any("\\" in line.text and OPERATOR.search(line.text) for line in sheet.lines)


def with_limits(sheet: Sheet, fonts: CharFonts) -> Sheet:
    """Return *sheet* with the limits of the operators of its page in their formulas."""
    shown = [box for box in _operators(fonts) if box.area > 0]
    lines = {id(line): line for line in sheet.lines}
    for formula in sheet.lines if shown else ():
        place, size = formula.box, formula.size or formula.box.height
        own = [box for box in shown if place.left <= box.middle <= place.right and place.down(box) > 0]
        written = list(OPERATOR.finditer(formula.text))
        if not own or len(own) != len(written):
            continue
        line, limits = formula, []
        for operator, found in zip(sorted(own, key=lambda box: box.left), written, strict=True):
            has = LIMITS.findall(formula.text, found.end())[0]
            below, above = _beside(operator, lines.values(), size)
            upper = "" if above is not None or "^" in has else _over(operator, size, fonts, line)
            line = _without(line, upper) if upper else line
            told = [
                lines.pop(id(limit)).text.replace("$", "") if limit is not None and sign not in has else ""
                for limit, sign in ((below, "_"), (above, "^"))
            ]
            limits.append((told[0], told[1] or upper))
        of_words = iter(limits)
        words = tuple(evolve(word, text=_limited(word.text, of_words)) for word in line.words)
        lines[id(formula)] = evolve(line, text=_limited(line.text, iter(limits)), words=words)
    return evolve(sheet, lines=tuple(lines.values()))


def _operators(fonts: CharFonts) -> Iterator[Box]:
    """Yield where the page shows operators that have limits."""
    raw = fonts.text_page.raw
    for index, letter in enumerate(said_on(fonts.text_page)):
        if letter in SHOWN or (letter in CODES and EXTENSION.search(font_name(raw, index) or "")):
            left, bottom, right, top = sides_of(fonts.text_page, index)  # its ink: boxes of these fonts tell nothing
            yield fonts.view.box((left, bottom, right, top))


def _over(operator: Box, size: float, fonts: CharFonts, line: Line) -> str:
    """Return what stands over *operator* and right behind a formula of *line*, as the parser tells some limits."""
    top, bottom = operator.top - 0.9 * size, operator.top - 0.3 * size
    said = fonts.text(operator.left, top, operator.right, bottom).strip()
    return said if said and line.text.count(f"${said}") == 1 else ""


def _without(line: Line, behind: str) -> Line:
    """Return *line* without what stands *behind* a formula."""
    words = tuple(evolve(word, text=word.text.replace(f"${behind}", "$")) for word in line.words)
    return evolve(line, text=line.text.replace(f"${behind}", "$"), words=words)


def _is_small(line: Line, size: float) -> bool:
    """Whether *line* may be a limit in a formula of a *size*."""
    several = " " in line.text and "$" not in line.text  # words, which may be of several operators
    return len(line.text) <= LONGEST and not several and (line.size or size) < SMALLER * size


def _beside(operator: Box, lines: Iterable[Line], size: float) -> tuple[Line | None, Line | None]:
    """Return those of *lines* that stand below an *operator* and above it; neither where several do."""
    room = NEAR * size
    found: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        box = line.box
        across = operator.left - room < box.middle < operator.right + room
        if _is_small(line, size) and across and operator.top - box.height - room < box.top < operator.bottom + room:
            found[box.centre < operator.centre].append(line)
    below, above = (each[0] if len(each) == 1 else None for each in found)
    return below, above


def _limited(text: str, limits: Iterator[Sequence[str]]) -> str:
    """Return *text* with the next of the *limits*, which may be none, behind each of its operators."""

    def put(found: re.Match[str]) -> str:
        lower, upper = next(limits, ("", ""))
        told = f"_{{{lower}}}" if lower else ""
        told += f"^{{{upper}}}" if upper else ""
        return f"{found[0]} {told}" if told else found[0]

    return OPERATOR.sub(put, text)
