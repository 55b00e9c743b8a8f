"""Tells what numbers the parts of laws and reports: "Chapter II", "Article 5", "§ 3", "第三章", "（二）"."""

from __future__ import annotations

import re


__all__ = ["ARTICLE", "is_bare", "rank"]

# The higher ones first, by how the parts of a text are nested.
NAMES = (
    r"(?:part|teil|buch|livre|partie|libro|parte|часть)",
    r"(?:chapter|title|kapitel|abschnitt|titel|chapitre|titre|cap[ií]tulo|t[ií]tulo|глава|раздел|schedule|annexe?|anhang"
    r"|anlage|anexo|appendix|приложение)",
    r"(?:section|unterabschnitt|secci[óo]n|подраздел)",
    r"(?:article|artikel|art[ií]culo|art\.|статья)",
)
ARTICLE = 3  # the rank of an article, and of a section of a German law
WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
NUMBER = rf"(?:\d{{1,3}}[a-z]?|[IVXLC]+(?:er)?|1er|[A-Z]|{WORDS})(?![\w])"
LATIN = [re.compile(rf"\s*{name}\s+{NUMBER}[.:]?(?P<rest>.*)", re.IGNORECASE | re.DOTALL) for name in NAMES]
SIGN = re.compile(r"\s*§\s?\d{1,4}\s?[a-z]?\b\.?(?P<rest>.*)", re.DOTALL)
DIGITS = "[一二三四五六七八九十百零〇0-9０-９]{1,5}"
IDEOGRAPHS = [
    re.compile(rf"\s*(?:{mark})(?P<rest>.*)", re.DOTALL)
    for mark in (
        rf"第\s?{DIGITS}\s?[编編部篇]",
        rf"[第제]\s?{DIGITS}\s?[章장]|[一二三四五六七八九十]{{1,3}}、",
        rf"第\s?{DIGITS}\s?[节節]|[（(][一二三四五六七八九十]{{1,3}}[）)]",
        rf"第\s?{DIGITS}\s?[条條]",
    )
]
FIRST = frozenset("§第제（(一二三四五六七八九十pPtTbBlLcCkKaAsSuUчЧгГрРпПсС")


def rank(text: str) -> int | None:
    """Return how deep the part is that *text* numbers, 0 for the highest; None where it begins with no such number."""
    return found[0] if (found := _numbered(text)) is not None else None


def is_bare(text: str) -> bool:
    """Whether *text* is nothing but such a number: the name of the part may stand below it."""
    return (found := _numbered(text)) is not None and not found[1].strip(" .:")


def _numbered(text: str) -> tuple[int, str] | None:
    if text.lstrip()[:1] not in FIRST:
        return None
    if (sign := SIGN.match(text)) is not None:
        return ARTICLE, sign["rest"]
    for forms in (LATIN, IDEOGRAPHS):
        for depth, form in enumerate(forms):
            if (found := form.match(text)) is not None:
                return depth, found["rest"]
    return None
