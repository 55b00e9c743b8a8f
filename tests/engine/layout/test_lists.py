from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.flow import paragraphs
from ocr_async.engine.layout.lists import items_of, marker
from ocr_async.engine.layout.lone_marks import attached, with_circles, with_numbers
from ocr_async.engine.layout.measure import in_one
from ocr_async.engine.markdown import region_markdown
from ocr_async.engine.page import Line

from .sheets import SENTENCE, column, line, sheet


TEXT = column([SENTENCE] * 3, 50, 60)


def texts(*lines: tuple[str, float]) -> list[str]:
    """The texts after their bullets were joined; each line is given with its left edge, the first runs full width."""
    page = [line(SENTENCE, 50, 100), *(line(text, left, 130 + 12 * row) for row, (text, left) in enumerate(lines))]
    return [each.text for each in attached(page, 10.0)][1:]


def test_a_bullet_that_was_overlooked_is_put_back() -> None:
    assert texts(("• one thing", 50), ("another thing", 50), ("• a third", 50)) == [
        "• one thing",
        "• another thing",
        "• a third",
    ]


def test_a_bullet_that_was_in_the_box_of_its_line_and_not_read_is_put_back() -> None:
    found = texts(("• One thing.", 50), ("Another thing.", 60), ("• A third.", 50))
    assert found == ["• One thing.", "• Another thing.", "• A third."]


def test_a_line_that_goes_on_with_the_item_above_gets_no_bullet() -> None:
    full = f"• {SENTENCE}"[: len(SENTENCE)]
    assert texts((full, 50), ("and so on", 50), ("• a third", 50))[1] == "and so on"


def test_a_line_set_in_or_at_the_end_of_the_list_gets_no_bullet() -> None:
    assert texts(("• one thing", 50), ("its second line", 60), ("• a third", 50))[1] == "its second line"
    assert texts(("• one thing", 50), ("• another", 50), ("A paragraph", 50))[2] == "A paragraph"


def nested(*items: tuple[str, float, float]) -> list[tuple[int, str]]:
    """The levels and markers of items, each given with its left edge and its top."""
    found = items_of([[line(f"{mark} words", left, top)] for mark, left, top in items], 10.0)
    return [(item.level, item.marker) for item in found]


def test_answers_side_by_side_are_on_one_level_and_in_their_order() -> None:
    asked = [
        ("1.", 50.0, 100.0),
        ("(A)", 64.0, 112.0),
        ("(C)", 64.0, 124.0),
        ("(B)", 160.0, 112.0),
        ("(D)", 160.0, 124.0),
    ]
    assert nested(*asked, ("2.", 50, 140)) == [(0, "1."), (1, "(A)"), (1, "(B)"), (1, "(C)"), (1, "(D)"), (0, "2.")]


def test_questions_are_no_deeper_than_their_answers_in_two_columns_that_begin_below_them() -> None:
    answers = [("A)", 50.0, 112.0), ("B)", 160.0, 112.0), ("C)", 50.0, 124.0), ("D)", 160.0, 124.0)]
    found = nested(("1.", 50, 100), *answers, ("2.", 50, 140), *answers, ("3.", 50, 180))
    assert {level for level, _ in found} == {0}


def test_a_list_goes_on_in_the_next_column_on_its_level() -> None:
    first = [("1.", 50.0, 700.0), ("a)", 64.0, 712.0), ("b)", 64.0, 724.0)]
    assert nested(*first, ("2.", 320, 100), ("a)", 334, 112)) == [(0, "1."), (1, "a)"), (1, "b)"), (0, "2."), (1, "a)")]


def test_a_letter_may_be_a_roman_number() -> None:
    romans = [("1)", 50.0, 88.0), ("i)", 64.0, 100.0), ("ii)", 64.0, 112.0), ("iii)", 150.0, 112.0)]
    assert nested(*romans) == [(0, "1)"), (1, "i)"), (1, "ii)"), (1, "iii)")]


def test_numbers_that_are_not_all_there_stay_where_they_stand() -> None:
    assert nested(("3.", 50, 100), ("1.", 50, 112), ("2.", 50, 124)) == [(0, "1."), (0, "2."), (0, "3.")]
    assert nested(("4.", 50, 100), ("2.", 50, 112), ("9.", 50, 124)) == [(0, "4."), (0, "2."), (0, "9.")]


def test_a_dash_beside_a_number_is_an_empty_cell_and_beside_words_an_item() -> None:
    dash = line("-", 50, 100)
    number, words = line("(290,114,005)", 80, 100), line("the harbour office", 80, 100)
    assert [each.text for each in attached([dash, number], 10.0)] == ["-", "(290,114,005)"]
    assert [each.text for each in attached([dash, words], 10.0)] == ["- the harbour office"]


@pytest.mark.parametrize("mark", ["→", "➔", "◆", "★", "»", "·", "▶", "☞", "✔", "✗", "①"])
def test_signs_of_any_kind_mark_the_items_of_a_list(mark: str) -> None:
    texts = ["Stone for the walls", "Timber for the bridge", "Gravel for the road"]
    page = sheet([*column([SENTENCE] * 4, 50, 100), *column([f"{mark} {text}" for text in texts], 60, 160)])
    (found,) = (region for region in layout.read(page) if region.type == "list")
    assert [(item.marker, item.text) for item in found.items] == [(mark, text) for text in texts]


def test_a_number_in_brackets_may_touch_its_item() -> None:
    assert marker("(iii)Timber for the bridge") == "(iii)"
    assert marker("(c)2024 Harbour Board") is None


@pytest.mark.parametrize("part", ["1.", "A", "Q-"])
def test_the_number_of_a_clause_is_put_before_it_and_that_of_a_tables_row_is_not(part: str) -> None:
    clauses = [(f"{part}{row + 1}", SENTENCE[row:].lstrip(), 100 + 14 * row) for row in range(4)]
    numbers = [line(number, 50, top) for number, _, top in clauses]
    texts = [line(text, 84, top) for _, text, top in clauses]
    assert [each.text for each in attached([*numbers, *texts], 10.0)] == [f"{one} {text}" for one, text, _ in clauses]
    amounts = [line("12.50", 480, top) for _, _, top in clauses]
    assert len(attached([*numbers, *texts, *amounts], 10.0)) == 12
    part_above = line("Section 1", 50, 80)
    assert attached([part_above, *numbers, *texts], 10.0)[1].text == f"{part}1 {texts[0].text}"


def test_letters_with_a_number_beside_a_name_are_a_row_of_a_table() -> None:
    parts = [[line(f"P{row}", 50, 80 + 14 * row), line("Large pump", 84, 80 + 14 * row)] for row in range(1, 5)]
    assert len(attached([each for row in parts for each in row], 10.0)) == 8


def test_clauses_and_the_heading_above_them_are_paragraphs_of_their_own() -> None:
    ended = f"{SENTENCE[:44]}ends now."
    lines = [
        line("1. Harbour dues", 50, 100),
        line(f"1.1 {ended}", 50, 114),
        line("The keeper may ask for more of them", 70, 126),
        line(f"1.2 {ended}", 50, 140),
    ]
    assert [len(each.lines) for each in paragraphs(lines, 10.0)] == [1, 2, 1]


def test_a_line_that_begins_with_a_date_goes_on_with_its_sentence() -> None:
    lines = [
        line("돌입하였음을 선언하였다 이와 관련하여 세계보건기구는 지난 2020.", 50, 100),
        line("3.11. 코로나가 세계적 유행 단계에 돌입하였음을 선언하였다고 한다", 50, 112),
    ]
    assert len(paragraphs(lines, 10.0)) == 1


def test_the_number_of_a_formula_stands_behind_it_and_an_amount_does_not() -> None:
    page = column([SENTENCE] * 4, 50, 100)
    formula = [line("Q = m c T", 250, 160), line("(1)", 530, 160)]
    assert attached([*page, *formula], 10.0)[-1].text == "Q = m c T (1)"
    account = [line("Other dues", 50, 160), line("(15)", 530, 160)]
    assert attached([*page, *account], 10.0)[-1].text == "(15)"


def test_a_further_paragraph_of_an_item_stays_in_it_and_the_text_behind_a_list_does_not() -> None:
    rows = [("1. One thing is to be done.", 60), ("And then another.", 75), ("2. One more is not.", 60)]
    lines = [line(text, left, 160 + 18 * row) for row, (text, left) in enumerate(rows)]
    page = sheet([*column([SENTENCE] * 4, 50, 100), *lines, *column([f"{SENTENCE.capitalize()}."] * 3, 75, 220)])
    regions = layout.read(page)
    (found,) = (region for region in regions if region.type == "list")
    assert [item.text for item in found.items] == ["One thing is to be done.\n\nAnd then another.", "One more is not."]
    assert region_markdown(found) == "1. One thing is to be done.\n\n   And then another.\n2. One more is not."
    assert regions[-1].type == "text"


@pytest.mark.parametrize("mark", ["。", "o "])
def test_circles_of_items_within_items_are_told_on_scans(mark: str) -> None:
    lines = [
        line("• When we pass", 50, 100),
        line(f"{mark}First of all", 80, 114),
        line(f"{mark}Then the rest", 80, 128),
    ]
    lines = [evolve(each, font=None) for each in [*lines, line("• What comes last", 50, 142)]]
    (region,) = layout.read(sheet(lines, source="ocr"))
    assert [(item.text, item.level) for item in region.items] == [
        ("When we pass", 0),
        ("First of all", 1),
        ("Then the rest", 1),
        ("What comes last", 0),
    ]


def test_an_article_is_no_circle() -> None:
    lines = [evolve(each, font=None) for each in column(["o Brasil e outros", "países da América"], 50, 100)]
    assert [region.text for region in layout.read(sheet(lines, source="ocr"))] == [
        "o Brasil e outros países da América"
    ]


@pytest.mark.parametrize("text", ["(570) 582-3601", "(030) 555 01 20", "(02) 9374 4000"])
def test_an_area_code_is_no_number_of_an_item(text: str) -> None:
    assert marker(text) is None


@pytest.mark.parametrize("text", ["(57) pears", "(2) 40 boxes", "(101) pears"])
def test_numbers_in_brackets_are_those_of_items(text: str) -> None:
    assert marker(text) == text.partition(" ")[0]


def stanza(number: int, left: float, top: float, pitch: float = 12.0) -> list[Line]:
    """Four lines of a verse, with its number hanging left of them."""
    words = SENTENCE.split()[number:]
    said = [" ".join(words[start : start + 4]).capitalize() for start in range(4)]
    return [line(str(number), left, top), *column(said, left + 18, top, pitch=pitch)]


@pytest.mark.parametrize("lefts", [(50,), (50, 320)])
def test_numbers_of_verses_stand_before_their_first_lines(lefts: tuple[int, ...]) -> None:
    """On pages of two columns, too, where the verses of both stand level."""
    verses = [stanza(number, left, 40 + 60 * number) for left in lefts for number in range(1, 5)]
    lines = [each for verse in verses for each in verse]
    assert not any(region.cells for region in layout.read(sheet(lines)))
    assert {f"{verse[0].text} {verse[1].text}" for verse in verses} < {each.text for each in attached(lines, 10.0)}


def test_numbers_of_rows_with_more_beside_their_names_stay_in_their_column() -> None:
    rows = [each for number in range(1, 5) for each in stanza(number, 50, 40 + 60 * number)]
    amounts = [line(f"{number}.40", 320, 40 + 60 * number) for number in range(1, 5)]
    assert [each for each in attached([*rows, *amounts], 10.0) if each.text in "1234"] == [
        rows[row] for row in (0, 5, 10, 15)
    ]


def test_large_numbers_beside_names_and_what_is_said_of_them_stay_alone() -> None:
    """Those on discs beside the steps of a picture that explains something."""
    steps = [each for number in range(4) for each in column(["A harbour", SENTENCE[:40]], 110, 100 + 60 * number)]
    numbers = [line(str(number), 50, 38 + 60 * number, size=20) for number in range(1, 5)]
    assert {each.text for each in numbers} < {each.text for each in attached([*steps, *numbers], 10.0)}


def clauses(left: float) -> list[Line]:
    """Numbers that hang left of clauses of two lines each, the last of one."""
    texts = (
        ("1.1", SENTENCE[:38], SENTENCE[:30]),
        ("1.2", SENTENCE[:38], SENTENCE[:30]),
        ("1.3", "The last of them.", ""),
    )
    out: list[Line] = []
    for number, (mark, *said) in enumerate(texts):
        out.append(line(mark, left, 100 + 36 * number))
        out += [line(text, left + 30, 100 + 36 * number + 12 * row) for row, text in enumerate(said) if text]
    return out


def test_numbers_of_clauses_stand_before_them_on_pages_of_two_columns_too() -> None:
    beside = column([SENTENCE[:44]] * 8, 320, 100)
    marks = [each.text[:5] for each in attached([*clauses(50), *beside], 10.0)]
    assert [mark for mark in marks if mark[:1] == "1"] == ["1.1 t", "1.2 t", "1.3 T"]


def test_a_number_alone_belongs_to_its_clause_where_others_are_numbered_like_it() -> None:
    lone = [line("9.6", 50, 100), line("Quiet pensions", 80, 100)]
    assert [each.text for each in attached(lone, 10.0)] == ["9.6", "Quiet pensions"]
    found = attached([*lone, line("9.6.1 The harbour closes.", 80, 124)], 10.0)
    assert found[0].text == "9.6 Quiet pensions"


@pytest.mark.parametrize("mark", ["(b)", "II.", "XIV."])
def test_a_mark_belongs_to_a_line_that_was_torn_at_its_spaces(mark: str) -> None:
    torn = [line(mark, 50, 100), line("Regional", 80, 100), line("oracles cover the rural places", 127, 100)]
    assert attached(torn, 10.0)[0].text == f"{mark} Regional"
    cells = [line(mark, 50, 100), line("Regional", 80, 100), line("24", 227, 100)]
    assert attached(cells, 10.0)[0].text == mark


def test_items_at_the_top_of_a_page_are_deeper_than_those_that_begin_left_of_them() -> None:
    listed = [("–", 90.0, 100.0), ("•", 70.0, 112.0), ("–", 90.0, 124.0), ("2.", 50.0, 136.0)]
    assert nested(*listed) == [(2, "–"), (1, "•"), (2, "–"), (0, "2.")]


def test_a_letter_does_not_follow_a_roman_number() -> None:
    items = [("a.", 50.0, 100.0), ("b.", 50.0, 112.0), ("i.", 70.0, 124.0), ("ii.", 70.0, 136.0), ("c.", 50.0, 148.0)]
    assert nested(*items) == [(0, "a."), (0, "b."), (1, "i."), (1, "ii."), (0, "c.")]


def test_a_short_item_has_its_number_where_the_one_before_stands_above_it() -> None:
    numbers = [line(mark, 50, top) for mark, top in (("2.", 100), ("3.", 112))]
    said = [line("Courses for the young", 70, 100), line("Trips", 70, 112)]
    assert [each.text for each in attached([*numbers, *said], 10.0)] == ["2. Courses for the young", "3. Trips"]
    assert [each.text for each in attached([numbers[1], said[1]], 10.0)] == ["3.", "Trips"]


def test_an_o_in_even_type_before_words_in_another_is_a_circle() -> None:
    """Word's bullet of the second level; in the type of its text it is one below a bullet, in code a letter."""
    pages = [
        sheet(
            [
                *column([SENTENCE] * 3, 50, 60),
                line("• fees, which are paid at once", 50, 100),
                line("o", 70, 112, mono=True),
                line("Costs of repairs", 90, 112, mono=even),
                line("o", 70, 124, mono=typed),
                line("Office", 90, 124, mono=even),
            ]
        )
        for even, typed in ((False, True), (False, False), (True, True))
    ]
    found = [layout.read(page) for page in pages]
    marks = [[item.marker for region in regions for item in region.items] for regions in found]
    assert [each.count("○") for each in marks] == [2, 2, 0]
    assert [(item.level, item.text) for item in found[0][1].items[1:]] == [(1, "Costs of repairs"), (1, "Office")]


def test_the_name_of_an_article_stands_beside_its_number() -> None:
    heads = [line("Article 1", 50, 100, bold=True), line("Payment", 120, 100, bold=True)]
    assert [each.text for each in attached(heads, 10.0)] == ["Article 1 Payment"]
    for other in (line("12", 120, 100, bold=True), line("the payment", 120, 100)):
        assert [each.text for each in attached([heads[0], other], 10.0)] == ["Article 1", other.text]
    row = [*heads, line("due", 220, 100, bold=True)]
    assert [each.text for each in attached(row, 10.0)] == ["Article 1", "Payment", "due"]


def test_who_said_what_is_quoted_is_no_item_of_the_list_below() -> None:
    quoted = [line(f"{SENTENCE[:30]}.", 90, 150), line("— A harbour master, 1921", 90, 174)]
    below = column(["• One thing", "• Another"], 50, 198)
    (listed,) = (each for each in layout.read(sheet([*TEXT, *quoted, *below])) if each.type == "list")
    assert [item.text for item in listed.items] == ["One thing", "Another"]
    dashes = column(["— One thing", "— Another"], 50, 198)
    (listed,) = (each for each in layout.read(sheet([*TEXT, *dashes])) if each.type == "list")
    assert [item.text for item in listed.items] == ["One thing", "Another"]


def test_the_number_of_a_heading_in_another_type_is_put_before_it_and_no_cell_before_what_is_beside_a_table() -> None:
    number, name = line("5.2", 50, 100, bold=True), line("Correspondence", 84, 99, size=13)
    text = column([SENTENCE, SENTENCE], 84, 120)
    assert [each.text for each in with_numbers([number, name, *text], 10.0)] == [
        "5.2 Correspondence",
        *(each.text for each in text),
    ]
    assert with_numbers([number, name], 10.0) == [number, name]
    further = line("5.3", 50, 113, bold=True)  # a column of numbers
    assert with_numbers([number, name, further, *text], 10.0) == [number, name, further, *text]
    plain = line("Correspondence", 84, 99)
    unmarked = line("5.2", 50, 100)
    assert with_numbers([unmarked, plain, *text], 10.0) == [unmarked, plain, *text]
    entry = line("and others . . . . . . . . . . 7", 84, 120)  # of contents
    assert with_numbers([number, name, entry], 10.0) == [number, name, entry]


def test_headings_are_read_with_their_numbers_where_all_text_is_set_in() -> None:
    lines = []
    for number, name in enumerate(("Correspondence", "Planning", "Any other business")):
        top = 100 + 80 * number
        lines += [line(str(number + 5), 50, top, bold=True), line(name, 84, top, bold=True)]
        lines += column([SENTENCE, SENTENCE, SENTENCE], 84, top + 20)
    titles = [region.text for region in layout.read(sheet(lines)) if region.type == "title"]
    assert titles == ["5 Correspondence", "6 Planning", "7 Any other business"]


def test_an_o_further_from_its_words_than_a_space_is_a_circle_where_it_is_set_in_below_a_bullet() -> None:
    first, near = line("• fees, which are paid at once", 50, 100), line("o costs of repairs", 70, 124)
    apart = in_one([line("o", 70, 112), line("costs of repairs", 86, 112)])
    assert [each.text for each in with_circles([first, apart, near])] == [first.text, "○ costs of repairs", near.text]
    assert with_circles([apart, near]) == [apart, near]
