from __future__ import annotations

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.lists import attached, items_of, marker

from .sheets import SENTENCE, column, line, sheet


def texts(*lines: tuple[str, float]) -> list[str]:
    """The texts after their bullets were joined; each line is given with its left edge, the first runs full width."""
    page = [line(SENTENCE, 50, 100), *(line(text, left, 130 + 12 * row) for row, (text, left) in enumerate(lines))]
    return [each.text for each in attached(page, 10.0)][1:]


def test_a_bullet_that_was_overlooked_is_put_back() -> None:
    assert texts(("• one thing", 50), ("another thing", 50), ("• a third", 50)) == [
        "• one thing",
        "• another thing",
        "• a third",
    ]


def test_a_bullet_that_was_in_the_box_of_its_line_and_not_read_is_put_back() -> None:
    found = texts(("• One thing.", 50), ("Another thing.", 60), ("• A third.", 50))
    assert found == ["• One thing.", "• Another thing.", "• A third."]


def test_a_line_that_goes_on_with_the_item_above_gets_no_bullet() -> None:
    full = f"• {SENTENCE}"[: len(SENTENCE)]
    assert texts((full, 50), ("and so on", 50), ("• a third", 50))[1] == "and so on"


def test_a_line_set_in_or_at_the_end_of_the_list_gets_no_bullet() -> None:
    assert texts(("• one thing", 50), ("its second line", 60), ("• a third", 50))[1] == "its second line"
    assert texts(("• one thing", 50), ("• another", 50), ("A paragraph", 50))[2] == "A paragraph"


def nested(*items: tuple[str, float, float]) -> list[tuple[int, str]]:
    """The levels and markers of items, each given with its left edge and its top."""
    found = items_of([[line(f"{mark} words", left, top)] for mark, left, top in items], 10.0)
    return [(item.level, item.marker) for item in found]


def test_answers_side_by_side_are_on_one_level_and_in_their_order() -> None:
    asked = [
        ("1.", 50.0, 100.0),
        ("(A)", 64.0, 112.0),
        ("(C)", 64.0, 124.0),
        ("(B)", 160.0, 112.0),
        ("(D)", 160.0, 124.0),
    ]
    assert nested(*asked, ("2.", 50, 140)) == [(0, "1."), (1, "(A)"), (1, "(B)"), (1, "(C)"), (1, "(D)"), (0, "2.")]


def test_a_list_goes_on_in_the_next_column_on_its_level() -> None:
    first = [("1.", 50.0, 700.0), ("a)", 64.0, 712.0), ("b)", 64.0, 724.0)]
    assert nested(*first, ("2.", 320, 100), ("a)", 334, 112)) == [(0, "1."), (1, "a)"), (1, "b)"), (0, "2."), (1, "a)")]


def test_a_letter_may_be_a_roman_number() -> None:
    romans = [("1)", 50.0, 88.0), ("i)", 64.0, 100.0), ("ii)", 64.0, 112.0), ("iii)", 150.0, 112.0)]
    assert nested(*romans) == [(0, "1)"), (1, "i)"), (1, "ii)"), (1, "iii)")]


def test_numbers_that_are_not_all_there_stay_where_they_stand() -> None:
    assert nested(("3.", 50, 100), ("1.", 50, 112), ("2.", 50, 124)) == [(0, "1."), (0, "2."), (0, "3.")]
    assert nested(("4.", 50, 100), ("2.", 50, 112), ("9.", 50, 124)) == [(0, "4."), (0, "2."), (0, "9.")]


def test_a_dash_beside_a_number_is_an_empty_cell_and_beside_words_an_item() -> None:
    dash = line("-", 50, 100)
    number, words = line("(290,114,005)", 80, 100), line("the harbour office", 80, 100)
    assert [each.text for each in attached([dash, number], 10.0)] == ["-", "(290,114,005)"]
    assert [each.text for each in attached([dash, words], 10.0)] == ["- the harbour office"]


@pytest.mark.parametrize("mark", ["→", "➔", "◆", "★", "»", "·", "▶", "☞", "✔", "✗", "①"])
def test_signs_of_any_kind_mark_the_items_of_a_list(mark: str) -> None:
    texts = ["Stone for the walls", "Timber for the bridge", "Gravel for the road"]
    page = sheet([*column([SENTENCE] * 4, 50, 100), *column([f"{mark} {text}" for text in texts], 60, 160)])
    (found,) = (region for region in layout.read(page) if region.type == "list")
    assert [(item.marker, item.text) for item in found.items] == [(mark, text) for text in texts]


def test_a_number_in_brackets_may_touch_its_item() -> None:
    assert marker("(iii)Timber for the bridge") == "(iii)"
    assert marker("(c)2024 Harbour Board") is None
