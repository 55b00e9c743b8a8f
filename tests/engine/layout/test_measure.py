from __future__ import annotations

import random

from ocr_async.engine.layout.measure import cut, digits_in, rows
from ocr_async.engine.layout.tables.fields import numeric
from ocr_async.engine.page import Box, Line, Word


def simply(lines: list[Line]) -> list[list[Line]]:
    """What `rows` gives, found by comparing each line with the last three rows."""
    out: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.centre):
        box = line.box
        for row in out[: -4 if len(out) > 3 else None : -1]:
            near = max((other.box for other in row), key=box.across)
            high, wide = min(box.height, near.height), min(box.width, near.width)
            if box.down(near) > 0.5 * high and box.across(near) <= 0.3 * wide:
                row.append(line)
                break
        else:
            out.append([line])
    return [sorted(row, key=lambda line: line.box.left) for row in out]


def test_rows_are_those_of_comparing_every_line_with_the_rows_above_it() -> None:
    chance = random.Random(7)
    for _ in range(400):
        lines = []
        for number in range(chance.randint(1, 30)):
            left, top = chance.uniform(0, 300), chance.uniform(0, 200)
            box = Box(left, top, left + chance.uniform(5, 200), top + chance.choice((8, 10, 30)))
            lines.append(Line(str(number), box))
        assert rows(lines) == simply(lines)


def test_a_part_of_a_line_stands_where_its_words_do() -> None:
    high, low = Word("Juniper", Box(10, 100, 50, 110)), Word("paper", Box(60, 94, 90, 104))
    both = Line("Juniper paper", Box(10, 94, 90, 110), words=(high, low), font="Times")
    assert [cut(both, [word]).box for word in (high, low)] == [high.box, low.box]


def test_digits_and_amounts_are_told_as_by_a_look_at_each_character() -> None:
    chance = random.Random(5)
    told = set()
    for _ in range(3000):
        text = "".join(chance.choices("0159 .,%$()-+aZ", k=chance.randint(1, 9))) + chance.choice(
            ("", "", "²", "€", "é")
        )
        assert digits_in(text) == sum(map(str.isdigit, text)), text
        marks = sum(1 for letter in text if letter.isdigit() or letter in "%$€£.,()-−–+")
        assert numeric(text) == (marks * 2 > len(text.replace(" ", ""))), text
        told.add((numeric(text), text.isascii()))
    assert len(told) == 4
