"""Signs of fonts that only name them, by names that nobody knows: never another letter, and never without a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.models import OCRPage

from ....documents import shown_pdf, stream


HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def read(tmp_path: Path, shown: bytes, font: bytes = b"MathematicalPi-One") -> OCRPage:
    path = tmp_path / "page.pdf"
    names = [b"/H%d" % (9250 + code) for code in range(1, 32)]
    signs = (
        b"<< /Type /Font /Subtype /Type3 /BaseFont /%b /FontBBox [0 0 500 700] /FontMatrix [.001 0 0 .001 0 0]"
        b" /FirstChar 1 /LastChar 31 /Widths [%b] /CharProcs << %b >>"
        b" /Encoding << /Type /Encoding /Differences [1 %b] >> >>"
        % (font, b"500 " * 31, b" ".join(b"%b 7 0 R" % name for name in names), b" ".join(names))
    )
    shape = stream(b"500 0 0 0 450 700 d1 0 0 450 700 re f")
    path.write_bytes(shown_pdf(b"20 300 Td " + shown, HELVETICA, signs, shape, fonts=2))
    return ocr(path, model="local/text").pages[0]


def words(before: bytes, code: int, behind: bytes) -> bytes:
    return b"/F1 12 Tf (%b) Tj /F2 12 Tf <%02x> Tj /F1 12 Tf (%b) Tj" % (before, code, behind)


@pytest.mark.parametrize("code", [1, 2, 3, 8, 14, 26, 27, 28, 29, 30, 31])
@pytest.mark.parametrize(
    ("before", "behind", "meant"),
    [
        (b"They were up to 5.7 ", b"g/L of it.", "They were up to 5.7 \ufffdg/L of it."),
        (b"It is 5", b" wide.", "It is 5\ufffd wide."),
        (b"The sum of a - b is a", b"b.", "The sum of a - b is a\ufffdb."),
    ],
)
def test_a_sign_beside_letters_is_none_that_nobody_sees(
    tmp_path: Path, code: int, before: bytes, behind: bytes, meant: str
) -> None:
    page = read(tmp_path, words(before, code, behind))
    assert page.markdown == meant
    assert any("does not say what some signs" in warning for warning in page.extra["warnings"])


@pytest.mark.parametrize("code", [2, 3, 28])
def test_a_sign_that_stands_alone_and_parts_of_brackets_come_as_nothing(tmp_path: Path, code: int) -> None:
    assert read(tmp_path, words(b"as it was ", code, b" for all")).markdown == "as it was for all"
    assert read(tmp_path, words(b"as it was ", code, b"for all"), b"CMEX10").markdown == "as it was for all"


def test_hyphens_and_dashes_of_the_text_stay(tmp_path: Path) -> None:
    page = read(tmp_path, b"/F1 12 Tf (A well-known one \x96 of 5 - 6 kinds) Tj")
    assert page.markdown in {"A well-known one - of 5 - 6 kinds", "A well-known one \u2013 of 5 - 6 kinds"}
    assert "warnings" not in page.extra
