"""Lines that lean on a level page, as stamps do."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr_async.engine import layout
from ocr_async.engine.ocr.line_boxes import leaning
from ocr_async.engine.ocr.lines import Reading
from ocr_async.engine.ocr.turned import Read, as_line
from ocr_async.engine.page import Sheet


def box(left: float, top: float, width: float, height: float, rise: float) -> NDArray[np.float32]:
    """The corners of a line that rises by so many degrees."""
    angle = np.radians(-rise)
    along, down = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    start = np.array([left, top])
    ends = [start, start + width * along, start + width * along + height * down, start + height * down]
    return np.array(ends, np.float32)


TEXT = [box(50, 100 + 30 * row, 400, 20, 0.3 * (row % 3 - 1)) for row in range(10)]


def test_a_line_that_leans_as_no_other_does_is_told_from_the_text() -> None:
    stamp = box(200, 220, 160, 30, 8.0)
    rises = leaning(np.array([*TEXT, stamp]))
    assert rises.tolist() == [0.0] * 10 + [pytest.approx(8.0, abs=0.1)]


def test_a_short_word_and_a_bent_page_lean_by_chance() -> None:
    assert not leaning(np.array([*TEXT, box(460, 100, 50, 20, 8.0)])).any()
    assert not leaning(np.array([box(50, 100 + 30 * row, 400, 20, row - 5.0) for row in range(11)])).any()


def test_a_stamp_is_read_beside_the_text() -> None:
    said = [f"the harbour office keeps its record number {row} of all ships" for row in range(10)]
    boxes = np.array([*TEXT, box(200, 220, 160, 30, 8.0)])
    lines = [
        as_line(Read(Reading(text, 0.99, ()), 0.0, 8.0), corners, rise)
        for text, corners, rise in zip([*said, "RECEIVED"], boxes, leaning(boxes).tolist(), strict=True)
    ]
    *text, stamp = layout.read(Sheet(width=500, height=700, lines=tuple(lines), source="ocr"))
    assert (stamp.type, stamp.text) == ("aside_text", "RECEIVED")
    assert "RECEIVED" not in " ".join(region.text for region in text)
