"""Articles of a newspaper below and beside each other, and the columns of an exam."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine.layout.columns.beside import Piece, pieces_of
from ocr_async.engine.layout.columns.gutters import gutters_of, is_large
from ocr_async.engine.layout.columns.order import columns
from ocr_async.engine.page import Box, Line, Ruling

from .sheets import column, line


def told(name: str, *, closed: bool) -> list[str]:
    """Ten lines of an article; where it is not *closed* its last sentence goes on elsewhere."""
    lines = [f"and {name}{number} of the quick brown fox that jumps" for number in range(10)]
    return [*lines[:-1], f"{lines[-1]}." if closed else lines[-1]]


def page(*, closed: bool) -> list[Line]:
    """Two columns, and two articles side by side below them under headlines, in the same columns."""
    above = [*column(told("a", closed=closed), 50, 100), *column(told("b", closed=True), 320, 100)]
    heads = [line("What was said", 50, 240, size=15), line("What was done", 320, 240, size=15)]
    below = [*column(told("c", closed=True), 50, 262), *column(told("d", closed=True), 320, 262)]
    return [*above, *heads, *below]


def read(lines: list[Line], *rulings: Ruling) -> str:
    """The order in which the columns are read, by the letters of their second lines."""
    sections = columns(pieces_of(lines, []), 10.0, rulings=rulings)
    ordered = [piece for section in sections for piece in sorted(section, key=lambda piece: piece.top)]
    return "".join(
        piece.thing.text[4] for piece in ordered if isinstance(piece.thing, Line) and piece.thing.text[5:6] == "1"
    )


def rule(left: float, right: float) -> Ruling:
    return Ruling(box=Box(left, 230, right, 231))


def test_headlines_alone_do_not_end_columns() -> None:
    assert read(page(closed=True)) == "acbd"


def test_a_rule_across_all_columns_ends_them() -> None:
    assert read(page(closed=True), rule(50, 560)) == "abcd"


def test_a_rule_across_one_column_ends_no_other() -> None:
    assert read(page(closed=True), rule(50, 290)) == "acbd"


def test_a_headline_below_an_open_sentence_ends_columns() -> None:
    assert read(page(closed=False)) == "abcd"


def test_so_does_one_with_a_smaller_line_above_it() -> None:
    assert read([*page(closed=False), line("From the harbour", 50, 232)]) == "abcd"


def test_a_rule_ends_columns_above_headlines_of_unlike_height() -> None:
    """One headline takes two lines; the second of them is no article of its own."""
    lines = page(closed=True)
    longer = [each for each in lines if each.box.top >= 250 and each.box.left == 320]
    lower = [evolve(each, box=evolve(each.box, top=each.box.top + 20, bottom=each.box.bottom + 20)) for each in longer]
    lines = [each for each in lines if each not in longer]
    assert read([*lines, line("and to whom", 320, 262, size=15), *lower], rule(50, 560)) == "abcd"


def test_ideographs_are_as_wide_as_two_letters() -> None:
    """Columns of nine characters a line are running text, not cells."""
    told = "的一是在不了有和人中大为上个国我以要"
    lines = [
        evolve(each, box=Box(left, each.box.top, left + 90, each.box.bottom))
        for left in (50, 190)
        for each in column([told[number:][:9] for number in range(10)], left, 100)
    ]
    assert [len(section) for section in columns(pieces_of(lines, []), 10.0)] == [10, 10]


def test_a_gutter_is_where_fewest_lines_cross_it() -> None:
    """Few of the left lines reach the gutter: a tenth of all may cross it, and far left of it no more do."""
    left = [line("1. Who was it that went to the town at noon", 50, 100 + 60 * number) for number in range(2)]
    short = [line("(A) to the town", 64, 112 + 12 * number) for number in range(12)]
    right = column(told("b", closed=True), 310, 100)
    above = line("Read each of the questions with care, then answer it now", 50, 80)  # ends right of where others begin
    gutters = gutters_of(pieces_of([above, *left, *short, *right], []), 10.0)
    assert any(left[0].box.right < place < right[0].box.left for place in gutters)


def test_brackets_alone_are_no_headline_though_they_are_tall() -> None:
    """Where an answer of an exam goes, a recogniser's box is as tall as the brackets."""
    assert is_large(Piece(line("图 4", 50, 100, size=15)), 10.0)
    assert not is_large(Piece(line("（ ）", 50, 100, size=15)), 10.0)


def test_a_sentence_in_any_column_that_is_open_above_a_headline_ends_the_columns() -> None:
    """The lowest line above the headline, of the other column under it, ends with its sentence."""
    told = {name: [f"and {name}{number} of the quick fox" for number in range(10)] for name in "abcdef"}
    told["b"] += ["and so on to the."]
    lines = [
        *(each for place, name in enumerate("abc") for each in column(told[name], 40 + 180 * place, 100)),
        line("What was said in the towns", 40, 250, size=20),
        line("What was done", 400, 250, size=20),
        *(each for place, name in enumerate("def") for each in column(told[name], 40 + 180 * place, 280)),
    ]
    assert read(lines) == "abcdef"


def test_a_quotation_in_large_letters_is_no_open_sentence_above_a_headline() -> None:
    said = [line("It was all that we ever", 60, 222, size=16), line("wanted of a bridge.", 70, 254, size=16)]
    left = [*column(told("a", closed=True), 50, 100), *said, *column(told("c", closed=True), 50, 276)]
    more = ["and so on to the end of it"] * 2
    right = [*column([*told("b", closed=False), *more], 320, 100), *column(told("d", closed=True), 320, 256)]
    assert read([*left, *right]) == "acbd"


def test_articles_side_by_side_are_parted_where_no_headline_crosses() -> None:
    """The first article has two columns under its headline, the second, longer one begins level with it."""
    head = line("What was said in the town today now", 40, 80, size=20)
    other = line("And done", 410, 80, size=20)
    texts = [[f"and {name}{number} of the fox he" for number in range(14)] for name in "abc"]
    lines = [head, other, *column(texts[0], 40, 110), *column(texts[1], 220, 110), *column(texts[2], 410, 110)]
    sections = columns(pieces_of(lines, []), 10.0)
    told = [piece.thing.text for section in sections for piece in sorted(section, key=lambda piece: piece.top)]
    assert told.index("And done") == 29


def test_a_title_in_the_middle_heads_the_columns_beside_it() -> None:
    verses = [[f"and {name}{number} of the quick fox" for number in range(6)] for name in "abc"]
    lines = [
        line("448 A song", 255, 60, size=15),
        line("Text: somebody", 260, 82, size=9),
        *(each for number, verse in enumerate(verses) for each in column(verse, 50 + 190 * number, 110)),
    ]
    sections = columns(pieces_of(lines, []), 10.0)
    told = [piece.thing.text for section in sections for piece in sorted(section, key=lambda piece: piece.top)]
    assert told[:3] == ["448 A song", "Text: somebody", "and a0 of the quick fox"]


@pytest.mark.parametrize("place", [0, 1])
def test_a_headline_in_the_middle_of_one_column_heads_no_other(place: int) -> None:
    """Of a poster, whose boxes beside it end above it, and the next ones begin below, at other heights."""
    lines: list[Line] = []
    for number, name in enumerate("abc"[: 2 + place]):
        high = 0 if number == place else 5 + 17 * place * number
        lines += column([f"and {name}{row} of the quick fox." for row in range(6)], 40 + 190 * number, 100 - high)
        lines += column([f"and {name}{row} of the quick fox." for row in range(6)], 40 + 190 * number, 210 + high)
    lines.append(line("Boats", 80 + 190 * place, 187, size=15))
    sections = columns(pieces_of(lines, []), 10.0)
    told = [piece.thing.text for section in sections for piece in sorted(section, key=lambda piece: piece.top)]
    assert "".join(text[4] for text in told if text != "Boats") == "".join(12 * name for name in "abc"[: 2 + place])
    assert told.index("Boats") == 6 + 12 * place


def across(names: str, lefts: list[float], top: float, count: int = 10, letters: int = 4) -> list[Line]:
    """Columns of articles that are named by a letter each, and end with their sentence."""
    told = [[f"and {name}{number % 10} of the {'quick ' * letters}fox." for number in range(count)] for name in names]
    return [each for texts, left in zip(told, lefts, strict=True) for each in column(texts, left, top)]


def test_other_columns_that_begin_level_below_a_free_strip_are_an_article() -> None:
    """Its headline is written downwards beside it, or was not read; one of its gutters is one of those above, too."""
    above = across("abcde", [40, 215, 390, 565, 740], 100, letters=2)
    assert read([*above, *across("fghijk", [76, 214, 352, 490, 628, 766], 250, letters=1)]) == "abcdefghijk"
    assert read([*above, *across("fghij", [40, 215, 390, 565, 740], 250, letters=2)]) == "afbgchdiej"


@pytest.mark.parametrize("count", [45, 32])
def test_a_rule_across_columns_parts_them_from_the_column_beside_them(count: int) -> None:
    """Two articles below one another, and a column of short news, that may be shorter than those together."""
    articles = [*across("ab", [40, 280], 100, count=20), *across("cd", [40, 280], 390, count=20)]
    heads = [line("What was done in the towns and not said", 40, 370, size=12)]
    news = across("e", [500], 100, count=count)
    told = read([*articles, *heads, *news], Ruling(box=Box(40, 366, 485, 367)))
    assert told.strip("e") == "aabbccdd"
