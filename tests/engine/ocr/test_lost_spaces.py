"""Spaces that a recogniser loses: behind the marks of running text, and between two of the steps it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr_async.engine.ocr.lines import Characters, read_line
from ocr_async.engine.ocr.networks import LineNetwork


Steps = NDArray[np.float32]


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


class Saying:
    """A network that is sure of letters, and between them of a space as much as told."""

    facts: Mapping[str, str] = {}

    def __init__(self, said: Sequence[str | float]) -> None:
        self._said = said

    def __call__(self, batch: Steps) -> Steps:
        steps = np.zeros((1, len(self._said), len(LETTERS)), np.float32)
        for step, said in zip(steps[0], self._said, strict=True):
            if isinstance(said, str):
                step[LETTERS.index(said)] = 1
            else:
                step[0], step[-1] = 1 - said, said
        return steps


LETTERS = ("", "o", "f", "e", "y", " ")


@pytest.mark.parametrize(
    ("steps", "meant"),
    [
        (("y", 0.39, 0.49, "e", 0.0, "y"), "y ey"),
        (("y", 0.3, 0.25, 0.2, "e", 0.1, 0.2, "y"), "y ey"),
        (("y", 0.2, 0.2, "e", 0.3, "y"), "yey"),
        (("o", 0.4, " ", 0.4, "f"), "o f"),
        (("o", 0.4, 0.4, "o", "o", 0.0, "o", 0.4), "o oo"),
        ((0.4, 0.4, "f", 0.4, 0.4), "f"),
    ],
)
def test_a_space_that_two_steps_share_is_read(steps: Sequence[str | float], meant: str) -> None:
    reading = read_line(np.zeros((48, 8 * len(steps), 3), np.uint8), LineNetwork(Saying(steps), LETTERS))
    assert reading.text == meant
    assert [text for text, *_ in reading.words] == meant.split()
    assert all(0 <= begin < end <= 1 for _, _, begin, end in reading.words)
