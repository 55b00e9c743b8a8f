from __future__ import annotations

from ocr_async.engine.layout.lists import attached

from .sheets import SENTENCE, line


def texts(*lines: tuple[str, float]) -> list[str]:
    """The texts after their bullets were joined; each line is given with its left edge, the first runs full width."""
    page = [line(SENTENCE, 50, 100), *(line(text, left, 130 + 12 * row) for row, (text, left) in enumerate(lines))]
    return [each.text for each in attached(page, 10.0)][1:]


def test_a_bullet_that_was_overlooked_is_put_back() -> None:
    assert texts(("• one thing", 50), ("another thing", 50), ("• a third", 50)) == [
        "• one thing",
        "• another thing",
        "• a third",
    ]


def test_a_line_that_goes_on_with_the_item_above_gets_no_bullet() -> None:
    full = f"• {SENTENCE}"[: len(SENTENCE)]
    assert texts((full, 50), ("and so on", 50), ("• a third", 50))[1] == "and so on"


def test_a_line_set_in_or_at_the_end_of_the_list_gets_no_bullet() -> None:
    assert texts(("• one thing", 50), ("its second line", 60), ("• a third", 50))[1] == "its second line"
    assert texts(("• one thing", 50), ("• another", 50), ("A paragraph", 50))[2] == "A paragraph"
