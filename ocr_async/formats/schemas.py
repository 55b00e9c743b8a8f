"""
The dialects as JSON Schema, for the gateway's description of itself.

Responses are walked over the models, with the same tables that write them. Requests are read by hand (`mistral`,
`opper`), so their schemas stand here, and tests hold the two against each other.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from ..models import OCRResponse
from . import mistral, opper
from ._dialect import OURS, ResponseDialect


__all__ = ["Schema", "request", "responses"]

Schema = dict[str, Any]

_RESPONSES: Mapping[str, ResponseDialect] = {"mistral": mistral.RESPONSE, "opper": opper.RESPONSE}
_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    object: {},
    Any: {},
    type(None): {"type": "null"},
}


# --- answers ----------------------------------------------------------------------------------------------------


def responses(dialect: Literal["mistral", "opper"], prefix: str) -> dict[str, Schema]:
    """Return the schemas of what *dialect* writes, by name; that of the whole answer is *prefix* + ``OCRResponse``."""
    found: dict[str, Schema] = {}
    _add(OCRResponse, _RESPONSES[dialect], prefix, found)
    return found


def _add(cls: Any, dialect: ResponseDialect, prefix: str, found: dict[str, Schema]) -> None:
    name = prefix + cls.__name__
    if name in found:
        return
    written: Schema = {"type": "object", "properties": {}}
    found[name] = written
    attrs.resolve_types(cls)
    hidden = OURS.get(cls, frozenset()) | {"extra"}
    always = dialect.always.get(cls, frozenset())
    for one in attrs.fields(cls):
        if one.name in hidden:
            continue
        kind = one.type
        if (cls, one.name) in dialect.blanks:
            kind = Union[tuple(part for part in get_args(kind) if part is not type(None))]  # noqa: UP007
        written["properties"][one.name] = _schema(kind, dialect, prefix, found)
    # a field without a default is always written
    needed = [one.name for one in attrs.fields(cls) if one.name in always or one.default is attrs.NOTHING]
    if needed:
        written["required"] = needed


def _schema(kind: Any, dialect: ResponseDialect, prefix: str, found: dict[str, Schema]) -> Schema:
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if attrs.has(kind):
        _add(kind, dialect, prefix, found)
        return {"$ref": f"#/components/schemas/{prefix}{kind.__name__}"}
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return {"type": "array", "items": _schema(inner[0], dialect, prefix, found)}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in {Union, types.UnionType}:
        return {"anyOf": [_schema(part, dialect, prefix, found) for part in inner]}
    return {"type": "object"}


# --- requests ---------------------------------------------------------------------------------------------------


def request(dialect: Literal["mistral", "opper"]) -> Schema:
    """Return the schema of what *dialect*'s clients send."""
    return _MISTRAL if dialect == "mistral" else _OPPER


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(needed: tuple[str, ...] = (), *, closed: bool = False, **properties: Schema) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if needed:
        schema["required"] = list(needed)
    if closed:
        schema["additionalProperties"] = False
    return schema


_TEXT, _FLAG, _OBJECT = {"type": "string"}, {"type": "boolean"}, {"type": "object"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 1_000_000_000}
_ADDRESS = {
    "type": "string",
    "pattern": "^(https?://|data:)",
    "description": "An address on the web, or the document itself as data:<type>;base64,…",
}
_PAGES = {"type": "array", "items": _COUNT, "maxItems": 1000, "description": "0-based."}
_RANGES = {
    "type": "string",
    "pattern": r"^[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*$",
    "description": "Such as 0,2-4, ends included.",
}
_KIND = {name: {"const": name} for name in ("document_url", "image_url", "file", "base64")}

_MISTRAL = _object(
    ("model", "document"),
    closed=True,
    model={**_TEXT, "description": "A name that GET /v1/models lists."},
    id=_maybe(_TEXT),
    document={
        "oneOf": [
            _object(
                ("type", "document_url"), closed=True,
                type=_KIND["document_url"], document_url=_ADDRESS, document_name=_maybe(_TEXT),
            ),
            _object(
                ("type", "image_url"), closed=True, type=_KIND["image_url"],
                image_url={"anyOf": [_ADDRESS, _object(("url",), url=_ADDRESS, detail=_maybe(_TEXT))]},
            ),
            _object(("type", "file_id"), closed=True, type=_KIND["file"], file_id=_TEXT),
        ]
    },
    pages=_maybe({"anyOf": [_PAGES, _RANGES]}),
    include_image_base64=_maybe(_FLAG),
    image_limit=_maybe(_COUNT),
    image_min_size=_maybe(_COUNT),
    bbox_annotation_format=_maybe(_OBJECT),
    document_annotation_format=_maybe(_OBJECT),
    document_annotation_prompt=_maybe(_TEXT),
    table_format=_maybe({"enum": ["markdown", "html"]}),
    extract_header=_maybe(_FLAG),
    extract_footer=_maybe(_FLAG),
    include_blocks=_maybe(_FLAG),
    confidence_scores_granularity=_maybe({"enum": ["word", "page", "block"]}),
)  # fmt: skip

_OPPER_COUNT = {**_COUNT, "minimum": 1}
_OPPER = _object(
    ("model", "document"),
    model={**_TEXT, "description": "A name that GET /v2/ocr/models lists."},
    document={
        "oneOf": [
            _object(("type", "document_url"), type=_KIND["document_url"], document_url=_ADDRESS),
            _object(("type", "image_url"), type=_KIND["image_url"], image_url=_ADDRESS),
            _object(("type", "content"), type=_KIND["base64"], content={"type": "string", "format": "byte"}),
            _object(("type", "file_id"), type=_KIND["file"], file_id=_TEXT),
        ]
    },
    pages=_maybe(_PAGES),
    include_image_base64=_maybe(_FLAG),
    image_limit=_maybe(_OPPER_COUNT),
    image_min_size=_maybe(_OPPER_COUNT),
    mistral_extra=_maybe(_OBJECT),
    docling_extra=_maybe(_OBJECT),
    parameters=_maybe({**_OBJECT, "description": "Version 3's one object for the two of version 2."}),
)
