"""
Tells headings from running text, and their levels.

No single sign decides. A heading is larger or heavier than the running text, short, set apart, numbered or one of
the words that articles are divided by; each sign adds to a sum. The weights were set by hand on pages of papers,
reports, articles and books, and are the same for scans and text layers; what a scan does not tell (weight, exact
size) adds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from ...page import Line
from ..figures import CAPTION
from ..flow import Paragraph
from ..join import flow
from ..lists import marker
from ..measure import UNPARTED, ems, length
from ..numbering import is_bare, rank
from ..tables.price_lists import ends_priced
from .looks import FLUSH_RIGHT


__all__ = ["HEADING", "LARGEST_NAME", "NAMED", "SECTION", "SPACED", "levels", "likelihood"]

NUMBERED = re.compile(
    r"(?:chapter|section|part|appendix|annex|article|kapitel|teil|anhang|chapitre|cap[ií]tulo)\s+(?:\d+|[ivxlc]+|[a-z])\b"
    r"|(?:[IVX]{1,5}\.\s+|[A-Z]\.\s*\d?\s*)[A-ZÄÖÜÉ]",
    re.IGNORECASE,
)
DEEP = re.compile(r"\s*\d{1,2}(?:\.\d{1,2}){1,4}\.?\s+[^\W\d]")
SECTION = re.compile(r"\s*(\d{1,2}(?:\.\d{1,2})*)\.?\s+[\"“‘«„']?[^\W\d_]")  # no version, with its date
DEEP_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,4}\.?\s")
CASED = re.compile(r"\s*\d{1,2}\.?\s+[A-ZÀ-ÖØ-ÞΑ-ΩЁА-Я\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
NAMED = re.compile(
    r"\W*(?:\d+\.?\s*|[IVX]+\.?\s*)?(?:abstract|summary|introduction|background|related work|methods?|"
    r"materials and methods|results?|discussion|results and discussion|conclusions?|references|"
    r"bibliography|acknowledge?ments?|appendix|"
    r"contents|table of contents|preface|foreword|index|glossary|zusammenfassung|einleitung|inhalt|literatur|anhang|"
    r"r[ée]sum[ée]|sommaire|bibliographie|resumen|introducci[óo]n|conclusi[óo]n)\W*",
    re.IGNORECASE,
)
KNOWN = 0.3
SIGNAL = re.compile(  # what begins a warning of a manual, as ANSI Z535.6 and its translations have it
    r"\W*(?:danger|warning|caution|notice|note|tip|important|gefahr|warnung|vorsicht|achtung|hinweis|tipp|wichtig"
    r"|avertissement|attention|mise en garde|remarque|astuce|peligro|advertencia|atenci[óo]n|precauci[óo]n|nota"
    r"|importante|varning|viktigt|notera|внимание|примечание|осторожно|опасно|警告|注意|危险|危険)\W*",
    re.IGNORECASE,
)
LARGEST_NAME = 1.55  # times the running text's size, where no abstract follows
LARGEST_SIGNAL = 1.35  # times the running text's size
QUOTED = 1.2
VARIED = 0.3  # of its letters, up to thirty, are unlike each other: notes of music are not
QUOTES = "\"'“”„«»‘’‹›"
PART = 2.0
LONGEST_NAME = 60  # letters and signs of the name of a part with its number
LISTED = re.compile(r".*\s\d{1,4}", re.DOTALL)  # an entry of a list of contents
OF_KIND = {"heading": 1.5, "term": -2.5, "marked": 3.0, None: 0.0}
HEADING = 2.0  # what speaks for one, at least
FEW_LETTERS = 0.15  # of a heading such as "1.1.32: Nov 2 2017"
WITH_NUMBER = re.compile(r"[^\W\d_]{4,}\s[^:]*\d[^:]*")  # the name of a document with its number, and no field
LARGE_TITLE = 1.3  # times the running text's size, of such a name
SENTENCE = 6  # words
ASKED = re.compile(r"\s*(?:Q|F|P|Question|Frage|Pregunta)\s?\d{0,2}\s?[:.]\s")  # and then an answer
BYLINE = re.compile(
    r"\W*By(?: [A-Z][\w.'’-]*){2,5}(?:,? (?:and|&)(?: [A-Z][\w.'’-]*){2,5})?|本[报刊](?:讯|记者)\W.{2,24}"
)
EVEN = 0.8  # times the running text's size: names of code in a heading's style are often set so small
SAME = 0.02  # of a size
SPACED = re.compile(r"(?:\w ){4,}\w\b")


def likelihood(
    paragraph: Paragraph,
    body: float,
    usual: float,
    *,
    after: float | None = None,
    goes_on: bool = False,
    followed: bool = False,
    underlined: bool = False,
    bold_body: bool = False,
    exact: bool = True,
    known: Sequence[float] = (),
    kind: Literal["heading", "term", "marked"] | None = None,
) -> float:
    """
    Return how much speaks for *paragraph* being a heading; 2 and more means that it is one.

    Args:
        body: Size of the running text in pixels.

        usual: The usual distance between paragraphs' lines in pixels.

        after: Size of the running text that follows in pixels, where some does.

        goes_on: Whether what follows right below begins with a small letter.

        followed: Whether a paragraph of running text, and no list's next item, comes right after it.

        underlined: Whether a ruling runs right below it.

        bold_body: Whether the running text itself is bold, so that weight says nothing.

        exact: Whether sizes are a text layer's, rather than heights of detected boxes.

        known: Sizes larger than the running text's that the document uses for little else than headings.

        kind: What is set as it is, and stands as it does, all over the document; or whether the outline names it.
    """
    lines, styled = paragraph.lines, kind in {"heading", "marked"}
    if len(lines) > 4:
        return 0.0
    text = flow(lines).strip()
    chars = len(text) - text.count(" ")
    if chars > 180:
        return 0.0
    letters = len(text) if is_bare(text) else sum(map(str.isalpha, text))
    said = len(DEEP_NUMBER.sub("", text).replace(" ", ""))
    size = sum(ems(line) * length(line) for line in lines) / max(1, sum(map(length, lines)))
    few = styled or (size > LARGE_TITLE * body and WITH_NUMBER.fullmatch(text) is not None)
    if letters < (2 if styled or UNPARTED.match(text) else 3) or letters < (FEW_LETTERS if few else 0.5) * said:
        return 0.0
    if len({*text.casefold()} - {" "}) < VARIED * min(letters, LONGEST_NAME / 2):
        return 0.0
    if any(_apart(left, right) for left, right in pairwise(lines)):
        return 0.0
    # What counts is how a heading stands out from what follows it, which may be larger or smaller than most.
    steep = 11 if exact else 8
    ratio = size / (max(after, 0.92 * body) if after and after < 1.2 * body else body)
    bold = all(line.bold for line in lines)
    # a bold question is the heading of its answer; another one that is numbered is one of an exercise
    asks = styled or bold or text[-1] not in "?？"
    sentence = kind != "marked" and (_is_sentence(text) or (not asks and marker(text) is not None))
    score = 0.0 if sentence and kind == "heading" else OF_KIND[kind]
    if ratio >= 1.04:
        score += min(3.0, max((ratio - 1) * steep, (size / body - 1.3) * steep))
    elif ratio < (EVEN if styled and all(line.mono for line in lines) else 0.93):
        score -= 1.2
    if ratio >= 1.04 and any(abs(size - each) < SAME * each for each in known):
        score += KNOWN
    if bold and not bold_body:
        score += 1.7
        if followed and len(lines) == 1 and text[-1] not in ".:,;" and paragraph.above >= 0.8 * paragraph.below:
            score += 0.2
    elif not bold and lines and lines[0].italic:
        score += 0.4
    numbered = not sentence and bool(
        DEEP.match(text) or CASED.match(text) or (NUMBERED.match(text) and text[0].isupper())
    )
    if not sentence and _is_part(text, chars):
        score += PART
    elif numbered:
        score += 1.0
        if DEEP.match(text):
            score += 0.6
        if followed and len(lines) == 1 and text[-1].isalnum() and min(paragraph.above, paragraph.below) > 0.5 * body:
            score += 0.8
    if NAMED.fullmatch(text):
        score += 2.0
    if SPACED.match(text):
        score += 2.0
    capitals = sum(map(str.isupper, text))
    if capitals > 0.8 * letters and letters >= 4:
        score += 0.7
    elif text[0].islower() and not SPACED.match(text):
        score -= 1.2
    if paragraph.above > 1.1 * usual and paragraph.above >= 0.9 * paragraph.below:
        score += 0.4
    if underlined:
        score += 0.7
    if text.count(",") >= 3:
        score -= 1.2  # names of authors, an enumeration
    if goes_on and not styled and text[-1].isalnum() and paragraph.below < 0.9 * body:
        score -= 2.0
    width = paragraph.column[1] - paragraph.column[0]
    if len(lines) == 1 and paragraph.box.width < 0.7 * width:
        score += 0.2
    if (text[-1] in ".;,，；" or (sentence and "。" in text)) and not numbered and not NAMED.fullmatch(text):
        score -= 1.3
        if sentence and not bold:
            score -= QUOTED  # a sentence that is set large, as what is quoted from a text is
    elif (
        not bold and kind != "marked" and text[0] in QUOTES and text[-1] in QUOTES and _is_sentence(text.strip(QUOTES))
    ):
        score -= 1.3 + QUOTED
    elif text[-1] == ":":
        score -= 0.4
    if len(lines) > 2 and ratio < 1.3:
        score -= 1.0
    if chars > 90:
        score -= 0.7
    if kind != "marked" and ratio < LARGEST_NAME and all(FLUSH_RIGHT in line.look for line in lines):
        score -= 3.0  # who is to act, a date
    if not bold_body and kind != "marked" and ratio < LARGEST_SIGNAL and SIGNAL.fullmatch(text):
        score -= 3.0
    if CAPTION.match(text) or ASKED.match(text) or BYLINE.fullmatch(text) or (kind != "marked" and ends_priced(text)):
        score -= 2.5
    mark = None if numbered else marker(text)
    if mark is not None and (sentence or not styled or not any(map(str.isalnum, mark))):
        score -= 1.5  # an item; but "(1)" may number the headings of a document
    digits = sum(map(str.isdigit, text))
    if digits > 0.3 * chars and not styled:
        score -= 1.0
    return score


def _is_part(text: str, chars: int) -> bool:
    """Whether *text*, of so many *chars*, is the number of a part, or that and its name."""
    if rank(text) is None or chars > LONGEST_NAME:
        return False
    return is_bare(text) or (text[-1] not in ".,;:。；：，" and LISTED.fullmatch(text) is None)


def _is_sentence(text: str) -> bool:
    """Whether *text* ends as a sentence does and is one, with words of a text: what an exercise asks, a clause."""
    if "。" in text:
        return len(text) > SENTENCE
    if text[-1] not in ".;,":
        return False
    words = [word for word in text.split() if word[0].isalpha()]
    return len(words) >= SENTENCE and sum(word[0].islower() for word in words) > 0.5 * len(words)


Look = tuple[str, float]


def _apart(left: Line, right: Line) -> bool:
    """Whether two lines stand side by side with more than a number's space between them, as names and values do."""
    one, other = left.box, right.box
    return one.is_level_with(other) and length(left) > 4 and -one.across(other) > 2 * ems(left)


def levels(
    sizes: Sequence[tuple[float, str]],
    body: float,
    known: Sequence[float] = (),
    *,
    looks: Sequence[Look] = (),
    ordered: Sequence[Look] = (),
) -> list[int]:
    """
    Return the level of each heading, 1 to 6, from its size, its look and its numbering.

    Args:
        sizes: Size in pixels and text of each.

        known: Sizes of headings elsewhere in the document.

        looks: How each looks.

        ordered: How headings of the document look; of those of one size, the first is the highest, and of those of
            nearly one size, the largest.
    """
    classes: list[float] = []
    for size in sorted([*known, *(size for size, _ in sizes)], reverse=True):
        if not classes or size < 0.9 * classes[-1]:
            classes.append(size)
    within: list[list[Look]] = [[] for _ in classes]
    for look in ordered if classes else ():
        within[_class_of(look[1], classes)].append(look)
    for each in within:
        each.sort(key=lambda look: -round(look[1], 1))
    out: list[int] = []
    for index, (size, text) in enumerate(sizes):
        place = _class_of(size, classes)
        level = 1 + sum(max(1, len(each)) for each in within[:place])
        # What is no larger than the running text is no title of the whole.
        if size < 1.15 * body:
            level = max(level, 2)
        if looks and looks[index] in within[place]:
            level += within[place].index(looks[index])
        if size < 1.15 * body and (depth := rank(text)) is not None:
            level = max(level, 1 + depth)
        if numbers := SECTION.match(text):
            level = max(level, 1 + len(numbers.group(1).split(".")))
        out.append(min(level, 6))
    return out


def _class_of(size: float, classes: Sequence[float]) -> int:
    return next((index for index, least in enumerate(classes) if size >= 0.9 * least), len(classes) - 1)
