"""
Puts back the dashes, quotation marks and primes of a page, which the parser writes as those of a typewriter.

They are looked up by their words in what pdfium says, and by their places where a page has a word in two ways. Hyphens
stay plain ones, and so do all signs in even type: what a program sets there for those of code, nobody can run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import evolve

from ...page import FORMULA, Line, Word
from ..char_fonts import CharFonts
from .lazy_words import LazyWords
from .ligatures import straightened


__all__ = ["PLAIN", "with_signs"]

# The parser writes these in one way, however the page has them.
_MARKS = {"'": "‘’‚′", '"': "“”„″", "-": "‒–—―−"}
_HYPHENS = str.maketrans("‐‑", "--")
PLAIN = _HYPHENS | {ord(mark): plain for plain, marks in _MARKS.items() for mark in marks}
_SET = re.compile(f"[{''.join(_MARKS.values())}]")
_TYPED = re.compile("[\"'-]")
_EITHER = re.compile(f"[{''.join(_MARKS.values())}\"'-]")
_DIVIDED = "\ufffe"  # what pdfium says of a hyphen and the end of its line


def with_signs(lines: Sequence[Line], fonts: CharFonts) -> Sequence[Line]:
    """Return *lines* with the signs that the page has."""
    typed = [not line.mono and _TYPED.search(line.text) is not None for line in lines]
    if not any(typed) or _SET.search(fonts.said) is None:
        return lines
    known = _known(straightened(fonts.said))
    return [_with(line, known, fonts) if asked else line for line, asked in zip(lines, typed, strict=True)]


def _known(said: str) -> dict[str, str | None]:
    """Return the words with signs that are *said*, by how the parser writes them; None for those said in two ways."""
    known: dict[str, str | None] = {}
    for word in {*said.replace(_DIVIDED, "- ").translate(_HYPHENS).split()}:
        if _EITHER.search(word):
            plain = word.translate(PLAIN)
            known[plain] = word if known.get(plain, word) == word else None
    return known


def _with(line: Line, known: Mapping[str, str | None], fonts: CharFonts) -> Line:
    pieces = FORMULA.split(line.text) if "$" in line.text else [line.text]
    for place in range(0, len(pieces), 2):  # the others are formulas
        said = pieces[place].split(" ")
        for index, word in enumerate(said):
            if _TYPED.search(word):
                plain = word.translate(PLAIN)
                own = known.get(plain)
                if own is None and len(pieces) == 1 and len(said) == len(line.words):
                    found = fonts.run(line.words[index].box, len(word)).translate(_HYPHENS)
                    own = found if found.translate(PLAIN) == plain else None
                said[index] = own or word
        pieces[place] = " ".join(said)
    text = "".join(pieces)
    return line if text == line.text else evolve(line, text=text, words=LazyWords(_signed, (line.words, text)))


def _signed(source: tuple[Sequence[Word], str]) -> tuple[Word, ...]:
    """Return words with the signs of the text that they make."""
    words, text = source
    signs = _EITHER.findall(text)
    if sum(len(_EITHER.findall(word.text)) for word in words) != len(signs):
        return tuple(words)
    rest = iter(signs)
    return tuple(evolve(word, text=_EITHER.sub(lambda _: next(rest), word.text)) for word in words)
