"""
JSON to models: a cattrs converter whose hooks check every type and tell where a wrong one stood.

cattrs' own hooks for `str` and `int` coerce (``str([1])``), and its class hooks call a function for each field and
then an `__init__` that sets each slot of a frozen object the slow way. Ours look at the value's class first, call the
field's hook only if it is not the expected one, and fill the slots directly: two fifths of the time for the same
result. The hooks stay the one place that knows a type.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from operator import itemgetter
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import cattrs

from ..models._drafts import draft
from ._json import dumps, loads


Hook = Callable[..., Any]  # the value, and its type, which ours need not be told


class Wrong(Exception):
    """A value of the wrong shape; `path` says where, from the inside out while it travels up."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = ""

    def inside(self, step: str) -> Wrong:
        """Return the error with *step*, such as ``.index`` or ``[3]``, put before its path."""
        self.path = step + self.path
        return self


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING = _Missing()


def wrong(value: Any, expected: str) -> Wrong:
    """Return the error of a *value* that is not *expected*; its text is left out, for it may be the document's."""
    if value is MISSING:
        return Wrong("is missing")
    found = _NAMES.get(type(value), type(value).__name__)
    return Wrong(f"is {found}, not {expected}")


_NAMES = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


# --- what a value may be ----------------------------------------------------------------------------------------


def text(value: Any, _: Any = None) -> str:
    """Accept text alone."""
    if isinstance(value, str):
        return str(value)
    raise wrong(value, "text")


def whole(value: Any, _: Any = None) -> int:
    """Accept an integer, and what servers send for one: ``3.0`` and ``"3"``."""
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        if value.is_integer():
            return int(value)
        raise Wrong("is a fraction, not a whole number")
    if isinstance(value, str) and value.isascii() and len(value) <= 18 and value.removeprefix("-").isdecimal():
        return int(value)
    raise wrong(value, "a whole number")


def real(value: Any, _: Any = None) -> float:
    """Accept a finite number, and its text."""
    if isinstance(value, str) and len(value) <= 40:
        try:
            value = float(value)
        except ValueError:
            raise wrong(value, "a number") from None
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
        raise Wrong("is not a finite number")
    raise wrong(value, "a number")


def truth(value: Any, _: Any = None) -> bool:
    """Accept true and false alone."""
    if isinstance(value, bool):
        return value
    raise wrong(value, "true or false")


def mapping(value: Any, _: Any = None) -> dict[str, Any]:
    """Accept an object of any content; it is not copied."""
    if isinstance(value, dict):
        return value
    if isinstance(value, Mapping):
        return dict(value)
    raise wrong(value, "an object")


def json_text(value: Any, _: Any = None) -> str:
    """Accept text, and write anything else as JSON text: Mistral sends an annotation as text, LiteLLM as it likes."""
    if isinstance(value, str):
        return str(value)
    try:
        return dumps(value).decode("utf-8")
    except ValueError:
        raise Wrong("cannot be written as JSON text") from None


@cache
def none_if(blank: str | int) -> Hook:
    """Return the hook that reads *blank* as None: it stands for the unknown where a dialect demands a value."""
    hook: Hook = text if isinstance(blank, str) else whole

    def read(value: Any, _: Any = None) -> Any:
        read = hook(value, None)
        return None if read == blank else read

    return read


# --- classes ----------------------------------------------------------------------------------------------------


def converter(omit: Mapping[type, frozenset[str]], hooks: Mapping[tuple[type, str], Hook]) -> cattrs.Converter:
    """
    Return a converter for attrs classes, and what they are made of.

    Args:
        omit: Fields that are not part of the JSON, by class; they get their defaults.

        hooks: What reads a field instead of its type's hook, by class and field; it is called for all but null.
    """
    made = cattrs.Converter(detailed_validation=False)
    for kind, hook in _SCALARS.items():
        made.register_structure_hook(kind, hook)
    made.register_structure_hook_factory(_is_mapping, lambda _: mapping)
    made.register_structure_hook_factory(_is_tuple, lambda kind: _many(get_args(kind)[0], made))
    made.register_structure_hook_factory(attrs.has, lambda cls: _object(cls, made, omit.get(cls, frozenset()), hooks))
    return made


_SCALARS: dict[type, Hook] = {str: text, int: whole, float: real, bool: truth}


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _many(kind: Any, made: cattrs.Converter) -> Hook:
    hook: Hook = made.get_structure_hook(kind)

    def read(value: Any, _: Any = None) -> tuple[Any, ...]:
        if type(value) is not list and not isinstance(value, list | tuple):
            raise wrong(value, "a list")
        if not value:
            return ()
        if kind is str:
            for one in value:
                if type(one) is not str:
                    break
            else:
                return tuple(value)
        read: list[Any] = []  # no comprehension, as that does not say how far it came
        try:
            for one in value:
                read.append(hook(one))  # noqa: PERF401
        except Wrong as error:
            raise error.inside(f"[{len(read)}]") from None
        return tuple(read)

    return read


def _object(cls: Any, made: cattrs.Converter, omit: frozenset[str], hooks: Mapping[tuple[type, str], Hook]) -> Hook:
    """Generate the hook of an attrs class as Python text, in the manner of attrs and cattrs themselves."""
    fields = {one.name: one for one in attrs.fields(cls)}
    known = frozenset(fields) - omit - {"extra"}
    order = [name for name in fields if name in known]
    # The decoder keeps the keys that it made: the very same texts are found without comparing their letters.
    keys = loads(dumps(dict.fromkeys(order)))
    kinds = get_type_hints(cls)
    names: dict[str, Any] = {
        "cls": cls,
        "draft": draft(cls),
        "mapping": mapping,
        "known": known,
        "fetch": itemgetter(*keys),
        "absent": {key: MISSING if fields[key].default is attrs.NOTHING else None for key in keys},
        "Wrong": Wrong,
    }
    targets = ", ".join(f"v_{name}" for name in order)
    extra = f"{{}} if len(whole) == {len(order)} else {{key: value[key] for key in value if key not in known}}"
    lines = [
        "def read(value, _=None):",
        " if type(value) is not dict: value = mapping(value)",
        " self = draft()",
        # An object with just the known fields, as most are, is taken apart in one go.
        f" usual = len(value) == {len(order)}",
        " if usual:",
        f"  try: {targets} = fetch(value)",
        "  except KeyError: usual = False",
        *(["  else: self.extra = {}"] if "extra" in fields else []),
        " if not usual:",
        "  whole = {**absent, **value}",
        f"  {targets} = fetch(whole)",
        *([f"  self.extra = {extra}"] if "extra" in fields else []),
    ]
    for name, one in fields.items():
        kind, nullable = _without_none(kinds[name])
        required = one.default is attrs.NOTHING
        default = "None" if required or one.default is None else _default(one, names)
        if name not in known:
            lines += [] if name == "extra" else [f" self.{name} = {default}"]
            continue
        special = hooks.get((cls, name))
        names |= {f"{name}_hook": special or made.get_structure_hook(kind), f"{name}_kind": kind}
        blank = special in {none_if(""), none_if(0)}
        exact = (special is None or special is json_text or blank) and kind in _SCALARS
        v = f"v_{name}"
        check = f"type({v}) is not {name}_kind" if exact else "True"
        if blank:  # most are there: only an empty one is the hook's business
            check = f"({check} or not {v})"
        if exact and kind is float:
            check = f"({check} or {v} - {v} != 0.0)"  # NaN and the infinities differ from themselves
        listed: Any = get_args(kind)[0] if _is_tuple(kind) else None
        otherwise = "if"
        if attrs.has(listed):  # objects are read here, which saves a call for each of many short lists
            names[f"{name}_item"], otherwise = made.get_structure_hook(listed), "elif"
            lines += [
                f" if type({v}) is list:",
                "  try:",
                "   items = []",
                f"   for one in {v}: items.append({name}_item(one))",
                f"  except Wrong as error: raise error.inside(f'.{name}[{{len(items)}}]') from None",
                f"  {v} = tuple(items)",
            ]
        if required:
            lines += [f" {otherwise} {check}:"]
        elif nullable:
            lines += [f" {otherwise} {v} is not None and {check}:"]
        else:
            lines += [f" {otherwise} {v} is None: {v} = {default}", f" elif {check}:"]
        lines += [
            f"  try: {v} = {name}_hook({v}, {name}_kind)",
            f"  except Wrong as error: raise error.inside('.{name}') from None",
            f" self.{name} = {v}",
        ]
    lines += [" self.__class__ = cls", " return self"]
    exec("\n".join(lines), names)  # noqa: S102  the text is made of our own field names
    hook: Hook = names["read"]
    return hook


def _without_none(kind: Any) -> tuple[Any, bool]:
    if get_origin(kind) not in (Union, UnionType):
        return kind, False
    (rest,) = (one for one in get_args(kind) if one is not type(None))
    return rest, True


def _default(one: attrs.Attribute[Any], names: dict[str, Any]) -> str:
    factory = getattr(one.default, "factory", None)
    names[f"{one.name}_default"] = one.default if factory is None else factory
    return f"{one.name}_default" if factory is None else f"{one.name}_default()"
