"""Frozen objects that are filled field by field, or differ from another one in a few: in a tenth of attrs' own time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from attrs import fields


__all__ = ["changed", "draft"]

T = TypeVar("T")


def changed(value: T, **changes: Any) -> T:
    """Return *value*, of a frozen class with slots, with *changes*; nothing in it is checked as by `attrs.evolve`."""
    return cast("T", _changer(type(value), *changes)(value, *changes.values()))


@cache
def draft(cls: type) -> type:
    """
    Return a class with the slots of the frozen *cls* that lets them be set, to be turned into *cls* once filled.

    Both methods that set are needed: with one of them left, CPython keeps the slow way of setting attributes.
    """
    methods = {
        "__slots__": (),
        "__init__": object.__init__,
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    return type(cls.__name__, (cls,), methods)


@cache
def _changer(cls: Any, *changed: str) -> Callable[..., Any]:
    """Generate what copies a *cls* with other values of *changed*, as Python text, in the manner of attrs itself."""
    lines = [f"def change({', '.join(['value', *changed])}):", " made = draft()"]
    lines += [f" made.{name} = {name}" for name in changed]
    lines += [f" made.{one.name} = value.{one.name}" for one in fields(cls) if one.name not in changed]
    names: dict[str, Any] = {"draft": draft(cls), "cls": cls}
    exec("\n".join([*lines, " made.__class__ = cls", " return made"]), names)  # noqa: S102  of our own field names
    change: Callable[..., Any] = names["change"]
    return change
