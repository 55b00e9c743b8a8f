"""Check boxes among the lines of a page, whoever saw them: what a PDF draws (`pdf`), or the ink of a scan (`scan`)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from .page import Box, Line, Word, narrowed, of_words, union


__all__ = ["CheckBox", "frames_text", "with_check_boxes"]

BESIDE = 1.5  # times the font size: how far its text stands
BORDER = 1.0  # pixels
TICKS = frozenset("xX×✓✔✕✖✗✘☓╳●")
EMPTY = frozenset("☐□▢❏❐❑❒○")
_WRITTEN = TICKS | EMPTY
INSIDE = 0.5  # of a cross, or of its box


@frozen
class CheckBox:
    """
    Where a check box stands, and whether it is ticked.

    Attributes:
        sure: Whether it is one for certain, as a form says so.
    """

    box: Box
    ticked: bool
    sure: bool = False


def with_check_boxes(lines: Sequence[Line], boxes: Sequence[CheckBox]) -> tuple[Line, ...]:
    """
    Return *lines*, and each of *boxes* beside its text; as a line of its own where that stands apart.

    A box stands before its text, or behind it if the last one of its row does: "T ☐ F ☐".
    """
    if not boxes:
        return tuple(lines)
    out, boxes = _with_written_ticks(list(lines), boxes)
    behind = _behind(out, boxes)
    for tick in boxes:
        sign, box = "☒" if tick.ticked else "☐", tick.box
        word = Word(sign, box)
        level = [index for index, line in enumerate(out) if _level(line, box)]
        inside = next((index for index in level if out[index].box.left < box.left < out[index].box.right), None)
        if inside is not None:
            words = list(out[inside].words)
            words.insert(sum(1 for word in words if word.box.middle < box.middle), word)
            out[inside] = of_words(out[inside], words)
            continue
        side = _before if id(tick) in behind else _after
        near = side([out[index] for index in level], box)
        if near is not None:
            words = [*near.words, word] if side is _before else [word, *near.words]
            whole = evolve(of_words(near, words), box=union((box, near.box)))
            out[next(index for index in level if out[index] is near)] = whole
        elif level:
            beside = out[level[0]]
            out.append(Line(sign, box, words=(word,), size=beside.size, font=beside.font))
        elif tick.sure:
            out.append(Line(sign, box, words=(word,), size=box.height))
    return tuple(out)


def _with_written_ticks(lines: list[Line], boxes: Sequence[CheckBox]) -> tuple[list[Line], list[CheckBox]]:
    """Return *lines* without the signs that are written into *boxes*, and these, ticked if that is a cross."""
    if not any(_WRITTEN.intersection(line.text) for line in lines):
        return lines, list(boxes)
    out = list(lines)
    ticked: list[CheckBox] = []
    for each in boxes:
        signs = ((index, _sign(line, each.box)) for index, line in enumerate(out))
        index, sign = next((found for found in signs if found[1] is not None), (0, None))
        if sign is None:
            ticked.append(each)
            continue
        ticked.append(each if each.sure or sign.text in EMPTY else evolve(each, ticked=True))
        rest = tuple(word for word in out[index].words if word is not sign)
        out[index : index + 1] = [narrowed(out[index], rest)] if rest else []
    return out, ticked


def _sign(line: Line, box: Box) -> Word | None:
    """Return which word of *line* is a cross, or another box, that stands in *box*."""
    if not line.box.down(box) > 0:
        return None
    signs = (word for word in line.words if word.text in _WRITTEN)
    return next((word for word in signs if word.box.share(box) > INSIDE or box.share(word.box) > INSIDE), None)


def frames_text(box: Box, lines: Sequence[Line]) -> bool:
    """Whether a word that is no sign stands in *box*, as a number does that is set in a frame."""
    level = (line for line in lines if line.box.down(box) > 0)
    return any(word.text not in _WRITTEN and word.box.share(box) > INSIDE for line in level for word in line.words)


def _level(line: Line, box: Box) -> bool:
    return line.box.top - BORDER < box.centre < line.box.bottom + BORDER and not line.angle


def _after(level: Sequence[Line], box: Box) -> Line | None:
    """Return which of the lines *level* with *box* begins right after it."""
    after = min(
        (line for line in level if line.box.left > box.right - BORDER), key=lambda line: line.box.left, default=None
    )
    near = after is not None and after.box.left - box.right < BESIDE * (after.size or box.height)
    return after if near else None


def _before(level: Sequence[Line], box: Box) -> Line | None:
    """Return which of the lines *level* with *box* ends right before it."""
    before = max(
        (line for line in level if line.box.right < box.left + BORDER), key=lambda line: line.box.left, default=None
    )
    near = before is not None and box.left - before.box.right < BESIDE * (before.size or box.height)
    return before if near else None


def _behind(lines: Sequence[Line], boxes: Sequence[CheckBox]) -> set[int]:
    """Return the ids of those of *boxes* that stand behind their text: a last one, and those left of it in its row."""
    out: set[int] = set()
    texts: set[int] = set()  # of lines that have such a box behind them
    for tick in sorted(boxes, key=lambda tick: -tick.box.left):
        level = [line for line in lines if _level(line, tick.box)]
        after, before = _after(level, tick.box), _before(level, tick.box)
        if before is not None and (after is None or id(after) in texts):
            out.add(id(tick))
            texts.add(id(before))
    return out
