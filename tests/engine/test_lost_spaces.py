"""Spaces that a recogniser loses behind the marks of running text."""

from __future__ import annotations

import numpy as np
import pytest

from ocr_async.engine.ocr.lines import Characters


def characters(text: str) -> Characters:
    count = len(text)
    return Characters(tuple(text), np.full(count, 0.9, np.float32), np.arange(count) / count, 0.5 / count)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("in May,when fog came", "in May, when fog came"),
        ("Einsam,einsam und still;da war", "Einsam, einsam und still; da war"),
        ("of the day.The pilot", "of the day. The pilot"),
        ("für Öl,über alles", "für Öl, über alles"),
    ],
)
def test_a_space_behind_a_mark_of_running_text_is_put_back(read: str, meant: str) -> None:
    found = characters(read).reading()
    assert found.text == meant
    assert [text for text, *_ in found.words] == meant.split()
    assert all(0 <= begin < end <= 1 for _, _, begin, end in found.words)
    assert found.confidence == pytest.approx(0.9)


@pytest.mark.parametrize(
    "text",
    [
        "1,000 of 3.5 m",
        "e.g. the U.S. and i.e. so",
        "see www.harbour.Example.org or https://a.example/tides,winds.Html",
        "pilot.Office@harbour.example",
        "x,y and f(a,b)",
        "JOHOR BAHRU,JOHOR Bahru,Johor",
        "call harbour_office.Open now",
        "図書,館",
    ],
)
def test_what_is_no_running_text_stays_as_it_was_read(text: str) -> None:
    assert characters(text).reading().text == text
