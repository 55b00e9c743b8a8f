"""Format codes in tokens, and which of a code's sections shows a value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from attrs import evolve, frozen


__all__ = ["Section", "Token", "section_for"]

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General)|(?P<half>AM/PM|A/P)|(?P<power>E[+-])|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?)|(?P<era>[bge]+)"
    r"|(?P<digit>[0#?])|(?P<mark>[.,/%@])|(?P<end>;)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_CURRENCY = re.compile(r"\$([^-]*)(?:-([0-9A-F]+))?", re.IGNORECASE)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_COLOUR = re.compile(r"black|blue|cyan|green|magenta|red|white|yellow|colou?r ?\d+", re.IGNORECASE)
_LANGUAGE = 0x3FF  # the bits of a locale that tell it
_ENGLISH = 0x09
_LONG_DATE, _LONG_TIME = "F800", "F400"  # as the reader's own system writes them


@frozen(slots=True)
class Token:
    """*kind* is literal, digit, mark, power, date, minute, elapsed, half, general or foreign: names in no English."""

    kind: str
    text: str


@frozen(slots=True)
class Section:
    """What shows the numbers that *condition* is true of."""

    tokens: tuple[Token, ...]
    condition: tuple[str, float] | None = None

    @property
    def tells_time(self) -> bool:
        """Whether it shows dates or times."""
        return any(token.kind in ("date", "minute", "elapsed") for token in self.tokens)

    def holds(self, value: float) -> bool:
        """Whether *value* is one of its own."""
        if self.condition is None:
            return True
        sign, other = self.condition
        return (
            ("<" in sign and value < other) or (">" in sign and value > other) or (sign[-1] == "=" and value == other)
        )


def section_for(code: str, value: float) -> tuple[Section | None, float]:
    """Return the section that shows *value*, None if none does, and the value without a sign that the section says."""
    numbers = _sections(code)[:3]
    if any(section.condition for section in numbers):
        return next((section for section in numbers if section.holds(value)), None), value
    if value < 0 and len(numbers) > 1:
        return numbers[1], -value
    return numbers[2 if value == 0 and len(numbers) > 2 else 0] if numbers else None, value


@lru_cache(256)
def _sections(code: str) -> tuple[Section, ...]:
    """Return the up to four sections of *code*; none if there is something in it that is not known here."""
    sections: list[Section] = []
    tokens: list[Token] = []
    condition: tuple[str, float] | None = None
    for found in _TOKEN.finditer(code):
        kind = str(found.lastgroup)
        text = found[kind]
        if kind == "end":
            sections.append(Section(_with_minutes(tokens), condition))
            tokens, condition = [], None
        elif kind == "era" or (kind == "bracket" and not _is_known(text)):
            return ()
        elif kind == "bracket":
            if said := _CONDITION.fullmatch(text):
                condition = said[1], float(said[2])
            elif said := _CURRENCY.fullmatch(text):
                tokens.append(Token("literal", said[1]))
                if said[2] and said[2].upper() != _LONG_TIME and int(said[2], 16) & _LANGUAGE != _ENGLISH:
                    tokens.append(Token("foreign", ""))
            elif _ELAPSED.fullmatch(text):
                tokens.append(Token("elapsed", text.lower()))
        elif kind in ("quoted", "escaped", "other"):
            tokens.append(Token("literal", text))
        elif kind == "space":
            tokens.append(Token("literal", " "))
        elif kind != "fill":
            tokens.append(Token(kind, text if kind == "half" else text.lower()))
    return (*sections, Section(_with_minutes(tokens), condition))


def _is_known(bracket: str) -> bool:
    if found := _CURRENCY.fullmatch(bracket):
        return (found[2] or "").upper() != _LONG_DATE
    return any(each.fullmatch(bracket) for each in (_CONDITION, _ELAPSED, _COLOUR))


def _with_minutes(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Return *tokens* with those months named minutes that stand behind hours or before seconds."""
    timed = [at for at, token in enumerate(tokens) if token.kind in ("date", "elapsed")]
    letters = ["", *(tokens[at].text[0] for at in timed), ""]
    minutes = {
        at
        for at, before, behind in zip(timed, letters, letters[2:], strict=False)
        if tokens[at].text in ("m", "mm") and tokens[at].kind == "date" and (before == "h" or behind == "s")
    }
    return tuple(evolve(token, kind="minute") if at in minutes else token for at, token in enumerate(tokens))
