from __future__ import annotations

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.join import OPEN, Vocabulary, running_text
from ocr_async.engine.page import Item, Line

from .sheets import column, line, sheet


DIVIDING = [
    "the programs of this kind were made to run under the control of a super-",
    "visor, which starts each of them when the one before has come to its ex-",
    "pected end, and which writes down what they print and how long they have",
    "taken; where one of them does not end, it is told to do so, and the oper-",
    "ator hears of it in the morning, as he does of those that did not start.",
]
WHOLE = [
    "a well-known command-line program takes its options from the command-line",
    "and a read-only file",
    "the line of text that a command prints is what the next one takes as its",
    "own, and so on",
]


def of(texts: list[str]) -> str:
    (region,) = layout.read(sheet(column(texts, 50, 100)))
    return region.text


def test_a_word_that_a_line_divides_is_put_together() -> None:
    assert of(DIVIDING) == " ".join(DIVIDING).replace("- ", "")


@pytest.mark.parametrize("word", ["command-line", "read-only", "line-command", "self-made"])
def test_a_compound_that_a_line_divides_keeps_its_hyphen(word: str) -> None:
    first, second = word.split("-")
    assert of([*WHOLE[:3], f"and it is then that a {first}-", f"{second} tool is asked for"]).endswith(
        f"that a {word} tool is asked for"
    )


@pytest.mark.parametrize(
    ("before", "hyphen", "after", "joined"),
    [
        ("exam", "-", "ple", "example"),
        ("state-of", "-", "the-art", "state-of-the-art"),
        ("Command", "\u2010", "line", "Command\u2010line"),
        ("first", "-", "and", "first- and"),
        ("Nutzer", "-", "und", "Nutzer- und"),
        ("ci", "-", "dessous", "ci-dessous"),
        ("eux", "-", "mêmes", "eux-mêmes"),
        ("ren", "-", "contre", "rencontre"),
        ("thou", "-", "sand", "thousand"),
        ("command-opti", "-", "ons", "command-options"),
    ],
)
def test_the_words_of_the_document_say_whose_a_hyphen_is(before: str, hyphen: str, after: str, joined: str) -> None:
    assert Vocabulary([*WHOLE, *DIVIDING]).joined(before, hyphen, after) == joined


def test_the_other_pages_of_a_document_tell_what_one_page_does_not() -> None:
    page = sheet(column(["This page asks whether the pro-", "gramme has been read by any"], 50, 100))
    others = [sheet(column(["what is not a pro-gramme but is", "called a pro-gramme by some"] * 3, 50, 100))]
    alone, told = (layout.read(page, vocabulary=each)[0] for each in (None, layout.vocabulary_of([page, *others])))
    assert ["programme" in alone.text, "pro-gramme" in told.text] == [True, True]


def test_a_word_of_three_lines_is_put_together() -> None:
    lines = [*DIVIDING, "That of the Donau-", "dampfschiff-", "fahrtsgesell-", "schaft sails on"]
    assert running_text(column(lines, 50, 100)).endswith("Donaudampfschifffahrtsgesellschaft sails on")


def test_the_hyphens_of_a_list_are_told_too() -> None:
    texts = ("• What one of them prints is inter-", "national in each of its letters", "• What is not")
    (listed,) = layout.read(sheet([line(text, 50 + 10 * (at == 1), 100 + 12 * at) for at, text in enumerate(texts)]))
    assert [item.text for item in listed.items] == [
        "What one of them prints is international in each of its letters",
        "What is not",
    ]


def test_no_sign_of_ours_is_left_whatever_the_lines_say() -> None:
    odd: list[Line] = column([f"a{OPEN}", f"mail-{OPEN}er-", f"{OPEN}er and so-", "on", "ab-", f"cd{OPEN}"], 50, 100)
    regions = layout.read(sheet(odd))
    assert not any(OPEN in region.text or Item(OPEN) in region.items for region in regions)
