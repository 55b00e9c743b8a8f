"""What stands beside a gutter: columns that are read one after the other, or rows of a table."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine.layout.columns.beside import Piece, _amounts_of, pieces_of, worth
from ocr_async.engine.page import Box, Line, Region

from .sheets import column, line


TEXT = [
    "The harbour was built before the town, and of",
    "the stone of the hill that stands above it. All",
    "its ships came home in the winter and went out",
    "again when the ice was gone, as they had done",
]


def told(left: list[Piece], right: list[Piece]) -> bool:
    return worth(left, right, 10.0) > 0


def items(count: int, left: float, pitch: float = 14.0) -> list[Piece]:
    said = [f"{'• ' if number % 2 == 0 else ''}ships of season {number}" for number in range(count)]
    return pieces_of([line(text, left, 100 + pitch * number) for number, text in enumerate(said)], [])


def test_lists_side_by_side_are_read_one_after_the_other() -> None:
    assert told(items(6, 50), items(6, 300))


def test_bullets_that_stand_for_crosses_beside_a_list_are_cells() -> None:
    crosses = pieces_of([line("•", 300, 100 + 14 * number) for number in range(6)], [])
    assert not told(items(6, 50), crosses)


def test_what_keeps_to_distances_of_its_own_beside_text_is_a_column() -> None:
    """The skills in the margin of a CV, beside what its owner has done."""
    skills = ["Contact", "ada@mail.org", "London", "Skills of mine", "sailing ships", "the bread of oats", "Languages"]
    text = pieces_of([each for n in range(8) for each in column(TEXT[n % 4 :][:2] or TEXT[:2], 260, 100 + 30 * n)], [])
    for pitch, is_column in ((17.0, True), (30.0, False)):
        beside = pieces_of([line(said, 50, 100 + pitch * number) for number, said in enumerate(skills)], [])
        assert told(beside, text) == is_column, pitch


def test_short_words_in_the_margin_of_a_list_are_a_column() -> None:
    """Of a CV: neither do the lines of the list fill their column, nor are the words beside them long."""
    words = ["Skills", "Orchard", "Boats", "Bridge", "Castle", "Hamburg", "Brewing", "English", "fluent"]
    posts = [
        text
        for n in range(4)
        for text in (f"Pilot of harbour {n}", "• to bring in ships", "• to look after", "and all")
    ]
    right = pieces_of(column(posts, 260, 100, pitch=15), [])
    for pitch, is_column in ((19.0, True), (30.0, False)):
        beside = pieces_of([line(said, 50, 100 + pitch * number) for number, said in enumerate(words)], [])
        assert told(beside, right) == is_column, pitch


def test_so_it_is_where_both_were_read_from_a_picture() -> None:
    found = [
        evolve(each, font=None)
        for n in range(8)
        for each in (*column(TEXT[n % 4 :][:2] or TEXT[:2], 260, 100 + 30 * n), line("sailing ships", 50, 100 + 17 * n))
    ]
    sides = [pieces_of([each for each in found if (each.box.left > 200) == right], []) for right in (False, True)]
    assert told(*sides)


def test_names_centred_beside_two_lines_each_are_cells() -> None:
    names = pieces_of([line(f"Silver harbour {n}", 50, 106 + 24 * n) for n in range(8)], [])
    cells = pieces_of(column([text for n in range(8) for text in (TEXT[n % 4], f"of season {n}")], 260, 100), [])
    assert not told(names, cells)


def test_what_stands_in_a_hole_of_the_other_side_is_beside_nothing() -> None:
    """Whom a letter goes to, below its date and above what a sentence of it leaves at the right."""
    sender = ["Silver harbour", "12 Long Road", "London of oak", "March of a year"]
    right = pieces_of([*column(sender, 300, 100), line(TEXT[0], 300, 260)], [])
    left = pieces_of([line(said, 50, 180 + 17 * n) for n, said in enumerate([*sender, "Dear harbour,", TEXT[1]])], [])
    assert not told(left, right)


def test_names_that_stand_higher_than_their_rows_are_cells() -> None:
    """As those in smaller letters do."""
    names = pieces_of([line(f"Silver harbour {n}", 50, 97 + 24 * n) for n in range(8)], [])
    cells = pieces_of(column([text for n in range(8) for text in (TEXT[n % 4], f"of season {n}")], 260, 100), [])
    assert not told(names, cells)


def test_pictures_in_a_row_and_sums_below_them_are_no_columns() -> None:
    def side(left: float, *, heading: bool) -> list[Piece]:
        shown = Piece(Region(type="image", box=Box(left, 100, left + 90, 180)))
        sums = [Piece(line(text, left, 200 + 24 * n)) for n, text in enumerate(("12 + 7 =", "31 + 6 =", "8 + 8 ="))]
        head = [Piece(line("Look at the pictures and write the words", left, 80))] if heading else []
        return [*head, shown, *sums]

    assert not told(side(50, heading=True), side(350, heading=False))


def test_chinese_questions_are_numbered_down_both_columns() -> None:
    """Their answers, two by two, stand level in both."""

    def questions(first: int, left: float) -> list[Piece]:
        return pieces_of(
            [
                each
                for number in range(3)
                for top in [100 + 40 * number]
                for each in (
                    line(f"{first + number}．平格技全物全研已", left, top),
                    line("A. 变元之大小", left, top + 14),
                    line("B. 已圆之高低", left + 90, top + 14),
                )
            ],
            [],
        )

    assert told(questions(1, 50), questions(4, 300))


def test_what_is_on_at_two_places_is_read_place_by_place() -> None:
    left = column(["6.15 News", "6.30 A film about", "the sea", "8.00 Music", "9.10 Sport"], 50, 100)
    right = column(["6.15 Songs", "7.05 The village", "7.30 A talk on", "old houses", "8.45 News"], 250, 100)
    assert worth(pieces_of(left, []), pieces_of(right, []), 10.0) > 0


def test_times_alone_are_columns_of_a_timetable() -> None:
    left = column(["Station", "6.15", "6.30", "8.00", "9.10", "9.50"], 50, 100)
    right = column(["Town", "6.45", "7.00", "8.30", "9.40", "10.20"], 250, 100)
    assert worth(pieces_of(left, []), pieces_of(right, []), 10.0) == 0


def test_what_takes_turns_along_a_line_of_time_is_read_from_the_top_down() -> None:
    texts = ["1850", "the quick brown fox jumps over", "the lazy dog and runs away"]
    left = [each for number in range(3) for each in column(texts, 50, 100 + 120 * number)]
    right = [each for number in range(3) for each in column(texts, 320, 160 + 120 * number)]
    assert worth(pieces_of(left, []), pieces_of(right, []), 10.0) == 0
    level = [each for number in range(3) for each in column(texts, 320, 100 + 120 * number)]
    assert worth(pieces_of(left, []), pieces_of(level, []), 10.0) > 0


def test_names_to_be_matched_with_what_stands_beside_them_are_rows() -> None:
    """Though more stands below them on one side, of which words to choose from begin level with others."""
    names = ["2 Match the ships with the harbours that they left", "Anna •", "Clara •", "Dora •", "Emma •"]
    more = [f"{number}. Ships came home in the ____ of the storm" for number in range(1, 6)]
    asked = [*column(names, 50, 80, pitch=20), *column(more, 50, 220)]
    beside = [f"• the harbour of the town {where}" for where in ("in the north", "on the river", "of stone", "of wood")]
    there = [*column(beside, 400, 100, pitch=20), line("winter", 400, 220)]
    assert worth(pieces_of(asked, []), pieces_of(there, []), 10.0) == 0


def test_boxes_to_tick_in_several_columns_are_no_column_of_text() -> None:
    asked = column([f"{number}. Do you like what is told of the town?" for number in range(1, 9)], 50, 100)
    boxes = [*column(["never, rarely or often", "☐", "☐", "☐", "☐", "☐", "☐", "very likely"], 400, 100)]
    assert worth(pieces_of(asked, []), pieces_of(boxes, []), 10.0) == 0


def test_an_index_is_read_column_by_column() -> None:
    left = column(["Acre, 12", "Alder, 7, 19", "Anchor, 201", "Apple, 3", "Ash, 14-16", "Axe, 9"], 50, 100)
    right = column(["Barn, 4, 8", "Beech, 17", "Bell, 20, 31", "Birch, 5", "Boat, 11", "Bow, 6"], 250, 100)
    assert worth(pieces_of(left, []), pieces_of(right, []), 10.0) > 0


def directory(pitch: float) -> tuple[list[Line], list[Line]]:
    """Two columns of names, each with a number below it; the lines of the second stand *pitch* apart."""
    sides = []
    for left, far in ((50, 12.0), (300, pitch)):
        names = [line(f"Baker {name}, Mill Lane", left, 100 + 2 * far * number) for number, name in enumerate("ABCDEF")]
        numbers = [line(f"0276 4{number}1709", left + 90, 100 + far + 2 * far * number) for number in range(6)]
        sides.append([*names, *numbers])
    return sides[0], sides[1]


def test_a_directory_is_read_column_by_column() -> None:
    left, right = directory(14.3)
    assert worth(pieces_of(left, []), pieces_of(right, []), 10.0) > 0


def test_names_and_numbers_in_level_rows_may_be_a_table() -> None:
    left, right = directory(12.0)
    assert worth(pieces_of(left, []), pieces_of(right, []), 10.0) == 0


def clues(numbers: list[int], left: float) -> list[Line]:
    said = ["Ice", "Wine", "Old boat", "Stone", "Small ship", "Rivers", "House"]
    return column([f"{number} {text} ({len(text)})" for number, text in zip(numbers, said, strict=True)], left, 100)


def people(left: float, *, bold: bool, numbers: bool) -> list[Piece]:
    """Four entries of three lines each, all level with those of any other such column."""
    out = []
    for number, top in enumerate(range(100, 300, 50)):
        said = [f"Ada{'bcde'[number]} Marsh", "Harbour Road", f"555 01{number:02}" if numbers else "pilot of ships"]
        out += [line(text, left, top + 12 * row, bold=bold and not row) for row, text in enumerate(said)]
    return pieces_of(out, [])


@pytest.mark.parametrize(("bold", "numbers"), [(True, False), (False, True), (False, False)])
def test_people_in_level_columns_are_read_one_by_one(bold: bool, numbers: bool) -> None:
    """In a table neither is the first line of each cell bold, nor the last one a number."""
    one, other, third = (people(left, bold=bold, numbers=numbers) for left in (50, 200, 350))
    assert told(one, other) == told([*one, *other], third) == told(one, [*other, *third]) == (bold or numbers)


def test_lessons_beside_their_times_are_rows() -> None:
    days = [people(left, bold=True, numbers=True) for left in (150, 300, 450)]
    times = pieces_of([line(f"{hour}.00", 50, 100 + 50 * number) for number, hour in enumerate((8, 9, 10, 11))], [])
    assert not told([*times, *days[0]], [*days[1], *days[2]])
    assert not told([*times, *days[0], *days[1]], days[2])
    assert not told(times, [piece for day in days for piece in day])


def test_dishes_with_what_is_in_them_are_columns_though_they_stand_level() -> None:
    def dishes(left: float) -> list[Piece]:
        said = ["Soups", *(text for price in range(4) for text in (f"Plum soup {price + 3}.50", "plums, cream"))]
        return pieces_of(column(said, left, 100), [])

    assert told(dishes(50), dishes(300))


def test_clues_whose_numbers_grow_down_each_side_are_columns() -> None:
    """And no columns where they grow from side to side, as those of rows do."""
    across, down = [1, 4, 7, 9, 12, 15, 18], [1, 2, 3, 5, 6, 8, 10]
    assert worth(pieces_of(clues(across, 50), []), pieces_of(clues(down, 300), []), 10.0) > 0
    odd, even = list(range(1, 15, 2)), list(range(2, 16, 2))
    assert worth(pieces_of(clues(odd, 50), []), pieces_of(clues(even, 300), []), 10.0) == 0


def test_contents_in_two_columns_are_read_with_the_numbers_of_their_pages() -> None:
    """And an index is whose entries are numbers for the most part."""
    first, second = clues(list(range(1, 8)), 50), clues(list(range(8, 15)), 300)
    pages, more = column("3479", 200, 100) + column("256", 200, 148), column(["31", "35"], 450, 100)
    assert worth(pieces_of([*first, *pages], []), pieces_of([*second, *more], []), 10.0) > 0
    assert worth(pieces_of(first, []), pieces_of([*pages, *second, *more], []), 10.0) == 0
    left, right = (
        column([f"{name}, 12, 144, 20{n}" for n, name in enumerate(names)], x, 100)
        for names, x in ((("acid", "ale", "ash", "axle", "bail"), 50), (("bell", "boat", "bolt", "bond", "bone"), 300))
    )
    assert worth(pieces_of(left, []), pieces_of(right, []), 10.0) > 0


def stanzas(count: int, left: float, *, capital: bool = True) -> list[Line]:
    said = [
        "golden apples",
        "over the hills far away and on",
        "by the harbour",
        "and silver rivers",
    ]
    texts = [text.capitalize() if capital else text for text in said]
    return [each for number in range(count) for each in column(texts, left, 100 + 60 * number)]


def test_stanzas_side_by_side_are_columns_though_they_stand_level() -> None:
    """And cells of several lines, which go on in small letters, are none."""
    assert worth(pieces_of(stanzas(4, 50), []), pieces_of(stanzas(4, 320), []), 10.0) > 0
    open_ones = [
        [evolve(each, text=each.text.lower()) if n % 4 == 1 else each for n, each in enumerate(stanzas(4, place))]
        for place in (50, 320)
    ]
    assert worth(pieces_of(open_ones[0], []), pieces_of(open_ones[1], []), 10.0) > 0
    left, right = (stanzas(4, place, capital=False) for place in (50, 320))
    assert worth(pieces_of(left, []), pieces_of(right, []), 10.0) == 0


def test_what_a_dish_needs_beside_how_it_is_made_is_a_column() -> None:
    needed = ["349 ml of walnuts", "182 tbsp cream", "554 g of lemon", "2 onions", "90 g of pear", "677 g of sage"] * 2
    made = ["How it is made", *TEXT[:2], "in the end."] * 3
    left, right = pieces_of(column(needed, 50, 100, pitch=13.0), []), column(made, 220, 104, pitch=16.0)
    assert told(left, pieces_of(right, []))
    assert not told(left, pieces_of(column(made, 220, 100, pitch=13.0), []))


def test_prices_level_with_their_names_are_no_column_though_text_stands_right_of_them() -> None:
    names = column(["Bread", "White bread", "Milk of the day", "Honey"], 50, 110, pitch=17.0)
    prices = column([f"{number}.90" for number in range(4)], 200, 110, pitch=17.0)
    whom = column(["Whom to ask", "Ada of the mill", "Mill lane", "Old town", "Ask before nine", "or at noon"], 50, 190)
    text = column(["Of the harbour", *TEXT[:2], "in the end."] * 4, 330, 103, pitch=13.0)
    assert not told(pieces_of([*names, *whom], []), pieces_of([*prices, *text], []))
    assert told(pieces_of([*names, *prices, *whom], []), pieces_of(text, []))


def test_contents_in_two_columns_with_the_numbers_of_their_pages_are_no_names_with_amounts() -> None:
    def contents(first: int, left: float) -> list[Piece]:
        rows = range(first, first + 6)
        numbers = column([str(row) for row in rows], left, 100, pitch=24.0)
        names = column(["What a chapter says of", "all of it"] * 6, left + 20, 100)
        return pieces_of([*numbers, *names, *column([str(row + 9) for row in rows], left + 150, 112, pitch=24.0)], [])

    left, right = contents(1, 50), contents(7, 250)
    assert not _amounts_of(right, left, 10.0)
    names = [piece for piece in left if piece.right < 195]
    assert _amounts_of([piece for piece in left if piece not in names], names, 10.0)
