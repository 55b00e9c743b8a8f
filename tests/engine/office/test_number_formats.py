"""Numbers and dates as spreadsheets show them; each pair is what LibreOffice shows, or Excel where the two differ."""

from __future__ import annotations

import pytest

from ocr_async.engine.office.number_formats import shown


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (7, "000", "007"),
        (5550123, "000-0000", "555-0123"),
        (2024550123, "(000) 000-0000", "(202) 455-0123"),
        (4, "000-0000", "000-0004"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (0.5, "#.##", ".5"),
        (0.5, ".00", ".50"),
        (12, ".00", "12.00"),
        (2.5, "0", "3"),
        (1.005, "0.00", "1.01"),
        (-1234.5, "#,##0.00;[Red](#,##0.00)", "(1,234.50)"),
        (-12, "0.0", "-12.0"),
        (0, '0;-0;"none"', "none"),
        (0, "0;-0;;@", ""),
        (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
        (1234.5, '_-* #,##0.00\\ "kr"_-;-* #,##0.00\\ "kr"_-', "1,234.50 kr"),
        (0.256, "0.0%", "25.6%"),
        (1_500_000, '0.0,,"M"', "1.5M"),
        (12345, "#,##0,", "12"),
        (0.0000123, "0.00E+00", "1.23E-05"),
        (26_723_742, "##0.0E+0", "26.7E+6"),
        (99_999, "0.0E+0", "1.0E+5"),
        (3.5, "# ?/?", "3 1/2"),
        (-0.3125, "# ??/16", "-5/16"),
        (2.999, "# ?/?", "3"),
        (0.75, "?/?", "3/4"),
        (150, '[>=100]"high";[<100]"low"', "high"),
        (8, '[>=100]"high";[<100]"low"', "low"),
        (12, 'General" units"', "12 units"),
        (1e300, "0", "1" + "0" * 300),
    ],
)
def test_numbers_are_shown_in_the_digits_of_their_format(value: float, code: str, text: str) -> None:
    assert shown(value, code) == text


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (45352, "yyyy-mm-dd", "2024-03-01"),
        (45352, "d mmmm yyyy", "1 March 2024"),
        (45352, "mmm-yy", "Mar-24"),
        (45352, "dddd d.m.", "Friday 1.3."),
        (45352, "[$-409]mmmm d, yyyy", "March 1, 2024"),
        (45352, "[$-407]dd.mm.yyyy", "01.03.2024"),
        (45352, "yyyy/mm/dd;@", "2024/03/01"),
        (45352.78125, "dd/mm/yyyy hh:mm", "01/03/2024 18:45"),
        (0.75, "h:mm AM/PM", "6:00 PM"),
        (0.0125, "h:mm AM/PM", "12:18 AM"),
        (13.75 / 24, "hh:mm:ss", "13:45:00"),
        (1.5, "[h]:mm", "36:00"),
        (0.05, "[mm]:ss", "72:00"),
        (0.5 + 7.26 / 86_400, "mm:ss.0", "00:07.3"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (0.99999999, "h:mm:ss", "0:00:00"),
    ],
)
def test_dates_and_times_are_shown_as_their_format_has_them(value: float, code: str, text: str) -> None:
    assert shown(value, code) == text


def test_days_are_counted_from_1904_where_the_workbook_does() -> None:
    assert shown(43890.5, "yyyy-mm-dd hh:mm", since_1904=True) == "2024-03-01 12:00"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (60, "yyyy-mm-dd"),  # a day that no calendar has
        (-1, "yyyy-mm-dd"),
        (1e300, "yyyy"),
        (45352, "[$-407]d. mmmm yyyy"),  # the month's name in German
        (45352, "[$-F800]dddd, mmmm dd, yyyy"),  # the reader's own long date
        (45352, "ggge"),
        (45352, "[DBNum1]0"),
        (5, '[>9]"large"'),
    ],
)
def test_what_is_not_known_is_left_to_the_reader_of_the_file(value: float, code: str) -> None:
    assert shown(value, code) is None
