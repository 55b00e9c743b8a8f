"""
Decides between characters that look alike, where what stands around them tells which it is.

A comma in small print is read as a full stop, a dash alone in a cell as the Chinese "一", "0g" as "og", "10 IU" as
"101U", "Indiana" as "lndiana", and "¡", which the networks do not know, as "i": often surely, because each is a letter
somewhere. What nothing around it tells, such as "O" and "0" in the number of an article, stays as it was read.
Dirt, or a descender of the line above, is read as an accent: "LOCÃTE" and "MUTÉ" on a page in English.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from .lines import Reading, accented


__all__ = ["is_turkish", "with_look_alikes", "without_stray_accents"]

_SEVERAL = 3  # letters that tell a page in Spanish, or one in a language that is written alike; lines that are amounts
_SPANISH = re.compile("[ñáéíóú¿]", re.IGNORECASE)
_DOTLESS = re.compile("[ğĞıİ]")
_INVERTED_MARK = (re.compile(r"(?<!\w)i(?=[A-ZÁÉÍÓÚÑ][a-záéíóúñ])(?!Phone|Pad|Pod|Mac|Cloud|Tunes)"), "¡")

_UNIT = r"(?:[mkµμu]?g|mcg|[mcd]?l|mL|L|[cmkµμ]?m|k?J|kcal|k?Wh?|IU)"
_AMOUNT = re.compile(rf"[<>]? ?\d[\d.,:]* ?(?:{_UNIT}|%)?")
_IDEOGRAPH = re.compile("(?![一二℃℉])[\u2e80-\ud7ff\uf900-\ufaff]")  # but for what dashes and degrees are read as
_KANA = re.compile("[ぁ-ゖァ-ヺ]")
_NUMBER = re.compile(r"(?<![\w.,/:-])[-−–]?(\d+)((?:[.,]\d{3})*)([.,]\d+)?(?![\d/:]|[.,]\d)")
_THOUSAND = 3  # digits
_SURE = 0.97  # the surest accent of those on a page: true ones are at 1.00, stray ones reached .96
_FEW = 0.01  # of a page's letters: languages with accents have more
_UNSURE = 0.02  # that a separator is the other one; of those that are read surely it is at .001
_UNSURE_AT_ALL = 0.002
_NEVER = 1e-6

_Separator = tuple[str, int, bool, float]
"""Which it is, where it stands in the text, whether it may be that of thousands, and how likely it is a comma."""

Changes = Sequence[tuple[re.Pattern[str], str]]


def _changes(*pairs: tuple[str, str]) -> Changes:
    return [(re.compile(pattern), to) for pattern, to in pairs]


_ANYWHERE = _changes(
    (r"°℃", "°C"),
    (r"^%[o0]$|(?<=\d)%[o0](?!\w)|(?<=\d )%[o0](?!\w)", "‰"),
    (r"½/?2(?!\d)", "½"),  # the lower number of a fraction, read twice
    (r"([¼¾])/?4(?!\d)", r"\1"),
    (rf"(?<![\w.,/-])O(?=[.,]\d|(?=\w\w){_UNIT}(?![\w-])|%)", "0"),
    (rf"(?<![\w.,/-])([1-9]\d*)O(?=[.,]\d| ?(?:{_UNIT}(?![\w-])|%))", r"\g<1>0"),
    (r"(?<![\w.,/-])(1[5-9][1-9](?=o(?!\w))|[1-9]\d*(?=o\d+(?!\w)))o", r"\g<1>0"),  # of the old style
    (r"(?<!\w)[Oo](?=x(?:[A-F]\d|\d[A-Fa-f\d]|[A-F]{2})[\dA-Fa-f]*(?!\w))", "0"),  # before digits to the base sixteen
    (r"(?<![\w.,/-])(?:l(?=\d*[.,]\d)|I(?=\d*[.,]\d\d))", "1"),
    (r"(?<=\d)( ?)[1l]U(?!\w)|(?<!\w)([mkµμn]?)[l|]U(?!\w)", r"\1\2IU"),
    (r"(?<!\w)([mµμunp]?mol|[mnpµμuk]?[gU]|[mkµμn]?IU)/[1I](?!\w)", r"\1/l"),
    (r"(\d[.,]\d+ |\d ?[mcd])I(?!\w)", r"\1l"),
    (r"(?<![\d.,])10[9°]/[l1I](?!\w)", "10⁹/l"),
    (r"(?<![\d.,])10[9°]/L(?!\w)", "10⁹/L"),
    (r"^9/(?=[lL]$)", "g/"),
    (r"(?<!\w)ÖI(?!\w)", "Öl"),
    (r"(?<!\w)lg(?=[ADEGM]\d?(?!\w))", "Ig"),
    # no language has such words
    (r"(?<![\w'’.+/])l(?=[A-Z]{2,}(?![\w+/=])|owa(?!\w)|odi[dn]|oni[sz]|onen|ğ)", "I"),
)
_WITHOUT_IDEOGRAPHS = _changes((r"一|^二$", "–"), (r"℃", "°C"), (r"℉", "°F"), (r"∅(?= ?\d)", "Ø"))
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # letters and marks as wide as ideographs
_TURKISH = _changes((r"ș", "ş"), (r"Ș", "Ş"))  # with the cedilla, where Romanian has a comma
_WITH_KANA = _changes(
    (r"(?<![\u4e00-\u9fffァ-ヺー])[力カ][一ー]|カ一(?=[ァ-ヺ])", "カー"), (r"(?<=[ァ-ヺ])一(?=[ァ-ヺ])", "ー")
)
_AMONG_NUMBERS = _changes((r"^[一二]$", "–"), (rf"^[oO](?= ?(?:{_UNIT}|%)$)", "0"), (r"(?<!\w)O(?=g(?: \d|$))", "0"))
_SLAVIC = re.compile("[ěřůľĺłśżąę]")  # which has words such as "lze" and "lśni"
_CAPITALS = _changes((r"^l(?=ll|l?[bcdfgkmnpqrstvxğş][a-zß-ÿğış]*[aeiouyà-ü][a-zß-ÿğış]*(?:[ .,;:)’-]|$))", "I"))


def with_look_alikes(readings: Sequence[Reading]) -> list[Reading]:
    """Return *readings*, the lines of a page, with the characters that others were taken for."""
    readings = _with_separators(readings)
    texts = [reading.text for reading in readings]
    changes = [*_ANYWHERE]
    if not any(map(_IDEOGRAPH.search, texts)):
        readings = [reading.rewritten(reading.text.translate(_WIDE)) for reading in readings]
        changes += _WITHOUT_IDEOGRAPHS
    elif any(map(_KANA.search, texts)):
        changes += _WITH_KANA
    if sum(bool(_AMOUNT.fullmatch(text)) for text in texts) >= _SEVERAL and not {"一", "二"} <= set(texts):
        changes += _AMONG_NUMBERS
    words = [text for text in texts if text[:1].isalpha()]
    if 2 * sum(text[0].isupper() for text in words) > len(words) and not any(map(_SLAVIC.search, words)):
        changes += _CAPITALS
    if _is_spanish(texts):
        changes.append(_INVERTED_MARK)
    if is_turkish(texts):
        changes += _TURKISH

    def change(text: str) -> str:
        for pattern, to in changes:
            text = pattern.sub(to, text)
        return text

    return [reading.rewritten(change(reading.text)) for reading in readings]


def _with_separators(readings: Sequence[Reading]) -> list[Reading]:
    """
    Return *readings* with the commas and full stops of a number as is likeliest, where one of them is read unsurely.

    One of both sets off thousands and the other decimals, and which does so is the same all over the page.
    """
    numbers = [list(_separators(reading)) for reading in readings]
    told = chain.from_iterable(number for number in chain.from_iterable(numbers) if not _contradicts(number))
    sure = [(mark == ",") is thousands for mark, _, thousands, comma in told if not _unsure(comma, _UNSURE)]
    odds = (1 + sum(sure)) / (1 + len(sure) - sum(sure))  # of numbers, those with thousands set off by commas
    out = []
    for reading, own in zip(readings, numbers, strict=True):
        text = reading.text
        for number in own:
            contradicts = _contradicts(number)
            if not any(_unsure(comma, _UNSURE_AT_ALL if contradicts else _UNSURE) for *_, comma in number):
                continue
            commas = (((comma + _NEVER) / (1 - comma + _NEVER), thousands) for *_, thousands, comma in number)
            by_comma = odds * math.prod(ratio if thousands else 1 / ratio for ratio, thousands in commas) > 1
            if not contradicts or (odds >= 1 if by_comma else odds <= 1):
                for _, place, thousands, _ in number:
                    text = f"{text[:place]}{',' if thousands is by_comma else '.'}{text[place + 1 :]}"
        out.append(reading.rewritten(text))
    return out


def _unsure(comma: float, least: float) -> bool:
    return least < comma < 1 - least


def _contradicts(number: Sequence[_Separator]) -> bool:
    """Whether thousands are set off as the decimals are: "8.432.07", which may be the number of a section."""
    return {thousands for _, _, thousands, _ in number} == {True, False} and len({mark for mark, *_ in number}) == 1


def _separators(reading: Reading) -> Iterator[list[_Separator]]:
    """Yield the commas and full stops of each number of *reading*."""
    marks = [place for place, mark in enumerate(reading.text) if mark in {",", "."}]
    if len(marks) != len(reading.commas):
        return
    likely = dict(zip(marks, reading.commas, strict=True))
    for number in _NUMBER.finditer(reading.text):
        whole = number[1]
        grouped = whole[0] != "0" and len(whole) <= _THOUSAND
        yield [
            (reading.text[place], place, grouped and place < number.end(2), likely[place])
            for place in range(number.start(2), number.end())
            if place in likely
        ]


def is_turkish(texts: Iterable[str]) -> bool:
    """Whether *texts* are Turkish, or in a language that is written alike."""
    return len(_DOTLESS.findall("".join(texts))) >= _SEVERAL


def _is_spanish(texts: Iterable[str]) -> bool:
    """Whether *texts* are Spanish, and have as many "!" as what may be "¡"."""
    text = "\n".join(texts)
    found = len(_INVERTED_MARK[0].findall(text))
    return 0 < found <= text.count("!") and len(_SPANISH.findall(text)) >= _SEVERAL


def without_stray_accents(readings: Sequence[Reading]) -> list[Reading]:
    """Return *readings*, the lines of a page, without accents if it has few and the recogniser is sure of none."""
    words = [word for reading in readings for word in reading.text.split()]
    texts = "".join(words), "".join({*words})  # a date that is misread stands in every row
    few = any(sum(map(accented, text)) <= _FEW * sum(map(str.isalpha, text)) for text in texts)
    sure = any(reading.accents >= _SURE for reading in readings if any(map(accented, reading.text)))
    return [reading.rewritten(_plain(reading.text)) if few and not sure else reading for reading in readings]


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFD", each)[0] if accented(each) else each for each in text)
