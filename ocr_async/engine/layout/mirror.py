"""Reads pages whose script runs from the right: in a mirror, where it runs from the left; and tables of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, fields, has

from ..page import Box, Region, Sheet
from .join import right_to_left


__all__ = ["from_right", "in_mirror"]

SEEN = ("lines", "pictures", "rulings", "panels")


def in_mirror(sheet: Sheet, read: Callable[[Sheet], tuple[Region, ...]]) -> tuple[Region, ...]:
    """Return the regions of *sheet* as *read* finds them where left and right are exchanged."""
    width = sheet.width
    seen = evolve(sheet, **{name: _mirrored(getattr(sheet, name), width) for name in SEEN})
    return tuple(_mirrored(region, width) for region in read(seen))


def from_right(table: Region) -> Region:
    """Return *table*, its rightmost column first if it and its leftmost one are in such a script."""
    cells = table.cells
    if not right_to_left(cells) or not right_to_left([cell for cell in cells if cell.column == 0]):
        return table
    width = max(cell.column + cell.column_span for cell in cells)
    turned = [evolve(cell, column=width - cell.column - cell.column_span) for cell in cells]
    return evolve(table, cells=tuple(sorted(turned, key=lambda cell: (cell.row, cell.column))))


def _mirrored(value: Any, width: float) -> Any:
    """Return *value* with each of its boxes as a mirror shows it, on a page so wide."""
    if isinstance(value, Box):
        return Box(width - value.right, value.top, width - value.left, value.bottom)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_mirrored(each, width) for each in value)
    if has(type(value)):
        return evolve(value, **{each.name: _mirrored(getattr(value, each.name), width) for each in fields(type(value))})
    return value
