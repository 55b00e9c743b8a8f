from __future__ import annotations

from ocr_async.engine.check_boxes import CheckBox, with_check_boxes
from ocr_async.engine.page import Box, Line
from ocr_async.engine.pdf.paths.check_boxes import Drawn, check_boxes

from ...layout.sheets import line


BLACK, WHITE, BLUE = 0xFF000000, 0xFFFFFFFF, 0xFF0075FF
SQUARE = Box(200, 92, 210, 102)


def sides(box: Box) -> list[tuple[float, float, float, float, float]]:
    return [(box.left, y, box.right, y, 0.6) for y in (box.top, box.bottom)]


def test_an_empty_square_is_an_empty_box() -> None:
    assert check_boxes([Drawn(SQUARE, stroke=BLACK)], sides(SQUARE)) == [CheckBox(SQUARE, False)]


def test_strokes_across_a_square_tick_it() -> None:
    cross = Drawn(Box(199.5, 91.5, 210.5, 102.5), stroke=BLACK)
    assert check_boxes([Drawn(SQUARE, stroke=BLACK), cross, cross], sides(SQUARE)) == [CheckBox(SQUARE, True)]


def test_a_black_square_within_ticks_it() -> None:
    within = Drawn(Box(202, 94, 208, 100), fill=BLACK)
    assert check_boxes([Drawn(SQUARE, stroke=BLACK), within], sides(SQUARE)) == [CheckBox(SQUARE, True)]


def test_a_white_tick_on_a_coloured_ground_is_ticked() -> None:
    assert check_boxes([Drawn(SQUARE, fill=BLUE), Drawn(SQUARE, stroke=WHITE)], []) == [CheckBox(SQUARE, True)]


def test_a_legends_sample_and_fields_for_letters_are_no_boxes() -> None:
    assert check_boxes([Drawn(SQUARE, stroke=BLACK, fill=BLUE)], sides(SQUARE)) == []
    row = [Box(200 + 10 * n, 92, 210 + 10 * n, 102) for n in range(4)]
    assert check_boxes([Drawn(box, stroke=BLACK) for box in row], [side for box in row for side in sides(box)]) == []


def test_a_box_goes_before_the_text_beside_it_and_alone_far_from_it() -> None:
    yes, name = line("Yes", 214, 92), line("Reported", 60, 92)
    assert [each.text for each in with_check_boxes([name, yes], [CheckBox(SQUARE, True)])] == ["Reported", "☒ Yes"]
    assert [each.text for each in with_check_boxes([name], [CheckBox(SQUARE, False)])] == ["Reported", "☐"]


def test_a_box_between_words_stands_between_them() -> None:
    both = line("Yes   No", 180, 92)
    (found,) = with_check_boxes([both], [CheckBox(Box(198, 92, 208, 102), False)])
    assert found.text == "Yes ☐ No"


def row(*texts: tuple[str, float]) -> list[Line]:
    return [line(text, left, 92) for text, left in texts]


def squares(*lefts: float) -> list[CheckBox]:
    return [CheckBox(Box(left, 92, left + 10, 102), False) for left in lefts]


def test_boxes_go_behind_their_texts_where_the_last_one_does() -> None:
    asked = row(("1. Is it far?", 50), ("T", 200), ("F", 224))
    assert [each.text for each in with_check_boxes(asked, squares(209, 233))] == ["1. Is it far?", "T ☐", "F ☐"]
    (agreed,) = with_check_boxes(row(("I agree", 50)), squares(90))
    assert agreed.text == "I agree ☐"
    assert [word.text for word in agreed.words] == ["I", "agree", "☐"]


def test_boxes_go_before_their_texts_where_the_last_one_does() -> None:
    answers = row(("Yes", 214), ("No", 243))
    assert [each.text for each in with_check_boxes(answers, squares(200, 231))] == ["☐ Yes", "☐ No"]


def test_a_cross_that_is_written_into_a_box_ticks_it() -> None:
    """Alone, or among the words beside the box."""
    lines = [
        line("I agree", 100, 92),
        line("✕", 202, 92),
        line("Friends ✕ Internet", 160, 112),
        line("x is 3", 100, 132),
    ]
    boxes = [CheckBox(Box(200, top, 210, top + 10), False) for top in (92, 112, 132)]
    assert sorted(each.text for each in with_check_boxes(lines, boxes)) == [
        "Friends ☒ Internet",
        "I agree",
        "x is 3",
        "☐",
        "☒",
    ]


def test_boxes_of_lines_that_follow_closely_are_boxes() -> None:
    """Each as high as its line."""
    column = [Box(200, 92 + 10.2 * row, 210, 102 + 10.2 * row) for row in range(3)]
    drawn = [Drawn(box, stroke=BLACK) for box in column]
    assert [each.box for each in check_boxes(drawn, [side for box in column for side in sides(box)])] == column
