from __future__ import annotations

import numpy as np

from ocr_async.engine.page import Box, Line, Ruling, Word
from ocr_async.engine.scan.edges import fitted


TOP, TALL = 20, 40


def fit(inked: list[tuple[int, int]], words: list[tuple[str, int, int]], box: tuple[int, int], *rulings: int) -> Line:
    """Fit the line *box* of *words*, each between two x, to a page with ink at *inked* and upright *rulings*."""
    dark = np.zeros((80, 400), np.uint8)
    for left, right in inked:
        dark[TOP + 5 : TOP + TALL - 5, left:right] = 255
    drawn = [Ruling(Box(x, 0, x + 2, 80)) for x in rulings]
    for ruling in drawn:
        dark[:, int(ruling.box.left) : int(ruling.box.right)] = 255
    said = tuple(Word(text, Box(left, TOP, right, TOP + TALL)) for text, left, right in words)
    line = Line(" ".join(text for text, _, _ in words), Box(box[0], TOP, box[1], TOP + TALL), words=said)
    return fitted(dark, [line], drawn)[0]


def ends(line: Line) -> tuple[float, float]:
    return line.box.left, line.box.right


def words(line: Line) -> list[tuple[str, float, float]]:
    return [(word.text, word.box.left, word.box.right) for word in line.words]


def test_a_line_ends_at_its_ink() -> None:
    line = fit([(50, 100), (104, 160)], [("one", 42, 167)], (42, 167))
    assert ends(line) == (50, 160)
    assert words(line) == [("one", 50, 160)]


def test_ink_that_a_threshold_lost_is_not_cut_off() -> None:
    assert ends(fit([(150, 160)], [("some", 40, 200)], (40, 200))) == (40 + 0.3 * TALL, 200 - 0.3 * TALL)


def test_a_dark_ground_and_a_blank_one_leave_the_line_as_it_is() -> None:
    assert ends(fit([(0, 400)], [("one", 42, 167)], (42, 167))) == (42, 167)
    assert ends(fit([], [("one", 42, 167)], (42, 167))) == (42, 167)


def test_the_first_letter_of_the_next_column_does_not_belong_to_the_line() -> None:
    line = fit([(50, 200), (225, 240)], [("one", 45, 120), ("two", 130, 205)], (45, 242))
    assert ends(line) == (50, 200)


def test_the_last_letter_of_the_column_before_does_not_belong_to_the_line() -> None:
    line = fit([(50, 62), (85, 240)], [("one", 80, 150), ("two", 160, 240)], (48, 245))
    assert ends(line) == (85, 240)


def test_words_part_where_no_ink_is() -> None:
    line = fit([(50, 110), (112, 150), (175, 260)], [("one", 50, 140), ("two", 155, 260)], (50, 260))
    assert words(line) == [("one", 50, 150), ("two", 175, 260)]


def test_a_rule_between_columns_is_no_letter() -> None:
    line = fit([(50, 150), (180, 260)], [("one", 50, 155), ("|two", 160, 262)], (45, 265), 165)
    assert line.text == "one two"
    assert words(line) == [("one", 50, 150), ("two", 180, 260)]


def test_a_bar_that_no_rule_explains_stays() -> None:
    assert fit([(50, 150), (180, 260)], [("one", 50, 155), ("|two", 175, 262)], (45, 265)).text == "one |two"


def test_a_letter_between_two_words_keeps_both_its_gaps() -> None:
    said = [("keeps", 50, 108), ("a", 112, 128), ("record", 136, 200)]
    line = fit([(50, 110), (120, 132), (140, 200)], said, (50, 200))
    assert words(line) == [("keeps", 50, 110), ("a", 120, 132), ("record", 140, 200)]


def test_a_letter_between_two_words_keeps_its_place_though_it_was_told_beside_it() -> None:
    """The gap behind it is nearer to where the first one was told, and wider."""
    inked = [(40, 70), (73, 100), (107, 120), (130, 150), (153, 200)]
    line = fit(inked, [("keeps", 40, 112), ("a", 118, 127), ("record", 136, 200)], (40, 200))
    assert words(line) == [("keeps", 40, 100), ("a", 107, 120), ("record", 130, 200)]
