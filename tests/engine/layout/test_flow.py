from __future__ import annotations

import re
from typing import Any

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.flow import paragraphs
from ocr_async.engine.layout.join import OPEN, flow, glue
from ocr_async.engine.layout.lists import marker
from ocr_async.engine.page import Box, Line, Region

from .sheets import SENTENCE, column, line, sheet


@pytest.mark.parametrize(
    ("above", "below", "joined"),
    [
        ("an exam-", "ple of it", f"an exam-{OPEN}ple of it"),
        ("an exam\u00ad", "ple of it", "an example of it"),
        ("PFOS-", "Removal", "PFOS-Removal"),
        ("Art.-", "Nr.", "Art.-Nr."),
        ("it ends. -", "Next", "it ends. - Next"),
        ("pages 12-", "14", "pages 12-14"),
        ("two words", "follow", "two words follow"),
        ("漢字の", "文章", "漢字の文章"),
        ("see https://example.org/a/", "page", "see https://example.org/a/page"),
        ("see https://", "example.org", "see https://example.org"),
        ("see www.example-", "site.org", "see www.example-site.org"),
        ("mail an.office@example-", "site.org", "mail an.office@example-site.org"),
        ("see https://example.org/?id=", "4711", "see https://example.org/?id=4711"),
        ("see https://example.org.", "3 of them", "see https://example.org. 3 of them"),
        ("see https://example.org.", "The end", "see https://example.org. The end"),
        ("see https://example.org:", "the end", "see https://example.org: the end"),
        ("see https://example.org:", "8080/a", "see https://example.org:8080/a"),
        ("see http:", "//example.org", "see http://example.org"),
        ("see http://CRAN.", "R-project.org/package=x", "see http://CRAN.R-project.org/package=x"),
        ("28(8), 1–23. doi:", "10.18637/jss.v028.i08.", "28(8), 1–23. doi:10.18637/jss.v028.i08."),
        ("in the ratio:", "10 to 1", "in the ratio: 10 to 1"),
        ("the years 1990–", "95", "the years 1990–95"),
        ("they knew—", "until", "they knew—until"),
        ("they knew –", "until", "they knew – until"),
        ("", "alone", "alone"),
    ],
)
def test_lines_are_joined_as_they_are_read(above: str, below: str, joined: str) -> None:
    assert glue(above, below) == joined


def test_a_wider_gap_begins_a_paragraph() -> None:
    lines = [*column([SENTENCE] * 3, 50, 100), *column([SENTENCE] * 3, 50, 148)]
    assert [len(paragraph.lines) for paragraph in paragraphs(lines, 10.0)] == [3, 3]


def test_a_full_line_that_ends_with_a_stop_goes_on_below_where_smaller_print_stands_closer() -> None:
    names = ["Princeton University", "Denis Girou (France),", "Sebastian Rahtz (GB)", "and", "Herbert Voss (DE)"]
    thanks = [SENTENCE, f"{SENTENCE[:-12]} and Ulrich M.", "Schwarz, and Vladimir Volovich."]
    lines = [*column(names, 50, 100, pitch=8, size=7), *column(thanks, 50, 180, pitch=12.2)]
    assert [len(paragraph.lines) for paragraph in paragraphs(lines, 9.0)][-1] == 3


def test_a_set_in_line_after_a_sentence_begins_a_paragraph() -> None:
    lines = column([SENTENCE, SENTENCE, f"{SENTENCE[:30]} ends.", SENTENCE], 50, 100)
    lines[3] = line(SENTENCE, 65, 136)
    assert [len(paragraph.lines) for paragraph in paragraphs(lines, 10.0)] == [3, 1]


def test_a_bold_run_in_at_the_start_of_a_full_line_stays_in_its_paragraph() -> None:
    lines = [line(SENTENCE, 50, 100, bold=True), *column([SENTENCE] * 2, 50, 112)]
    assert len(paragraphs(lines, 10.0)) == 1


def test_a_set_in_line_after_one_that_had_room_for_its_first_word_begins_a_paragraph() -> None:
    lines = [line("A. Data and methods", 50, 100), line(SENTENCE[:48], 60, 112), line(SENTENCE, 50, 124)]
    assert [len(paragraph.lines) for paragraph in paragraphs(lines, 10.0)] == [1, 2]


def test_a_set_in_line_after_a_full_one_goes_on() -> None:
    lines = [line(SENTENCE, 50, 100), line(SENTENCE[:48], 60, 112), line(SENTENCE, 50, 124)]
    assert len(paragraphs(lines, 10.0)) == 1


def test_a_heading_in_the_middle_of_its_column_is_no_part_of_the_text_around_it() -> None:
    lines = [
        *column([SENTENCE, f"{SENTENCE[:20]} ends."], 50, 100),
        line("II. METHODS", 152, 124),
        line(SENTENCE[:50], 60, 136),
        line(SENTENCE, 50, 148),
    ]
    assert [len(paragraph.lines) for paragraph in paragraphs(lines, 10.0)] == [2, 1, 2]


def split(*said: tuple[float, str]) -> list[list[str]]:
    """Return the texts of each paragraph of lines that are *said* from a left edge on, one below the other."""
    lines = [line(text, left, 100 + 12 * index) for index, (left, text) in enumerate(said)]
    return [[each.text for each in paragraph.lines] for paragraph in paragraphs(lines, 10.0)]


def test_what_is_said_of_a_term_hangs_below_it() -> None:
    short = "Prints it."
    assert split(
        (50, "--follow"), (70, SENTENCE), (70, SENTENCE), (50, "--quiet"), (70, short), (50, "--help"), (70, SENTENCE)
    ) == [["--follow"], [SENTENCE, SENTENCE], ["--quiet"], [short], ["--help"], [SENTENCE]]  # fmt: skip


def test_a_term_below_a_full_line_is_told_by_where_most_lines_begin() -> None:
    body = (70, SENTENCE)
    found = split((50, "--follow"), body, body, (50, "--maximal-depth-of-all-folders"), body, body, body)
    assert [len(each) for each in found] == [1, 2, 1, 3]


def test_a_paragraph_of_two_lines_whose_first_is_set_in_is_one() -> None:
    """Alone between two listings, most of its lines begin where paragraphs do."""
    assert split((65, SENTENCE), (50, "and goes on.")) == [[SENTENCE, "and goes on."]]
    first, last = (65, SENTENCE), (50, "which ends.")
    assert [len(each) for each in split(first, last, first, last)] == [2, 2]


@pytest.mark.parametrize(
    ("above", "found"), [(SENTENCE, [3]), (f"{SENTENCE[:-1]}.", [1, 2]), (f"{SENTENCE[:-2]} 9", [1, 2])]
)
def test_a_sentence_goes_on_in_bold(above: str, found: list[int]) -> None:
    """What ends, as one does or an entry of a list of contents, has a heading below it."""
    lines = [line(above, 50, 100), line(SENTENCE, 50, 112, bold=True), line(SENTENCE, 50, 124, bold=True)]
    assert [len(paragraph.lines) for paragraph in paragraphs(lines, 10.0)] == found


def test_entries_whose_other_lines_are_set_in_are_paragraphs() -> None:
    entry = ((50, SENTENCE), (70, SENTENCE), (70, SENTENCE))
    assert [len(each) for each in split(*entry, *entry, *entry)] == [3, 3, 3]


def test_lines_beside_a_large_initial_go_on_below_it() -> None:
    assert len(split((70, SENTENCE), (70, SENTENCE), *[(50, f"{SENTENCE} on")] * 4)) == 1


def test_lines_that_are_centred_are_one_paragraph() -> None:
    wide = 5.0 * len(SENTENCE)
    centred = [(50 + (wide - 5.0 * len(text)) / 2, text) for text in (SENTENCE, SENTENCE[:43], SENTENCE[:47])]
    assert len(split(*centred)) == 1


@pytest.mark.parametrize("bullet", ["•", "▪", "☐"])
def test_a_bullet_below_a_line_that_ends_without_a_full_stop_begins_an_item(bullet: str) -> None:
    found = split((50, f"{bullet} {SENTENCE}"), (60, SENTENCE), (50, f"{bullet} {SENTENCE}"), (60, SENTENCE[:20]))
    assert [len(each) for each in found] == [2, 2]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("• first", "•"),
        ("∗ star", "∗"),
        ("- dash", "-"),
        ("3. third", "3."),
        ("(a) letter", "(a)"),
        ("[12] A reference", "[12]"),
        ("1984 was a year", None),
        ("plain", None),
    ],
)
def test_markers_of_list_items(text: str, found: str | None) -> None:
    assert marker(text) == found


def items(lines: list[Line]) -> list[tuple[str, int, str]]:
    (region,) = (region for region in layout.read(sheet(lines)) if region.type == "list")
    return [(item.text, item.level, item.marker) for item in region.items]


def test_items_that_are_set_in_are_nested() -> None:
    lines = [
        line("• one of them", 50, 100),
        line("– its part", 70, 112),
        line("– its other part", 70, 124),
        line("• two of them", 50, 136),
    ]
    assert items(lines) == [
        ("one of them", 0, "•"),
        ("its part", 1, "–"),
        ("its other part", 1, "–"),
        ("two of them", 0, "•"),
    ]


def test_a_bullet_that_stands_alone_belongs_to_the_line_beside_it() -> None:
    lines = [line("•", 50, 100), line("the first thing", 75, 100), line("•", 50, 114), line("the second", 75, 114)]
    assert [text for text, _, _ in items(lines)] == ["the first thing", "the second"]


@pytest.mark.parametrize("mark", ["•", "☐", "☒", "➤"])
def test_a_bullet_begins_an_item_right_below_a_line_that_goes_on(mark: str) -> None:
    lines = [*column([SENTENCE], 50, 100), line(f"{mark} {SENTENCE}", 50, 112)]
    assert [len(paragraph.lines) for paragraph in paragraphs(lines, 10.0)] == [1, 1]


@pytest.mark.parametrize(
    ("mark", "below"),
    [("[4]", 12), ("(3 marks)", 12), ("(4)", 12), ("[4]", 0), ("(3 marks)", 0), ("2 points", 0)],
)
def test_what_a_part_of_a_question_is_worth_ends_it(mark: str, below: int) -> None:
    lines: list[Line] = []
    for number, letter in enumerate("abc"):
        top = 100 + number * (24 + below)
        lines += [line(f"({letter}) {SENTENCE}", 50, top), line("and explains to the dog what it saw", 66, top + 12)]
        lines.append(line(mark, (400 if mark != "(4)" else 335) - 5 * len(mark), top + 12 + below))
    found = layout.read(sheet(lines))
    said = [item.text for region in found for item in region.items] or [region.text for region in found]
    parts = [
        text for text in said if re.search(rf"runs and explains to the dog what it saw( {re.escape(mark)})?$", text)
    ]
    assert len(parts) == len("abc")


def test_one_line_that_begins_like_an_item_is_no_list() -> None:
    lines = [*column([SENTENCE, f"{SENTENCE[:40]} in"], 50, 100), line("1984. It was a cold day", 50, 124)]
    assert [region.type for region in layout.read(sheet(lines))] == ["text"]


def test_code_keeps_its_lines_and_indents() -> None:
    code = [line("def f():", 50, 100, mono=True), line("return 1", 70, 112, mono=True)]
    regions: tuple[Region, ...] = layout.read(sheet([*column([SENTENCE] * 2, 50, 60), *code]))
    assert [region.text for region in regions if region.type == "code"] == ["def f():\n    return 1"]


def test_flow_of_nothing_is_nothing() -> None:
    assert flow([]) == ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("E = mc2", "equation"),
        ("∇ × B = μ0 J", "equation"),
        ("where the sum equals x = 2 for all values", "text"),
        ("no relation here", "text"),
    ],
)
def test_formulas_are_told_from_sentences(text: str, kind: str) -> None:
    lines = [*column([f"{SENTENCE}."] * 3, 50, 100), line(text, 150, 160), *column([f"{SENTENCE}."] * 3, 50, 200)]
    assert layout.read(sheet(lines))[1].type == kind


def test_words_of_a_justified_line_stay_together_however_far_apart() -> None:
    words = [
        line(word, 50 + place, 80, size=20, bold=True)
        for word, place in (("of", 0), ("one", 60), ("the", 130), ("a", 200))
    ]
    found = layout.read(sheet([*words, line("title", 50, 104, size=20, bold=True), *column([SENTENCE] * 6, 50, 150)]))
    assert [region.text for region in found if region.type == "title"] == ["of one the a title"]


@pytest.mark.parametrize(
    "lines",
    [
        [line("The Harbour Courier", 50, 60, size=30), line("12 March 1998", 420, 78, size=9)],
        [line("What the port says", 50, 60, bold=True), line("Table 1. What came", 320, 74, bold=True)],
        [line("4 Methods", 50, 60, bold=True), line("4.1 Samples", 50, 74, bold=True)],
    ],
)
@pytest.mark.parametrize("font", ["Times", None])
def test_a_heading_ends_before_what_is_none_of_it(lines: list[Line], font: str | None) -> None:
    lines = [evolve(each, font=font) for each in [*lines, *column([SENTENCE] * 4, 50, 100)]]
    assert [len(paragraph.lines) for paragraph in paragraphs(lines, 10.0)] == [1, 1, 4]


@pytest.mark.parametrize(
    ("goes_on", "count"), [("upon the sea and land", 1), ("海边的城市和陆地", 1), ("Upon the Sea and Land", 2)]
)
def test_a_headline_on_a_scan_goes_on_whichever_of_its_lines_is_told_as_bold(goes_on: str, count: int) -> None:
    lines = [line("A city", 50, 60, size=20), line(goes_on, 50, 84, size=20, bold=True)]
    lines = [evolve(each, font=None) for each in lines]
    assert len(paragraphs(lines, 10.0)) == count


def test_a_chinese_number_begins_an_item() -> None:
    assert [
        marker(text) for text in ("(1)计算", "（2）“说明", "3、观察", "4.观察", "3、5和7", "3.5米", "(1998)年")
    ] == [
        "(1)",
        "（2）",
        "3、",
        "4.",
        None,
        None,
        None,
    ]


def test_paragraphs_of_one_line_do_not_hide_how_close_the_lines_of_others_are() -> None:
    lines: list[Line] = []
    top = 100.0
    for row in range(4):
        lines += column(["Terms of use", f"Part {row} says it", "Who may read it"], 50, top, pitch=24)
        lines += column([SENTENCE, f"{SENTENCE[:40]}."], 50, top + 72)
        top += 108
    assert [len(each.lines) for each in paragraphs(lines, 10.0)] == [1, 1, 1, 2] * 4


@pytest.mark.parametrize("end", ["", ":"])
def test_a_line_in_another_colour_right_above_a_text_is_a_paragraph_of_its_own(end: str) -> None:
    head = evolve(line("Quick start", 50, 100), look="ff2f5496")
    text = line(SENTENCE.capitalize() + end, 50, 113)
    lines = [head, evolve(text, look=" stopped" if end else ""), *column([SENTENCE] * 3, 50, 140)]
    assert paragraphs(lines, 10.0)[0].lines == (head,)


def test_a_full_line_in_another_type_and_size_is_no_part_of_the_text_set_in_below_it() -> None:
    head = line(f"(1) {SENTENCE[:-12]}", 50, 100, size=11, font="Gothic")
    below = [line(SENTENCE, 58, 113), *column([SENTENCE] * 2, 50, 125)]
    assert paragraphs([head, *below], 10.0)[0].lines == (head,)
    mixed = evolve(line(SENTENCE, 50, 100), size=9.3, font="Courier")  # most of whose letters are code
    assert len(paragraphs([mixed, *column([SENTENCE] * 3, 50, 112)], 10.0)) == 1


def test_notes_that_are_set_close_do_not_part_the_text_above_them() -> None:
    text = column([SENTENCE[:45]] * 5, 50, 100, pitch=17)
    notes = column([f"{SENTENCE} a dog"] * 6, 50, 220, pitch=10, size=8)
    assert [len(each.lines) for each in paragraphs([*text, *notes], 10.0)] == [5, 6]


@pytest.mark.parametrize(
    ("below", "changes"),
    [
        ("• a third thing to be said of it", {}),
        ("A.1 Methods", {}),
        ("1.2 Methods", {}),
        (SENTENCE, {"size": 11.8}),
        (SENTENCE, {"mono": True}),
        (SENTENCE, {"bold": True}),
        (SENTENCE.capitalize(), {"font": "Gothic"}),
        (SENTENCE, {"box": Box(60, 136, 290, 146)}),
        (SENTENCE, {"box": Box(50, 144, 290, 154)}),
    ],
)
def test_a_sentence_that_does_not_end_ends_before_what_cannot_go_on_with_it(
    below: str, changes: dict[str, Any]
) -> None:
    text = column([SENTENCE, SENTENCE, SENTENCE[:24]], 50, 100)
    row = evolve(line(below, 50, 136), **changes)
    assert [len(each.lines) for each in paragraphs([*text, row], 10.0)] == [3, 1]
    assert len(paragraphs([*text, line(SENTENCE[24:], 50, 136)], 10.0)) == 1


ITEM = "(ii) Known oracles"
FULL_END = f"{SENTENCE[:-1]}."  # a sentence that ends where the column does


@pytest.mark.parametrize(
    ("rows", "lengths"),
    [
        # the text behind a list, far left of its last item, or of the rows of it
        ([(170, ITEM), (50, SENTENCE), (50, SENTENCE)], [1, 2]),
        ([(50, f"– {SENTENCE[:-2]}"), (60, FULL_END[2:]), (45, SENTENCE), (45, SENTENCE)], [2, 2]),
        # terms whose text stands in their rows and is set in below them
        ([(50, SENTENCE), (70, FULL_END[4:]), (50, SENTENCE), (70, FULL_END[4:])], [2, 2]),
        # items without stops that fill their lines
        ([(50, f"(ii) {SENTENCE[:-5]}"), (50, f"(iii) {SENTENCE[:-6]}"), (75, "and more")], [1, 2]),
        ([(50, f"2.1.7 {SENTENCE[:-6]}"), (50, f"2.2 {SENTENCE[:-4]}"), (50, f"2.2.1 {SENTENCE[:-6]}")], [1, 1, 1]),
        ([(50, f"6.3.7 {SENTENCE[:-6]}"), (50, f"7. {SENTENCE[:-3]}")], [1, 1]),
        # but a line that begins with a number goes on
        ([(50, f"2.1.7 {SENTENCE[:-6]}"), (50, f"4.5 {SENTENCE[:-4]}")], [2]),
        # notes
        ([(50, f"¹ {SENTENCE[:-2]}"), (50, f"² {SENTENCE[:-2]}"), (50, SENTENCE)], [1, 2]),
    ],
)
def test_items_and_terms_and_notes_end_where_the_next_begins(rows: list[tuple[float, str]], lengths: list[int]) -> None:
    assert [len(each) for each in split(*rows)] == lengths


@pytest.mark.parametrize(("end", "found"), [(FULL_END, [4, 1]), (f"{SENTENCE[:-2]}.⁴", [4, 1]), (SENTENCE, [5])])
def test_a_little_more_white_after_a_sentence_begins_a_paragraph(end: str, found: list[int]) -> None:
    """Typst sets 1.4 times the distance of lines between paragraphs; the mark of a note may end a sentence."""
    lines = [*column([SENTENCE] * 3 + [end], 50, 100), line("Table 1: of all harbours", 50, 100 + 3 * 12 + 16.5)]
    assert [len(paragraph.lines) for paragraph in paragraphs(lines, 10.0)] == found


def test_paragraphs_of_a_line_each_of_a_letter_are_apart_and_lines_that_are_set_wide_are_not() -> None:
    """As Typst sets them; those of a text whose lines are as far apart are one."""
    letter = ["To the keeper of the harbour", "Dear Mr Lamb,", "Thank you for it", "Kind regards", "Dorothy Lamb"]
    said = [*column(letter[:2] * 4, 50, 100, pitch=18.8), *column([SENTENCE, "The end"], 50, 250.4)]
    said += column(letter[2:], 50, 262.4 + 18.8, pitch=18.8)
    assert [len(each.lines) for each in paragraphs(said, 10.0)] == [*[1] * 8, 2, 1, 1, 1]
    assert len(paragraphs(column([SENTENCE] * 10, 50, 100, pitch=18.8), 10.0)) == 1


def test_a_text_behind_an_item_that_ended_early_is_no_part_of_it() -> None:
    rows = ["• Water", "• Environment", "The council need not take the lowest of all", f"{SENTENCE[:-2]}."]
    assert [len(each.lines) for each in paragraphs(column(rows, 50, 100), 10.0)] == [1, 1, 2]


def test_a_headline_goes_on_over_white_where_its_line_is_full() -> None:
    """As office programs set titles with 1.3 times the distance of tall letters."""
    text = column([SENTENCE] * 4, 50, 200)
    title = [line("Refurbishment of the", 50, 100, size=24), line("Riverside Library", 50, 139, size=24)]
    assert [len(paragraph.lines) for paragraph in paragraphs([*title, *text], 10.0)] == [2, 4]
    short = [line("Library", 50, 100, size=24), line("Annual report", 50, 139, size=24)]
    assert [len(paragraph.lines) for paragraph in paragraphs([*short, *text], 10.0)] == [1, 1, 4]


def test_the_name_of_a_part_ends_where_a_numbered_section_begins() -> None:
    names = [line("DUTIES OF OPERATORS", 110, 100, bold=True), line("3. Equipment on loan", 50, 114, bold=True)]
    assert [len(each.lines) for each in paragraphs([*names, *column([SENTENCE] * 3, 50, 130)], 10.0)] == [1, 1, 3]


@pytest.mark.parametrize(
    ("above", "below", "hung"),
    [
        ("the article is available online at http://www.", "example-journal.com.", 0),
        ("the current state of the sources is listed at https://git.", "example.org/tree.", 0),
        ("• whether the end of the file was met when it was last read", "columns", 12),
    ],
)
def test_a_name_in_even_type_that_ends_a_sentence_is_no_listing(above: str, below: str, hung: int) -> None:
    """Addresses are broken behind their stops, and items of lists hang behind their bullets."""
    wide = [
        line("the quick brown fox jumps over the lazy dog and runs on and on", 50, 100 + 12 * row) for row in range(3)
    ]
    right = wide[0].box.right
    last = evolve(line(above, 50, 136), box=evolve(line(above, 50, 136).box, right=right))
    typed = line(below, 50 + hung, 148, mono=True)
    *_, found = paragraphs([*wide, last, typed], 10.0)
    assert [each.text for each in found.lines[-2:]] == [above, below]
    further = line(below, 50 + hung, 160, mono=True)  # with white above it, as a command that is shown
    *_, found = paragraphs([*wide, last, further], 10.0)
    assert [each.text for each in found.lines] == [below]
