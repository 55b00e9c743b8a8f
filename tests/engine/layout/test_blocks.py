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
