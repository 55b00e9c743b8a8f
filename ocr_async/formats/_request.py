"""
Reading requests that clients send, for the gateway: every mistake is collected, in FastAPI's words and places.

The places (`loc`) and types are those that Mistral's and Opper's servers answer with, which are FastAPI's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from .. import _base64
from ..errors import ConfigurationError
from ..models import Bytes, Document, FileId, Url
from . import _read


Place = tuple[str | int, ...]
Check = Callable[[Any], Any]
T = TypeVar("T")

# no provider takes more than 1,000 pages a request; the limit only keeps "0-999999999" from filling the memory
MOST_PAGES = 100_000
MOST_MISTAKES = 20  # of one request, in what tells of them
_MOST_SHOWN = 1_000  # characters of what was wrong


class RequestInvalid(ConfigurationError):
    """
    A client's request is not of the dialect's shape.

    Attributes:
        errors: The first mistakes, at most 20, as FastAPI reports them: ``{"type": …, "loc": ["body", …], "msg": …,
            "input": …}``; long inputs are cut.
    """

    http_status = 422

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"the request is not valid: {'.'.join(map(str, first['loc']))}: {first['msg']}{more}")
        self.errors = [dict(error) for error in errors[:MOST_MISTAKES]]


class Problem(Exception):
    """What is wrong with one value."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Reader:
    """Takes the fields out of one object of a request, and notes what is wrong with them in a shared list."""

    def __init__(self, value: Any, place: Place, errors: list[dict[str, Any]]) -> None:
        self.place = place
        self.errors = errors
        self.left: dict[str, Any] = {}
        if isinstance(value, Mapping):
            self.left = dict(value)
        else:
            self.note(Problem("dict_type", "Input should be a valid dictionary"), (), value)
        self.whole = value

    def take(self, name: str, check: Check, *, required: bool = False) -> Any:
        """Return the checked field *name*; None where it is null, absent or wrong."""
        value = self.left.pop(name, _read.MISSING)
        if value is _read.MISSING or value is None:
            if required:
                kind = Problem("missing", "Field required") if value is not None else None
                self.note(kind or Problem("string_type", "Input should be a valid string"), (name,), self.whole)
            return None
        try:
            return check(value)
        except Problem as problem:
            self.note(problem, (name,), value)
            return None

    def note(self, problem: Problem, step: Place, value: Any) -> None:
        """Add *problem* with the value at *step* inside this object."""
        place = ["body", *self.place, *(one[:200] if isinstance(one, str) else one for one in step)]
        shown = _cut(value, [_MOST_SHOWN]) if len(self.errors) < MOST_MISTAKES else None
        self.errors.append({"type": problem.kind, "loc": place, "msg": problem.message, "input": shown})

    def refuse_rest(self) -> None:
        """Note each field that was not taken."""
        for name, value in self.left.items():
            self.note(Problem("extra_forbidden", "Extra inputs are not permitted"), (name,), value)


def opened(body: Any) -> tuple[Reader, Any, Any]:
    """Return the reader of a request's *body*, its model, and its document as it is there; refuse what is no object."""
    fields = Reader(body, (), [])
    if fields.errors:
        raise RequestInvalid(fields.errors)
    model, given = fields.take("model", text, required=True), fields.left.pop("document", None)
    if given is None:
        fields.note(Problem("missing", "Field required"), ("document",), body)
    return fields, model, given


def _cut(value: Any, left: list[int], depth: int = 3) -> Any:
    """Return what there is room for of *value*: *left* characters, in at most *depth* levels."""
    if isinstance(value, str):
        text = value[: max(0, min(200, left[0]))]
        left[0] -= len(text)
        return text if len(text) == len(value) else f"{text}…"
    if isinstance(value, Mapping):
        shown: dict[str, Any] = {}
        for key, one in islice(value.items(), 20 if depth else 0):
            if left[0] <= 0:
                break
            shown[_cut(str(key), left)] = _cut(one, left, depth - 1)
        return shown
    if isinstance(value, list | tuple):
        some: list[Any] = []
        for one in value[: 20 if depth else 0]:
            left[0] -= 1
            if left[0] <= 0:
                break
            some.append(_cut(one, left, depth - 1))
        return some
    return value


# --- values -----------------------------------------------------------------------------------------------------


def text(value: Any) -> str:
    """Check for text."""
    return _checked(_read.text, value, "string_type", "Input should be a valid string")


def truth(value: Any) -> bool:
    """Check for a boolean."""
    return _checked(_read.truth, value, "bool_type", "Input should be a valid boolean")


def mapping(value: Any) -> dict[str, Any]:
    """Check for an object."""
    return _checked(_read.mapping, value, "dict_type", "Input should be a valid dictionary")


def at_least(least: int) -> Check:
    """Return the check for an integer of at least *least*, and of 64 bits."""

    def check(value: Any) -> int:
        number = _checked(_read.whole, value, "int_type", "Input should be a valid integer")
        if number < least:
            raise Problem("greater_than_equal", f"Input should be greater than or equal to {least}")
        if number >= 1 << 63:
            raise Problem("less_than_equal", f"Input should be less than or equal to {(1 << 63) - 1}")
        return number

    return check


def one_of(*allowed: str) -> Check:
    """Return the check for one of some words."""
    *most, last = (f"'{word}'" for word in allowed)
    listed = f"{', '.join(most)} or {last}" if most else last

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise Problem("literal_error", f"Input should be {listed}")
        return value

    return check


def page_list(value: Any) -> tuple[int, ...]:
    """Check for a list of 0-based page numbers; return them ascending and distinct."""
    if not isinstance(value, list | tuple):
        raise Problem("list_type", "Input should be a valid list")
    if len(value) > MOST_PAGES:
        raise Problem("too_long", f"List should have at most {MOST_PAGES} items")
    return tuple(sorted({at_least(0)(one) for one in value}))


def page_list_or_text(value: Any) -> tuple[int, ...]:
    """Check for a list of page numbers or text such as ``0,2-4``, ends included."""
    if not isinstance(value, str):
        return page_list(value)
    pages: set[int] = set()
    for part in value.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?", part, re.ASCII)
        if match is None or (match[2] and int(match[2]) < int(match[1])):
            raise Problem("value_error", "Value error, pages should be numbers from 0 and ranges such as '0,2-4'")
        first, last = int(match[1]), int(match[2] or match[1])
        if last - first >= MOST_PAGES or len(pages) > MOST_PAGES:
            raise Problem("value_error", f"Value error, pages should be at most {MOST_PAGES}")
        pages.update(range(first, last + 1))
    return tuple(sorted(pages))


def url(value: Any) -> str:
    """Check for the address of a document: http, https or a data URI."""
    address = text(value)
    if not address[:8].lower().startswith(("http://", "https://", "data:")):
        raise Problem(
            "value_error", "Value error, Document content must be a URL ('https://…') or 'data:<type>;base64,…'"
        )
    return address


def from_base64(value: Any) -> bytes:
    """Check for base64 and decode it."""
    try:
        return _base64.decode(text(value))
    except ValueError:
        raise Problem("value_error", "Value error, content must be base64") from None


def _checked(hook: Callable[[Any], T], value: Any, kind: str, message: str) -> T:
    try:
        return hook(value)
    except _read.Wrong:
        raise Problem(kind, message) from None


# --- documents --------------------------------------------------------------------------------------------------


def mistral_document(value: Any, errors: list[dict[str, Any]], *, closed: bool) -> Document | None:
    """Read one of Mistral's three chunks, told apart by `type` or else by their keys; None if it is wrong."""
    before = len(errors)
    chunk = Reader(value, ("document",), errors)
    if len(errors) > before:
        return None
    kinds = {"document_url": "DocumentURLChunk", "image_url": "ImageURLChunk", "file": "FileChunk"}
    named = chunk.take("type", one_of(*kinds))
    if len(errors) > before:
        return None
    kind = named or next((name for name in ("document_url", "image_url") if name in chunk.left), None)
    kind = kind or ("file" if "file_id" in chunk.left else "document_url")
    chunk.place = ("document", kinds[kind])
    document: Document | None = None
    if kind == "file":
        file_id = chunk.take("file_id", text, required=True)
        document = FileId(file_id=file_id or "")
    elif kind == "document_url":
        address, name = chunk.take("document_url", url, required=True), chunk.take("document_name", text)
        document = Url(url=address or "", name=name)
    elif isinstance(chunk.left.get("image_url"), Mapping):
        inner = Reader(chunk.left.pop("image_url"), (*chunk.place, "image_url"), errors)
        document = Url(url=inner.take("url", url, required=True) or "", image=True, detail=inner.take("detail", text))
    else:
        document = Url(url=chunk.take("image_url", url, required=True) or "", image=True)
    if closed:
        chunk.refuse_rest()
    return document if len(errors) == before else None


def opper_document(value: Any, errors: list[dict[str, Any]]) -> Document | None:
    """Read Opper's one flat object; None if it is wrong."""
    before = len(errors)
    chunk = Reader(value, ("document",), errors)
    if len(errors) > before:
        return None
    kind = chunk.take("type", one_of("document_url", "image_url", "base64", "file"), required=True)
    if len(errors) > before:
        return None
    name = chunk.take("document_name", text)
    document: Document
    if kind == "base64":
        document = Bytes(data=chunk.take("content", from_base64, required=True) or b"", name=name)
    elif kind == "file":
        document = FileId(file_id=chunk.take("file_id", text, required=True) or "")
    else:
        document = Url(url=chunk.take(kind, url, required=True) or "", image=kind == "image_url", name=name)
    return document if len(errors) == before else None
