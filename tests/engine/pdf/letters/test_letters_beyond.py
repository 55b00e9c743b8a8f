"""Letters beyond the first 65,536 characters, which the parser of text layers leaves out."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest

from ocr_async import ocr
from ocr_async.engine.pdf.letters.beyond import may_have_letters

from ....documents import mapped_pdf, text_pdf


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


def packed(document: bytes, how: str) -> bytes:
    """Return *document* as programs write it: its streams deflated, its objects packed together, or encrypted."""
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(document)) as pdf:
        if how == "encrypted":
            pdf.save(buffer, encryption=pikepdf.Encryption(owner="owner", user=""))
        else:
            mode = pikepdf.ObjectStreamMode.generate if how == "packed" else pikepdf.ObjectStreamMode.disable
            pdf.save(buffer, object_stream_mode=mode, compress_streams=how != "plain")
    return buffer.getvalue()


@pytest.mark.parametrize("how", ["plain", "deflated", "packed", "encrypted"])
def test_pages_are_asked_for_such_letters_where_the_file_says_of_a_font_that_it_has_some(how: str) -> None:
    assert may_have_letters(packed(mapped_pdf("hi s", {"h": "h", "i": "i", "s": "a\U0001f600"}), how))


@pytest.mark.parametrize("how", ["plain", "deflated", "packed"])
def test_pages_are_not_asked_where_no_font_has_any(how: str) -> None:
    assert not may_have_letters(packed(mapped_pdf("hi s", {"h": "h", "i": "i", "s": "\u6f22"}), how))
    assert not may_have_letters(packed(text_pdf([["other words"]]), how))


@pytest.mark.parametrize("how", ["plain", "deflated", "packed"])
def test_codes_that_are_characters_themselves_may_be_such_letters(how: str) -> None:
    document = text_pdf([["words"]]).replace(b"/BaseFont", b"/Encoding /UniJIS-UTF16-H /BaseFont")
    assert may_have_letters(packed(document, how))


def test_a_map_that_cannot_be_read_may_have_such_letters() -> None:
    document = packed(mapped_pdf("hi", {"h": "h", "i": "i"}), "deflated")
    assert may_have_letters(document.replace(b"stream\nx", b"stream\ny"))  # what is deflated begins with x


def test_all_pages_of_a_long_file_have_their_letters(tmp_path: Path) -> None:
    path = tmp_path / "emoji.pdf"
    told = {"h": "h", "i": "i", "s": "\U0001f600"}
    with pikepdf.open(io.BytesIO(mapped_pdf("hi s", told, font="Helvetica"))) as pdf:
        for _ in range(29):
            pdf.pages.append(pdf.pages[0])
        pdf.save(path)
    pages = ocr(path, model="local/text").pages
    assert [page.markdown for page in pages] == ["hi \U0001f600"] * 30
