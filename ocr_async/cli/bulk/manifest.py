"""Documents in lists: by lines of JSON, with the name that their results shall have, or by their paths alone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import BinaryIO

from attrs import frozen

from ...errors import ConfigurationError
from ..inputs import Input


__all__ = ["Line", "lines"]

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


def lines(file: str | None) -> Iterator[tuple[str, Line | str]]:
    """
    Yield the lines of *file* but empty ones, without a list of them; None is standard input, whose lines are paths.

    Each comes with where it is; of one that names no document comes why.

    Raises:
        ConfigurationError: It cannot be read.
    """
    name, read = ("standard input", _read_path) if file is None else (file, _read)
    try:
        with nullcontext(sys.stdin.buffer) if file is None else open(file, "rb") as stream:
            number = 0
            while data := stream.readline(_LONGEST + 1):
                number += 1
                where = f"{name}:{number}"
                if len(data) > _LONGEST:
                    _skip(stream, data)
                    yield where, f"the line is longer than {_LONGEST} bytes"
                elif data.strip():
                    yield where, read(data)
    except OSError as error:
        raise ConfigurationError(f"--manifest {name} cannot be read: {error.strerror}") from error


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
        with suppress(TypeError, UnicodeEncodeError):
            if value and b"\0" not in os.fsencode(value):
                continue
        return f"{key} is no text that could be a name"
    return _line(given[0], path, name)


def _read_path(data: bytes) -> Line | str:
    path = os.fsdecode(data.rstrip(b"\r\n"))
    return "it is no text that could be a name" if "\0" in path else _line("it", path, None)


def _line(key: str, path: str, name: str | None) -> Line | str:
    if Input(path, "").path is None:
        return f"{key} is no file and lies in no bucket; `ocr-async run` reads URLs"
    return Line(path, name)
