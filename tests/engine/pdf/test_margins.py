"""Notes in the margin that stand no further from the text than its words do from each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async import ocr

from ...documents import Run, typeset_pdf


TEXT = [
    "The river ran low that year, and those who",
    "lived on the other side of it came over on",
    "foot to the market, which they had not done",
    "since the old bridge was lost in the flood",
    "that took three of the mills on the eastern",
    "bank and the house of the miller with them.",
]
NOTES = {1: ["The drought", "of 1811, when", "no boat sailed"], 4: ["The flood of", "1784"]}
WIDTH = 5.4  # points: of a letter of nine in even type
END = 72 + WIDTH * max(map(len, TEXT))


def page(left: bool) -> bytes:
    """Text in even type, so that it is known where it ends; and notes beside it, which have their own line height."""
    start = 72.0 + 84 * left
    lines: list[tuple[float, float, list[Run]]] = [
        (start, 700.0 - 12 * number, [("Courier", 9.0, text.ljust(43))]) for number, text in enumerate(TEXT)
    ]
    for number, note in NOTES.items():
        for index, said in enumerate(note):
            place = 72.0 if left else END + 4
            lines.append((place, 701.0 - 12 * number - 9.4 * index, [("Helvetica", 7.0, said)]))
    return typeset_pdf(lines, page=b"/MediaBox [0 0 612 792]", place=b"")


@pytest.mark.parametrize("left", [False, True])
def test_notes_in_the_margin_are_not_mixed_into_the_lines(tmp_path: Path, left: bool) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(page(left))
    said = " ".join(ocr(path, model="local/text").markdown.split())
    assert " ".join(TEXT) in said
    for note in NOTES.values():
        assert " ".join(note) in said


def test_one_size_smaller_in_a_sentence_is_no_note(tmp_path: Path) -> None:
    commands = ["--all", "--max", "--new", "--old"]
    lines: list[tuple[float, float, list[Run]]] = [
        (
            72,
            700.0 - 14 * number,
            [("Helvetica", 10.0, "The option "), ("Courier", 8.0, each), ("Helvetica", 10.0, " says it.")],
        )
        for number, each in enumerate(commands)
    ]
    path = tmp_path / "page.pdf"
    path.write_bytes(typeset_pdf(lines, page=b"/MediaBox [0 0 612 792]", place=b""))
    said = " ".join(ocr(path, model="local/text").markdown.split())
    assert said == " ".join(f"The option {each} says it." for each in commands)
