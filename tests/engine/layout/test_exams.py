"""Exams: answers side by side that take several lines, and what each question is worth at the edge of its column."""

from __future__ import annotations

from ocr_async.engine.layout.columns.blocks import ordered
from ocr_async.engine.layout.lone_marks import attached
from ocr_async.engine.page import Line

from .sheets import cells, line


def answers(signs: str = "abcd", top: float = 112.0) -> list[Line]:
    """Answers two by two, the first and the last of which go on in a second line."""
    one, two, three, four = list(signs)
    table = [
        [f"{one}) the harbour and", f"{two}) the river"],
        ["all its ships", ""],
        [f"{three}) the school", f"{four}) the bridge that"],
        ["", "was built of oak"],
    ]
    return cells(table, [60, 165], top, pitch=12)


def read(lines: list[Line]) -> list[str]:
    return [" ".join(each.text for each in group) for group in ordered(lines, 10.0)]


def test_an_answer_is_read_to_its_end_before_the_next_one() -> None:
    told = ["a) the harbour and all its ships", "b) the river", "c) the school", "d) the bridge that was built of oak"]
    question = line("1. Which of these do you see from the hill?", 50, 100)
    following = line("2. Who has built it, and of which timber?", 50, 166)
    assert read([question, *answers(), following]) == [question.text, *told, following.text]


def test_answers_with_full_width_points_are_read_row_by_row() -> None:
    table = [["A．山坡上的桃花", "B．河边的小路"], ["C．城市的夜晚", "D．村口的老槐树"]]
    lines = cells(table, [60, 265], 112, pitch=12)
    assert read([line("1．下列哪一项是正确的？", 50, 100), *lines]) == ["1．下列哪一项是正确的？", *table[0], *table[1]]


def test_what_a_question_is_worth_stands_at_its_end() -> None:
    lines = [
        line("1. Which of these do you see", 50, 100),
        line("[3]", 260, 100),
        line("from the hill by the river?", 62, 112),
        line("2. Who has built it?", 50, 130),
        line("[12]", 255, 130),
    ]
    assert [each.text for each in attached(lines, 10.0)] == [
        "1. Which of these do you see",
        "from the hill by the river? [3]",
        "2. Who has built it? [12]",
    ]


def test_a_lone_number_in_brackets_keeps_its_place() -> None:
    lines = [line("1. Which of these do you see?", 50, 100), line("[3]", 260, 100)]
    assert attached(lines, 10.0) == lines
