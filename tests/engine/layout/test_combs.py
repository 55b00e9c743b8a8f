"""Letters in boxes of their own, as forms have them, are one value; letters in other boxes stay what they are."""

from __future__ import annotations

from ocr_async.engine import layout
from ocr_async.engine.layout.tables.drawn.combs import with_combs
from ocr_async.engine.page import Line, Ruling

from .sheets import frame, level, line, sheet, upright


def comb(text: str, left: float, top: float, *, wide: float = 16.0, gap: float = 0.0) -> list[Line]:
    """The letters of *text*, each in the middle of its box."""
    step = wide + gap
    return [line(sign, left + step * place + 5, top) for place, sign in enumerate(text) if sign != " "]


def sides(left: float, top: float, *, boxes: int, wide: float = 16.0) -> list[Ruling]:
    """The strokes of touching boxes."""
    inner = [upright(left + wide * place, top, top + 16) for place in range(1, boxes)]
    return [*frame(left, top, left + wide * boxes, top + 16), *inner]


def texts(lines: list[Line], rulings: list[Ruling]) -> list[str]:
    return [region.text or region.type for region in layout.read(sheet(lines, rulings=tuple(rulings)))]


def test_letters_in_boxes_are_one_value_and_an_empty_box_a_space() -> None:
    lines = [line("Registration", 50, 100), *comb("DB89 SLL", 116, 100)]
    assert texts(lines, sides(116, 97, boxes=12)) == ["Registration DB89 SLL"]


def test_boxes_apart_from_each_other_are_one_comb() -> None:
    lines = [line("Policy", 50, 100), *comb("PX3124", 86, 100, gap=3)]
    rulings = [ruling for place in range(8) for ruling in frame(86 + 19 * place, 97, 102 + 19 * place, 113)]
    assert texts(lines, rulings) == ["Policy PX3124"]


def test_groups_of_boxes_for_a_date_keep_what_is_printed_between_them() -> None:
    lines = [line("Born", 50, 100)]
    rulings: list[Ruling] = []
    for left, text, boxes in ((80, "03", 2), (122, "17", 2), (164, "1958", 4)):
        lines += comb(text, left, 100)
        rulings += sides(left, 97, boxes=boxes)
    lines += [line("/", 114, 100), line("/", 156, 100)]
    assert texts(lines, rulings) == ["Born 03/17/1958"]


def test_a_comb_without_letters_is_a_place_to_write() -> None:
    rulings = sides(116, 97, boxes=10) + sides(116, 119, boxes=10)
    assert texts([line("Registration", 50, 100), line("Occupation", 60, 122)], rulings) == [
        "Registration",
        "Occupation",
    ]


def test_a_scale_in_boxes_is_no_value() -> None:
    lines = [line("Rating", 50, 100), *comb("12345", 86, 100)]
    assert "12345" not in " ".join(texts(lines, sides(86, 97, boxes=5)))


def test_letters_in_the_cells_of_a_table_stay_in_them() -> None:
    lines = [each for row in range(3) for each in comb("BDFHK", 86, 100 + 16 * row, wide=24)]
    rulings = [
        *(upright(86 + 24 * place, 97, 145) for place in range(6)),
        *(level(86, 206, 97 + 16 * row) for row in range(4)),
    ]
    assert with_combs(lines, rulings, 10.0) == (lines, rulings)
