"""Tables written as HTML, by services and by models, which write it well and badly."""

from __future__ import annotations

import pytest

from ocr_async.engine.markdown import table_markdown
from ocr_async.models import OCRCell
from ocr_async.providers._html_tables import cells_of
from ocr_async.tables.html import table_html


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
        '<table><tr><th colspan="2">A</th></tr><tr><td rowspan="2">1</td><td>2</td></tr><tr><td>3</td></tr></table>',
        '<table><tr><td rowspan="2" colspan="2">a</td><td>b</td></tr><tr><td>c</td></tr></table>',
    ],
)
def test_a_table_is_read_as_it_would_be_written(html: str) -> None:
    assert table_html(cells_of(html)) == html


def test_a_field_that_no_cell_fills_keeps_its_place() -> None:
    cells = [
        OCRCell(text="1999", row=0, column=1),
        OCRCell(text="wheat", row=1, column=0, row_span=2),
        OCRCell(text="5", row=2, column=2),
        OCRCell(text="rye", row=4, column=0),
    ]
    html = table_html(cells)
    assert html.count("</tr>") == 5
    assert [(cell.row, cell.column, cell.text) for cell in cells_of(html) if cell.text] == [
        (cell.row, cell.column, cell.text) for cell in cells
    ]


def said(html: str) -> list[tuple[int, int, str]]:
    return [(cell.row, cell.column, cell.text) for cell in cells_of(html)]


def test_tags_left_open_close_with_the_next() -> None:
    assert said("<table><tr><td>a<td>b<tr><td>c") == [(0, 0, "a"), (0, 1, "b"), (1, 0, "c")]


def test_what_stands_in_a_cell_is_its_text() -> None:
    html = "<TABLE border=1><thead><tr><td>a &lt; <b>b</b><br/>c<sup>2</sup> 3 < 4</td></tr></thead></TABLE> after"
    assert said(html) == [(0, 0, "a < b c2 3 < 4")]
    assert said("<table><tr><td>x<table><tr><td>y</td></tr></table>z</td></tr></table>") == [(0, 0, "x y z")]


def test_a_cell_goes_beside_those_that_reach_down_from_above() -> None:
    html = "<table><tr><td>a</td><td rowspan=3>b</td><td>c</td></tr><tr><td>d</td><td>e</td></tr></table>"
    cells = cells_of(html)
    assert [(cell.row, cell.column, cell.text) for cell in cells[3:]] == [(1, 0, "d"), (1, 2, "e")]
    assert cells[1].row_span == 2  # no more rows came


@pytest.mark.parametrize("text", ["", "| a | b |", "<p>text</p>", "<table></table>", "<td", "</table>"])
def test_what_is_no_table_has_no_cells(text: str) -> None:
    assert cells_of(text) == ()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    ["<!", "<![", "<!--", "</", "<a ", "&", "<a b='", "<tr><td colspan=99999>", "<tr><td rowspan=99999 colspan=300>"],
)
def test_broken_html_takes_no_time(piece: str) -> None:
    table_markdown(cells_of("<table>" + piece * (400_000 // len(piece)) + "x"))
