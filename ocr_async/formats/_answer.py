"""
From an HTTP answer to a response, or to the error that it stands for.

Whose answer it was, its status, id and beginning are added to an error by `transport`, which knows what must not show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..errors import ProviderError, ResponseInvalid, error_class
from ..models import OCRCost
from ..steps import HttpResponse
from ..wording import shortened
from ._json import loads


T = TypeVar("T")


def cost_of(headers: Mapping[str, str], name: str = "x-ocr-cost") -> OCRCost | None:
    """Return what an answer cost, by the header *name* of a gateway; the body has no word for it."""
    try:
        total = float(headers[name])
    except (KeyError, ValueError):
        return None
    return OCRCost(generation=total, platform=0.0, total=total) if math.isfinite(total) and total >= 0 else None


def read_answer(response: HttpResponse, read: Callable[[Any], T], provider: str) -> T:
    """
    Parse *response*.

    Args:
        read: Makes of its JSON what is returned, or raises `ResponseInvalid`.

    Raises:
        ResponseInvalid: Not JSON, not what *read* reads, or an error without a status.
        ProviderError: The body carries an error with a status although the answer has not; its class is by status.
    """
    try:
        data = loads(response.body)
    except ValueError as error:
        raise ResponseInvalid(f"{provider} answered {_looks_like(response)}, not JSON") from error
    if isinstance(data, dict) and "pages" not in data and (data.get("error") or data.get("object") == "error"):
        raise _embedded(data, provider)
    return read(data)


def _looks_like(response: HttpResponse) -> str:
    start = response.body[:200].lstrip().lower()
    if not start:
        return "nothing"
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        return "an HTML page"
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    return f"something called {kind[:60]}" if kind and "json" not in kind else "text"


def _embedded(data: Mapping[str, Any], provider: str) -> ProviderError:
    """Return the error of a 2xx answer that carries one; without a status in it, the answer is merely unusable."""
    inner = data.get("error")
    error = inner if isinstance(inner, dict) else data
    message = inner if isinstance(inner, str) else error.get("message")
    said = f": {shortened(message, 200)}" if isinstance(message, str) and message else ""
    for name in ("raw_status_code", "status_code", "status", "code"):
        status = _status(error.get(name))
        if status is not None:
            return error_class(status)(f"{provider} answered with error {status}{said}", status=status)
    return ResponseInvalid(f"{provider} answered with an error instead of pages{said}", path="$")


def _status(value: Any) -> int | None:
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdecimal():
        value = int(value)
    return value if type(value) is int and 300 <= value <= 599 else None
