"""Models to JSON builtins, by cattrs' generated hooks; a dialect says which fields it writes even where empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_origin

import attrs
import cattrs
from cattrs.gen import make_dict_unstructure_fn, override


Hook = Callable[[Any], Any]


def converter(
    always: Mapping[type, frozenset[str]], omit: Mapping[type, frozenset[str]], hooks: Mapping[tuple[type, str], Hook]
) -> cattrs.Converter:
    """
    Return a converter that writes attrs classes as dicts, each with its `extra` keys put after its own.

    Args:
        always: Fields that are written even with their default, by class; the others only where they say something.

        omit: Fields that are never written, by class.

        hooks: What writes a field instead of its type's hook, by class and field.
    """
    made = cattrs.Converter(detailed_validation=False, unstruct_collection_overrides={tuple: list})
    made.register_unstructure_hook_factory(_is_mapping, lambda _: dict)

    def write(cls: Any) -> Hook:
        attrs.resolve_types(cls)
        fields = {one.name: one for one in attrs.fields(cls)}
        hidden = omit.get(cls, frozenset()) | {"extra"}
        rules = {
            name: override(
                omit=name in hidden,
                omit_if_default=name not in always.get(cls, ()),
                unstruct_hook=hooks.get((cls, name)),
            )
            for name in fields
        }
        known = make_dict_unstructure_fn(cls, made, **rules)  # type: ignore[arg-type]  # fields beside its own switches
        if "extra" not in fields:
            return known

        def with_extra(value: Any) -> dict[str, Any]:
            written: dict[str, Any] = known(value)
            for key, one in value.extra.items():
                written.setdefault(key, one)
            return written

        return with_extra

    made.register_unstructure_hook_factory(attrs.has, write)
    return made


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping


def blank_for_none(blank: str | int) -> Hook:
    """Return the hook that writes None as *blank*, where a dialect demands a value (see `_read.none_if`)."""
    return lambda value: blank if value is None else value
