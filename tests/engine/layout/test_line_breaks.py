from __future__ import annotations

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.line_breaks import kept
from ocr_async.engine.markdown import write

from .sheets import SENTENCE, line, sheet


def said(*texts: str) -> str:
    return kept([line(text, 50, 100 + 12 * index) for index, text in enumerate(texts)], 50 + 5 * len(SENTENCE))


@pytest.mark.parametrize(
    "texts",
    [
        ("Passenger: Eva Lind", "Ticket number: 117 2345"),
        ("姓名：王小明", "电话：028-8551 2036", "地址：成都市青羊区宽窄巷子十二号"),
        ("412.35", "598.85", "86.45", "436.45"),
        ("Ms Ada Bell", "The Old Mill House", "12 Harbour Street", "Port Ellen"),
        ("Two pounds of flour", "Salt", "Six eggs, beaten", "Butter, as much as an egg", "Milk"),
        ("The sun is down,", "The moon is up, and all the lights of town are seen;", "No wind is heard,", "Nor bird."),
        ("3.1. Overview", "3.2. What the messages of the program mean", "3.3. Options", "4. A second tool"),
        (
            "backups, 88–91, 204",
            "daily, as a rule, where there is room for more of them, 89",
            "bells, see chimes",
            "boats, 7",
        ),
        ("שורה אחת", "שורה שנייה ארוכה יותר מן הראשונה", "סוף", "ועוד"),
    ],
)
def test_lines_that_end_early_end_there(texts: tuple[str, ...]) -> None:
    assert said(*texts) == "\n".join(texts)


@pytest.mark.parametrize(
    "texts",
    [
        (SENTENCE, SENTENCE, SENTENCE[:19]),
        ("and then it went", "on to the house by the long and dusty road that", "leads there, and", "stopped."),
        ("The rule: what comes first", "stays, and so it goes: first"),
        ("First line", "Second line that is longer"),
        ("1. One", "Two words here", "Three of them and more"),
    ],
)
def test_lines_of_running_text_go_on(texts: tuple[str, ...]) -> None:
    assert said(*texts) == " ".join(texts)


def test_an_address_is_one_block_whose_lines_are_seen() -> None:
    address = ("Ms Ada Bell", "The Old Mill House", "12 Harbour Street", "Port Ellen")
    lines = [line(text, 50, 100 + 12 * index) for index, text in enumerate(address)]
    (region,) = layout.read(sheet([*lines, *[line(SENTENCE, 50, 200 + 12 * index) for index in range(6)]]))[:1]
    assert write([region]).text == "  \n".join(address)


def test_headlines_whose_words_no_spaces_part_stay_on_their_lines() -> None:
    texts = ("春分の農村", "特別クラスが始まる", "週間時事用語と文化財の展示", "三星堆の展示")
    assert kept([line(text, 50, 100 + 30 * index, size=20) for index, text in enumerate(texts)]) == "\n".join(texts)


def test_a_text_without_spaces_reads_on() -> None:
    texts = ("春分の農村の学校で伝統", "演劇の特別クラスが始ま", "る。文化財の展示が大阪", "で始まった")
    assert kept([line(text, 50, 100 + 30 * index, size=20) for index, text in enumerate(texts)]) == "".join(texts)


def test_words_set_further_apart_than_lines_of_a_text_are_the_entries_of_a_menu() -> None:
    texts = ("System", "Bluetooth", "Privacy options", "Updates")
    apart, close = ([line(text, 50, 100 + step * index) for index, text in enumerate(texts)] for step in (20, 12))
    assert [kept(apart), kept(close)] == ["\n".join(texts), " ".join(texts)]
