"""Puts pictures together that a program cut into strips or tiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import floor

from attrs import evolve

from .page import Box, Picture, union


__all__ = ["whole"]

TOUCHING = 1.0  # points
MOST = 1000  # pictures of a page: more are no strips


def whole(pictures: Sequence[Picture]) -> list[Picture]:
    """Return *pictures*, those that a program cut into strips or tiles put together again."""
    if len(pictures) > MOST:
        return list(pictures)
    out: dict[int, Picture] = {}
    places: dict[tuple[str, int, int], list[int]] = {}
    for number, picture in enumerate(sorted(pictures, key=lambda picture: (picture.box.top, picture.box.left))):
        near = (other for place in _near(picture.box) for other in places.get(place, ()) if other in out)
        first = min((other for other in near if _continues(picture, out[other])), default=None)
        if first is not None:
            before = out.pop(first)
            picture = evolve(before, box=union((before.box, picture.box)))
        out[number] = picture
        for place in _places(picture.box):
            places.setdefault(place, []).append(number)
    return list(out.values()) if len(out) == len(pictures) else whole(list(out.values()))


def _places(box: Box) -> tuple[tuple[str, int, int], tuple[str, int, int]]:
    """Return between which sides *box* lies, in points, across and down."""
    return ("across", floor(box.left), floor(box.right)), ("down", floor(box.top), floor(box.bottom))


def _near(box: Box) -> Iterator[tuple[str, int, int]]:
    """Yield the places of all that may continue *box*: a point off is the next place."""
    for way, start, end in _places(box):
        for first, last in product((-1, 0, 1), repeat=2):
            yield way, start + first, end + last


def _continues(picture: Picture, other: Picture) -> bool:
    """Whether both are strips of one picture: as wide as each other and touching, or as high."""
    if not (picture.certain and other.certain):
        return False
    one, two = picture.box, other.box
    if abs(one.left - two.left) < TOUCHING and abs(one.right - two.right) < TOUCHING:
        return -TOUCHING < one.down(two) < TOUCHING
    if abs(one.top - two.top) < TOUCHING and abs(one.bottom - two.bottom) < TOUCHING:
        return -TOUCHING < one.across(two) < TOUCHING
    return False
