from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ocr_async.engine.markdown import escaped, table_markdown, write
from ocr_async.engine.page import Box, Cell, Item, Line, Region, Word
from ocr_async.tables.html import table_html


BOX = Box(0, 0, 10, 10)


def text(said: str) -> Region:
    words = tuple(Word(word, BOX, 0.9) for word in said.split())
    return Region(type="text", box=BOX, text=said, lines=(Line(said, BOX, words=words),))


TABLE = (
    Cell("name", 0, 0, row_span=2, header=True),
    Cell("amounts", 0, 1, column_span=2, header=True),
    Cell("net", 1, 1),
    Cell("a|b", 1, 2),
)


@pytest.mark.parametrize(
    ("plain", "written"),
    [
        ("# no heading", "\\# no heading"),
        ("1. no item", "1\\. no item"),
        ("- no item", "\\- no item"),
        ("a _private_ name", "a \\_private\\_ name"),
        ("the macro __out_ecount", "the macro __out_ecount"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("if a <b> then", "if a \\<b> then"),
        ("plain", "plain"),
        ("where $x_{i}\\in A$ and $y^{2}$ of a\\b", "where $x_{i}\\in A$ and $y^{2}$ of a\\\\b"),
        ("if $a_{1}<b$ then", "if $a_{1}< b$ then"),
        ("from $5 to $7 in a\\b", "from $5 to $7 in a\\\\b"),
    ],
)
def test_text_means_what_it_says(plain: str, written: str) -> None:
    assert escaped(plain) == written


SIGNS = st.text("#>+-*=~_`1.)(a|<!?\\&;[]:", min_size=1, max_size=4)
LINE = st.lists(SIGNS, min_size=1, max_size=4).map(" ".join)


@given(st.lists(LINE, min_size=1, max_size=4))
def test_lines_of_any_signs_are_shown_as_they_stand(lines: list[str]) -> None:
    said = shown(write([text("\n".join(lines))]).text, "paragraph_open", "paragraph_close")
    assert said == "\n".join(lines)


def shown(markdown: str, *around: str) -> str:
    """Return the text that *markdown* shows, which is one block of text within blocks of types *around*."""
    tokens = MarkdownIt().enable("table").parse(markdown)
    (inline,) = (token for token in tokens if token.type == "inline")
    assert [token.type for token in tokens if token is not inline] == list(around)
    return "".join("\n" if token.type == "hardbreak" else token.content for token in inline.children or ())


@given(LINE)
def test_headings_and_items_of_any_signs_are_shown_as_they_stand(line: str) -> None:
    heading = write([Region(type="title", box=BOX, text=line, level=2)]).text
    assert shown(heading, "heading_open", "heading_close") == line
    items = write([Region(type="list", box=BOX, items=(Item(line, 0, "•"),))]).text
    around = ("bullet_list_open", "list_item_open", "paragraph_open")
    assert shown(items, *around, *(kind.replace("open", "close") for kind in reversed(around))) == line


@given(LINE, LINE)
def test_cells_of_any_signs_are_shown_as_they_stand(head: str, cell: str) -> None:
    tokens = MarkdownIt().enable("table").parse(table_markdown((Cell(head, 0, 0, header=True), Cell(cell, 1, 0))))
    said = ["".join(each.content for each in token.children or ()) for token in tokens if token.type == "inline"]
    assert (tokens[0].type, said) == ("table_open", [head, cell])


@pytest.mark.parametrize("mark", "✓✔✗✘★☆")
def test_marks_that_say_something_of_their_items_stay(mark: str) -> None:
    items = (Item("in the price", 0, mark), Item("on foot", 0, "➢"))
    assert write([Region(type="list", box=BOX, items=items)]).text == f"- {mark} in the price\n- on foot"


def test_headings_lists_and_code() -> None:
    regions = [
        Region(type="title", box=BOX, text="1. First", level=2),
        Region(type="list", box=BOX, items=(Item("one", 0, "•"), Item("inner", 1, "-"), Item("two", 0, "2."))),
        Region(type="code", box=BOX, text="x = '```'", language="python"),
    ]
    assert write(regions).text == "## 1. First\n\n- one\n   - inner\n2. two\n\n````python\nx = '```'\n````"


def test_a_table_keeps_its_spans_in_html() -> None:
    assert table_html(TABLE) == (
        '<table><tr><th rowspan="2">name</th><th colspan="2">amounts</th></tr><tr><td>net</td><td>a|b</td></tr></table>'
    )


def test_a_markdown_table_leaves_spanned_fields_empty() -> None:
    assert table_markdown(TABLE).splitlines() == [
        "| name | amounts |  |",
        "| --- | --- | --- |",
        "|  | net | a\\|b |",
    ]


def test_html_in_cells_is_text() -> None:
    assert table_html((Cell("<b> & c", 0, 0),)) == "<table><tr><td>&lt;b&gt; &amp; c</td></tr></table>"


def test_tables_that_are_taken_out_leave_a_placeholder() -> None:
    written = write([text("before"), Region(type="table", box=BOX, cells=TABLE)], table_format="html")
    assert written.text == "before\n\n[tbl-0.html](tbl-0.html)"
    assert [(name, content) for name, content, _, _ in written.tables] == [("tbl-0.html", table_html(TABLE))]


def test_pictures_are_numbered() -> None:
    picture = Region(type="image", box=BOX)
    assert write([picture, picture]).text == "![img-0.jpeg](img-0.jpeg)\n\n![img-1.jpeg](img-1.jpeg)"


def test_running_heads_are_written_only_where_wanted() -> None:
    head = Region(type="header", box=BOX, text="Annual report")
    assert write([head, text("body")]).text == "body"
    assert write([head, text("body")], running_heads=True).text == "Annual report\n\nbody"


def test_regions_know_their_place_in_the_text() -> None:
    written = write([text("one"), text("two")])
    assert [written.text[start:end] for _, start, end in written.spans] == ["one", "two"]


@given(st.lists(st.lists(st.text("abc*_#-<", min_size=1, max_size=5), min_size=1, max_size=6), min_size=1, max_size=4))
def test_every_word_is_found_where_it_is_said_to_be(paragraphs: list[list[str]]) -> None:
    written = write([text(" ".join(words)) for words in paragraphs], words=True)
    for placed in written.words:
        there = written.text[placed.start :]
        assert there.replace("\\", "").startswith(placed.word.text.replace("\\", ""))


def test_words_of_a_joined_hyphen_are_placed() -> None:
    lines = (
        Line("an exam-", BOX, words=(Word("an", BOX), Word("exam-", BOX))),
        Line("ple", BOX, words=(Word("ple", BOX),)),
    )
    written = write([Region(type="text", box=BOX, text="an example", lines=lines)], words=True)
    assert [(placed.word.text, placed.start) for placed in written.words] == [("an", 0), ("exam-", 3), ("ple", 7)]
