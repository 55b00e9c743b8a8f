"""Languages by the names that people type, and whose business each is."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Any

import pytest

from ocr_async import aocr
from ocr_async.engine.ocr.languages import SCRIPTS, foreign, foreign_letters, looks_greek, named, script_of
from ocr_async.errors import ConfigurationError
from ocr_async.models import Bytes

from ...documents import drawn_page, png, text_pdf
from ...offices import WORD, docx, paragraph


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, ()),
        ("rus", ("rus",)),
        ("ru", ("rus",)),
        ("rus+eng", ("rus", "eng")),
        ("ko, en", ("kor", "eng")),
        (["ru-RU", "iso:en-GB", "rus"], ("rus", "eng")),
        ("zh", ("chi_sim",)),
        ("zh-Hant-TW", ("chi_tra",)),
        ("sr-Latn", ("srp_latn",)),
        ("script/Cyrillic", ("script/Cyrillic",)),
        ("my_own_model", ("my_own_model",)),
    ],
)
def test_each_way_to_name_languages(asked: Any, expected: tuple[str, ...]) -> None:
    assert named(asked) == expected


@pytest.mark.parametrize("asked", ["", [], "xx", "../../etc/passwd", "rus/../x", "a b c", ["ru", 5], "русский"])
def test_what_names_no_language_is_refused(asked: Any) -> None:
    with pytest.raises(ConfigurationError):
        named(asked)


def test_who_writes_a_code_that_does_not_exist_is_told_those_that_do() -> None:
    with pytest.raises(ConfigurationError, match=r"'xx' is no language: .* the codes are af, am, .*, de, .*, zh$"):
        named("xx")


def test_only_what_the_networks_cannot_read_is_foreign() -> None:
    assert [
        language for language in ("eng", "deu", "chi_sim", "chi_tra", "jpn", "frk", "srp_latn") if foreign(language)
    ] == []
    for language in ("rus", "kor", "ell", "vie", "uzb_cyrl", "kat_old", "script/Latin", "my_own_model"):
        assert foreign(language), language


def test_a_language_has_one_script_and_a_script_the_name_of_its_letters() -> None:
    languages = [language for each in SCRIPTS.values() for language in each]
    assert len(languages) == len(set(languages))
    known = {unicodedata.name(chr(code), "").split(" ")[0] for code in range(0x30000)}
    assert {script for script in SCRIPTS if script.upper() not in known} == set()


def test_tesseracts_names_of_scripts_are_ours() -> None:
    assert [script_of(name) for name in ("Cyrillic", "Korean", "Latin", "Japanese", "Fraktur")] == [
        "Cyrillic", "Hangul", None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [("", 0), ("12, 5", 0), ("tide", 0), ("прилив", 1), ("HARUTO 씨", 1 / 7), ("ab вг", 0.5)]
)
def test_the_part_of_foreign_letters(text: str, expected: float) -> None:
    assert foreign_letters(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "document",
    [
        Bytes(data=text_pdf([["Minutes"]]), mime="application/pdf"),
        Bytes(data=png(drawn_page()), mime="image/png"),
        Bytes(data=docx(paragraph("Minutes")), mime=WORD),
    ],
    ids=["text layer", "picture", "Word"],
)
def test_a_language_that_nobody_knows_is_refused_whatever_the_document(document: Bytes) -> None:
    with pytest.raises(ConfigurationError, match="tessract"):
        asyncio.run(aocr(document, model="local", lang="tessract"))


def test_greek_words_are_told_from_the_letters_of_formulas() -> None:
    assert looks_greek("AΓOPA AE KAΦEΣ 2 x 39,02 ΣYNOΛO")
    assert not looks_greek("KAΦEΣ, the ΔT of ΩB and ΣX, ΔG, ΦA, ΔTM, ΔGo, ΔHf, ΔHVAP, ΣXYZ and ΔPSAT")
