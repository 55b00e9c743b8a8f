from __future__ import annotations

import random
import textwrap
from itertools import chain
from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.engine import layout
from ocr_async.engine.layout.columns.beside import pieces_of, worth
from ocr_async.engine.layout.columns.order import columns
from ocr_async.engine.page import Box, Line, Region, Word

from ...documents import Run, typeset_pdf
from .sheets import SENTENCE, column, level, line, sheet, upright


def read(lines: list[Line]) -> list[list[str]]:
    return [
        [piece.thing.text for piece in sorted(section, key=lambda piece: piece.top) if isinstance(piece.thing, Line)]
        for section in columns(pieces_of(lines, []), 10.0)
    ]


def numbered(name: str, count: int) -> list[str]:
    return [f"{name}{number} {SENTENCE[:39]}" for number in range(count)]


def test_two_columns_are_read_one_after_the_other() -> None:
    left, right = column(numbered("l", 6), 50, 100), column(numbered("r", 6), 320, 105)
    assert read([*left, *right]) == [numbered("l", 6), numbered("r", 6)]


def test_a_title_across_the_columns_divides_the_page_into_sections() -> None:
    above = [*column(numbered("a", 5), 50, 100), *column(numbered("b", 5), 320, 100)]
    title = line("A title that runs across both columns of the page, from margin to margin", 50, 180, size=14)
    below = [*column(numbered("c", 5), 50, 210), *column(numbered("d", 5), 320, 210)]
    assert read([*above, title, *below]) == [
        numbered("a", 5),
        numbered("b", 5),
        [title.text],
        numbered("c", 5),
        numbered("d", 5),
    ]


def test_a_line_that_was_read_across_the_gutter_is_cut_in_two() -> None:
    left, right = column(numbered("l", 6), 50, 100), column(numbered("r", 6), 320, 100)
    one, other = left.pop(2), right.pop(2)
    joined = Line(
        text=f"{one.text} {other.text}",
        box=type(one.box)(one.box.left, one.box.top, other.box.right, other.box.bottom),
        words=(*one.words, *other.words),
        size=10.0,
        font="Times",
    )
    assert read([*left, joined, *right]) == [numbered("l", 6), numbered("r", 6)]


def test_columns_of_short_words_and_numbers_are_no_columns_of_text() -> None:
    names = column(["apples", "pears", "plums", "figs", "dates"], 50, 100)
    amounts = column(["12.50", "3.20", "4.80", "11.00", "9.99"], 320, 100)
    assert len(read([*names, *amounts])) == 1


def test_words_keep_their_boxes_when_a_line_is_cut() -> None:
    left, right = column(numbered("l", 6), 50, 100), column(numbered("r", 6), 320, 100)
    sections = columns(pieces_of([*left, *right], []), 10.0)
    words: list[Word] = [
        word for section in sections for piece in section if isinstance(piece.thing, Line) for word in piece.thing.words
    ]
    assert sorted(word.text for word in words) == sorted(word.text for each in (*left, *right) for word in each.words)


def test_columns_elsewhere_on_the_page_are_no_part_of_those_above() -> None:
    left, right = column(numbered("l", 8), 50, 100), column([f"r{n} {SENTENCE}" for n in range(8)], 275, 100)
    heading = line("Introduction", 320, 210, bold=True)
    body = column([f"b{n} {SENTENCE[:30]}" for n in range(9)], 320, 230)
    notes = column([f"n{n} {SENTENCE[:45]}" for n in range(3)], 50, 300)
    assert read([*left, *right, heading, *body, *notes]) == [
        [each.text for each in side] for side in (left, right, notes, [heading, *body])
    ]


def test_no_lines_make_no_sections() -> None:
    assert columns([], 10.0) == []


def test_names_set_in_the_middle_above_the_columns_are_read_first() -> None:
    names = [
        line("Anna Example", 120, 60),
        line("Ben Sample", 395, 60),
        line("a@x.org", 135, 72),
        line("b@x.org", 400, 72),
    ]
    left, right = column(numbered("l", 6), 50, 100), column(numbered("r", 6), 320, 100)
    found = read([*names, *left, *right])
    assert sorted(found[0]) == ["Anna Example", "Ben Sample", "a@x.org", "b@x.org"]
    assert found[1:] == [numbered("l", 6), numbered("r", 6)]


def test_a_gap_across_both_columns_does_not_divide_them() -> None:
    left = [*column(numbered("l", 6), 50, 100), *column(numbered("m", 6), 50, 190)]
    right = [*column(numbered("r", 6), 320, 100), *column(numbered("s", 6), 320, 190)]
    assert read([*left, *right]) == [[*numbered("l", 6), *numbered("m", 6)], [*numbered("r", 6), *numbered("s", 6)]]


def test_a_wide_gap_divides_the_page() -> None:
    left = [*column(numbered("l", 6), 50, 100), *column(numbered("m", 6), 50, 290)]
    right = [*column(numbered("r", 6), 320, 100), *column(numbered("s", 6), 320, 290)]
    assert read([*left, *right]) == [numbered("l", 6), numbered("r", 6), numbered("m", 6), numbered("s", 6)]


def test_the_heading_of_what_runs_across_is_read_with_it() -> None:
    left, right = column(numbered("l", 6), 50, 100), column(numbered("r", 6), 320, 100)
    heading = line("More of it", 50, 190)
    across = [line(f"{SENTENCE} and {SENTENCE[:45]}", 50, 203 + 12 * row) for row in range(3)]
    found = read([*left, *right, heading, *across])
    assert found == [numbered("l", 6), numbered("r", 6), [heading.text, *(each.text for each in across)]]


def three(count: int, top: float, names: str) -> list[list[Line]]:
    """Three columns of *count* lines that begin at *top*."""
    texts = [[f"{name}{number} the quick brown fox jumps" for number in range(count)] for name in names]
    return [column(own, left, top) for own, left in zip(texts, (40, 220, 400), strict=True)]


def said(lines: list[Line]) -> list[str]:
    return [each.text for each in lines]


def test_a_headline_divides_columns_that_it_does_not_reach() -> None:
    above, below = three(6, 100, "abc"), three(6, 210, "def")
    headline = line("A short headline", 40, 180, size=20)
    assert read([*chain(*above), headline, *chain(*below)]) == [
        *map(said, above),
        [headline.text],
        *map(said, below),
    ]


def test_a_headline_of_one_column_divides_no_other() -> None:
    left = [*column(numbered("a", 5), 50, 100), *column(numbered("b", 5), 50, 200)]
    heading = line("Only here", 50, 175, size=14)
    right = column(numbered("c", 14), 320, 100)
    assert read([*left, heading, *right]) == [
        [*numbered("a", 5), heading.text, *numbered("b", 5)],
        numbered("c", 14),
    ]


def test_a_heading_beside_a_gap_in_another_column_divides_no_other() -> None:
    left = [*column(numbered("a", 5), 50, 100), *column(numbered("b", 5), 50, 203)]
    heading = line("Only here", 50, 179, size=14)
    right = [*column(numbered("c", 6), 320, 104), *column(numbered("d", 6), 320, 193)]
    assert read([*left, heading, *right]) == [
        [*numbered("a", 5), heading.text, *numbered("b", 5)],
        [*numbered("c", 6), *numbered("d", 6)],
    ]


def test_the_last_line_of_a_headline_stays_with_it() -> None:
    below = three(6, 160, "abc")
    first, last = line("A headline over all the columns of it", 40, 100, size=24), line("of it", 40, 128, size=24)
    assert read([first, last, *chain(*below)]) == [[first.text, last.text], *map(said, below)]


def test_a_headline_is_not_cut_at_a_gutter_where_its_words_part() -> None:
    below = three(6, 160, "abc")
    headline = line("One headline far and wide over both", 43, 110, size=24)
    assert read([headline, *chain(*below)]) == [[headline.text], *map(said, below)]


def test_an_address_and_the_facts_beside_it_are_read_one_after_the_other() -> None:
    address, facts = (
        ["Smith & Co.", "5 High Street", "12345 Oslo"],
        ["Number: 17", "Date: 2024-05-03", "Due: 2024-06-02"],
    )
    found = layout.read(sheet([*column(address, 50, 100), *column(facts, 320, 100), *column([SENTENCE] * 4, 50, 160)]))
    assert [region.text for region in found][:2] == ["\n".join(address), "\n".join(facts)]


def articles(counts: list[int]) -> list[Line]:
    """One article below the other, each with a headline over as many columns as *counts* says."""
    page: list[Line] = []
    for number, count in enumerate(counts):
        top, width = 100 + 150 * number, 500 / count
        page.append(line(f"Headline of article {number}", 50, top, size=16))
        letters = int(width / 5) - 4
        for place in range(count):
            texts = [f"a{number}{place}{row} {SENTENCE}"[:letters] for row in range(9)]
            page.extend(column(texts, 50 + width * place, top + 24))
    return page


def test_articles_whose_columns_differ_are_read_one_after_the_other() -> None:
    for counts in ([3, 2, 3], [2, 3], [4, 3, 2]):
        found = [text.split()[0] for section in read(articles(counts)) for text in section if not text.startswith("H")]
        assert found == sorted(found)


def test_columns_that_go_on_below_a_headline_of_one_of_them_are_not_cut_there() -> None:
    left, right = column(numbered("l", 16), 50, 100), column(numbered("r", 16), 320, 100)
    head = line("Of the left one", 50, 203, size=14)
    left = [each if each.box.top < 200 else line(each.text, 50, each.box.top + 20) for each in left]
    right = [each if each.box.top < 200 else line(each.text, 320, each.box.top + 20) for each in right]
    sections = [[text for text in section if text != head.text] for section in read([*left, head, *right])]
    assert sections == [numbered("l", 16), numbered("r", 16)]


def asked(numbers: range, left: float) -> list[Line]:
    """Questions one below the other, each with four short answers two by two."""
    page: list[Line] = []
    for place, number in enumerate(numbers):
        top = 100 + 40 * place
        page.append(line(f"{number}. which of these was seen in it?", left, top))
        page += [
            line(f"({sign}) oak", left + 14 + 80 * (n % 2), top + 12 * (1 + n // 2)) for n, sign in enumerate("ABCD")
        ]
    return page


def test_columns_of_questions_are_read_one_after_the_other() -> None:
    sections = read([*asked(range(1, 5), 50), *asked(range(5, 9), 260)])
    found = [text for section in sections for text in section if text[0].isdecimal()]
    assert [int(text.split(".")[0]) for text in found] == list(range(1, 9))


def test_a_rule_parts_columns_of_questions_with_their_answers() -> None:
    title, foot = line("A title in the middle of the page", 220, 60), line("page 12 of 20", 294, 354)
    left: list[Line] = []
    for number in range(5):
        top = 100 + 48 * number
        left.append(line("left What is seen from there, and by whom?", 50, top))
        answers, apart = (["left a mill"] * 4, 62) if number == 0 else (["left a mill of stone"] * 2, 125)
        left += [line(text, 50 + apart * place, top + 14) for place, text in enumerate(answers)]
        left += [line(text, 50 + apart * place, top + 28) for place, text in enumerate(answers)] if number else []
    right = [
        line("right the harbour was built before the town", 310, top) for top in (100, 114, 128, 162, 176, 190, 264)
    ]
    sections = columns(pieces_of([title, *left, *right, foot], []), 10.0, rulings=[upright(303, 95, 334)])
    order = [piece.thing.text.split()[0] for section in sections for piece in section]
    assert order == ["A", *["left"] * len(left), *["right"] * len(right), "page"]


def test_amounts_above_a_box_of_totals_are_no_column_of_text() -> None:
    """An invoice: names left, numbers and a small ruled table right. Below text a table fills a column."""
    left = column(numbered("l", 8), 50, 200)
    amounts = column([f"{number} 60.28 {number * 482}.24" for number in range(1, 9)], 380, 200)
    totals = Region(type="table", box=Box(380, 330, 540, 370))
    tops = (200, 212, 240, 268, 280, 308, 336)
    names = pieces_of([line("Silver of a long season", 50, top) for top in tops], [])
    assert worth(names, pieces_of(amounts, [totals]), 10.0) == 0.0
    assert worth(pieces_of(left, []), pieces_of(column(numbered("r", 8), 380, 200), [totals]), 10.0) > 0.0


def test_a_headline_of_several_lines_beside_a_gap_is_not_torn() -> None:
    headline = [
        line(text, 50, 200 + 26 * number, size=20)
        for number, text in enumerate(["We gave more than", "ever before to", "those who work"])
    ]
    left, below = column(numbered("l", 6), 50, 110), column(numbered("m", 8), 50, 290)
    right = [*column(numbered("r", 9), 320, 110, pitch=12), *column(numbered("s", 10), 320, 249)]
    assert read([*left, *headline, *below, *right]) == [
        [*numbered("l", 6), *(each.text for each in headline), *numbered("m", 8)],
        [*numbered("r", 9), *numbered("s", 10)],
    ]


def test_amounts_beside_their_names_are_no_column_of_text() -> None:
    """Though names that fill their column look like running text, as on a scan without rules."""
    names = [f"{number:02d}.10. Insurance premium of the harbour office" for number in range(12)]
    lines = [
        piece
        for number, name in enumerate(names)
        for piece in (
            line(name, 50, 100 + 26 * number),
            line(f"REF 7814465{number} of the account at the quay, 41", 50, 112 + 26 * number),
            line(f"{number}60.14", 400, 100 + 26 * number),
        )
    ]
    text = " ".join(region.text + " ".join(cell.text for cell in region.cells) for region in layout.read(sheet(lines)))
    places = [text.index(f"{number}60.14") - text.index(name) for number, name in enumerate(names)]
    assert all(0 < place < 150 for place in places)


WORDS = [
    *(
        "the",
        "of",
        "and",
        "to",
        "in",
        "station",
        "level",
        "data",
        "water",
        "river",
        "gage",
        "January",
        "1935",
        "September",
    ),
    *("records,", "115.36", "ft", "above", "datum.", "site", "published", "downstream", "bridge", "October", "mean"),
    *("flow", "are", "which", "by", "from"),
]


@pytest.mark.parametrize("seed", [0, 2])
def test_typed_lines_above_a_typed_table_stay_whole(tmp_path: Path, seed: int) -> None:
    """A space of even type is wider than one between words usually is, and may stand above a gap of the table."""
    chance = random.Random(seed)
    drawn: list[tuple[float, float, list[Run]]] = [
        (72, 760, [("Helvetica", 12, "The water at the bridge in this year")])
    ]
    said: list[str] = []
    top = 740
    for _ in range(5):
        said.append(" ".join(chance.choice(WORDS) for _ in range(chance.randint(12, 70))))
        for text in textwrap.wrap(said[-1], chance.choice([100, 100, 118]), subsequent_indent="   "):
            drawn.append((54 + 4.2 * (len(text) - len(text.lstrip())), top, [("Courier", 7, text.lstrip())]))
            top -= 8
        top -= 8
    for row in range(30):
        numbers = "".join(f"{chance.randint(100, 9999):9}" for _ in range(10))
        drawn.append((54, top - 8 * row, [("Courier", 7, f"{row:10}{numbers}")]))
    path = tmp_path / "typed.pdf"
    path.write_bytes(typeset_pdf(drawn, page=b"/MediaBox [0 0 612 792]"))
    found = " ".join(ocr(path, model="local/text").markdown.split())
    assert [text for text in said if text not in found] == []


def test_what_stands_below_all_columns_is_read_last_though_it_reaches_over_two_of_them_alone() -> None:
    columns = [column([SENTENCE[row % 3 :][:30] for row in range(12)], left, 100) for left in (50, 230, 410)]
    note = [line("and this is what is said about all of the three columns above", 50, 260)]
    lines = [*note, *(each for part in columns for each in part)]
    text = " ".join(region.text for region in layout.read(sheet(lines)))
    assert text.endswith(note[0].text)


@pytest.mark.parametrize("pitch", [14.5, 17.0])
def test_columns_between_two_rules_that_keep_their_own_distances_are_no_table(pitch: float) -> None:
    """News beside what is on in a parish's bulletin, or the notices of a gazette."""
    news = ["A new roof", "The roof of the hall is mended.", "We thank all.", "A concert", "All are welcome."] * 2
    on = ["Sunday: Mass", "Monday: choir", "Tuesday: closed", "Friday: Mass", "No mass on Saturday"] * 2
    lines = [*column(news, 50, 110), *column(on, 320, 108, pitch=pitch)]
    rules = (level(40, 560, 100), level(40, 560, 300))
    regions = layout.read(sheet(lines, rulings=rules))
    assert not [region for region in regions if region.cells]
    told = " ".join(each.text for region in regions for each in region.lines)
    assert told == " ".join(news) + " " + " ".join(on)


def test_rows_between_two_rules_are_a_table() -> None:
    names = ["Sunday", "Monday", "Tuesday", "Friday", "Saturday"] * 2
    lines = [*column(names, 50, 110, pitch=17.0), *column(["Mass and choir"] * 10, 320, 110, pitch=17.0)]
    [table] = layout.read(sheet(lines, rulings=(level(40, 560, 100), level(40, 560, 300))))
    assert len(table.cells) == 20
