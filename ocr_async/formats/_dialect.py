"""What a dialect of the response is made of: one walk over the models, and the few places where dialects differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import cattrs
from attrs import frozen

from ..models import OCRBlock, OCRImage, OCRResponse, OCRTable
from . import _read, _write


T = TypeVar("T")

# Where an answer comes from is known to the caller, not told by the server.
OURS: dict[type, frozenset[str]] = {
    OCRResponse: frozenset({"parsed", "missing_pages", "escalated", "provider", "request_id", "attempts"}),
    OCRImage: frozenset({"parsed"}),
    OCRTable: frozenset({"parsed", "pages"}),
}

# wire facts of 2026-08-13; a type beyond these may have a shape of its own
_BLOCK_TYPES = frozenset(
    {
        *("aside_text", "caption", "code", "equation", "footer", "header", "image"),
        *("list", "references", "signature", "table", "text", "title"),
    }
)
_BLOCK_BLANK = {"content": "", "top_left_x": 0, "top_left_y": 0, "bottom_right_x": 0, "bottom_right_y": 0}


@frozen(eq=False, repr=False)
class ResponseDialect:
    """
    How a dialect's response differs from the models.

    Attributes:
        always: Fields that it writes even where they are empty, by class.

        blanks: What stands for None in the fields whose value it demands, by class and field.

        boxes: Whether an image has a `bbox` besides its corners.
    """

    always: Mapping[type, frozenset[str]]
    blanks: Mapping[tuple[type, str], str | int]
    boxes: bool = False


# Generating the hooks of a direction takes some milliseconds, and most programs need one direction of one dialect.


def reader(dialect: ResponseDialect, cls: type[T]) -> Callable[[Any], T]:
    """Return what reads a *cls* of *dialect*'s JSON; it raises `_read.Wrong`."""
    return _reader(dialect, cls)  # type: ignore[arg-type]  # a class is hashable


def writer(dialect: ResponseDialect, cls: type[T]) -> Callable[[T], dict[str, Any]]:
    """Return what writes a *cls* as *dialect*'s JSON."""
    return _writer(dialect, cls)  # type: ignore[arg-type]


@cache
def _reader(dialect: ResponseDialect, cls: Any) -> Callable[[Any], Any]:
    hooks: dict[tuple[type, str], _read.Hook] = {
        (OCRResponse, "document_annotation"): _read.json_text,
        (OCRImage, "image_annotation"): _read.json_text,
        **{place: _read.none_if(blank) for place, blank in dialect.blanks.items()},
    }
    converter = _read.converter(OURS, hooks)
    _wrap(converter, OCRBlock, _lenient_block)
    if dialect.boxes:
        _wrap(converter, OCRImage, _corners_from_box)
    read = converter.get_structure_hook(cls)
    return lambda data: read(data, cls)


@cache
def _writer(dialect: ResponseDialect, cls: Any) -> Callable[[Any], dict[str, Any]]:
    hooks = {place: _write.blank_for_none(blank) for place, blank in dialect.blanks.items()}
    converter = _write.converter(dialect.always, OURS, hooks)
    if dialect.boxes:
        write_image = converter.get_unstructure_hook(OCRImage)
        converter.register_unstructure_hook(OCRImage, lambda image: _with_box(image, write_image(image)))
    return converter.get_unstructure_hook(cls)


def _wrap(converter: cattrs.Converter, cls: type, wrapper: Callable[[Any, _read.Hook], Any]) -> None:
    hook = converter.get_structure_hook(cls)

    def wrapped(value: Any, _: Any = None) -> Any:
        return wrapper(value, hook)

    converter.register_structure_hook(cls, wrapped)


def _lenient_block(value: Any, hook: _read.Hook) -> OCRBlock:
    """A block of a type that nobody has heard of may lack text and place: it passes with an empty box."""
    if type(value) is dict and isinstance(value.get("type"), str) and value["type"] not in _BLOCK_TYPES:
        value = {**value, **{name: blank for name, blank in _BLOCK_BLANK.items() if value.get(name) is None}}
    block: OCRBlock = hook(value, OCRBlock)
    return block


def _corners_from_box(value: Any, hook: _read.Hook) -> OCRImage:
    """A `bbox` of LiteLLM's form is the four corners in other words; one of another form stays in `extra`."""
    if type(value) is dict and "bbox" in value:
        value, box = dict(value), value["bbox"]
        corners = _corners(box)
        if box is None:
            del value["bbox"]
        elif corners is not None and all(value.get(name) in {None, one} for name, one in corners.items()):
            del value["bbox"]
            value |= corners
    image: OCRImage = hook(value, OCRImage)
    return image


def _corners(box: Any) -> dict[str, int] | None:
    if type(box) is not dict or box.keys() != {"x", "y", "width", "height"}:
        return None
    try:
        x, y, width, height = (_read.whole(box[name]) for name in ("x", "y", "width", "height"))
    except _read.Wrong:
        return None
    return {"top_left_x": x, "top_left_y": y, "bottom_right_x": x + width, "bottom_right_y": y + height}


def _with_box(image: OCRImage, written: dict[str, Any]) -> dict[str, Any]:
    if written.get("bbox") is None:
        written["bbox"] = image.bbox
    return written
