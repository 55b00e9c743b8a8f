"""Narrow justified columns, whose words a parser joins across the gutter and tears apart within a line."""

from __future__ import annotations

from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.columns.narrow import regrouped
from ocr_async.engine.layout.measure import cut
from ocr_async.engine.page import Box, Line, Word

from .sheets import cells, line, sheet


LEFT = [
    "Measure people in winter",
    "and account for the larch",
    "that stood in the school",
    "by the river and market",
    "over a valley of engines",
    "which nobody had counted",
    "until the season went on",
    "and the copper was sold",
    "for less than the report",
    "had told us in the spring",
    "when we began to read it",
    "and did not see its end",
]
RIGHT = [
    "Nobody in the office knew",
    "how the harbour was made",
    "or of which stones it is",
    "for all who built it are",
    "gone from this region by",
    "now and their words with",
    "them as the rain came in",
    "from the west that night",
    "and took the lower roads",
    "which led into the woods",
    "where the timber had lain",
    "since an earlier winter",
]


def justified(text: str, left: float, top: float, width: float = 130.0) -> Line:
    """One line of *text* whose words fill *width*, equally far apart."""
    words = text.split(" ")
    gap = (width - 5.0 * sum(map(len, words))) / (len(words) - 1)
    placed: list[Word] = []
    x = left
    for word in words:
        placed.extend(line(word, x, top).words)
        x += 5.0 * len(word) + gap
    whole = line(text, left, top)
    return evolve(whole, words=tuple(placed), box=Box(left, top, left + width, top + 10))


def rows() -> list[tuple[Line, Line]]:
    return [
        (justified(one, 50, 100 + 12 * number), justified(other, 190, 100 + 12 * number))
        for number, (one, other) in enumerate(zip(LEFT, RIGHT, strict=True))
    ]


def as_parsed() -> list[Line]:
    """The lines of two columns: some whole, some torn into words, and some joined with the first word beside them."""
    out: list[Line] = []
    for number, (left, right) in enumerate(rows()):
        if number % 3 == 0:
            out += [left, right]
        elif number % 3 == 1:
            out += [cut(each, [word]) for each in (left, right) for word in each.words]
        else:
            joined = evolve(left, words=(*left.words, right.words[0]))
            out += [cut(joined, joined.words), cut(right, right.words[1:])]
    return out


def test_lines_are_those_of_their_columns_whatever_the_parser_made_of_them() -> None:
    inside, others = regrouped(as_parsed())
    assert others == []
    assert sorted(each.text for each in inside) == sorted(LEFT + RIGHT)


def test_such_columns_are_read_one_after_the_other_and_are_no_table() -> None:
    regions = layout.read(sheet(as_parsed()))
    assert [region.type for region in regions] == ["text", "text"]
    assert [region.text for region in regions] == [" ".join(LEFT), " ".join(RIGHT)]


def test_cells_of_a_table_are_left_as_they_are() -> None:
    table = cells([["plum", "12", "24.00", "yes"]] * 8, [50, 100, 130, 175], 100)
    assert regrouped(table) == ([], table)
    phrases = cells([["of the", "in a", "on the", "to a"]] * 8, [50, 100, 130, 175], 100)
    assert regrouped(phrases) == ([], phrases)


def test_a_line_across_both_columns_stays_whole() -> None:
    title = line("A title that stands over both of the columns", 60, 84)
    inside, others = regrouped([title, *as_parsed()])
    assert others == [title]
    assert len(inside) == len(LEFT + RIGHT)


def test_a_word_that_the_parser_took_from_a_line_half_a_line_higher_goes_back() -> None:
    """The right column stands four pixels higher, and the first words of it were joined with the left lines."""
    out: list[Line] = []
    raised: list[Line] = []
    for number, (left, right) in enumerate(rows()):
        words = tuple(
            evolve(word, box=Box(word.box.left, word.box.top - 4, word.box.right, word.box.bottom - 4))
            for word in right.words
        )
        higher = cut(evolve(right, words=words), words)
        raised.append(higher)
        if number % 3 == 2:
            box = Box(left.box.left, higher.box.top, words[0].box.right, left.box.bottom)
            texts = f"{left.text} {words[0].text}"
            out += [evolve(left, text=texts, box=box, words=(*left.words, words[0])), cut(higher, words[1:])]
        else:
            out += [cut(each, [word]) for each in (left, higher) for word in each.words]
    inside, others = regrouped(out)
    assert others == []
    assert sorted(each.text for each in inside) == sorted(LEFT + RIGHT)


def test_a_letter_that_begins_left_of_its_column_is_in_it() -> None:
    out = as_parsed()
    first = next(index for index, each in enumerate(out) if each.text == "over")
    hanging = out[first]
    box = Box(hanging.box.left - 1.4, hanging.box.top, hanging.box.right, hanging.box.bottom)
    out[first] = evolve(hanging, box=box, words=(evolve(hanging.words[0], box=box),))
    inside, others = regrouped(out)
    assert others == []
    assert sorted(each.text for each in inside) == sorted(LEFT + RIGHT)
