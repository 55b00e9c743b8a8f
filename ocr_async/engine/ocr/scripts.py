"""
Which reader can read a page: the networks, or tesseract in which languages, and which way up.

The networks read most alphabets, and better than tesseract. Of a script that they do not know they give next to
nothing, or letters that they are unsure of; so what it costs to look for another reader is paid only by pages where
several lines were read like that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from statistics import fmean

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from ..values import Recogniser
from . import tessdata, tesseract
from .languages import HARD, SCRIPTS, foreign, foreign_letters, looks_greek, looks_vietnamese, script_of
from .lines import Reading
from .orientation import turned


__all__ = [
    "Finding",
    "doubtful",
    "hard_language",
    "languages_of_all",
    "look",
    "maybe_another",
    "mostly",
    "read_again",
    "read_on_such_a_page",
    "weak",
    "with_words_of",
]

_UNSURE = 0.85
_FEW = 0.7  # letters a length of one height; print has more than one, and half are a number before words
_STRICT = (0.9, 0.9)  # in the place of both
_LONG = 4.0  # times as long as high; what is shorter may be a stain
_SHARE = 0.2
_SEVERAL = 3
_LITTLE = 0.04  # the lettering of charts, of which several lines may be hard to read
_MOSTLY = 0.5

_SHOWN = 12  # lines from which the script is told
_SAMPLES = 3
_PIECE = 16  # times as long as high: of a line, where every language that is there is tried
_MOST = 12  # languages that are tried, so that a machine with all of them takes no longer
_LIKELY = 0.65  # how sure of what it reads tesseract must be where the script is known to be the language's
_CERTAIN = 0.85  # and where it is not: it reads garbage, such as lines upside down, with up to .79
_SURELY = 0.88  # Ukrainian by the data of Russian: .82; what the data are of: .95
_PAIR = 2  # the second language of some scripts is hardly written any more
_DOUBT = 0.03  # by which a page must be read better to be turned
_GOOD = 0.6
_OWN = 0.5
_SOME = 0.3
_LIKE_LATIN = ("Cyrillic", "Greek")  # of which the networks read numbers, capitals and spaces
_ALIKE = frozenset("АВЕКМНОРСТУХІЅЈ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")  # the like of which are Latin ones
_UNIT = re.compile(r"\d[\d.,]*[^\W\d_]{2,}\.?")
_NUMBER_LOST = re.compile(r"[^\W\d_](?:шт|кг|мл|бр|г|л|τεμ)\.?", re.IGNORECASE)  # "Зшт" is three pieces

Word = tuple[str, float, float, float]
"""One of `Reading.words`."""


@frozen
class Finding:
    """
    Who can read the doubtful lines of a page.

    Attributes:
        languages: In which tesseract reads them; none where it cannot.

        upside_down: Whether it reads them so; the networks' vote on the way up errs in scripts that they do not know.

        advice: What to install or to say so that they can be read, for people.
    """

    languages: tuple[str, ...] = ()
    upside_down: bool = False
    advice: str | None = None


def languages_of_all(recogniser: Recogniser) -> tuple[str, ...]:
    """Return the languages in which tesseract reads each line of a page; none where the networks read first."""
    asked = recogniser.languages
    if recogniser.engine == "tesseract":
        return asked or _default()
    return asked if asked and all(map(foreign, asked)) and recogniser.engine == "auto" else ()


def _default() -> tuple[str, ...]:
    there = sorted(tessdata.installed() - {"osd", "equ"}, key=lambda language: (language != "eng", language))
    return tuple(there[:1]) or ("eng",)


def weak(reading: Reading, length: float, *, strict: bool = False) -> bool:
    """
    Whether *reading* is no good for a line of *length* times its height.

    Args:
        strict: Whether a little doubt is enough, because others on the page were read badly.
    """
    unsure, few = _STRICT if strict else (_UNSURE, _FEW)
    return reading.confidence < unsure or reading.letters < few * length


def doubtful(readings: Sequence[Reading], lengths: Sequence[float]) -> float:
    """Return the part of the length of all lines that is weak; 0 where only a few are, of many."""
    long = [
        (weak(reading, length), length) for reading, length in zip(readings, lengths, strict=True) if length > _LONG
    ]
    whole = sum(length for _, length in long)
    share = sum(length for poor, length in long if poor) / whole if whole else 0.0
    several = share > _LITTLE and sum(poor for poor, _ in long) >= _SEVERAL
    return share if share > _SHARE or several else 0.0


def hard_language(readings: Sequence[Reading]) -> str | None:
    """Return the language of a page that the networks read surely and wrong, told by the letters that they know."""
    text = " ".join(reading.text for reading in readings)
    return "vie" if looks_vietnamese(text) else "ell" if looks_greek(text) else None


def mostly(readings: Sequence[Reading], languages: Sequence[str]) -> bool:
    """Whether most letters of a page are those of *languages*, in which tesseract reads it."""
    return languages[0] in HARD or foreign_letters(" ".join(reading.text for reading in readings)) >= _OWN


def read_on_such_a_page(picture: NDArray[np.uint8], first: Reading, languages: Sequence[str]) -> Reading:
    """
    Return what tesseract reads on a page that is mostly in *languages*, where it reads letters better; else *first*.

    The networks read "Сумма" as "Cya", and nearly surely; numbers and Latin words they do read better.
    """
    if not any(map(str.isalpha, first.text)):
        return first
    second = tesseract.read_line(picture, languages)
    if languages[0] in HARD:
        return second if second.confidence >= _CERTAIN else first
    if any(languages[0] in SCRIPTS[script] for script in _LIKE_LATIN):
        return with_words_of(second, first)
    return second if second.confidence >= first.confidence and foreign_letters(second.text) >= _OWN else first


def with_words_of(second: Reading, first: Reading) -> Reading:
    """Return *first* with the likelier words of *second*, of the same line, in `SCRIPTS`; numbers stay as they are."""
    own = {word: [other for other in first.words if _stands_on(word, other)] for word in second.words}
    doubt = _ALIKE if foreign_letters(second.text) <= _OWN else frozenset[str]()  # the name of a thing is in Latin
    better = [word for word in second.words if _is_better(word, own[word]) and not doubt.issuperset(word[0])]
    kept = {other for word in second.words if word not in better for other in own[word]}
    better = [word for word in better if kept.isdisjoint(own[word])]
    if not better:
        return first
    gone = {other for word in better for other in own[word]}
    words = [*(word for word in first.words if word not in gone)]
    words += [part for word in better for part in _parted(word, own[word])]
    words.sort(key=lambda word: word[2])
    return Reading(" ".join(text for text, *_ in words), _sureness(words), tuple(words))


def _stands_on(word: Word, other: Word) -> bool:
    (*_, left, right), (*_, begin, end) = word, other
    return min(right, end) - max(left, begin) > _OWN * min(right - left, end - begin)


def _is_better(word: Word, own: Sequence[Word]) -> bool:
    """Whether *word* is to be taken for those that the networks read in its place."""
    text, sure, left, right = word
    before = "".join(other for other, *_ in own)
    if text == "№":
        return before.startswith("N")
    if max(len(text), len(before)) == 1 or foreign_letters(text) < _OWN:
        return False
    if not own:
        return sure >= _CERTAIN
    if any(map(str.isdigit, text)):
        # letters that look like those of "10шт" stand behind the number, or nothing
        return bool(_UNIT.fullmatch(text) and len(own) == 1 and _figures(text) == _figures(before) and sure >= _GOOD)
    if before == "3" and own[0][2] > left + (right - left) / len(text):  # "З", amid letters that the networks lost
        return sure >= _CERTAIN
    if _figures(before) and (
        len(text) != len(before) or _NUMBER_LOST.fullmatch(text) or any(_is_number(other) for other, *_ in own)
    ):
        return False
    capitals = 2 * sum(map(str.islower, before)) < len(before)  # they look like Latin ones, which are read surely
    return sure >= (min(_GOOD, _sureness(own)) if capitals else _sureness(own))


def _parted(word: Word, own: Sequence[Word]) -> Iterator[Word]:
    """Yield *word*, parted as *own* where that has as many letters: narrow spaces the networks see better."""
    text, sure, *_ = word
    if sum(len(other) for other, *_ in own) != len(text):
        yield word
        return
    for other, _, left, right in own:
        yield text[: len(other)], sure, left, right
        text = text[len(other) :]


def _sureness(words: Sequence[Word]) -> float:
    return sum(sure * len(text) for text, sure, *_ in words) / sum(len(text) for text, *_ in words)


def _is_number(text: str) -> bool:
    return 2 * len(_figures(text)) >= len(text)


def _figures(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def maybe_another(readings: Sequence[Reading], languages: Sequence[str]) -> str | None:
    """Return what to install where tesseract is unsure of *readings*: *languages* may not be that of the page."""
    script = next((script for script, known in SCRIPTS.items() if languages[0] in known and len(known) > _PAIR), None)
    own = [reading for reading in readings if foreign_letters(reading.text) >= _OWN]
    letters = sum(len(reading.text) for reading in own)
    missing = [language for language in SCRIPTS.get(script or "", ()) if language not in tessdata.installed()]
    if not missing or sum(reading.confidence * len(reading.text) for reading in own) >= _SURELY * letters:
        return None
    return (
        f"{languages[0]} was read unsurely; should it be another language in {script} letters, "
        f"{tessdata.lacking(missing[:1])}"
    )


def read_again(picture: NDArray[np.uint8], first: Reading, languages: Sequence[str]) -> Reading:
    """Return what tesseract reads in *languages* where the first reader cannot know that; else *first*."""
    if all(language in HARD or not foreign(language) for language in languages):
        return first  # their letters could not tell
    second = Reading("", 0.0, ())
    # A second alphabet costs time and errors, so it is asked only where the first one does not do.
    for asked in dict.fromkeys((tuple(filter(foreign, languages)), tuple(languages))):
        if asked and second.confidence < _CERTAIN:
            second = max(second, tesseract.read_line(picture, asked), key=lambda reading: reading.confidence)
    return second if second.confidence >= _GOOD and foreign_letters(second.text) >= _SOME else first


def look(
    pictures: Sequence[NDArray[np.uint8]],
    recogniser: Recogniser,
    threads: Executor,
    *,
    share: float = 1.0,
    hard: str | None = None,
) -> Finding:
    """
    Return who can read *pictures*, the lines that the first reader could not.

    Args:
        share: Of the page that they are; the page is turned over only if they are most of it.

        threads: Where tesseract is loaded; each keeps what it loaded for the next page.

        hard: The page's language, where its letters told it.
    """
    asked = recogniser.languages
    if recogniser.engine in {"rapidocr", "tiny"} or (
        asked and recogniser.engine == "auto" and not any(map(foreign, asked))
    ):
        return Finding()
    if (what := tessdata.lacking()) is not None:
        return Finding(advice=f"if the page is in another script than Latin, Chinese or Japanese, {what}")
    ways = (False, True) if share > _MOSTLY else (False,)
    longest = sorted(pictures, key=lambda picture: -picture.shape[1] / picture.shape[0])
    if asked:
        found = _surest(longest[:_SAMPLES], [asked], threads, ways=ways)
        return evolve(found, languages=tuple(sorted(asked, key=lambda language: not foreign(language))))
    there = tessdata.installed()
    if hard is not None:
        if hard in there:
            return Finding((hard,) if hard in HARD or "eng" not in there else (hard, "eng"))
        return Finding(advice=f"the text looks {'Vietnamese' if hard in HARD else 'Greek'}: {tessdata.lacking([hard])}")
    name = threads.submit(tesseract.script, longest[:_SHOWN]).result()
    script = None if name is None else script_of(name)
    found = Finding()
    if script is not None:
        tried = [(language,) for language in SCRIPTS[script] if language in there]
        if not tried:
            return Finding(advice=f"the script looks {script}: {tessdata.lacking(SCRIPTS[script][:1])}")
        found = _surest(longest[:_SAMPLES], tried[:_MOST], threads, ways=ways, sure=_LIKELY)
    if not found.languages:
        # Of many a page that it does not know, it says Latin or Japanese.
        first = [next(filter(there.__contains__, each), None) for each in SCRIPTS.values()]
        tried = [(language,) for language in first if language is not None]
        pieces = [picture[:, : _PIECE * picture.shape[0]] for picture in longest[:_SAMPLES]]
        found = _surest(pieces, tried[:_MOST], threads, ways=ways, sure=_CERTAIN)
    # words of other alphabets stand in most texts
    return evolve(found, languages=(*found.languages, "eng")) if found.languages and "eng" in there else found


def _surest(
    pictures: Sequence[NDArray[np.uint8]],
    candidates: Sequence[tuple[str, ...]],
    threads: Executor,
    *,
    ways: Sequence[bool],
    sure: float = 0,
) -> Finding:
    """
    Return the one of *candidates*, and the way up, with which tesseract is surest of *pictures*.

    Args:
        ways: Whether to try them upside down, each.

        sure: What it must be at least; then its text must be of a script that the networks do not know, too.
    """

    def score(candidate: tuple[str, ...], over: bool) -> float:
        shown = [turned(picture, 2 if over else 0) for picture in pictures]
        readings = list(threads.map(lambda picture: tesseract.read_line(picture, candidate), shown))
        readings = sorted(readings, key=lambda reading: -reading.confidence)[: _SAMPLES - 1]  # one may be no line
        if sure and fmean(foreign_letters(reading.text) for reading in readings) < _OWN:
            return 0.0
        return fmean(reading.confidence for reading in readings) - over * _DOUBT

    best, found = sure, Finding()
    for over in ways:
        for candidate in candidates:
            if (confidence := score(candidate, over)) > best:
                best, found = confidence, Finding(candidate, over)
        if found.languages and best >= _CERTAIN:
            break
    return found
