from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.measure import in_one
from ocr_async.engine.layout.tagged import regions
from ocr_async.engine.page import Box, Picture, Sheet, Tag

from .sheets import SENTENCE, line, sheet


LINES = [
    line("A heading", 50, 60, marks=(0,)),
    line(f"right {SENTENCE[:30]}", 320, 100, marks=(1,)),
    line(f"left {SENTENCE[:30]}", 50, 100, marks=(2,)),
    line("one", 50, 140, marks=(3,)),
    line("two", 200, 140, marks=(4,)),
    line("three", 50, 154, marks=(5,)),
    line("four", 200, 154, marks=(6,)),
    line("• an item", 50, 180, marks=(7,)),
]


def cell(role: str, mark: int) -> Tag:
    return Tag(role, marks=(mark,))


TREE = Tag(
    "Document",
    children=(
        Tag("H2", marks=(0,)),
        Tag("P", marks=(1,)),
        Tag("P", marks=(2,)),
        Tag(
            "Table",
            children=(
                Tag("TR", children=(cell("TH", 3), cell("TH", 4))),
                Tag("TR", children=(cell("TD", 5), cell("TD", 6))),
            ),
        ),
        Tag("L", children=(Tag("LI", children=(Tag("LBody", marks=(7,)),)),)),
    ),
)


def tagged(**more: object) -> Sheet:
    return sheet(LINES, tags=(TREE,), **more)


def test_the_authors_order_is_kept() -> None:
    found = layout.read(tagged())
    assert [region.type for region in found] == ["title", "text", "text", "table", "list"]
    assert found[1].text.startswith("right")
    assert found[0].level == 2


def test_cells_come_from_the_tags() -> None:
    (table,) = (region for region in layout.read(tagged()) if region.type == "table")
    assert [(each.text, each.row, each.column, each.header) for each in table.cells] == [
        ("one", 0, 0, True),
        ("two", 0, 1, True),
        ("three", 1, 0, False),
        ("four", 1, 1, False),
    ]


def test_a_cells_lines_follow_their_row_however_it_lies() -> None:
    """Two pieces of a row are hardly ever level to a tenth of a point."""
    for drop in range(24):
        top = 140 + drop / 3
        own = [line("No", 50, top + 0.4, marks=(0,)), line("since May", 80, top, marks=(0,))]
        table = Tag("Table", children=(Tag("TR", children=(cell("TD", 0), cell("TD", 1))),))
        (found,) = layout.read(sheet([*own, line("seen", 300, top, marks=(1,))], tags=(table,)))
        assert [each.text for each in found.cells] == ["No since May", "seen"], top


def test_words_that_the_parser_joined_across_cells_are_parted_again() -> None:
    """Its item has the mark of the first cell alone; those of the others name nothing."""
    lines = [line("Harbour  Staff now  Ships", 50, 60, marks=(0,)), *LINES[3:7]]
    wide = [Tag("TR", children=(cell("TH", 0), cell("TH", 1), cell("TH", 2)))]
    rows = [Tag("TR", children=(cell("TD", 3), cell("TD", 4))), Tag("TR", children=(cell("TD", 5), cell("TD", 6)))]
    found = regions(sheet(lines, tags=(Tag("Document", children=(Tag("Table", children=(*wide, *rows)),)),)), lines)
    assert found is not None
    assert [each.text for each in found[0][0].cells if each.row == 0] == ["Harbour", "Staff now", "Ships"]


@pytest.mark.parametrize(
    ("texts", "lefts", "cut", "expected"),
    [
        (["5", "$7.34"], [50, 60], False, ["5", "$7.34"]),
        (["5", "$7.34"], [50, 60], True, ["5", "$7.34"]),
        (["Swim", "for", "all", "Town", "hall"], [50, 73, 91, 109.7, 132.7], False, ["Swim for all", "Town hall"]),
        (["Swim", "for"], [50, 73.5], False, ["Swim for", ""]),  # the other cell is shaded, and without words
    ],
)
def test_cells_nearer_than_words_of_others_are_parted_by_their_own_gaps(
    texts: list[str], lefts: list[float], cut: bool, expected: list[str]
) -> None:
    parts = [line(text, left, 60, marks=(0,)) for text, left in zip(texts, lefts, strict=True)]
    lines = [*(parts if cut else [in_one(parts)]), *LINES[3:7]]
    first = Tag("TR", children=(cell("TD", 0), cell("TD", 9)))
    rows = [first, *(Tag("TR", children=(cell("TD", mark), cell("TD", mark + 1))) for mark in (3, 5))]
    found = regions(sheet(lines, tags=(Tag("Document", children=(Tag("Table", children=tuple(rows)),)),)), lines)
    assert found is not None
    assert [each.text for each in found[0][0].cells if each.row == 0] == expected


def test_an_empty_cell_takes_no_words_of_its_neighbour() -> None:
    lines = [line("Harbour  Staff", 50, 60, marks=(0,)), *LINES[3:7]]
    rows = [
        Tag("TR", children=(cell("TH", 0), Tag("TH"))),
        *(Tag("TR", children=(cell("TD", first), cell("TD", first + 1))) for first in (3, 5)),
    ]
    found = regions(sheet(lines, tags=(Tag("Document", children=(Tag("Table", children=tuple(rows)),)),)), lines)
    assert found is not None
    assert [each.text for each in found[0][0].cells if each.row == 0] == ["Harbour  Staff", ""]


def test_a_shaded_cell_without_words_takes_none_of_its_neighbour() -> None:
    """Its mark is that of the shade alone; nothing but spaces stands between the words before it."""
    lines = [line("One print colour", 50, 60, marks=(0,)), line("0.45", 350, 60, marks=(8,)), *LINES[3:7]]
    rows = [
        Tag("TR", children=(cell("TD", 0), cell("TD", 7), cell("TD", 8))),
        *(Tag("TR", children=(cell("TD", first), cell("TD", first + 1))) for first in (3, 5)),
    ]
    found = regions(sheet(lines, tags=(Tag("Document", children=(Tag("Table", children=tuple(rows)),)),)), lines)
    assert found is not None
    assert [each.text for each in found[0][0].cells if each.row == 0] == ["One print colour", "", "0.45"]


def test_items_lose_their_bullet() -> None:
    (found,) = (region for region in layout.read(tagged()) if region.type == "list")
    assert [(item.text, item.marker) for item in found.items] == [("an item", "•")]


def test_a_line_without_a_tag_is_not_lost() -> None:
    stray = line("a stray line", 50, 250)
    page = Sheet(width=600, height=800, lines=(*LINES, stray), tags=(TREE,))
    assert "a stray line" in [region.text for region in layout.read(page)]


def test_tags_that_name_little_of_the_page_are_not_followed() -> None:
    page = sheet([*LINES, *(line(SENTENCE, 50, 300 + 12 * number) for number in range(10))], tags=(TREE,))
    assert regions(page, page.lines) is None


def test_a_page_without_tags_has_none_to_follow() -> None:
    page = sheet(LINES)
    assert regions(page, page.lines) is None


def test_pictures_and_turned_lines_of_a_tagged_page_are_not_lost() -> None:
    names = tuple(line(str(number), 102 + 30 * number, 352) for number in range(4))
    turned = evolve(line("up the margin", 20, 300), angle=90.0)
    picture = Picture(Box(100, 250, 300, 350), certain=False)
    page = Sheet(
        width=600,
        height=800,
        lines=(*LINES, *names, turned, *(line(SENTENCE, 50, 500 + 12 * number, marks=(1,)) for number in range(4))),
        pictures=(picture,),
        tags=(TREE,),
    )
    found = layout.read(page)
    assert [region.type for region in found if region.type in ("image", "aside_text")] == ["image", "aside_text"]
    assert not any(region.text in ("0", "1", "2", "3") for region in found)


def test_an_item_of_several_pieces_reads_in_its_rows() -> None:
    pieces = [
        line("• an", 50, 180, marks=(7,)),
        line("and its second line", 60, 192, marks=(8,)),
        line("item", 120, 180, marks=(8,)),
    ]
    tree = evolve(
        TREE,
        children=(*TREE.children[:-1], Tag("L", children=(Tag("LI", children=(cell("Lbl", 7), cell("LBody", 8))),))),
    )
    (found,) = (region for region in layout.read(sheet([*LINES[:-1], *pieces], tags=(tree,))) if region.type == "list")
    assert [item.text for item in found.items] == ["an item and its second line"]


def test_a_word_in_an_element_of_its_own_stays_where_it_stands() -> None:
    words = ("Bold words", "begin this paragraph, which the", "parser tells of", "after the paragraph's own", "text.")
    lines = [line(text, 50, 100 + 20 * place, marks=(place + 1,)) for place, text in enumerate(words)]
    title = line("A title", 50, 60, size=16.0, marks=(0,))
    paragraph = Tag("P", marks=(2, 4, 5), children=(Tag("Span", marks=(1,)), Tag("Link", marks=(3,))))
    found = layout.read(sheet([title, *lines], tags=(Tag("Document", children=(Tag("H1", marks=(0,)), paragraph)),)))
    assert found[1].text == " ".join(words)


def test_marks_in_the_order_of_their_author_keep_it() -> None:
    lines = [line("its first words", 50, 160, marks=(3,)), line("and its last, higher up", 50, 80, marks=(2,))]
    title = line("A title", 50, 40, size=16.0, marks=(0,))
    paragraph = Tag("P", marks=(3, 2), children=(Tag("Span", marks=(9,)),))
    found = layout.read(sheet([title, *lines], tags=(Tag("Document", children=(Tag("H1", marks=(0,)), paragraph)),)))
    assert found[1].text == "its first words and its last, higher up"


def test_code_keeps_its_lines_and_columns() -> None:
    typed = [
        line("find", 50, 60, mono=True, marks=(0,)),
        line("--depth", 85, 60, mono=True, marks=(0,)),
        line("grep", 60, 72, mono=True, marks=(0,)),
        line("harbour", 85, 72, mono=True, marks=(0,)),
    ]
    (region,) = layout.read(sheet(typed, tags=(Tag("Document", children=(Tag("Code", marks=(0,)),)),)))
    assert region.text == "find   --depth\n  grep harbour"


def test_an_element_in_two_columns_with_one_mark_is_read_column_by_column() -> None:
    left, right = ([f"{side}{number} {SENTENCE[:39]}" for number in range(6)] for side in "lr")
    lines = [
        line("A heading", 50, 60, marks=(0,)),
        *(
            line(text, x, 100 + 12 * number, marks=(1,))
            for number, row in enumerate(zip(left, right, strict=True))
            for text, x in zip(row, (50, 320), strict=True)
        ),
    ]
    tree = Tag("Document", children=(Tag("H2", marks=(0,)), Tag("P", marks=(1,))))
    found = regions(sheet(lines, tags=(tree,)), lines)
    assert found is not None
    assert [region.text for region in found[0]] == ["A heading", " ".join([*left, *right])]


def pieces(*texts: tuple[str, float, float]) -> Sheet:
    """A heading, and *texts* at a left and a top of which the tags say nothing but their order."""
    lines = [LINES[0], *(line(text, left, top, marks=(10 + mark,)) for mark, (text, left, top) in enumerate(texts))]
    plain = (Tag("NonStruct", children=(Tag("NonStruct", marks=(10 + mark,)),)) for mark in range(len(texts)))
    return sheet(lines, tags=(Tag("Document", children=(Tag("H2", marks=(0,)), *plain)),))


def test_rows_of_cells_that_no_tag_names_are_a_table() -> None:
    """A browser prints the table of a bill without a head so."""
    bill = [("Previous balance", "148.20"), ("Payments received", "-148.20"), ("Charges", "236.71"), ("Tax", "21.30")]
    told = [
        (text, left, 100 + 14 * row)
        for row, pair in enumerate(bill)
        for text, left in zip(pair, (50, 300), strict=True)
    ]
    found = layout.read(pieces(("Hello Mr Tan,", 50, 80), *told, ("Thank you.", 50, 180)))
    assert [region.type for region in found] == ["title", "text", "table", "text"]
    assert [each.text for each in found[2].cells] == [text for pair in bill for text in pair]


def test_columns_in_their_authors_order_are_no_table_though_their_lines_stand_level() -> None:
    left, right = (["Delivery", "Anna Haas", "99084 Erfurt"], ["Billing", "Haas Works", "99005 Erfurt"])
    told = [(text, x, 100 + 12 * row) for x, texts in ((50, left), (300, right)) for row, text in enumerate(texts)]
    found = layout.read(pieces(*told))
    assert [(region.type, region.text) for region in found[1:]] == [
        ("text", "\n".join(left)),
        ("text", "\n".join(right)),
    ]


def test_a_cell_of_two_lines_ends_no_table_that_no_tag_names() -> None:
    told = [
        (text, x, 100.0 + 14 * row) for row in range(4) for text, x in ((f"name {row}", 50.0), (f"{row}1.20", 300.0))
    ]
    told[5:5] = [("more of it", 50.0, 139.0)]  # behind the third name
    found = [region for region in layout.read(pieces(*told)) if region.type == "table"]
    assert "31.20" in [each.text for region in found for each in region.cells]


def test_boxes_that_are_drawn_into_a_table_stay_in_its_rows() -> None:
    """A survey: no tag names what is drawn, so that its columns are those of the page."""
    said = ["the rooms", "the food", "the staff"]
    lines = [
        line("A heading", 50, 60, marks=(0,)),
        line("good", 200, 100, marks=(1,)),
        line("bad", 300, 100, marks=(2,)),
    ]
    rows = [Tag("TR", children=(cell("TH", 1), cell("TH", 2)))]
    for number, text in enumerate(said):
        top = 120.0 + 20 * number
        lines += [line(text, 50, top, marks=(3 + number,)), line("☐", 205, top), line("☒", 305, top)]
        rows.append(Tag("TR", children=(cell("TD", 3 + number),)))
    tree = Tag("Document", children=(Tag("H2", marks=(0,)), Tag("Table", children=tuple(rows))))
    found = layout.read(sheet(lines, tags=(tree,)))
    (table,) = (region for region in found if region.type == "table")
    body = [[each.text for each in table.cells if each.row == row] for row in (1, 2, 3)]
    assert body == [[text, "☐", "☒"] for text in said]


def test_no_word_of_a_line_is_lost_beside_a_table_that_no_tag_names() -> None:
    told = [(text, x, 100 + 14 * row) for row in range(4) for text, x in ((f"name {row}", 50), (f"{row}1.20", 300))]
    found = layout.read(pieces(*told, ("a note that stands alone below all of them", 50, 170)))
    said = " ".join([region.text for region in found] + [each.text for region in found for each in region.cells])
    assert [
        text
        for text in (*(text for text, _, _ in told), "a note that stands alone below all of them")
        if text not in said
    ] == []


def test_a_note_whose_tag_stands_where_its_mark_does_is_read_behind_the_text() -> None:
    """Typst and Word put it there; LibreOffice, where the paragraph ends that goes on overleaf."""
    lines = [
        line("A heading", 50, 60, marks=(0,)),
        line(f"{SENTENCE[:39]}¹", 50, 100, marks=(1,)),
        line(SENTENCE[:39], 50, 112, marks=(2,)),
        line("¹ The first note.", 50, 700, size=8.0, marks=(3, 4)),
        line("Another paragraph.", 50, 140, marks=(5,)),
    ]
    note = Tag("Note", marks=(4,), children=(Tag("Lbl", marks=(3,)),))
    tree = Tag("Document", children=(Tag("H2", marks=(0,)), Tag("P", (1, 2), (note,)), Tag("P", marks=(5,))))
    found = layout.read(sheet(lines, tags=(tree,)))
    assert [(region.type, region.text) for region in found[1:]] == [
        ("text", f"{SENTENCE[:39]}¹ {SENTENCE[:39]}"),
        ("text", "Another paragraph."),
        ("footnote", "¹ The first note."),
    ]


def item(mark: int, *children: Tag) -> Tag:
    return Tag("LI", children=(Tag("Lbl", marks=(mark,)), Tag("LBody", children=children)))


def test_paragraphs_and_code_and_tables_of_items_are_not_run_together() -> None:
    lines = [
        line("(a)", 50, 100, marks=(0,)),
        line("One of an item.", 70, 100, marks=(1,)),
        line("Another of it.", 70, 120, marks=(2,)),
        line("(b)", 50, 140, marks=(3,)),
        line("What is typed:", 70, 140, marks=(4,)),
        line("cd harbour", 70, 160, mono=True, marks=(5,)),
        line("make all", 80, 172, mono=True, marks=(6,)),
        line("(i)", 70, 190, marks=(7,)),
        line("nested", 90, 190, marks=(8,)),
        line("ships", 90, 210, marks=(9,)),
        line("12", 190, 210, marks=(10,)),
    ]
    code = (Tag("P", marks=(5,)), Tag("P", marks=(6,)))
    table = Tag("Table", children=(Tag("TR", children=(cell("TD", 9), cell("TD", 10))),))
    nested = Tag("L", children=(item(7, Tag("P", marks=(8,)), table),))
    listed = Tag("L", children=(item(0, cell("P", 1), cell("P", 2)), item(3, cell("P", 4), *code, nested)))
    found = layout.read(sheet(lines, tags=(Tag("Document", children=(listed,)),), proportional=True))
    assert [region.type for region in found] == ["list", "code", "list", "table"]
    assert [(each.marker, each.level, each.text) for region in found for each in region.items] == [
        ("(a)", 0, "One of an item.\n\nAnother of it."),
        ("(b)", 0, "What is typed:"),
        ("(i)", 1, "nested"),
    ]
    assert found[1].text == "cd harbour\n  make all"
    assert [each.text for each in found[3].cells] == ["ships", "12"]


def test_an_item_that_goes_on_in_the_next_column_is_read_down_the_first() -> None:
    """Its text has one mark; lines come from the top of the page down, and a torn one behind the others."""
    texts = ["begins below", "a line", "torn in two", "and goes on", "higher up."]
    lines = [
        line("ii.", 50, 600, marks=(1,)),
        line("torn in", 320, 80, marks=(2,)),
        line("and goes on", 320, 100, marks=(2,)),
        line("two", 365, 80, marks=(2,)),
        line(texts[0], 70, 600, marks=(2,)),
        line(texts[1], 70, 620, marks=(2,)),
        line(texts[4], 320, 120, marks=(2,)),
    ]
    tree = Tag("Document", children=(Tag("L", children=(item(1, Tag("P", marks=(2,))),)),))
    (found,) = layout.read(sheet(lines, tags=(tree,)))
    assert [(each.marker, each.text) for each in found.items] == [("ii.", " ".join(texts))]


def test_code_that_a_browser_tags_as_text_of_an_item_is_code() -> None:
    """No more than its type and its place tell it; at the top of a page it goes on with an item before."""
    lines = [
        line("cd harbour", 70, 60, mono=True, marks=(0,)),
        line("make all", 80, 72, mono=True, marks=(0,)),
        line("2.", 50, 100, marks=(1,)),
        line("Start it with its name:", 70, 100, marks=(2,)),
        line("make serve", 70, 124, mono=True, marks=(3,)),
        line("It says so.", 70, 148, marks=(4,)),
        line("3.", 50, 172, marks=(5,)),
        line("Open the page.", 70, 172, marks=(6,)),
    ]
    second = Tag("LI", children=(Tag("Lbl", marks=(1,)), *(Tag("NonStruct", marks=(mark,)) for mark in (2, 3, 4))))
    listed = Tag("L", children=(Tag("LI", children=(Tag("NonStruct", marks=(0,)),)), second, item(5, cell("P", 6))))
    found = layout.read(sheet(lines, tags=(Tag("Document", children=(listed,)),), proportional=True))
    assert [(region.type, region.text or [(each.marker, each.text) for each in region.items]) for region in found] == [
        ("code", "cd harbour\n  make all"),
        ("list", [("2.", "Start it with its name:")]),
        ("code", "make serve"),
        ("text", "It says so."),
        ("list", [("3.", "Open the page.")]),
    ]


def test_numbers_of_lines_of_code_stand_before_these_though_each_is_a_paragraph() -> None:
    code = ["def mean(xs):", "    total = sum(xs)", "    return total / len(xs)"]
    lines = [line("It takes the mean of its numbers.", 50, 60, marks=(9,))]
    for number, text in enumerate(code):
        y, left = 84 + 12 * number, 70 + 5 * (len(text) - len(text.lstrip()))
        lines += [line(str(number + 1), 50, y, mono=True, marks=(2 * number,))]
        lines += [line(text.lstrip(), left, y, mono=True, marks=(2 * number + 1,))]
    tree = Tag("Document", children=(Tag("P", marks=(9,)), *(Tag("P", marks=(mark,)) for mark in range(6))))
    _, found = layout.read(sheet(lines, tags=(tree,), proportional=True))
    assert (found.type, found.text) == ("code", "\n".join(f"{n}   {text}" for n, text in enumerate(code, 1)))


def test_numbers_that_a_style_sheet_counts_stand_before_their_items() -> None:
    """No tag names them; those of items that have a mark of their own stay what they are."""
    lines = [line(f"Step {number} of it.", 70, 80 + 20 * number, marks=(number,)) for number in range(3)]
    lines.append(line("• A bullet.", 70, 140, marks=(3,)))
    drawn = [line(str(number + 1), 55, 80 + 20 * number) for number in range(4)]
    listed = Tag("L", children=tuple(Tag("LI", marks=(number,)) for number in range(4)))
    found = layout.read(sheet([*lines, *drawn], tags=(Tag("Document", children=(listed,)),)))
    marks = [item.marker for region in found for item in region.items]
    assert marks == ["1", "2", "3", "•"]
    assert [region.text for region in found if region.type != "list"] == ["4"]


def test_what_numbers_a_part_and_what_it_is_worth_belong_to_its_lines_though_they_have_tags_of_their_own() -> None:
    """As a browser tags what a page lays out side by side; cells of a table stay apart."""
    lines = [line("A title of it", 50, 50, marks=(0,), bold=True)]
    tags = [Tag("H1", marks=(0,))]
    for number, letter in enumerate("abc"):
        top, mark = 80 + 30 * number, 1 + 4 * number
        lines += [
            line(f"{letter})", 50, top, marks=(mark,)),
            line("Describe what the quick brown fox did", 75, top, marks=(mark + 1,)),
            line("when the dog had seen it.", 75, top + 12, marks=(mark + 1,)),
            line("[2]", 300, top + 12, marks=(mark + 2,)),
        ]
        tags += [Tag("Div", marks=(each,)) for each in range(mark, mark + 3)]
    lines += [line("1.", 50, 200, marks=(20,)), line("apples", 75, 200, marks=(21,))]
    tags.append(Tag("Table", children=(Tag("TR", children=(cell("TD", 20), cell("TD", 21))),)))
    found = layout.read(sheet(lines, tags=(Tag("Document", children=tuple(tags)),)))
    part = "Describe what the quick brown fox did when the dog had seen it. [2]"
    assert [text for region in found for text in (region.text or "").split("\n") if region.type == "text"] == [
        f"{letter}) {part}" for letter in "abc"
    ]
    assert [[each.text for each in region.cells] for region in found if region.cells] == [["1.", "apples"]]
