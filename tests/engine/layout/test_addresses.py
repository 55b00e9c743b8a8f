"""Addresses side by side, at the head of letters and invoices."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout

from .sheets import SENTENCE, cells, column, level, line, sheet


MILLS = ["Alder Mills", "59 Harbour Street", "4711 Weston", "United Kingdom"]
PHONE = ["Phone 501 7581", "post@example.com", "Room 12"]
WORKS = ["Birch Works Ltd", "Oak Lane 7", "Easton 1204"]


def read(left: list[str], right: list[str]) -> list[tuple[str, str]]:
    """What is read of *left* and *right* between a date and a letter."""
    lines = [
        line("27 March 2025", 50, 60),
        *column(left, 50, 100),
        *column(right, 350, 101, pitch=11, size=9),
        *column([SENTENCE] * 4, 50, 200),
    ]
    return [(str(region.type), region.text) for region in layout.read(sheet(lines))][1:-1]


@pytest.mark.parametrize(
    ("left", "right"),
    [(MILLS, PHONE), (MILLS, WORKS), (["Bill to", "Alder", "Weston"], ["Ship to", "Birch", "Easton"])],
)
def test_an_address_is_read_before_the_one_beside_it(left: list[str], right: list[str]) -> None:
    assert read(left, right) == [("text", "\n".join(left)), ("text", "\n".join(right))]


def test_names_and_numbers_in_rows_are_a_table() -> None:
    goods = cells([["Tool", "Count"], ["Hammer", "12"], ["Saw", "7"], ["Plane", "31"]], [50, 350], 100)
    assert [region.type for region in layout.read(sheet(goods))] == ["table"]


def test_addresses_beside_a_third_column_are_cells() -> None:
    rows = zip(MILLS, [*PHONE, "Room 7"], ["a1", "b2", "c3", "d4"], strict=True)
    assert [region.type for region in layout.read(sheet(cells(rows, [50, 250, 450], 100)))] == ["table"]


DETAILS = [["Invoice no.:", "RE-2024-661"], ["Customer no.:", "11873"], ["Date:", "12.09.2024"], ["Due:", "26.09.2024"]]


@pytest.mark.parametrize("town", ["24105 Kiel", "CH-8001 Zürich", "Bath BA2 6QT", "Portland, OR 97201"])
@pytest.mark.parametrize("left", [False, True])
def test_an_address_beside_names_and_values_is_no_column_of_theirs(town: str, left: bool) -> None:
    """As on most invoices; neither is set level with the other."""
    address = ["Ms Beate Asmussen", "Holtenauer Str. 211", town]
    places = (320.0, 50.0, 150.0) if left else (50.0, 320.0, 420.0)
    lines = [*column(address, places[0], 101, pitch=11.5), *cells(DETAILS, list(places[1:]), 100)]
    found = layout.read(sheet([line("Alder Mills", 50, 60), *lines, *column([SENTENCE] * 4, 50, 200)]))
    wanted = [("text", "\n".join(address)), ("table", "")]
    assert [(region.type, region.text) for region in found[1:3]] == (wanted[::-1] if left else wanted)
    table = next(region for region in found if region.type == "table")
    assert [cell.text for cell in table.cells] == [text for row in DETAILS for text in row]


def test_an_address_whose_town_has_no_number_is_told_by_the_heights_of_its_lines() -> None:
    address = column(["Alder Mills Ltd", "59 Harbour Street", "Weston"], 50, 101, pitch=11.5)
    details = cells(DETAILS, [320, 420], 100, pitch=18)
    found = layout.read(sheet([*address, *details, *column([SENTENCE] * 4, 50, 200)]))
    assert [region.text for region in found[:2]] == ["\n".join(each.text for each in address), " ".join(DETAILS[0])]


def test_names_with_their_values_keep_their_lines() -> None:
    facts = ["Invoice: RE-661", "Customer: 11873", "Date: 12 September", "Due: 26 September"]
    found = layout.read(sheet([*column(facts, 50, 100), *column([SENTENCE] * 4, 50, 200)]))
    assert found[0].text == "\n".join(facts)


def test_a_table_of_branches_stays_one() -> None:
    head = ["Town", "Staff", "Opened"]
    rows = [
        ["Oak Lane 7", "41", "1998"],
        ["24105 Kiel", "17", "2004"],
        ["4711 Weston", "9", "2011"],
        ["Easton", "3", "2020"],
    ]
    found = layout.read(sheet(cells([head, *rows], [50, 250, 400], 100)))
    assert [region.type for region in found] == ["table"]


def test_a_name_in_large_letters_is_no_name_of_a_value() -> None:
    """A letterhead: who writes on the left, what about on the right."""
    left = [line("Harbour Bank", 50, 50, size=18), line("12 Quay Street, Bristol", 50, 74, size=8)]
    right = ["Page 1 of 1", "Statement no. 10/2024", "Sort code 20-44-91", "Account 30118842"]
    lines = [*left, *column(right, 400, 54, pitch=9.5, size=8), *column([SENTENCE] * 4, 50, 200)]
    texts = [region.text for region in layout.read(sheet(lines))]
    assert texts[:2] == ["Harbour Bank", "12 Quay Street, Bristol"]
    assert " ".join(right) in texts[2].replace("\n", " ")


def test_no_line_beside_an_address_is_read_twice() -> None:
    """Of large letters the box reaches into what stands below them."""
    left = [
        line("Brightwater", 50, 50, size=22),
        *column(["1420 Alder Avenue, Suite 300", "Portland, OR 97205"], 50, 70),
    ]
    left.append(line("post@example.com, telephone 503 555", 50, 94))
    right = [
        line("INVOICE", 400, 52, size=24),
        *column(["Invoice # 2041", "Date: 3 May 2024", "Due: 2 June 2024"], 400, 76),
    ]
    found = layout.read(sheet([*left, *right, *column([SENTENCE] * 4, 50, 200)]))
    assert [region.text for region in found][:4] == [
        "Brightwater",
        "1420 Alder Avenue, Suite 300\nPortland, OR 97205\npost@example.com, telephone 503 555",
        "INVOICE",
        "Invoice # 2041\nDate: 3 May 2024\nDue: 2 June 2024",
    ]


@pytest.mark.parametrize("scanned", [False, True])
def test_an_address_between_two_tables_is_no_row_of_either(scanned: bool) -> None:
    """As on a statement of a card: figures, whose they are, and what was bought; with rules as wide as the text."""
    figures = cells(
        [["New balance", "Payment due", "Limit"], ["842.19", "22 Oct", "600.00"]], [60, 220, 380], 100, pitch=12
    )
    address = column(["Tom Osei", "90 Canal Road", "Leeds LS12 2PL"], 50, 140)
    rows = [["Date", "Posted", "Transaction", "Amount"], ["02 Sep", "03 Sep", "Harbour cafe", "37.25"]]
    rows += [["17 Sep", "18 Sep", "Ferry", "9.46"], ["18 Sep", "19 Sep", "Rope", "36.21"]]
    lines = [*figures, *address, *cells(rows, [50, 130, 220, 420], 190)]
    if scanned:
        lines = [evolve(each, font=None, bold=None) for each in lines]
    found = layout.read(sheet(lines, rulings=(level(45, 440, 85), level(45, 440, 202))))
    assert [region.type for region in found] == ["table", "text", "table"]
    assert found[1].text == "Tom Osei\n90 Canal Road\nLeeds LS12 2PL"
    assert [cell.text for cell in found[2].cells] == [text for row in rows for text in row]


@pytest.mark.parametrize("kept", [8, 6, 4])
def test_an_address_beside_names_above_their_values_is_no_table(kept: int) -> None:
    """As at the head of letters: the lines of the reference block are set smaller, and level with none beside."""
    address = column(["Harbour Works Ltd", "Attn. Clara King", "7 Market Road", "24105 Kiel"], 50, 130, pitch=13)
    names = [
        "Your reference",
        "WA-2468",
        "Our reference",
        "94/3978",
        "Contact",
        "Ada Stone",
        "Tel. 45 3276",
        "Fax 45 3277",
    ]
    facts = column([*names[:kept], "Date", "6 January 2007"], 400, 114, pitch=10.5, size=8)
    letter = column([SENTENCE] * 8, 50, 300)
    said = [region.text.split() for region in layout.read(sheet([*address, *facts, *letter]))]
    told = [each.text for each in (*address, *facts, *letter)]
    assert [word for words in said for word in words] == " ".join(told).split()
