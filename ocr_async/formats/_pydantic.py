"""
The parts of an answer as pydantic's models: read and written by the same tables as everywhere, in Mistral's words.

pydantic is no dependency; this module is imported by who has it.
"""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin

import attrs
from pydantic_core import PydanticCustomError, core_schema

from . import _read
from ._dialect import OURS, reader, writer
from .mistral import RESPONSE


__all__ = ["core_schema_of"]


def core_schema_of(cls: Any, handler: Any) -> core_schema.CoreSchema:
    """Return how pydantic validates a *cls* (an object of it, or its JSON), writes it and describes it."""
    read, write = reader(RESPONSE, cls), writer(RESPONSE, cls)

    def validated(value: Any) -> Any:
        if isinstance(value, cls):
            return value
        try:
            return read(value)
        except _read.Wrong as error:
            facts = {"path": f"${error.path}", "reason": error.reason}
            raise PydanticCustomError("ocr_async", "{path} {reason}", facts) from None

    def written(value: Any) -> Any:
        return write(value) if isinstance(value, cls) else value  # a part of what is written already

    shape = _shape(cls, handler)
    return core_schema.no_info_plain_validator_function(
        validated,
        ref=f"{cls.__module__}.{cls.__qualname__}",
        json_schema_input_schema=shape,
        serialization=core_schema.plain_serializer_function_ser_schema(written, return_schema=shape),
    )


def _shape(cls: Any, handler: Any) -> core_schema.CoreSchema:
    """Return the schema of what is written, for JSON Schema's sake; a tuple is a list there."""
    attrs.resolve_types(cls)
    hidden = OURS.get(cls, frozenset()) | {"extra"}
    always = RESPONSE.always.get(cls, frozenset())
    fields = {}
    for one in attrs.fields(cls):
        if one.name not in hidden:
            needed = one.name in always or one.default is attrs.NOTHING
            field = handler.generate_schema(_as_lists(one.type))
            fields[one.name] = core_schema.typed_dict_field(field, required=needed)
    return core_schema.typed_dict_schema(fields, cls_name=cls.__name__, extra_behavior="allow")


def _as_lists(kind: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return list[inner[0]]  # type: ignore[valid-type]
    if origin in {Union, types.UnionType}:
        return Union[tuple(_as_lists(part) for part in inner)]  # noqa: UP007
    return kind
