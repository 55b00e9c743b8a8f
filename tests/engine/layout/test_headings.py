from __future__ import annotations

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.flow import paragraphs
from ocr_async.engine.layout.headings import levels, likelihood
from ocr_async.engine.page import Line

from .sheets import SENTENCE, column, level, line, sheet


def titles(lines: list[Line]) -> list[tuple[str, int | None]]:
    return [(region.text, region.level) for region in layout.read(sheet(lines)) if region.type == "title"]


SENTENCE_END = line(f"{SENTENCE}.", 50, 0).box.right


def around(heading: Line) -> list[Line]:
    return [*column([f"{SENTENCE}."] * 4, 50, 100), heading, *column([f"{SENTENCE}."] * 4, 50, 190)]


@pytest.mark.parametrize(
    "heading",
    [
        line("What larger print says", 50, 165, size=14),
        line("What bold print says", 50, 168, bold=True),
        line("3.6. Sorption isotherm", 50, 168),
        line("References", 50, 168),
        line("a b s t r a c t", 50, 168),
        line("Facture n° 2026-0815", 50, 165, size=14),
        line("Order 4500-9981-22", 50, 165, size=14),
    ],
)
def test_headings(heading: Line) -> None:
    assert [text for text, _ in titles(around(heading))] == [heading.text]


@pytest.mark.parametrize(
    "plain",
    [
        line("A short line, no larger than the others", 50, 168),
        line("Fig. 3 What a figure shows", 50, 168, bold=True),
        line("12,500.00 13,400.00 99.00", 50, 168, bold=True),
        line("and so it went on.", 50, 168, bold=True),
        line("表2 港口统计", 50, 168, bold=True),
        line("By Jane M. Carver", 50, 168, bold=True),
        line("本报记者 张伟", 50, 168, bold=True),
        line("他放下笔，想起夏天。本报记者摄", 50, 168, bold=True),
        line("h h h h e h h h", 50, 168, size=14),
        line("Phone: 0800 123 456", 50, 165, size=14),
        line("12 May 2026, 09:30 - 16:00", 50, 165, size=14),
    ],
)
def test_what_is_no_heading(plain: Line) -> None:
    assert titles(around(plain)) == []


def test_a_numbered_question_above_its_line_to_write_on_is_no_heading() -> None:
    asked = [line(f"{number}. What do they say of it?", 50, 60 + 60 * number) for number in (1, 2, 3)]
    rules = tuple(level(50, 550, 85 + 60 * number) for number in (1, 2, 3))
    assert not [region for region in layout.read(sheet(asked, rulings=rules)) if region.type == "title"]


def test_two_ideographs_may_be_a_heading() -> None:
    assert [text for text, _ in titles(around(line("练习", 50, 166, size=13, bold=True)))] == ["练习"]


def test_a_bold_page_has_no_headings_by_weight() -> None:
    lines = [line(f"{SENTENCE}.", 50, 100 + 12 * number, bold=True) for number in range(8)]
    assert titles([*lines, line("A short line", 50, 220, bold=True)]) == []


def test_levels_follow_size_and_numbering() -> None:
    found = levels([(20.0, "Title"), (14.0, "1 One"), (12.0, "1.1 Inner"), (14.0, "2 Two"), (10.0, "Run-in")], 10.0)
    assert found == [1, 2, 3, 2, 4]


def test_a_version_with_its_date_is_no_number_of_a_section() -> None:
    dated = ("2.16.2 (November 16th, 2026)", "1.2.4 - 2026-10-01", "1.2.3")
    assert levels([(20.0, "Changes"), *((14.0, text) for text in dated)], 10.0) == [1, 2, 2, 2]


def test_what_is_as_small_as_the_text_is_no_title_of_the_whole() -> None:
    assert levels([(10.0, "Small")], 10.0) == [2]


def test_of_headings_of_nearly_one_size_the_larger_ones_are_higher_though_the_others_come_first() -> None:
    looks = [("bold", 14.3), ("caps", 14.3), ("bold", 14.9)]  # a document that begins in the middle of a chapter
    sizes = [(size, name) for name, size in looks]
    assert levels(sizes, 10.0, looks=looks, ordered=looks) == [2, 3, 1]


def test_text_that_is_larger_than_a_table_is_no_heading_for_that() -> None:
    row = ["plain words of some length", "12", "24.00"]
    table = [
        line(text, x, 100 + 14 * number, size=8)
        for number in range(20)
        for text, x in zip(row, (50, 250, 350), strict=True)
    ]
    below = [
        *column([SENTENCE, f"{SENTENCE[:40]}."], 50, 400),
        line("Please pay within a month of this date", 50, 444),
        *column([SENTENCE, SENTENCE], 50, 476),
    ]
    assert titles([*table, *below]) == []


def test_a_short_numbered_line_above_running_text_is_a_heading_and_an_item_of_a_list_is_none() -> None:
    below = column([f"{SENTENCE}."] * 4, 50, 190)
    assert titles([*column([f"{SENTENCE}."] * 4, 50, 100), line("2. In addition", 50, 166), *below]) == [
        ("2. In addition", 2)
    ]
    items = [line(f"{number}. In addition", 50, 160 + 18 * number) for number in range(1, 4)]
    assert titles([*column([f"{SENTENCE}."] * 4, 50, 100), *items]) == []


def test_a_title_and_the_heading_below_it_are_two() -> None:
    lines = [
        line("The title of it all", 50, 100, size=15, bold=True, font=None),
        line("How it begins", 50, 130, size=13, bold=True, font=None),
        *(line(f"{SENTENCE}.", 50, top, font=None) for top in (158, 170)),
    ]
    assert [text for text, _ in titles(lines)] == ["The title of it all", "How it begins"]


def test_lines_set_far_apart_stay_one_paragraph() -> None:
    (region,) = layout.read(sheet(column([SENTENCE] * 4, 50, 100, pitch=24)))
    assert region.text == " ".join([SENTENCE] * 4)


def test_authors_above_an_abstract_are_no_headings() -> None:
    lines = [
        line("What the article is about", 50, 60, size=20),
        line("Anna Weber", 50, 100, size=13),
        line("Abstract", 50, 140, size=13),
        *column([f"{SENTENCE}."] * 6, 50, 160),
    ]
    assert [text for text, _ in titles(lines)] == ["What the article is about", "Abstract"]


def middle(text: str, top: float, size: float, *, bold: bool = False) -> Line:
    return line(text, 300 - len(text) * size / 4, top, size=size, bold=bold)


@pytest.mark.parametrize("name", ["Anna Weber", "Anna Weber, Otto von Berg", "January 10, 2023", "What it is about"])
@pytest.mark.parametrize("bold", [True, False])
def test_names_and_dates_in_the_middle_below_a_title_are_no_headings(name: str, bold: bool) -> None:
    """Be they as wide as the title, too, and whatever heading follows."""
    title = middle("What it is about", 60, 20)
    text = column([f"{SENTENCE}."] * 6, 50, 180)
    page = [title, middle(name, 100, 13, bold=bold), line("1 Introduction", 50, 150, size=14, bold=True), *text]
    found = [text for text, _ in titles(page)]
    assert found == [title.text, *(["What it is about"] if name == title.text else []), "1 Introduction"]


def test_the_first_heading_below_a_title_in_the_middle_is_one_above_its_text() -> None:
    page = [
        middle("The Harbour Record", 60, 20),
        middle("Of the Quay", 120, 13),
        *column([f"{SENTENCE}."] * 6, 50, 145),
    ]
    assert [text for text, _ in titles(page)] == ["The Harbour Record", "Of the Quay"]


def test_names_one_below_the_other_are_no_headings() -> None:
    page = [middle("The Harbour Record", 60, 20), *(middle(name, 100 + 30 * n, 13) for n, name in enumerate(NAMES))]
    text = [line("Of the Quay", 50, 200, size=14, bold=True), *column([f"{SENTENCE}."] * 6, 50, 225)]
    assert [text for text, _ in titles([*page, *text])] == ["The Harbour Record", "Of the Quay"]


NAMES = ["Edzer Pebesma", "Roger S. Bivand"]


def test_a_name_at_the_edge_of_a_cover_is_no_heading() -> None:
    cover = [line("Rubber", 50, 120, size=20, bold=True), line("Sebastian Kapfer", 50, 600, size=14, bold=True)]
    assert [text for text, _ in titles([*cover, line("Version 1.6", 400, 150)])] == ["Rubber"]


def test_a_name_and_its_value_far_apart_are_no_heading() -> None:
    def likely(*lines: Line) -> float:
        (paragraph,) = paragraphs(lines, 10.0)
        return likelihood(paragraph, 10.0, 6.0)

    assert likely(line("Bill Number", 50, 165, size=14), line("Table Three", 200, 165, size=14)) == 0
    assert likely(line("3.2", 50, 165, size=14), line("Table Manners", 100, 165, size=14)) > 2


def test_a_bold_line_as_far_from_the_text_below_as_from_that_above_is_a_heading_above_running_text_alone() -> None:
    text = column([f"{SENTENCE.capitalize()}.", f"{SENTENCE}."], 50, 100)
    head = line("Walls of stone", 50, 132, bold=True)
    below = column([SENTENCE.capitalize(), SENTENCE, f"{SENTENCE}."], 50, 152)
    assert [region.text for region in layout.read(sheet([*text, head, *below])) if region.type == "title"] == [
        head.text
    ]
    few = line("Of timber", 50, 152)
    assert [region.text for region in layout.read(sheet([*text, head, few])) if region.type == "title"] == []


QUOTED = "Nobody could say when the harbour had last been dredged"


@pytest.mark.parametrize("said", [f"“{QUOTED}.”", f"«{QUOTED}.»", f"{QUOTED}."])
def test_a_sentence_that_is_quoted_large_is_no_heading(said: str) -> None:
    page = [*column([SENTENCE] * 4, 50, 100), line(said, 50, 165, size=15), *column([SENTENCE] * 4, 50, 200)]
    assert titles(page) == []


def test_a_headline_that_is_no_sentence_is_one_though_words_are_quoted_in_it() -> None:
    said = "“Last dredged in spring”"
    page = [*column([SENTENCE] * 4, 50, 100), line(said, 50, 165, size=15), *column([SENTENCE] * 4, 50, 200)]
    assert [text for text, _ in titles(page)] == [said]


@pytest.mark.parametrize("word", ["WARNING", "Caution!", "Tip", "Vorsicht", "VIKTIGT", "Avertissement :", "警告"])
def test_the_word_that_begins_a_warning_is_no_heading(word: str) -> None:
    page = [*column([SENTENCE] * 4, 50, 100), line(word, 50, 165, bold=True), *column([SENTENCE] * 4, 50, 179)]
    assert titles(page) == []
    (paragraph,) = paragraphs([line(word.upper(), 50, 165, bold=True)], 10.0)
    assert likelihood(paragraph, 10.0, 6.0, followed=True, kind="heading") < 2.0


def test_a_name_in_the_middle_below_the_title_of_an_article_is_no_heading() -> None:
    title, name = line("On the drift of gauges", 180, 60, size=18), line("M. Lund", 255, 90, size=12)
    text = [line("Water levels", 50, 130, size=12, bold=True), *column([SENTENCE] * 6, 50, 150)]
    assert [said for said, _ in titles([title, name, *text])] == ["On the drift of gauges", "Water levels"]
    beside = line("M. Lund", 180, 90, size=12)
    assert len(titles([title, beside, *text])) == 3


def test_names_side_by_side_below_the_title_of_an_article_are_no_headings() -> None:
    title = line("On the drift of gauges", 180, 60, size=18)
    names = [line("M. Lund", 215, 90, size=12), line("A. Moor", 305, 90, size=12)]
    text = [line("Water levels", 50, 130, size=12, bold=True), *column([SENTENCE] * 6, 50, 150)]
    assert [said for said, _ in titles([title, *names, *text])] == ["On the drift of gauges", "Water levels"]


@pytest.mark.parametrize("bold", [False, True])
def test_headings_with_nothing_between_them_are_entries_of_a_list(bold: bool) -> None:
    listed = ["The old harbour", "Ships and crews", "What they carried", "Where they went"]
    below = column([f"{SENTENCE}."] * 6, 50, 260)
    lines = [line(text, 50, 100 + 26 * row, size=12, bold=bold) for row, text in enumerate(listed)]
    assert titles([*lines, *below]) == []
    assert [text for text, _ in titles([lines[0], line(SENTENCE, 50, 126), *lines[2:], *below])] == [
        listed[0],
        *listed[2:],
    ]
    for number in ("{}. ", "§ {} "):
        parts = [line(number.format(row) + listed[row], 50, 100 + 26 * row, size=12, bold=True) for row in range(4)]
        assert len(titles([*parts, *below])) == len(parts)


def test_a_bold_line_at_the_right_edge_of_the_text_is_no_heading() -> None:
    """Who is to act, in minutes; from the right is where Hebrew headings begin."""
    for said, found in (("ACTION: the clerk", []), ("דין וחשבון שנתי", ["דין וחשבון שנתי"])):
        right = line(said, SENTENCE_END - len(said) * 5, 168, bold=True)
        (page,) = layout.with_looks([sheet(around(right))])
        assert [region.text for region in layout.read(page) if region.type == "title"] == found


def test_what_a_title_says_after_a_forced_break_is_more_of_it() -> None:
    text = column([f"{SENTENCE}."] * 4, 50, 180)
    lines = [line("Simultaneous Inference", 120, 100, size=20), line("in General Models", 145, 130, size=20)]
    assert [text for text, _ in titles([*lines, *text])] == ["Simultaneous Inference in General Models"]
    apart = [lines[0], line("in General Models", 145, 140, size=20)]
    assert len(titles([*apart, *text])) == 2
    smaller = [lines[0], line("in General Models", 172, 130, size=14)]
    assert len(titles([*smaller, *text])) == 2
