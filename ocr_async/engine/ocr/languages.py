"""
Languages by the names that people give them, the scripts that they are written in, and whose business those are.

A language's name here is that of its tesseract data, such as ``rus``, ``chi_sim`` or ``script/Cyrillic``: mostly ISO
639-2, and the only names under which languages can be installed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from ...errors import ConfigurationError


__all__ = [
    "HARD",
    "OFFERED",
    "SCRIPTS",
    "foreign",
    "foreign_letters",
    "looks_greek",
    "looks_vietnamese",
    "named",
    "offered",
    "script_of",
    "tag_of",
]

SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "Cyrillic": ("rus", "ukr", "bul", "srp", "bel", "mkd", "kaz", "kir", "mon", "tat", "tgk", "uzb_cyrl", "aze_cyrl"),
    "Hangul": ("kor",),
    "Arabic": ("ara", "fas", "urd", "pus", "uig", "snd", "kur_ara"),
    "Devanagari": ("hin", "mar", "nep", "san"),
    "Greek": ("ell", "grc"),
    "Hebrew": ("heb", "yid"),
    "Thai": ("tha",),
    "Bengali": ("ben", "asm"),
    "Tamil": ("tam",),
    "Telugu": ("tel",),
    "Kannada": ("kan",),
    "Malayalam": ("mal",),
    "Gujarati": ("guj",),
    "Gurmukhi": ("pan",),
    "Oriya": ("ori",),
    "Sinhala": ("sin",),
    "Georgian": ("kat", "kat_old"),
    "Armenian": ("hye",),
    "Khmer": ("khm",),
    "Lao": ("lao",),
    "Myanmar": ("mya",),
    "Tibetan": ("bod", "dzo"),
    "Ethiopic": ("amh", "tir"),
    "Syriac": ("syr",),
    "Thaana": ("div",),
    "Cherokee": ("chr",),
    "Canadian": ("iku",),
}
"""
The scripts that the networks of PP-OCRv6 cannot read, or hardly, each with its languages.

Scripts are named as in `unicodedata.name`, scripts and languages with the most readers come first.
"""

# ISO 639-1, without the languages that no tesseract data exist for
_CODES: Mapping[str, str] = dict(
    re.findall(
        r"(\w+):(\w+)",
        "af:afr am:amh ar:ara as:asm az:aze be:bel bg:bul bn:ben bo:bod br:bre bs:bos ca:cat co:cos cs:ces cy:cym "
        "da:dan de:deu dv:div dz:dzo el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas fi:fin fil:fil fo:fao fr:fra "
        "fy:fry ga:gle gd:gla gl:glg gu:guj he:heb hi:hin hr:hrv ht:hat hu:hun hy:hye id:ind is:isl it:ita iu:iku "
        "ja:jpn jv:jav ka:kat kk:kaz km:khm kn:kan ko:kor ky:kir la:lat lb:ltz lo:lao lt:lit lv:lav mi:mri mk:mkd "
        "ml:mal mn:mon mr:mar ms:msa mt:mlt my:mya nb:nor ne:nep nl:nld nn:nor no:nor oc:oci or:ori pa:pan pl:pol "
        "ps:pus pt:por qu:que ro:ron ru:rus sa:san sd:snd si:sin sk:slk sl:slv sq:sqi sr:srp su:sun sv:swe sw:swa "
        "ta:tam te:tel tg:tgk th:tha ti:tir tl:tgl to:ton tr:tur tt:tat ug:uig uk:ukr ur:urd uz:uzb vi:vie yi:yid "
        "yo:yor zh:chi_sim",
    )
)
# languages with data beyond those of the codes (https://github.com/tesseract-ocr/tessdata_fast, read 2026-11)
_RARE = re.findall(
    r"\w+",
    "aze_cyrl ceb chi_sim chi_sim_vert chi_tra chi_tra_vert chr deu_latf enm equ frk frm grc ita_old jpn_vert kat_old "
    "kmr kor_vert mri osd spa_old srp_latn syr uzb_cyrl",
)
_SPECIAL = {
    "zh-hant": "chi_tra",
    "zh-tw": "chi_tra",
    "zh-hk": "chi_tra",
    "sr-latn": "srp_latn",
    "uz-cyrl": "uzb_cyrl",
    "az-cyrl": "aze_cyrl",
}
_TAGS = {"chi_sim": "zh-Hans", **{name: tag for tag, name in reversed(_SPECIAL.items())}}
_TAGS |= {name: tag for tag, name in _CODES.items() if name not in _TAGS}
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})*")  # BCP 47, as far as anybody writes it
_NAME = re.compile(r"(script/)?[A-Za-z][A-Za-z0-9_]*")  # a part of a path, so nothing that could lead elsewhere
_MOST = 8

OFFERED = frozenset({*_CODES.values(), *_RARE, *(each for languages in SCRIPTS.values() for each in languages)})
"""The names of the languages that tesseract's authors offer data for; scripts have names of their own."""

HARD = frozenset({"vie"})
"""Languages in Latin letters that the networks read, surely, without half of the letters' marks."""

_FOREIGN = {language: script for script, languages in SCRIPTS.items() for language in languages}
_FAMILIAR = ({*_CODES.values()} - _FOREIGN.keys() - HARD) | {"chi", "enm", "frk", "frm", "srp_latn"}
_VIETNAMESE = frozenset("ơưƠƯ")  # of the letters that only Vietnamese has, those that the networks know
_GREEK_CAPITALS = re.compile(r"(?=\w*[A-Z])(?=\w+[ΓΔΘΛΞΠΣΦΨΩ])[A-ZΑ-Ω]{4,}")  # "ΔHVAP" is of a formula
_FEW = 3
_RARE_LETTERS = 0.01  # Vietnamese has thrice as many
_WRITTEN = {script.upper(): script for script in SCRIPTS}


def named(asked: str | Sequence[str] | None) -> tuple[str, ...]:
    """
    Return the languages of *asked*: ``"rus"``, ``"rus+eng"``, ``"ru, en"``, ``["ru", "en-GB"]``; none of None.

    Raises:
        ConfigurationError: It names none.
    """
    if asked is None:
        return ()
    texts: Iterable[object] = (asked,) if isinstance(asked, str) else asked
    parts = [part for text in texts for part in (re.split(r"[+,\s]+", text) if isinstance(text, str) else [text])]
    found = dict.fromkeys(_named(part) for part in parts if part != "")
    if not found or len(found) > _MOST:
        raise ConfigurationError(f"{asked!r} names {'more than 8' if found else 'no'} languages")
    return tuple(found)


def _named(part: object) -> str:
    text = part.removeprefix("iso:") if isinstance(part, str) else ""
    if _TAG.fullmatch(text):
        tag = text.lower().replace("_", "-").split("-")
        if found := _SPECIAL.get("-".join(tag[:2])) or _CODES.get(tag[0]):
            return found
    if not _NAME.fullmatch(text) or len(text) < 3:
        raise ConfigurationError(
            f'{part!r} is no language: write ISO codes such as "ru" or "ko-KR", or the names of tesseract\'s data, '
            f'such as "rus", "rus+eng" or "chi_sim"; the codes are {", ".join(sorted(_CODES))}'
        )
    return text


def foreign(language: str) -> bool:
    """Whether *language* is for tesseract, because the networks cannot read it; what only tesseract knows is, too."""
    return language in _FOREIGN or (language not in _FAMILIAR and language.split("_")[0] not in _FAMILIAR)


def offered(language: str) -> bool:
    """Whether there are data for *language* to be installed."""
    return language in OFFERED or language.startswith("script/")


def tag_of(language: str) -> str | None:
    """Return the BCP 47 tag of *language*; None where we know of none."""
    return _TAGS.get(language)


def script_of(name: str) -> str | None:
    """Return the one of `SCRIPTS` that tesseract's script detection calls *name*; None for those of the networks."""
    return {"Korean": "Hangul"}.get(name) or (name if name in SCRIPTS else None)


def foreign_letters(text: str) -> float:
    """Return the part of *text*'s letters that are of `SCRIPTS`, 0 to 1; 0 without letters."""
    letters = [character for character in text if character.isalpha()]
    if not letters:
        return 0.0
    return sum(unicodedata.name(letter, "").split(" ")[0] in _WRITTEN for letter in letters) / len(letters)


def looks_vietnamese(text: str) -> bool:
    """Whether *text*, read by the networks, has more than chance letters that only Vietnamese is written with."""
    found = sum(map(text.count, _VIETNAMESE))
    return found >= _FEW and found > _RARE_LETTERS * sum(map(str.isalpha, text))


def looks_greek(text: str) -> bool:
    """Whether *text*, read by the networks, has several words such as "KAΦEΣ": the letters of formulas are known."""
    return len(_GREEK_CAPITALS.findall(text)) >= _FEW
