from __future__ import annotations

import random

import pytest

from ocr_async.engine.page import Box, Word
from ocr_async.engine.pdf.letters.spacing import ALONE, FEWEST, HEADING, LETTERS, may_be_apart, respaced


def words(text: str, gap: float, space: float) -> list[Word]:
    """The pieces of *text*, 5 points a letter: *gap* points after a dot and *space* points after a space."""
    out, x = [], 0.0
    for part in text.split(" "):
        for piece in part.split("·"):
            out.append(Word(piece, Box(x, 0, x + 5 * len(piece), 10)))
            x += 5 * len(piece) + gap
        x += space - gap
    return out


@pytest.mark.parametrize(
    ("text", "gap", "space"),
    [
        ("P·E·O·P·L·E ear·l·y of·f·i·ce", 2.0, 6.5),
        ("L·a·t·e·r", 2.0, 0.0),
        ("t·he whic·h", 0.5, 2.8),
        ("see RE·A·D·ME·_DE·VE·LOP·E·RS", 0.0, 3.0),
    ],
)
def test_letters_that_stand_apart_make_words(text: str, gap: float, space: float) -> None:
    found = respaced(words(text, gap, space), 10.0)
    assert " ".join(word.text for word in found) == text.replace("·", "")


def test_a_short_word_stays_one_where_a_letter_reaches_over_the_space_before_it() -> None:
    assert [word.text for word in respaced(words("where version·is told", 0.7, 3.0), 10.0)][1:3] == ["version", "is"]


def test_a_word_stays_one_where_a_space_is_left_before_it() -> None:
    pieces = words("where of·functions is t·old", 0.1, 3.0)
    found = respaced(pieces, 10.0, leans_over=lambda box: box == pieces[2].box)
    assert [word.text for word in found] == ["where", "of", "functions", "is", "told"]


@pytest.mark.parametrize("text", ["a b c d", "I am so as he is", "x y 1 2", "to be or not"])
def test_words_of_one_and_two_letters_stay_words(text: str) -> None:
    assert " ".join(word.text for word in respaced(words(text, 0.0, 2.8), 10.0)) == text


def simply(pieces: list[str]) -> bool:
    """What `may_be_apart` tells, told by looking at each piece once for every sign."""
    if not any(piece.lower() != piece.upper() for piece in pieces):
        return False
    alone = any(len(piece) == 1 and piece.isalpha() and piece not in ALONE for piece in pieces)
    pair = len(pieces) <= HEADING and any(len(piece) == 2 and piece.isalpha() for piece in pieces)
    return alone or pair or (len(pieces) >= FEWEST and sum(map(len, pieces)) <= LETTERS * len(pieces))


def test_what_may_be_apart_is_told_from_short_pieces_alone() -> None:
    chance = random.Random(12)
    told = set()
    for _ in range(3000):
        pieces = [
            "".join(chance.choices("aAtT3中.", k=chance.choice((1, 2, 2, 3, 9)))) for _ in range(chance.randint(1, 12))
        ]
        pieces = pieces if chance.random() < 0.5 else [piece for piece in pieces if len(piece) > 1] or ["word"]
        assert may_be_apart(pieces) == simply(pieces), pieces
        told.add(may_be_apart(pieces))
    assert told == {True, False}


@pytest.mark.parametrize("space", [1.6, 2.8])
def test_short_words_stay_words_where_their_spaces_are_alike_and_narrow(space: float) -> None:
    text = "• Of we at did were, up be her had."
    assert " ".join(word.text for word in respaced(words(text, 0.0, space), 10.0)) == text
