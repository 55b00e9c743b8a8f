"""
The classes whose values may cross, and what each of the workers' tasks may answer.

A value arrives as its class's name and its fields, in their order. Each field is checked against its annotation before
the value is made: text where text is promised, whole numbers that fit into 64 bits, tuples of what they hold. Where
anything goes (`Any`), JSON goes. So whoever takes an answer may rely on its types, whoever sent it.
"""

from __future__ import annotations

import importlib
import os
import types
import typing
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from pathlib import PurePath
from typing import Any, Literal, Union

import attrs

from .. import errors
from .._platform.forks import loading
from ..errors import OCRError, PagesMissing
from ..wording import Hint
from .memory import Shared


__all__ = ["ANSWERS", "CLASSES", "STREAMED", "answer", "build_error", "build_value", "error_parts", "value_parts"]

Check = Callable[[Any], Any]

CLASSES: Mapping[str, str] = {
    "FileOnDisk": "models.document",
    **dict.fromkeys(
        (
            "OCRBlock",
            "OCRBlockConfidence",
            "OCRDimensions",
            "OCRElement",
            "OCRImage",
            "OCRPage",
            "OCRPageConfidence",
            "OCRTable",
            "OCRWordConfidence",
        ),
        "models.page",
    ),
    **dict.fromkeys(("PageOptions", "Raster", "Recogniser", "UncertainPage"), "engine.values"),
}
"""Where each class is that may cross; all are frozen values without behaviour at their making."""

ANSWERS: Mapping[str, Any] = {
    "count": int,
    "crop": tuple[bytes, ...],
    "cut": Shared,
    "draw": tuple[bytes, str, int, int, int | None],
    "picture": bytes,
    "raster": "Raster",
    "read": ("OCRPage", "UncertainPage", OCRError, type(None)),
    "recognise": "OCRPage",
    "searchable": tuple[Shared, tuple[str, ...]],
    "sizes": tuple[tuple[int, int, int | None], ...],
}
"""What each task may answer with; where it is one of several, with the number of a page before it."""

STREAMED = frozenset({"read"})
"""The tasks that yield their answer part by part."""

_LARGEST_NUMBER = 1 << 63
_FACTS: Mapping[str, Any] = {
    "hint": Hint,
    "request_id": str | None,
    "provider": str | None,
    "status": int | None,
    "retry_after": float | None,
    "excerpt": str | None,
    "path": str | None,
}
# Of those that carry other errors or pages, nothing but what they say crosses.
_ERRORS: Mapping[str, type[OCRError]] = {
    name: each
    for name in errors.__all__
    if isinstance(each := getattr(errors, name), type) and issubclass(each, OCRError) and each is not PagesMissing
}


# --- values -------------------------------------------------------------------------------------------------------


@cache
def _fields(cls: Hashable) -> tuple[str, Callable[[Any], tuple[Any, ...]]] | None:
    assert isinstance(cls, type)
    name = cls.__name__
    if CLASSES.get(name) != cls.__module__.removeprefix("ocr_async."):
        return None
    return name, attrgetter(*(each.name for each in attrs.fields(cls)))  # each has several: a tuple


def value_parts(value: Any) -> list[Any] | None:
    """Return the name of *value*'s class, and its fields; None if it may not cross."""
    known = _fields(type(value))  # type: ignore[arg-type]  # classes are hashable, but mypy does not see it
    return None if known is None else [known[0], *known[1](value)]


@cache
def _builder(name: str) -> Callable[[list[Any]], Any]:
    cls: Any = _class(name)
    hints = typing.get_type_hints(cls)
    parts = [(each.alias, _check(hints[each.name])) for each in attrs.fields(cls)]

    def build(given: list[Any]) -> Any:
        return cls(**{name: check(value) for (name, check), value in zip(parts, given, strict=True)})

    return build


def build_value(name: str, given: list[Any]) -> Any:
    """
    Return the value of the class *name*, one of `CLASSES`, with the fields *given*.

    Raises:
        ValueError, TypeError: A field is missing, or not of its type.
    """
    return _builder(name)(given)


def _class(name: str) -> Any:
    with loading:
        return getattr(importlib.import_module(f"ocr_async.{CLASSES[name]}"), name)


# --- errors -------------------------------------------------------------------------------------------------------


def error_parts(error: OCRError) -> list[Any]:
    """Return the name of *error*'s class, or of the next above it that may cross, what it says, and its facts."""
    name = next(cls.__name__ for cls in type(error).__mro__ if _ERRORS.get(cls.__name__) is cls)
    facts = {fact: value for fact, value in vars(error).items() if fact in _FACTS and value is not None}
    return [name, str(error.args[0]) if error.args else "", facts]  # the text without the hint


def build_error(name: str, message: str, facts: Mapping[str, Any]) -> OCRError:
    """
    Return the error of the class *name*.

    Raises:
        ValueError, TypeError, KeyError: There is no such class, or it has no such facts.
    """
    error = _ERRORS[name](_text(message))
    for fact, value in facts.items():
        if not hasattr(error, fact):
            raise ValueError("no fact of this error")
        setattr(error, fact, _check(_FACTS[fact])(value))
    return error


# --- checks -------------------------------------------------------------------------------------------------------


@cache
def answer(task: str) -> Check:
    """
    Return what checks an answer to *task*, and returns it.

    Raises:
        KeyError: There is no such task.
    """
    wanted = ANSWERS[task]
    return _row([_number, _union(wanted)]) if isinstance(wanted, tuple) else _check(wanted)


def _check(wanted: Any) -> Check:
    """Return a function that returns a decoded value as one of the type *wanted*, or raises ValueError."""
    if isinstance(wanted, str):
        wanted = _class(wanted)
    origin, parts = typing.get_origin(wanted), typing.get_args(wanted)
    if wanted is Any:
        return _plain
    if wanted is int:
        return _number
    if wanted is float:
        return _real
    if origin is Literal:
        return _one_of(parts)
    if origin in {Union, types.UnionType}:
        return _union(parts)
    if origin is tuple and parts[-1] is not Ellipsis:
        return _row([_check(part) for part in parts])
    if origin in {tuple, list, Sequence}:
        return _several(_check(parts[0]))
    if origin is Mapping:
        return _mapping
    if origin is os.PathLike:
        return _instance((Shared, PurePath))
    if wanted in {str, bool, bytes, type(None)}:
        return _exactly(wanted)
    return _instance(wanted)


def _number(value: Any) -> int:
    if type(value) is not int or not -_LARGEST_NUMBER <= value < _LARGEST_NUMBER:
        raise ValueError("no number")
    return value


def _real(value: Any) -> float:
    return value if type(value) is float else _number(value)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("no text")
    return value


def _exactly(wanted: type) -> Check:
    def check(value: Any) -> Any:
        if type(value) is not wanted:
            raise ValueError(f"no {wanted.__name__}")
        return value

    return check


def _instance(wanted: Any) -> Check:
    def check(value: Any) -> Any:
        if not isinstance(value, wanted):
            raise ValueError("another class")
        return value

    return check


def _one_of(values: tuple[Any, ...]) -> Check:
    def check(value: Any) -> Any:
        if type(value) is not str or value not in values:
            raise ValueError("none of the words")
        return value

    return check


def _union(parts: tuple[Any, ...]) -> Check:
    others = [_check(part) for part in parts if part is not type(None)]
    optional = len(others) < len(parts)

    def check(value: Any) -> Any:
        if value is None and optional:
            return None
        for other in others:
            try:
                return other(value)
            except ValueError:
                continue
        raise ValueError("none of the types")

    return check if len(others) > 1 else _optional(others[0])


def _optional(inner: Check) -> Check:
    return lambda value: None if value is None else inner(value)


def _row(checks: list[Check]) -> Check:
    def check(value: Any) -> Any:
        if type(value) is not list:
            raise ValueError("no row")
        return tuple(one(each) for one, each in zip(checks, value, strict=True))

    return check


def _several(inner: Check) -> Check:
    def check(value: Any) -> Any:
        if type(value) is not list:
            raise ValueError("no list")
        return tuple([inner(each) for each in value])

    return check


_PLAIN = frozenset({str, float, bool, type(None)})


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is int:
        return _number(value)
    if kind is list:
        for each in value:
            _plain(each)
        return value
    return _mapping(value)


def _mapping(value: Any) -> Any:
    if type(value) is not dict:
        raise ValueError("no mapping")
    for each in value.values():
        _plain(each)
    return value
