"""Check boxes among the lines of a page, whoever saw them: what a PDF draws (`pdf`), or the ink of a scan (`scan`)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from .page import Box, Line, Word, union


__all__ = ["CheckBox", "with_check_boxes"]

BESIDE = 1.5  # times the font size: how far its text stands
BORDER = 1.0  # pixels


@frozen
class CheckBox:
    """Where a check box stands, and whether it is ticked."""

    box: Box
    ticked: bool


def with_check_boxes(lines: Sequence[Line], boxes: Sequence[CheckBox]) -> tuple[Line, ...]:
    """Return *lines*, and each of *boxes* before the text beside it; as a line of its own where that stands apart."""
    out = list(lines)
    for tick in boxes:
        sign, box = "☒" if tick.ticked else "☐", tick.box
        level = [
            (line.box.left - box.right, index)
            for index, line in enumerate(out)
            if line.box.top - BORDER < box.centre < line.box.bottom + BORDER and not line.angle
        ]
        inside = next((index for _, index in level if out[index].box.left < box.left < out[index].box.right), None)
        if inside is not None:
            words = list(out[inside].words)
            place = sum(1 for word in words if word.box.middle < box.middle)
            words.insert(place, Word(sign, box))
            out[inside] = evolve(out[inside], text=" ".join(word.text for word in words), words=tuple(words))
            continue
        near = min((place for place in level if place[0] > -BORDER), default=None)
        if near is not None and near[0] < BESIDE * (out[near[1]].size or box.height):
            line = out[near[1]]
            out[near[1]] = evolve(
                line, text=f"{sign} {line.text}", box=union((box, line.box)), words=(Word(sign, box), *line.words)
            )
        elif level:
            size = out[level[0][1]].size
            out.append(Line(sign, box, words=(Word(sign, box),), size=size, font=out[level[0][1]].font))
    return tuple(out)
