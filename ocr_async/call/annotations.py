"""
A class as an annotation format: its JSON schema on the way out, an object of it on the way back.

pydantic's models bring both themselves; for attrs and dataclasses the schema is written here (no library does it for
both) and cattrs structures the answer.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from ..errors import ConfigurationError, ResponseInvalid
from ..models import OCRResponse


__all__ = ["parsed", "schema_of", "with_parsed_images"]

_SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    datetime.date: {"type": "string", "format": "date"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    Any: {},
}


def schema_of(form: Mapping[str, Any] | type) -> Mapping[str, Any]:
    """
    Return *form* itself if it is a mapping, else the JSON schema of the class.

    Raises:
        ConfigurationError: A field of the class has a type that JSON cannot carry.
    """
    if isinstance(form, Mapping):
        return form
    if (pydantic := getattr(form, "model_json_schema", None)) is not None:
        schema: Mapping[str, Any] = pydantic()
        return schema
    return {"title": form.__name__, **_schema(form, form.__name__)}


def parsed(form: object, annotation: str | None) -> Any:
    """
    Return the JSON text *annotation* as an object of the class *form*; None where there is no class or no text.

    Raises:
        ResponseInvalid: The text is not of that class.
    """
    if not isinstance(form, type) or annotation is None:
        return None
    try:
        if hasattr(form, "model_validate_json"):
            return form.model_validate_json(annotation)
        from cattrs.preconf.json import make_converter

        return make_converter().structure(json.loads(annotation), form)
    except Exception as error:  # each library has its own; the answer is at fault in all of them
        raise ResponseInvalid(f"the annotation is no {form.__name__}: {type(error).__name__}", path="$") from error


def with_parsed_images(response: OCRResponse, form: object) -> OCRResponse:
    """Return *response* with each image's annotation parsed as an object of the class *form*."""
    if not isinstance(form, type):
        return response
    pages = tuple(
        attrs.evolve(
            page,
            images=tuple(attrs.evolve(image, parsed=parsed(form, image.image_annotation)) for image in page.images),
        )
        for page in response.pages
    )
    return attrs.evolve(response, pages=pages)


def _schema(kind: Any, where: str) -> dict[str, Any]:
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is typing.Annotated:
        return _schema(arguments[0], where)
    if origin in {Union, types.UnionType}:
        return {"anyOf": [_schema(part, where) for part in arguments]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    if origin is tuple and not (len(arguments) == 2 and arguments[1] is ...):
        raise ConfigurationError(f"{where}: a tuple of fixed length has no JSON schema here; use list[...]")
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(arguments[1], where)}
    if isinstance(origin, type) and issubclass(origin, typing.Collection):
        return {"type": "array", "items": _schema(arguments[0], where)}
    if attrs.has(kind):
        return _object({field.name: field.default is attrs.NOTHING for field in attrs.fields(kind)}, kind, where)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        missing = dataclasses.MISSING
        names = {f.name: f.default is missing and f.default_factory is missing for f in dataclasses.fields(kind)}
        return _object(names, kind, where)
    raise ConfigurationError(f"{where} has type {kind!r}, which has no JSON schema here; give the schema as a mapping")


def _object(names: dict[str, bool], kind: type, where: str) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {
        "type": "object",
        "properties": {name: _schema(hints[name], f"{where}.{name}") for name in names},
        "required": [name for name, required in names.items() if required],
        "additionalProperties": False,
    }
