"""Addresses side by side, at the head of letters and invoices."""

from __future__ import annotations

import pytest

from ocr_async.engine import layout

from .sheets import SENTENCE, cells, column, line, sheet


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
    assert read(left, right) == [("text", " ".join(left)), ("text", " ".join(right))]


def test_names_and_numbers_in_rows_are_a_table() -> None:
    goods = cells([["Tool", "Count"], ["Hammer", "12"], ["Saw", "7"], ["Plane", "31"]], [50, 350], 100)
    assert [region.type for region in layout.read(sheet(goods))] == ["table"]


def test_addresses_beside_a_third_column_are_cells() -> None:
    rows = zip(MILLS, [*PHONE, "Room 7"], ["a1", "b2", "c3", "d4"], strict=True)
    assert [region.type for region in layout.read(sheet(cells(rows, [50, 250, 450], 100)))] == ["table"]
