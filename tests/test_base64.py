"""Base64 as people write it."""

from __future__ import annotations

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async._base64 import are_letters, decode, is_plain


LONG = random.Random(1).randbytes(2_000_001)  # of several pieces


@pytest.mark.parametrize("data", [b"", b"a", LONG[:-1], LONG, LONG + b"a"], ids=len)
def test_however_it_is_written_it_says_the_same(data: bytes) -> None:
    for text in (base64.b64encode(data), base64.encodebytes(data), base64.urlsafe_b64encode(data).rstrip(b"=")):
        assert decode(text.decode()) == data


@given(st.text("AQJVz+/=-_ \n", max_size=30))
def test_what_it_takes_is_base64_by_other_judges(text: str) -> None:
    try:
        decoded = decode(text)
    except ValueError:
        return
    plain = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    assert decoded == base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


@pytest.mark.parametrize("spoilt", ["!", "ä", "=QQ=="])
@pytest.mark.parametrize("at", [0, 1 << 20, -1])
def test_one_wrong_letter_spoils_it(spoilt: str, at: int) -> None:
    text = base64.b64encode(LONG).decode()
    with pytest.raises(ValueError):  # noqa: PT011 - it is the decoder's
        decode(text[:at] + spoilt + text[at:])


def test_nothing_follows_padding_at_the_end_of_a_piece() -> None:
    piece = base64.b64encode(LONG[: (1 << 20) // 4 * 3 - 1]).decode()
    assert (len(piece), piece[-1]) == (1 << 20, "=")
    for more in ("QUJD", "\nQUJD", "Q"):
        with pytest.raises(ValueError, match=r"padding|goes on|base64"):
            decode(piece + more)


@given(st.text("AQJVz+/=-_ \n\u00e4", max_size=12), st.text("AB=,", max_size=3))
def test_plain_is_what_an_encoder_writes(text: str, before: str) -> None:
    try:
        written = base64.b64encode(base64.b64decode(text, validate=True)).decode()
    except ValueError:
        written = ""
    assert is_plain(before + text, len(before)) == (text != "" and written == text)


@pytest.mark.parametrize("data", [b"a", b"ab", LONG, LONG[:-1]], ids=len)
def test_plain_text_is_told_by_its_letters(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    assert is_plain(text)
    for spoilt in (text[:-1], text + "\n", "-" + text[1:], text[:4] + "\n" + text[4:], "", text + "===="):
        assert not is_plain(spoilt)


@pytest.mark.parametrize("letter", ["=", "-", "_", "\n", " ", "\0", "!", "A"])
@pytest.mark.parametrize("at", [8, (1 << 20) - 1, 1 << 20, (1 << 20) + 5])
def test_a_wrong_letter_is_found_wherever_it_is_with_pybase64_and_without(letter: str, at: int) -> None:
    text = base64.b64encode(LONG[:-1]).decode()
    text = f"{text[:at]}{letter}{text[at + 1 :]}"
    assert is_plain(text) == are_letters(text, 0, len(text) - text.count("=", -2)) == (letter == "A")
