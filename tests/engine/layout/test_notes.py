from __future__ import annotations

import pytest

from ocr_async.engine.layout import read
from ocr_async.engine.page import Box, Line, Region, Ruling, Sheet

from .sheets import SENTENCE, column, level, line, sheet, upright


def texts(count: int) -> list[str]:
    return [f"{number} {SENTENCE[:39]}".lower() for number in range(count)]


NOTE = ["* Corresponding author at the university of", "an example, who answers by return of post."]


def regions(foot: list[Line], *rulings: Ruling) -> list[Region]:
    """A page of two columns with *foot* below the left one."""
    left, right = column(texts(20), 50, 400), column(texts(25), 320, 400)
    return list(read(Sheet(width=600, height=800, lines=(*left, *foot, *right), rulings=rulings)))


def test_a_footnote_of_the_first_column_comes_after_the_second() -> None:
    for mark in ("*", "†", "1"):
        note = [NOTE[0].replace("*", mark), NOTE[1]]
        found = regions(column(note, 50, 680, size=8))
        assert [region.type for region in found] == ["text", "text", "footnote"]
        assert found[-1].text == " ".join(note)


def test_a_short_ruling_tells_a_footnote_without_a_mark() -> None:
    plain = ["The author answers letters by return of", NOTE[1]]
    foot = column(plain, 50, 680, size=8)
    ruling = Ruling(Box(50, 670, 110, 671))
    assert [region.type for region in regions(foot)] == ["text", "text", "text"]
    assert [region.type for region in regions(foot, ruling)] == ["text", "text", "footnote"]


def test_small_print_with_more_text_below_it_is_no_footnote() -> None:
    foot = [*column(NOTE, 50, 680, size=8), *column(texts(2), 50, 720)]
    assert "footnote" not in [region.type for region in regions(foot)]


def test_what_stands_under_references_is_called_so_until_the_next_heading() -> None:
    lines = [
        line("References", 50, 100, size=14, bold=True),
        *column(["[1] A. Author, A title of some length, 2019.", "[2] B. Author, Another title, 2020."], 50, 130),
        line("Appendix", 50, 190, size=14, bold=True),
        *column(texts(4), 50, 220),
    ]
    found = read(Sheet(width=600, height=800, lines=tuple(lines)))
    assert [region.type for region in found] == ["title", "references", "title", "text"]


NOTES = {2: ["A note that", "stands beside"], 9: ["Another note"], 14: ["One that is", "said of what", "follows"]}


def beside(left: float, size: float = 7.5, pitch: float = 9) -> list[Line]:
    return [each for row, note in NOTES.items() for each in column(note, left, 102 + 12 * row, pitch=pitch, size=size)]


def paragraph(left: float) -> list[Line]:
    return [*column([SENTENCE] * 8, left, 100), *column([SENTENCE] * 9, left, 208)]


def test_a_note_in_the_margin_comes_behind_the_paragraph_beside_it() -> None:
    for notes, text in ((60, 150), (430, 150)):
        found = read(Sheet(width=600, height=800, lines=(*beside(notes), *paragraph(text))))
        assert [region.type for region in found] == ["text", "aside_text", "text", "aside_text", "aside_text"]
        assert [region.text for region in found if region.type == "aside_text"] == [
            " ".join(note) for note in NOTES.values()
        ]


@pytest.mark.parametrize("left", [50, 430])
def test_the_name_of_an_article_of_a_law_stands_behind_its_number(left: int) -> None:
    """It is printed small in the margin, level with a line that is no running text."""
    lines: list[Line] = []
    for number in range(4):
        top = 100 + 70 * number
        lines += [line(f"Art. {number}", 150, top, bold=True), *column([SENTENCE] * 3, 150, top + 12)]
        lines.append(line(f"Name of {number}", left, top + 1, size=7.5))
    found = read(sheet(lines))
    assert [region.text for region in found if region.type == "aside_text"] == [f"Name of {n}" for n in range(4)]
    assert [n for n, region in enumerate(found) if region.type == "aside_text"] == [1, 4, 7, 10]


@pytest.mark.parametrize("frame", ["drawn", "round"])
def test_small_paragraphs_in_one_frame_are_no_notes_in_the_margin(frame: str) -> None:
    sides = [level(420, 560, 95), level(420, 560, 320), upright(420, 95, 320), upright(560, 95, 320)]
    drawn = {"rulings": tuple(sides)} if frame == "drawn" else {"panels": (Box(420, 95, 560, 320),)}
    found = read(sheet([*beside(430), *paragraph(120)], **drawn))
    assert [region.type for region in found] == ["text"] * 5
    assert [region.text for region in found[2:]] == [" ".join(note) for note in NOTES.values()]


def test_words_as_large_as_the_text_are_no_notes() -> None:
    found = read(Sheet(width=600, height=800, lines=(*beside(430, 10, 12), *paragraph(150))))
    assert "aside_text" not in [region.type for region in found]


def test_a_column_of_a_table_in_small_letters_is_no_note() -> None:
    names = column(["first", "second", "third", "fourth", "fifth", "sixth"], 60, 100, size=7.5, pitch=14)
    told = column([f"what is to be said of number {number}" for number in range(6)], 130, 100, pitch=14)
    assert [region.type for region in read(Sheet(width=600, height=800, lines=(*names, *told)))] == ["table"]


@pytest.mark.parametrize("height", [18, 40])
def test_a_frame_beside_exercises_is_read_behind_the_last_of_them(height: int) -> None:
    asked = [
        f"{letter}. What does number {word} say?" for letter, word in zip("abc", ("one", "two", "six"), strict=True)
    ]
    lines = [
        line("Exercise one", 50, 100, bold=True),
        *column(asked, 50, 130, pitch=30),
        line("Exercise two", 50, 230, bold=True),
        *column([*asked, "d. Is that all?"], 50, 260, pitch=30),
        *column(["apple pear plum", "river lake sea"][: height // 18], 404, 134),
    ]
    frame = [level(400, 520, 131), level(400, 520, 131 + height)]
    frame += [upright(400, 131, 131 + height), upright(520, 131, 131 + height)]
    found = read(Sheet(width=600, height=800, lines=tuple(lines), rulings=tuple(frame)))
    said = [region.text or [item.text for item in region.items] for region in found]
    assert [len(each) if isinstance(each, list) else each.split()[0] for each in said] == [
        "Exercise",
        3,
        "apple",
        "Exercise",
        4,
    ]


FOOT = [
    ["Rowan & Alder Ltd", "Bank of Weston", "Directors"],
    ["5 Mill Lane", "IBAN XW15 2004 1010 05", "J. Rowan"],
    ["4711 Weston", "BIC XWESTON1", "M. Alder"],
]


def foot(size: float, lefts: list[float]) -> list[Line]:
    return [
        line(text, left, 700 + 9 * number, size=size)
        for number, row in enumerate(FOOT)
        for text, left in zip(row, lefts, strict=True)
    ]


def test_the_columns_below_the_rule_of_a_letter_are_read_one_after_the_other() -> None:
    lines = (*column([SENTENCE] * 8, 50, 400), *foot(7, [50, 200, 400]))
    for closed in ((), (level(50, 550, 730),)):
        found = read(Sheet(width=600, height=800, lines=lines, rulings=(level(50, 550, 695), *closed)))
        assert [region.text.split("\n") for region in found[1:]] == [list(each) for each in zip(*FOOT, strict=True)]


@pytest.mark.parametrize("rule", [590.0, 612.0])
def test_a_table_below_the_rule_of_its_head_is_no_foot(rule: float) -> None:
    rows = [
        ["Mill", "Town", "Built"],
        ["Rowan", "Weston", "1811"],
        ["Alder", "Easton", "1784"],
        ["Oak", "Weston", "1790"],
    ]
    lines = [line(text, 50 + 150 * x, 600 + 14 * y) for y, row in enumerate(rows) for x, text in enumerate(row)]
    found = read(
        Sheet(width=600, height=800, lines=(*column([SENTENCE] * 8, 50, 400), *lines), rulings=(level(50, 550, rule),))
    )
    assert [region.type for region in found] == ["text", "table"]


def test_numbered_notes_whose_numbers_stand_apart_are_no_table() -> None:
    """As office programs set them: the number at the edge, the note in."""
    text = column([SENTENCE] * 12, 50, 400)
    notes = [
        line(said, left, 600 + 12 * number, size=8)
        for number in range(1, 5)
        for said, left in ((str(number), 50), (f"the fox of season {number} is told of elsewhere.", 62))
    ]
    regions = read(sheet([*text, *notes], rulings=(level(50, 120, 606),)))
    assert [region.type for region in regions if region.box.top > 590] == ["footnote"] * 4


def test_small_notes_of_many_lines_and_between_two_lines_of_the_text_are_notes() -> None:
    text = [
        *column([SENTENCE] * 5, 50, 100),
        line("3", 50, 172, size=12, bold=True),
        line("Foxes", 70, 172, size=12, bold=True),
        *column([SENTENCE] * 6, 50, 190),
    ]
    notes = column(["the fox of", "this season", "was quick and", "brown all the"], 330, 106, pitch=8, size=7)
    more = column(["a dog is", "lazy if it", "lies on a", "hill or in", "the shade of"], 330, 196, pitch=8, size=7)
    regions = read(sheet([*text, *notes, *more]))
    assert [region.text[:7] for region in regions] == ["the qui", "the fox", "3 Foxes", "the qui", "a dog i"]


def test_boxes_to_tick_beside_what_is_asked_are_no_notes() -> None:
    """However long what is asked is; they stand in its rows."""
    asked = [f"The harbour of {name} was open to ships in the year of the storm" for name in ("Oslo", "Riga", "Turku")]
    asked.append("This one is longer than the others, and goes on nearly as far as its boxes do")
    boxes = [line(f"☐ {said}", 450 + 50 * place, 200 + 15 * row) for row in range(4) for place, said in YES_OR_NO]
    regions = read(sheet([*column([SENTENCE] * 8, 50, 60), *column(asked, 50, 200, pitch=15), *boxes]))
    rows = [[cell.text for cell in regions[-1].cells if cell.row == row] for row in range(4)]
    assert rows == [[said, "☐ yes", "☐ no"] for said in asked]


YES_OR_NO = (0, "yes"), (1, "no")
