"""Letters beyond the first 65,536 characters, which the parser of text layers leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async import ocr

from ....documents import mapped_pdf


ITALIC = {"x": "\U0001d465", "y": "\U0001d466", "f": "\U0001d453", "s": "s", "o": "o", "=": "=", "+": "+", "2": "2"}


def read(tmp_path: Path, codes: str, told: dict[str, str], font: str) -> str:
    path = tmp_path / "formula.pdf"
    path.write_bytes(mapped_pdf(codes, told, font=font))
    return ocr(path, model="local/text").pages[0].markdown


@pytest.mark.parametrize("codes", ["f = x + y", "x = y", "so f + 2 = x", "so 2f = 2x + y so"])
def test_variables_in_alphabets_of_mathematics_are_plain_letters_in_their_places(tmp_path: Path, codes: str) -> None:
    assert read(tmp_path, codes, ITALIC, "ABCDEF+NewCMMath-Book") == codes


@pytest.mark.parametrize("font", ["ABCDEF+SegoeUIEmoji", "ABCDEF+Helvetica"])
def test_pictures_among_letters_stay_what_they_are(tmp_path: Path, font: str) -> None:
    told = {"h": "h", "i": "i", "s": "\U0001f600"}
    assert read(tmp_path, "hi s", told, font) == "hi \U0001f600"
