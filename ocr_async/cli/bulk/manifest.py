"""Documents listed as lines of JSON: each with its path or address, and the name that its results shall have."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import BinaryIO

from attrs import frozen

from ...errors import ConfigurationError


__all__ = ["Broken", "Line", "lines"]

_LONGEST = 1024 * 1024  # bytes of a line
_KEYS = ("path", "url", "document")  # the last is what bulk.jsonl says itself


@frozen
class Line:
    """
    A document.

    Attributes:
        path: Or address.

        name: Of its results, with folders; None for that of the document.
    """

    path: str
    name: str | None


@frozen
class Broken:
    """A line that names no document, where it is, and why."""

    where: str
    why: str


def lines(file: str) -> Iterator[Line | Broken]:
    """
    Yield the lines of *file* but empty ones, without a list of them.

    Raises:
        ConfigurationError: It cannot be read.
    """
    try:
        with open(file, "rb") as stream:
            number = 0
            while data := stream.readline(_LONGEST + 1):
                number += 1
                where = f"{file}:{number}"
                if len(data) > _LONGEST:
                    _skip(stream, data)
                    yield Broken(where, f"the line is longer than {_LONGEST} bytes")
                elif data.strip():
                    found = _read(data)
                    yield Broken(where, found) if isinstance(found, str) else found
    except OSError as error:
        raise ConfigurationError(f"--manifest {file} cannot be read: {error.strerror}") from error


def _skip(stream: BinaryIO, data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = stream.readline(_LONGEST)


def _read(data: bytes) -> Line | str:
    """Return what a line says, or why it says nothing."""
    try:
        facts = json.loads(data)
    except (ValueError, RecursionError) as error:
        return f"it is no JSON ({error})"
    if not isinstance(facts, dict):
        return 'it is no object such as {"path": "a.pdf"}'
    given = [key for key in _KEYS if key in facts]
    if len(given) != 1:
        return f"it has to have one of {', '.join(_KEYS)}"
    path, name = facts[given[0]], facts.get("name")
    for key, value in {given[0]: path, "name": name}.items():
        if value is None and key == "name":
            continue
        if not isinstance(value, str) or not value or "\0" in value:
            return f"{key} is no text that could be a name"
        try:
            os.fsencode(value)
        except UnicodeEncodeError:
            return f"{key} is no text that could be a name"
    if path[:5].lower() in {"http:", "https", "data:"}:
        return f"{given[0]} is no file and lies in no bucket; `ocr-async run` reads URLs"
    return Line(path, name)
