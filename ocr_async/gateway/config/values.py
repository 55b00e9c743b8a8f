"""What a value of the configuration may be: checks that return it in our terms, or say in words what it is not."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ..._buckets.connecting import remote
from .yaml import Check, InvalidValue


__all__ = [
    "MIB",
    "database",
    "folder",
    "headers",
    "list_of_mappings",
    "mapping",
    "master_key",
    "mebibytes",
    "number",
    "objects",
    "seconds",
    "text",
    "truth",
    "web_address",
    "whole",
]

MIB = 1024 * 1024
_MUCH = 1e9  # as good as no limit


def text(value: Any) -> str:
    """Check for text that is not empty."""
    if not isinstance(value, (str, dict, list)):
        raise InvalidValue("is no text; put it in quotes")
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue("is no text")
    return value.strip()


def truth(value: Any) -> bool:
    """Check for a boolean, or the environment's word for one."""
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise InvalidValue("is neither true nor false")
    return value


def number(least: float, most: float = _MUCH) -> Check[float]:
    """Return the check for a number from *least* to *most*, which the environment gives as text."""

    def check(value: Any) -> float:
        try:
            found = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
        except ValueError:
            found = math.nan
        if not least <= found <= most:
            raise InvalidValue(f"is no number {_range(least, most)}")
        return found

    return check


def whole(least: int, most: float = _MUCH) -> Check[int]:
    """Return the check for a whole number from *least* to *most*."""

    def check(value: Any) -> int:
        try:
            found = number(least, most)(value)
        except InvalidValue:
            found = math.nan
        if found % 1:
            raise InvalidValue(f"is no whole number {_range(least, most)}")
        return int(found)

    return check


def _range(least: float, most: float) -> str:
    return f"of at least {least:g}" if most >= _MUCH else f"from {least:g} to {most:g}"


def mebibytes(value: Any) -> int:
    """Check for a number of MiB; return it in bytes."""
    return int(number(0.001)(value) * MIB)


def seconds(value: Any) -> float:
    """Check for a number of seconds above 0."""
    return number(0.001, 86_400)(value)


def master_key(value: Any) -> str:
    """Check for a key that can stand in a header."""
    found = text(value)
    if not found.isascii() or not found.isprintable() or " " in found:
        raise InvalidValue("a master key, here or in OCR_ASYNC_MASTER_KEY, is printable ASCII without spaces")
    return found


def folder(value: Any) -> Path:
    """Check for the path of a folder; ``~`` is the user's home."""
    return Path(text(value)).expanduser()


def web_address(value: Any) -> str:
    """Check for an http or https address."""
    found = text(value)
    if not found.startswith(("http://", "https://")):
        raise InvalidValue("is no http(s) address, such as https://ocr.example.com")
    return found


def database(value: Any) -> str:
    """Check for the address of a PostgreSQL database."""
    found = text(value)
    if not found.startswith(("postgresql://", "postgres://")):
        raise InvalidValue("a database is postgresql://USER:PASSWORD@HOST:PORT/NAME")
    return found


def objects(value: Any) -> str:
    """Check for the address of a bucket, or of a folder in one."""
    found = text(value)
    if not remote(found) or not found.partition("://")[2].partition("/")[0]:
        raise InvalidValue("an object store is s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX")
    return found


def headers(value: Any) -> dict[str, str]:
    """Check for headers by name."""
    if not isinstance(value, dict) or not all(isinstance(part, str) for item in value.items() for part in item):
        raise InvalidValue("is no mapping of text to text")
    return value


def mapping(value: Any) -> dict[str, Any]:
    """Check for a mapping."""
    if not isinstance(value, dict):
        raise InvalidValue("is no mapping")
    return value


def list_of_mappings(value: Any) -> list[dict[str, list[str]]]:
    """Check for LiteLLM's form of fallbacks."""
    good = isinstance(value, list) and all(
        isinstance(one, dict)
        and all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in one.values())
        for one in value
    )
    if not good:
        raise InvalidValue('is no list of mappings such as {"ocr": ["another-ocr"]}')
    found: list[dict[str, list[str]]] = value
    return found
