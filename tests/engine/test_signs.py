from __future__ import annotations

import pytest

from ocr_async.engine.pdf.letters.signs import seen, shows_signs


@pytest.mark.parametrize(
    ("text", "font", "shown"),
    [
        ("\uf0a7", "ABCDEF+Wingdings-Regular", "▪"),
        ("l", "Wingdings", "●"),
        ("\uf0e0", "Wingdings", "→"),
        ("\uf0b7", "Symbol", "•"),
        ("\uf0a3", "SymbolMT", "≤"),
        ("→", "Wingdings", "→"),
        ("\uf0ff", "Webdings", "•"),
    ],
)
def test_letters_of_a_symbol_font_are_the_signs_that_it_shows(text: str, font: str, shown: str) -> None:
    assert shows_signs(font)
    assert seen(text, font, 10.0, 10.0, first=True) == shown


def test_a_letter_too_wide_to_be_one_is_a_bullet_at_a_lines_begin_and_else_nothing() -> None:
    assert seen("y", "", 10.0, 10.0, first=True) == "•"
    assert seen("¨", "", 10.0, 10.0, first=False) == ""


def test_letters_of_a_font_without_a_name_stay() -> None:
    assert [seen(letter, "", 9.9, 10.0, first=True) for letter in "mM—"] == ["m", "M", "—"]
    assert seen("y", "", 5.0, 10.0, first=True) == "y"
    assert not shows_signs("Helvetica")
