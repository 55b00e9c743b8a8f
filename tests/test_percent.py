"""Percent-encoding is decoded as `urllib` does it, whatever stands between, and in a time that the length bounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async import _percent
from ocr_async.document import as_document, inspect
from ocr_async.errors import DocumentError


@given(st.text(st.sampled_from("%4aF1=_ \n\r\t.é\0")) | st.text())
def test_it_is_what_urllib_makes_of_it(text: str) -> None:
    assert _percent.decode(text) == unquote_to_bytes(text)


@pytest.mark.parametrize("over", [-2, -1, 0, 1, 2])
def test_no_letter_is_lost_where_two_pieces_meet(over: int) -> None:
    text = "a" * ((1 << 20) + over) + "%41%42" * 9
    assert _percent.decode(text) == unquote_to_bytes(text)


def test_many_letters_are_decoded_without_an_object_for_each() -> None:
    def seconds(decode: Callable[[str], bytes], text: str) -> float:
        began = time.process_time()
        decode(text)
        return time.process_time() - began

    text = "%41" * (1 << 20)
    own = min(seconds(_percent.decode, text) for _ in range(3))
    assert own < 0.7 * min(seconds(unquote_to_bytes, text) for _ in range(3))  # 0.3 at home, and no gigabytes


def test_percent_signs_that_encode_nothing_are_no_document() -> None:
    assert _percent.decode("100 % of it") == b"100 % of it"
    began = time.process_time()
    with pytest.raises(DocumentError, match="is not valid percent-encoded: its percent signs encode nothing"):
        inspect(as_document("data:text/plain," + "%" * (9 << 20)))
    assert time.process_time() - began < 2
