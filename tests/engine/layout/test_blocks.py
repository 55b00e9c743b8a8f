from __future__ import annotations

from ocr_async.engine.layout.blocks import ordered

from .sheets import line


def test_a_name_with_a_colon_is_read_with_its_value_though_the_value_stands_under_other_text() -> None:
    """On a receipt the values touch the centred lines above them, the names do not."""
    above = [line("The shop on the harbour, at its very end", 30, 98), line("Open on all days", 130, 110)]
    names = [line("Number:", 20, 122), line("By:", 20, 134)]
    values = [line("no one", 150, 122), line("some", 150, 134)]
    groups = ordered([*above, *names, *values], 10.0)
    assert [
        [each.text for each in sorted(group, key=lambda each: (each.box.top, each.box.left))] for group in groups
    ] == [["The shop on the harbour, at its very end", "Open on all days", "Number:", "no one", "By:", "some"]]


def test_a_colon_at_the_end_of_code_names_nothing() -> None:
    code = [
        line(text, 50, 100 + 12 * row, mono=True) for row, text in enumerate(("for item in items:", "if item:", "use"))
    ]
    beside = [line(text, 300, 100 + 12 * row) for row, text in enumerate(("A text", "of short", "lines"))]
    assert ordered([*code, *beside], 10.0) == [code, beside]
