from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.page import Line, Sheet
from ocr_async.engine.whole_document import Styles, TypeSizes

from .sheets import SENTENCE, column, level, line, sheet


TEXT = SENTENCE.capitalize()


def sections(heads: list[str], *, indent: float = 0.0, apart: float = 24.0) -> list[Line]:
    """Bold lines of the text's size, each with two lines of text below."""
    lines: list[Line] = []
    for number, head in enumerate(heads):
        top = 100 + number * (36 + apart)
        lines += [line(head, 50, top, bold=True, font="AAAAAA+Times-Bold")]
        lines += column([TEXT, SENTENCE], 50 + indent, top + 14)
    return lines


def titles(page: Sheet) -> list[str]:
    sizes = layout.sizes_of(page.lines)
    assert sizes is not None
    (page,) = layout.with_looks([page])
    told = TypeSizes(sizes.body, sizes.headings, layout.heading_styles([page], sizes.body))
    regions = layout.read(evolve(page, sizes=told))
    return [region.text for region in regions if region.type == "title"]


@pytest.mark.parametrize(
    "heads",
    [
        ["json", "location", "global", "editor"],
        ["7.1.1.1 SHA256", "7.1.1.2 SHA224", "7.1.1.3 MD5"],
        ["v1.1.32: Nov 02 2017", "v1.1.31: Oct 06 2017", "v1.1.30: Sep 04 2017"],
    ],
)
def test_bold_lines_that_stand_as_headings_all_over_a_document_are_headings(heads: list[str]) -> None:
    assert titles(sheet(sections(heads))) == heads


def test_terms_with_what_is_said_of_them_set_in_are_no_headings() -> None:
    assert titles(sheet(sections(["json", "location", "global", "editor"], indent=30))) == []


@pytest.mark.parametrize(
    "said",
    [
        [
            "1 Name all the harbours of the north.",
            "2 Tell why they froze so early.",
            "3 Draw how their walls were built.",
        ],
        ["Q: Who was the master?", "Q: When did he leave the town?", "Q: Why did he come back?"],
        ["Herring on rye 9.50", "Bread of the day 4.00", "Soup of roots 12.50"],
    ],
)
def test_what_is_asked_by_a_letter_or_in_a_sentence_and_dishes_with_prices_are_no_headings(said: list[str]) -> None:
    assert titles(sheet(sections(said))) == []


def test_questions_are_the_headings_of_their_answers() -> None:
    said = [
        "Who was the master?",
        "When did he leave the town?",
        "Why did he come back again to the harbour and to us?",
    ]
    assert titles(sheet(sections(said))) == said


def test_what_stands_in_the_next_column_is_not_said_of_a_bold_line() -> None:
    half = SENTENCE[: len(SENTENCE) // 2]
    lines: list[Line] = []
    for left, shift in ((50, 0), (320, 24)):
        for number in range(5):
            top = 100 + 64 * number + shift
            lines += [line(half, left, top, bold=True, font="Times-Bold")]
            lines += [line(f"at {left}, {number}?", left, top + 12, bold=True, font="Times-Bold")]
            lines += column([f"{half.capitalize()} and some more"] * 3, left, top + 24)
    page = sheet(lines)
    assert layout.heading_styles([page], 10.0).terms == frozenset()


def test_a_list_below_a_bold_line_makes_no_term_of_it() -> None:
    lines = [line(each, 50, 40 + 14 * row) for row, each in enumerate([TEXT, SENTENCE, SENTENCE])]
    heads = ["Fixed", "Removed", "Added"]
    for number, head in enumerate(heads):
        top = 110 + 70 * number
        lines += [line(head, 50, top, bold=True, font="Times-Bold")]
        lines += [line("•", 65, top + 17), *column([f"{SENTENCE} and more of it", SENTENCE], 80, top + 17)]
    assert titles(sheet(lines)) == heads


def test_two_bold_lines_are_no_style_of_a_document() -> None:
    assert titles(sheet(sections(["json", "location"]))) == []


def test_a_style_that_the_text_is_set_in_is_none_of_headings() -> None:
    page = sheet([line(SENTENCE, 50, 100 + 30 * number, bold=True, font="Times-Bold") for number in range(8)])
    assert layout.heading_styles([page], 10.0) == Styles()


@pytest.mark.parametrize(
    ("section", "part"),
    [(["7.1 Digests"], ["7.1.1 SHA"]), (["A RESEARCH"], ["A.1 Part One"]), (["A", "RESEARCH"], ["A.1", "Part One"])],
)
def test_the_heading_of_a_section_and_that_of_its_first_part_are_two(section: list[str], part: list[str]) -> None:
    two = [
        line(said, 50 + 25 * place, top, bold=True, font="Times-Bold")
        for top, row in ((60, section), (74, part))
        for place, said in enumerate(row)
    ]
    found = layout.read(sheet([*two, *column([TEXT, SENTENCE], 50, 92)]))
    assert [region.text for region in found if region.type == "title"] == [" ".join(section), " ".join(part)]


def manual(sections: dict[str, list[str]]) -> list[Line]:
    """Bold heads of sections at the margin; set in, text and bold terms; further in, what these mean."""
    lines: list[Line] = []
    top = 100.0
    for head, terms in sections.items():
        lines += [line(head, 50, top, bold=True, font="Times-Bold")]
        lines += column([TEXT, f"{SENTENCE}."], 80, top + 13)
        top += 52
        for term in terms:
            lines += [line(term, 80, top, bold=True, font="Times-Bold")]
            lines += column([f"{TEXT}."], 110, top + 13)
            top += 36
        top += 10
    return lines


def test_options_of_a_manual_are_terms_and_the_heads_of_its_sections_headings() -> None:
    page = sheet(manual({"NAME": [], "OPTIONS": ["-a, --all", "--author"], "Notes": ["GIT_DIR", "Home"]}))
    assert titles(page) == ["NAME", "OPTIONS", "Notes"]


def test_a_term_with_its_meaning_beside_it_is_none_less_a_term() -> None:
    lines = manual({"NAME": [], "OPTIONS": ["--all", "--author"], "Notes": ["GIT_DIR"]})
    low = lines[-1].box.bottom + 12
    lines += [line("-f", 80, low, bold=True, font="Times-Bold"), line(f"{TEXT}.", 110, low)]
    found = titles(sheet(lines))
    assert found == ["NAME", "OPTIONS", "Notes"]


def test_the_head_of_a_section_and_that_of_a_part_set_in_right_below_it_are_two() -> None:
    parts = ["Of git", "Of others", "Of all"]
    lines: list[Line] = []
    for number, part in enumerate(parts):
        lines += [line(part, 65, 60 + 60 * number, bold=True, font="Times-Bold")]
        lines += column([TEXT, f"{SENTENCE}."], 80, 73 + 60 * number)
    lines += [line("NOTES", 50, 240, size=11, bold=True, font="Times-Bold")]
    lines += [line("Of none", 65, 252, bold=True, font="Times-Bold"), *column([TEXT], 80, 265)]
    assert titles(sheet(lines)) == [*parts, "NOTES", "Of none"]


def test_first_lines_set_in_below_a_heading_do_not_make_it_a_term() -> None:
    lines: list[Line] = []
    for number, head in enumerate(["Early life", "Later life", "Works", "Legacy"]):
        top = 100 + 60 * number
        lines += [line(head, 50, top, bold=True, font="Times-Bold"), line(TEXT, 65, top + 14)]
        lines += column([SENTENCE, f"{SENTENCE}."], 50, top + 26)
    assert titles(sheet(lines)) == ["Early life", "Later life", "Works", "Legacy"]


def test_names_of_code_alone_are_headings_though_they_are_set_smaller_than_the_text() -> None:
    names = ["npm ci", "npm diff", "npm publish", "npm test"]
    lines: list[Line] = []
    for number, name in enumerate(names):
        top = 100 + 60 * number
        lines += [line(name, 54, top, size=8.5, bold=True, mono=True, font="Mono-Bold")]
        lines += [line("• prepare", 65, top + 22, size=8.5, mono=True, font="Mono")] if number == 2 else []
        lines += column([TEXT, f"{SENTENCE}."], 50, top + (34 if number == 2 else 22))
    assert titles(sheet(lines)) == names
    begun = line("from harbour import tides", 54, 360, size=8.5, bold=True, mono=True, font="Mono-Bold")
    assert titles(sheet([*lines, begun])) == names  # the listing goes on overleaf


def test_a_heading_that_goes_on_in_a_small_letter_is_one_in_whatever_type_it_began() -> None:
    first = line("--persist: keep what was", 50, 100, size=13.6, bold=True, font="Mono-Bold")
    second = line("compiled for the tests", 50, 120, size=16, bold=True, font="Times-Bold")
    found = layout.read(sheet([first, second, *column([TEXT, SENTENCE, SENTENCE], 50, 150)]))
    headings = [region.text for region in found if region.type == "title"]
    assert headings == ["--persist: keep what was compiled for the tests"]


def test_two_headings_of_a_scan_whose_boxes_touch_stay_two() -> None:
    first = line("The Sequencer", 50, 100, size=24, font=None, bold=None)
    second = line("Thirty Tracks of Music", 50, 122, size=14, font=None, bold=None)
    found = layout.read(sheet([first, second, *column([TEXT, SENTENCE, SENTENCE], 50, 150)]))
    assert [region.text for region in found if region.type == "title"] == ["The Sequencer", "Thirty Tracks of Music"]


def plain_sections(heads: list[str], font: str, *, left: float = 50.0) -> list[Line]:
    """Lines no heavier than the text, each above two lines of it."""
    lines: list[Line] = []
    for number, head in enumerate(heads):
        top = 100 + number * 60
        lines += [line(head, left, top, font=font), *column([TEXT, SENTENCE], 50, top + 17)]
    return lines


def test_terms_in_another_type_with_what_is_said_of_them_set_in_are_no_headings() -> None:
    """Options of a manual, whose argument in italics is longer than the option in bold."""
    lines = plain_sections(HEADS, "Times-Italic")
    moved = [evolve(each, box=evolve(each.box, left=each.box.left + 36, right=each.box.right + 36)) for each in lines]
    assert (
        titles(sheet([one if one.font == "Times-Italic" else other for one, other in zip(lines, moved, strict=True)]))
        == []
    )


HEADS = ["Early harbours", "Walls of stone", "The winter market"]


@pytest.mark.parametrize("font", ["AAAAAA+Times-Italic", "AAAAAA+Helvetica"])
def test_lines_in_another_type_above_paragraphs_are_headings_though_no_heavier(font: str) -> None:
    assert titles(sheet(plain_sections(HEADS, font))) == HEADS


def test_lines_in_capitals_above_paragraphs_are_headings_though_in_the_type_of_the_text() -> None:
    heads = [each.upper() for each in HEADS]
    assert titles(sheet(plain_sections(heads, "Times", left=120))) == heads


def test_lines_in_another_type_above_numbered_paragraphs_are_headings() -> None:
    lines: list[Line] = []
    for number, head in enumerate(HEADS):
        top = 100 + number * 70
        lines += [line(head, 50, top, font="Times-Italic"), line(f"{number + 1}.", 50, top + 17)]
        lines += [line(TEXT, 74, top + 17), *column([SENTENCE, SENTENCE], 50, top + 29)]
    assert titles(sheet(lines)) == HEADS


def looks() -> dict[str, Sheet]:
    """Pages whose headings are as large and as heavy as the text, and in its type, each set off in its own way."""
    plain = plain_sections(HEADS, "Times")
    numbered = plain_sections([f"{number}.1 {head}" for number, head in enumerate(HEADS, 1)], "Times")
    heads = [each for each in plain if each.text in HEADS]
    boxes = [each.box for each in heads]
    centred = [
        evolve(each, box=evolve(each.box, left=180 - each.box.width / 2, right=180 + each.box.width / 2))
        if each in heads
        else each
        for each in plain
    ]
    return {
        "colour": sheet([evolve(each, look="ff1f4e9c") if each in heads else each for each in plain]),
        "rule below": sheet(plain, rulings=[level(50, 310, box.bottom + 2) for box in boxes]),
        "rule above": sheet(plain, rulings=[level(50, 310, box.top - 2) for box in boxes]),
        "ground": sheet(plain, rulings=[level(50, 310, y) for box in boxes for y in (box.top - 2, box.bottom + 2)]),
        "underlined": sheet(plain, rulings=[level(box.left, box.right, box.bottom) for box in boxes]),
        "centred": sheet(centred),
        "number": sheet(numbered),
    }


@pytest.mark.parametrize("look", looks())
def test_lines_that_are_set_off_otherwise_than_by_type_are_headings(look: str) -> None:
    assert [head.split(" ", 1)[1] if look == "number" else head for head in titles(looks()[look])] == HEADS


def test_lines_that_nothing_sets_off_are_none() -> None:
    assert titles(sheet(plain_sections(HEADS, "Times"))) == []


def test_who_speaks_in_a_play_is_no_heading() -> None:
    assert titles(sheet(plain_sections(["CEDAR", "HAZEL", "CEDAR", "HAZEL", "CEDAR"], "Times"))) == []


def test_numbered_clauses_are_no_headings() -> None:
    clauses = [f"{number}.1 {TEXT} it\n{SENTENCE}\n{SENTENCE}." for number in range(1, 6)]
    lines = [each for number, clause in enumerate(clauses) for each in column(clause.split("\n"), 50, 60 + 60 * number)]
    assert titles(sheet(lines)) == []


def test_a_rule_belongs_to_the_line_that_is_nearest_to_it() -> None:
    page = sheet([line("Early harbours", 50, 40), *column([TEXT, SENTENCE], 50, 58)], rulings=[level(50, 310, 52)])
    (told,) = layout.with_looks([page])
    assert [each.look for each in told.lines] == [" below", "", ""]


@pytest.mark.parametrize("end", [".", ":", ","])
def test_lines_in_another_type_that_end_as_sentences_do_are_none(end: str) -> None:
    assert titles(sheet(plain_sections([each + end for each in HEADS], "Times-Italic"))) == []


def test_words_in_another_type_below_pictures_are_no_headings() -> None:
    lines = list(column([TEXT, SENTENCE], 50, 40))
    for number, head in enumerate(HEADS):
        top = 140 + 160 * number
        lines += [line(head, 50, top, font="Times-Italic"), *column([TEXT, SENTENCE], 50, top + 17)]
    assert titles(sheet(lines)) == []


def test_headings_are_told_in_columns_side_by_side() -> None:
    half = SENTENCE[: len(SENTENCE) // 2]
    lines: list[Line] = []
    for left, shift in ((50, 0), (320, 24)):
        for number, head in enumerate(HEADS):
            top = 100 + 60 * number
            lines += [line(f"{head} {left}", left, top + shift, bold=True, font="Times-Bold")]
            lines += column([half.capitalize(), half], left, top + 14 + shift)
        lines += column([half] * 8, left, 300 + shift)
    assert len(titles(sheet(lines))) == 2 * len(HEADS)


def test_headings_of_one_size_have_levels_by_their_looks_in_the_order_of_the_document() -> None:
    lines: list[Line] = []
    for number, head in enumerate(f"{head} of the {town}" for town in ("north", "east", "south") for head in HEADS):
        below = number % 3 > 0
        top = 100 + number * 60
        lines.append(line(head if below else head.upper(), 50, top, font="Times-Italic" if below else "Helvetica"))
        lines += column([TEXT, SENTENCE], 50, top + 17)
    (page,) = layout.with_looks([sheet(lines)])
    known = TypeSizes(10.0, (), layout.heading_styles([page], 10.0))
    found = [region.level for region in layout.read(evolve(page, sizes=known)) if region.type == "title"]
    assert found == [2, 3, 3] * 3


@pytest.mark.parametrize("lefts", [(50,), (50, 330)])
def test_a_heading_stands_alone_beside_its_own_number_and_in_columns(lefts: tuple[int, ...]) -> None:
    heads = [*HEADS, "Ropes of hemp", "The ferry", "Who kept watch"]
    lines: list[Line] = []
    half = TEXT[: len(TEXT) * 4 // 5]
    for shift, left in enumerate(lefts):
        for number, head in enumerate(heads[3 * shift : 3 * shift + 3]):
            top = 100 + number * 70 + 5 * shift
            lines += [line(str(number + 1), left, top, font="Type3"), line(head, left + 20, top, font="Type3")]
            lines += column([half, half.lower(), half.lower()], left, top + 17)
    assert [title.split(" ", 1)[1] for title in titles(sheet(lines))] == heads[: 3 * len(lefts)]


@pytest.mark.parametrize("mark", ["(1) ", "b) ", "가. "])
def test_headings_of_a_document_may_be_numbered_as_items_are(mark: str) -> None:
    heads = [mark + each for each in HEADS]
    assert titles(sheet(sections(heads))) == heads
