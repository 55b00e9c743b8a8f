"""Frozen objects that are filled field by field, or differ from another one in a few: in a tenth of attrs' own time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from attrs import NOTHING, fields


__all__ = ["changer", "draft", "maker"]


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
def maker(cls: Any) -> Callable[..., Any]:
    """Generate what makes a *cls* with slots as the class does, of fields by name, but checks nothing."""
    names: dict[str, Any] = {"NOTHING": NOTHING}
    given, filled = ["*"], []
    for one in fields(cls):
        default = f"default_{one.name}"
        names[default] = getattr(one.default, "factory", one.default)
        if one.default is NOTHING:
            given.append(one.name)
        elif names[default] is one.default:
            given.append(f"{one.name}={default}")
        else:
            given.append(f"{one.name}=NOTHING")
            filled.append(f"if {one.name} is NOTHING: {one.name} = {default}()")
    return _generated(cls, given, [*filled, *(f"made.{one.name} = {one.name}" for one in fields(cls))], names)


@cache
def changer(cls: Any, *changed: str) -> Callable[..., Any]:
    """Generate what copies an object of a *cls* with slots, but for the fields *changed*, and checks nothing."""
    same = (one.name for one in fields(cls) if one.name not in changed)
    filled = [*(f"made.{name} = value.{name}" for name in same), *(f"made.{name} = {name}" for name in changed)]
    return _generated(cls, ["value", "/", "*", *changed], filled, {})


def _generated(cls: Any, given: list[str], filled: list[str], names: dict[str, Any]) -> Callable[..., Any]:
    """Return the function of the parameters *given* that makes a *cls* by *filled*, in the manner of attrs itself."""
    names |= {"draft": draft(cls), "cls": cls}
    lines = [f"def make({', '.join(given)}):", "made = draft()", *filled, "made.__class__ = cls", "return made"]
    exec("\n ".join(lines), names)  # noqa: S102  the text is made of our own field names
    make: Callable[..., Any] = names["make"]
    return make
