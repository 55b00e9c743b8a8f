"""How the answers of services that tell elements of pages are read, and what they are sent is written."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from .. import formats
from ..errors import OCRError, ResponseInvalid
from ..pages import runs
from ..steps import Exchange, HttpResponse, http, together
from ..wording import shortened
from . import _account


__all__ = [
    "data_uri_of",
    "fields",
    "identifier",
    "indexes_of",
    "inner",
    "listed",
    "mapping",
    "merged_body",
    "number_in",
    "objects",
    "pictures_at",
    "ranges",
    "refusal",
    "said",
    "shaped",
]

T = TypeVar("T")

_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


def pictures_at(service: _account.Hosted, addresses: Iterable[str]) -> Exchange[Mapping[str, str]]:
    """Fetch pictures at addresses out of an answer; return them as data URIs, without those that did not come."""
    wanted = list(dict.fromkeys(addresses))
    found = yield from together([_picture(service, address) for address in wanted])
    return {address: picture for address, picture in zip(wanted, found, strict=True) if picture is not None}


def _picture(service: _account.Hosted, address: str) -> Exchange[str | None]:
    try:
        return (yield from http(service.request("GET", address, _data_uri, pages=0)))
    except OCRError:
        return None  # a picture more or less is no reason to pay for the page again


def _data_uri(answer: HttpResponse) -> str:
    return data_uri(answer.body)


def data_uri(data: bytes) -> str:
    """
    Return a picture file as a data URI, by what its first bytes say that it is.

    Raises:
        ResponseInvalid: It is none.
    """
    kind = next((mime for start, mime in _PICTURES if data.startswith(start)), None)
    if kind is None and data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "image/webp"
    if kind is None:
        raise ResponseInvalid("what lies at the address of a picture is no picture")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def data_uri_of(text: Any) -> str | None:
    """Return the picture whose base64 is *text* as a data URI; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        return data_uri(base64.b64decode(text, validate=True))
    except (ValueError, ResponseInvalid):
        return None


def fields(extra: Mapping[str, Any] | None) -> dict[str, str]:
    """Return *extra* as the fields of a form: text as it is, all else as JSON."""
    return {
        name: value if isinstance(value, str) else formats.dumps(value).decode()
        for name, value in (extra or {}).items()
    }


def merged_body(body: Mapping[str, Any], extra: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return *body* with *extra*, which wins; an object in both is merged field by field."""
    merged = dict(body)
    for name, value in (extra or {}).items():
        known = merged.get(name)
        merged[name] = {**known, **value} if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return merged


@contextmanager
def shaped(name: str, path: str = "$") -> Iterator[None]:
    """
    Turn what comes of reading an answer of another shape into one error; it decorates functions, too.

    Args:
        name: Whose answer it is.

        path: Of what is read, for the error.

    Raises:
        ResponseInvalid: It has not the shape that is read.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        kind = type(error).__name__
        raise ResponseInvalid(f"the answer of {name} has not the documented shape ({kind})", path=path) from error


def mapping(answer: HttpResponse, name: str) -> Mapping[str, Any]:
    """
    Return the JSON object that *answer* is.

    Raises:
        ResponseInvalid: It is none; *name* says whose answer it was.
    """
    value = formats.loads(answer.body)
    if not isinstance(value, Mapping):
        raise ResponseInvalid(f"the answer of {name} is no object", path="$")
    return value


def refusal(answer: HttpResponse) -> Mapping[str, Any]:
    """Return the JSON object that *answer*, an error, is; an empty one where it is none."""
    try:
        value = formats.loads(answer.body)
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}


def identifier(value: Any, path: str, name: str) -> str:
    """
    Return the id *value*, which stands at *path* in an answer of *name* and goes into addresses.

    Raises:
        ResponseInvalid: It is none.
    """
    if not isinstance(value, str) or not value or len(value) > 2000 or not value.isprintable() or " " in value:
        raise ResponseInvalid(f"{name} told no id", path=path)
    return value


def listed(value: Any, path: str, name: str) -> list[Mapping[str, Any]]:
    """
    Return the objects in the list *value*, which stands at *path* in an answer of *name*; none for None.

    Raises:
        ResponseInvalid: It is none.
    """
    if value is not None and not isinstance(value, list):
        raise ResponseInvalid(f"the answer of {name} has no list there", path=path)
    return objects(value)


def objects(values: Any) -> list[Mapping[str, Any]]:
    """Return the objects in the list *values*; none where it is no list."""
    return [value for value in values if isinstance(value, Mapping)] if isinstance(values, list) else []


def inner(value: Any, *names: str) -> Any:
    """Return what stands at *names*, one within the other, in the object *value*; None where there is no such."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def number_in(value: Any) -> float | None:
    """Return the number *value*; None where it is none."""
    return float(value) if isinstance(value, (int, float)) else None


def indexes_of(numbers: Iterable[int], asked: tuple[int, ...] | None) -> dict[int, int]:
    """
    Return the index of each page by its number in an answer, counted from 0; without those that nobody asked for.

    The numbers are the document's. Where they cannot be, as pages of those numbers were not asked for, they count
    within the selection: few services say what they do.
    """
    found = sorted(set(numbers))
    if asked is None or set(asked).issuperset(found):
        return {number: number for number in found}
    if set(asked).issubset(found) or not 0 <= found[0] <= found[-1] < len(asked):
        return {number: number for number in found if number in asked}
    return {number: asked[number] for number in found}


def ranges(pages: tuple[int, ...], first: int) -> str:
    """Return *pages* (from 0, ascending) as services write them, such as ``1,3-4``; their first page is *first*."""
    spans = ((run[0] + first, run[-1] + first) for run in runs(pages))
    return ",".join(str(start) if start == end else f"{start}-{end}" for start, end in spans)


def said(*values: Any) -> str:
    """Return the first of *values* that is a text, as words for a message."""
    found = next((value for value in values if isinstance(value, str) and value.strip()), None)
    return "it does not say why" if found is None else shortened(" ".join(found.split()), 500)
