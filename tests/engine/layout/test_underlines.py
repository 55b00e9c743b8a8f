"""Underlined words: their strokes are no rules of a table."""

from __future__ import annotations

from ocr_async.engine import layout
from ocr_async.engine.layout.headings import without_underlines
from tests.engine.layout.sheets import cells, column, level, line, sheet


SENTENCE = "the members agreed to ask for three more offers before June"
NAMES = ["Apologies for absence", "Matters arising", "Correspondence", "Any other business"]


def test_underlined_headings_with_numbers_that_hang_are_no_table() -> None:
    lines, rules = [], []
    for number, name in enumerate(NAMES):
        top = 100 + 60 * number
        head = [line(f"{number + 1}.", 50, top), line(name, 80, top)]
        rules.append(level(50, head[1].box.right, top + 11))
        lines += [*head, *column([f"The chair said that {SENTENCE}", f"and {SENTENCE}."], 80, top + 18)]
    regions = layout.read(sheet(lines, rulings=rules))
    assert not [region for region in regions if region.type == "table"]
    said = " ".join(region.text or " ".join(item.text for item in region.items) for region in regions)
    assert [said.index(name) for name in NAMES] == sorted(said.index(name) for name in NAMES)


def test_an_underline_ends_with_its_words_and_touches_them() -> None:
    words = [line("one", 50, 100), line("two and three", 80, 100)]
    right = words[1].box.right
    assert without_underlines([level(50, right, 110.5)], words) == ()
    assert without_underlines([level(80, 95, 110.5)], words) == ()  # of one word
    for rule in (level(50, right + 20, 110.5), level(50, right, 114), level(30, right, 110.5), level(200, 300, 110.5)):
        assert without_underlines([rule], words) == (rule,)


def test_a_rule_that_ends_with_the_first_and_the_last_cell_of_a_row_is_no_underline() -> None:
    """As of a spreadsheet whose columns are as narrow as what is in them."""
    row = cells([["Repairs", "Rosa", "7,781"]], [50, 150, 220], 100)
    rule = level(50, 245, 110.5)
    assert without_underlines([rule], row) == (rule,)


def test_rules_below_the_rows_of_a_table_stay_though_they_end_with_its_words() -> None:
    table = cells([["Quay", "120"], ["Pier", "180"], ["Dock", "240"]], [50, 200], 100)
    rules = [level(50, 215, y) for y in (97, 113, 141)]
    assert without_underlines(rules, table) == tuple(rules)
