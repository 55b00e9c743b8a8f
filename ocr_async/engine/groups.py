"""Things in groups, told one after the other by what is in the groups already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar


__all__ = ["in_groups", "in_runs"]

_T = TypeVar("_T")


def in_runs(things: Iterable[_T], goes_on: Callable[[list[_T], _T], bool]) -> list[list[_T]]:
    """Return *things* in runs: each in the last one, if that *goes_on* with it, or else the first of the next."""
    out: list[list[_T]] = []
    for thing in things:
        if not out or not goes_on(out[-1], thing):
            out.append([])
        out[-1].append(thing)
    return out


def in_groups(things: Iterable[_T], takes: Callable[[list[_T], _T], bool]) -> list[list[_T]]:
    """Return *things* in groups: each in the first one that *takes* it, or else in one of its own."""
    out: list[list[_T]] = []
    for thing in things:
        if (group := next((each for each in out if takes(each, thing)), None)) is None:
            out.append(group := [])
        group.append(thing)
    return out
