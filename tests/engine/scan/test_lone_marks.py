from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_async.engine.page import Box, Line, Ruling
from ocr_async.engine.scan.connected import around
from ocr_async.engine.scan.lone_marks import Marks, lone_marks, with_bullets


TALL = 40.0


def marks_of(grey: NDArray[Any], lines: Sequence[Line], *rulings: Ruling) -> Marks:
    return lone_marks(grey, around(grey, TALL), lines, rulings, TALL)


class Scan:
    """A noisy page of rows, 40 pixels high, one each 60 pixels."""

    def __init__(self) -> None:
        self.grey: NDArray[Any] = np.full((800, 1000), 255, np.uint8)
        self.lines: list[Line] = []

    def write(self, text: str, left: int, row: int) -> None:
        """Draw *text*, and note where it is, as a detector would."""
        top = 60 * row + 20
        cv2.putText(self.grey, text, (left, top + 30), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 2, cv2.LINE_AA)
        (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 2)
        self.lines.append(Line(text, Box(left, top, left + wide, top + TALL)))

    def draw(self, left: int, row: int, wide: int, high: int, shade: int = 0) -> None:
        """Draw a mark half-way up *row*."""
        centre = 60 * row + 40
        cv2.rectangle(
            self.grey, (left, centre - high // 2), (left + wide - 1, centre - high // 2 + high - 1), shade, -1
        )

    def noisy(self) -> NDArray[Any]:
        noise = np.random.default_rng(7).normal(0, 10, self.grey.shape)
        return np.clip(self.grey + noise, 0, 255).astype(np.uint8)


def table() -> Scan:
    scan = Scan()
    for row in range(1, 8):
        scan.write("Harbour office", 60, row)
        scan.write("412", 400, row)
    return scan


def places(found: Sequence[Line]) -> list[tuple[str, int, int]]:
    return sorted((line.text, round(line.box.left / 10) * 10, int(line.box.centre) // 60) for line in found)


def test_dashes_of_empty_cells_are_found_between_noise_and_beside_rules() -> None:
    scan = table()
    scan.draw(620, 2, 9, 3)
    scan.draw(620, 4, 16, 3)
    cv2.rectangle(scan.grey, (642, 60), (644, 499), 0, -1)
    found = marks_of(scan.noisy(), scan.lines, Ruling(Box(642, 60, 645, 500))).dashes
    assert places(found) == [("-", 620, 2), ("-", 620, 4)]


def test_a_dash_whose_edges_are_pale_is_one() -> None:
    scan = table()
    scan.draw(620, 3, 10, 5, shade=130)
    scan.draw(620, 3, 10, 3)
    assert places(marks_of(scan.grey, scan.lines).dashes) == [("-", 620, 3)]


def test_a_long_dash_is_long() -> None:
    scan = table()
    scan.draw(620, 3, 32, 3)
    assert places(marks_of(scan.noisy(), scan.lines).dashes) == [("—", 620, 3)]


def test_stains_and_what_is_on_no_row_are_no_dashes() -> None:
    scan = table()
    scan.draw(620, 2, 12, 4, shade=215)  # a fold
    scan.draw(620, 11, 12, 4)  # below all rows
    cv2.rectangle(scan.grey, (620, 60 * 4 + 18), (636, 60 * 4 + 21), 0, -1)  # over a row
    assert marks_of(scan.noisy(), scan.lines).dashes == []


def bulleted(rows: Sequence[int]) -> Scan:
    scan = Scan()
    for row in range(1, 8):
        scan.write("Ships of the harbour", 130, row)
    for row in rows:
        cv2.circle(scan.grey, (86, 60 * row + 40), 5, 0, -1)
    return scan


def test_bullets_are_put_before_their_texts() -> None:
    scan = bulleted([2, 3, 6])
    dots = marks_of(scan.noisy(), scan.lines).dots
    found = with_bullets(scan.lines, dots, TALL)
    assert [line.text[0] for line in found] == ["S", "•", "•", "S", "S", "•", "S"]
    assert found[1].box.left < 90
    assert found[0] == scan.lines[0]


def test_one_dot_is_dirt() -> None:
    scan = bulleted([3])
    dots = marks_of(scan.noisy(), scan.lines).dots
    assert len(dots) == 1
    assert with_bullets(scan.lines, dots, TALL) == tuple(scan.lines)


def test_a_colon_that_ran_together_is_no_bullet() -> None:
    scan = Scan()
    for row in range(1, 8):
        scan.write("Date", 60, row)
        scan.write("02/02/2017", 200, row)
        cv2.circle(scan.grey, (160, 60 * row + 40), 5, 0, -1)
    dots = marks_of(scan.noisy(), scan.lines).dots
    assert len(dots) == 7
    assert with_bullets(scan.lines, dots, TALL) == tuple(scan.lines)


def test_the_dots_of_a_leader_are_no_bullets() -> None:
    scan = Scan()
    for row in range(1, 8):
        scan.write("Harbour dues", 60, row)
        for x in range(300, 560, 30):
            cv2.circle(scan.grey, (x, 60 * row + 40), 4, 0, -1)
        scan.write("12", 570, row)
    dots = marks_of(scan.noisy(), scan.lines).dots
    assert len(dots) == 63
    assert with_bullets(scan.lines, dots, TALL) == tuple(scan.lines)
