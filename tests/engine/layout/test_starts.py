from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.starts import parted
from ocr_async.engine.page import Box, Line, Word

from .sheets import SENTENCE, cells, column, level, line, sheet, upright


def spaced(texts: list[str], lefts: list[float], top: float) -> Line:
    """One line of *texts* that begin at *lefts*, as a parser joins what stands close together."""
    parts = [line(text, left, top) for text, left in zip(texts, lefts, strict=True)]
    words = tuple(word for part in parts for word in part.words)
    return evolve(parts[0], text=" ".join(texts), words=words, box=Box(lefts[0], top, words[-1].box.right, top + 10))


def texts(lines: list[Line]) -> list[str]:
    return [each.text for each in sorted(lines, key=lambda each: (each.box.top, each.box.left))]


NAMES = [["MENA", "JUAN"], ["PERAZZO", "PABLO"], ["MOLLEVI", "ANA"]]


def test_a_name_that_fills_its_column_is_cut_where_the_next_column_begins() -> None:
    full = spaced(["VALSANTORENO", "BLANCO", "FERNANDO", "JORGE"], [50, 115, 147, 192], 142)
    assert texts(parted([*cells(NAMES, [50, 147], 100), full]))[-2:] == ["VALSANTORENO BLANCO", "FERNANDO JORGE"]


def test_touching_cells_are_cut_within_the_word_that_they_seem_to_be() -> None:
    both = evolve(
        line("Dogwood Inc.821-44", 50, 142),
        words=(*line("Dogwood", 50, 142).words, Word("Inc.821-44", Box(90, 142, 140, 152))),
    )
    numbers = [["Alder Ltd", "821-07"], ["Cedar", "821-15"], ["Birch Co", "821-30"]]
    assert texts(parted([*cells(numbers, [50, 110], 100), both]))[-2:] == ["Dogwood Inc.", "821-44"]


def test_a_head_is_not_cut_between_its_letters_where_the_numbers_below_it_begin() -> None:
    head = line("MwSt.", 175, 86)
    assert head in parted([head, *cells([["Hose", "195"], ["Belt", "207"], ["Fuse", "119"]], [50, 185], 100)])


def test_words_that_begin_where_a_column_does_by_chance_stay_together() -> None:
    title = line("a title over both columns and more of it", 50, 86)
    found = parted([title, *cells(NAMES, [50, 150], 100)])
    assert title in found


def test_a_heading_is_not_cut_where_the_columns_below_it_begin() -> None:
    title = line("blockList.addRange()", 50, 80, size=14.0)
    found = parted([title, *cells([["a", "one"], ["b", "two"], ["c", "three"], ["d", "four"]], [50, 84.6], 100)])
    assert title in found


def test_running_text_is_left_alone() -> None:
    page = [*column([SENTENCE] * 8, 30, 100), *column([SENTENCE] * 8, 310, 100)]
    assert parted(page) == page


def test_a_date_is_not_cut_where_numbers_end() -> None:
    numbers = cells([["a", "862"], ["b", "556"], ["c", "714"]], [50, 215], 100)
    total = [line("Total", 50, 142), line("14.862", 200, 142)]
    assert "14.862" in texts(parted([*numbers, *total]))


def test_justified_words_are_not_cut_where_those_of_other_lines_begin() -> None:
    page = [spaced(["maple", "slow", "cotton"], [50, 100, 145], 100 + 12 * number) for number in range(4)]
    beside = [line(SENTENCE[:18], 300, 100 + 12 * number) for number in range(4)]
    assert texts(parted([*page, *beside])).count("maple slow cotton") == 4


WORDS = ["Buoy", "Crane", "Tug", "Quay"]


def booked(numbers: list[str], words: list[str] = WORDS, *, left: float | None = None) -> list[Line]:
    """Rows of a name, and of a number that ends at 200, or begins at *left*, joined with the word behind it."""
    out = []
    for row, number in enumerate(numbers):
        begin = 200 - 5 * len(number) if left is None else left
        joined = spaced(
            [number, words[row]], [begin, 202 if left is None else left + 5 * len(number) + 2], 100 + 14 * row
        )
        out += [line("Harbour", 50, 100 + 14 * row), joined]
    return out


@pytest.mark.parametrize(
    "numbers",
    [
        ["9661", "14637", "463", "8747"],
        ["2,993.02", "1,884.87", "7,217.91", "7,516.09"],
        ["14.2%", "22.7%", "96.8%", "46.9%"],
    ],
)
def test_numbers_set_to_the_right_are_cut_from_the_words_behind_them_though_all_rows_are_joined(
    numbers: list[str],
) -> None:
    rows = booked(numbers)
    assert texts(parted(rows)) == [
        text for number, word in zip(numbers, WORDS, strict=True) for text in ("Harbour", number, word)
    ]
    (table,) = layout.read(sheet(rows))
    assert [cell.text for cell in table.cells if cell.column == 1] == numbers


def test_the_numbers_of_sections_stay_with_their_titles() -> None:
    for numbers in (["1.1", "1.2", "1.3", "1.4"], ["8.9", "9", "9.10", "10.1"]):
        page = booked(numbers, left=170)
        assert parted(page) == page


@pytest.mark.parametrize("words", [["km", "km", "m", "km"], ["-", "–", "/", "("]])
def test_what_belongs_to_numbers_set_to_the_right_stays_with_them(words: list[str]) -> None:
    page = booked(["9661", "14637", "463", "8747"], words)
    assert parted(page) == page


def test_numbers_that_end_at_one_place_in_running_text_stay_in_it() -> None:
    page = booked(["9661", "14637", "463", "8747"])
    across = [line("of the whole year before", 150, 114 + 14 * row) for row in (0, 1)]
    assert parted([*page, *across]) == [*page, *across]


def set_right(rows: list[list[str]], rights: list[float], joined: list[bool]) -> list[Line]:
    """Rows of a name and of parts that end at *rights*; these are one line where *joined* says so."""
    out = []
    for row, (parts, one) in enumerate(zip(rows, joined, strict=True)):
        lefts = [right - 5 * len(part) for part, right in zip(parts, rights, strict=True)]
        top = 100 + 14 * row
        out += [line("Harbour", 50, top)]
        out += [spaced(parts, lefts, top)] if one else [line(*each, top) for each in zip(parts, lefts, strict=True)]
    return out


@pytest.mark.parametrize(
    "rows",
    [
        [["1.5", "12.25"], ["12.25", "7.50"], ["NaN", "180.75"], ["-3.5", "-0.25"], ["104.0", "9.75"]],
        [["1.5", "crane"], ["12.25", "tug"], ["803.0", "buoy"], ["-3.5", "ferry"], ["104.0", "quays"]],
        [["crane", "2024-11-01"], ["tug", "2024-11-02"], ["buoy", "2024-11-03"], ["ferry", "2024-11-04"]],
    ],
)
def test_columns_that_are_both_set_to_the_right_are_cut_where_some_rows_are_joined(rows: list[list[str]]) -> None:
    every = [["north", "total"], *rows]
    rights = [200.0, 206.0 + 5 * max(len(right) for _, right in every)]
    page = set_right(every, rights, [True, *(number % 2 == 0 for number in range(len(rows)))])
    assert texts(parted(page)) == [text for row in every for text in ("Harbour", *row)]


@pytest.mark.parametrize(
    "rows",
    [
        [["1", "204"], ["12", "816"], ["7", "350"], ["104", "990"], ["33", "471"]],
        [["1.5", "km"], ["12.25", "km"], ["7", "km"], ["104", "km"], ["33", "km"]],
        [["March", "2021"], ["April", "2022"], ["September", "2023"], ["May", "2024"], ["July", "2025"]],
    ],
)
def test_numbers_in_groups_units_and_years_stay_with_what_stands_before_them(rows: list[list[str]]) -> None:
    rights = [200.0, 202.0 + 5 * max(len(right) for _, right in rows)]
    page = set_right(rows, rights, [True] * len(rows))
    assert parted(page) == page


@pytest.mark.parametrize(
    ("text", "count"), [("1,757 3,356 2,113 -480", 4), ("2013 2014 2015", 3), ("12 500 1 300", 1), ("3 4 5", 1)]
)
def test_numbers_that_cannot_be_one_are_parted(text: str, count: int) -> None:
    assert len(parted([line(text, 100, 100)])) == count


@pytest.mark.parametrize("words", [["km", "pcs", "set", "km"], ["m", "kg", "m", "kg"]])
@pytest.mark.parametrize("numbers", [["9661", "14637", "463", "8747"], ["966", "146", "463", "874"]])
@pytest.mark.parametrize("lines_of_head", [1, 3])
def test_units_are_a_column_where_they_have_a_head_of_their_own(
    words: list[str], numbers: list[str], lines_of_head: int
) -> None:
    head = [line("Place", 50, 86), spaced(["Qty", "Unit"], [185, 202], 86 - 12 * (lines_of_head - 1))]
    more = [line("of all", 170, 86 - 12 * number) for number in range(lines_of_head - 1)]
    page = [*head, *more, *booked(numbers, words)]
    found = texts(parted(page))
    assert "Unit" in found
    assert found[-12:] == [
        text for number, word in zip(numbers, words, strict=True) for text in ("Harbour", number, word)
    ]


def test_a_unit_that_the_parser_joined_with_its_number_is_a_cell_too() -> None:
    rows = booked(["642", "1806", "40", "7779", "90"], ["m", "set", "pcs", "kg", "m"])
    joined = Word("642m", Box(185, 100, 207, 110))
    first = evolve(rows[1], text="642m", words=(joined,), box=joined.box)
    page = [line("Place", 50, 86), spaced(["Qty", "Unit"], [185, 202], 86), rows[0], first, *rows[2:]]
    assert texts(parted(page))[:6] == ["Place", "Qty", "Unit", "Harbour", "642", "m"]


def test_cells_that_touch_are_cut_at_the_ruling_between_them() -> None:
    rows = [["Bolt", "Site", "Qty", "Unit"], ["Hose", "Graz", "806", "set"], ["Belt", "Cork", "", ""]]
    joined = Word("642m", Box(185, 128, 207, 138))
    page = [*cells(rows, [52, 112, 182, 203], 100), Line("642m", joined.box, words=(joined,), size=10.0, font="Times")]
    rules = [
        *(level(50, 240, 97 + 14 * row) for row in range(4)),
        *(upright(x, 97, 139) for x in (50, 110, 180, 201, 240)),
    ]
    (table,) = layout.read(sheet(page, rulings=tuple(rules)))
    assert [cell.text for cell in table.cells if cell.row == 2] == ["Belt", "Cork", "642", "m"]


def test_heads_that_a_browser_spaces_evenly_are_cut_where_many_rows_begin() -> None:
    rows = [["blue", "42", "1"], ["grey", "41", "3"], ["red", "40", "7"], ["pink", "39", "2"]]
    head = spaced(["Colour", "Size", "Number"], [150, 190, 220], 86)
    page = [line("Goods", 50, 86), head, *cells([["Hose", *row] for row in rows], [50, 150, 190, 235], 100)]
    assert texts(parted(page))[:3] == ["Goods", "Colour", "Size Number"]


def test_numbered_lines_of_code_are_not_cut_behind_their_numbers() -> None:
    page = booked(["1284", "1285", "1286", "1287"], ["sty", "cls", "ldf", "def"], left=170)
    code = [evolve(each, mono=each.box.left > 100) for each in page]
    assert parted(code) == code
    assert len(parted(page)) > len(page)


def test_groups_of_a_telephone_number_stay_together() -> None:
    page = booked(["1180", "3273", "1110", "5664"], ["518", "905", "482", "798"])
    assert parted(page) == page


@pytest.mark.parametrize(
    "rows",
    [
        [
            (["Name", "Role"], [50, 110], True),
            (["Ann Berg", "Chair"], [50, 110], True),
            (["Joe", "Clerk"], [50, 110], False),
        ],
        [(["Post", "Name", "Date"], [50, 85, 130], True), (["Clerk", "Ann Lee", "1 May"], [50, 85, 130], False)],
        [(["Year", "Sales"], [50, 80], True), (["2023", "9.10"], [50, 85], False), (["2024", "99.1"], [50, 85], True)],
    ],
)
def test_cells_of_a_short_table_that_were_joined_are_cut_as_those_beside_them(
    rows: list[tuple[list[str], list[float], bool]],
) -> None:
    page: list[Line] = []
    for number, (said, lefts, joined) in enumerate(rows):
        top = 100 + 14.0 * number
        page += [spaced(said, lefts, top)] if joined else cells([said], lefts, top)
    assert texts(parted(page)) == [text for said, _, _ in rows for text in said]


TOWNS = [["1", "Oslo", "B843", "7"], ["2", "Graz", "A16", "12"], ["3", "Ulm", "C896", "105"], ["4", "Rome", "C31", "9"]]


def sheet_rows(table: list[list[str]]) -> list[Line]:
    """Lines as a parser joins those of a sheet whose columns are as narrow as what is in them, numbers to the right."""
    return [spaced(row, [50, 66, 90, 132 - 5 * len(row[3])], 100 + 12 * number) for number, row in enumerate(table, 1)]


def test_columns_of_a_sheet_are_cut_where_their_heads_begin() -> None:
    heads = spaced(["no", "to", "id", "sum"], [50, 66, 90, 117], 100)
    found = texts(parted([heads, *sheet_rows(TOWNS)]))
    assert found[-16:] == [text for row in TOWNS for text in row]


def test_words_below_each_other_are_no_columns_without_heads() -> None:
    rows = sheet_rows(TOWNS)
    assert parted(rows) == rows


def test_a_column_that_words_run_across_is_none() -> None:
    heads = spaced(["no", "to", "id", "sum"], [50, 66, 90, 117], 100)
    longer = [*sheet_rows(TOWNS), line("5 Reykjavik in the far north", 50, 160)]
    assert "1 Oslo B843" in " ".join(texts(parted([heads, *longer])))


def ending(texts: list[str], rights: list[float], top: float) -> list[Line]:
    return [line(text, right - 5 * len(text), top) for text, right in zip(texts, rights, strict=True)]


def test_heads_that_a_parser_joined_are_cut_where_the_rows_below_them_are_parted() -> None:
    heads = spaced(["Menge", "Einzelpreis", "Gesamtpreis"], [150, 179, 239], 100)  # four points apart
    rows = [["2", "277.88", "555.76"], ["12", "9.10", "109.20"], ["3", "14.95", "44.85"]]
    found = [part for number, row in enumerate(rows) for part in ending(row, [175, 234, 294], 116 + 14 * number)]
    assert texts(parted([heads, *found]))[:3] == ["Menge", "Einzelpreis", "Gesamtpreis"]
    words = spaced(["Quantities", "and", "prices,", "without"], [150, 204, 223, 262], 100)
    assert words in parted([words, *found])
    assert heads in parted([heads, *found[:3]])  # one row shows nothing


@pytest.mark.parametrize(("gap", "parts"), [(5.0, ["7:06", "|", "8:26", "–"]), (2.5, ["7:06 | 8:26 –"])])
def test_times_of_day_that_a_parser_joined_are_cells_and_those_of_a_span_are_not(gap: float, parts: list[str]) -> None:
    lefts = [100.0]
    for text in ("7:06", "|", "8:26"):
        lefts.append(lefts[-1] + 5 * len(text) + gap)
    assert texts(parted([spaced(["7:06", "|", "8:26", "–"], lefts, 100)])) == parts


AMOUNTS = ["125,26", "219,20", "1 295,60", "807,90", "22 455,00", "278 250,00", "83,53", "2 061,12", "40 561,50"]


@pytest.mark.parametrize("before", [False, True])
def test_a_number_with_a_space_for_thousands_is_one_where_others_begin_or_end_within_it(before: bool) -> None:
    found = list[Line]()
    for number, amount in enumerate(AMOUNTS):
        *thousands, rest = amount.split()
        first = 330.0 - 5 * len(rest)
        lefts = [*(first - 3 - 5 * len(each) for each in thousands), first, 333.0]
        words = [*thousands, rest, "€"]
        top = 100.0 + 14 * number
        found.append(line(f"goods {number}", 50, top))
        if before and thousands:
            found.append(spaced(["15,83", "€", *words], [244, 272, *lefts], top))
        else:
            found += [spaced(["15,83", "€"], [244, 272], top)] * before + [spaced(words, lefts, top)]
    assert all(any(part.endswith(f"{amount} €") for part in texts(parted(found))) for amount in AMOUNTS)


def test_rows_below_joined_heads_are_cut_where_the_parser_joined_them_too() -> None:
    heads = spaced(["Pos", "Goods", "Qty"], [50, 69, 120], 100)  # as near as four points
    rows = [["1", "Rope", "5"], ["2", "Sails", "12"], ["3", "Tar", "8"]]
    found = list[Line]()
    for number, (place, goods, count) in enumerate(rows):
        top = 114.0 + 14 * number
        found += [spaced([place, goods], [60, 69], top), *ending([count], [135], top)]
    expected = [["Pos", "Goods", "Qty"], *rows]
    assert texts(parted([heads, *found])) == [text for row in expected for text in row]


@pytest.mark.parametrize("bold", [True, False])
def test_one_row_shows_joined_heads_in_bold_where_each_stands_above_its_own_cell(bold: bool) -> None:
    heads = spaced(["Item", "Menge", "Einzelpreis", "Gesamtpreis"], [50, 150, 179, 239], 100)
    row = [line("Rope", 50, 116), *ending(["12", "9.10", "109.20"], [175, 234, 294], 116)]
    joined = ["Menge", "Einzelpreis", "Gesamtpreis"]
    found = texts(parted([evolve(heads, bold=bold), *row]))[:-4]
    assert found == ["Item", *(joined if bold else [" ".join(joined)])]
