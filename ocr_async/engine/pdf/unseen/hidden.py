"""
Tells which text of a page nobody sees: that of a layer which is switched off, and what is covered by a later drawing.

A value that somebody typed over stays in the file below the new one, and so do names that were blacked out, and the
texts of other languages. The page is drawn with such text and without it: what makes no difference is not seen. Only
pages are drawn on which something filled, or a picture, comes later than text and lies over it, and those of documents
with layers.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from attrs import frozen
from PIL import Image, ImageChops

from ...page import Box
from ..objects import UNSEEN, address_of, bounds, place_of
from ..view import Matrix, Sides, View


__all__ = ["LATER", "MOST_LATER", "Drawn", "Hidden", "Placed", "hidden"]

Placed = tuple[Any, Matrix]
"""An object of a page, and where the form that it is in stands."""

MOST_LATER = 300  # drawings behind the first text that are looked at
LATER = frozenset({pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING})
LAYERS = 8  # those of a page that are told apart
ROW = 12.0  # points
LEAST = 5.0  # points: sides of what covers a word
HIGHEST = 14_400.0  # points: of a page
SLACK = 1.5  # points
BY_CHANCE = 0.02  # of its box: so much of the picture a word changes by chance, at most
CHANGE = 12  # of 255
LONG = 1000  # characters of a piece of text that are looked at
MANY = 3000  # objects: a page with more takes long to draw


@frozen
class Drawn:
    """
    The text of a page, and what it draws later.

    Attributes:
        texts: In their order.

        later: How many of the texts come before it, and what is drawn then.

        count: Of all objects.

        layers: Whether the document has some.
    """

    texts: Sequence[Placed]
    later: Sequence[tuple[int, Placed]]
    count: int
    layers: bool


@frozen
class _Text:
    address: int
    said: str
    box: Box
    group: int | None


class Hidden:
    """What makes no difference to a page."""

    def __init__(self, texts: Sequence[_Text], changes: Sequence[Image.Image], scale: float) -> None:
        self._rows: defaultdict[int, list[_Text]] = defaultdict(list)
        for text in texts:
            for row in range(int(text.box.top // ROW), int(text.box.bottom // ROW) + 1):
                self._rows[row].append(text)
        self._changes, self._scale = changes, scale
        self._gone = {text.address for text in texts if text.group is not None and self._is_same(text.group, text.box)}

    def has(self, thing: Any) -> bool:
        """Whether nobody sees the text object *thing*."""
        return address_of(thing) in self._gone

    def hides(self, said: str, box: Box) -> bool:
        """Whether nobody sees the word that is *said* in *box*, in points from the top left."""
        word = _plain(said)
        groups = {text.group for text in self._rows[int(box.centre // ROW)] if _is_of(word, box, text)}
        return bool(groups) and all(group is not None and self._is_same(group, box) for group in groups)

    def _is_same(self, group: int, box: Box) -> bool:
        left, top, right, bottom = (round(side * self._scale) for side in (box.left, box.top, box.right, box.bottom))
        counts = self._changes[group].crop((left, top, max(right, left + 1), max(bottom, top + 1))).histogram()
        return sum(counts[CHANGE:]) < BY_CHANCE * sum(counts)


def hidden(page: pypdfium2.PdfPage, text_page: Callable[[], Any], drawn: Drawn, scale: float) -> Hidden | None:
    """
    Return what nobody sees of the text of *page*; None where nothing may hide any, as on nearly every page.

    Args:
        text_page: Returns its characters, to find which takes its time.

        scale: Pixels a point, of the pictures that are compared.
    """
    groups: Sequence[int | None] = (
        _layers(drawn.texts, 1 if drawn.count > MANY else LAYERS) if drawn.layers else _covered(drawn)
    )
    count = max((group + 1 for group in groups if group is not None), default=0)
    if not count:
        return None
    before = _picture(page, scale)
    changes: list[Image.Image] = []
    for number in range(count):
        with _without(thing for (thing, _), group in zip(drawn.texts, groups, strict=True) if group == number):
            changes.append(ImageChops.difference(before, _picture(page, scale)))
    text, view = text_page(), View(page)
    texts = [
        _Text(address_of(thing), _plain(_said(thing, text)), box, group)
        for (thing, place), group in zip(drawn.texts, groups, strict=True)
        if (box := place_of(view, thing, place)) is not None
    ]
    return Hidden(texts, changes, scale)


def _layers(texts: Sequence[Placed], most: int) -> list[int | None]:
    """Return a number below *most* for each of *texts*, of its layer and the form that it is in."""
    names: dict[tuple[str, Matrix], int] = {}
    return [
        None
        if pdfium.FPDFTextObj_GetTextRenderMode(thing) in UNSEEN  # what was recognised, and is not to be seen
        else min(names.setdefault((_layer(thing), place), len(names)), most - 1)
        for thing, place in texts
    ]


def _layer(thing: Any) -> str:
    """Return what tells the layer of *thing*; nothing where it is in none, or all of its form is."""
    name, length = (ctypes.c_ushort * 64)(), ctypes.c_ulong()
    size = ctypes.sizeof(name)
    for number in reversed(range(pdfium.FPDFPageObj_CountMarks(thing))):
        mark = pdfium.FPDFPageObj_GetMark(thing, number)
        if not pdfium.FPDFPageObjMark_GetName(mark, name, size, length) or _string(name, length.value) != "OC":
            continue
        if pdfium.FPDFPageObjMark_GetParamStringValue(mark, b"Name", name, size, length):
            return _string(name, length.value)
        return "OC"
    return ""


def _covered(drawn: Drawn) -> list[int | None]:
    """Return 0 for each text over which something is drawn later, which need not hide it."""
    rows: defaultdict[int, list[tuple[int, Sides]]] = defaultdict(list)
    for order, (thing, place) in drawn.later:
        sides = bounds(thing, place)
        if sides is None or sides[2] - sides[0] < LEAST or sides[3] - sides[1] < LEAST or not _fills(thing):
            continue
        for row in range(int(max(sides[1], 0) // ROW), int(min(sides[3], HIGHEST) // ROW) + 1):
            rows[row].append((order, sides))
    out: list[int | None] = []
    for order, (thing, place) in enumerate(drawn.texts if rows else ()):
        sides = bounds(thing, place)
        centre = (sides[1] + sides[3]) / 2 if sides is not None else -1.0
        found = sides is not None and any(
            behind > order and cover[1] < centre < cover[3] and cover[0] < sides[2] and sides[0] < cover[2]
            for behind, cover in rows.get(int(centre // ROW), ())
        )
        out.append(0 if found else None)
    return out


def _fills(thing: Any) -> bool:
    if pdfium.FPDFPageObj_GetType(thing) != pdfium.FPDF_PAGEOBJ_PATH:
        return True
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(thing, mode, stroke) and mode.value != pdfium.FPDF_FILLMODE_NONE)


@contextmanager
def _without(things: Iterable[Any]) -> Iterator[None]:
    """Leave *things* out of what is drawn for a while."""
    gone = [thing for thing in things if pdfium.FPDFPageObj_SetIsActive(thing, 0)]
    try:
        yield
    finally:
        for thing in gone:
            pdfium.FPDFPageObj_SetIsActive(thing, 1)


def _picture(page: pypdfium2.PdfPage, scale: float) -> Image.Image:
    # pypdfium2 annotates the scale by its default, 1; it takes any number
    picture: Image.Image = page.render(scale=scale, grayscale=True).to_pil()  # pyright: ignore[reportArgumentType]
    return picture


def _is_of(word: str, box: Box, text: _Text) -> bool:
    """Whether the *word* in *box* may be a part of *text*, or made of it."""
    if not text.box.top - SLACK < box.centre < text.box.bottom + SLACK:
        return False
    left, right = text.box.left - SLACK, text.box.right + SLACK
    if left <= box.left and box.right <= right:
        return word in text.said or not text.said  # pdfium tells nothing of what is written there a second time
    return (
        box.left - SLACK <= text.box.left
        and text.box.right <= box.right + SLACK
        and text.said in word
        and text.said != ""
    )


def _said(thing: Any, text_page: Any) -> str:
    said = (ctypes.c_ushort * LONG)()
    return _string(said, pdfium.FPDFTextObj_GetText(thing, text_page.raw, said, 2 * LONG))


def _string(units: Any, length: int) -> str:
    """Return what *units* of UTF-16 say, of *length* bytes with the zero at the end."""
    return bytes(units)[: max(0, length - 2)].decode("utf-16-le", "replace").rstrip("\0")


def _plain(said: str) -> str:
    """Return *said* without what the parser writes in its own way."""
    folded = unicodedata.normalize("NFKC", said)
    return "".join(filter(str.isalnum, folded)) or "".join(folded.split()) or said
