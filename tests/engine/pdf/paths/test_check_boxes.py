from __future__ import annotations

from collections.abc import Sequence

import pytest
from attrs import evolve

from ocr_async.engine.check_boxes import CheckBox, frames_text, with_check_boxes
from ocr_async.engine.page import Box, Line
from ocr_async.engine.pdf.paths.check_boxes import Drawn, check_boxes

from ...layout.sheets import line


BLACK, WHITE, BLUE = 0xFF000000, 0xFFFFFFFF, 0xFF0075FF
SQUARE = Box(200, 92, 210, 102)


def sides(box: Box, wide: float = 0.6) -> list[tuple[float, float, float, float, float]]:
    return [(box.left, y, box.right, y, wide) for y in (box.top, box.bottom)]


def strokes(box: Box) -> list[Drawn]:
    level = [Box(box.left, y - 0.5, box.right, y + 0.5) for y in (box.top, box.bottom)]
    upright = [Box(x - 0.5, box.top, x + 0.5, box.bottom) for x in (box.left, box.right)]
    return [Drawn(each, stroke=BLACK) for each in (*level, *upright)]


def test_an_empty_square_is_an_empty_box() -> None:
    assert check_boxes([Drawn(SQUARE, stroke=BLACK)], sides(SQUARE)) == [CheckBox(SQUARE, False)]


@pytest.mark.parametrize("wide", [0.3, 1.0, 1.5])
def test_a_square_is_told_by_its_sides_however_wide_they_are(wide: float) -> None:
    """A shape ends where its stroke does, of which a parser tells too much."""
    outside = Box(SQUARE.left - wide, SQUARE.top - wide, SQUARE.right + wide, SQUARE.bottom + wide)
    assert check_boxes([Drawn(outside, stroke=BLACK)], sides(SQUARE, wide)) == [CheckBox(outside, False)]


def states(drawn: Sequence[Drawn]) -> list[tuple[int, bool]]:
    """How far down the boxes stand, and which are ticked."""
    beside = [Box(214, top, 260, top + 12) for top in range(90, 130, 10)]
    return [(round(each.box.centre), each.ticked) for each in check_boxes(drawn, [], beside)]


def test_four_strokes_are_a_box_and_a_cross_is_none() -> None:
    below, cross = evolve(SQUARE, top=112, bottom=122), Drawn(Box(199.5, 91.5, 210.5, 102.5), stroke=BLACK)
    assert states([*strokes(SQUARE), cross, cross, *strokes(below)]) == [(97, True), (117, False)]
    assert states(strokes(SQUARE)[:3]) == []
    assert states(strokes(Box(400, 92, 410, 102))) == []  # a proof ends there
    assert states([*strokes(Box(400, 92, 410, 102)), *strokes(Box(440, 92, 450, 102))]) == [(97, False), (97, False)]
    cells = {each.box: each for row in range(3) for each in strokes(Box(200, 92 + 10 * row, 210, 102 + 10 * row))}
    assert states(list(cells.values())) == []  # of a table


@pytest.mark.parametrize("frame", [strokes(SQUARE), [Drawn(SQUARE, stroke=BLACK)]])
def test_whatever_is_drawn_within_ticks_a_box(frame: list[Drawn]) -> None:
    """A tick is two strokes, or one curve, and neither square nor in the middle."""
    tick = [Drawn(Box(202, 96, 204, 100), stroke=BLACK), Drawn(Box(204, 91, 211, 100), stroke=BLACK)]
    for drawn in (tick, tick[1:], [Drawn(Box(201, 93, 208, 98), stroke=BLACK, round=True)]):
        assert [each.ticked for each in check_boxes([*frame, *drawn], sides(SQUARE), [SQUARE])] == [True]
    pale = Drawn(Box(202, 94, 208, 100), fill=WHITE)
    assert [each.ticked for each in check_boxes([*frame, pale], sides(SQUARE), [SQUARE])] == [False]


def test_rings_of_which_one_is_filled_are_boxes_and_all_alike_are_bullets() -> None:
    rings = [Drawn(Box(200, top, 210, top + 10), stroke=BLACK, round=True) for top in (92, 112)]
    disc = Drawn(Box(202, 114, 208, 120), fill=BLUE, round=True)
    ground = Drawn(Box(201, 113, 209, 121), fill=WHITE, round=True)
    assert check_boxes(rings, []) == []
    assert check_boxes([*rings, ground, disc], []) == [CheckBox(rings[0].box, False), CheckBox(rings[1].box, True)]
    assert check_boxes([rings[1], ground, disc], []) == []


def test_a_number_in_a_frame_is_no_box_to_tick() -> None:
    assert frames_text(SQUARE, [line("7", 202, 92)])
    assert not frames_text(SQUARE, [line("x", 202, 92), line("7", 214, 92)])


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


def test_a_box_of_a_form_stands_for_signs_below_it_and_is_kept_wherever_it_stands() -> None:
    lines = [line("☐", 201, 92), line("Yes", 214, 92), line("✓", 201, 112), line("No", 214, 112)]
    states = (92, True), (112, False), (192, True)
    fields = [CheckBox(Box(200, top, 210, top + 10), ticked, sure=True) for top, ticked in states]
    assert [each.text for each in with_check_boxes(lines, fields)] == ["☒ Yes", "☐ No", "☒"]
    assert with_check_boxes([], [CheckBox(SQUARE, True)]) == ()


def test_boxes_of_lines_that_follow_closely_are_boxes() -> None:
    """Each as high as its line."""
    column = [Box(200, 92 + 10.2 * row, 210, 102 + 10.2 * row) for row in range(3)]
    drawn = [Drawn(box, stroke=BLACK) for box in column]
    assert [each.box for each in check_boxes(drawn, [side for box in column for side in sides(box)])] == column
