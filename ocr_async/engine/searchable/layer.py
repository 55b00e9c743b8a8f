"""
The invisible text of one page, as a PDF's content stream.

Each word is a string of its own, stretched over its box by its text matrix; a space fills the gap to the next one, so
that a selection has no holes. It is drawn before all else of the page, where nothing has changed the coordinates yet.
Where the document is tagged, words are marked with what they belong to, and what the page draws itself follows as an
artifact.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from .font import Codes
from .tags import empty_figures


__all__ = ["Frame", "Layer", "Marks", "content", "mapping"]

Point = tuple[float, float]
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_LEFT_TO_RIGHT = frozenset({"L", "EN", "AN"})
_HYPHENS = ("-", "\u00ad", "\u2010")
_SPACELESS = frozenset({"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})  # scripts
_ARTIFACT = "/Artifact BMC\n"


@frozen
class Frame:
    """
    Where people see a page of a PDF, in its own units, which are points for most.

    Attributes:
        box: Left, bottom, right and top of what is shown, before it is turned.

        quarters: Right angles by which it is turned clockwise to be seen.
    """

    box: tuple[float, float, float, float]
    quarters: int


@frozen(kw_only=True)
class Layer:
    """
    What was read on one page.

    Attributes:
        width: Of the picture in whose pixels `lines` have their places.

        height: Likewise.

        rotation: Degrees clockwise by which the page, as it is seen, was turned to that picture.

        lines: In reading order; see `engine.lines`.

        exact: Whether the places of words are known; a page of which they are guessed gets no second text.

        tags: What the page is made of, and for each word of each of `lines` the leaf of it that it belongs to, or the
            kind of artifact that it is: see `ocr_async.export.structure`.

        marks: Likewise.
    """

    index: int
    width: float
    height: float
    rotation: float
    lines: Sequence[Mapping[str, Any]]
    exact: bool = True
    tags: Sequence[Any] = ()
    marks: Sequence[Sequence[int | str | None]] = ()


class Marks:
    """
    The marked content of one page.

    Attributes:
        of: The numbers of what belongs to each leaf.
    """

    def __init__(self) -> None:
        self.of: dict[int, list[int]] = {}
        self._last: int | str | None = None
        self._count = 0

    def change(self, mark: int | str | None) -> str:
        """Return what ends the marked content before, and begins that of *mark*; nothing if it is the same."""
        if mark == self._last:
            return ""
        ended = "" if self._last is None else "EMC "
        self._last = mark
        if mark is None:
            return ended
        if isinstance(mark, str):
            return f"{ended}/Artifact <</Type /Pagination /Subtype /{mark}>> BDC"
        self.of.setdefault(mark, []).append(self._count)
        self._count += 1
        return f"{ended}/P <</MCID {self._count - 1}>> BDC"


def content(layer: Layer, frame: Frame, codes: Codes, *, font: str, marks: Marks | None) -> bytes:
    """
    Return the content stream of *layer*.

    Args:
        codes: Of the characters; new ones are added.

        font: Its name in the page's resources.

        marks: Of the page, to be filled, where the document is tagged: its own content is then to follow, and to be
            ended by ``EMC``.
    """
    page_place = mapping(layer, frame)
    pieces = [f"q BT 3 Tr {font} 1 Tf"]
    lines = list(_shown_lines(layer, tagged=marks is not None))
    for number, (line, words) in enumerate(lines):
        place, boxes = _laid_flat(line, [word["bbox"] for word in words], page_place)
        runs = _is_right_to_left(line["text"])
        following = lines[number + 1][1][0] if number + 1 < len(lines) else None
        parted = marks is not None and following is not None and _parted(words[-1], following)
        end = _end(boxes[-1], runs=runs)
        shown = list(zip(words, boxes, strict=True))
        if runs:  # who searches and copies takes what is drawn for visual order, and turns it round
            shown.sort(key=lambda one: one[1]["x"])
        for place_in, (word, box) in enumerate(shown):
            if marks is not None:
                pieces.append(marks.change(word["mark"]))
            if parted and runs and not place_in:
                pieces.append(_shown(codes.of(" "), 1, end, place))
            text = _visual(word["text"]) if runs else word["text"]
            pieces.append(_shown(codes.of(text), len(text), box, place))
            if place_in + 1 < len(shown):
                pieces.append(_shown(codes.of(" "), 1, _gap(box, shown[place_in + 1][1]), place))
        if parted and not runs:
            pieces.append(_shown(codes.of(" "), 1, end, place))
    pieces += (
        ["ET Q\n"] if marks is None else [marks.change(None), "ET Q", *_figures(layer, marks, page_place), _ARTIFACT]
    )
    return "\n".join(filter(None, pieces)).encode("ascii")


def _shown_lines(layer: Layer, *, tagged: bool) -> Iterator[tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]]:
    """Yield each line that has words, and those, with their marks."""
    for number, line in enumerate(layer.lines):
        words = line.get("words", ())
        if tagged:
            words = [{**word, "mark": mark} for word, mark in zip(words, layer.marks[number], strict=True)]
        words = [word for word in words if word["text"].strip()]
        if words:
            yield line, words


def _figures(layer: Layer, marks: Marks, place: Callable[[Point], Point]) -> Iterator[str]:
    """Yield what draws the boxes of figures without words: paths without ink, so that they are somewhere."""
    for leaf, (left, top, right, bottom) in empty_figures(layer.tags, marks.of):
        corners = [place(corner) for corner in ((left, top), (right, top), (right, bottom), (left, bottom))]
        first, *others = (f"{x:.4f} {y:.4f}" for x, y in corners)
        yield marks.change(leaf)
        yield f"{first} m {' l '.join(others)} l h n"
        yield marks.change(None)


def _parted(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a space parts two words at the end of a line, which read on in what both belong to."""
    if one["mark"] != other["mark"] or one["text"].endswith(_HYPHENS):
        return False
    sides = one["text"].strip()[-1], other["text"].strip()[0]
    return not all(unicodedata.name(side, "").partition(" ")[0] in _SPACELESS for side in sides)


def _laid_flat(
    line: Mapping[str, Any], boxes: Sequence[Mapping[str, float]], place: Callable[[Point], Point]
) -> tuple[Callable[[Point], Point], Sequence[Mapping[str, float]]]:
    """Return *place* and the boxes of a line's words as if the page were turned so that the line lies flat."""
    for _ in range(round(line.get("angle", 0.0) / 90) % 4):  # each turns what reads upwards, by 90, level
        place = _place_turned(place)
        boxes = [
            {"x": -box["y"] - box["height"], "y": box["x"], "width": box["height"], "height": box["width"]}
            for box in boxes
        ]
    return place, boxes


def _place_turned(place: Callable[[Point], Point]) -> Callable[[Point], Point]:
    return lambda point: place((point[1], -point[0]))


def _end(box: Mapping[str, float], *, runs: bool) -> Mapping[str, float]:
    """Return where a space stands at the end of the line that ends with *box*."""
    wide = max(1.0, box["height"] / 4)
    return {**box, "x": box["x"] - wide if runs else box["x"] + box["width"], "width": wide}


def _gap(one: Mapping[str, float], other: Mapping[str, float]) -> Mapping[str, float]:
    """Return the box between two words, at least a hair wide, as high as the first."""
    left = one["x"] + one["width"]
    return {**one, "x": left, "width": max(1.0, other["x"] - left)}


def _shown(code: str, count: int, box: Mapping[str, float], place: Callable[[Point], Point]) -> str:
    left, top = float(box["x"]), float(box["y"])
    right, bottom = left + max(1.0, box["width"]), top + max(1.0, box["height"])
    start, end, above = map(place, ((left, bottom), (right, bottom), (left, top)))
    advance = count * 0.5  # every glyph of the font is half as wide as high
    numbers = (
        (end[0] - start[0]) / advance,
        (end[1] - start[1]) / advance,
        above[0] - start[0],
        above[1] - start[1],
        *start,
    )
    return f"{' '.join(f'{number:.4f}' for number in numbers)} Tm <{code}> Tj"


def mapping(layer: Layer, frame: Frame) -> Callable[[Point], Point]:
    """Return what leads from the pixels of *layer* to the page's own units."""
    left, bottom, right, top = frame.box
    wide, high = right - left, top - bottom
    seen_wide, seen_high = (wide, high) if frame.quarters % 2 == 0 else (high, wide)
    quarters = round(layer.rotation / 90)
    lean = math.radians(90 * quarters - layer.rotation)  # by which the picture was turned back about its centre
    cosine, sine = math.cos(lean), math.sin(lean)
    centre_x, centre_y = layer.width / 2, layer.height / 2
    drawn_wide, drawn_high = (layer.width, layer.height) if quarters % 2 == 0 else (layer.height, layer.width)

    def place(point: Point) -> Point:
        x, y = point[0] - centre_x, point[1] - centre_y
        x, y = cosine * x - sine * y + centre_x, sine * x + cosine * y + centre_y
        x, y = _turned_back(x, y, layer.width, layer.height, quarters)
        x, y = x / drawn_wide * seen_wide, y / drawn_high * seen_high
        x, y = _turned_back(x, y, seen_wide, seen_high, frame.quarters)
        return left + x, top - y

    return place


def _turned_back(x: float, y: float, width: float, height: float, quarters: int) -> Point:
    """Return where a point of a picture, *width* by *height*, was before *quarters* right angles clockwise."""
    for _ in range(quarters % 4):
        x, y = y, width - x
        width, height = height, width
    return x, y


def _is_right_to_left(text: str) -> bool:
    kinds = [unicodedata.bidirectional(character) for character in text]
    return sum(kind in _RIGHT_TO_LEFT for kind in kinds) > sum(kind == "L" for kind in kinds)


def _visual(word: str) -> str:
    """Return *word*, which is in logical order, as it stands from left to right: numbers keep theirs."""
    pieces: list[str] = []
    for character in word:
        kind = unicodedata.bidirectional(character)
        if pieces and (unicodedata.combining(character) or (kind in _LEFT_TO_RIGHT and _ends_alike(pieces[-1]))):
            pieces[-1] += character
        else:
            pieces.append(character)
    return "".join(reversed(pieces))


def _ends_alike(piece: str) -> bool:
    return unicodedata.bidirectional(piece[-1]) in _LEFT_TO_RIGHT
